"""The policy: read whole, set whole, from a future instant on; what was fixed before stays as it was."""
import datetime

import pytest

from support.barrier import meet
from support.rows import Rows

PATH = "/v1/policy"
DEFAULT = {"window_hours": 336, "protection_days": 90, "protection_extension_days": 30, "respond_business_days": 2,
           "changes_business_days": 10, "extension_days_max": 30, "submissions_per_day": 50, "stale_hours": 168,
           "stalled_days": 45, "proposal_days": 14, "backdated_business_days": 5, "coverage_low_percent": 300,
           "coverage_high_percent": 400, "sourced_rule_version": 1, "commit_basis_points": 9000,
           "best_case_basis_points": 5000, "pipeline_basis_points": 2000,
           "calendar": {"work_week": ["monday", "tuesday", "wednesday", "thursday", "friday"], "holidays": []}}


def instant(text):
    return datetime.datetime.fromisoformat(text)


def later(tenant, **span):
    return (tenant.now() + datetime.timedelta(**span)).isoformat()


def read(tenant, role="admin"):
    return tenant.as_(role).get(PATH, expect=200)


# -- reading -----------------------------------------------------------------------------------------------------------
def test_every_vendor_role_reads_the_policy_and_the_settings(new_tenant):
    tenant = new_tenant(currency="EUR", time_zone="Asia/Tokyo", fiscal_start_month=4, go_live_at="2026-02-03T04:05:06Z")
    answers = [read(tenant, role).json for role in ("ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin")]
    today = tenant.now().astimezone(datetime.timezone(datetime.timedelta(hours=9))).date()
    fiscal_year = today.year + (today.month >= 4)
    quarter = (today.month - 4) % 12 // 3 + 1
    for answer in answers:
        assert answer["policy"] == DEFAULT
        assert (answer["policy_version"], answer["set_by"], answer["scheduled"]) == (1, None, None)
        assert answer["tenant"] == {
            "currency": "EUR", "amount_basis": "ACV", "time_zone": "Asia/Tokyo", "today": today.isoformat(),
            "fiscal_start_month": 4, "fiscal_quarter": f"{fiscal_year}-Q{quarter}", "go_live_at": "2026-02-03T04:05:06Z"}


def test_a_read_that_knows_the_policy_is_told_so(tenant):
    answer = read(tenant)
    assert tenant.as_("cfo").get(PATH, headers={"If-None-Match": answer.etag}).status == 304
    tenant.schedule(stale_hours=100)
    assert tenant.as_("cfo").get(PATH, headers={"If-None-Match": answer.etag}).status == 200


# -- setting -----------------------------------------------------------------------------------------------------------
def test_a_version_is_in_force_from_its_instant_on_and_not_before(tenant):
    admin = tenant.as_("admin")
    answer = tenant.schedule(after_s=3600, commit_basis_points=8000, stale_hours=24)
    assert (answer["policy_version"], answer["policy"]) == (1, DEFAULT)
    scheduled = answer["scheduled"]
    assert scheduled["policy_version"] == 2
    assert scheduled["policy"] == DEFAULT | {"commit_basis_points": 8000, "stale_hours": 24}
    assert scheduled["set_by"]["name"] == "Ada Admin"
    assert read(tenant, "cfo").json | {"tenant": None} == answer.json | {"tenant": None}
    tenant.clock(seconds=3590)
    assert read(tenant)["policy_version"] == 1
    tenant.clock(seconds=20)
    assert (after := read(tenant))["policy_version"] == 2
    assert after["policy"]["commit_basis_points"] == 8000 and after["scheduled"] is None
    assert after["effective_at"] == scheduled["effective_at"]
    assert admin.put(PATH, {"effective_at": later(tenant, days=1), "policy": DEFAULT}, after.etag,
                     expect=200)["scheduled"]["policy_version"] == 3


def test_the_past_and_the_present_are_refused(tenant):
    answer = read(tenant)
    for span in ({"days": -1}, {"seconds": -1}, {"microseconds": 0}):
        refused = tenant.as_("admin").put(PATH, {"effective_at": later(tenant, **span), "policy": DEFAULT}, answer.etag,
                                          expect=422)
        assert refused.pointers == {"/effective_at": "not_in_future"}
    assert read(tenant)["scheduled"] is None


