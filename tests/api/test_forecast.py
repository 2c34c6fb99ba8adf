"""The forecast: four classes of one structure, what is withheld and who owes it, and the deals under every figure."""
import pytest

from support.forecasts import Book

CLASSES = ("sourced", "influenced", "direct", "unattributed")
PERIOD = "2031-Q2"
DAY = "2031-05-15"


@pytest.fixture
def book(tenant, database):
    return Book(tenant, database)


def forecast(tenant, period=PERIOD, role="cro", **query):
    return tenant.as_(role).get("/v1/forecast", {"period": period} | query, expect=200).json


def deals(tenant, href):
    path, query = href.split("?")
    return tenant.as_("cro").all(path, dict(p.split("=") for p in query.split("&")))


def figure(count, amount_minor):
    return count, amount_minor


def read(cell):
    return cell["count"], cell["amount"]["amount_minor"]


def figures(value, path=""):
    """Every figure of the answer: whatever has an href and a count."""
    if isinstance(value, dict):
        if "count" in value:
            assert value["href"], path
            yield path, value
        for name, member in value.items():
            yield from figures(member, f"{path}/{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from figures(member, f"{path}/{index}")


def check_identities(answer):
    for name in CLASSES:
        one = answer[name]
        for member in (0, 1):
            withheld = sum(read(line)[member] for line in one["withheld"])
            assert read(one["raw"])[member] - withheld == read(one["eligible"])[member]
            assert read(one["eligible"])[member] == read(one["open_pipeline"])[member]
            if answer["rollup"] == "individual":
                assert read(one["eligible"])[member] == sum(read(one[b])[member] for b in
                                                            ("commit", "best_case", "pipeline"))
            assert read(one["closed_unresolved"])[member] == sum(read(line)[member]
                                                                 for line in one["closed_unresolved"]["owed"])
        assert one["weighted"]["stated"] == one["open_pipeline"]["weighted"]
    for name in ("direct", "unattributed"):
        assert not {line["rule"] for line in answer[name]["withheld"]} & {"contested", "awaiting_signature", "disputed",
                                                                       "stage_one"}
        assert answer[name]["closed_unresolved"]["count"] == 0


def check_explained(tenant, answer):
    """Every figure is the sum of the deals to which it links."""
    seen = 0
    for path, line in figures(answer):
        under = deals(tenant, line["href"])
        assert line["count"] == len(under) == len({d["opportunity_id"] for d in under}), path
        assert line["amount"]["amount_minor"] == sum(d["counted"]["amount_minor"] for d in under), path
        if "weighted" in line:
            assert line["weighted"]["amount_minor"] == sum(d["weighted"]["amount_minor"] for d in under), path
        for deal in under:
            assert deal["counted"]["currency"] == tenant.currency
            if "/withheld/" in path:
                assert deal["withheld_by"] == {"rule": line["rule"], "owed_by": line["owed_by"]}
        seen += len(under)
    return seen


# -- empty -------------------------------------------------------------------------------------------------------------
def test_an_empty_period_says_what_it_does_not_know(tenant):
    answer = forecast(tenant)
    assert answer["period"] == PERIOD and answer["rollup"] == "individual"
    assert answer["as_of"] == answer["known_at"]
    assert answer["stated_probability"] == {"commit_basis_points": 9000, "best_case_basis_points": 5000,
                                            "pipeline_basis_points": 2000}
    for path, line in figures(answer):
        assert read(line) == (0, 0), path
    assert {w["code"] for w in answer["warnings"]} == {"stated_probabilities", "no_target"}
    for pointer in answer["unavailable"]:
        value = answer
        for name in pointer[1:].split("/"):
            value = value[name]
        assert value is None, pointer
    assert {f"/{c}/{m}" for c in CLASSES for m in ("range", "chance_to_hit", "call", "weighted/measured")} \
        | {"/since_last_week"} == set(answer["unavailable"])
    assert answer["drivers"] == []
    assert "no target is set" in answer["headline"]
    assert "no sourced deal closed in the last four quarters" in answer["headline"]


# -- withheld ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rule, owed_by, traits", [
    ("contested", "partner_manager", {"contested": True, "signed": 0}),
    ("awaiting_signature", "ae_and_partner_manager", {"signed": 0}),
    ("awaiting_signature", "partner_manager", {"signed": 1}),
    ("awaiting_signature", "ae", {"signed": 3}),
    ("disputed", "ae_and_partner_manager", {"disputed": True, "stages": (1, 1)}),
    ("disputed", "ae_and_partner_manager", {"signed": 1, "decline": True}),
    ("stage_one", "vendor", {"stages": (1, 4), "call": "omitted"}),
    ("stage_one", "partner", {"stages": (2, 1)}),
    ("stage_one", "vendor_and_partner", {"stages": (1, 1)}),
    ("omitted", "ae", {"call": "omitted", "fresh_hours": 1000}),
    ("stale", "ae", {"fresh_hours": 169, "amount": None}),
    ("no_amount", "ae", {"amount": None}),
    ("no_rate", "admin", {"currency": "EUR"}),
])
@pytest.mark.parametrize("claim", ["sourced", "influenced"])
def test_each_rule_withholds_and_says_who_can_recover_it(tenant, book, rule, owed_by, traits, claim):
    book.add(claim=claim, amount=700)
    withheld = book.add(**({"claim": claim, "amount": 300} | traits))
    answer = forecast(tenant)
    check_identities(answer)
    line, = answer[claim]["withheld"]
    counted = 0 if rule in ("no_amount", "no_rate") or traits.get("amount", 300) is None else 300
    assert (line["rule"], line["owed_by"], *read(line)) == (rule, owed_by, 1, counted)
    assert [d["opportunity_id"] for d in deals(tenant, line["href"])] == [withheld]
    assert read(answer[claim]["raw"]) == (2, 700 + counted)
    assert read(answer[claim]["commit"]) == (1, 700)
    # the other classes know nothing of it
    for other in set(CLASSES) - {claim}:
        assert read(answer[other]["raw"]) == (0, 0)


