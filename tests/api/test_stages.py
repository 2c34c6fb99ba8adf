"""Stages: proposed by one side, confirmed by the other, on evidence that both confirmed; lowered by one side alone."""
import pytest

from support.barrier import meet
from support.importing import row, run_import
from support.stages import CRITERIA, STAGES, Deal, triples

BOTH = "vendor_and_partner"


@pytest.fixture
def deal(tenant):
    return Deal(tenant)


def registration_of(deal):
    leader = deal.tenant.as_("partnerships_leader")
    rows = leader.all("/v1/registrations")
    return next(r for r in rows if r["opportunity_id"] == deal.id)


# -- the walk ----------------------------------------------------------------------------------------------------------

def test_a_deal_walks_through_all_stages_by_two_people_each(tenant, deal):
    """The call is commit all along; what counts is capped by the stage."""
    ae = tenant.as_("ae")
    ae.patch(deal.path, {"category_call": "commit"}, deal.read().etag, expect=200)
    ceilings = ["omitted", "pipeline", "best_case", "commit"]
    for number in (1, 2, 3):
        read = deal.read()
        assert (read["stage"]["number"], read["category"]) == (number, ceilings[number - 1])
        first, second = ("ae", "partner_rep") if number != 2 else ("partner_rep", "partner_manager")
        proposed = deal.advance(first, number, evidence=deal.carried(number), expect=202)
        assert (proposed["state"], proposed["stage"]["number"]) == ("proposed", number)
        assert proposed["proposal"]["to_stage"] == STAGES[number]
        assert proposed["proposal"]["person"]["person_id"] == tenant.as_(first).person_id
        assert deal.read()["stage"]["number"] == number
        confirmed = deal.advance(second, number, expect=200)
        assert (confirmed["state"], confirmed["proposal"]) == ("advanced", None)
        assert confirmed["stage"] | {"entered_at": None} == {
            "key": STAGES[number], "number": number + 1, "vendor": STAGES[number], "partner": STAGES[number],
            "rollup": ["discovery", "validation", "proposal", "negotiation"][number], "entered_at": None}
        assert confirmed["version"] == deal.read()["version"]
    assert deal.read()["category"] == "commit"
    for criterion in ("open_approvals", "handoffs", "outcome"):
        deal.give("partner_rep", criterion, expect=201)
        deal.confirm("partner_rep", criterion, expect=201)
    won = deal.close(expect=200)
    assert (won["status"], won["category"], won["stage"]["key"]) == ("won", "closed", "closed")
    assert (won["stage"]["vendor"], won["stage"]["partner"]) == ("closed", "closed")


def test_readiness_says_what_is_there_and_what_is_missing(tenant, deal):
    deal.stand_in(2)
    deal.give("ae", "need", expect=201)
    deal.confirm("ae", "need", expect=201)
    deal.give("ae", "budget", expect=201)
    readiness = deal.readiness("partner_rep")
    assert (readiness["opportunity_id"], readiness["stage"]["key"]) == (deal.id, "qualified")
    assert (readiness["next_stage"], readiness["ready"], readiness["proposal"]) == ("validating", False, None)
    states = {c.pop("criterion"): c for c in readiness["criteria"]}
    assert list(states) == CRITERIA[2]
    assert {n: states["need"][n] for n in ("type", "met", "evidence_version", "vendor_confirmed",
                                           "partner_confirmed")} \
        == {"type": "statement", "met": False, "evidence_version": 1, "vendor_confirmed": True,
            "partner_confirmed": False}
    assert (states["joint_value"]["evidence_version"], states["joint_value"]["met"]) == (None, False)
    assert triples(readiness) == {
        ("need", "partner_confirmation", "partner"),
        ("budget", "vendor_confirmation", "vendor"), ("budget", "partner_confirmation", "partner"),
        ("reason_to_act", "evidence", BOTH), ("joint_value", "evidence", BOTH)}
    deal.confirm("partner_rep", "need", expect=201)
    assert next(c for c in deal.readiness()["criteria"] if c["criterion"] == "need")["met"] is True


