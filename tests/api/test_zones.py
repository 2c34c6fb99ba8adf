"""Two tenants on the same instant: in Auckland it is tomorrow already, in Los Angeles still today. Instants and spans are the
same for both; days, periods and business days are the tenant's own."""
import pytest

AUCKLAND, LOS_ANGELES = ZONES = ("Pacific/Auckland", "America/Los_Angeles")
INSTANT = "2028-01-31T23:30:00+00:00"  # Tuesday 1 February, 12:30 there; Monday 31 January, 15:30 here


@pytest.fixture
def pair(new_tenant):
    return [new_tenant(time_zone=zone) for zone in ZONES]


def settings(tenant):
    return tenant.as_("cfo").get("/v1/policy", expect=200)["tenant"]


def test_today_is_the_tenants_day(pair):
    for tenant in pair:
        tenant.at(INSTANT)
    assert [settings(tenant)["today"] for tenant in pair] == ["2028-02-01", "2028-01-31"]


def test_a_quarter_begins_at_the_tenants_midnight(pair, new_tenant):
    for tenant in pair:
        tenant.at("2027-12-31T23:30:00+00:00")
    assert [settings(tenant)["fiscal_quarter"] for tenant in pair] == ["2028-Q1", "2027-Q4"]
    covered = [tenant.as_("cro").get("/v1/coverage", expect=200)["periods"][0]["period"] for tenant in pair]
    assert covered == ["2028-Q1", "2027-Q4"]
    fiscal = [new_tenant(time_zone=zone, fiscal_start_month=2) for zone in ZONES]
    for tenant in fiscal:
        tenant.at(INSTANT)  # the fiscal year that begins in February 2028 ends in January 2029 and is named by that
    assert [settings(tenant)["fiscal_quarter"] for tenant in fiscal] == ["2029-Q1", "2028-Q4"]


def test_overdue_is_a_day_and_stale_is_a_span(pair):
    deals = []
    for tenant in pair:
        tenant.at("2028-01-24T23:30:30+00:00")
        deals.append(tenant.direct_deal(close_date="2028-01-31")["opportunity_id"])
        tenant.at(INSTANT)
    assert [tenant.read(deal)["flags"] for tenant, deal in zip(pair, deals)] == [["overdue"], []]
    for tenant in pair:
        tenant.clock(seconds=60)
    assert [tenant.read(deal)["flags"] for tenant, deal in zip(pair, deals)] == [["stale", "overdue"], ["stale"]]


def test_a_close_is_dated_by_the_tenants_day(pair):
    for tenant in pair:
        tenant.at(INSTANT)
    close = {"outcome": "lost", "reason_code": "price", "closed_on": "2028-02-01"}
    answers = [tenant.as_("ae").post(f"/v1/opportunities/{tenant.direct_deal()['opportunity_id']}/close", close)
               for tenant in pair]
    assert [answer.status for answer in answers] == [200, 422]
    assert answers[1].pointers == {"/closed_on": "in_future"}


def test_a_date_without_a_time_is_the_start_of_the_tenants_day(pair):
    for tenant, day, start in zip(pair, ("2028-02-01", "2028-01-31"), ("2028-01-31T11:00:00Z", "2028-01-31T08:00:00Z")):
        tenant.at(INSTANT)
        account = tenant.direct_deal()["account"]["account_id"]
        answer = tenant.as_("ae").post(f"/v1/accounts/{account}/engagements", {"engaged_at": day, "activity_id": "A-1"},
                                       expect=201)
        assert answer["engaged_at"] == start
    refused = tenant.as_("ae").post(f"/v1/accounts/{account}/engagements", {"engaged_at": "2028-02-01",
                                                                           "activity_id": "A-2"}, expect=422)
    assert refused.pointers == {"/engaged_at": "in_future"}


@pytest.mark.parametrize("zone, submitted, due", [
    (LOS_ANGELES, "2028-03-10T17:00:00+00:00", "2028-03-14T16:00"),  # Friday 9:00; the clocks go forward on Sunday
    (LOS_ANGELES, "2028-11-03T16:00:00+00:00", "2028-11-07T17:00"),  # and back
    (AUCKLAND, "2028-03-30T20:00:00+00:00", "2028-04-03T21:00"),
    (AUCKLAND, "2028-09-21T21:00:00+00:00", "2028-09-25T20:00"),
])
def test_respond_by_keeps_the_time_of_day_when_the_clocks_change(new_tenant, zone, submitted, due):
    tenant = new_tenant(time_zone=zone)
    tenant.at(submitted)
    assert tenant.register()["respond_by"].startswith(due)


def test_a_holiday_is_the_tenants_day(pair):
    due = []
    for tenant in pair:
        tenant.policy(calendar={"work_week": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                                "holidays": [{"date": "2028-02-01", "name": "A day off"}]})
        tenant.at(INSTANT)
        due.append(tenant.register()["respond_by"][:16])
    # there it was submitted on the holiday: counted from Wednesday 0:00; here the holiday is left out
    assert due == ["2028-02-03T11:00", "2028-02-03T23:30"]


def test_a_rate_counts_from_the_tenants_day_on(pair):
    for tenant in pair:
        tenant.at(INSTANT)
        tenant.rate("EUR", "2028-01-01", "1.5")
        tenant.rate("EUR", "2028-02-01", "2")
        tenant.direct_deal(amount={"amount_minor": 100, "currency": "EUR"}, close_date="2028-03-31")
    raw = [tenant.as_("cro").get("/v1/forecast", {"period": "2028-Q1"}, expect=200)["direct"]["raw"]["amount"]["amount_minor"]
           for tenant in pair]
    assert raw == [200, 150]
