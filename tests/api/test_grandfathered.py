"""History: deals from before the go-live, loaded once with the attribution that was stated."""
import datetime

import pytest

from support.importing import marks, row, run_import, select, won
from support.rows import Rows
from support.stages import Deal
from support.stand import run_tandem

GO_LIVE_DAYS_AGO = 3
WINDOW_DAYS = 14


@pytest.fixture
def tenant(new_tenant):
    probe = new_tenant()  # for the time of day
    tenant = new_tenant(go_live_at=instant(probe, -GO_LIVE_DAYS_AGO))
    tenant.partner("Northwind Partners")
    return tenant


def instant(tenant, days):
    return (tenant.now() + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def go_live(tenant):
    return tenant.as_("cro").get("/v1/policy", expect=200)["tenant"]["go_live_at"]


def stated(tenant, value="sourced", partner=None):
    return {"value": value, "partner_id": partner or tenant.partner_id}


def past(tenant, external_id, value="sourced", **changes):
    """An open deal of ten days ago."""
    return row(external_id, created_at=instant(tenant, -10), amount=tenant.money(500), close_date=tenant.day(20),
               account={"name": f"Customer {external_id} {tenant.key}"}, owner_email=tenant.as_("ae").email,
               attribution=stated(tenant, value)) | changes


def past_won(tenant, external_id, value="sourced", **changes):
    return past(tenant, external_id, value, status="won", closed_on=tenant.day(-5)) | changes


def load(tenant, *rows):
    result = run_import(tenant, list(rows))
    deals = {deal["name"].split()[1]: deal for deal in tenant.as_("admin").all("/v1/opportunities", {"limit": 200})}
    return result, {name: tenant.read(deal["opportunity_id"], tenant.as_("admin")) for name, deal in deals.items()}


def forecast(tenant, day):
    return tenant.as_("cro").get("/v1/forecast", {"period": day[:7]}, expect=200)


def read(cell):
    return cell["count"], cell["amount"]["amount_minor"]


# -- what is loaded ------------------------------------------------------------------------------------------------
def test_a_closed_deal_counts_in_its_class_as_stated(tenant, database):
    result, deals = load(tenant, past_won(tenant, "a"), past_won(tenant, "b", "influenced", amount=tenant.money(70)))
    assert result.counts == (2, 0, 0, 0)
    deal = deals["a"]
    claim, = deal["claims"]
    assert (deal["report_class"], deal["attribution"], deal["flags"]) == ("sourced", "sourced", ["grandfathered"])
    assert (claim["state"], claim["kind"], claim["signoffs"], claim["sourced_rule"]) == ("stated", "history", [], None)
    assert claim["partner"]["partner_id"] == tenant.partner_id and claim["counts"] and not claim["late_influence"]
    assert deal["withheld_by"] is None and deals["b"]["report_class"] == "influenced"
    shares = select(database, """select c.share_basis_points, o.resolved_at = o.closed_at
                                   from claim c join opportunity o using (tenant_id, opportunity_id)
                                   join tenant t using (tenant_id) where t.key = %s""", tenant.key)
    assert shares == [(10000, True)] * 2

    answer = forecast(tenant, tenant.day(-5))
    assert read(answer["sourced"]["closed_won"]) == read(answer["sourced"]["grandfathered"]) == (1, 500)
    assert read(answer["influenced"]["closed_won"]) == read(answer["influenced"]["grandfathered"]) == (1, 70)
    assert read(answer["grandfathered"]) == (2, 570)
    assert answer["sourced"]["closed_unresolved"]["count"] == answer["closed_outside_gates"]["count"] == 0
    for figure in (answer["grandfathered"], answer["sourced"]["grandfathered"]):
        under = tenant.as_("cro").get(figure["href"], expect=200)["data"]
        assert len(under) == figure["count"]
        assert sum(deal["counted"]["amount_minor"] for deal in under) == figure["amount"]["amount_minor"]
    assert "grandfathered deals in the period: 1" in answer["headline"]
    period, _ = tenant.as_("cro").get("/v1/coverage", {"period": tenant.day(-5)[:7]}, expect=200)["periods"]
    assert read(period["grandfathered"]) == (1, 500) and period["closed_won"] == tenant.money(500)


def test_a_lost_one_counts_as_lost_without_a_share(tenant, database):
    _, deals = load(tenant, past(tenant, "a", status="lost", closed_on=tenant.day(-5)))
    assert (deals["a"]["report_class"], deals["a"]["claims"][0]["state"]) == ("sourced", "stated")
    shares = select(database, """select share_basis_points, counts_as_stated from claim c join tenant t using (tenant_id)
                                  where t.key = %s""", tenant.key)
    assert shares == [(None, True)]


def test_an_open_deal_starts_its_window_at_the_go_live_in_stage_one(tenant):
    result, deals = load(tenant, past(tenant, "a"))
    deal, (claim,) = deals["a"], deals["a"]["claims"]
    assert result.counts == (1, 0, 0, 0)
    assert claim["deadline"] == instant(tenant, WINDOW_DAYS - GO_LIVE_DAYS_AGO)[:10] + go_live(tenant)[10:]
    assert (claim["state"], claim["value"], deal["report_class"]) == ("pending", "sourced", "sourced")
    assert (deal["stage"]["number"], deal["withheld_by"]["rule"]) == (1, "awaiting_signature")
    assert "grandfathered" in deal["flags"] and deal["lead_partner"]["partner_id"] == tenant.partner_id
    answer = forecast(tenant, tenant.day(20))
    assert read(answer["sourced"]["raw"]) == read(answer["sourced"]["grandfathered"]) == (1, 500)


@pytest.mark.parametrize("late, state, report_class", [(0, "signed", "sourced"), (1, "lapsed", "unattributed")])
def test_both_sign_open_history_up_to_the_end_of_its_window(tenant, late, state, report_class):
    _, deals = load(tenant, past(tenant, "a"))
    deal, (claim,) = deals["a"], deals["a"]["claims"]
    path = f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}/signoffs"
    sign = {"decision": "sign", "claim_version": 1}
    tenant.as_("ae").post(path, sign, expect=201)
    tenant.at(claim["deadline"])
    tenant.clock(seconds=-5 if not late else 1)
    if late:
        tenant.as_("partner_manager").refused("POST", path, sign, code="claim_window_closed")
    else:
        tenant.as_("partner_manager").post(path, sign, expect=201)
    read_again = tenant.read(deal["opportunity_id"])
    assert (read_again["claims"][0]["state"], read_again["report_class"]) == (state, report_class)
    assert "grandfathered" in read_again["flags"]