def test_computed_criteria_are_read_off_the_deal(deal):
    states = {c["criterion"]: c for c in deal.readiness()["criteria"]}
    for criterion in CRITERIA[1]:
        assert (states[criterion]["type"], states[criterion]["met"]) == ("computed", True)
        assert (states[criterion]["vendor_confirmed"], states[criterion]["partner_confirmed"]) == (None, None)
    assert deal.readiness()["ready"] is True


def test_influence_leaves_stage_one_only_when_it_is_signed(tenant):
    ae = tenant.as_("ae")
    deal = Deal.__new__(Deal)
    deal.tenant, deal.id = tenant, tenant.direct_deal()["opportunity_id"]
    deal.path = f"/v1/opportunities/{deal.id}"
    ae.post(f"{deal.path}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    assert ("clean_registration", "both_signatures", "ae_and_partner_manager") in deal.unmet()
    answer = deal.advance("ae", 1, expect=409)
    assert answer.code == "exit_criteria_unmet" and triples(answer.json) == deal.unmet()
    tenant.sign(deal.read().json)
    assert "clean_registration" not in {u[0] for u in deal.unmet()}


# -- the gate ----------------------------------------------------------------------------------------------------------

def test_one_record_meets_four_criteria(tenant, deal):
    deal.stand_in(2)
    record = {"criteria": CRITERIA[2], "type": "document", "link": "https://files.example/joint.pdf",
              "sha256": "cd" * 32}
    deal.advance("ae", 2, evidence=[record], expect=202)
    evidence = deal.evidence()
    assert sorted(evidence) == sorted(CRITERIA[2])
    for row in evidence.values():
        assert (row["version"], row["link"]) == (1, "https://files.example/joint.pdf")
        assert [c["side"] for c in row["confirmations"]] == ["vendor"]
    deal.advance("partner_rep", 2, expect=200)
    assert all(len(row["confirmations"]) == 2 for row in deal.evidence().values())


def test_a_refusal_names_every_missing_item_and_writes_nothing(deal):
    deal.stand_in(2)
    before = deal.read()
    answer = deal.advance("ae", 2, evidence=deal.carried(2)[:2], expect=409)
    assert answer.code == "exit_criteria_unmet"
    assert triples(answer.json) == {
        ("need", "partner_confirmation", "partner"), ("budget", "partner_confirmation", "partner"),
        ("reason_to_act", "evidence", BOTH), ("joint_value", "evidence", BOTH)}
    assert deal.evidence() == {}
    assert deal.read()["version"] == before["version"]


def test_bad_carried_evidence_is_told_once_with_its_place(tenant, deal):
    deal.stand_in(2)
    bad = [{"criteria": CRITERIA[2], "type": "statement", "statement": "TBD"},
           {"criterion": "feeling", "type": "statement", "statement": "It will be fine"},
           {"criterion": "need", "type": "statement", "statement": "Said twice in one call"}]
    answer = deal.advance("ae", 2, evidence=bad, expect=422)
    assert answer.pointers == {"/evidence/0/statement": "placeholder", "/evidence/1/criterion": "unknown_choice",
                               "/evidence/2/criterion": "repeated"}
    assert len(answer["errors"]) == 3
    record = {"type": "statement", "statement": "Which of them is it?"}
    answer = deal.advance("ae", 2, evidence=[record, record | {"criterion": "need", "criteria": ["budget"]}],
                          expect=422)
    assert answer.pointers == {"/evidence/0/criterion": "required", "/evidence/1/criterion": "not_applicable"}
    answer = deal.advance("ae", 2, evidence=[record | {"criterion": "owners_named"}], expect=409)
    assert answer.code == "criterion_computed"
    answer = deal.advance("partner_rep", 2, evidence=[{"criterion": "owners_named"} | record], expect=409)
    assert answer.code == "criterion_computed"
    assert deal.evidence() == {}


def test_the_next_stage_only_and_from_where_the_deal_stands(deal):
    assert deal.advance("ae", 1, 3, expect=409).code == "stage_mismatch"
    assert deal.advance("ae", 2, expect=409).code == "stage_mismatch"
    assert deal.advance("ae", 1, 1, expect=409).code == "stage_mismatch"
    answer = deal.as_("ae").post(f"{deal.path}/advance", {"stage": "start", "to_stage": "end"}, expect=422)
    assert answer.pointers == {"/stage": "unknown_choice", "/to_stage": "unknown_choice"}
    deal.stand_in(4)
    assert deal.advance("ae", 4, evidence=deal.carried(4), expect=409).code == "stage_mismatch"
    assert deal.read()["stage"]["number"] == 4


def test_a_move_that_was_made_is_not_made_again(deal):
    deal.advance("ae", 1, expect=202)
    deal.advance("partner_rep", 1, expect=200)
    for who in ("ae", "partner_rep"):
        assert deal.advance(who, 1, expect=409).code == "stage_mismatch"
    assert deal.read()["stage"]["number"] == 2


def test_the_same_key_moves_once(deal):
    deal.advance("ae", 1, expect=202)
    first = deal.advance("partner_rep", 1, key="to-qualified", expect=200)
    again = deal.advance("partner_rep", 1, key="to-qualified", expect=200)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"


def test_a_direct_deal_does_not_advance(tenant):
    path = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}"
    ae = tenant.as_("ae")
    ae.refused("POST", f"{path}/advance", {"stage": "registered", "to_stage": "qualified"}, code="no_claim")
    ae.refused("POST", f"{path}/lower-stage", {"to_stage": "registered", "reason": "Nobody answers any more"},
               code="no_claim")