def test_a_direct_deal_is_free_of_the_rules_about_claims(tenant, book):
    book.add(claim=None, amount=300, contested=True)
    for traits in ({"call": "omitted"}, {"fresh_hours": 200}, {"amount": None}, {"currency": "EUR"}):
        book.add(**({"claim": None, "amount": 5} | traits))
    answer = forecast(tenant)
    check_identities(answer)
    assert {(w["rule"], w["owed_by"], w["count"]) for w in answer["direct"]["withheld"]} == {
        ("omitted", "ae", 1), ("stale", "ae", 1), ("no_amount", "ae", 1), ("no_rate", "admin", 1)}
    assert read(answer["direct"]["commit"]) == (1, 300)
    assert "amounts_without_rate" in {w["code"] for w in answer["warnings"]}


def test_a_lapsed_claim_is_unattributed_and_a_late_one_a_line_of_its_own(tenant, book):
    book.add(claim="sourced", amount=100, signed=1, age_days=20, stages=(1, 1))  # the window ended six days ago
    late = book.add(claim="influenced", amount=40, signed=0, age_days=20, late=True)
    book.add(claim="sourced", amount=7, signed=2, age_days=20)
    answer = forecast(tenant)
    check_identities(answer)
    assert read(answer["unattributed"]["commit"]) == (2, 140)
    assert read(answer["late_influence"]) == (1, 40)
    assert [d["opportunity_id"] for d in deals(tenant, answer["late_influence"]["href"])] == [late]
    assert read(answer["sourced"]["raw"]) == (1, 7)
    check_explained(tenant, answer)


def test_stale_is_the_instant_after_seven_days(tenant, book):
    book.add(amount=10, fresh_hours=0)
    tenant.clock(days=7, seconds=-30)
    assert read(forecast(tenant)["sourced"]["commit"]) == (1, 10)
    tenant.clock(seconds=60)
    line, = forecast(tenant)["sourced"]["withheld"]
    assert (line["rule"], line["owed_by"]) == ("stale", "ae")


