"""What a merge does to claims, their window and what they rest on."""
import datetime
import threading

import pytest

from support.barrier import Barrier, Sender, meet
from support.importing import row, run_import
from support.merging import DEALS, another, claim, instant, merge, path, read, refused_for
from support.rows import Rows

Q2 = "/v1/forecast?period=2031-Q2"


@pytest.fixture
def partners(tenant):
    """Two, each with a manager of its own and a representative."""
    tenant.as_("partner_rep")
    other = tenant.partner(manager=tenant.person("partner_manager"))
    return [tenant.partner_id, other], [tenant.as_("partner_rep"), tenant.person("partner_rep", partner=other)]


def by_partner(deal):
    return {c["partner"]["partner_id"]: c for c in deal["claims"]}


# -- whose claims ------------------------------------------------------------------------------------------------------
def test_each_partners_claim_goes_over_and_the_strongest_counts(tenant, partners, database):
    ids, reps = partners
    deal = tenant.direct_deal()
    other = another(tenant, deal)
    own, theirs = claim(tenant, deal, ids[0], signed=True), claim(tenant, other, ids[1])
    reps[1].get(path(deal), expect=404)
    one = merge(tenant, deal, other)
    assert {p: c["claim_id"] for p, c in by_partner(one).items()} == {ids[0]: own["claim_id"], ids[1]: theirs["claim_id"]}
    assert [c["counts"] for c in one["claims"]] == [True, False]
    assert one["lead_partner"]["partner_id"] == ids[0] and one["report_class"] == "influenced"
    # each partner reads its own claim of the one deal, and the one that comes reads where its deal has gone
    assert reps[1].get(path(deal), expect=200)["claims"][0]["claim_id"] == theirs["claim_id"]
    assert reps[1].get(path(other), expect=200)["merged_into"] == deal["opportunity_id"]
    reps[0].get(path(other), expect=404)
    assert theirs["claim_id"] not in str(reps[0].all(f"{path(deal)}/history"))
    tenant.as_("ae").post(f"{path(deal)}/claims/{theirs['claim_id']}/signoffs", {"decision": "sign", "claim_version": 1},
                          expect=201)
    assert Rows(database, tenant).rebuild_differences() == []


@pytest.mark.parametrize("stronger", ["own", "other", "neither"])
def test_of_two_claims_of_one_partner_the_stronger_stands(tenant, stronger, database):
    deal = tenant.direct_deal()
    other = another(tenant, deal)
    own = claim(tenant, deal, signed=stronger == "own")
    theirs = claim(tenant, other, kind="other", signed=stronger == "other")
    one = merge(tenant, deal, other)
    stands, stays = (theirs, own) if stronger == "other" else (own, theirs)
    assert [c["claim_id"] for c in one["claims"]] == [stands["claim_id"]]
    assert one["claims"][0]["state"] == ("pending" if stronger == "neither" else "signed")
    behind = read(tenant, other)
    assert [c["claim_id"] for c in behind["claims"]] == [stays["claim_id"]] and not behind["claims"][0]["counts"]
    assert behind["report_class"] == "direct" and behind["status"] == "removed"
    assert tenant.as_("partner_rep").get(path(other), expect=200)["claims"][0]["claim_id"] == stays["claim_id"]
    # what stays behind does not hold up what comes later
    tenant.as_("ae").post(f"/v1/accounts/{deal['account']['account_id']}/engagements",
                          {"engaged_at": "2026-01-01", "activity_id": "A-1"}, expect=201)
    assert Rows(database, tenant).rebuild_differences() == []


def test_what_stays_behind_holds_up_nothing_that_comes_later(tenant, database):
    """A registration's claim that was weaker: what is told of its account later does not look for it on the deal that is gone."""
    deal = tenant.deal()
    other = another(tenant, deal)
    stands = claim(tenant, other, signed=True)
    one = merge(tenant, other, deal)
    assert [c["claim_id"] for c in one["claims"]] == [stands["claim_id"]]
    tenant.as_("crm_sync").post(f"/v1/accounts/{deal['account']['account_id']}/engagements",
                                {"engaged_at": "2026-01-01", "activity_id": "A-1"}, expect=201)
    tenant.as_("crm_sync").post(DEALS, {"name": "Told late", "crm_source": "crm", "external_id": "D-1",
                                        "account_id": deal["account"]["account_id"],
                                        "created_at": "2026-01-01T00:00:00Z"}, expect=201)
    assert read(tenant, deal)["claims"][0]["state"] == "pending" and read(tenant, other)["claims"][0]["state"] == "signed"
    assert Rows(database, tenant).rebuild_differences() == []


