"""A year of a CRM, imported and counted again: 8,800 rows must leave what an independent count of the CSV says.

The count below reads the file as text and shares nothing with the mapper or the importer. The data may be read where it
lies, not copied here; without it these tests are skipped."""
import collections
import os
import subprocess
import sys

import pytest

from support.contract import ROOT
from support.importing import marks, run_import, select
from support.stand import run_tandem
from support.tenant import Tenant

DATA = os.path.join(os.path.dirname(ROOT), "shared", "data", "crm-sales-opportunities")
if not os.path.isdir(DATA):
    DATA = os.environ.get("TEST_CRM_DATA", DATA)
pytestmark = pytest.mark.skipif(not os.path.isdir(DATA), reason=f"the CRM's export is not at {DATA} (TEST_CRM_DATA)")

QUARTERS = ("2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4")


# -- the independent count -----------------------------------------------------------------------------------------
def text_rows(name):
    with open(os.path.join(DATA, name), "rb") as file:
        head, *rows = file.read().decode("utf-8").replace("\r\n", "\n").rstrip("\n").split("\n")
    assert {row.count(",") for row in rows} == {head.count(",")}, "no cell holds a comma"
    return [row.split(",") for row in rows]


def quarter(day):
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


class Count:
    """Counts, and values in cents, by (outcome, quarter of its close); what is open has no quarter."""

    def __init__(self):
        prices = {cells[0]: int(cells[2]) for cells in text_rows("products.csv")}
        prices["GTXPro"] = prices["GTX Pro"]
        rows = text_rows("sales_pipeline.csv")
        self.total = len(rows)
        self.deals, self.value, self.created = (collections.Counter() for _ in range(3))
        self.by_owner, self.by_account, self.by_product = (collections.Counter() for _ in range(3))
        self.crm_stages = collections.Counter()
        for _, agent, product, account, stage, engaged, closed, value in rows:
            outcome = {"Won": "won", "Lost": "lost"}.get(stage, "open")
            key = (outcome, quarter(closed) if closed else None)
            self.deals[key] += 1
            self.value[key] += 100 * int(value or prices[product])
            self.created[quarter(engaged) if engaged else "now"] += 1
            self.by_owner[agent, outcome] += 1
            self.by_account[account or None, outcome] += 1
            self.by_product["GTX Pro" if product == "GTXPro" else product] += 1
            self.crm_stages[stage] += 1


@pytest.fixture(scope="module")
def count():
    return Count()


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """The mapper's lines, and what it said that it mended."""
    path = tmp_path_factory.mktemp("crm") / "deals.ndjson"
    with open(path, "wb") as file:
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "import", "map_crm.py"), DATA], stdout=file,
                              stderr=subprocess.PIPE, text=True, check=True)
    return path, done.stderr


@pytest.fixture(scope="module")
def book(facts, client, mapped):
    """A tenant that holds them all."""
    tenant = Tenant(facts, client)
    tenant.content = mapped[0].read_bytes()
    tenant.first = run_import(tenant, tenant.content)
    return tenant


# -- what the mapper and the importer say --------------------------------------------------------------------------
def test_the_mapper_says_what_it_mends(mapped):
    said = dict(reversed(line.strip().split(" ", 1)) for line in mapped[1].splitlines())
    assert said == {
        "opportunities": "8800",
        "product GTXPro read as GTX Pro": "1480",
        "account Bioholding: office Philipines read as Philippines": "1",
        "open, without an account: none": "1425",
        "open, without a close date: undated": "2089",
        "open, without a value: the product's list price": "2089",
        "open, without an engage date: created at the first import": "500",
    }


def test_every_row_is_taken(book, count):
    assert book.first.status == 0 and not book.first.refused
    assert book.first.counts == (count.total, 0, 0, 0) == (8800, 0, 0, 0)
    assert len(book.first.progress.splitlines()) >= 4 and book.first.progress.endswith("; done\n")


# -- the two counts ------------------------------------------------------------------------------------------------
def test_won_lost_open_and_value_by_quarter_are_the_csv_s(book, count, database):
    rows = select(database, """
        select (array['open', 'won', 'lost'])[o.status],
               case when o.closed_on is not null then to_char(o.closed_on, 'YYYY-"Q"Q') end,
               count(*), sum(o.amount_minor)::int8, array_agg(distinct o.currency)
          from opportunity o join tenant t using (tenant_id) where t.key = %s group by 1, 2""", book.key)
    assert {(outcome, period): deals for outcome, period, deals, _, _ in rows} == dict(count.deals)
    assert {(outcome, period): value for outcome, period, _, value, _ in rows} == dict(count.value)
    assert {tuple(currencies) for *_, currencies in rows} == {("USD",)}
    by_outcome = collections.Counter()
    for (outcome, _), deals in count.deals.items():
        by_outcome[outcome] += deals
    assert by_outcome == {"won": 4238, "lost": 2473, "open": 2089}