def test_open_history_that_lapsed_is_not_saved_by_a_win(tenant):
    _, deals = load(tenant, past(tenant, "a"))
    tenant.clock(days=WINDOW_DAYS)
    crm = tenant.as_("crm_sync")
    path = f"/v1/opportunities/{deals['a']['opportunity_id']}"
    crm.patch(path, {"outcome": {"outcome": "won", "closed_on": tenant.day(-1)}}, "*", expect=200)
    deal = tenant.read(deals["a"]["opportunity_id"])
    assert (deal["status"], deal["report_class"], deal["claims"][0]["state"]) == ("won", "unattributed", "lapsed")


def test_history_that_is_reopened_needs_its_signatures(tenant):
    _, deals = load(tenant, past_won(tenant, "a"))
    path = f"/v1/opportunities/{deals['a']['opportunity_id']}"
    crm = tenant.as_("crm_sync")
    crm.patch(path, {"outcome": {"outcome": "open"}}, "*", expect=200)
    deal = tenant.read(deals["a"]["opportunity_id"])
    assert (deal["claims"][0]["state"], deal["withheld_by"]["rule"]) == ("pending", "awaiting_signature")
    crm.patch(path, {"outcome": {"outcome": "won", "closed_on": tenant.day()}}, "*", expect=200)
    deal = tenant.read(deals["a"]["opportunity_id"])
    assert (deal["claims"][0]["state"], deal["report_class"]) == ("pending", "sourced")
    assert "closed_outside_gates" in deal["flags"]


# -- once, and only history ----------------------------------------------------------------------------------------
def test_the_same_statement_changes_nothing_and_another_is_refused(tenant, database):
    line = past_won(tenant, "a")
    load(tenant, line, past(tenant, "b"))
    other = tenant.partner("Southwind")
    before = marks(database, tenant)
    assert run_import(tenant, [line]).counts == (0, 0, 1, 0)
    assert marks(database, tenant) == before
    again = run_import(tenant, [line | {"attribution": stated(tenant, "influenced"), "name": "Renamed"},
                                line | {"attribution": stated(tenant, partner=other)}])
    assert again.counts == (0, 0, 0, 2)
    for index in (1, 2):
        assert again.fields(index) == {"/attribution": "already_stated"}
    assert "sourced of Northwind Partners" in again.refused[1]["errors"][0]["detail"]
    assert marks(database, tenant) == before, "nothing of a refused line is written"
    without = {name: value for name, value in line.items() if name != "attribution"}
    assert run_import(tenant, [without]).counts == (0, 0, 1, 0)
    assert marks(database, tenant) == before


