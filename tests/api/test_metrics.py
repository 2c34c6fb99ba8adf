"""Metrics of a period: how registrations were answered."""
import datetime

import pytest

COUNTS = ("submitted", "answered_in_time", "answered_late", "overdue", "not_due", "withdrawn_unanswered")


def path(registration, verb):
    return f"/v1/registrations/{registration['registration_id']}/{verb}"


def ask(tenant, registration, *fields):
    return tenant.as_("partner_manager").post(path(registration, "request-changes"), {
        "fields": list(fields or ["need"]), "text": "Say which depots are meant"}, expect=200)


def withdraw(tenant, registration):
    return tenant.as_("partner_rep").post(path(registration, "withdraw"), {}, expect=200)


def answered(tenant, first=None, last=None, role="partnerships_leader"):
    first, last = first or tenant.day(-400), last or tenant.day(400)
    answer = tenant.as_(role).get("/v1/metrics", {"from": first, "to": last}, expect=200)
    assert (answer["from"], answer["to"]) == (first, last)
    return answer["registrations"]


def figures(section):
    """(submitted, in time, late, overdue, not due, withdrawn) and the share."""
    assert section["submitted"] == sum(section[name] for name in COUNTS[1:])
    return tuple(section[name] for name in COUNTS), section["share_in_time"]


def test_without_registrations_there_is_no_share(tenant):
    section = answered(tenant, role="reader")
    assert figures(section) == ((0, 0, 0, 0, 0, 0), None)
    assert section["by_partner"] == []


def test_every_registration_stands_in_one_count(tenant):
    zeta, alpha = tenant.partner("Zeta"), tenant.partner("Alpha")
    approved, asked, late, gone, gone_later, kept_waiting = (tenant.register() for _ in range(6))
    theirs = tenant.register(tenant.person("partner_rep", partner=alpha))
    assert figures(answered(tenant)) == ((7, 0, 0, 0, 7, 0), None)
    tenant.approve(approved)
    ask(tenant, asked)
    withdraw(tenant, gone)
    assert figures(answered(tenant)) == ((7, 2, 0, 0, 4, 1), "1.00")
    tenant.clock(days=7)
    assert figures(answered(tenant)) == ((7, 2, 0, 4, 0, 1), "0.33")
    tenant.as_("partner_manager").post(path(late, "reject"), {"reason_code": "not_qualified", "reason": "No budget"},
                                       expect=200)
    withdraw(tenant, asked)  # it had its answer
    withdraw(tenant, gone_later)
    section = answered(tenant)
    assert figures(section) == ((7, 2, 1, 2, 0, 2), "0.40")
    assert [(p["partner_id"], p["name"], *figures(p)) for p in section["by_partner"]] == [
        (alpha, "Alpha", (1, 0, 0, 1, 0, 0), "0.00"), (zeta, "Zeta", (6, 2, 1, 1, 0, 2), "0.50")]
    # what is counted is what each registration says
    says = [r["responded_in_time"] for r in tenant.as_("ae").get("/v1/registrations", expect=200)["data"]]
    assert (says.count(True), says.count(False), says.count(None)) == (2, 3, 2)
    ask(tenant, kept_waiting)
    ask(tenant, theirs)
    assert figures(answered(tenant)) == ((7, 2, 3, 0, 0, 2), "0.40")
    tenant.clock(days=30)  # the changes have not come: expired
    assert figures(answered(tenant)) == ((7, 2, 3, 0, 0, 2), "0.40")


def test_the_instant_respond_by_is_in_time(tenant, database):
    made = tenant.register()
    due = datetime.datetime.fromisoformat(made["respond_by"].replace("Z", "+00:00"))
    with database.cursor() as cursor:
        past = []
        for microseconds in (-1, 0, 1):
            cursor.execute("select set_config('tandem.now', %s, false)",
                           ((due + datetime.timedelta(microseconds=microseconds)).isoformat(),))
            cursor.execute("select past_respond_by from registration_shown where id = %s", (made["registration_id"],))
            past += [row for row, in cursor.fetchall()]
    assert past == [False, False, True]
    tenant.clock(seconds=(due - tenant.now()).total_seconds() - 30)
    assert figures(answered(tenant)) == ((1, 0, 0, 0, 1, 0), None)
    tenant.clock(seconds=60)
    assert figures(answered(tenant)) == ((1, 0, 0, 1, 0, 0), "0.00")
    ask(tenant, made)
    assert figures(answered(tenant)) == ((1, 0, 1, 0, 0, 0), "0.00")