def test_evidence_goes_over_where_there_is_none_and_no_partner_reads_anothers(tenant, partners):
    ids, reps = partners
    ae, deal = tenant.as_("ae"), tenant.direct_deal()
    same, foreign = another(tenant, deal), another(tenant, deal)
    for one, partner in ((deal, 0), (same, 0), (foreign, 1)):
        claim(tenant, one, ids[partner])

    def give(caller, one, criterion, statement, confirmed_by=None):
        caller.put(f"{path(one)}/evidence/{criterion}", {"type": "statement", "statement": statement}, expect=201)
        if confirmed_by:
            confirmed_by.post(f"{path(one)}/evidence/{criterion}/confirmations", {"evidence_version": 1}, expect=201)
    give(ae, deal, "need", "The survivor's own need")
    give(reps[0], same, "need", "Another need, of the same partner")
    give(reps[0], same, "budget", "The budget, of the same partner", ae)
    give(reps[1], foreign, "joint_value", "What the other partner brings", ae)
    give(ae, foreign, "reason_to_act", "The vendor's reason to act", reps[1])
    merge(tenant, deal, same)
    merge(tenant, deal, foreign)
    evidence = {e["criterion"]: e for e in ae.get(f"{path(deal)}/evidence", expect=200)["data"]}
    assert evidence.keys() == {"need", "budget", "reason_to_act"}
    assert evidence["need"]["statement"] == "The survivor's own need"
    confirmed = {c: {x["side"] for x in e["confirmations"]} for c, e in evidence.items()}
    assert confirmed == {"need": set(), "budget": {"vendor"}, "reason_to_act": set()}, "nor does it confirm here"
    assert evidence["budget"]["side"] == "partner" and evidence["budget"]["author"]["name"] == reps[0].name
    assert "other partner brings" not in reps[0].get(f"{path(deal)}/evidence", expect=200).text
    assert "other partner brings" in ae.get(f"{path(foreign)}/evidence", expect=200).text, "it stays readable there"


def test_two_that_are_signed_as_sourced_are_not_one(tenant, partners):
    """The second registration is for another account, as the customer was known by two names."""
    ids, reps = partners
    first = tenant.deal()
    tenant.sign(first)
    registration = tenant.register(reps[1])
    leader = tenant.as_("partnerships_leader")
    second = tenant.read(leader.post(f"/v1/registrations/{registration['registration_id']}/approve", {
        "ae": tenant.as_("ae").person_id, "partner_manager": leader.person_id,
        "partner_rep": {"person_id": reps[1].person_id}}, expect=200)["opportunity_id"])
    assert second["attribution"] == "sourced"
    refused_for(tenant, first, second, "not_mergeable", "merge the accounts first")


# -- the window --------------------------------------------------------------------------------------------------------
def test_what_two_have_not_signed_lapses_with_the_earlier_window(tenant, partners):
    ids, _ = partners
    crm = tenant.as_("crm_sync").post(DEALS, {
        "name": "Of the CRM", "crm_source": "crm", "external_id": "D-1", "account": {"name": "One", "country": "DE"},
        "owner": tenant.as_("ae").person_id, "created_at": instant(tenant.now())}, expect=201)
    tenant.clock(days=10)
    deal = another(tenant, crm)
    signed, waits = claim(tenant, deal, ids[0], signed=True), claim(tenant, deal, ids[1])
    own_end = waits["deadline"]
    one = by_partner(merge(tenant, deal, crm))
    end = instant(datetime.datetime.fromisoformat(crm["created_at"].replace("Z", "+00:00")) + datetime.timedelta(days=14))
    assert (one[ids[0]]["deadline"], one[ids[0]]["state"]) == (signed["deadline"], "signed")
    assert (one[ids[1]]["deadline"], one[ids[1]]["state"]) == (end, "pending") and end < own_end
    tenant.clock(days=4, seconds=-30)
    body = {"decision": "sign", "claim_version": 1}
    tenant.as_("ae").post(f"{path(deal)}/claims/{waits['claim_id']}/signoffs", body, expect=201)
    tenant.clock(seconds=60)
    now = by_partner(read(tenant, deal))
    assert (now[ids[0]]["state"], now[ids[1]]["state"]) == ("signed", "lapsed")
    answer = tenant.as_("partnerships_leader").refused(
        "POST", f"{path(deal)}/claims/{waits['claim_id']}/signoffs", body, "claim_window_closed")
    assert end[:19] in answer.json["detail"]
    # nor is a new version of the signed one begun, which would lapse at once
    tenant.as_("ae").refused("PATCH", f"{path(deal)}/claims/{signed['claim_id']}", {"kind": "other"},
                             "claim_window_closed", headers={"If-Match": "*"})
    late = claim(tenant, deal, tenant.partner(), kind="other")
    assert (late["deadline"], late["late_influence"]) == (end, True), "a claim made now is late"