def test_created_owner_account_and_stage_are_the_csv_s(book, count, database):
    def counted(expression, *more):
        columns = ", ".join((expression, *more))
        return {row[0] if not more else row[:-1]: row[-1] for row in select(database, f"""
            select {columns}, count(*)
              from opportunity o join tenant t using (tenant_id)
              left join person p on p.tenant_id = o.tenant_id and p.person_id = o.owner_id
              left join account a on a.tenant_id = o.tenant_id and a.account_id = o.account_id
             where t.key = %s group by {columns}""", book.key)}

    outcome = "(array['open', 'won', 'lost'])[o.status]"
    created = """case when o.created_at > now() - interval '1 day' then 'now'
                      else to_char(o.created_at, 'YYYY-"Q"Q') end"""
    assert counted(created) == dict(count.created)
    assert counted("p.name", outcome) == dict(count.by_owner)
    assert counted("a.name", outcome) == dict(count.by_account)
    assert counted("split_part(o.name, ': ', 2)") == dict(count.by_product)
    assert counted("o.crm_stage") == {1: count.crm_stages["Prospecting"], 2: count.crm_stages["Engaging"],
                                      5: count.crm_stages["Won"] + count.crm_stages["Lost"]}
    assert counted("o.product_family").keys() == {"GTX", "GTK", "MG"}
    countries = select(database, """select a.country, count(*) from account a join tenant t using (tenant_id)
                                     where t.key = %s group by 1""", book.key)
    assert sum(n for _, n in countries) == 85 and dict(countries)["US"] == 71 and dict(countries)["PH"] == 1


def test_the_forecast_of_each_quarter_holds_what_was_won(book, count):
    for period in QUARTERS:
        answer = book.as_("admin").get("/v1/forecast", {"period": period}, expect=200)
        closed = answer["direct"]["closed_won"]
        assert (closed["count"], closed["amount"]["amount_minor"]) == \
            (count.deals["won", period], count.value["won", period]), period
        assert (answer["undated"]["count"], answer["undated"]["amount"]["amount_minor"]) == \
            (count.deals["open", None], count.value["open", None])
        for other in ("sourced", "influenced", "unattributed"):
            assert answer[other]["closed_won"]["count"] == answer[other]["raw"]["count"] == 0
        assert answer["direct"]["raw"]["count"] == answer["grandfathered"]["count"] == 0


def test_an_owner_s_deals_are_listed(book, count):
    caller = book.as_("admin")
    newest, = caller.get("/v1/opportunities", {"limit": 1}, expect=200)["data"]
    owner = newest["owner"]["name"]
    deals = caller.all("/v1/opportunities", {"owner": newest["owner"]["person_id"], "limit": 200})
    assert collections.Counter(deal["status"] for deal in deals) == \
        {outcome: count.by_owner[owner, outcome] for outcome in ("open", "won", "lost")}
    assert {deal["report_class"] for deal in deals} == {"direct"}
    for deal in deals:
        assert ("undated" in deal["flags"]) == (deal["status"] == "open") and "backdated" not in deal["flags"]


# -- history, and once ---------------------------------------------------------------------------------------------
def test_they_are_history_by_the_importing_person(book, count, database):
    strange = select(database, """
        select count(*) filter (where o.refreshed_at <> o.created_at), count(*) filter (where o.backdated),
               count(*) filter (where o.grandfathered or o.outside_gates), count(*) filter (where o.attribution <> 0),
               count(*) filter (where o.status = 3 and o.reason_code <> 1)
          from opportunity o join tenant t using (tenant_id) where t.key = %s""", book.key)
    assert strange == [(0, 0, 0, 0, 0)]
    events = select(database, """
        select e.kind, e.cause, p.name, count(*), count(distinct e.opportunity_id)
          from event e join tenant t using (tenant_id)
          left join person p on p.tenant_id = e.tenant_id and p.person_id = e.actor_id
         where t.key = %s and e.aggregate = 'opportunity' group by 1, 2, 3""", book.key)
    assert events == [("opportunity.created", "import", "Ada Admin", count.total, count.total)]


def test_a_second_run_changes_nothing(book, count, database):
    before = marks(database, book)
    again = run_import(book, book.content)
    assert (again.status, again.counts) == (0, (0, 0, count.total, 0))
    assert marks(database, book) == before


def test_rows_and_events_agree(book):
    answer = run_tandem(book.facts["owner_settings"], "doctor", "--rebuild-check", check=False)
    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "rows and events agree"), answer.stdout