def test_a_resubmission_counts_once(tenant):
    tenant.at(f"{tenant.now().year + 1}-03-01T09:00:00+00:00")
    first, then = tenant.day(), tenant.day(14)
    same, other = tenant.register(), tenant.register()
    ask(tenant, same)
    ask(tenant, other, "customer")
    tenant.clock(days=3)
    rep = tenant.as_("partner_rep")
    rep.post(path(same, "resubmit"), {"need": "Depots Kiel and Bremen"}, expect=200)
    assert figures(answered(tenant, first, then)) == ((2, 2, 0, 0, 0, 0), "1.00")
    # another customer is another submission: of its own day, and not answered
    rep.post(path(other, "resubmit"), {"customer": tenant.registration_body()["customer"]}, expect=200)
    assert figures(answered(tenant, first, then)) == ((2, 1, 0, 0, 1, 0), "1.00")
    assert figures(answered(tenant, first, first)) == ((1, 1, 0, 0, 0, 0), "1.00")
    assert figures(answered(tenant, tenant.day(), then)) == ((1, 0, 0, 0, 1, 0), None)
    tenant.clock(days=7)
    tenant.approve(same)  # the second answer moves nothing
    tenant.approve(other)
    assert figures(answered(tenant, first, then)) == ((2, 1, 1, 0, 0, 0), "0.50")


def test_a_day_is_the_tenants(new_tenant):
    """In Auckland the day begins at 11:00 UTC of the day before in summer, and is an hour longer when the clocks go back."""
    tenant = new_tenant(time_zone="Pacific/Auckland")
    for text in ("2028-04-01T10:59:00+00:00", "2028-04-01T11:00:01+00:00", "2028-04-02T11:59:00+00:00",
                 "2028-04-02T12:00:01+00:00"):
        tenant.at(text)
        tenant.register()
    assert [answered(tenant, day, day)["submitted"] for day in ("2028-04-01", "2028-04-02", "2028-04-03")] == [1, 2, 1]
    assert answered(tenant, "2028-04-02", "2028-04-03")["submitted"] == 3
    assert answered(tenant, "2028-04-04", "2028-12-31")["submitted"] == 0


@pytest.mark.parametrize("query, pointers", [
    ({}, {"?from": "required", "?to": "required"}),
    ({"from": "2026-10-01"}, {"?to": "required"}),
    ({"from": "2026-10-01", "to": "2026-Q4"}, {"?to": "invalid_date"}),
    ({"from": "2026-10-01", "to": "2026-09-30"}, {"?to": "before_from"}),
    ({"from": "2024-01-01", "to": "2029-01-01"}, {"?to": "period_too_long"}),
])
def test_a_period_that_there_is_not(tenant, query, pointers):
    answer = tenant.as_("cro").refused("GET", "/v1/metrics", code="invalid_parameter", query=query)
    assert answer.pointers == pointers
    tenant.as_("cro").get("/v1/metrics", {"from": "2024-01-01", "to": "2028-12-31"}, expect=200)


def test_no_partner_and_no_other_tenant(tenant, new_tenant):
    tenant.register()
    query = {"from": tenant.day(-1), "to": tenant.day(1)}
    for role in ("partner_rep", "prm_portal", "crm_sync"):
        tenant.as_(role).refused("GET", "/v1/metrics", code="insufficient_scope", query=query)
    for role in ("ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin", "reader"):
        assert answered(tenant, role=role)["submitted"] == 1
    assert answered(new_tenant(), role="reader")["submitted"] == 0
