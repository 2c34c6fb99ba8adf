"""Evidence in versions, confirmed by each side for itself."""
import pytest

from support.stages import COMPUTED, CRITERIA, Deal

GIVEN = [c for criteria in CRITERIA.values() for c in criteria if c not in COMPUTED]


@pytest.fixture
def deal(tenant):
    return Deal(tenant)


# -- giving ------------------------------------------------------------------------------------------------------------

def test_the_first_version_says_who_gave_it_and_confirms_nothing(tenant, deal):
    rep = tenant.as_("partner_rep")
    given = deal.give(rep, "need", {"type": "statement", "statement": "Three depots miss their window"}, expect=201)
    assert (given["criterion"], given["version"], given["type"]) == ("need", 1, "statement")
    assert given["statement"] == "Three depots miss their window"
    assert (given["link"], given["sha256"], given["date"]) == (None, None, None)
    assert (given["people"], given["steps"], given["confirmations"]) == ([], [], [])
    assert given["side"] == "partner"
    assert given["author"] == {"person_id": rep.person_id, "name": rep.name}
    assert deal.evidence() == {"need": given.json}


def test_a_new_version_voids_the_confirmations_of_the_old_one(deal):
    first = deal.give("ae", "need", expect=201)
    deal.confirm("ae", "need", expect=201)
    deal.confirm("partner_rep", "need", expect=201)
    assert len(deal.evidence()["need"]["confirmations"]) == 2
    second = deal.give("partner_rep", "need", {"type": "statement", "statement": "It is five depots, in fact"},
                       first.etag, expect=200)
    assert (second["version"], second["side"], second["confirmations"]) == (2, "partner", [])
    assert deal.evidence() == {"need": second.json}


@pytest.mark.parametrize("criterion", GIVEN)
def test_each_criterion_takes_what_it_asks_for(tenant, deal, criterion):
    body = tenant.evidence(criterion)
    given = deal.give("ae", criterion, body, expect=201)
    assert {n: given[n] for n in body if n not in ("people", "steps")} \
        == {n: v for n, v in body.items() if n not in ("people", "steps")}
    assert [p["name"] for p in given["people"]] == [p["name"] for p in body.get("people", [])]
    assert [(s["item"], s["owner"]) for s in given["steps"]] \
        == [(s["item"], s["owner"]) for s in body.get("steps", [])]


def test_a_hash_in_upper_case_is_the_same_hash(tenant, deal):
    body = tenant.evidence("customer_evaluation") | {"sha256": "AB" * 32}
    assert deal.give("ae", "customer_evaluation", body, expect=201)["sha256"] == "ab" * 32


@pytest.mark.parametrize("text", ["TBD", "n/a", "-", "To be confirmed"])
def test_a_placeholder_is_no_evidence(tenant, deal, text):
    answer = deal.give("ae", "need", {"type": "statement", "statement": text}, expect=422)
    assert answer.pointers == {"/statement": "placeholder"}
    plan = tenant.evidence("close_plan")
    plan["steps"][1] |= {"item": text, "owner": text}
    answer = deal.give("ae", "close_plan", plan, expect=422)
    assert answer.pointers == {"/steps/1/item": "placeholder", "/steps/1/owner": "placeholder"}
    assert deal.evidence() == {}


def test_every_bad_member_is_told_at_once(tenant, deal):
    answer = deal.give("ae", "customer_evaluation", {
        "type": "document", "link": "http://files.example/x", "sha256": "ab", "date": tenant.day(1),
        "people": [{"name": "Ines Duarte", "role": "AE", "organisation": "vendor"}, {"name": "TBD"}]}, expect=422)
    assert answer.pointers == {"/link": "invalid_link", "/sha256": "invalid_sha256", "/date": "in_future",
                               "/people": "customer_required", "/people/1/name": "placeholder"}
    answer = deal.give("ae", "close_plan", {"type": "statement", "statement": "We have a plan"}, expect=422)
    assert answer.pointers == {"/type": "wrong_type", "/steps": "required"}


