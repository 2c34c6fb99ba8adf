"""Every deal in one snapshot, as NDJSON and CSV: whole, or visibly cut."""
import copy
import csv
import io
import json
import time

import psycopg2
import pytest

from support.client import Client
from support.importing import row, run_import
from support.stand import Service, sanitizer_reports
from support.stream import Stream
from support.waiting import metric, until

EXPORT = "/v1/opportunities/export"
DEALS = "/v1/opportunities"
MANY = 2000  # with names of this width more than the buffers between here and there take in
WIDE = "\N{steam locomotive}" * 180


def deals_of(lines):
    """All but the end, which counts them."""
    *deals, end = lines
    assert end == {"_end": True, "count": len(deals)}
    return deals


def export(caller, **query):
    answer = caller.get(EXPORT, query, expect=200)
    assert answer.media_type == "application/x-ndjson"
    return deals_of(answer.lines)


def cells(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def typed(cell):
    return cell[1:] if cell.startswith("'") else cell


def loaded(tenant, count):
    """So many direct deals, by the importer; amounts from 0 on."""
    wide = WIDE if count == MANY else ""
    rows = [row(f"d{n}", name=f"{n} {wide}", account={"name": f"Buyer {n % 50} {wide or tenant.key}"},
                owner={"name": f"Owner {n % 7} {wide[:150]}"}, amount={"amount_minor": n, "currency": "USD"},
                close_date="2031-03-31") for n in range(count)]
    assert run_import(tenant, rows).counts == (count, 0, 0, 0)


@pytest.fixture
def many(tenant):
    loaded(tenant, MANY)
    return tenant


@pytest.fixture
def opened(traffic, contract):
    """opened(caller, **options): a reader that is closed in the end."""
    made = []

    def start(caller, target=EXPORT, **options):
        made.append(Stream(caller, target, **options))
        traffic.record(contract.match("GET", target), type("Answer", (), {"status": made[-1].status, "code": None}))
        return made[-1]
    yield start
    for stream in made:
        stream.close()


# -- what is in it -------------------------------------------------------------------------------------------------
def test_an_export_of_nothing_has_its_end(tenant):
    assert export(tenant.as_("admin")) == []
    answer = tenant.as_("crm_sync").get(EXPORT, {"format": "csv"}, expect=200)
    assert cells(answer.text) == [] and answer.text.startswith("opportunity_id,") and answer.text.endswith("\r\n")


def test_an_export_is_the_list_in_its_order(tenant):
    loaded(tenant, 430)
    tenant.sign(tenant.deal())
    listed = tenant.as_("admin").all(DEALS, {"limit": 200})
    assert len(listed) == 431
    assert export(tenant.as_("crm_sync")) == listed


def test_it_is_filtered_as_the_list_is(tenant):
    admin, deal, other = tenant.as_("admin"), tenant.deal(), tenant.direct_deal()
    before = tenant.direct_deal()
    admin.post(f"{DEALS}/{before['opportunity_id']}/close", {"outcome": "lost", "closed_on": tenant.day(), "reason_code": "price"},
               expect=200)
    owner = other["owner"]["person_id"]
    for query in ({"status": "lost"}, {"status": "open"}, {"attribution": "sourced"}, {"owner": owner},
                  {"partner": tenant.partner_id}, {"partner": deal["opportunity_id"]},
                  {"updated_since": "2999-01-01T00:00:00Z"}, {"updated_since": deal["created_at"]},
                  {"status": "open", "attribution": "none"}):
        listed = admin.all(DEALS, query)
        assert export(admin, **query) == listed, query
    assert [d["opportunity_id"] for d in export(admin, status="lost")] == [before["opportunity_id"]]
    for name, value in (("format", "xml"), ("status", "stale"), ("owner", "x"), ("limit", "5"), ("cursor", "x")):
        assert tenant.as_("admin").get(EXPORT, {name: value}, expect=400).pointers.keys() == {f"?{name}"}


def test_another_tenant_s_deals_never_appear(tenant, new_tenant):
    other = new_tenant()
    loaded(tenant, 20), loaded(other, 30)
    assert (len(export(tenant.as_("admin"))), len(export(other.as_("admin")))) == (20, 30)
    assert other.key in json.dumps(export(other.as_("admin")))
    for query in ({}, {"format": "csv"}):
        assert other.key not in tenant.as_("admin").get(EXPORT, query, expect=200).text


# -- CSV -----------------------------------------------------------------------------------------------------------
PLACES = {
    "opportunity_id": "opportunity_id", "crm_source": "external_ids.0.source", "external_id": "external_ids.0.external_id",
    "name": "name", "account_id": "account.account_id", "account_name": "account.name", "account_country": "account.country",
    "product_family": "product_family", "amount_minor": "amount.amount_minor", "currency": "amount.currency",
    "close_date": "close_date", "owner_id": "owner.person_id", "owner_name": "owner.name", "owner_email": "owner.email",
    "partner_manager_id": "partner_manager.person_id", "partner_manager_name": "partner_manager.name",
    "partner_rep_id": "partner_rep.person_id", "partner_rep_name": "partner_rep.name",
    "lead_partner_id": "lead_partner.partner_id", "lead_partner_name": "lead_partner.name", "attribution": "attribution",
    "report_class": "report_class", "stage": "stage.key", "stage_number": "stage.number", "stage_rollup": "stage.rollup",
    "stage_vendor": "stage.vendor", "stage_partner": "stage.partner", "stage_entered_at": "stage.entered_at",
    "crm_stage": "crm_stage", "category_call": "category_call", "category": "category", "withheld_rule": "withheld_by.rule",
    "withheld_owed_by": "withheld_by.owed_by", "flags": "flags", "next_step": "next_step",
    "first_engaged_at": "first_engaged_at", "created_at": "created_at", "refreshed_at": "refreshed_at", "pushes": "pushes",
    "status": "status", "closed_on": "closed_on", "reason_code": "reason_code", "merged_into": "merged_into",
    "version": "version"}


def cell_of(deal, path):
    value = deal
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if value else None
        elif value is not None:
            value = value[step]
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


def test_csv_is_the_json_laid_flat(tenant):
    loaded(tenant, 250)
    admin, deal = tenant.as_("admin"), tenant.deal()
    tenant.sign(deal)
    tenant.clock(days=20)
    tenant.deal()
    for name in ("A, B and \"C\"", "Ünïcödé 🚂", "two; three"):
        tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}", {"next_step": name}, etag="*", expect=200)
        answer = admin.get(EXPORT, {"format": "csv"}, expect=200)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert 'filename="opportunities.csv"' in answer.headers["Content-Disposition"]
        rows = cells(answer.text)
        assert [{column: typed(cell) for column, cell in row.items()} for row in rows] == \
            [{column: cell_of(deal, path) for column, path in PLACES.items()} for deal in export(admin)]
    assert list(rows[0]) == list(PLACES)
    assert "stale" in {flag for row in rows for flag in row["flags"].split()}


