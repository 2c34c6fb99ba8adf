"""A deal that its CRM removes leaves every total and is never erased; and it can come back."""
import pytest

from support.barrier import meet
from support.importing import row, run_import, won
from support.merging import DEALS, another, claim, merge, path, read
from support.rows import Rows
from support.stages import Deal


def say(tenant, deal, outcome="removed", code=None, **more):
    body = {"outcome": {"outcome": outcome} | more}
    if code:
        return tenant.as_("crm_sync").refused("PATCH", path(deal), body, code, headers={"If-Match": "*"})
    return tenant.as_("crm_sync").patch(path(deal), body, "*", expect=200)


def linked(tenant, deal, external_id="D-1"):
    return tenant.as_("crm_sync").post(f"{path(deal)}/external-ids", {"source": "crm", "external_id": external_id},
                                       expect=200)


def total(tenant, name, what="raw", period="2031-Q2"):
    figure = tenant.as_("cro").get(f"/v1/forecast?period={period}", expect=200)[name][what]
    return figure["count"], figure["amount"]["amount_minor"]


def test_a_removed_deal_leaves_every_total_and_keeps_what_it_is(tenant, database):
    deal = Deal(tenant, close_date="2031-05-15").stand_in(3)
    before = linked(tenant, deal.read())
    assert total(tenant, "sourced") == (1, 12_500_000)
    gone = say(tenant, before)
    assert gone["status"] == "removed" and total(tenant, "sourced") == (0, 0)
    for member in ("claims", "stage", "amount", "external_ids", "owner", "refreshed_at"):
        assert gone[member] == before[member], member
    assert say(tenant, before).json == gone.json, "it is told once"
    ae, rep = tenant.as_("ae"), tenant.as_("partner_rep")
    assert rep.get(deal.path, expect=200)["status"] == "removed"
    assert [d["opportunity_id"] for d in ae.all(DEALS, {"status": "removed"})] == [deal.id]
    registration, = tenant.as_("cro").all("/v1/registrations")
    assert registration["protected_until"] <= tenant.now().isoformat().replace("+00:00", "Z")
    kinds = [e["kind"] for e in rep.all(f"{deal.path}/history")]
    assert "opportunity.removed" in kinds and "registration.protection_ended" in kinds
    # nobody works on it
    made = before["claims"][0]["claim_id"]
    for verb, target, body in (
            ("PATCH", "", {"next_step": "On"}), ("POST", "/claims", {"partner_id": tenant.partner(), "kind": "other"}),
            ("PATCH", f"/claims/{made}", {"kind": "other"}),
            ("POST", "/advance", {"stage": "validating", "to_stage": "negotiating"}),
            ("POST", "/lower-stage", {"to_stage": "registered", "reason": "The customer waits for a year"}),
            ("POST", "/evidence/need/confirmations", {"evidence_version": 1}),
            ("POST", "/external-ids", {"source": "salesforce", "external_id": "006-A"}),
            ("POST", "/close", {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()})):
        ae.refused(verb, deal.path + target, body, "deal_closed", headers={"If-Match": "*"} if verb == "PATCH" else {})
    tenant.as_("admin").refused("POST", f"{deal.path}/reopen", {"reason": "We want it back"}, "invalid_state")
    tenant.as_("crm_sync").refused("PATCH", deal.path, {"amount": None}, "deal_closed", headers={"If-Match": "*"})
    assert Rows(database, tenant).rebuild_differences() == []

    back = say(tenant, before, "open")
    assert back.json == before.json | {"version": before["version"] + 2} and total(tenant, "sourced") == (1, 12_500_000)
    assert tenant.as_("cro").all("/v1/registrations")[0]["protected_until"] == registration["protected_until"]
    tenant.advance(deal.id, 4)
    assert Rows(database, tenant).rebuild_differences() == []