def test_every_bad_member_is_told_at_once(tenant):
    bad = {name: -1 for name, value in DEFAULT.items() if isinstance(value, int)} | {
        "calendar": {"work_week": [], "holidays": [{"date": "2026-02-30", "name": ""}]}, "kindness": 11}
    answer = tenant.as_("admin").put(PATH, {"effective_at": "soon", "policy": bad}, '"1"', expect=422)
    assert answer.pointers == {f"/policy/{name}": "too_small" for name, value in DEFAULT.items()
                               if isinstance(value, int)} | {
        "/effective_at": "invalid_instant", "/policy/kindness": "unknown_member", "/policy/calendar/work_week": "too_few",
        "/policy/calendar/holidays/0/date": "invalid_date", "/policy/calendar/holidays/0/name": "too_short"}
    answer = tenant.as_("admin").put(PATH, {"effective_at": later(tenant, days=1), "policy": {"stale_hours": 1.5}}, '"1"',
                                     expect=422)
    assert answer.pointers == {f"/policy/{name}": "required" for name in DEFAULT} | {"/policy/stale_hours": "not_whole"}
    twice = [{"date": "2026-12-25", "name": "One"}, {"date": "2026-12-25", "name": "Two"}]
    answer = tenant.as_("admin").put(PATH, {"effective_at": later(tenant, days=1), "policy": DEFAULT | {
        "commit_basis_points": 4000, "coverage_low_percent": 500,
        "calendar": DEFAULT["calendar"] | {"holidays": twice, "work_week": ["monday", "monday", "funday"]}}}, '"1"', expect=422)
    assert answer.pointers == {
        "/policy/commit_basis_points": "out_of_order", "/policy/coverage_high_percent": "out_of_order",
        "/policy/calendar/holidays/1/date": "repeated", "/policy/calendar/work_week/1": "repeated",
        "/policy/calendar/work_week/2": "unknown_choice"}
    assert read(tenant)["scheduled"] is None


def test_the_precondition_is_the_newest_version(tenant):
    admin = tenant.as_("admin")
    first = read(tenant)
    body = {"effective_at": later(tenant, days=1), "policy": DEFAULT}
    assert admin.send("PUT", PATH, body).code == "precondition_required"
    assert admin.put(PATH, body, expect=412).code == "precondition_failed"  # If-None-Match: *
    admin.put(PATH, body, first.etag, expect=200)
    assert admin.put(PATH, body, first.etag, expect=412).code == "precondition_failed"


def test_a_scheduled_version_that_is_replaced_is_never_in_force(tenant):
    tenant.schedule(after_s=3600, stale_hours=11)
    replaced = tenant.schedule(after_s=7200, stale_hours=22)
    assert replaced["scheduled"]["policy_version"] == 3
    tenant.clock(seconds=3700)
    answer = read(tenant)
    assert (answer["policy_version"], answer["policy"]["stale_hours"]) == (1, 168)
    tenant.clock(seconds=3600)
    answer = read(tenant)
    assert (answer["policy_version"], answer["policy"]["stale_hours"]) == (3, 22)
    # the other way round: an earlier one replaces the later one, which does not come back
    tenant.schedule(after_s=7200, stale_hours=33)
    tenant.schedule(after_s=3600, stale_hours=44)
    tenant.clock(seconds=9000)
    assert read(tenant)["policy"]["stale_hours"] == 44


def test_each_version_is_an_event_with_the_whole_row(tenant, database):
    tenant.schedule(stale_hours=24, calendar={"work_week": ["sunday"], "holidays": [
        {"date": "2026-12-26", "name": "Second"}, {"date": "2026-12-25", "name": "First"}]})
    rows = Rows(database, tenant)
    assert rows.rebuild_differences() == []
    events = rows("select aggregate_version, actor_id is null as nobody, after from event "
                  "where tenant_id = :tenant and kind = 'policy.set' order by event_id")
    assert [(e["after"]["policy_version"], e["after"]["stale_hours"], e["nobody"]) for e in events] == [
        (1, 168, True), (2, 24, False)]
    assert [h["name"] for h in events[1]["after"]["holidays"]] == ["First", "Second"]


def test_of_two_who_set_at_once_one_is_told(tenant, facts):
    first, admin = read(tenant), tenant.as_("admin")
    answers = meet(facts["superuser_url"], "lock table policy in share mode",
                   *[(admin, "put", PATH, {"effective_at": later(tenant, days=n), "policy": DEFAULT}, first.etag)
                     for n in (1, 2)])
    assert sorted(a.status for a in answers) == [200, 412], answers