def test_no_cell_is_a_formula(tenant):
    names = ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1:A9)", "'t Hooft", "1=1", '=HYPERLINK("http://x.example","y")']
    rows = [row(f"=d{n}", name=name, account={"name": name + " Ltd"}, owner={"name": name}) for n, name in enumerate(names)]
    assert run_import(tenant, rows).counts == (len(rows), 0, 0, 0)
    got = cells(tenant.as_("admin").get(EXPORT, {"format": "csv"}, expect=200).text)
    assert not [cell for row in got for cell in row.values() if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert sorted(typed(row["name"]) for row in got) == sorted(names)
    assert {row["name"] for row in got} >= {"''t Hooft", "'+1+1", "1=1"}
    assert {typed(row["external_id"]) for row in got} == {f"=d{n}" for n in range(len(names))}


# -- one snapshot --------------------------------------------------------------------------------------------------
def test_what_changes_meanwhile_does_not_change_it(many, opened):
    admin = many.as_("admin")
    before = export(admin)
    reader = opened(admin, slow=True)  # the oldest deals are not read yet
    for deal in before[-3:]:
        many.as_("crm_sync").patch(f"{DEALS}/{deal['opportunity_id']}", {"category_call": "commit"}, etag="*", expect=200)
    changed = {f"d{n}": {"amount_minor": 10**6, "currency": "USD"} for n in range(500)}
    assert run_import(many, [row(external_id, amount=amount) for external_id, amount in changed.items()] +
                      [row("later")]).counts == (1, 500, 0, 0)
    text = reader.rest()
    assert reader.whole
    got = deals_of([json.loads(line) for line in text.splitlines()])
    assert sum(deal["amount"]["amount_minor"] for deal in got) == sum(range(MANY))
    assert got == before
    now = export(admin)
    assert len(now) == MANY + 1 and sum((deal["amount"] or {"amount_minor": 0})["amount_minor"] for deal in now) > sum(range(MANY))


# -- cut -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_a_database_that_goes_away_leaves_no_end(own_service, opened, form):
    tenant, service = own_service()
    loaded(tenant, MANY)
    whole = tenant.as_("admin").get(EXPORT, {"format": form}, expect=200)
    reader = opened(tenant.as_("admin"), f"{EXPORT}?format={form}", slow=True)
    reader.buffer = reader.chunk()  # it is under way
    own = psycopg2.connect(service.database_url)
    own.autocommit = True
    cursor = own.cursor()

    def ended():
        cursor.execute("""select pg_terminate_backend(pid) from pg_stat_activity
                           where datname = current_database() and application_name like 'tandem bulk%'
                             and state = 'idle in transaction'""")
        return cursor.rowcount
    until(ended)
    own.close()
    text = reader.rest()
    assert not reader.whole and b"_end" not in text
    assert whole.bytes.startswith(text) and 0 < len(text) < len(whole.bytes)
    assert metric(tenant, "tandem_bulk_broken_total") == 1
    assert tenant.as_("admin").get(EXPORT, {"format": form}, expect=200).bytes == whole.bytes


def test_who_takes_nothing_is_cut_off_and_holds_up_nobody(own_service, opened):
    """It holds the one place until then: another export is told to come again, everything else goes on."""
    tenant, _ = own_service(TANDEM_BULK_THREADS="1", TANDEM_REPORT_THREADS="1", TANDEM_READ_THREADS="1")
    loaded(tenant, MANY)
    slow = opened(tenant.as_("admin"), slow=True)
    assert slow.status == 200 and metric(tenant, "tandem_bulk_running") == 1
    refused = tenant.as_("admin").get(EXPORT, expect=503)
    assert refused.code == "overloaded" and refused.headers["Retry-After"] == "10"
    tenant.as_("cro").get("/v1/forecast?period=2026-Q4", expect=200)
    assert 10 < until(lambda: metric(tenant, "tandem_bulk_running") == 0) < 40
    assert len(export(tenant.as_("admin"))) == MANY
    text = slow.rest()
    assert not slow.whole and b"_end" not in text


def test_who_leaves_frees_the_place(own_service, opened):
    tenant, _ = own_service(TANDEM_BULK_THREADS="1")
    loaded(tenant, MANY)
    for _ in range(3):
        reader = opened(tenant.as_("admin"), slow=True)
        assert reader.status == 200
        reader.close()
        assert until(lambda: metric(tenant, "tandem_bulk_running") == 0) < 10


def test_a_tenant_never_has_all_places(own_service, opened):
    tenant, service = own_service(TANDEM_BULK_THREADS="3")
    loaded(tenant, MANY)
    readers = [opened(tenant.as_("admin"), slow=True) for _ in range(2)]
    assert [r.status for r in readers] == [200, 200]
    tenant.as_("admin").get(EXPORT, expect=503)
    other = type(tenant)(tenant.facts, tenant.client)
    assert export(other.as_("admin")) == []
    for reader in readers:
        assert len(deals_of([json.loads(line) for line in reader.rest().splitlines()])) == MANY
    assert service.process.poll() is None


def test_an_export_does_not_last_for_ever(own_service, opened):
    """A reader that takes just enough is cut off when the time is over."""
    tenant, _ = own_service(TANDEM_EXPORT_TIMEOUT_S="1")
    loaded(tenant, MANY)
    reader = opened(tenant.as_("admin"), slow=True)
    time.sleep(1.1)  # the time that it may take
    text = reader.rest()
    assert not reader.whole and b"_end" not in text


def test_sigterm_lets_an_export_end(own_service, opened):
    tenant, service = own_service()
    loaded(tenant, MANY)
    reader = opened(tenant.as_("admin"), slow=True)
    service.process.terminate()
    assert len(deals_of([json.loads(line) for line in reader.rest().splitlines()])) == MANY
    assert reader.whole
    assert service.stop() == 0


def test_sigterm_cuts_an_export_that_nobody_reads(many, opened, tmp_path):
    """After the drain's time; the exit status says that not all was answered."""
    service = Service(many.facts["settings"] | {"TANDEM_DRAIN_TIMEOUT_S": "2"}, str(tmp_path / "own.log")).start()
    caller = copy.copy(many.as_("admin"))
    caller.client = Client(service.port, caller.client.traffic, caller.client.contract)
    reader = opened(caller, slow=True)
    began = time.monotonic()
    assert service.stop() == 1
    assert 2 <= time.monotonic() - began < 10
    text = reader.rest()
    assert not reader.whole and b"_end" not in text
    assert not sanitizer_reports(service.log())
