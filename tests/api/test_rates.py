"""Rates: dated, in versions; the forecast states every deal by one, exactly."""
import pytest

from support.barrier import meet
from support.forecasts import Book
from support.rows import Rows

PERIOD = "2031-Q2"


@pytest.fixture
def book(tenant, database):
    return Book(tenant, database)


def forecast(tenant, **query):
    return tenant.as_("cro").get("/v1/forecast", {"period": PERIOD} | query, expect=200)


def read(line):
    return line["count"], line["amount"]["amount_minor"]


def explain(tenant, **query):
    return tenant.as_("cro").all("/v1/forecast/deals", {"period": PERIOD} | query)


# -- setting and reading -----------------------------------------------------------------------------------------------
def test_the_first_setting_and_a_correction(tenant, database):
    first = tenant.rate("EUR", "2026-01-01", "1.0925")
    assert {n: first[n] for n in ("currency", "date", "rate", "version")} == {
        "currency": "EUR", "date": "2026-01-01", "rate": "1.0925", "version": 1}
    assert first["set_by"]["name"] == "Ada Admin"
    second = tenant.rate("EUR", "2026-01-01", "1.0952", first.etag)
    assert (second["version"], second["rate"]) == (2, "1.0952")
    for role in ("ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin"):
        assert tenant.as_(role).get("/v1/rates", expect=200)["data"] == [second.json]
    rows = Rows(database, tenant)
    kept = rows("select rate::text, rate_version from rate where tenant_id = :tenant order by rate_version")
    assert [tuple(r.values()) for r in kept] == [("1.0925", 1), ("1.0952", 2)]
    events = rows("select after->>'rate_version' as version from event where tenant_id = :tenant and kind = 'rate.set' "
                  "order by event_id")
    assert [e["version"] for e in events] == ["1", "2"]
    assert rows.rebuild_differences() == []


def test_the_precondition_is_the_rate_of_currency_and_day(tenant):
    admin = tenant.as_("admin")
    path, body = "/v1/rates/EUR/2026-01-01", {"rate": "1.1"}
    admin.refused("PUT", path, body, code="precondition_required")
    admin.refused("PUT", path, body, code="precondition_failed", headers={"If-Match": '"1"'})
    first = admin.put(path, body, expect=201)
    assert admin.put(path, body, expect=412).code == "precondition_failed"
    admin.put(path, body, first.etag, expect=200)
    assert admin.put(path, body, first.etag, expect=412).code == "precondition_failed"
    admin.put("/v1/rates/EUR/2026-01-02", body, expect=201)
    admin.put("/v1/rates/GBP/2026-01-01", body, expect=201)


@pytest.mark.parametrize("rate", ["0", "0.000", "-1", "1,5", "1e3", ".5", "5.", "1.0000000000001", "1" * 19, "NaN", "1 0"])
def test_what_is_no_rate_is_told(tenant, rate):
    answer = tenant.as_("admin").put("/v1/rates/EUR/2026-01-01", {"rate": rate}, expect=422)
    assert answer.pointers == {"/rate": "invalid_rate"}


def test_a_number_is_no_decimal_string_and_the_own_currency_has_no_rate(tenant):
    admin = tenant.as_("admin")
    assert admin.put("/v1/rates/EUR/2026-01-01", {"rate": 1.5}, expect=422).pointers == {"/rate": "wrong_type"}
    assert admin.put("/v1/rates/EUR/2026-01-01", {}, expect=422).pointers == {"/rate": "required"}
    answer = admin.put(f"/v1/rates/{tenant.currency}/2026-01-01", {"rate": "1"}, expect=422)
    assert answer.pointers == {"/rate": "reporting_currency"}
    assert tenant.as_("ae").get("/v1/rates", expect=200)["data"] == []


@pytest.mark.parametrize("path", ["EUR/2026-02-30", "EUR/today", "XXQ/2026-01-01", "eur/2026-01-01", "EURO/2026-01-01"])
def test_a_currency_or_day_that_is_none_is_not_there(tenant, path):
    assert tenant.as_("admin").put(f"/v1/rates/{path}", {"rate": "1.5"}, expect=404).code == "not_found"