# -- proposals ---------------------------------------------------------------------------------------------------------

def test_one_side_alone_never_advances_a_deal(tenant, deal):
    for who in ("ae", "partner_manager", "partnerships_leader", "ae"):
        assert deal.advance(who, 1, expect=202)["state"] == "proposed"
    assert deal.read()["stage"]["number"] == 1
    assert deal.readiness()["proposal"]["side"] == "vendor"


def test_a_proposal_may_be_confirmed_on_day_14_and_not_after(tenant, deal):
    proposed = deal.advance("ae", 1, expect=202)["proposal"]
    assert proposed == deal.readiness()["proposal"]
    tenant.clock(days=14, seconds=-30)
    assert deal.readiness()["proposal"] == proposed
    renewed = deal.advance("ae", 1, expect=202)["proposal"]
    assert renewed["expires_at"] > proposed["expires_at"]
    tenant.clock(days=14, seconds=30)
    assert deal.readiness()["proposal"] is None
    answer = deal.advance("partner_rep", 1, expect=202)  # the old proposal ended: this one is new
    assert answer["proposal"]["side"] == "partner"
    tenant.clock(days=14, seconds=-30)
    deal.advance("ae", 1, expect=200)


def test_new_evidence_ends_a_proposal(deal):
    deal.stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    assert deal.readiness()["proposal"]["side"] == "vendor"
    deal.give("partner_rep", "need", etag='"1"', expect=200)
    assert deal.readiness()["proposal"] is None
    answer = deal.advance("partner_rep", 2, expect=202)  # proposes, for there is nothing to confirm
    assert answer["proposal"]["side"] == "partner"
    assert deal.unmet() == {("need", "vendor_confirmation", "vendor")}
    deal.advance("ae", 2, expect=200)


def test_evidence_carried_by_the_second_call_turns_it_into_a_proposal(deal):
    deal.stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    answer = deal.advance("partner_rep", 2, evidence=deal.carried(2)[:1], expect=202)
    assert answer["proposal"]["side"] == "partner"
    assert deal.evidence()["need"]["version"] == 2
    assert deal.read()["stage"]["number"] == 2
    deal.advance("ae", 2, expect=200)


def test_a_confirmed_advance_extends_the_protection_by_30_days(tenant, deal):
    before = registration_of(deal)
    deal.advance("ae", 1, expect=202)
    assert registration_of(deal)["protected_until"] == before["protected_until"]
    deal.advance("partner_rep", 1, expect=200)
    after = registration_of(deal)
    assert days_between(before["protected_until"], after["protected_until"]) == 30
    assert after["version"] == before["version"] + 1
    tenant.clock(days=200)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    deal.advance("partner_rep", 2, expect=200)
    assert registration_of(deal)["protected_until"] == after["protected_until"], "what ended is not brought back"