def test_another_tenants_policy_is_another(tenant, new_tenant):
    other = new_tenant()
    tenant.policy(stale_hours=24)
    assert read(other)["policy"] == DEFAULT and read(other)["scheduled"] is None


# -- what is fixed when ------------------------------------------------------------------------------------------------
def test_the_window_is_fixed_at_the_deals_creation(tenant):
    old, direct = tenant.deal(), tenant.direct_deal()
    before = tenant.read(old["opportunity_id"])["claims"][0]["deadline"]
    tenant.policy(window_hours=24)
    assert tenant.read(old["opportunity_id"])["claims"][0]["deadline"] == before
    assert instant(before) - instant(old["created_at"]) == datetime.timedelta(hours=336)
    new = tenant.deal()
    assert instant(new["claims"][0]["deadline"]) - instant(new["created_at"]) == datetime.timedelta(hours=24)
    # a claim by hand on a deal of before has the window of before, also when it is made afterwards
    tenant.clock(days=2)
    claim = tenant.as_("ae").post(f"/v1/opportunities/{direct['opportunity_id']}/claims", {
        "partner_id": tenant.partner_id, "kind": "introduction",
        "partner_rep": tenant.as_("partner_rep").person_id}, expect=201)
    assert instant(claim["deadline"]) - instant(direct["created_at"]) == datetime.timedelta(hours=336)
    assert claim["state"] == "pending"
    late = tenant.read(new["opportunity_id"])["claims"][0]
    assert late["state"] == "lapsed"


def test_respond_by_is_fixed_at_submission(tenant):
    old = tenant.register()
    tenant.policy(respond_business_days=10)
    vendor = tenant.as_("partner_manager")
    assert vendor.get(f"/v1/registrations/{old['registration_id']}", expect=200)["respond_by"] == old["respond_by"]
    assert instant(tenant.register()["respond_by"]) - instant(old["respond_by"]) > datetime.timedelta(days=7)


def test_a_protection_that_runs_keeps_its_end(tenant):
    old = tenant.approve(tenant.register())
    tenant.policy(protection_days=10)
    read_again = tenant.as_("ae").get(f"/v1/registrations/{old['registration_id']}", expect=200)
    assert read_again["protected_until"] == old["protected_until"]
    new = tenant.approve(tenant.register())
    assert instant(old["protected_until"]) - instant(new["protected_until"]) > datetime.timedelta(days=79)


def test_probabilities_apply_as_of_the_read(tenant):
    tenant.direct_deal(amount=tenant.money(1_000_05), close_date=tenant.day(1), category_call="commit")
    period = tenant.day(1)[:7]

    def commit():
        answer = tenant.as_("cro").get("/v1/forecast", {"period": period}, expect=200)
        return answer["direct"]["commit"]["weighted"]["amount_minor"], answer["policy_version"], answer["stated_probability"]

    assert commit() == (900_04, 1, {"commit_basis_points": 9000, "best_case_basis_points": 5000,
                                    "pipeline_basis_points": 2000})
    tenant.schedule(after_s=60, commit_basis_points=7000, best_case_basis_points=6000, pipeline_basis_points=100)
    assert commit()[:2] == (900_04, 1)
    tenant.clock(seconds=61)
    assert commit() == (700_04, 2, {"commit_basis_points": 7000, "best_case_basis_points": 6000,
                                    "pipeline_basis_points": 100})


def test_freshness_and_stalling_apply_as_of_the_read(tenant):
    deal = tenant.direct_deal()
    tenant.clock(days=3)
    assert tenant.read(deal["opportunity_id"])["flags"] == []
    tenant.policy(stale_hours=48, stalled_days=2)
    assert tenant.read(deal["opportunity_id"])["flags"] == ["stale", "stalled"]
    tenant.policy(stale_hours=96, stalled_days=4)
    assert tenant.read(deal["opportunity_id"])["flags"] == []