def test_only_deals_from_before_the_go_live(tenant):
    go_live_at = go_live(tenant)
    just_before = instant(tenant, -GO_LIVE_DAYS_AGO - 1)[:10] + go_live_at[10:]
    result, deals = load(tenant, past(tenant, "a", created_at=go_live_at), past(tenant, "b", created_at=just_before),
                         {name: value for name, value in past(tenant, "c").items() if name != "created_at"},
                         past(tenant, "d", attribution=stated(tenant, partner="01939f00-0000-7000-8000-0000000000c3")),
                         past(tenant, "e", attribution={"value": "none"}))
    assert result.counts == (1, 0, 0, 4) and set(deals) == {"b"}
    assert result.fields(1) == result.fields(3) == {"/attribution": "not_history"}
    assert go_live_at[:19] in result.refused[1]["errors"][0]["detail"]
    assert result.fields(4) == {"/attribution/partner_id": "unknown_partner"}
    assert result.fields(5) == {"/attribution/value": "unknown_choice", "/attribution/partner_id": "required"}


def test_a_deal_that_stands_already_keeps_its_creation_time(tenant):
    """What the line says later does not make a deal older."""
    load(tenant, row("a", amount=tenant.money(5)))
    result, _ = load(tenant, past(tenant, "a"))
    assert result.fields(1) == {"/attribution": "not_history"}
    direct = {name: value for name, value in past_won(tenant, "b").items() if name != "attribution"}
    load(tenant, direct)
    result, deals = load(tenant, past_won(tenant, "b"))
    assert result.counts == (0, 1, 0, 0) and deals["b"]["report_class"] == "sourced", "a direct one from before"


def test_a_claimed_deal_takes_no_statement(tenant):
    line = past(tenant, "a")
    _, deals = load(tenant, {name: value for name, value in line.items() if name != "attribution"})
    tenant.as_("ae").post(f"/v1/opportunities/{deals['a']['opportunity_id']}/claims",
                          {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    result, deals = load(tenant, line)
    assert result.fields(1) == {"/attribution": "claimed"} and deals["a"]["attribution"] == "influenced"


def test_the_claim_is_history_s_and_nobody_makes_one_by_hand(tenant):
    _, deals = load(tenant, past(tenant, "a"), row("b"))
    path = f"/v1/opportunities/{deals['b']['opportunity_id']}/claims"
    tenant.as_("partner_manager").refused("POST", path, {"partner_id": tenant.partner_id, "kind": "history"},
                                          code="invalid_fields")
    path = f"/v1/opportunities/{deals['a']['opportunity_id']}/claims/{deals['a']['claims'][0]['claim_id']}"
    renewed = tenant.as_("ae").patch(path, {"kind": "history"}, "*", expect=200)
    assert (renewed["value"], renewed["version"], renewed["state"]) == ("sourced", 2, "pending")
    renewed = tenant.as_("ae").patch(path, {"kind": "introduction"}, "*", expect=200)
    assert (renewed["value"], renewed["version"]) == ("influenced", 3)


# -- what the database holds ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("change, constraint", [
    ("update claim set stated_value = 2", "claim_history_is_stated"),
    ("update claim set kind = 2, counts_as_stated = false", "claim_sourced_by_rule"),
    ("update claim set late = true", "claim_"),
    ("update opportunity set window_starts_at = created_at", "opportunity_history_before_go_live"),
    ("update opportunity set grandfathered = false", "opportunity_history_before_go_live"),
])
def test_the_database_holds_history_to_its_rules(tenant, database, change, constraint):
    load(tenant, past_won(tenant, "a"))
    with pytest.raises(Exception, match=constraint):
        select(database, f"{change} where tenant_id = (select tenant_id from tenant where key = %s)", tenant.key)


def test_rows_follow_from_their_events(tenant, database):
    load(tenant, past_won(tenant, "a"), past(tenant, "b"), past(tenant, "c", status="lost", closed_on=tenant.day(-4)))
    done = run_tandem(tenant.facts["owner_settings"], "doctor", "--rebuild-check", check=False)
    assert done.returncode == 0, done.stdout