def test_overdue_is_the_day_after_in_the_tenants_zone(new_tenant, database):
    """Close date 14 May 2031; in Auckland the 15th begins at noon UTC of the 14th."""
    import datetime
    tenant = new_tenant(time_zone="Pacific/Auckland")
    book = Book(tenant, database)
    edge = datetime.datetime(2031, 5, 14, 12, 0, tzinfo=datetime.timezone.utc)
    tenant.offset_s += int((edge - tenant.now()).total_seconds()) - 30
    book.add(claim=None, amount=10, close_date="2031-05-14", fresh_hours=0)
    assert read(forecast(tenant)["direct"]["commit"]) == (1, 10)
    tenant.clock(seconds=60)
    line, = forecast(tenant)["direct"]["withheld"]
    assert (line["rule"], line["owed_by"], *read(line)) == ("overdue", "ae", 1, 10)
    assert "overdue" in deals(tenant, line["href"])[0]["flags"]


def test_undated_deals_stand_beside_every_period(tenant, book):
    undated = book.add(claim="sourced", amount=300, close_date=None)
    book.add(claim=None, amount=5, close_date=None)
    book.add(claim=None, amount=50)
    for period in (PERIOD, "2032-01"):
        answer = forecast(tenant, period)
        assert read(answer["undated"]) == (2, 305)
        assert read(answer["sourced"]["raw"]) == (0, 0)
        assert undated in {d["opportunity_id"] for d in deals(tenant, answer["undated"]["href"])}
    assert "undated_deals" in {w["code"] for w in answer["warnings"]}


def test_the_four_raw_totals_are_all_open_deals_of_the_period(tenant, book, database):
    book.random(120, seed=11)
    answer = forecast(tenant)
    with database.cursor() as cursor:
        cursor.execute("select count(*), sum(amount_minor) filter (where currency = %s) from opportunity"
                       " where tenant_id = %s and status = 1 and close_date between '2031-04-01' and '2031-06-30'",
                       (tenant.currency, book.tenant_id))
        count, amount_minor = cursor.fetchone()
    assert count == sum(answer[c]["raw"]["count"] for c in CLASSES)
    assert amount_minor == sum(answer[c]["raw"]["amount"]["amount_minor"] for c in CLASSES)


# -- bands -------------------------------------------------------------------------------------------------------------
def test_both_rollups(tenant, book):
    book.add(amount=1005, call="commit")
    book.add(amount=205, call="best_case")  # 102.5 to even
    book.add(amount=50, call=None)
    book.add(amount=9, call="commit", stage_days=46)  # stalled: pipeline
    book.add(amount=11, call="commit", stages=(4, 3))  # the partner's side allows best case
    book.add(amount=400, status="won", closed_on="2031-04-01")
    unresolved = book.add(amount=77, status="won", closed_on="2031-06-30", resolved=False)
    book.add(amount=10**6, status="lost", closed_on=DAY)
    book.add(amount=10**6, status="removed")
    book.add(amount=10**6, status="won", closed_on="2031-07-01")
    alone, together = forecast(tenant)["sourced"], forecast(tenant, rollup="cumulative")["sourced"]

    def band(one, name):
        return (*read(one[name]), one[name]["weighted"]["amount_minor"])
    assert band(alone, "commit") == (1, 1005, 904)  # 904.5 to even
    assert band(alone, "best_case") == (2, 216, 108)  # 102 + 5.5 to even: 6
    assert band(alone, "pipeline") == (2, 59, 12)  # 10 + 1.8
    assert band(alone, "open_pipeline") == band(together, "open_pipeline") == (5, 1280, 1024)
    assert band(together, "commit") == (2, 1405, 1304)
    assert band(together, "best_case") == (4, 1621, 1412)
    assert band(together, "pipeline") == (5, 1280, 1024)
    assert read(alone["closed_won"]) == read(together["closed_won"]) == (1, 400)
    assert read(alone["closed_unresolved"]) == (1, 77)
    line, = alone["closed_unresolved"]["owed"]
    assert (line["owed_by"], *read(line)) == ("ae", 1, 77)
    assert [d["opportunity_id"] for d in deals(tenant, line["href"])] == [unresolved]
    for name in ("raw", "eligible", "withheld", "closed_won", "closed_unresolved", "open_pipeline", "weighted"):
        assert alone[name] == together[name]