def test_a_past_date_may_be_today_and_not_tomorrow(tenant, deal):
    body = tenant.evidence("customer_evaluation")
    answer = deal.give("ae", "customer_evaluation", body | {"date": tenant.day(1)}, expect=422)
    assert answer.pointers == {"/date": "in_future"}
    carried = {"criterion": "customer_evaluation"} | body
    number = deal.read()["stage"]["number"]
    answer = deal.advance("ae", number, evidence=[carried | {"date": tenant.day(1)}], expect=422)
    assert answer.pointers == {"/evidence/0/date": "in_future"}, "an advance that carries it asks the same"
    deal.give("ae", "customer_evaluation", body | {"date": tenant.day()}, expect=201)


def test_the_precondition_is_the_evidence_that_was_read(tenant, deal):
    path, body = f"{deal.path}/evidence/need", tenant.evidence("need")
    ae = tenant.as_("ae")
    ae.refused("PUT", path, body, code="precondition_required")
    ae.refused("PUT", path, body, code="precondition_failed", headers={"If-Match": '"1"'})
    first = deal.give("ae", "need", expect=201)
    deal.give("ae", "need", expect=412)  # If-None-Match: *
    second = deal.give("partner_rep", "need", etag=first.etag, expect=200)
    deal.give("ae", "need", etag=first.etag, expect=412)
    deal.give("ae", "need", etag='"2"', expect=200)
    deal.give("ae", "need", etag=second.etag, expect=412)
    assert deal.evidence()["need"]["version"] == 3


@pytest.mark.parametrize("criterion", sorted(COMPUTED))
def test_what_is_computed_takes_no_evidence(deal, criterion):
    body = {"type": "statement", "statement": "It is so, take my word"}
    assert deal.give("ae", criterion, body, expect=409).code == "criterion_computed"
    assert deal.confirm("ae", criterion, expect=409).code == "criterion_computed"


def test_a_criterion_that_the_model_does_not_have_is_not_there(deal):
    body = {"type": "statement", "statement": "A good feeling about this one"}
    assert deal.give("ae", "feeling", body, expect=404).code == "not_found"
    assert deal.confirm("ae", "feeling", expect=404).code == "not_found"


def test_a_direct_deal_has_no_criteria(tenant):
    path = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}"
    ae = tenant.as_("ae")
    assert ae.put(f"{path}/evidence/need", tenant.evidence("need"), expect=409).code == "no_claim"
    assert ae.get(f"{path}/readiness", expect=409).code == "no_claim"
    assert ae.get(f"{path}/evidence", expect=200)["data"] == []


def test_a_closed_deal_keeps_its_evidence(deal):
    first = deal.give("ae", "need", expect=201)
    deal.close(outcome="lost", body={"reason_code": "no_budget"}, expect=200)
    assert deal.give("ae", "need", etag=first.etag, expect=409).code == "deal_closed"
    assert deal.confirm("ae", "need", expect=409).code == "deal_closed"
    assert deal.evidence()["need"]["version"] == 1


def test_what_a_left_stage_rests_on_changes_only_after_lowering(deal):
    deal.stand_in(3)
    assert deal.give("ae", "need", etag='"1"', expect=409).code == "stage_mismatch"
    deal.lower("partner_rep", 2, expect=200)
    deal.give("ae", "need", etag='"1"', expect=200)
    assert {u[0] for u in deal.unmet()} == {"need"}


def test_evidence_and_confirmations_make_a_deal_fresh(tenant, deal):
    tenant.clock(days=8)
    assert "stale" in deal.read()["flags"]
    deal.give("partner_rep", "need", expect=201)
    assert "stale" not in deal.read()["flags"]
    tenant.clock(days=8)
    assert "stale" in deal.read()["flags"]
    deal.confirm("ae", "need", expect=201)
    assert "stale" not in deal.read()["flags"]


def test_evidence_changes_the_deal_s_version_so_that_a_patch_must_have_seen_it(tenant, deal):
    before = deal.read()
    deal.give("ae", "need", expect=201)
    assert tenant.as_("ae").patch(deal.path, {"next_step": "Call the board"}, before.etag).status == 412


# -- confirming --------------------------------------------------------------------------------------------------------