def test_a_merge_extends_no_window(tenant):
    deal = tenant.direct_deal()
    waits = claim(tenant, deal)
    tenant.clock(days=9)
    assert merge(tenant, deal, another(tenant, deal))["claims"][0]["deadline"] == waits["deadline"]


# -- the sourced rule, asked again -------------------------------------------------------------------------------------
@pytest.mark.parametrize("into", ["registered", "direct"])
def test_a_deal_that_was_open_when_the_registration_came_disputes_its_claim(tenant, into):
    """The CRM's deal had no account, so nobody could know."""
    crm = tenant.as_("crm_sync").post(DEALS, {"name": "Nameless", "crm_source": "crm", "external_id": "D-1",
                                              "created_at": "2026-10-01T00:00:00Z"}, expect=201)
    deal = tenant.deal()
    tenant.sign(deal)
    pair = (deal, crm) if into == "registered" else (crm, deal)
    one = merge(tenant, *pair)
    made, = one["claims"]
    assert (made["state"], made["value"], one["report_class"]) == ("disputed", "sourced", "sourced"), "nothing flips"
    assert one["withheld_by"]["rule"] in ("disputed", "stage_one", "awaiting_signature")
    told = [c["to"] for e in tenant.as_("ae").all(f"{path(one)}/history") if e["kind"] == "claim.disputed"
            for c in e["changes"] if c["field"] == "dispute_reason"]
    assert told == [f"open_deal_before_registration: opportunity {crm['opportunity_id']}"]
    assert made["state"] == "disputed"


def test_what_was_told_is_not_forgotten_by_a_new_version(tenant):
    crm = tenant.as_("crm_sync").post(DEALS, {"name": "Nameless", "crm_source": "crm", "external_id": "D-1",
                                              "created_at": instant(tenant.now())}, expect=201)
    tenant.clock(days=1)
    one = merge(tenant, crm, tenant.deal())
    made, = one["claims"]
    assert made["state"] == "disputed"
    renewed = tenant.as_("ae").patch(f"{path(one)}/claims/{made['claim_id']}", {"kind": "registration"}, "*", expect=200)
    assert (renewed["value"], renewed["sourced_rule"]) == ("influenced", {"passed": False, "reason": "open_deal"})


def test_the_partners_own_earlier_deal_speaks_against_nothing(tenant):
    """It was claimed by the same partner, and had no account."""
    own = tenant.as_("ae").post(DEALS, {"name": "Nameless"}, expect=201)
    claim(tenant, own)
    tenant.clock(hours=1)
    assert merge(tenant, tenant.deal(), own)["claims"][0]["state"] == "pending"


# -- closed deals ------------------------------------------------------------------------------------------------------
def win(tenant, deal, amount):
    tenant.as_("crm_sync").patch(path(deal), {"outcome": {"outcome": "won", "closed_on": tenant.day(),
                                                          "amount": tenant.money(amount)}}, "*", expect=200)
    return read(tenant, deal)


def won_in(tenant, day, name):
    answer = tenant.as_("cro").get(f"/v1/forecast?period={day[:7]}", expect=200)[name]
    return tuple(answer[what]["amount"]["amount_minor"] for what in ("closed_won", "closed_unresolved"))


def test_a_win_that_was_told_twice_counts_once(tenant, partners, database):
    ids, _ = partners
    deal = tenant.direct_deal()
    other, direct = another(tenant, deal), another(tenant, deal)
    claims = [claim(tenant, deal, ids[0], signed=True), claim(tenant, other, ids[1])]
    for caller in (tenant.as_("ae"), tenant.as_("partnerships_leader")):
        caller.post(f"{path(other)}/claims/{claims[1]['claim_id']}/signoffs", {"decision": "sign", "claim_version": 1},
                    expect=201)
    deal, other, direct = win(tenant, deal, 100), win(tenant, other, 100), win(tenant, direct, 100)
    assert [len(d["shares"]) for d in (deal, other, direct)] == [1, 1, 0]
    day = tenant.day()
    assert won_in(tenant, day, "influenced") == (200, 0) and won_in(tenant, day, "direct") == (100, 0)
    assert merge(tenant, deal, direct)["shares"] == deal["shares"], "no claim has come: the resolution stands"
    assert won_in(tenant, day, "influenced") == (200, 0) and won_in(tenant, day, "direct") == (0, 0)
    one = merge(tenant, deal, other)
    assert one["shares"] == [], "10,000 and 10,000 are not 10,000: the owner resolves it"
    assert won_in(tenant, day, "influenced") == (0, 100)
    shares = [{"partner_id": ids[0], "basis_points": 4000}, {"partner_id": ids[1], "basis_points": 6000}]
    resolved = tenant.as_("ae").post(f"{path(deal)}/close", {"outcome": "won", "shares": shares}, expect=200)
    assert resolved["shares"] == shares and won_in(tenant, day, "influenced") == (100, 0)
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_direct_win_takes_claims_and_shares(tenant, database):
    deal, day = tenant.direct_deal(), tenant.day()
    claimed = another(tenant, deal)
    claim(tenant, claimed, signed=True)
    deal, claimed = win(tenant, deal, 100), win(tenant, claimed, 100)
    one = merge(tenant, deal, claimed)
    assert one["shares"] == claimed["shares"] and one["stage"] == claimed["stage"]
    assert won_in(tenant, day, "influenced") == (100, 0) and won_in(tenant, day, "direct") == (0, 0)
    assert Rows(database, tenant).rebuild_differences() == []