@pytest.mark.parametrize("sourced", [False, True])
def test_a_deal_is_stalled_after_its_days_in_the_stage_and_not_at_their_end(tenant, sourced):
    deal = tenant.deal() if sourced else tenant.direct_deal(category_call="commit")
    if sourced:
        tenant.sign(deal)
    entered = instant(deal["stage"]["entered_at"] if sourced else deal["created_at"])
    end = entered + datetime.timedelta(days=DEFAULT["stalled_days"])
    tenant.clock(seconds=(end - tenant.now()).total_seconds() - 30)
    assert "stalled" not in tenant.read(deal["opportunity_id"])["flags"]
    tenant.clock(seconds=60)
    now = tenant.read(deal["opportunity_id"])
    assert "stalled" in now["flags"]
    assert now["category"] == ("omitted" if sourced else "pipeline")


def test_coverage_bounds_apply_as_of_the_read(tenant, database):
    from support.forecasts import Book
    Book(tenant, database).add(amount=350_00)
    tenant.as_("cro").put("/v1/targets/2031-Q2", {"class": "sourced", "amount": tenant.money(100_00)}, expect=201)

    def state():
        answer = tenant.as_("cro").get("/v1/coverage", {"period": "2031-Q2"}, expect=200)["periods"][0]
        return answer["remaining_ratio"], answer["state"]

    assert state() == ("3.50", "within")
    tenant.policy(coverage_low_percent=351, coverage_high_percent=400)
    assert state() == ("3.50", "below")
    tenant.policy(coverage_low_percent=300, coverage_high_percent=349)
    assert state() == ("3.50", "above")


# -- the business calendar ---------------------------------------------------------------------------------------------
RIYADH = ["sunday", "monday", "tuesday", "wednesday", "thursday"]


@pytest.mark.parametrize("submitted, calendar, due", [
    # 2027-12-24 is a Friday
    ("2027-12-23T09:00:00Z", DEFAULT["calendar"], "2027-12-27T09:00"),
    ("2027-12-23T09:00:00Z", {"work_week": RIYADH, "holidays": []}, "2027-12-27T09:00"),
    ("2027-12-22T09:00:00Z", {"work_week": RIYADH, "holidays": []}, "2027-12-26T09:00"),
    ("2027-12-24T09:00:00Z", {"work_week": RIYADH, "holidays": []}, "2027-12-28T00:00"),
    ("2027-12-23T09:00:00Z", {"work_week": DEFAULT["calendar"]["work_week"], "holidays": [
        {"date": "2027-12-24", "name": "Christmas Eve"}, {"date": "2027-12-27", "name": "Bank holiday"}]},
     "2027-12-29T09:00"),
    ("2027-12-24T09:00:00Z", {"work_week": DEFAULT["calendar"]["work_week"], "holidays": [
        {"date": "2027-12-24", "name": "Christmas Eve"}]}, "2027-12-29T00:00"),
])
def test_respond_by_counts_the_tenants_business_days(tenant, submitted, calendar, due):
    tenant.policy(calendar=calendar)
    tenant.at(submitted)
    assert tenant.register()["respond_by"].startswith(due)


def test_changes_are_awaited_for_the_tenants_business_days(tenant):
    tenant.policy(changes_business_days=2, calendar={"work_week": ["wednesday"], "holidays": [
        {"date": "2027-12-29", "name": "Between the years"}]})
    tenant.at("2027-12-20T10:00:00Z")  # a Monday: counted from Wednesday the 22nd; the 29th is off
    registration = tenant.register()
    path = f"/v1/registrations/{registration['registration_id']}"
    tenant.as_("partner_manager").post(f"{path}/request-changes", {"fields": ["need"], "text": "Say more about it"},
                                       expect=200)
    tenant.at("2028-01-11T23:59:00Z")
    assert tenant.as_("partner_manager").get(path, expect=200)["state"] == "changes_requested"
    tenant.at("2028-01-12T00:01:00Z")
    assert tenant.as_("partner_manager").get(path, expect=200)["state"] == "expired"


def test_a_backdated_close_counts_the_tenants_business_days(tenant):
    tenant.at("2027-12-20T12:00:00Z")
    deal = f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}"
    tenant.at("2027-12-31T12:00:00Z")  # a Friday
    close = {"outcome": "lost", "reason_code": "price", "closed_on": "2027-12-23"}  # six business days back

    def closed():
        return tenant.as_("ae").post(f"{deal}/close", close)

    assert closed().code == "close_backdated"
    tenant.policy(calendar={"work_week": DEFAULT["calendar"]["work_week"],
                            "holidays": [{"date": "2027-12-27", "name": "Bank holiday"}]})
    answer = closed()
    assert answer.status == 200 and "backdated" not in answer["flags"]