def test_each_side_confirms_for_itself(tenant, deal):
    deal.give("ae", "need", expect=201)
    confirmed = deal.confirm("partner_rep", "need", expect=201)
    rep = tenant.as_("partner_rep")
    assert [(c["side"], c["person"]) for c in confirmed["confirmations"]] \
        == [("partner", {"person_id": rep.person_id, "name": rep.name})]
    both = deal.confirm("partner_manager", "need", expect=201)
    assert [c["side"] for c in both["confirmations"]] == ["vendor", "partner"]


def test_a_second_confirmation_of_a_side_is_refused_whoever_gives_it(tenant, deal):
    deal.give("ae", "need", expect=201)
    deal.confirm("ae", "need", expect=201)
    assert deal.confirm("partner_manager", "need", expect=409).code == "already_confirmed"
    assert deal.confirm("partnerships_leader", "need", expect=409).code == "already_confirmed"
    assert [c["side"] for c in deal.evidence()["need"]["confirmations"]] == ["vendor"]
    deal.confirm("prm_portal", "need", expect=201)
    assert deal.confirm("partner_rep", "need", expect=409).code == "already_confirmed"


def test_only_the_newest_version_is_confirmed(deal):
    assert deal.confirm("ae", "need", expect=404).code == "not_found"
    first = deal.give("ae", "need", expect=201)
    deal.give("ae", "need", etag=first.etag, expect=200)
    for version in (1, 3):
        assert deal.confirm("partner_rep", "need", version, expect=409).code == "evidence_version_stale"
    deal.confirm("partner_rep", "need", 2, expect=201)


def test_the_same_key_confirms_once_and_answers_twice(deal):
    deal.give("ae", "need", expect=201)
    first = deal.confirm("ae", "need", key="confirm-need", expect=201)
    again = deal.confirm("ae", "need", key="confirm-need", expect=201)
    assert again.json == first.json and again.etag == first.etag
    assert again.headers["Idempotent-Replayed"] == "true"
    assert deal.confirm("ae", "need", 2, key="confirm-need", expect=422).code == "idempotency_key_reused"


# -- who ---------------------------------------------------------------------------------------------------------------

def test_the_vendor_s_people_act_on_deals_that_they_are_tied_to(tenant, deal):
    strangers = {tenant.person("ae"): "not_deal_owner", tenant.person("partner_manager"): "not_partner_manager"}
    deal.give("ae", "budget", expect=201)
    for stranger, code in strangers.items():
        assert deal.give(stranger, "need", expect=403).code == code
        assert deal.confirm(stranger, "budget", expect=403).code == code
        assert deal.advance(stranger, 1, expect=403).code == code
        assert deal.lower(stranger, 1, expect=403).code == code
        stranger.get(f"{deal.path}/readiness", expect=200)
    for number, friend in enumerate(("ae", "partner_manager", "partnerships_leader"), 1):
        etag = f'"{number - 1}"' if number > 1 else None
        assert deal.give(friend, "need", etag=etag, expect=(200, 201))["version"] == number


def test_another_partner_sees_no_evidence(tenant, deal):
    deal.give("ae", "need", expect=201)
    other = tenant.person("partner_rep", partner=tenant.partner())
    for path in ("evidence", "readiness"):
        other.refused("GET", f"{deal.path}/{path}", code="not_found")
    assert deal.give(other, "need", expect=404).code == "not_found"
    assert deal.confirm(other, "need", expect=404).code == "not_found"


def test_another_tenant_sees_no_evidence(deal, new_tenant):
    outsider = new_tenant().as_("ae")
    outsider.refused("GET", f"{deal.path}/evidence", code="not_found")
    assert deal.give(outsider, "need", expect=404).code == "not_found"


@pytest.mark.parametrize("role", ["cro", "cfo", "admin"])
def test_whoever_reads_the_figure_reads_the_evidence_under_it(tenant, deal, role):
    deal.give("ae", "need", expect=201)
    assert [item["criterion"] for item in tenant.as_(role).get(f"{deal.path}/evidence", expect=200)["data"]] == ["need"]
    tenant.as_(role).get(f"{deal.path}/readiness", expect=200)