def test_sourced_and_influenced_are_never_added(tenant, book):
    book.add(claim="sourced", amount=1)
    book.add(claim="influenced", amount=10)
    book.add(claim=None, amount=100)
    book.add(claim="influenced", amount=1000, age_days=20, signed=0)
    answer = forecast(tenant)
    assert [read(answer[c]["commit"]) for c in CLASSES] == [(1, 1), (1, 10), (1, 100), (1, 1000)]
    assert "0.01 USD" in answer["headline"] and "0.11" not in answer["headline"]
    assert [d["opportunity_id"] for d in answer["drivers"]] == [
        d["opportunity_id"] for d in deals(tenant, answer["sourced"]["href"])]


def test_a_deal_by_the_api_from_registration_to_the_forecast(tenant):
    """Nothing written by hand: a partner's deal earns its place step by step."""
    quarter = tenant.as_("cro").get("/v1/coverage", expect=200)["periods"][0]["period"]
    deal = tenant.deal(close_date=tenant.day(0), amount=tenant.money(12_345_67))
    deal_id = deal["opportunity_id"]

    def withheld():
        return [(w["rule"], w["owed_by"], *read(w)) for w in forecast(tenant, quarter)["sourced"]["withheld"]]
    assert withheld() == [("awaiting_signature", "ae_and_partner_manager", 1, 12_345_67)]
    tenant.sign(deal, roles=["ae"])
    assert withheld() == [("awaiting_signature", "partner_manager", 1, 12_345_67)]
    tenant.sign(deal, roles=["partner_manager"])
    assert withheld() == [("stage_one", "vendor_and_partner", 1, 12_345_67)]
    tenant.advance(deal_id, 2)
    answer = forecast(tenant, quarter)
    assert answer["sourced"]["withheld"] == []
    assert answer["sourced"]["pipeline"]["weighted"]["amount_minor"] == 246_913  # 246,913.4
    assert [d["opportunity_id"] for d in answer["drivers"]] == [deal_id]
    assert deal["name"] in answer["headline"]
    explained, = deals(tenant, answer["sourced"]["pipeline"]["href"])
    ae = tenant.as_("ae")
    assert ae.get(explained["href"], expect=200)["report_class"] == explained["report_class"] == "sourced"
    for part in ("claims", "evidence", "history"):
        assert ae.get(explained[f"{part}_href"], expect=200).json


# -- explained ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_the_sum_of_its_deals(tenant, book, seed):
    book.random(150, seed)
    for rollup in ("individual", "cumulative"):
        answer = forecast(tenant, rollup=rollup)
        check_identities(answer)
        assert check_explained(tenant, answer) > 150
        assert all(answer[c]["raw"]["count"] for c in CLASSES)
    assert len({w["rule"] for c in CLASSES for w in answer[c]["withheld"]}) >= 7
    assert answer["late_influence"]["count"] and answer["grandfathered"]["count"]


def test_pages_are_exact_whatever_their_size(tenant, book):
    book.random(60, seed=3)
    query = {"period": PERIOD, "withheld": "any"}
    whole = [d["opportunity_id"] for d in tenant.as_("ae").all("/v1/forecast/deals", query | {"limit": 200})]
    assert len(whole) > 7 and whole == sorted(whole, reverse=True)
    for limit in (1, 2, 7, len(whole) - 1, len(whole), len(whole) + 1):
        assert [d["opportunity_id"] for d in
                tenant.as_("ae").all("/v1/forecast/deals", query | {"limit": limit})] == whole
    page = tenant.as_("ae").get("/v1/forecast/deals", query | {"limit": 1}, expect=200)
    tenant.as_("ae").refused("GET", "/v1/forecast/deals", code="invalid_cursor",
                             query={"period": PERIOD, "withheld": "none", "cursor": page["next_cursor"]})


def test_the_drivers_are_the_largest_by_weighted_amount(tenant, book):
    """The largest amounts are withheld or unlikely, by the hundred."""
    for number in range(70):
        book.add(amount=10_000 - number, signed=0)
    ids = [book.add(amount=amount, call=call) for amount, call in
           [(4000, "pipeline"), (900, "commit"), (1500, "best_case"), (1000, "commit"), (1799, "best_case")]]
    drivers = forecast(tenant)["drivers"]
    # 899.5 to even is 900, too: of equal ones the larger amount comes first
    assert [(d["opportunity_id"], d["weighted"]["amount_minor"]) for d in drivers] == [
        (ids[4], 900), (ids[3], 900), (ids[1], 810)]


