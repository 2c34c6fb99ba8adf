"""What a CRM removes, restores or merges is removed, restored or merged here, by the rules of every removal and merge."""
import itertools

import pytest

from support.crm import STAGES, Crm, deals, rows, settled
from support.merging import merge, path, read
from support.rows import Rows

messages = itertools.count(1)


@pytest.fixture
def crm(tenant):
    return Crm(tenant, "generic", stages=STAGES)


@pytest.fixture
def tell(crm, database):
    """tell("D-1", "removed"): an event of now, settled when it returns; the row of what became of it."""
    def told(external_id, kind="changed", expect_state=2, into=None, **properties):
        data = {"external_id": external_id} | ({"merged_into": into} if into else {"properties": properties})
        crm.send({"type": f"opportunity.{kind}", "timestamp": crm.tenant.now().isoformat(), "data": data},
                 message_id=f"merge{next(messages)}")
        settled(database, crm)
        state, reason = rows(database, crm)[-1]
        assert state == expect_state, reason
        return reason
    return told


def ids(deal):
    return [i["external_id"] for i in deal["external_ids"]]


def two(tenant, tell, **second):
    """Two deals of one customer: D-1 and D-2."""
    tenant.person("ae", crm_owner_ids=["1"])
    customer = {"account_name": f"Ostrel Glass {tenant.key}", "owner": "1", "stage": "new"}
    tell("D-1", name="Furnaces", **customer)
    tell("D-2", name="Furnaces again", **(customer | second))


def retry(tenant, crm, database):
    event, = tenant.as_("admin").all("/v1/crm/inbox", {"state": "parked"})
    tenant.as_("admin").send("POST", f"/v1/crm/inbox/{event['event_id']}/retry", expect=202)
    settled(database, crm)


# -- removal and restore ----------------------------------------------------------------------------------------------------------
def test_a_removed_deal_is_kept_goes_on_being_told_and_comes_back(tenant, crm, tell, database):
    tell("D-1", name="Furnaces", amount="5", stage="new")
    tell("D-1", "removed")
    gone = deals(crm)["D-1"]
    assert (gone["status"], gone["amount"]) == ("removed", tenant.money(500))
    tell("D-1", amount="7")
    assert (deals(crm)["D-1"]["status"], deals(crm)["D-1"]["amount"]) == ("removed", tenant.money(700))
    tell("D-1", "restored")
    assert deals(crm)["D-1"]["status"] == "open"
    history = tenant.as_("cro").all(f"{path(gone)}/history")
    told = [(e["kind"], e["actor"]["person_id"]) for e in history if e["kind"].split(".")[1] in ("removed", "restored")]
    machine = tenant.as_("crm_sync").person_id
    assert told[::-1] == [("opportunity.removed", machine), ("opportunity.restored", machine)]
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_won_deal_comes_back_won(tenant, crm, tell):
    tell("D-1", name="Furnaces", amount="5", stage="closedwon", close_date=tenant.day(0))
    tell("D-1", "removed")
    tell("D-1", "restored")
    assert (deals(crm)["D-1"]["status"], deals(crm)["D-1"]["closed_on"]) == ("won", tenant.day(0))


def test_a_further_id_s_removal_removes_no_deal(tenant, crm, tell):
    """The id is known, another one leads: what that record becomes in its CRM is not the deal's."""
    deal = tenant.as_("crm_sync").post("/v1/opportunities", {"name": "Elsewhere", "crm_source": "first", "external_id": "X"},
                                       expect=201)
    tenant.as_("admin").post(f"{path(deal)}/external-ids", {"source": crm.answer["source"], "external_id": "D-1"}, expect=200)
    tell("D-1", "removed")
    assert read(tenant, deal)["status"] == "open"


