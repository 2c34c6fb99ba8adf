"""Targets: set in versions by those who are not measured on them."""
import pytest

from support.barrier import meet


def target(tenant, amount_minor=100_000_000, report_class="sourced", **changes):
    return {"class": report_class, "amount": tenant.money(amount_minor)} | changes


def test_the_first_setting_and_the_next_version(tenant):
    cro, admin = tenant.as_("cro"), tenant.as_("admin")
    first = cro.put("/v1/targets/2026-Q4", target(tenant), expect=201)
    assert (first["period"], first["class"], first["version"]) == ("2026-Q4", "sourced", 1)
    assert first["amount"] == tenant.money(100_000_000)
    assert first["set_by"] == {"person_id": cro.person_id, "name": cro.name}
    second = admin.put("/v1/targets/2026-Q4", target(tenant, 120_000_000), first.etag, expect=200)
    assert (second["version"], second["amount"]) == (2, tenant.money(120_000_000))
    assert tenant.as_("ae").get("/v1/targets", expect=200)["data"] == [second.json]


def test_each_class_has_versions_of_its_own(tenant):
    cro = tenant.as_("cro")
    for report_class in ("sourced", "influenced", "direct", "unattributed"):
        assert cro.put("/v1/targets/2026-11", target(tenant, report_class=report_class), expect=201)["version"] == 1
    assert [t["class"] for t in cro.all("/v1/targets")] == ["sourced", "influenced", "direct", "unattributed"]


def test_the_precondition_is_the_target_of_period_and_class(tenant):
    cro = tenant.as_("cro")
    cro.refused("PUT", "/v1/targets/2026-Q4", target(tenant), code="precondition_required")
    cro.refused("PUT", "/v1/targets/2026-Q4", target(tenant), code="precondition_failed", headers={"If-Match": '"1"'})
    first = cro.put("/v1/targets/2026-Q4", target(tenant), expect=201)
    assert cro.put("/v1/targets/2026-Q4", target(tenant), expect=412).code == "precondition_failed"
    cro.put("/v1/targets/2026-Q4", target(tenant, 7), first.etag, expect=200)
    assert cro.put("/v1/targets/2026-Q4", target(tenant, 8), first.etag, expect=412).code == "precondition_failed"
    cro.put("/v1/targets/2026-Q4", target(tenant, report_class="influenced"), expect=201)


def test_bad_members_are_told(tenant):
    cro = tenant.as_("cro")
    answer = cro.put("/v1/targets/2026-Q4", {}, expect=422)
    assert answer.pointers == {"/class": "required", "/amount": "required"}
    answer = cro.put("/v1/targets/2026-Q4", target(tenant, 0, "partner"), expect=422)
    assert answer.pointers == {"/class": "unknown_choice", "/amount/amount_minor": "too_small"}
    answer = cro.put("/v1/targets/2026-Q4", target(tenant, amount={"amount_minor": 5, "currency": "EUR"}), expect=422)
    assert answer.pointers == {"/amount/currency": "not_reporting_currency"}
    assert cro.get("/v1/targets", expect=200)["data"] == []


@pytest.mark.parametrize("period", ["2026-Q5", "2026-13", "2026-00", "2026", "26-Q1", "2026-q1", "2026-Q", "0000-Q1"])
def test_a_period_that_no_calendar_has_is_not_there(tenant, period):
    assert tenant.as_("cro").put(f"/v1/targets/{period}", target(tenant), expect=404).code == "not_found"
    answer = tenant.as_("ae").get("/v1/targets", {"period": period}, expect=400)
    assert (answer.code, answer.pointers.keys()) == ("invalid_parameter", {"?period"})


def test_the_list_is_narrowed_and_paged(tenant):
    cro = tenant.as_("cro")
    periods = ["2026-10", "2026-11", "2026-Q4", "2027-Q1"]
    for period in reversed(periods):
        for report_class in ("influenced", "sourced"):
            cro.put(f"/v1/targets/{period}", target(tenant, report_class=report_class), expect=201)
    cro.put("/v1/targets/2026-Q4", target(tenant, 5), '"1"', expect=200)
    pages = cro.all("/v1/targets", {"limit": 3})
    assert [(t["period"], t["class"]) for t in pages] == [(p, c) for p in periods for c in ("sourced", "influenced")]
    narrowed = cro.get("/v1/targets", {"period": "2026-Q4"}, expect=200)["data"]
    assert [(t["class"], t["version"]) for t in narrowed] == [("sourced", 2), ("influenced", 1)]
    cursor = cro.get("/v1/targets", {"limit": 3}, expect=200)["next_cursor"]
    answer = cro.get("/v1/targets", {"limit": 3, "period": "2026-Q4", "cursor": cursor}, expect=400)
    assert answer.code == "invalid_cursor"


def test_targets_of_another_tenant_are_not_seen(tenant, new_tenant):
    tenant.as_("cro").put("/v1/targets/2026-Q4", target(tenant), expect=201)
    other = new_tenant()
    assert other.as_("ae").get("/v1/targets", expect=200)["data"] == []
    other.as_("cro").put("/v1/targets/2026-Q4", target(other), expect=201)


def test_of_two_who_set_at_once_one_is_told(tenant, facts):
    """Both have read the same version; a lock on the table holds their inserts until both have passed the check."""
    cro = tenant.as_("cro")
    first = cro.put("/v1/targets/2026-Q4", target(tenant), expect=201)
    answers = meet(facts["superuser_url"], "lock table target in share mode",
                   *[(cro, "put", "/v1/targets/2026-Q4", target(tenant, n), first.etag) for n in (1, 2)])
    assert sorted(a.status for a in answers) == [200, 412], answers
    assert cro.get("/v1/targets", expect=200)["data"][0]["version"] == 2
