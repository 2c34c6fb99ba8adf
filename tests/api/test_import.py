"""The importer on the lines of a CRM: what a bad line costs, what stands already, and an end in the middle."""
import datetime
import json
import subprocess
import time

import pytest

from support.importing import importing, marks, row, run_import, select, won, written
from support.rows import Rows
from support.stand import binary, clean_environment, run_tandem

def names(database, tenant):
    return dict(select(database, """select o.external_id, o.name from opportunity o join tenant t using (tenant_id)
                                     where t.key = %s""", tenant.key))


# -- bad lines -----------------------------------------------------------------------------------------------------
BAD_LINES = [
    (b'{"external_id": "a", "name": ', "malformed_json", None),
    (b'{"external_id": "a", "external_id": "b", "name": "N", "status": "open"}', "malformed_json", None),
    (b'{"external_id": "a", "name": "\xff\xfe", "status": "open"}', "malformed_json", None),
    (b'{"external_id": "a", "name": "N\\u0000", "status": "open"}', "malformed_json", None),
    (b"\xef\xbb\xbf{}", "malformed_json", None),
    (b"[]", "invalid_fields", {"": "wrong_type"}),
    (b"{}", "invalid_fields", {"/external_id": "required", "/name": "required", "/status": "required"}),
    (row("b", probability=50), "invalid_fields", {"/probability": "unknown_member"}),
    (row("b", status="won"), "invalid_fields", {"/closed_on": "required"}),
    (row("b", status="lost", closed_on=None), "invalid_fields", {"/closed_on": "not_nullable"}),
    (row("b", closed_on="2019-01-31"), "invalid_fields", {"/closed_on": "not_closed"}),
    (row("b", reason_code="price"), "invalid_fields", {"/reason_code": "not_lost"}),
    (won("b", reason_code="price"), "invalid_fields", {"/reason_code": "not_lost"}),
    (won("b", status="removed"), "invalid_fields", {"/status": "unknown_choice"}),
    (won("b", closed_on="2019-02-29"), "invalid_fields", {"/closed_on": "invalid_date"}),
    (won("b", closed_on="2999-01-01"), "invalid_fields", {"/closed_on": "in_future"}),
    (row("b", created_at="2999-01-01T00:00:00Z"), "invalid_fields", {"/created_at": "in_future"}),
    (row("b", created_at="2019-01-01"), "invalid_fields", {"/created_at": "invalid_instant"}),
    (row("b", amount={"amount_minor": 1, "currency": "XQZ"}), "invalid_fields",
     {"/amount/currency": "invalid_currency"}),
    (row("b", amount={"amount_minor": 0.5, "currency": "USD"}), "invalid_fields",
     {"/amount/amount_minor": "not_whole"}),
    (row("b", amount={"amount_minor": -1, "currency": "USD"}), "invalid_fields", {"/amount/amount_minor": "too_small"}),
    (row("b", name="x" * 201), "invalid_fields", {"/name": "too_long"}),
    (row("b" * 201, name="N"), "invalid_fields", {"/external_id": "too_long"}),
    (row("b", name=" \t "), "invalid_fields", {"/name": "too_short"}),
    (row("b", account={"name": "--"}), "invalid_fields", {"/account/name": "placeholder"}),
    (row("b", account={"name": "A", "domains": ["gmail.com", "localhost"]}), "invalid_fields",
     {"/account/domains/0": "free_mail_domain", "/account/domains/1": "invalid_domain"}),
    (row("b", account={"domains": []}), "invalid_fields", {"/account/name": "required"}),
    (row("b", owner={"name": ""}, owner_email="nobody"), "invalid_fields",
     {"/owner/name": "too_short", "/owner_email": "invalid_email"}),
    (row("b", crm_stage="closing", close_date="soon"), "invalid_fields",
     {"/crm_stage": "unknown_choice", "/close_date": "invalid_date"}),
]


