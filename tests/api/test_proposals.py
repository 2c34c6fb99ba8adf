"""A proposal ends: declined by the other side, taken back by its own, by time, or by new evidence."""
import datetime

import pytest

from support.barrier import meet
from support.stages import CRITERIA, Deal


@pytest.fixture
def deal(tenant):
    return Deal(tenant).stand_in(2)


def proposed(deal, who="ae"):
    deal.advance(who, 2, evidence=deal.carried(2), expect=202)
    return deal


def kinds(deal):
    return [e["kind"] for e in deal.tenant.as_("ae").all(f"{deal.path}/history")]


@pytest.mark.parametrize("first, other, side", [("ae", "partner_rep", "vendor"), ("partner_rep", "ae", "partner")])
def test_the_other_side_declines_with_a_reason(tenant, deal, first, other, side):
    proposed(deal, first)
    assert deal.decline(other, 2, reason=None, expect=422).pointers == {"/reason": "required"}
    assert deal.decline(other, 2, reason="n/a", expect=422).pointers == {"/reason": "placeholder"}
    assert deal.readiness()["proposal"]["side"] == side
    refreshed = deal.read()["refreshed_at"]
    tenant.clock(hours=1)
    declined = deal.decline(other, 2, expect=200)
    assert (declined["stage"]["vendor"], declined["stage"]["partner"]) == ("qualified", "qualified")
    assert deal.readiness()["proposal"] is None
    assert deal.read()["refreshed_at"] == refreshed, "saying no is no news of the deal"
    assert sorted(deal.evidence()) == sorted(CRITERIA[2]), "evidence stays"
    again = deal.advance(other, 2, expect=202)  # nothing is left to confirm: it proposes
    assert again["proposal"]["side"] != side
    deal.advance(first, 2, expect=200)


def test_the_side_that_proposed_learns_why(tenant, deal):
    proposed(deal, "partner_rep")
    deal.decline("ae", 2, reason="The plan names no owner at the customer", expect=200)
    told = {who: next(e for e in tenant.as_(who).all(f"{deal.path}/history")
                      if e["kind"] == "opportunity.proposal_declined") for who in ("partner_rep", "ae")}
    assert {e["reason"] for e in told.values()} == {"The plan names no owner at the customer"}
    assert told["ae"]["actor"]["person_id"] == tenant.as_("ae").person_id
    assert (told["partner_rep"]["side"], "actor" in told["partner_rep"]) == ("vendor", False)


def test_no_other_reason_is_told_to_the_partner(tenant, deal):
    deal.lower("ae", 1, reason="Between us: their sponsor is leaving", expect=200)
    rows = tenant.as_("partner_rep").all(f"{deal.path}/history")
    assert {e["reason"] for e in rows} == {None}


@pytest.mark.parametrize("who", ["ae", "partner_manager"])
def test_the_side_that_proposed_takes_it_back(deal, who):
    proposed(deal)
    deal.decline(who, 2, reason=None, expect=200)
    assert deal.readiness()["proposal"] is None
    assert kinds(deal)[0] == "opportunity.proposal_withdrawn"
    assert deal.advance("partner_rep", 2, expect=202)["proposal"]["side"] == "partner"


def test_what_is_not_open_is_not_declined(tenant, deal):
    assert deal.decline("partner_rep", 2, expect=409).code == "no_proposal"
    proposed(deal)
    assert deal.decline("partner_rep", 3, expect=409).code == "stage_mismatch"
    deal.advance("partner_rep", 2, expect=200)
    assert deal.decline("partner_rep", 2, expect=409).code == "no_proposal"
    deal.advance("ae", 3, evidence=deal.carried(3), expect=202)
    deal.give("partner_rep", "close_plan", etag='"1"', expect=200)
    assert deal.decline("partner_rep", 3, expect=409).code == "no_proposal", "new evidence has ended it"


def test_on_day_14_it_can_be_declined_and_not_after(tenant, deal):
    proposed(deal)
    tenant.clock(days=14, seconds=-30)
    assert deal.readiness()["proposal"] is not None
    assert deal.decline("partner_rep", 2, reason=None, expect=422).pointers == {"/reason": "required"}
    tenant.clock(seconds=60)
    assert deal.readiness()["proposal"] is None
    assert deal.decline("partner_rep", 2, expect=409).code == "no_proposal"


def test_others_decline_nothing(tenant, deal):
    proposed(deal)
    assert deal.decline(tenant.person("ae"), 2, expect=403).code == "not_deal_owner"
    assert deal.decline(tenant.person("partner_manager"), 2, expect=403).code == "not_partner_manager"
    stranger = tenant.person("partner_rep", partner=tenant.partner())
    assert deal.decline(stranger, 2, expect=404).code == "not_found"
    for who in ("cro", "admin", "crm_sync"):
        assert deal.decline(who, 2, expect=403).code == "insufficient_scope"
    direct = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}/advance/decline"
    tenant.as_("ae").refused("POST", direct, {"to_stage": "qualified", "reason": "Not ours"}, code="no_claim")
    deal.close(outcome="lost", body={"reason_code": "timing"}, expect=200)
    assert deal.decline("partner_rep", 2, expect=409).code == "deal_closed"
    assert deal.readiness()["proposal"] is None


def test_the_same_key_declines_once(deal):
    proposed(deal)
    first = deal.decline("partner_rep", 2, key="no", expect=200)
    again = deal.decline("partner_rep", 2, key="no", expect=200)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"
    assert kinds(deal).count("opportunity.proposal_declined") == 1


@pytest.mark.parametrize("turn", range(2))
def test_a_proposal_is_confirmed_or_taken_back_never_both(facts, deal, turn):
    proposed(deal)
    calls = [deal.declining("ae", 2), deal.advancing("partner_rep", 2)]
    answers = meet(facts["superuser_url"], deal.lock, *(calls if turn else reversed(calls)))
    back, advanced = answers if turn else reversed(answers)
    outcome = (back.status, back.code, advanced.status)
    assert outcome in ((200, None, 202), (409, "no_proposal", 200)), outcome
    assert deal.read()["stage"]["number"] == (3 if advanced.status == 200 else 2)


# -- the end of a proposal is fixed when it is made ----------------------------------------------------------------
@pytest.mark.parametrize("before, after", [(14, 1), (1, 14)])
def test_a_proposal_keeps_the_days_of_the_policy_under_which_it_was_made(tenant, deal, before, after):
    tenant.policy(proposal_days=before)
    proposed(deal)
    expires_at = deal.readiness()["proposal"]["expires_at"]
    tenant.policy(proposal_days=after)
    assert deal.readiness()["proposal"]["expires_at"] == expires_at
    tenant.at(expires_at)
    tenant.clock(seconds=-20)
    assert deal.readiness()["proposal"]["side"] == "vendor"
    tenant.clock(seconds=40)
    assert deal.readiness()["proposal"] is None
    deal.decline("partner_rep", 2, expect=409)
    # the next one is made under the policy of its own instant
    deal.advance("ae", 2, expect=202)
    made = datetime.datetime.fromisoformat(deal.readiness()["proposal"]["proposed_at"])
    ends = datetime.datetime.fromisoformat(deal.readiness()["proposal"]["expires_at"])
    assert ends - made == datetime.timedelta(days=after)