def test_salesforce_deletes_and_undeletes(tenant, database):
    crm = Crm(tenant, "salesforce", stages=STAGES)

    def capture(number, change_type, **fields):
        header = {"entityName": "Opportunity", "recordIds": ["006A"], "changeType": change_type, "changedFields": [],
                  "transactionKey": f"t{number}", "sequenceNumber": 1, "commitTimestamp": 1795253400000 + number,
                  "commitNumber": number}
        crm.send({"ChangeEventHeader": header} | fields)
        settled(database, crm)
        return deals(crm)["006A"]

    assert capture(1, "CREATE", Name="Furnaces", Amount=5)["status"] == "open"
    assert capture(2, "DELETE")["status"] == "removed"
    back = capture(3, "UNDELETE", Name="Furnaces", Amount=6)
    assert (back["status"], back["amount"]) == ("open", tenant.money(600))


# -- merges -------------------------------------------------------------------------------------------------------------------------
def test_a_merge_takes_claims_and_ids_over_and_the_old_id_leads_on(tenant, crm, tell, database):
    two(tenant, tell, amount="70")
    first, second = deals(crm)["D-1"], deals(crm)["D-2"]
    tenant.as_("partnerships_leader").post(f"{path(second)}/claims", {
        "partner_id": tenant.partner_id, "kind": "introduction", "partner_rep": tenant.as_("partner_rep").person_id}, expect=201)
    tell("D-2", "merged", into="D-1")
    stands, gone = read(tenant, first, "cro"), read(tenant, second, "cro")
    assert ids(stands) == ["D-1", "D-2"] and stands["claims"][0]["partner"]["partner_id"] == tenant.partner_id
    assert (stands["name"], stands["amount"]) == ("Furnaces", tenant.money(7000)), "what it lacks comes from the other one"
    assert (gone["status"], gone["merged_into"], gone["external_ids"]) == ("removed", first["opportunity_id"], [])
    told = {(e["actor"]["person_id"], e["reason"]) for e in tenant.as_("cro").all(f"{path(stands)}/history")
            if e["kind"] == "opportunity.merged"}
    assert told == {(tenant.as_("crm_sync").person_id, f"D-2 was merged into D-1 in {crm.answer['source']}")}
    tell("D-2", next_step="Call", amount="80")
    tell("D-2", "removed")
    stands = read(tenant, first, "cro")
    assert (stands["status"], stands["next_step"], stands["amount"]) == ("open", "Call", tenant.money(8000))
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_removal_that_comes_before_its_merge_is_part_of_it(tenant, crm, tell):
    two(tenant, tell)
    first, second = deals(crm)["D-1"], deals(crm)["D-2"]
    tell("D-2", "removed")
    tell("D-2", "merged", into="D-1")
    assert ids(read(tenant, first)) == ["D-1", "D-2"] and read(tenant, second)["merged_into"] == first["opportunity_id"]


def test_a_merge_before_either_is_known_waits_for_their_names(tenant, crm, tell, database):
    tell("D-2", "merged", into="D-1")
    tell("D-2", amount="5")
    assert deals(crm) == {}
    assert [w["external_ids"] for w in tenant.as_("ae").all("/v1/crm/unmapped")] == [["D-1"]]
    tell("D-2", name="Furnaces")
    deal, = tenant.as_("ae").all("/v1/opportunities")
    assert (ids(deal), deal["name"], deal["amount"]) == (["D-1", "D-2"], "Furnaces", tenant.money(500))
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_merge_that_people_made_before_is_no_second_one(tenant, crm, tell, database):
    """The other way round even: then the id that the CRM goes on with leads."""
    two(tenant, tell)
    first, second = deals(crm)["D-1"], deals(crm)["D-2"]
    merge(tenant, second, first, role="crm_sync")
    assert ids(read(tenant, second, "cro")) == ["D-2", "D-1"]
    tell("D-2", "merged", into="D-1")
    assert ids(read(tenant, second, "cro")) == ["D-1", "D-2"]
    tell("D-1", amount="9")
    assert read(tenant, second, "cro")["amount"] == tenant.money(900)
    assert Rows(database, tenant).rebuild_differences() == []


def test_what_an_import_told_is_no_gap(tenant, crm, tell):
    machine = tenant.as_("crm_sync")
    made = machine.post("/v1/opportunities", {"name": "Imported", "crm_source": crm.answer["source"], "external_id": "D-1",
                                              "amount": tenant.money(700)}, expect=201)
    tell("D-2", name="Other", amount="5", close_date=tenant.day(9))
    tell("D-2", "merged", into="D-1")
    deal = read(tenant, made, "cro")
    assert (deal["name"], deal["amount"], deal["close_date"]) == ("Imported", tenant.money(700), tenant.day(9))