def test_a_bad_line_is_told_and_harms_no_other(tenant, database):
    content = b""
    for number, (bad, _, _) in enumerate(BAD_LINES):
        bad = bad if isinstance(bad, bytes) else json.dumps(bad).encode()
        content += bad + b"\r\n" + json.dumps(row(f"good {number}")).encode() + b"\n"
    result = run_import(tenant, content)
    assert (result.status, result.counts) == (0, (len(BAD_LINES), 0, 0, len(BAD_LINES)))
    for number, (_, code, fields) in enumerate(BAD_LINES):
        index = 2 * number + 1
        assert result.refused[index]["code"] == code, (index, result.refused[index])
        if fields:
            assert result.fields(index) == fields
    assert set(names(database, tenant)) == {f"good {number}" for number in range(len(BAD_LINES))}


def test_empty_lines_count_and_are_passed_over(tenant):
    result = run_import(tenant, b'\n\r\n{"name": 1}\n\n' + json.dumps(row("a")).encode())
    assert (list(result.refused), result.end["lines"], result.counts) == ([3], 5, (1, 0, 0, 1))


def test_an_empty_file_is_an_import_of_nothing(tenant):
    result = run_import(tenant, b"")
    assert (result.status, result.end["lines"], result.counts) == (0, 0, (0, 0, 0, 0))


def test_a_deal_that_comes_twice_is_written_twice_in_order(tenant, database):
    twice = [row("a", name="first"), row("b"), row("a", name="second"), won("a", name="third")]
    result = run_import(tenant, twice)
    assert result.counts == (2, 2, 0, 0)
    assert names(database, tenant)["a"] == "third"
    kinds = select(database, """select e.kind, e.after ->> 'name'
                                  from event e join tenant t using (tenant_id)
                                 where t.key = %s and e.after ->> 'external_id' = 'a'
                                 order by e.event_id""", tenant.key)
    assert kinds == [("opportunity.created", "first"), ("opportunity.updated", "second"),
                     ("opportunity.updated", "third")]


# -- what a line becomes -------------------------------------------------------------------------------------------
def test_sent_again_only_the_difference_is_written(tenant, database):
    deals = [row(f"d{n}", account={"name": f"Account {n % 7}", "country": "US"}, owner={"name": f"Owner {n % 5}"},
                 amount={"amount_minor": n, "currency": "USD"}, close_date="2031-03-31") for n in range(20)]
    assert run_import(tenant, deals).counts == (20, 0, 0, 0)
    before = marks(database, tenant)
    assert run_import(tenant, deals).counts == (0, 0, 20, 0)
    assert marks(database, tenant) == before

    deals[3]["close_date"] = "2031-04-01"
    deals[4] = deals[4] | {"status": "lost", "closed_on": "2019-01-01"}
    assert run_import(tenant, deals).counts == (0, 2, 18, 0)
    answer = {deal["name"]: deal for deal in tenant.as_("admin").all("/v1/opportunities", {"limit": 200})}
    assert answer["Deal d3"]["pushes"] == 1 and answer["Deal d3"]["version"] == 2
    assert (answer["Deal d4"]["status"], answer["Deal d4"]["closed_on"]) == ("lost", "2019-01-01")
    assert [d["version"] for d in answer.values()].count(1) == 18
    lost = select(database, """select o.reason_code from opportunity o join tenant t using (tenant_id)
                                where t.key = %s and o.status = 3""", tenant.key)
    assert lost == [(1,)], "unspecified"