# -- two at once -------------------------------------------------------------------------------------------------------
def lock(*deals):
    ids = ", ".join(f"'{d['opportunity_id']}'" for d in deals)
    return f"select from opportunity where id in ({ids}) order by opportunity_id for update"


def merging(tenant, deal, other):
    return tenant.as_("ae"), "post", f"{path(deal)}/merge", {"from": other["opportunity_id"]}


def test_of_two_merges_across_one_wins(tenant, facts):
    for _ in range(5):
        deal = tenant.direct_deal()
        other = another(tenant, deal)
        answers = meet(facts["superuser_url"], lock(deal, other), merging(tenant, deal, other),
                       merging(tenant, other, deal))
        assert sorted(a.status for a in answers) == [200, 409]
        loser, = (a for a in answers if a.status == 409)
        stays, = {d["opportunity_id"] for d in (deal, other)} - {read(tenant, d)["opportunity_id"] for d in (deal, other)
                                                               if read(tenant, d)["merged_into"]}
        assert loser.code == "deal_closed" and stays in loser.json["detail"]


def test_a_signature_and_a_merge(tenant, facts):
    """Either the signature comes first and goes over, or it is told where the claim has gone."""
    seen = set()
    for number in range(6):
        deal = tenant.direct_deal()
        other = another(tenant, deal)
        made = claim(tenant, other)
        sign = (tenant.as_("ae"), "post", f"{path(other)}/claims/{made['claim_id']}/signoffs",
                {"decision": "sign", "claim_version": 1})
        with Barrier(facts["superuser_url"], lock(other)) as barrier:
            first = Sender(*(sign if number % 2 else merging(tenant, deal, other)))
            barrier.until_waiting(1)
            second = Sender(*(merging(tenant, deal, other) if number % 2 else sign))
            barrier.until_waiting(2)
        answers = [first.result(), second.result()]
        signed, merged = answers if number % 2 else answers[::-1]
        assert merged.status == 200 and (signed.status, signed.code) in ((201, None), (409, "deal_closed")), answers
        now = read(tenant, deal)["claims"][0]
        assert len(now["signoffs"]) == (signed.status == 201)
        seen.add(signed.status)
    assert seen == {201, 409}, "each came first once"


def test_a_close_and_a_merge(tenant, facts):
    for number in range(4):
        deal = tenant.direct_deal()
        other = another(tenant, deal)
        close = (tenant.as_("ae"), "post", f"{path(other)}/close",
                 {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()})
        with Barrier(facts["superuser_url"], lock(other)) as barrier:
            first = Sender(*(close if number % 2 else merging(tenant, deal, other)))
            barrier.until_waiting(1)
            second = Sender(*(merging(tenant, deal, other) if number % 2 else close))
            barrier.until_waiting(2)
        first, second = first.result(), second.result()
        assert (first.status, second.status) == (200, 409)
        assert second.code == ("not_mergeable" if number % 2 else "deal_closed")


def test_an_import_and_a_merge(tenant, facts):
    """The import waits for the merge, and then finds its deal under the id."""
    deal = tenant.direct_deal()
    crm = tenant.as_("crm_sync").post(DEALS, {"name": "Of the CRM", "crm_source": "crm", "external_id": "D-1",
                                              "account_id": deal["account"]["account_id"]}, expect=201)
    results = []
    with Barrier(facts["superuser_url"], lock(deal)) as barrier:
        sender = Sender(*merging(tenant, deal, crm))
        barrier.until_waiting(1)
        runner = threading.Thread(target=lambda: results.append(run_import(tenant, [row("D-1", name="Followed")])))
        runner.start()
        barrier.until_waiting(2)
    assert sender.result().status == 200
    runner.join(60)
    assert results[0].counts == (0, 1, 0, 0)
    assert read(tenant, deal)["name"] == "Followed" and len(tenant.as_("ae").all(DEALS)) == 2
