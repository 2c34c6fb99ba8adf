"""Closing: a win of a deal with a claim passes the gates, a loss needs a reason; then nothing moves any more."""
import datetime

import pytest

from support.barrier import meet
from support.stages import Deal, triples
from support.stand import run_tandem
from test_stages import registration_of


@pytest.fixture
def deal(tenant):
    return Deal(tenant)


def business_days_back(tenant, count):
    """The last day after which so many business days have come, today among them."""
    day = tenant.now().date()
    while count:
        count -= day.weekday() < 5
        day -= datetime.timedelta(days=1)
    return day.isoformat()


# -- won ---------------------------------------------------------------------------------------------------------------

def test_a_win_resolves_the_attribution_and_ends_the_exclusivity(tenant, deal):
    deal.ready_to_win()
    assert registration_of(deal)["protected_until"] > tenant.now().isoformat()
    won = deal.close(expect=200)
    assert (won["status"], won["closed_on"], won["category"]) == ("won", tenant.day(), "closed")
    assert (won["stage"]["number"], won["stage"]["vendor"], won["stage"]["partner"]) == (5, "closed", "closed")
    assert won["shares"] == [{"partner_id": tenant.partner_id, "basis_points": 10000}]
    assert won["report_class"] == "sourced" and "closed_outside_gates" not in won["flags"]
    assert registration_of(deal)["protected_until"] <= tenant.now().isoformat()
    readiness = deal.readiness()
    assert (readiness["ready"], readiness["next_stage"], readiness["unmet"]) == (True, None, [])
    kinds = [e["kind"] for e in tenant.as_("ae").all(f"{deal.path}/history")]
    for kind in ("opportunity.won", "claim.resolved", "registration.protection_ended"):
        assert kinds.count(kind) == 1, kinds


def test_closing_confirms_the_vendor_s_own_items(tenant, deal):
    deal.ready_to_win()
    assert ("handoffs", "vendor_confirmation", "vendor") in deal.unmet()
    deal.close("partner_manager", expect=200)
    for criterion in ("open_approvals", "handoffs", "outcome"):
        assert [c["side"] for c in deal.evidence()[criterion]["confirmations"]] == ["vendor", "partner"]


def test_an_admin_confirms_for_nobody(deal):
    deal.ready_to_win()
    answer = deal.close("admin", expect=409)
    assert answer.code == "exit_criteria_unmet"
    assert triples(answer.json) == {("open_approvals", "vendor_confirmation", "vendor"),
                                    ("handoffs", "vendor_confirmation", "vendor")}
    deal.confirm("ae", "open_approvals", expect=201)
    deal.confirm("ae", "handoffs", expect=201)
    deal.close("admin", expect=200)


def test_a_win_lists_everything_that_is_missing_and_writes_nothing(tenant):
    deal = Deal(tenant, sign=False)
    deal.stand_in(4)
    deal.give("ae", "handoffs", expect=201)
    before = deal.read()
    answer = deal.close(expect=409)
    assert answer.code == "exit_criteria_unmet"
    assert triples(answer.json) == {("open_approvals", "evidence", "vendor_and_partner"),
                                    ("handoffs", "partner_confirmation", "partner"),
                                    ("outcome", "evidence", "vendor_and_partner"),
                                    ("attribution_resolved", "both_signatures", "ae_and_partner_manager")}
    assert deal.evidence()["handoffs"]["confirmations"] == []
    assert deal.read()["version"] == before["version"]


def test_the_partner_confirms_the_outcome(tenant, deal):
    deal.stand_in(4)
    for criterion in ("open_approvals", "handoffs"):
        deal.give("ae", criterion, expect=201)
        deal.confirm("partner_rep", criterion, expect=201)
    deal.give("ae", "outcome", expect=201)
    answer = deal.close(expect=409)
    assert triples(answer.json) == {("outcome", "partner_confirmation", "partner")}
    deal.confirm("partner_rep", "outcome", expect=201)
    deal.close(expect=200)


@pytest.mark.parametrize("signed, missing, owed_by", [
    ((), "both_signatures", "ae_and_partner_manager"),
    (("ae",), "partner_manager_signature", "partner_manager"),
    (("partner_manager",), "ae_signature", "ae")])