def test_history_that_is_merged_stays_history(tenant, database):
    """The deal of the CRM was loaded as history; somebody had made it here by hand as well."""
    _, deals = load(tenant, past(tenant, "D-1"))
    history, = deals.values()
    own = tenant.as_("ae").post("/v1/opportunities", {"name": "By hand", "account_id": history["account"]["account_id"]},
                                expect=201)
    one = tenant.as_("admin").post(f"/v1/opportunities/{own['opportunity_id']}/merge",
                                   {"from": history["opportunity_id"]}, expect=200)
    assert "grandfathered" in one["flags"] and one["created_at"] == history["created_at"]
    assert one["claims"][0]["deadline"] == history["claims"][0]["deadline"], "the window of the go-live stays"


# -- two deals of history that are one ---------------------------------------------------------------------------------
@pytest.fixture
def partners(tenant):
    return [tenant.partner_id, tenant.partner("Southwind", manager=tenant.person("partner_manager"))]


def two_of_one_customer(tenant, partners, values, of=past):
    """The lines of two deals of one account, each stated of another partner, and the deals."""
    lines = [of(tenant, name, value, attribution=stated(tenant, value, partner), account={"name": f"One {tenant.key}"})
             for name, value, partner in zip("ab", values, partners)]
    result, deals = load(tenant, *lines)
    assert result.counts == (2, 0, 0, 0)
    return lines, [deals["a"], deals["b"]]


def merge(tenant, deals, role="ae", **options):
    return tenant.as_(role).post(f"/v1/opportunities/{deals[0]['opportunity_id']}/merge",
                                 {"from": deals[1]["opportunity_id"]}, **({"expect": 200} | options))


def test_open_history_of_two_partners_is_merged_and_each_claim_signed(tenant, partners, database):
    lines, deals = two_of_one_customer(tenant, partners, ["sourced", "sourced"])
    one = merge(tenant, deals)
    assert [(c["partner"]["partner_id"], c["value"], c["state"], c["counts"]) for c in one["claims"]] == [
        (partners[0], "sourced", "pending", True), (partners[1], "sourced", "pending", False)]
    assert "grandfathered" in one["flags"] and one["report_class"] == "sourced"
    assert read(forecast(tenant, tenant.day(20))["grandfathered"]) == (1, 500), "it counts once"
    # one partner sources a deal: the other claim becomes influence by a new version
    paths = [f"/v1/opportunities/{one['opportunity_id']}/claims/{c['claim_id']}" for c in one["claims"]]
    managers, sign = [tenant.as_("partner_manager"), tenant.as_("partnerships_leader")], {"decision": "sign", "claim_version": 1}
    for path, signer in ((paths[0], tenant.as_("ae")), (paths[0], managers[0]), (paths[1], tenant.as_("ae"))):
        signer.post(f"{path}/signoffs", sign, expect=201)
    managers[1].refused("POST", f"{paths[1]}/signoffs", sign, code="sourced_claim_exists")
    # each line says what stands already
    before = marks(database, tenant)
    assert run_import(tenant, lines).counts == (0, 0, 2, 0)
    assert marks(database, tenant) == before
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_win_of_two_partners_histories_is_shared_by_its_owner(tenant, partners, database):
    lines, deals = two_of_one_customer(tenant, partners, ["influenced", "sourced"], of=past_won)
    one = merge(tenant, deals)
    assert [(c["value"], c["state"], c["counts"]) for c in one["claims"]] == [
        ("influenced", "stated", False), ("sourced", "stated", True)]
    sourced = forecast(tenant, tenant.day(-5))["sourced"]
    assert (read(sourced["closed_won"]), read(sourced["closed_unresolved"])) == ((0, 0), (1, 500))
    under, = tenant.as_("cro").get(sourced["closed_unresolved"]["href"], expect=200)["data"]
    assert (under["opportunity_id"], under["owed_by"]) == (one["opportunity_id"], "ae")
    close = f"/v1/opportunities/{one['opportunity_id']}/close"
    refused = tenant.as_("ae").refused("POST", close, {"outcome": "won"}, code="invalid_fields")
    assert refused.pointers == {"/shares": "required"} and "Southwind" in refused.json["errors"][0]["detail"]
    shares = [{"partner_id": partner, "basis_points": points} for partner, points in zip(partners, (2500, 7500))]
    resolved = tenant.as_("ae").post(close, {"outcome": "won", "shares": shares}, expect=200)
    assert resolved["shares"] == shares and resolved["stage"]["number"] == 1, "history has passed no gate"
    sourced = forecast(tenant, tenant.day(-5))["sourced"]
    assert (read(sourced["closed_won"]), read(sourced["closed_unresolved"])) == ((1, 500), (0, 0))
    assert run_import(tenant, lines).counts == (0, 0, 2, 0)
    assert Rows(database, tenant).rebuild_differences() == []
    done = run_tandem(tenant.facts["owner_settings"], "doctor", "--claim-check", check=False)
    assert one["opportunity_id"] not in done.stdout, done.stdout