def days_between(earlier, later):
    from datetime import datetime
    first, second = (datetime.fromisoformat(t.replace("Z", "+00:00")) for t in (earlier, later))
    return (second - first).total_seconds() / 86400


# -- lowering ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("who, side, other", [("partner_rep", "partner", "vendor"), ("ae", "vendor", "partner")])
def test_a_side_lowers_itself_alone_and_counts_at_once(tenant, deal, who, side, other):
    deal.stand_in(3)
    tenant.as_("ae").patch(deal.path, {"category_call": "commit"}, deal.read().etag, expect=200)
    assert deal.read()["category"] == "best_case"
    answer = deal.lower(who, 2, expect=200)
    read = deal.read()
    assert answer["stage"] == read["stage"]
    assert (read["stage"]["key"], read["stage"][side], read["stage"][other]) \
        == ("qualified", "qualified", "validating")
    assert read["category"] == "pipeline" and "divergent" in read["flags"]


def test_after_lowering_both_are_needed_again_and_evidence_stays(deal):
    deal.stand_in(3)
    deal.lower("partner_rep", 1, expect=200)
    assert sorted(deal.evidence()) == sorted(CRITERIA[2])
    deal.advance("partner_rep", 1, expect=202)
    assert deal.read()["stage"]["number"] == 1
    assert deal.advance("ae", 1, expect=200)["stage"]["partner"] == "qualified"
    deal.advance("ae", 2, expect=202)
    confirmed = deal.advance("partner_rep", 2, expect=200)
    assert (confirmed["stage"]["vendor"], confirmed["stage"]["partner"]) == ("validating", "validating")


def test_lowering_ends_a_proposal(deal):
    deal.stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    deal.lower("partner_rep", 1, expect=200)
    assert deal.readiness()["proposal"] is None


def test_the_stage_is_entered_when_the_lower_side_changes(tenant, deal):
    deal.stand_in(3)
    entered = deal.read()["stage"]["entered_at"]
    tenant.clock(days=1)
    lowered = deal.lower("partner_rep", 2, expect=200)["stage"]["entered_at"]
    assert lowered > entered
    tenant.clock(days=1)
    assert deal.lower("ae", 2, expect=200)["stage"]["entered_at"] == lowered


def test_lowering_needs_a_lower_stage_and_a_reason(deal):
    deal.stand_in(2)
    for to_stage in ("qualified", "validating", "start"):
        answer = deal.as_("ae").post(f"{deal.path}/lower-stage", {"to_stage": to_stage, "reason": "n/a"}, expect=422)
        assert answer.pointers == {"/to_stage": "not_lower", "/reason": "placeholder"}
    answer = deal.as_("ae").post(f"{deal.path}/lower-stage", {}, expect=422)
    assert answer.pointers == {"/to_stage": "required", "/reason": "required"}
    assert deal.read()["stage"]["vendor"] == "qualified"


def test_lowering_may_say_where_it_believes_its_side_to_be(deal):
    deal.stand_in(3)
    body = {"to_stage": "registered", "reason": "The customer has stopped the project"}
    refused = deal.as_("ae").post(f"{deal.path}/lower-stage", body | {"stage": "qualified"}, expect=409)
    assert refused.code == "stage_mismatch"
    refused = deal.as_("ae").post(f"{deal.path}/lower-stage", body | {"stage": "start"}, expect=422)
    assert refused.pointers == {"/stage": "unknown_choice"}
    assert deal.read()["stage"]["vendor"] == "validating"
    deal.as_("ae").post(f"{deal.path}/lower-stage", body | {"stage": "validating"}, expect=200)
    assert deal.read()["stage"]["vendor"] == "registered"