def test_a_win_needs_both_signatures(tenant, signed, missing, owed_by):
    deal = Deal(tenant, sign=False).ready_to_win()
    tenant.sign(deal.read().json, signed) if signed else None
    answer = deal.close(expect=409)
    assert answer.code == "claim_not_signed"
    assert triples(answer.json) == {("attribution_resolved", missing, owed_by)}
    tenant.sign(deal.read().json, {"ae", "partner_manager"} - set(signed))
    deal.close(expect=200)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_claimed_deal_is_won_from_stage_four_only(deal, number):
    deal.stand_in(number)
    assert deal.close(expect=409).code == "stage_mismatch"
    assert deal.read()["status"] == "open"


def test_a_lowered_side_stops_a_win(deal):
    deal.ready_to_win()
    deal.lower("partner_rep", 3, expect=200)
    assert deal.close(expect=409).code == "stage_mismatch"


def test_a_lapsed_claim_passes_no_gate_and_gets_no_share(tenant):
    deal = Deal(tenant, sign=False)
    tenant.clock(days=15)
    won = deal.close(expect=200)
    assert (won["status"], won["report_class"], won["shares"]) == ("won", "unattributed", [])
    assert won["stage"]["key"] == "registered"


def test_a_direct_deal_is_won_by_its_owner(tenant):
    ae = tenant.as_("ae")
    path = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}"
    body = {"outcome": "won", "closed_on": tenant.day()}
    tenant.person("ae").refused("POST", f"{path}/close", body, code="not_deal_owner")
    tenant.as_("partner_manager").refused("POST", f"{path}/close", body, code="not_partner_manager")
    won = ae.post(f"{path}/close", body, expect=200)
    assert (won["status"], won["report_class"], won["shares"]) == ("won", "direct", [])


def test_the_amount_may_be_said_at_the_close(tenant):
    ae = tenant.as_("ae")
    deal = ae.post("/v1/opportunities", {"name": "A deal without an amount"}, expect=201)
    path = f"/v1/opportunities/{deal['opportunity_id']}/close"
    body = {"outcome": "won", "closed_on": tenant.day()}
    assert ae.post(path, body, expect=422).pointers == {"/amount": "required"}
    assert ae.post(path, body | {"amount": tenant.money(770)}, expect=200)["amount"] == tenant.money(770)


def test_the_share_is_the_claim_s(tenant, deal):
    deal.ready_to_win()
    other = tenant.partner()
    whole = {"partner_id": tenant.partner_id, "basis_points": 10000}
    for shares, pointers in (
            ([whole | {"basis_points": 9999}], {"/shares": "not_whole"}),
            ([whole | {"basis_points": 5000}, {"partner_id": other, "basis_points": 5000}],
             {"/shares/1/partner_id": "no_claim"})):
        assert deal.close(body={"shares": shares}, expect=422).pointers == pointers
    assert deal.close(body={"shares": [whole]}, expect=200)["shares"] == [whole]


def test_the_same_key_closes_once(deal):
    deal.ready_to_win()
    first = deal.close(key="close-it", expect=200)
    again = deal.close(key="close-it", expect=200)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"
    assert deal.close(expect=409).code == "deal_closed"


# -- lost --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_deal_is_lost_from_any_stage_with_a_reason(tenant, deal, number):
    deal.stand_in(number)
    assert deal.close(outcome="lost", expect=422).pointers == {"/reason_code": "required"}
    answer = deal.close(outcome="lost", body={"reason_code": "unspecified"}, expect=422)
    assert answer.pointers == {"/reason_code": "not_by_hand"}
    lost = deal.close(outcome="lost", body={"reason_code": "competitor"}, expect=200)
    assert (lost["status"], lost["reason_code"], lost["shares"]) == ("lost", "competitor", [])
    assert lost["stage"]["number"] == number
    assert registration_of(deal)["protected_until"] <= tenant.now().isoformat()


def test_bad_members_are_told_at_once(tenant, deal):
    answer = deal.close(body={"reason_code": "price", "closed_on": tenant.day(1)}, expect=422)
    assert answer.pointers == {"/reason_code": "not_applicable", "/closed_on": "in_future"}
    answer = deal.as_("ae").post(f"{deal.path}/close", {}, expect=422)
    assert answer.pointers == {"/outcome": "required"}
    answer = deal.as_("ae").post(f"{deal.path}/close", {"outcome": "lost"}, expect=422)
    assert answer.pointers == {"/reason_code": "required", "/closed_on": "required"}
    answer = deal.close(outcome="perhaps", body={"reason_code": "mood"}, expect=422)
    assert answer.pointers == {"/outcome": "unknown_choice", "/reason_code": "unknown_choice"}