def test_two_partners_who_both_sourced_it_contradict_each_other(tenant, partners):
    """History that was closed is not made influence as it stands; reopened it is a claim like any."""
    _, deals = two_of_one_customer(tenant, partners, ["sourced", "sourced"], of=past_won)
    refused = merge(tenant, deals, expect=409)
    assert refused.code == "sourced_claim_exists"
    assert "Northwind Partners and Southwind" in refused.json["detail"] and "reopened" in refused.json["detail"]
    assert [tenant.read(d["opportunity_id"]).json for d in deals] == [d.json for d in deals], "nothing has changed"
    path, crm = f"/v1/opportunities/{deals[1]['opportunity_id']}", tenant.as_("crm_sync")
    crm.patch(path, {"outcome": {"outcome": "open"}}, "*", expect=200)
    tenant.as_("ae").patch(f"{path}/claims/{deals[1]['claims'][0]['claim_id']}", {"kind": "introduction"}, "*", expect=200)
    crm.patch(path, {"outcome": {"outcome": "won", "closed_on": tenant.day(-5)}}, "*", expect=200)
    one = merge(tenant, deals)
    assert [(c["value"], c["state"], c["counts"]) for c in one["claims"]] == [
        ("sourced", "stated", True), ("influenced", "pending", False)]
    # and nobody signs a second partner as sourced beside what is stated
    assert one["report_class"] == "sourced"


@pytest.mark.parametrize("values, stands", [(["influenced", "sourced"], "b"), (["sourced", "influenced"], "a"),
                                            (["sourced", "sourced"], "a")])
def test_of_two_histories_of_one_partner_the_stronger_stands(tenant, values, stands, database):
    _, deals = two_of_one_customer(tenant, [tenant.partner_id] * 2, values, of=past_won)
    one = merge(tenant, deals)
    kept = deals[0] if stands == "a" else deals[1]
    assert [c["claim_id"] for c in one["claims"]] == [kept["claims"][0]["claim_id"]]
    assert one["report_class"] == "sourced" and "grandfathered" in one["flags"]
    assert Rows(database, tenant).rebuild_differences() == []


def won_by_another(tenant, partners, value):
    """A win that history states of the first partner, and the same win, which the second registered and nobody has signed."""
    rep = tenant.person("partner_rep", partner=partners[1])
    manager = tenant.person("partner_manager")
    tenant.as_("admin").patch(f"/v1/partners/{partners[1]}", {"manager": manager.person_id}, "*", expect=200)
    registration = tenant.register(rep)
    customer = {name: registration["customer"][name] for name in ("name", "domains", "country")}
    _, deals = load(tenant, past_won(tenant, "a", value, account=customer, attribution=stated(tenant, value, partners[0])))
    approved = tenant.approve(registration, manager=manager, rep=rep)
    crm, path = tenant.as_("crm_sync"), f"/v1/opportunities/{approved['opportunity_id']}"
    crm.post(f"{path}/external-ids", {"source": "crm", "external_id": "b"}, expect=200)
    crm.patch(path, {"outcome": {"outcome": "won", "closed_on": tenant.day()}}, "*", expect=200)
    return merge(tenant, [deals["a"], approved]), manager


@pytest.mark.parametrize("value", ["sourced", "influenced"])
def test_a_statement_stands_like_two_signatures(tenant, partners, value):
    one, manager = won_by_another(tenant, partners, value)
    assert [(c["value"], c["state"], c["counts"]) for c in one["claims"]] == [
        (value, "stated", True), ("sourced", "pending", False)]
    done = run_tandem(tenant.facts["owner_settings"], "doctor", "--claim-check", check=False)
    assert one["opportunity_id"] not in done.stdout + done.stderr, "the doctor decides it alike"
    path = f"/v1/opportunities/{one['opportunity_id']}/claims/{one['claims'][1]['claim_id']}/signoffs"
    sign = {"decision": "sign", "claim_version": 1}
    tenant.as_("ae").post(path, sign, expect=201)
    if value == "sourced":  # one partner sources a deal
        manager.refused("POST", path, sign, code="sourced_claim_exists")
        return
    manager.post(path, sign, expect=201)
    assert [c["counts"] for c in tenant.read(one["opportunity_id"])["claims"]] == [False, True]
