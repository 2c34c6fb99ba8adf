"""The stage model by the API: read in any version, put as the next one; deals stay on theirs."""
import pytest

from support.barrier import meet
from support.stages import CRITERIA, STAGES, Deal

PATH = "/v1/stage-model"


def body(model):
    """What would put this model again."""
    stages = [{n: v for n, v in s.items() if n != "number"} for s in model["stages"]]
    return {"stages": stages}


def changed(model):
    """A sixth stage, between the customer's validation and the negotiation."""
    new = body(model)
    new["stages"].insert(3, {"key": "procuring", "name": "With procurement", "rollup": "negotiation",
                             "ceiling": "best_case",
                             "criteria": [{"key": "procurement", "type": "people", "needs": ["people_in_roles"]}]})
    return new


def test_the_default_model_is_version_one(tenant):
    for role in ("ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin"):
        model = tenant.as_(role).get(PATH, expect=200)
    assert (model["model_version"], model["warnings"]) == (1, [])
    assert [s["key"] for s in model["stages"]] == STAGES
    assert {s["number"]: [c["key"] for c in s["criteria"]] for s in model["stages"]} == CRITERIA
    assert [s["ceiling"] for s in model["stages"]] == ["omitted", "pipeline", "best_case", "commit", "closed"]
    evaluation = model["stages"][2]["criteria"][0]
    assert (evaluation["name"], evaluation["type"], evaluation["needs"]) \
        == ("Customer evaluation", "document", ["customer_person", "past_date"])
    assert tenant.as_("ae").get(PATH, headers={"If-None-Match": model.etag}).status == 304
    for role in ("partner_rep", "reader", "crm_sync"):
        tenant.as_(role).refused("GET", PATH, code="insufficient_scope")


def test_a_new_version_is_for_new_deals(tenant):
    admin = tenant.as_("admin")
    old = Deal(tenant)
    first = admin.get(PATH, expect=200)
    second = admin.put(PATH, changed(first), etag=first.etag, expect=200)
    assert (second["model_version"], [s["number"] for s in second["stages"]]) == (2, [1, 2, 3, 4, 5, 6])
    assert second["stages"][3]["criteria"][0] == {"key": "procurement", "name": "Procurement", "type": "people",
                                                   "needs": ["people_in_roles"]}
    assert body(admin.get(PATH, query={"version": 1}, expect=200)) == body(first)
    assert admin.get(PATH, expect=200).json == second.json
    admin.refused("GET", PATH, query={"version": 3}, code="not_found")

    old.stand_in(3)
    assert old.readiness()["next_stage"] == "negotiating", "a deal stays on its version"
    new = Deal(tenant).stand_in(3)
    assert new.readiness()["next_stage"] == "procuring"
    for who in ("ae", "partner_rep"):
        evidence = new.carried(3) if who == "ae" else []
        new.as_(who).post(f"{new.path}/advance", {"stage": "validating", "to_stage": "procuring"}
                          | ({"evidence": evidence} if evidence else {}))
    read = new.read()
    assert (read["stage"]["key"], read["stage"]["number"], read["stage"]["rollup"]) == ("procuring", 4, "negotiation")
    assert [u["criterion"] for u in new.readiness()["unmet"]] == ["procurement"]
    assert new.close(expect=409).code == "stage_mismatch", "a deal is won from the stage before the last"


def test_the_newest_version_must_have_been_seen(tenant):
    admin = tenant.as_("admin")
    first = admin.get(PATH, expect=200)
    admin.refused("PUT", PATH, body(first), code="precondition_required")
    assert admin.put(PATH, body(first)).code == "precondition_failed"
    admin.put(PATH, changed(first), etag=first.etag, expect=200)
    assert admin.put(PATH, body(first), etag=first.etag).code == "precondition_failed"
    for role in ("ae", "partnerships_leader", "cro"):
        assert tenant.as_(role).put(PATH, body(first), etag="*").code == "insufficient_scope"


def test_everything_that_is_wrong_is_told_at_once(tenant):
    admin = tenant.as_("admin")
    model = admin.get(PATH, expect=200)
    bad = body(model)
    stages = bad["stages"]
    stages[0]["criteria"][0]["key"] = "weather"
    stages[1]["criteria"] = [{"key": "good_fit", "type": "statement"}, {"key": "Budget!", "type": "statement"}]
    stages[2]["criteria"] = []
    stages[3] |= {"key": "registered", "rollup": "discovery", "ceiling": "omitted"}
    stages[4] |= {"rollup": "negotiation"}
    answer = admin.put(PATH, bad, etag=model.etag, expect=422)
    assert answer.pointers == {
        "/stages/0/criteria/0/key": "unknown_computed", "/stages/1/criteria/0/key": "feeling",
        "/stages/1/criteria/1/key": "invalid_key", "/stages/2/criteria": "required", "/stages/3/key": "repeated",
        "/stages/3/rollup": "steps_back", "/stages/3/ceiling": "sinks", "/stages/4/rollup": "no_closing",
        "/stages/4/ceiling": "no_customer_confirmation"}
    assert admin.get(PATH, expect=200)["model_version"] == 1
    answer = admin.put(PATH, {"stages": [{"key": "one", "ceiling": "much"}]}, etag=model.etag, expect=422)
    assert "/stages" in answer.pointers or "/stages/0/rollup" in answer.pointers


def test_an_unusual_length_is_taken_with_a_warning(tenant):
    admin = tenant.as_("admin")
    model = admin.get(PATH, expect=200)
    short = body(model)
    del short["stages"][3]
    short["stages"][2]["ceiling"] = "best_case"
    answer = admin.put(PATH, short, etag=model.etag, expect=200)
    assert (len(answer["stages"]), answer["warnings"]) == (4, [])
    short["stages"][1]["criteria"] += short["stages"][2]["criteria"]
    del short["stages"][2]
    answer = admin.put(PATH, short, etag=answer.etag, expect=200)
    assert [(w["pointer"], w["code"]) for w in answer["warnings"]] == [("/stages", "unusual_length")]
    assert admin.get(PATH, expect=200)["warnings"] == answer["warnings"]


def test_of_two_next_versions_one_is_put(facts, tenant, database):
    admin, other = tenant.as_("admin"), tenant.person("admin")
    first = admin.get(PATH, expect=200)
    calls = [(who, "put", PATH, changed(first), first.etag) for who in (admin, other)]
    answers = meet(facts["superuser_url"], "lock table stage_model in access exclusive mode", *calls)
    assert sorted(a.status for a in answers) == [200, 412]
    assert admin.get(PATH, expect=200)["model_version"] == 2
