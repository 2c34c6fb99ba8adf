"""Deals go over to the newest version of the stage model: what they have carries them, and nobody moves up by it."""
import pytest

from support.barrier import meet
from support.stages import Deal, triples
from support.tenant import uuid7

PATH = "/v1/stage-model"
MIGRATE = f"{PATH}/migrate"


def put(tenant, change):
    """The next version: the newest, as `change` leaves its stages."""
    admin = tenant.as_("admin")
    newest = admin.get(PATH, expect=200)
    stages = [{n: v for n, v in s.items() if n != "number"} for s in newest["stages"]]
    change(stages)
    return admin.put(PATH, {"stages": stages}, etag=newest.etag, expect=200)


def ask_for_a_sponsor(stages):
    stages[1]["criteria"].append({"key": "sponsor", "type": "people", "needs": ["people_in_roles"]})


def migrate(tenant, *deals, expect=200, **body):
    named = {"opportunity_ids": [d.id for d in deals]} if deals else {}
    return tenant.as_("admin").post(MIGRATE, named | body, expect=expect)


def place(version, stage, vendor=None, partner=None):
    return {"model_version": version, "stage": stage, "vendor": vendor or stage, "partner": partner or stage}


def newest_event(deal):
    event = deal.as_("ae").get(f"{deal.path}/history", expect=200)["data"][0]
    return event["kind"], {c["field"]: (c["from"], c["to"]) for c in event["changes"]}


def test_an_added_criterion_sends_a_deal_back_and_its_evidence_stays(tenant):
    deal = Deal(tenant).stand_in(3)
    put(tenant, ask_for_a_sponsor)
    assert deal.unmet() == {(c, "evidence", "vendor_and_partner") for c in ("customer_evaluation", "close_plan")}, \
        "its own gate until it goes over"
    before, evidence = deal.read(), deal.evidence()
    tenant.clock(days=2)
    answer = migrate(tenant)
    moved, = answer["data"]
    assert (answer["model_version"], answer["dry_run"], answer["next_after"]) == (2, False, None)
    assert (moved["opportunity_id"], moved["from"], moved["to"]) \
        == (deal.id, place(1, "validating"), place(2, "qualified"))
    assert triples(moved) == {("sponsor", "evidence", "vendor_and_partner")} == deal.unmet()
    now = deal.read()
    assert deal.evidence() == evidence and len(evidence) == 4
    assert now["refreshed_at"] == before["refreshed_at"] < now["stage"]["entered_at"], "nobody worked on it"
    assert now["version"] == before["version"] + 1
    assert newest_event(deal) == ("opportunity.stage_model_migrated", {
        "model_version": (1, 2), "vendor_stage": ("validating", "qualified"),
        "partner_stage": ("validating", "qualified"),
        "stage_entered_at": (before["stage"]["entered_at"], now["stage"]["entered_at"])})
    sponsor = {"criterion": "sponsor"} | tenant.evidence("handoffs")
    deal.advance("ae", 2, evidence=[sponsor], expect=202)
    deal.advance("partner_rep", 2, expect=200)
    assert deal.read()["stage"]["key"] == "validating"


def test_a_renamed_stage_keeps_its_place(tenant):
    deal = Deal(tenant).stand_in(3)

    def rename(stages):
        stages[2] |= {"key": "proving", "name": "Proving it with the customer"}
    put(tenant, rename)
    before = deal.read()["stage"]
    tenant.clock(days=2)
    moved, = migrate(tenant)["data"]
    assert (moved["from"], moved["to"]) == (place(1, "validating"), place(2, "proving"))
    now = deal.read()["stage"]
    assert now == before | {"key": "proving", "vendor": "proving", "partner": "proving"}, "entered when it was entered"
    history = deal.as_("partner_rep").all(f"{deal.path}/history")
    reached = [c["to"] for e in history for c in e["changes"] if c["field"] == "vendor_stage"]
    assert reached == ["proving", "validating", "qualified", "registered"], "an old event names the stage of its time"


def test_without_a_criterion_nobody_moves_up(tenant):
    deal = Deal(tenant).stand_in(2)
    for criterion in ("need", "budget", "reason_to_act"):
        deal.give("ae", criterion, expect=201)
        deal.confirm("ae", criterion, expect=201)
        deal.confirm("partner_rep", criterion, expect=201)
    deal.give("ae", "joint_value", expect=201)
    deal.advance("ae", 2, expect=202)

    def drop(stages):
        stages[1]["criteria"] = [c for c in stages[1]["criteria"] if c["key"] != "joint_value"]
    put(tenant, drop)
    assert deal.readiness()["proposal"]
    moved, = migrate(tenant, deal)["data"]
    assert (moved["to"], moved["unmet"]) == (place(2, "qualified"), [])
    readiness = deal.readiness()
    assert (readiness["ready"], readiness["proposal"]) == (True, None), "the proposal was made under the old gate"
    assert "joint_value" in deal.evidence()


def test_evidence_of_another_type_counts_no_more(tenant):
    deal = Deal(tenant).stand_in(3)

    def retype(stages):
        stages[1]["criteria"][0] = {"key": "need", "type": "people", "needs": ["people_in_roles"]}
        stages[1]["criteria"][1] = {"key": "budget", "type": "date"}
    put(tenant, retype)
    moved, = migrate(tenant)["data"]
    assert moved["to"]["stage"] == "qualified"
    assert triples(moved) == {(c, "evidence", "vendor_and_partner") for c in ("need", "budget")}
    for criterion, body in (("need", tenant.evidence("handoffs")), ("budget", {"type": "date", "date": tenant.day(3)})):
        deal.give("ae", criterion, body, etag='"1"', expect=200)
        deal.confirm("ae", criterion, version=2, expect=201)
        deal.confirm("partner_rep", criterion, version=2, expect=201)
    assert deal.readiness()["ready"]


