"""Claims: made by hand, signed by two people on one version inside the window, renewed, lapsed."""
import datetime

import pytest

from support.barrier import meet
from support.tenant import uuid7

DEALS = "/v1/opportunities"


def path(deal):
    return f"{DEALS}/{deal['opportunity_id']}"


def claim_on(tenant, deal, caller=None, kind="introduction", **options):
    options.setdefault("expect", 201)
    return (caller or tenant.as_("ae")).post(f"{path(deal)}/claims",
                                             {"partner_id": tenant.partner_id, "kind": kind}, **options)


def claim_path(deal, claim):
    return f"{path(deal)}/claims/{claim['claim_id']}"


def decide(caller, deal, claim, code=None, decision="sign", version=None, **more):
    target = f"{claim_path(deal, claim)}/signoffs"
    body = {"decision": decision, "claim_version": version or claim["version"]} | more
    if code:
        return caller.refused("POST", target, body, code=code)
    return caller.post(target, body, expect=201)


def renew(caller, deal, claim, code=None, kind="account_warming", etag="*"):
    if code:
        return caller.refused("PATCH", claim_path(deal, claim), {"kind": kind}, headers={"If-Match": etag}, code=code)
    return caller.patch(claim_path(deal, claim), {"kind": kind}, etag=etag, expect=200)


# -- making ------------------------------------------------------------------------------------------------------------
def test_a_claim_by_hand_is_influence_and_brings_the_deal_into_stage_one(tenant):
    deal = tenant.direct_deal(category_call="commit", crm_stage="proposal")
    claim = claim_on(tenant, deal)
    partner = {"partner_id": tenant.partner_id, "name": claim["partner"]["name"]}
    assert claim.json == {
        "claim_id": claim["claim_id"], "partner": partner, "value": "influenced", "kind": "introduction",
        "state": "pending", "version": 1, "deadline": claim["deadline"], "signoffs": [], "sourced_rule": None, "dispute": None,
        "late_influence": False, "partner_view": None, "counts": True}
    now = tenant.read(deal["opportunity_id"])
    assert (now["attribution"], now["report_class"], now["lead_partner"]) == ("influenced", "influenced", partner)
    assert now["partner_manager"]["person_id"] == tenant.as_("partner_manager").person_id
    assert (now["stage"]["number"], now["stage"]["vendor"], now["stage"]["partner"]) == (1, "registered", "registered")
    assert (now["category_call"], now["category"], now["crm_stage"]) == ("commit", "omitted", "proposal")
    assert now["withheld_by"] == {"rule": "awaiting_signature", "owed_by": "ae_and_partner_manager"}
    assert now["claims"] == tenant.as_("cro").get(f"{path(deal)}/claims", expect=200)["data"] == [claim.json]
    assert now["version"] == 2


def test_the_deadline_is_fourteen_days_after_the_creation_that_the_crm_tells(tenant):
    created = tenant.day(-3) + "T08:00:00.000001Z"
    deal = tenant.as_("crm_sync").post(DEALS, {
        "name": "From the CRM", "crm_source": "hubspot", "external_id": "7", "created_at": created,
        "owner": tenant.as_("ae").person_id}, expect=201)
    assert claim_on(tenant, deal)["deadline"] == tenant.day(11) + "T08:00:00.000001Z"


def test_the_deadline_of_a_registered_deal_is_fourteen_days_after_the_approval(tenant):
    registration = tenant.register()
    tenant.clock(days=2)  # the submission has no say in it
    deal = tenant.read(tenant.approve(registration)["opportunity_id"])
    read = datetime.datetime.fromisoformat
    assert read(deal["claims"][0]["deadline"]) - read(deal["created_at"]) == datetime.timedelta(days=14)
    assert read(deal["created_at"]) - read(registration["submitted_at"]) >= datetime.timedelta(days=2)


def test_a_closed_deal_is_claimed_no_more(tenant):
    """Nor has it a claim then: its attribution is what it was."""
    deal = tenant.direct_deal()
    path = f"{DEALS}/{deal['opportunity_id']}"
    tenant.as_("ae").post(f"{path}/close", {"outcome": "won", "closed_on": tenant.day()}, expect=200)
    assert claim_on(tenant, deal, expect=409).code == "deal_closed"
    deal = tenant.read(deal["opportunity_id"])
    assert (deal["attribution"], deal["report_class"], deal["claims"]) == ("none", "direct", [])