@pytest.mark.parametrize("claimed", [False, True])
def test_a_removed_win_comes_back_whole(tenant, claimed, database):
    deal = tenant.direct_deal()
    if claimed:
        claim(tenant, deal, signed=True)
    linked(tenant, deal)
    month, name = tenant.day()[:7], "influenced" if claimed else "direct"
    closed = say(tenant, deal, "won", closed_on=tenant.day())
    assert total(tenant, name, "closed_won", month) == (1, 5_000_000)
    gone = say(tenant, deal)
    assert gone["closed_on"] == closed["closed_on"] and total(tenant, name, "closed_won", month) == (0, 0)
    back = say(tenant, deal, "won", closed_on=tenant.day())
    assert back.json == closed.json | {"version": back["version"]} and back["shares"] == closed["shares"]
    say(tenant, deal)
    other = say(tenant, deal, "lost", closed_on=tenant.day(), reason_code="price")
    assert (other["status"], other["reason_code"], other["shares"]) == ("lost", "price", []), "back, and then lost"
    say(tenant, deal)
    assert say(tenant, deal, "open")["status"] == "open"
    assert Rows(database, tenant).rebuild_differences() == []


def test_what_cannot_be_removed(tenant):
    deal = tenant.direct_deal()
    assert say(tenant, deal, code="invalid_fields").pointers == {"/outcome/outcome": "not_linked"}
    linked(tenant, deal)
    answer = say(tenant, deal, code="invalid_fields", closed_on=tenant.day(), reason_code="price")
    assert answer.pointers == dict.fromkeys(("/outcome/closed_on", "/outcome/reason_code"), "not_applicable")
    tenant.as_("ae").refused("PATCH", path(deal), {"outcome": {"outcome": "removed"}}, "crm_owned_field",
                             headers={"If-Match": "*"})
    say(tenant, deal)
    answer = say(tenant, deal, "won", code="invalid_fields")
    assert answer.pointers == {"/outcome/closed_on": "required"} and read(tenant, deal)["status"] == "removed"


@pytest.mark.parametrize("claimed", [False, True])
def test_an_import_that_names_it_brings_it_back(tenant, claimed, database):
    deal = tenant.direct_deal()
    if claimed:
        claim(tenant, deal)
    linked(tenant, deal)
    say(tenant, deal)
    assert run_import(tenant, [row("D-1", name="Back again")]).counts == (0, 1, 0, 0)
    back = read(tenant, deal)
    assert (back["status"], back["name"]) == ("open", "Back again")
    say(tenant, deal)
    assert run_import(tenant, [won("D-1")]).counts == (0, 1, 0, 0)
    assert read(tenant, deal)["status"] == "won"
    kinds = [e["kind"] for e in tenant.as_("ae").all(f"{path(deal)}/history")]
    assert kinds.count("opportunity.restored") == kinds.count("opportunity.removed") == 2
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_removed_deal_is_not_merged_and_a_merged_one_not_removed(tenant):
    deal = tenant.direct_deal()
    other = another(tenant, deal)
    linked(tenant, other)
    say(tenant, other)
    assert other["opportunity_id"] in tenant.as_("ae").refused(
        "POST", f"{path(deal)}/merge", {"from": other["opportunity_id"]}, "deal_closed").json["detail"]
    say(tenant, other, "open")
    merge(tenant, deal, other)
    for outcome in ("removed", "open"):
        assert deal["opportunity_id"] in say(tenant, other, outcome, code="deal_closed").json["detail"]


def test_a_removal_and_a_merge(tenant, facts):
    deal = tenant.direct_deal()
    other = another(tenant, deal)
    linked(tenant, other)
    hold = f"select from opportunity where id = '{other['opportunity_id']}' for update"
    answers = meet(facts["superuser_url"], hold,
                   (tenant.as_("crm_sync"), "patch", path(other), {"outcome": {"outcome": "removed"}}, "*"),
                   (tenant.as_("ae"), "post", f"{path(deal)}/merge", {"from": other["opportunity_id"]}))
    assert sorted(a.status for a in answers) == [200, 409] and {a.code for a in answers} == {None, "deal_closed"}
    assert read(tenant, other)["status"] == "removed"
