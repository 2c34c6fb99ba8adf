"""Reopening: a closed deal is open again where it stood, and what its close brought about is undone."""
import pytest

from support.stages import Deal
from support.stand import run_tandem
from test_close import business_days_back
from test_resolution import crm_deal
from test_several_claims import Two
from test_stages import registration_of


@pytest.fixture
def deal(tenant):
    return Deal(tenant)


@pytest.mark.parametrize("who", ["partnerships_leader", "admin"])
def test_a_won_deal_is_open_again_before_the_last_stage(tenant, facts, deal, who):
    deal.ready_to_win()
    tenant.as_("ae").patch(deal.path, {"category_call": "commit"}, deal.read().etag, expect=200)
    before = deal.read()
    assert deal.close(expect=200)["shares"]
    tenant.clock(days=30)
    ended = registration_of(deal)["protected_until"]
    again = deal.reopen(who, reason="The contract was annulled", expect=200)
    assert (again["status"], again["closed_on"], again["shares"]) == ("open", None, [])
    assert again["stage"] | {"entered_at": None} == before["stage"] | {"entered_at": None}
    assert again["stage"]["entered_at"] > before["stage"]["entered_at"], "it enters its stage anew"
    assert (again["category"], again["report_class"], again["claims"][0]["state"]) == ("commit", "sourced", "signed")
    assert "stale" not in again["flags"] and "stalled" not in again["flags"]
    assert registration_of(deal)["protected_until"] == ended, "an exclusivity that ended is not brought back"
    reopened = next(e for e in tenant.as_("ae").all(f"{deal.path}/history") if e["kind"] == "opportunity.reopened")
    assert reopened["reason"] == "The contract was annulled"
    assert tenant.as_(who).person_id in (reopened["actor"]["person_id"], None)  # the first admin came with the tenant
    assert deal.close(expect=200)["shares"] == [{"partner_id": tenant.partner_id, "basis_points": 10000}]
    report = run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")
    assert report.returncode == 0, report.stdout


@pytest.mark.parametrize("number", [1, 3])
def test_a_lost_deal_is_open_again_where_it_stood(tenant, deal, number):
    deal.stand_in(number)
    tenant.clock(days=20)
    deal.close("admin", "lost", {"reason_code": "timing", "closed_on": business_days_back(tenant, 9)}, expect=200)
    again = deal.reopen(expect=200)
    assert (again["status"], again["reason_code"], again["closed_on"]) == ("open", None, None)
    assert again["stage"]["number"] == number and "backdated" not in again["flags"]
    deal.lower("partner_rep", 1, expect=200) if number > 1 else deal.advance("ae", 1, expect=202)


def test_what_no_claim_carries_any_more_is_reopened_in_the_first_stage(tenant):
    """Won in stage 3 on a claim by hand that both signed, which then got a new version that nobody signed."""
    two = Two(tenant, crm_deal(tenant))
    tenant.as_("partner_manager").patch(two.path, {"partner_rep": two.reps[0].person_id}, "*", expect=200)
    two.sign(0)
    tenant.advance(two.id, 3)
    crm = tenant.as_("crm_sync")
    won = crm.patch(two.path, {"outcome": {"outcome": "won", "closed_on": tenant.day()}}, "*", expect=200)
    assert won["shares"] == [], "the other claim may still be signed"
    two.renew(0)
    again = crm.patch(two.path, {"outcome": {"outcome": "open"}}, "*", expect=200)
    assert (again["status"], again["claims"][0]["state"]) == ("open", "pending")
    assert (again["stage"]["number"], again["withheld_by"]["rule"]) == (1, "awaiting_signature")
    assert two.read()["stage"]["vendor"] == two.read()["stage"]["partner"] == "registered"


def test_a_direct_deal_is_reopened(tenant):
    path = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}"
    tenant.as_("ae").post(f"{path}/close", {"outcome": "won", "closed_on": tenant.day()}, expect=200)
    again = tenant.as_("admin").post(f"{path}/reopen", {"reason": "It was another deal"}, expect=200)
    assert (again["status"], again["stage"], again["report_class"]) == ("open", None, "direct")


def test_who_reopens_and_when(tenant, deal):
    assert deal.reopen(expect=409).code == "invalid_state"
    deal.close(outcome="lost", body={"reason_code": "price"}, expect=200)
    for who in ("ae", "partner_manager", "cro", "cfo", "partner_rep", "crm_sync"):
        assert deal.reopen(who, expect=403).code == "insufficient_scope"
    leader = deal.as_("partnerships_leader")
    assert leader.post(f"{deal.path}/reopen", {}, expect=422).pointers == {"/reason": "required"}
    assert deal.reopen(reason="n/a", expect=422).pointers == {"/reason": "placeholder"}
    deal.reopen(expect=200)
    assert deal.reopen(expect=409).code == "invalid_state"


def test_what_the_crm_owns_is_reopened_there(tenant, deal):
    """The outcome is the CRM's: a person's reopening would be undone by the next sync."""
    deal = tenant.as_("crm_sync").post("/v1/opportunities", {
        "name": "Synced deal", "crm_source": "salesforce", "external_id": "006-9", "amount": tenant.money(500),
        "owner": tenant.as_("ae").person_id}, expect=201)
    path = f"/v1/opportunities/{deal['opportunity_id']}"

    def report(**outcome):
        crm = tenant.as_("crm_sync")
        return crm.patch(path, {"outcome": outcome}, crm.get(path, expect=200).etag)

    assert report(outcome="open").json["version"] == deal["version"], "it is open"
    lost = report(outcome="lost", closed_on=tenant.day())
    assert (lost.status, lost["reason_code"]) == (200, "unspecified")
    answer = tenant.as_("partnerships_leader").post(f"{path}/reopen", {"reason": "They call again"}, expect=409)
    assert answer.code == "crm_owned_field"
    refused = report(outcome="open", closed_on=tenant.day(), reason_code="price")
    assert refused.pointers == {"/outcome/closed_on": "not_applicable", "/outcome/reason_code": "not_applicable"}
    assert report(outcome="won").pointers == {"/outcome/closed_on": "required"}, "turned, on which day?"
    again = report(outcome="open")
    assert (again.status, again["status"], again["closed_on"], again["reason_code"]) == (200, "open", None, None)
    assert report(outcome="won").pointers == {"/outcome/closed_on": "required"}
    assert report(outcome="won", closed_on=tenant.day())["status"] == "won"


def test_of_two_that_reopen_one_does(facts, deal):
    from support.barrier import meet
    deal.close(outcome="lost", body={"reason_code": "price"}, expect=200)
    body = {"reason": "They have called again"}
    answers = meet(facts["superuser_url"], deal.lock,
                   *[(deal.as_(who), "post", f"{deal.path}/reopen", body) for who in ("partnerships_leader", "admin")])
    assert sorted(a.status for a in answers) == [200, 409]