def test_who_may_claim(tenant):
    tenant.partner_id  # makes the partner and its manager, the first of that role
    ae, manager = tenant.as_("ae"), tenant.as_("partner_manager")
    other_ae, other_manager = tenant.person("ae"), tenant.person("partner_manager")
    deal = tenant.direct_deal(ae)
    for caller, code in ((other_ae, "not_deal_owner"), (other_manager, "not_partner_manager"),
                         (tenant.as_("partner_rep"), "insufficient_scope"), (tenant.as_("cro"), "insufficient_scope")):
        assert claim_on(tenant, deal, caller, expect=403).code == code
    claim_on(tenant, deal, manager)
    claim_on(tenant, tenant.direct_deal(ae), tenant.as_("partnerships_leader"))
    claim_on(tenant, tenant.direct_deal(ae), ae)


def test_claims_that_cannot_be(tenant, new_tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal()
    claims = f"{path(deal)}/claims"
    assert claim_on(tenant, deal, kind="registration", expect=422).pointers == {"/kind": "not_by_hand"}
    answer = ae.refused("POST", claims, {"partner_id": uuid7(), "kind": "other"}, code="invalid_fields")
    assert answer.pointers == {"/partner_id": "unknown_partner"}
    assert ae.refused("POST", claims, {"partner_id": "x", "kind": "love"}, code="invalid_fields").pointers == \
        {"/partner_id": "invalid_uuid", "/kind": "unknown_choice"}
    claim_on(tenant, deal)
    assert claim_on(tenant, deal, expect=409).code == "claim_exists"
    second = {"partner_id": tenant.partner(), "kind": "other"}
    new_tenant().as_("ae").refused("POST", claims, second, code="not_found")
    ae.refused("POST", f"{DEALS}/{uuid7()}/claims", second, code="not_found")
    closed = tenant.as_("crm_sync").post(DEALS, {"name": "Lost", "crm_source": "c", "external_id": "1",
                                                 "owner": ae.person_id}, expect=201)
    tenant.as_("crm_sync").patch(path(closed), {"outcome": {"outcome": "lost", "closed_on": tenant.day()}}, etag="*",
                                 expect=200)
    assert claim_on(tenant, closed, expect=409).code == "deal_closed"


def test_a_keyed_claim_and_a_keyed_signature_happen_once(tenant):
    deal = tenant.direct_deal()
    first = claim_on(tenant, deal, key="claim")
    again = claim_on(tenant, deal, key="claim")
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"
    body = {"decision": "sign", "claim_version": 1}
    signed = [tenant.as_("ae").post(f"{claim_path(deal, first)}/signoffs", body, key="sign", expect=201)
              for _ in range(2)]
    assert signed[0].json == signed[1].json and signed[0].etag == signed[1].etag


# -- the window --------------------------------------------------------------------------------------------------------
def test_a_claim_just_inside_the_window_counts(tenant):
    deal = tenant.direct_deal()
    tenant.clock(days=14, seconds=-5)
    claim = claim_on(tenant, deal)
    assert (claim["state"], claim["late_influence"]) == ("pending", False)
    decide(tenant.as_("ae"), deal, claim)
    assert decide(tenant.as_("partner_manager"), deal, claim)["state"] == "signed"
    tenant.clock(days=30)
    assert tenant.read(deal["opportunity_id"])["claims"][0]["state"] == "signed", "a signed claim stays signed"


def test_a_claim_just_after_the_window_is_late_influence(tenant):
    deal = tenant.direct_deal()
    tenant.clock(days=14, seconds=1)
    claim = claim_on(tenant, deal)
    assert (claim["state"], claim["late_influence"], claim["value"]) == ("lapsed", True, "influenced")
    assert tenant.read(deal["opportunity_id"])["report_class"] == "unattributed"
    answer = decide(tenant.as_("ae"), deal, claim, code="claim_window_closed")
    assert claim["deadline"] in answer["detail"]
    renew(tenant.as_("ae"), deal, claim, code="claim_window_closed")


def test_a_signature_counts_up_to_the_deadline_and_not_after(tenant):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    tenant.clock(days=14, seconds=-5)
    assert decide(tenant.as_("ae"), deal, claim)["state"] == "pending"
    tenant.clock(seconds=6)
    decide(tenant.as_("partner_manager"), deal, claim, code="claim_window_closed")
    renew(tenant.as_("ae"), deal, claim, code="claim_window_closed")
    now = tenant.read(deal["opportunity_id"])
    assert (now["claims"][0]["state"], now["report_class"], now["attribution"]) == \
        ("lapsed", "unattributed", "influenced")


def test_a_dispute_past_the_window_lapses(tenant):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    declined = decide(tenant.as_("ae"), deal, claim, decision="decline", reason="They joined after the demo")
    assert declined["state"] == "disputed"
    tenant.clock(days=14, seconds=1)
    assert tenant.read(deal["opportunity_id"])["claims"][0]["state"] == "lapsed"


# -- signatures --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", [("ae", "partner_manager"), ("partner_manager", "ae"), ("partnerships_leader", "ae")])
def test_two_people_sign_one_version(tenant, order):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    first, second = (tenant.as_(role) for role in order)
    half = decide(first, deal, claim)
    as_first, as_second = ("ae" if role == "ae" else "partner_manager" for role in order)
    assert half["state"] == "pending"
    assert [(s["role"], s["person"]["person_id"], s["decision"]) for s in half["signoffs"]] == \
        [(as_first, first.person_id, "sign")]
    assert tenant.read(deal["opportunity_id"])["withheld_by"] == \
        {"rule": "awaiting_signature", "owed_by": as_second}
    whole = decide(second, deal, claim)
    assert whole["state"] == "signed" and len(whole["signoffs"]) == 2
    now = tenant.read(deal["opportunity_id"])
    assert now["withheld_by"] == {"rule": "stage_one", "owed_by": "vendor_and_partner"}
    assert now["claims"] == [whole.json]


def test_who_may_sign(tenant, new_tenant):
    tenant.partner_id
    ae, manager = tenant.as_("ae"), tenant.as_("partner_manager")
    other_ae, other_manager = tenant.person("ae"), tenant.person("partner_manager")
    deal = tenant.direct_deal(ae)
    claim = claim_on(tenant, deal)
    decide(other_ae, deal, claim, code="not_deal_owner")
    decide(other_manager, deal, claim, code="not_partner_manager")
    decide(tenant.as_("partner_rep"), deal, claim, code="insufficient_scope")
    decide(tenant.as_("cfo"), deal, claim, code="insufficient_scope")
    new_tenant().as_("ae").refused("POST", f"{claim_path(deal, claim)}/signoffs",
                                   {"decision": "sign", "claim_version": 1}, code="not_found")
    ae.refused("POST", f"{path(deal)}/claims/{uuid7()}/signoffs", {"decision": "sign", "claim_version": 1},
               code="not_found")
    another = tenant.direct_deal(ae)
    ae.refused("POST", f"{claim_path(another, claim)}/signoffs", {"decision": "sign", "claim_version": 1},
               code="not_found")
    decide(ae, deal, claim)
    decide(ae, deal, claim, code="already_signed")
    decide(manager, deal, claim)
    decide(tenant.as_("partnerships_leader"), deal, claim, code="already_signed")


def test_one_person_never_signs_for_both(tenant):
    deal, both = tenant.direct_deal(), tenant.person("ae", "partnerships_leader")
    claim = claim_on(tenant, deal)
    assert decide(both, deal, claim)["signoffs"][0]["role"] == "partner_manager"
    tenant.as_("ae").patch(path(deal), {"owner": both.person_id}, etag="*", expect=200)
    decide(both, deal, claim, code="same_signer")


def test_a_decline_says_why_and_a_new_version_begins_again(tenant):
    ae, manager, deal = tenant.as_("ae"), tenant.as_("partner_manager"), tenant.direct_deal()
    claim = claim_on(tenant, deal)
    decide(ae, deal, claim)
    assert decide(manager, deal, claim, decision="decline", code="invalid_fields").pointers == {"/reason": "required"}
    assert decide(manager, deal, claim, decision="decline", reason="n/a", code="invalid_fields").pointers == \
        {"/reason": "placeholder"}
    declined = decide(manager, deal, claim, decision="decline", reason="We met them at our own event")
    assert declined["state"] == "disputed"
    assert declined["signoffs"][1]["reason"] == "We met them at our own event"
    assert tenant.read(deal["opportunity_id"])["withheld_by"]["rule"] == "disputed"
    renewed = renew(ae, deal, claim, etag=declined.etag)
    assert (renewed["state"], renewed["version"], renewed["kind"], renewed["signoffs"]) == \
        ("pending", 2, "account_warming", [])
    decide(ae, deal, claim, code="claim_version_stale")
    decide(ae, deal, renewed)
    assert decide(manager, deal, renewed)["state"] == "signed"


def test_a_disputed_claim_takes_no_signature(tenant):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    decide(tenant.as_("ae"), deal, claim, decision="decline", reason="Not their work")
    decide(tenant.as_("partner_manager"), deal, claim, code="invalid_state")


def test_a_new_version_needs_the_one_that_was_read(tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal()
    claim = claim_on(tenant, deal)
    ae.refused("PATCH", claim_path(deal, claim), {"kind": "other"}, code="precondition_required")
    renew(ae, deal, claim, etag=claim.etag)
    assert renew(ae, deal, claim, etag=claim.etag, code="precondition_failed").status == 412
    assert renew(ae, deal, claim, kind="registration", code="invalid_fields").pointers == {"/kind": "not_by_hand"}
    renew(tenant.person("ae"), deal, claim, code="not_deal_owner")
    renew(tenant.person("partner_manager"), deal, claim, code="not_partner_manager")
    assert renew(tenant.as_("partner_manager"), deal, claim, kind="other")["version"] == 3


def test_a_signature_outlives_a_change_of_owner_and_the_open_duty_passes_on(tenant):
    old, new, deal = tenant.as_("ae"), tenant.person("ae"), tenant.direct_deal()
    claim = claim_on(tenant, deal)
    tenant.as_("ae").patch(path(deal), {"owner": new.person_id, "amount": tenant.money(1)}, etag="*", expect=200)
    decide(old, deal, claim, code="not_deal_owner")
    decide(new, deal, claim)
    new.patch(path(deal), {"owner": old.person_id}, etag="*", expect=200)
    assert decide(tenant.as_("partner_manager"), deal, claim)["state"] == "signed"


def test_amount_and_dates_void_no_signature(tenant):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    for role in ("ae", "partner_manager"):
        decide(tenant.as_(role), deal, claim)
    tenant.as_("ae").patch(path(deal), {"amount": tenant.money(7_777), "close_date": tenant.day(99),
                                        "category_call": "best_case", "next_step": "Send the offer"},
                           etag="*", expect=200)
    now, = tenant.read(deal["opportunity_id"])["claims"]
    assert (now["state"], now["version"], len(now["signoffs"])) == ("signed", 1, 2)


def test_a_closed_deal_is_signed_no_more_once_it_is_resolved(tenant):
    ae = tenant.as_("ae")
    for number, (outcome, code) in enumerate({"won": None, "lost": "deal_closed"}.items()):
        deal = tenant.as_("crm_sync").post(DEALS, {
            "name": "Deal", "crm_source": "c", "external_id": str(number), "owner": ae.person_id,
            "amount": tenant.money(1)}, expect=201)
        claim = claim_on(tenant, deal)
        tenant.as_("crm_sync").patch(path(deal), {"outcome": {"outcome": outcome, "closed_on": tenant.day()}},
                                     etag="*", expect=200)
        decide(ae, deal, claim, code=code)
        if code:
            renew(ae, deal, claim, code=code)


# -- the claim of a registration ---------------------------------------------------------------------------------------
def test_an_approval_claims_and_its_claim_can_be_renewed_as_what_it_is(tenant):
    deal = tenant.deal()
    claim = deal["claims"][0]
    assert (claim["value"], claim["kind"], claim["state"]) == ("sourced", "registration", "pending")
    assert claim["sourced_rule"] == {"passed": True, "reason": "no_engagement_known"}
    tenant.sign(deal)
    renewed = renew(tenant.as_("ae"), deal, claim, kind="registration")
    assert (renewed["version"], renewed["value"], renewed["signoffs"]) == (2, "sourced", [])
    lesser = renew(tenant.as_("ae"), deal, claim, kind="technical_validation")
    assert (lesser["version"], lesser["value"]) == (3, "influenced")
    now = tenant.read(deal["opportunity_id"])
    assert (now["attribution"], now["report_class"]) == ("influenced", "influenced")
    assert renew(tenant.as_("ae"), deal, claim, kind="registration", code="invalid_fields").pointers == \
        {"/kind": "not_by_hand"}


# -- races -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def at_once(facts):
    """All calls wait for the deal's row, which the test holds until everyone is there."""
    return lambda deal, *calls: meet(
        facts["superuser_url"],
        f"select 1 from opportunity where id = '{deal['opportunity_id']}' for update", *calls)


def signing(caller, deal, claim):
    return (caller, "post", f"{claim_path(deal, claim)}/signoffs",
            {"decision": "sign", "claim_version": claim["version"]})


def test_two_sign_at_once_and_both_count(tenant, at_once):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    answers = at_once(deal, signing(tenant.as_("ae"), deal, claim),
                      signing(tenant.as_("partner_manager"), deal, claim))
    assert [a.status for a in answers] == [201, 201]
    assert sorted(a["state"] for a in answers) == ["pending", "signed"], "the second saw the first"
    assert tenant.read(deal["opportunity_id"])["claims"][0]["state"] == "signed"


def test_one_role_signs_once_however_many_try(tenant, at_once):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    callers = [tenant.as_("partner_manager"), tenant.as_("partnerships_leader"), tenant.person("partnerships_leader")]
    answers = at_once(deal, *(signing(caller, deal, claim) for caller in callers))
    assert sorted(a.code or str(a.status) for a in answers) == ["201", "already_signed", "already_signed"]
    assert len(tenant.read(deal["opportunity_id"])["claims"][0]["signoffs"]) == 1


@pytest.mark.parametrize("first", ["signature", "version"])
def test_a_signature_never_lands_on_a_version_that_was_not_seen(tenant, at_once, first):
    deal = tenant.direct_deal()
    claim = claim_on(tenant, deal)
    calls = [signing(tenant.as_("ae"), deal, claim),
             (tenant.as_("partner_manager"), "patch", claim_path(deal, claim), {"kind": "other"}, "*")]
    answers = at_once(deal, *(calls if first == "signature" else calls[::-1]))
    signed, renewed = answers if first == "signature" else answers[::-1]
    assert renewed.status == 200 and (signed.status == 201 or signed.code == "claim_version_stale")
    now = tenant.read(deal["opportunity_id"])["claims"][0]
    assert (now["version"], now["signoffs"], now["state"]) == (2, [], "pending")


def test_a_deal_is_claimed_once(tenant, at_once):
    deal = tenant.direct_deal()
    body = {"partner_id": tenant.partner_id, "kind": "other"}
    answers = at_once(deal, *((tenant.as_(role), "post", f"{path(deal)}/claims", body)
                              for role in ("ae", "partner_manager")))
    assert sorted(a.code or str(a.status) for a in answers) == ["201", "claim_exists"]


def test_signatures_that_a_stage_stands_on_are_not_voided_behind_it(tenant):
    deal = tenant.deal()
    tenant.sign(deal)
    deal = tenant.advance(deal["opportunity_id"], 2)
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    claim = f"{path}/claims/{deal['claims'][0]['claim_id']}"
    changing = {"body": {"kind": "introduction"}, "headers": {"If-Match": "*"}}
    tenant.as_("ae").refused("PATCH", claim, code="stage_mismatch", **changing)
    tenant.as_("partner_rep").post(f"{path}/lower-stage", {"to_stage": "registered", "reason": "The sponsor has left"},
                                   expect=200)
    assert tenant.as_("ae").patch(claim, {"kind": "introduction"}, "*", expect=200)["state"] == "pending"
    tenant.as_("ae").refused("POST", f"{path}/advance", {"stage": "registered", "to_stage": "qualified"},
                             code="exit_criteria_unmet")
