"""Coverage: open, eligible, sourced pipeline against the target, compared without rounding."""
import datetime

import pytest

from support.forecasts import Book


@pytest.fixture
def book(tenant, database):
    return Book(tenant, database)


def quarter_of(day, start_month=1):
    """Name, first and last day of the fiscal quarter in which the day lies; named by the year in which it ends."""
    months_in = (day.month - start_month) % 12
    first_month = (day.month - months_in % 3 - 1) % 12 + 1
    first = datetime.date(day.year - (first_month > day.month), first_month, 1)
    year_start = first.year if first.month >= start_month else first.year - 1
    year = year_start + (1 if start_month > 1 else 0)
    after = datetime.date(first.year + (first.month + 3 > 12), (first.month + 2) % 12 + 1, 1)
    return f"{year}-Q{months_in // 3 + 1}", first, after - datetime.timedelta(days=1)


def coverage(tenant, period=None, role="cro"):
    return tenant.as_(role).get("/v1/coverage", {"period": period}, expect=200).json


def set_target(tenant, period, amount_minor):
    tenant.as_("cro").put(f"/v1/targets/{period}", {"class": "sourced", "amount": tenant.money(amount_minor)},
                          expect=201)


def test_without_a_target_there_is_no_ratio(tenant):
    name, _, last = quarter_of(tenant.now().date())
    next_name, _, _ = quarter_of(last + datetime.timedelta(days=1))
    answer = coverage(tenant)
    first, second = answer["periods"]
    assert (first["period"], second["period"]) == (name, next_name)
    for period in answer["periods"]:
        assert period["state"] == "no_target"
        assert [period[n] for n in ("target", "gross_ratio", "remaining_ratio", "push")] == [None] * 4
        assert period["open"] == period["closed_won"] == tenant.money(0)
    days = (last - tenant.now().date()).days + 1
    assert first["weeks_left"] == -(-days // 7)
    assert second["weeks_left"] > first["weeks_left"]
    for index in (0, 1):
        for member in ("needed_for_80", "trend"):
            assert answer["periods"][index][member] is None
            assert answer["unavailable"][f"/periods/{index}/{member}"]


@pytest.mark.parametrize("open_minor, remaining, state, push", [
    (29_999_999, "2.99", "below", "recruit_or_activate"),  # 2.9999999 is not 3
    (30_000_000, "3.00", "within", "hold"),
    (40_000_000, "4.00", "within", "hold"),
    (40_000_001, "4.00", "above", "convert"),  # printed cut, compared whole
    (40_100_000, "4.01", "above", "convert"),
])
def test_the_bounds_are_exact(tenant, book, open_minor, remaining, state, push):
    """Target 150,000.00, of which 50,000.00 are won: 100,000.00 are left."""
    set_target(tenant, "2031-Q2", 15_000_000)
    book.add(claim="sourced", amount=open_minor, close_date="2031-06-30", call="pipeline")
    book.add(claim="sourced", amount=5_000_000, status="won", closed_on="2031-04-01")
    # what is not sourced, not eligible or not of the period counts nowhere
    book.add(claim="influenced", amount=10**9, close_date="2031-05-01")
    book.add(claim=None, amount=10**9, close_date="2031-05-01")
    book.add(claim="sourced", amount=10**9, close_date="2031-05-01", signed=0)
    book.add(claim="sourced", amount=10**9, close_date="2031-07-01")
    book.add(claim="sourced", amount=10**9, status="won", closed_on="2031-04-01", resolved=False)
    first, second = coverage(tenant, "2031-Q2")["periods"]
    assert first["open"] == tenant.money(open_minor)
    assert first["closed_won"] == tenant.money(5_000_000)
    assert first["remaining_ratio"] == remaining
    assert first["gross_ratio"] == "%d.%02d" % divmod(open_minor * 100 // 15_000_000, 100)
    assert (first["state"], first["push"]) == (state, push)
    assert second["period"] == "2031-Q3" and second["open"] == tenant.money(10**9)
    forecast = tenant.as_("reader").get(first["href"], expect=200)
    assert forecast["sourced"]["eligible"]["amount"] == first["open"]
    assert remaining in forecast["headline"] and state in forecast["headline"]


def test_a_target_that_is_won_needs_no_push(tenant, book):
    set_target(tenant, "2031-05", 5_000_000)
    book.add(claim="sourced", amount=7_000_000, close_date="2031-05-31")
    book.add(claim="sourced", amount=4_999_999, status="won", closed_on="2031-05-01")
    may, june = coverage(tenant, "2031-05")["periods"]
    assert june["period"] == "2031-06"
    assert (may["state"], may["remaining_ratio"], may["push"]) == ("above", "7000000.00", "convert")
    book.add(claim="sourced", amount=1, status="won", closed_on="2031-05-31")
    may = coverage(tenant, "2031-05")["periods"][0]
    assert (may["state"], may["remaining_ratio"], may["push"]) == ("target_met", None, None)
    assert may["gross_ratio"] == "1.40"


def test_the_newest_version_of_the_target_counts(tenant, book):
    book.add(claim="sourced", amount=100, close_date="2031-05-31")
    set_target(tenant, "2031-Q2", 1000)
    target = tenant.as_("cro").get("/v1/targets", {"period": "2031-Q2"}, expect=200)["data"][0]
    tenant.as_("cro").put("/v1/targets/2031-Q2", {"class": "sourced", "amount": tenant.money(20)},
                          headers={"If-Match": f'"{target["version"]}"', "If-None-Match": None}, expect=(200, 412))
    tenant.as_("cro").put("/v1/targets/2031-Q2", {"class": "sourced", "amount": tenant.money(25)},
                          headers={"If-Match": "*", "If-None-Match": None}, expect=200)
    period = coverage(tenant, "2031-Q2")["periods"][0]
    assert (period["target"], period["remaining_ratio"]) == (tenant.money(25), "4.00")


def test_a_fiscal_year_that_starts_in_february(new_tenant, database):
    tenant = new_tenant(fiscal_start_month=2)
    book = Book(tenant, database)
    name, first, last = quarter_of(tenant.now().date(), 2)
    assert coverage(tenant)["periods"][0]["period"] == name
    for day in ("2030-01-31", "2030-02-01", "2030-04-30", "2030-05-01"):
        book.add(claim="sourced", amount=100, close_date=day)
    # the fiscal year 2031 starts on 1 February 2030
    assert coverage(tenant, "2031-Q1")["periods"][0]["open"] == tenant.money(200)
    assert coverage(tenant, "2030-Q4")["periods"][0]["open"] == tenant.money(100)
    assert coverage(tenant, "2030-01")["periods"][0]["open"] == tenant.money(100)


def test_no_partner_and_no_other_tenant(tenant, book, new_tenant):
    book.add(claim="sourced", amount=100, close_date="2031-05-31")
    tenant.as_("partner_rep").refused("GET", "/v1/coverage", code="insufficient_scope")
    tenant.as_("crm_sync").refused("GET", "/v1/coverage", code="insufficient_scope")
    other = new_tenant()
    assert coverage(other, "2031-Q2", "reader")["periods"][0]["open"] == other.money(0)


@pytest.mark.parametrize("period", ["2031", "2031-Q0", "2031-Q5", "2031-13", "2031-00", "31-Q2", "x"])
def test_a_period_that_there_is_not(tenant, period):
    answer = tenant.as_("cro").refused("GET", "/v1/coverage", code="invalid_parameter", query={"period": period})
    assert "?period" in answer.pointers
