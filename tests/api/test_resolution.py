"""A win resolves its attribution: between several partners by shares, and after a win of the CRM by the signatures that
come inside the window."""
import pytest

from support.barrier import meet
from support.rows import Rows
from support.stages import Deal, triples
from test_several_claims import Two

DEALS = "/v1/opportunities"


def shares(*pairs):
    return {"shares": [{"partner_id": partner, "basis_points": points} for partner, points in pairs]}


def listed(deal):
    return {s["partner_id"]: s["basis_points"] for s in deal["shares"]}


def history(tenant, path):
    return [e["kind"] for e in tenant.as_("ae").all(f"{path}/history")]


# -- shares between several -------------------------------------------------------------------------------------------
@pytest.fixture
def shared(tenant):
    """A registered deal that is ready to be won, with a second partner whose claim is signed by nobody yet."""
    deal = Deal(tenant).ready_to_win()
    return deal, Two(tenant, deal.read().json)


def test_several_signed_claims_share_the_deal(tenant, shared, database):
    deal, two = shared
    first, second = two.partners
    answer = deal.close(body=shares((first, 6000), (second, 4000)), expect=422)
    assert answer.pointers == {"/shares/1/partner_id": "claim_pending"}
    two.sign(1)
    answer = deal.close(expect=422)
    assert answer.pointers == {"/shares": "required"}
    assert all(partner in answer.text for partner in two.partners)
    for given, pointers in (
            (shares((first, 6000), (second, 3999)), {"/shares": "not_whole"}),
            (shares((first, 6000), (second, 4001)), {"/shares": "not_whole"}),
            (shares((first, 6000), (first, 4000)), {"/shares/1/partner_id": "repeated"}),
            (shares((first, 6000), (tenant.partner(), 4000)), {"/shares/1/partner_id": "no_claim"})):
        assert deal.close(body=given, expect=422).pointers == pointers
    won = deal.close(body=shares((second, 4000), (first, 6000)), expect=200)
    assert listed(won) == {first: 6000, second: 4000}
    kinds = history(tenant, deal.path)
    assert (kinds.count("claim.resolved"), kinds.count("opportunity.won")) == (2, 1)
    assert Rows(database, tenant).rebuild_differences() == []


def test_one_of_several_signed_claims_may_take_all(tenant, shared):
    deal, two = shared
    two.sign(1)
    won = deal.close(body=shares((two.partners[1], 10000)), expect=200)
    assert listed(won) == {two.partners[1]: 10000}
    assert history(tenant, deal.path).count("claim.resolved") == 2, "one with nothing"


def test_a_claim_that_waits_takes_no_share_and_stops_no_win(shared):
    deal, two = shared
    assert listed(deal.close(expect=200)) == {two.partners[0]: 10000}


def test_lapsed_and_late_claims_take_no_share(tenant):
    deal = Deal(tenant).ready_to_win()
    two = Two(tenant, deal.read().json)
    tenant.clock(days=15)
    late = tenant.partner()
    tenant.as_("ae").post(f"{deal.path}/claims", {"partner_id": late, "kind": "other"}, expect=201)
    answer = deal.close(body=shares((two.partners[1], 5000), (late, 5000)), expect=422)
    assert answer.pointers == {"/shares/0/partner_id": "claim_lapsed", "/shares/1/partner_id": "claim_late"}


# -- after a win of the CRM -------------------------------------------------------------------------------------------
def crm_deal(tenant):
    return tenant.as_("crm_sync").post(DEALS, {
        "name": "Synced deal", "crm_source": "salesforce", "external_id": "006-9", "amount": tenant.money(500),
        "close_date": tenant.day(10), "owner": tenant.as_("ae").person_id}, expect=201).json


@pytest.fixture
def synced(tenant):
    """A deal of the CRM with two claims that nobody has signed."""
    return Two(tenant, crm_deal(tenant))


@pytest.fixture
def alone(tenant):
    """The same with one claim."""
    deal = crm_deal(tenant)["opportunity_id"]
    tenant.as_("ae").post(f"{DEALS}/{deal}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"},
                          expect=201)
    return tenant.read(deal)


def report_won(tenant, deal):
    return tenant.as_("crm_sync").patch(f"{DEALS}/{deal['opportunity_id']}",
                                        {"outcome": {"outcome": "won", "closed_on": tenant.day()}}, "*", expect=200)


def resolve(tenant, deal, body=None, who="ae", **options):
    return tenant.as_(who).post(f"{DEALS}/{deal['opportunity_id']}/close", {"outcome": "won"} | (body or {}), **options)


def influenced(tenant, day):
    month = tenant.as_("cro").get("/v1/forecast", {"period": day[:7]}, expect=200)
    return {key: month["influenced"][key]["count"] for key in ("closed_won", "closed_unresolved")} | \
        {"outside": month["closed_outside_gates"]["count"], "unattributed": month["unattributed"]["closed_won"]["count"]}