def test_a_deal_is_history_for_its_reader(tenant):
    created_at = "2019-02-03T04:05:06Z"
    run_import(tenant, [won("a", created_at=created_at, owner={"name": "Ana Silva"}, close_date="2019-05-06",
                            account={"name": "Borealis", "country": "NO"}, product_family="crates",
                            amount={"amount_minor": 12345, "currency": "USD"})])
    deal, = tenant.as_("admin").all("/v1/opportunities")
    deal = tenant.read(deal["opportunity_id"], tenant.as_("admin"))
    assert (deal["report_class"], deal["attribution"], deal["status"]) == ("direct", "none", "won")
    assert (deal["created_at"], deal["refreshed_at"]) == (created_at, created_at)
    assert not {"backdated", "grandfathered", "closed_outside_gates", "undated"} & set(deal["flags"])
    assert (deal["account"]["name"], deal["owner"]["name"]) == ("Borealis", "Ana Silva")
    assert deal["product_family"] == "crates"
    event, = tenant.as_("admin").get(f"/v1/opportunities/{deal['opportunity_id']}/history", expect=200)["data"]
    assert (event["cause"], event["actor"]["name"]) == ("import", "Ada Admin")


def test_a_deal_without_a_time_was_created_when_it_was_first_imported(tenant):
    before = datetime.datetime.now(datetime.timezone.utc)
    run_import(tenant, [row("a")])
    run_import(tenant, [row("a", name="Renamed")])
    deal, = tenant.as_("admin").all("/v1/opportunities")
    created_at = datetime.datetime.fromisoformat(deal["created_at"])
    assert before <= created_at <= datetime.datetime.now(datetime.timezone.utc)
    assert deal["refreshed_at"] == deal["created_at"] and deal["version"] == 2
    assert deal["account"] is None and deal["amount"] is None and "undated" in deal["flags"]


def test_an_import_refreshes_nothing(tenant):
    created_at = f"{tenant.day(-40)}T00:00:00Z"
    line = row("a", created_at=created_at, close_date=tenant.day(20), crm_stage="discovery",
               amount={"amount_minor": 100, "currency": "USD"})
    run_import(tenant, [line])
    run_import(tenant, [line | {"close_date": tenant.day(30), "crm_stage": "proposal",
                                "amount": {"amount_minor": 900, "currency": "USD"}}])
    deal, = tenant.as_("admin").all("/v1/opportunities")
    deal = tenant.read(deal["opportunity_id"], tenant.as_("admin"))
    assert (deal["amount"]["amount_minor"], deal["crm_stage"], deal["pushes"]) == (900, "proposal", 1)
    assert deal["refreshed_at"] == created_at and "stale" in deal["flags"]


def test_a_day_of_close_begins_at_midnight_of_the_tenant(new_tenant, database):
    tenant = new_tenant(time_zone="Asia/Tokyo")
    run_import(tenant, [won("a")])
    closed_at, = select(database, """select o.closed_at = timestamptz '2019-05-05 15:00:00Z'
                                       from opportunity o join tenant t using (tenant_id)
                                      where t.key = %s""", tenant.key)
    assert closed_at == (True,)


def test_an_owner_is_the_vendor_s_person(tenant):
    ae = tenant.person("ae", name="Kim Lee")
    tenant.person("partner_rep", name="Sam Fox", partner=tenant.partner_id)
    run_import(tenant, [row("a", owner={"name": "Kim Lee"}), row("b", owner_email=ae.email.upper()),
                        row("c", owner={"name": "Sam Fox"}), row("d", owner={"name": "Sam Fox"})])
    owners = {d["name"][-1]: d["owner"]["person_id"] for d in tenant.as_("admin").all("/v1/opportunities")}
    assert owners["a"] == owners["b"] == ae.person_id
    assert owners["c"] == owners["d"] != tenant.people["partner_rep"].person_id


def test_two_sources_do_not_share_ids(tenant):
    assert run_import(tenant, [row("a")], source="north").counts == (1, 0, 0, 0)
    assert run_import(tenant, [row("a")], source="south").counts == (1, 0, 0, 0)


