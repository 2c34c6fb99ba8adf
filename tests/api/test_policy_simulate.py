"""simulate_policy: the forecast under a proposal beside the one that is, and nothing is written."""
import pytest

from support.forecasts import Book
from support.rows import Rows

PERIOD = "2031-Q2"
CLASSES = ("sourced", "influenced", "direct", "unattributed")


@pytest.fixture
def book(tenant, database):
    return Book(tenant, database)


def simulate(tenant, role="cfo", **policy):
    return tenant.as_(role).post("/v1/policy/simulate", {"period": PERIOD, "policy": policy}, expect=200)


def forecast(tenant):
    return tenant.as_("cro").get("/v1/forecast", {"period": PERIOD}, expect=200)


def figure(line):
    return line["count"], line["amount"]["amount_minor"], line["weighted"]["amount_minor"]


def check_side(simulation, side, answer):
    """One side of a simulation is a forecast."""
    for name in CLASSES:
        one, other = simulation[name], answer[name]
        for band in ("commit", "best_case", "pipeline", "open_pipeline"):
            assert figure(one[band][side]) == figure(other[band]), (name, band)
        assert figure(one["raw"][side])[:2] == (other["raw"]["count"], other["raw"]["amount"]["amount_minor"])
        withheld = {}
        for line in other["withheld"]:
            count, amount = withheld.get(line["rule"], (0, 0))
            withheld[line["rule"]] = count + line["count"], amount + line["amount"]["amount_minor"]
        assert {line["rule"]: figure(line[side])[:2] for line in one["withheld"] if line[side]["count"]} == withheld


def check_difference(simulation):
    for name in CLASSES:
        lines = [*simulation[name]["withheld"], *(line for n, line in simulation[name].items() if n != "withheld")]
        for line in lines:
            present, proposed, difference = (figure(line[side]) for side in ("present", "proposed", "difference"))
            assert difference == tuple(b - a for a, b in zip(present, proposed))


def test_the_proposal_gives_what_the_forecast_gives_once_it_is_in_force(tenant, book, database):
    book.random(80, seed=5)
    tenant.as_("cro").put(f"/v1/targets/{PERIOD}", {"class": "sourced", "amount": tenant.money(10**6)}, expect=201)
    tenant.as_("cfo")  # a person is made by an event, too
    rows = Rows(database, tenant)
    events, now = rows.count("event"), forecast(tenant)
    proposal = {"commit_basis_points": 7777, "best_case_basis_points": 3333, "pipeline_basis_points": 111,
                "stale_hours": 200, "stalled_days": 60, "coverage_low_percent": 1, "coverage_high_percent": 2}
    simulation = simulate(tenant, **proposal)
    assert rows.count("event") == events, "nothing is written"
    check_side(simulation, "present", now)
    check_difference(simulation)
    assert simulation["proposed"]["policy"] == proposal
    assert simulation["present"]["policy"]["commit_basis_points"] == 9000
    assert any(line["rule"] == "stale" and line["difference"]["count"] < 0 for line in simulation["sourced"]["withheld"])
    assert forecast(tenant).json | {"as_of": 0, "known_at": 0} == now.json | {"as_of": 0, "known_at": 0}
    tenant.policy(**proposal)
    check_side(simulation, "proposed", forecast(tenant))
    coverage = tenant.as_("cro").get("/v1/coverage", {"period": PERIOD}, expect=200)["periods"][0]
    assert simulation["proposed"]["coverage"] == {n: coverage[n] for n in ("remaining_ratio", "state")}


def test_what_is_stale_sooner_is_withheld(tenant, book):
    book.add(amount=1000, fresh_hours=50, call="commit")
    simulation = simulate(tenant, stale_hours=49)
    stale, = simulation["sourced"]["withheld"]
    assert (stale["rule"], figure(stale["difference"])) == ("stale", (1, 1000, 0))
    assert figure(simulation["sourced"]["commit"]["difference"]) == (-1, -1000, -900)
    assert figure(simulation["sourced"]["raw"]["difference"]) == (0, 0, 0)


def test_nothing_proposed_changes_nothing(tenant, book):
    book.random(20, seed=9)
    simulation = simulate(tenant)
    check_side(simulation, "proposed", forecast(tenant))
    for name in CLASSES:
        assert figure(simulation[name]["open_pipeline"]["difference"]) == (0, 0, 0)


def test_what_is_fixed_earlier_is_refused_and_told_all_at_once(tenant):
    answer = tenant.as_("admin").post("/v1/policy/simulate", {"period": "2031-Q5", "policy": {
        "window_hours": 24, "respond_business_days": 1, "commit_basis_points": 10001, "pipeline_basis_points": 5001,
        "calendar": {"work_week": ["monday"], "holidays": []}}}, expect=422)
    assert answer.pointers == {
        "/period": "invalid_period", "/policy/window_hours": "not_simulated",
        "/policy/respond_business_days": "not_simulated", "/policy/calendar": "not_simulated",
        "/policy/commit_basis_points": "too_large", "/policy/best_case_basis_points": "out_of_order"}
    details = {e["pointer"]: e["detail"] for e in answer["errors"]}
    assert details["/policy/window_hours"].startswith("it is fixed when a deal is created")


def test_what_cannot_be_stated_exactly_is_a_problem(tenant, book):
    for _ in range(2):
        book.add(amount=2**53 - 1)
    answer = tenant.as_("cro").post("/v1/policy/simulate", {"period": PERIOD, "policy": {}}, expect=409)
    assert answer.code == "amount_overflow"


def test_every_vendor_role_may_try(tenant):
    for role in ("ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin"):
        assert simulate(tenant, role)["policy_version"] == 1