def test_moves_stand_in_the_history_with_their_reasons(tenant, deal):
    deal.advance("ae", 1, expect=202)
    deal.advance("partner_rep", 1, expect=200)
    deal.lower("partner_rep", 1, reason="The customer has stopped the project", expect=200)
    history = tenant.as_("ae").all(f"{deal.path}/history")
    kinds = [e["kind"] for e in history]
    for kind in ("opportunity.stage_proposed", "opportunity.stage_advanced", "opportunity.stage_lowered",
                 "registration.protection_extended"):
        assert kinds.count(kind) == 1, kinds
    lowered = next(e for e in history if e["kind"] == "opportunity.stage_lowered")
    assert lowered["reason"] == "The customer has stopped the project"


# -- races -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("turn", range(4))
def test_new_evidence_and_the_confirmation_of_the_old_never_both_win(facts, deal, turn):
    """Whoever gets the deal's row first decides; the other sees what that one wrote."""
    deal.stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    calls = [deal.giving("ae", "need", etag='"1"'), deal.advancing("partner_rep", 2)]
    answers = meet(facts["superuser_url"], deal.lock, *(calls if turn % 2 else reversed(calls)))
    given, advanced = answers if turn % 2 else reversed(answers)
    outcome = (given.status, given.code, advanced.status, advanced.code)
    assert outcome in ((200, None, 202, None), (409, "stage_mismatch", 200, None)), outcome
    stage, version = deal.read()["stage"]["number"], deal.evidence()["need"]["version"]
    assert (stage, version) == ((3, 1) if advanced.status == 200 else (2, 2))


def test_of_many_confirmations_one_advances(facts, deal):
    deal.advance("ae", 1, expect=202)
    answers = meet(facts["superuser_url"], deal.lock, *[deal.advancing("partner_rep", 1) for _ in range(6)])
    assert sorted(a.status for a in answers) == [200] + [409] * 5
    assert {a.code for a in answers if a.status == 409} == {"stage_mismatch"}
    assert deal.read()["stage"]["number"] == 2


def test_of_two_first_versions_one_is_given(facts, deal):
    answers = meet(facts["superuser_url"], deal.lock, deal.giving("ae", "need"), deal.giving("partner_rep", "need"))
    assert sorted(a.status for a in answers) == [201, 412]
    assert deal.evidence()["need"]["version"] == 1


def test_of_two_confirmations_of_a_side_one_counts(facts, deal):
    deal.give("ae", "need", expect=201)
    answers = meet(facts["superuser_url"], deal.lock, deal.confirming("ae", "need"),
                   deal.confirming("partner_manager", "need"))
    assert sorted(a.status for a in answers) == [201, 409]
    assert next(a for a in answers if a.status == 409).code == "already_confirmed"


def test_stage_moves_make_a_deal_fresh(tenant):
    deal = Deal(tenant)
    for move in (lambda: deal.advance("ae", 1, expect=202), lambda: deal.advance("partner_rep", 1, expect=200),
                 lambda: deal.lower("ae", 1, expect=200)):
        tenant.clock(days=8)
        assert "stale" in deal.read()["flags"]
        move()
        assert "stale" not in deal.read()["flags"]


def test_the_stage_of_the_crm_moves_no_claimed_deal(tenant):
    crm, created_at = tenant.as_("crm_sync"), f"{tenant.day(-1)}T00:00:00Z"
    line = row("a", created_at=created_at, crm_stage="proposal", owner_email=tenant.as_("ae").email)
    run_import(tenant, [line])
    (deal,) = crm.all("/v1/opportunities")
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    tenant.as_("ae").post(f"{path}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    before = tenant.read(deal["opportunity_id"])
    tenant.clock(days=1)
    crm.patch(path, {"crm_stage": "negotiation", "category_call": "commit"}, etag="*", expect=200)
    patched = tenant.read(deal["opportunity_id"])
    assert run_import(tenant, [line | {"crm_stage": "validation"}]).counts == (0, 1, 0, 0)
    for now, said in ((patched, "negotiation"), (tenant.read(deal["opportunity_id"]), "validation")):
        assert (now["crm_stage"], now["stage"], now["category"]) == (said, before["stage"], "omitted")
    assert before["stage"]["number"] == 1