def test_the_list_is_narrowed_and_paged(tenant, new_tenant):
    days = [f"2026-0{month}-01" for month in range(1, 5)]
    for currency in ("JPY", "EUR"):
        for day in reversed(days):
            tenant.rate(currency, day, "0.5")
    tenant.rate("EUR", "2026-02-01", "0.75", '"1"')
    listed = tenant.as_("ae").all("/v1/rates", {"limit": 3})
    assert [(r["currency"], r["date"]) for r in listed] == [(c, d) for c in ("EUR", "JPY") for d in days]
    assert [(r["rate"], r["version"]) for r in listed[:3]] == [("0.5", 1), ("0.75", 2), ("0.5", 1)]
    assert [r["date"] for r in tenant.as_("ae").all("/v1/rates", {"currency": "JPY", "limit": 3})] == days
    assert new_tenant().as_("cfo").get("/v1/rates", expect=200)["data"] == []


def test_of_two_who_set_at_once_one_is_told(tenant, facts):
    first, admin = tenant.rate("EUR", "2026-01-01", "1.1"), tenant.as_("admin")
    answers = meet(facts["superuser_url"], "lock table rate in share mode",
                   *[(admin, "put", "/v1/rates/EUR/2026-01-01", {"rate": rate}, first.etag) for rate in ("2", "3")])
    assert sorted(a.status for a in answers) == [200, 412], answers


# -- stating -----------------------------------------------------------------------------------------------------------
def test_without_a_rate_the_deal_is_counted_and_its_money_is_not(tenant, book):
    tenant.rate("EUR", tenant.day(1), "2")  # it counts from tomorrow on
    open_deal = book.add(amount=500, currency="EUR")
    won = book.add(amount=700, currency="EUR", status="won", closed_on="2031-05-01")
    answer = forecast(tenant)
    line, = answer["sourced"]["withheld"]
    assert (line["rule"], line["owed_by"], *read(line)) == ("no_rate", "admin", 1, 0)
    assert read(answer["sourced"]["raw"]) == (1, 0)
    assert answer["rates"] == [] and "amounts_without_rate" in {w["code"] for w in answer["warnings"]}
    deal, = explain(tenant, withheld="no_rate")
    assert (deal["amount"], deal["counted"], deal["rate"]) == (
        {"amount_minor": 500, "currency": "EUR"}, tenant.money(0), None)
    # a day dated later has a rate that is dated before it, whatever day it is today
    assert read(answer["sourced"]["closed_won"]) == (1, 1400)
    assert tenant.read(open_deal)["withheld_by"] == {"rule": "no_rate", "owed_by": "admin"}
    tenant.clock(days=1)
    answer = forecast(tenant)
    assert answer["sourced"]["withheld"] == [] and read(answer["sourced"]["commit"]) == (1, 1000)
    assert tenant.read(open_deal)["withheld_by"] is None
    assert won in {d["opportunity_id"] for d in explain(tenant, category="closed_won")}


def test_an_open_deal_is_stated_by_the_newest_rate_on_or_before_today(tenant, book):
    book.add(amount=10_05, currency="EUR")
    tenant.rate("EUR", tenant.day(-40), "9")
    tenant.rate("EUR", tenant.day(-1), "1.5")
    tenant.rate("EUR", tenant.day(2), "3")
    answer = forecast(tenant)
    assert answer["rates"] == [{"currency": "EUR", "date": tenant.day(-1), "rate": "1.5"}]
    # 1507.5 to even, then 90 % of it: 1357.2
    assert read(answer["sourced"]["commit"]) == (1, 15_08)
    assert answer["sourced"]["commit"]["weighted"] == tenant.money(13_57)
    tenant.rate("EUR", tenant.day(0), "2")
    assert read(forecast(tenant)["sourced"]["commit"]) == (1, 20_10)
    tenant.clock(days=1)
    assert read(forecast(tenant)["sourced"]["commit"]) == (1, 20_10)
    tenant.clock(days=1)
    answer = forecast(tenant)
    assert (read(answer["sourced"]["commit"]), answer["rates"][0]["rate"]) == ((1, 30_15), "3")


def test_a_won_deal_is_stated_by_the_rate_of_its_close_date(tenant, book):
    tenant.clock(days=365 * 5)  # 2031 or later: what is closed in the period lies behind
    for day, rate in (("2031-04-10", "1.1"), ("2031-05-10", "1.2"), ("2031-06-10", "1.3")):
        tenant.rate("EUR", day, rate)
    for closed_on in ("2031-04-09", "2031-04-10", "2031-05-09", "2031-05-10", "2031-06-30"):
        book.add(claim=None, amount=1000, currency="EUR", status="won", closed_on=closed_on)
    assert read(forecast(tenant)["direct"]["closed_won"]) == (5, 0 + 1100 + 1100 + 1200 + 1300)
    stated = {d["closed_on"]: (d["counted"]["amount_minor"], d["rate"] and d["rate"]["date"])
              for d in explain(tenant, category="closed_won")}
    assert stated == {"2031-04-09": (0, None), "2031-04-10": (1100, "2031-04-10"), "2031-05-09": (1100, "2031-04-10"),
                      "2031-05-10": (1200, "2031-05-10"), "2031-06-30": (1300, "2031-06-10")}
    tenant.rate("EUR", "2031-04-10", "2", '"1"')  # a correction counts at once
    assert read(forecast(tenant)["direct"]["closed_won"]) == (5, 0 + 2000 + 2000 + 1200 + 1300)