# -- when and who ------------------------------------------------------------------------------------------------------

def test_five_business_days_back_is_the_edge(tenant):
    lost = {"outcome": "lost", "reason_code": "timing"}
    deal, other = Deal(tenant), Deal(tenant)
    tenant.clock(days=20)
    answer = deal.close(body=lost | {"closed_on": business_days_back(tenant, 7)}, expect=409)
    assert answer.code == "close_backdated" and business_days_back(tenant, 5) in answer["detail"]
    assert deal.close(body=lost | {"closed_on": business_days_back(tenant, 6)}, expect=409).code == "close_backdated"
    closed = deal.close(body=lost | {"closed_on": business_days_back(tenant, 5)}, expect=200)
    assert "backdated" not in closed["flags"]
    closed = other.close("admin", body=lost | {"closed_on": business_days_back(tenant, 6)}, expect=200)
    assert "backdated" in closed["flags"]


def test_nothing_closes_before_it_was_created(tenant):
    lost = {"outcome": "lost", "reason_code": "timing"}
    deal, created = Deal(tenant), tenant.day()
    answer = deal.close("admin", body=lost | {"closed_on": tenant.day(-1)}, expect=422)
    assert answer.pointers == {"/closed_on": "before_creation"} and created in answer.text
    deal.close(body=lost | {"closed_on": created}, expect=200)


def test_what_the_crm_owns_is_closed_there(tenant):
    deal = tenant.as_("crm_sync").post("/v1/opportunities", {
        "name": "Synced deal", "crm_source": "salesforce", "external_id": "006-1", "amount": tenant.money(500),
        "owner": tenant.as_("ae").person_id}, expect=201)
    answer = tenant.as_("ae").post(f"/v1/opportunities/{deal['opportunity_id']}/close",
                                   {"outcome": "won", "closed_on": tenant.day()}, expect=409)
    assert answer.code == "crm_owned_field"


def test_a_closed_deal_takes_no_more_writes(tenant, deal):
    deal.ready_to_win()
    deal.close(expect=200)
    for answer in (deal.give("ae", "outcome", etag='"1"'), deal.confirm("ae", "outcome"), deal.advance("ae", 4),
                   deal.lower("partner_rep", 3), deal.close(), deal.close("admin")):
        assert (answer.status, answer.code) == (409, "deal_closed"), answer
    assert deal.read()["status"] == "won"


def test_the_partner_s_side_closes_nothing(deal):
    for who in ("partner_rep", "prm_portal"):
        assert deal.close(who, expect=403).code == "insufficient_scope"


def test_of_two_outcomes_one_is_recorded(facts, deal):
    deal.ready_to_win()
    answers = meet(facts["superuser_url"], deal.lock, deal.closing("ae"),
                   deal.closing("partner_manager", "lost", {"reason_code": "no_decision"}))
    assert sorted(a.status for a in answers) == [200, 409]
    assert next(a for a in answers if a.status == 409).code == "deal_closed"


def test_a_win_and_new_evidence_never_both_count(facts, deal):
    """Either the win stands on what both confirmed, or the new version has to be confirmed first."""
    deal.ready_to_win()
    won, given = meet(facts["superuser_url"], deal.lock, deal.closing("ae"),
                      deal.giving("partner_rep", "handoffs", etag='"1"'))
    assert (won.code, given.code) in ((None, "deal_closed"), ("exit_criteria_unmet", None)), (won, given)


def test_the_rows_of_a_whole_story_are_what_the_events_say(tenant, facts, deal):
    """From the registration to the win, with a detour: every table rebuilt from its events is the table."""
    tenant.as_("cro").put("/v1/targets/2026-Q4", {"class": "sourced", "amount": tenant.money(10**9)}, expect=201)
    deal.stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    deal.lower("partner_rep", 1, expect=200)
    deal.ready_to_win()
    deal.close(expect=200)
    report = run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")
    assert report.returncode == 0, report.stdout