# -- claims --------------------------------------------------------------------------------------------------------
def test_an_import_tells_the_outcome_of_a_claimed_deal(tenant, database):
    """The CRM's outcome is a fact: it goes the way of update_opportunity, with the gates' flag, shares and events."""
    ae = tenant.as_("ae")
    given = {"account": {"name": "Cobalt", "country": "US"}, "owner_email": ae.email,
             "amount": {"amount_minor": 100, "currency": "USD"}, "created_at": f"{tenant.day(-1)}T00:00:00Z"}
    run_import(tenant, [row(name, **given) for name in "abc"])
    deals = {d["name"]: f"/v1/opportunities/{d['opportunity_id']}" for d in ae.all("/v1/opportunities")}
    for name in ("Deal a", "Deal b"):
        ae.post(f"{deals[name]}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    tenant.sign(ae.get(deals["Deal a"], expect=200).json)
    tenant.sign(ae.get(deals["Deal b"], expect=200).json, ["ae"])
    today = tenant.day()

    lines = [won(name, closed_on=today, **given) for name in "abc"]
    assert run_import(tenant, lines).counts == (0, 3, 0, 0)
    assert run_import(tenant, lines).counts == (0, 0, 3, 0)
    signed, unsigned, direct = (ae.get(deals[f"Deal {name}"], expect=200) for name in "abc")
    assert [d["status"] for d in (signed, unsigned, direct)] == ["won"] * 3
    assert [d["flags"] for d in (signed, unsigned, direct)] == [["closed_outside_gates"]] * 2 + [[]]
    assert [d["shares"] for d in (signed, unsigned, direct)] == \
        [[{"partner_id": tenant.partner_id, "basis_points": 10000}], [], []]
    assert signed["stage"]["key"] == unsigned["stage"]["key"] == "registered"
    events = {e["kind"]: e["cause"] for e in ae.all(f"{deals['Deal a']}/history")}
    assert events["opportunity.won"] == events["claim.resolved"] == "import"

    # turned, and opened again
    lost = row("a", **given, status="lost", closed_on=today)
    assert run_import(tenant, [lost, row("b", **given)]).counts == (0, 2, 0, 0)
    turned, opened = (ae.get(deals[f"Deal {name}"], expect=200) for name in "ab")
    assert (turned["status"], turned["reason_code"], turned["shares"], turned["flags"]) == \
        ("lost", "unspecified", [], [])
    assert (opened["status"], opened["closed_on"], opened["flags"]) == ("open", None, ["undated"])
    assert Rows(database, tenant).rebuild_differences() == []


def test_an_import_leaves_what_a_claim_stands_on(tenant, database):
    ae = tenant.as_("ae")
    open_row = row("a", account={"name": "Cobalt", "country": "US"}, product_family="pumps", owner_email=ae.email,
                   created_at=f"{tenant.day(-1)}T00:00:00Z", amount={"amount_minor": 100, "currency": "USD"})
    run_import(tenant, [open_row, row("b")])
    deals = {d["name"]: d for d in ae.all("/v1/opportunities")}
    path = f"/v1/opportunities/{deals['Deal a']['opportunity_id']}"
    ae.post(f"{path}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    claimed = ae.get(path, expect=200)

    # what the CRM owns is taken; what the claim stands on stays
    moved = {"external_id": "a", "name": "Deal a, renamed", "status": "open", "product_family": "valves",
             "amount": {"amount_minor": 200, "currency": "USD"}}
    assert run_import(tenant, [moved]).counts == (0, 1, 0, 0)
    assert run_import(tenant, [moved]).counts == (0, 0, 1, 0)
    deal = ae.get(path, expect=200)
    assert (deal["name"], deal["amount"]["amount_minor"]) == ("Deal a, renamed", 200)
    for kept in ("account", "product_family", "owner", "claims", "stage", "report_class"):
        assert deal[kept] == claimed[kept], kept


# -- who, and whether at all ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("role,status", [("crm_sync", 0), ("ae", 1), ("cro", 1), ("partner_rep", 1)])
def test_admin_and_crm_sync_import(tenant, database, role, status):
    result = run_import(tenant, [row("a")], subject=tenant.as_(role).subject)
    assert (result.status, len(names(database, tenant))) == (status, 1 - status)
    assert (result.end is None) == (status == 1)


def test_an_unknown_tenant_or_person_is_told(tenant):
    nobody = run_import(tenant, [row("a")], subject="nobody")
    assert nobody.status == 1 and "not an active person" in nobody.progress and nobody.end is None
    arguments = importing(tenant, "-")
    arguments[2] = "no-such-tenant"
    answer = run_tandem(tenant.facts["settings"], *arguments, check=False, stdin=json.dumps(row("a")))
    assert answer.returncode == 1 and "no such tenant" in answer.stderr and answer.stdout == ""


def test_what_cannot_be_read_is_not_an_empty_file(tenant):
    for path in (tenant.facts["directory"], f"{tenant.facts['directory']}/absent.ndjson"):
        answer = run_tandem(tenant.facts["settings"], *importing(tenant, path), check=False)
        assert (answer.returncode, answer.stdout) == (1, ""), path
        assert "tandem: " in answer.stderr


@pytest.mark.parametrize("source", ["", "a b", "ä", "x" * 64])
def test_a_source_is_a_plain_word(tenant, source):
    answer = run_tandem(tenant.facts["settings"], *importing(tenant, "-", source=source), check=False, stdin="\n")
    assert answer.returncode not in (0, 1) and "--source" in answer.stderr


# -- an end in the middle ------------------------------------------------------------------------------------------
def standing(database, tenant):
    """All that an import leaves, without ids and times of its own."""
    deals = select(database, """
        select o.external_id, o.name, a.name, p.name, o.amount_minor, o.version, o.status, o.closed_on
          from opportunity o
          join tenant t using (tenant_id)
          left join account a on a.tenant_id = o.tenant_id and a.account_id = o.account_id
          left join person p on p.tenant_id = o.tenant_id and p.person_id = o.owner_id
         where t.key = %s order by 1""", tenant.key)
    events = select(database, """
        select e.kind, e.cause, count(*) from event e join tenant t using (tenant_id)
         where t.key = %s and e.cause = 'import' group by 1, 2 order by 1""", tenant.key)
    return deals, events


def wait_until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def test_an_import_killed_in_the_middle_is_run_again(new_tenant, database):
    """The second chunk has made accounts and owners and waits for the key of an account when the process dies."""
    killed, whole = new_tenant(), new_tenant()
    deals = [row(f"d{n:05}", account={"name": f"Account {n // 40}", "country": "US"},
                 owner={"name": f"Owner {n % 11}"}, amount={"amount_minor": n, "currency": "USD"}) for n in range(2200)]
    deals[1400]["account"] = {"name": "Zulu", "country": "US"}
    assert run_import(whole, deals).counts == (2200, 0, 0, 0)
    key, tenant_id = select(database, """
        select a.name_key, (select tenant_id from tenant where key = %s) from account a join tenant t using (tenant_id)
         where t.key = %s and a.name = 'Zulu'""", killed.key, whole.key)[0]

    lock = "hashtextextended('account key name ' || %s, %s)"
    select(database, f"select pg_advisory_lock({lock})", key, tenant_id)
    process = subprocess.Popen([binary(), *importing(killed, written(killed, deals))],
                               env=clean_environment() | killed.facts["settings"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: select(database, """
            select from pg_locks l join pg_stat_activity s using (pid)
             where l.locktype = 'advisory' and not l.granted and pg_backend_pid() = any (pg_blocking_pids(l.pid))"""),
                   "the importer at the lock")
    finally:
        process.kill()
        process.wait()
        select(database, f"select pg_advisory_unlock({lock})", key, tenant_id)
    assert len(names(database, killed)) == 1000, "one chunk was whole, the second left nothing"

    again = run_import(killed, deals)
    assert (again.status, again.counts) == (0, (1200, 0, 1000, 0))
    assert standing(database, killed) == standing(database, whole)