@pytest.mark.parametrize("reporting, currency, rate, amount, stated", [
    ("USD", "JPY", "0.0067", 1000, 670), ("JPY", "USD", "149.25", 670, 1000), ("USD", "BHD", "2.65", 1000, 265),
    ("BHD", "JPY", "0.0025", 3, 8), ("JPY", "BHD", "398.125", 4, 2)])
def test_minor_units_have_their_scale(new_tenant, database, reporting, currency, rate, amount, stated):
    tenant = new_tenant(currency=reporting)
    tenant.rate(currency, tenant.day(), rate)
    Book(tenant, database).add(claim=None, amount=amount, currency=currency)
    answer = forecast(tenant)
    assert answer["direct"]["raw"]["amount"] == {"amount_minor": stated, "currency": reporting}
    deal, = explain(tenant)
    assert (deal["counted"], deal["amount"]) == ({"amount_minor": stated, "currency": reporting},
                                                 {"amount_minor": amount, "currency": currency})


def test_the_children_add_up_to_the_cent_in_the_reporting_currency(tenant, book):
    tenant.rate("EUR", tenant.day(-1), "1.092549999999")
    tenant.rate("JPY", tenant.day(-1), "0.006705")
    for n in range(60):
        book.add(claim=[None, "sourced", "influenced"][n % 3], amount=n * 7919 % 1000 + n, call="commit",
                 currency=["EUR", "JPY", None][n // 3 % 3])
    answer = forecast(tenant)
    for name in ("sourced", "influenced", "direct"):
        for what in ("raw", "eligible", "commit"):
            deals = tenant.as_("cro").all(answer[name][what]["href"])
            assert answer[name][what]["amount"]["amount_minor"] == sum(d["counted"]["amount_minor"] for d in deals)
        assert answer[name]["commit"]["weighted"]["amount_minor"] == sum(d["weighted"]["amount_minor"] for d in deals)
        assert {d["rate"]["currency"] for d in deals if d["rate"]} == {"EUR", "JPY"}


def test_drivers_headline_and_coverage_are_stated(tenant, book):
    tenant.rate("JPY", tenant.day(), "0.01")
    yen = book.add(amount=100_000, currency="JPY")  # 1,000.00
    dollars = book.add(amount=900_00)
    book.add(amount=100, currency="EUR")
    tenant.as_("cro").put(f"/v1/targets/{PERIOD}", {"class": "sourced", "amount": tenant.money(500_00)}, expect=201)
    answer = forecast(tenant)
    assert [(d["opportunity_id"], d["amount"]["amount_minor"]) for d in answer["drivers"]] == [
        (yen, 1_000_00), (dollars, 900_00)]
    assert "sourced pipeline 1,900.00 USD ACV; " in answer["headline"]
    coverage = tenant.as_("cro").get("/v1/coverage", {"period": PERIOD}, expect=200)
    assert (coverage["periods"][0]["open"], coverage["periods"][0]["gross_ratio"]) == (tenant.money(1_900_00), "3.80")
    assert coverage["rates"] == answer["rates"] == [{"currency": "JPY", "date": tenant.day(), "rate": "0.01"}]


@pytest.mark.parametrize("rate", ["1.000000000001", "999999999999999999"])
def test_what_cannot_be_stated_exactly_is_a_problem(tenant, book, rate):
    book.add(amount=2**53 - 1, currency="EUR")
    tenant.rate("EUR", tenant.day(), rate)
    for path in ("/v1/forecast", "/v1/forecast/deals", "/v1/coverage"):
        assert tenant.as_("cro").get(path, {"period": PERIOD}, expect=409).code == "amount_overflow"


def test_another_tenants_rate_states_nothing_here(tenant, new_tenant, book):
    new_tenant().rate("EUR", tenant.day(), "2")
    book.add(amount=500, currency="EUR")
    assert read(forecast(tenant)["sourced"]["raw"]) == (1, 0)