def test_the_close_rate_counts_four_whole_quarters(tenant, book):
    """The offset puts today into a quarter whose four predecessors are known."""
    import datetime
    tenant.offset_s += int((datetime.datetime(2031, 5, 15, tzinfo=datetime.timezone.utc)
                            - tenant.now()).total_seconds())
    for status, day, more in [("won", "2031-03-31", {}), ("won", "2030-04-01", {}), ("lost", "2030-07-01", {}),
                              ("lost", "2030-07-02", {"reason": 8}),  # a duplicate
                              ("won", "2031-04-01", {}), ("lost", "2030-03-31", {}),  # too late, too early
                              ("won", "2030-12-01", {"claim": "influenced"}), ("lost", "2030-12-01", {"claim": None})]:
        book.add(status=status, closed_on=day, **more)
    assert "close rate 66 % over the last four quarters (n = 3)" in forecast(tenant)["headline"]


# -- who ---------------------------------------------------------------------------------------------------------------
def test_a_reader_gets_the_same_figures_without_people(tenant, book):
    book.random(30, seed=4)
    by_cro, by_reader = forecast(tenant), forecast(tenant, role="reader")
    for answer in (by_cro, by_reader):
        del answer["as_of"], answer["known_at"]
    assert by_cro == by_reader
    text = str(by_reader)
    for caller in tenant.people.values():
        assert caller.name not in text and "@" not in text
    tenant.as_("reader").refused("GET", "/v1/forecast/deals", code="insufficient_scope", query={"period": PERIOD})


def test_no_partner_and_no_other_tenant(tenant, book, new_tenant):
    book.add(amount=300)
    for path in ("/v1/forecast", "/v1/forecast/deals"):
        for role in ("partner_rep", "prm_portal", "crm_sync"):
            tenant.as_(role).refused("GET", path, code="insufficient_scope", query={"period": PERIOD})
    other = new_tenant()
    assert read(forecast(other)["sourced"]["raw"]) == (0, 0)
    assert other.as_("cro").all("/v1/forecast/deals", {"period": PERIOD}) == []


def test_a_total_that_cannot_be_stated_exactly_is_refused(tenant, book):
    most = 2**53 - 1
    book.add(amount=most - 1)
    book.add(amount=1, call="pipeline")
    assert forecast(tenant)["sourced"]["raw"]["amount"]["amount_minor"] == most
    book.add(amount=1, call="best_case")
    answer = tenant.as_("cro").get("/v1/forecast", {"period": PERIOD})
    assert (answer.status, answer.code) == (409, "amount_overflow")
    for _ in range(2):
        book.add(claim=None, amount=most)
    assert tenant.as_("cro").get("/v1/coverage", {"period": PERIOD}).code == "amount_overflow"


@pytest.mark.parametrize("query, pointer", [
    ({}, "?period"), ({"period": "2031-Q5"}, "?period"), ({"period": PERIOD, "rollup": "both"}, "?rollup"),
    ({"period": "2031-13"}, "?period"), ({"period": PERIOD, "as_of": "2031-01-01T00:00:00Z"}, "?as_of")])
def test_bad_parameters(tenant, query, pointer):
    answer = tenant.as_("cro").refused("GET", "/v1/forecast", code="invalid_parameter", query=query)
    assert pointer in answer.pointers


def test_the_amount_basis_stands_with_every_figure(new_tenant):
    for basis, tenant in ((None, new_tenant()), ("TCV", new_tenant(amount_basis="TCV"))):
        cro, period = tenant.as_("cro"), f"{tenant.now():%Y-%m}"
        tenant.direct_deal(close_date=tenant.day())
        stands = basis or "ACV"
        target = cro.put(f"/v1/targets/{period}", {"class": "sourced", "amount": tenant.money(900)}, expect=201)
        answers = [target, *cro.get("/v1/targets", expect=200)["data"],
                   *cro.get("/v1/forecast/deals", {"period": period}, expect=200)["data"],
                   cro.get("/v1/forecast", {"period": period}, expect=200),
                   cro.get("/v1/coverage", {"period": period}, expect=200),
                   cro.get("/v1/policy", expect=200)["tenant"]]
        assert [answer["amount_basis"] for answer in answers] == [stands] * 6
        assert f" USD {stands}; " in answers[3]["headline"]