def test_a_signature_in_time_resolves_what_the_crm_has_won(tenant, alone, database):
    day = tenant.day()
    tenant.sign(alone, ["ae"])
    won = report_won(tenant, alone)
    assert (won["flags"], won["shares"]) == (["closed_outside_gates"], [])
    assert influenced(tenant, day) == {"closed_won": 0, "closed_unresolved": 1, "outside": 1, "unattributed": 0}
    answer = resolve(tenant, alone, expect=409)
    assert answer.code == "claim_not_signed" and "ends at" in answer["detail"]
    assert triples(answer.json) == {("attribution_resolved", "partner_manager_signature", "partner_manager")}
    tenant.clock(days=13)
    tenant.sign(alone, ["partner_manager"])
    now = tenant.read(alone["opportunity_id"])
    assert (now["status"], now["closed_on"], now["amount"]) == ("won", day, tenant.money(500))
    assert (now["flags"], listed(now)) == (["closed_outside_gates"], {tenant.partner_id: 10000})
    assert now["stage"]["key"] == "registered", "a signature moves no stage"
    assert influenced(tenant, day) == {"closed_won": 1, "closed_unresolved": 0, "outside": 1, "unattributed": 0}
    kinds = history(tenant, f"{DEALS}/{alone['opportunity_id']}")
    assert kinds.count("opportunity.resolved") == kinds.count("claim.resolved") == 1
    assert resolve(tenant, alone, expect=409).code == "deal_closed"
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_second_after_the_window_it_is_nobody_s(tenant, alone):
    day = tenant.day()
    tenant.sign(alone, ["ae"])
    report_won(tenant, alone)
    tenant.clock(days=14, seconds=1)
    claim, = alone["claims"]
    answer = tenant.as_("partner_manager").post(
        f"{DEALS}/{alone['opportunity_id']}/claims/{claim['claim_id']}/signoffs",
        {"decision": "sign", "claim_version": 1}, expect=409)
    assert answer.code == "claim_window_closed"
    answer = resolve(tenant, alone, expect=409)
    assert answer.code == "claim_not_signed" and "lapsed" in answer["detail"] and "ended at" in answer["detail"]
    assert triples(answer.json) == {("attribution_resolved", "claim_lapsed", "ae_and_partner_manager")}
    assert tenant.read(alone["opportunity_id"])["report_class"] == "unattributed"
    assert influenced(tenant, day) == {"closed_won": 0, "closed_unresolved": 0, "outside": 1, "unattributed": 1}


def test_a_win_between_several_waits_for_whoever_says_how_they_share(tenant, synced, database):
    deal = tenant.read(synced.id)
    synced.sign(0)
    won = report_won(tenant, deal)
    assert won["shares"] == [], "the second may still be signed"
    synced.sign(1)
    day = tenant.day()
    line, = tenant.as_("cro").get("/v1/forecast", {"period": day[:7]}, expect=200)["influenced"][
        "closed_unresolved"]["owed"]
    assert (line["owed_by"], line["count"]) == ("ae", 1)
    assert resolve(tenant, deal, expect=422).pointers == {"/shares": "required"}
    split = shares((synced.partners[0], 2500), (synced.partners[1], 7500))
    answer = resolve(tenant, deal, split | {"closed_on": tenant.day(-1), "amount": tenant.money(501)}, expect=422)
    assert answer.pointers == {"/closed_on": "differs", "/amount": "differs"}
    answer = resolve(tenant, deal, {"outcome": "lost", "reason_code": "price"}, expect=409)
    assert answer.code == "deal_closed"
    now = resolve(tenant, deal, split | {"closed_on": day, "amount": tenant.money(500)}, expect=200)
    assert listed(now) == {synced.partners[0]: 2500, synced.partners[1]: 7500}
    assert (now["flags"], now["stage"]["key"]) == (["closed_outside_gates"], "registered")
    assert influenced(tenant, day) == {"closed_won": 1, "closed_unresolved": 0, "outside": 1, "unattributed": 0}
    assert Rows(database, tenant).rebuild_differences() == []


def test_the_owner_resolves_for_the_one_that_is_signed(tenant, synced):
    deal = tenant.read(synced.id)
    synced.sign(1)
    report_won(tenant, deal)
    tenant.person("ae").refused("POST", f"{synced.path}/close", {"outcome": "won"}, code="not_deal_owner")
    assert listed(resolve(tenant, deal, expect=200)) == {synced.partners[1]: 10000}


def test_of_a_signature_and_a_resolution_each_counts_once(facts, tenant, synced):
    deal = tenant.read(synced.id)
    synced.sign(0)
    report_won(tenant, deal)
    synced.decide(1, tenant.as_("ae"))
    lock = f"select 1 from opportunity where id = '{synced.id}' for update"
    won, signed = meet(facts["superuser_url"], lock,
                       (tenant.as_("ae"), "post", f"{synced.path}/close", {"outcome": "won"}),
                       synced.signing(1, synced.managers[1]))
    assert (won.status, signed.status) in ((200, 409), (422, 201)), (won, signed)
    assert listed(synced.read()) == ({synced.partners[0]: 10000} if won.status == 200 else {})