def test_a_merge_by_ourselves_is_no_merge(tenant, database):
    crm = Crm(tenant, "generic", integration_user="me")
    for number, data in enumerate(({"external_id": "D-1", "merged_into": "D-2", "origin": "me"},
                                   {"external_id": "D-1", "origin": "me"})):
        crm.send({"type": ("opportunity.merged", "opportunity.removed")[number], "timestamp": tenant.now().isoformat(),
                  "data": data})
    settled(database, crm)
    assert rows(database, crm) == [(4, "own_change")] * 2


# -- refused merges wait ---------------------------------------------------------------------------------------------------------------
def test_two_accounts_wait_until_they_are_one(tenant, crm, tell, database):
    two(tenant, tell, account_name=f"Somebody else {tenant.key}")
    first, second = deals(crm)["D-1"], deals(crm)["D-2"]
    reason = tell("D-2", "merged", expect_state=5, into="D-1")
    assert reason.startswith("not_mergeable: ") and "merge the accounts first" in reason
    assert [read(tenant, d, "cro")["status"] for d in (first, second)] == ["open", "open"]
    tell("D-2", amount="5")
    assert read(tenant, second, "cro")["amount"] == tenant.money(500), "until then they are two"
    tenant.as_("admin").post(f"/v1/accounts/{first['account']['account_id']}/merge",
                             {"from": second["account"]["account_id"]}, expect=200)
    retry(tenant, crm, database)
    assert ids(read(tenant, first, "cro")) == ["D-1", "D-2"] and read(tenant, first, "cro")["amount"] == tenant.money(500)


def test_contradictory_outcomes_wait(tenant, crm, tell, database):
    two(tenant, tell, stage="closedwon", amount="5", close_date=tenant.day(0))
    reason = tell("D-2", "merged", expect_state=5, into="D-1")
    assert reason.startswith("not_mergeable: one deal is open, the other one won"), reason
    tell("D-1", stage="closedwon", close_date=tenant.day(0))
    retry(tenant, crm, database)
    stands, = [d for d in tenant.as_("cro").all("/v1/opportunities") if d["status"] == "won"]
    assert ids(stands) == ["D-1", "D-2"]


def test_two_signed_sourced_claims_wait(tenant, crm, tell):
    """One customer under two names, registered by two partners and signed for both; the accounts are merged since."""
    found = []
    for rep in (tenant.as_("partner_rep"), tenant.person("partner_rep", partner=tenant.partner())):
        tenant.clock(hours=1)
        deal = tenant.read(tenant.approve(tenant.register(rep), rep=rep)["opportunity_id"])
        tenant.sign(deal)
        found.append(deal)
    tenant.clock(days=91)
    first, second = found
    tenant.as_("admin").post(f"/v1/accounts/{first['account']['account_id']}/merge",
                             {"from": second["account"]["account_id"]}, expect=200)
    for number, deal in enumerate(found):
        tenant.as_("admin").post(f"{path(deal)}/external-ids",
                                 {"source": crm.answer["source"], "external_id": f"D-{number + 1}"}, expect=200)
    reason = tell("D-2", "merged", expect_state=5, into="D-1")
    assert reason.startswith("sourced_claim_exists: ") and "influence first" in reason
    assert [read(tenant, d, "cro")["status"] for d in found] == ["open", "open"]


def test_a_record_that_is_one_already_is_not_another_one(tenant, crm, tell):
    two(tenant, tell)
    tell("D-3", name="Third")
    tell("D-2", "merged", into="D-1")
    reason = tell("D-2", "merged", expect_state=5, into="D-3")
    assert reason.startswith("not_mergeable: ") and "D-1" in reason and "D-3" in reason
    assert tell("D-1", "merged", into="D-2") is None, "a ring says nothing new"
    assert ids(deals(crm)["D-1"]) == ["D-1", "D-2"]