def test_a_trial_writes_nothing_and_says_what_would_be(tenant, database):
    deals = [Deal(tenant).stand_in(n) for n in (3, 2)]
    tenant.direct_deal()
    put(tenant, ask_for_a_sponsor)
    before = [d.read().json for d in deals]
    cursor = database.cursor()

    def events():
        cursor.execute("select count(*) from event where opportunity_id in (select opportunity_id from opportunity "
                       "where id = any(%s::uuid[]))", ([d.id for d in deals],))
        return cursor.fetchone()
    events_before = events()
    trial = migrate(tenant, dry_run=True)
    assert trial["dry_run"] and [d.read().json for d in deals] == before and events() == events_before
    assert [m["to"]["stage"] for m in trial["data"]] == ["qualified", "qualified"], "a direct deal has no stage"
    real = migrate(tenant)
    assert (real["data"], real["dry_run"]) == (trial["data"], False)
    assert migrate(tenant)["data"] == [], "nothing is left"


def test_each_side_is_taken_by_itself(tenant):
    deal = Deal(tenant).stand_in(3)
    deal.lower("partner_rep", 2, expect=200)
    before = deal.read()["stage"]
    put(tenant, lambda stages: stages[3]["criteria"].append({"key": "security", "type": "checklist"}))
    moved, = migrate(tenant)["data"]
    assert moved["from"] == place(1, "qualified", "validating", "qualified")
    assert moved["to"] == place(2, "qualified", "validating", "qualified")
    assert deal.read()["stage"] == before
    put(tenant, ask_for_a_sponsor)
    moved, = migrate(tenant)["data"]
    assert moved["to"] == place(3, "qualified")


def test_named_deals_that_stay_are_told_at_once(tenant):
    open_, closed, direct = Deal(tenant), Deal(tenant), tenant.direct_deal()
    closed.close(outcome="lost", body={"reason_code": "price"}, expect=200)
    put(tenant, ask_for_a_sponsor)
    new = Deal(tenant)
    ids = [open_.id, closed.id, direct["opportunity_id"], uuid7(), new.id, "deal", open_.id]
    answer = tenant.as_("admin").post(MIGRATE, {"opportunity_ids": ids, "after": open_.id}, expect=422)
    assert answer.pointers == {
        "/opportunity_ids/1": "deal_closed", "/opportunity_ids/2": "no_claim",
        "/opportunity_ids/3": "unknown_opportunity", "/opportunity_ids/4": "on_newest",
        "/opportunity_ids/5": "invalid_uuid", "/opportunity_ids/6": "repeated", "/after": "not_applicable"}
    assert open_.unmet() == set() and migrate(tenant, open_)["data"][0]["opportunity_id"] == open_.id
    assert [m["opportunity_id"] for m in migrate(tenant)["data"]] == []
    for role in ("partnerships_leader", "cro", "ae"):
        assert tenant.as_(role).post(MIGRATE, {}, expect=403).code == "insufficient_scope"


def test_a_call_takes_a_hundred_deals(tenant):
    partner = {"partner_id": tenant.partner_id, "kind": "introduction"}
    ids = []
    for _ in range(101):
        deal = tenant.direct_deal()
        ids.append(deal["opportunity_id"])
        tenant.as_("ae").post(f"/v1/opportunities/{ids[-1]}/claims", partner, expect=201)
    put(tenant, ask_for_a_sponsor)
    ids.sort()
    first = migrate(tenant, dry_run=True)
    assert ([m["opportunity_id"] for m in first["data"]], first["next_after"]) == (ids[:100], ids[99])
    second = migrate(tenant, dry_run=True, after=first["next_after"])
    assert ([m["opportunity_id"] for m in second["data"]], second["next_after"]) == (ids[100:], None)
    assert migrate(tenant)["next_after"] == ids[99]
    assert [m["opportunity_id"] for m in migrate(tenant)["data"]] == ids[100:]


@pytest.mark.parametrize("added", [True, False])
def test_a_deal_goes_over_before_its_advance_or_after_it(facts, tenant, added):
    deal = Deal(tenant).stand_in(2)
    deal.advance("ae", 2, evidence=deal.carried(2), expect=202)
    put(tenant, ask_for_a_sponsor if added else lambda stages: stages[3]["criteria"].append(
        {"key": "security", "type": "checklist"}))
    advanced, moved = meet(facts["superuser_url"], deal.lock, deal.advancing("partner_rep", 2),
                           (tenant.as_("admin"), "post", MIGRATE, {}))
    assert moved.status == 200 and len(moved["data"]) == 1
    went = moved["data"][0]
    now = deal.read()["stage"]["key"]
    if went["from"]["stage"] == "validating":
        assert advanced.status == 200 and now == ("qualified" if added else "validating")
    elif added:
        assert (advanced.status, advanced.code, now) == (409, "exit_criteria_unmet", "qualified")
    else:
        assert advanced.status == 202 and now == "qualified", "the proposal ended; this is a new one"


def test_a_direct_deal_enters_at_the_first_gap(tenant):
    def owners_only(stages):
        stages[0]["criteria"] = [{"key": "owners_named", "type": "computed"}]
    put(tenant, owners_only)
    for rep, stage in ((None, "registered"), (tenant.as_("partner_rep").person_id, "qualified")):
        deal = tenant.direct_deal()
        body = {"partner_id": tenant.partner_id, "kind": "introduction"} | ({"partner_rep": rep} if rep else {})
        tenant.as_("ae").post(f"/v1/opportunities/{deal['opportunity_id']}/claims", body, expect=201)
        assert tenant.read(deal["opportunity_id"])["stage"]["key"] == stage
