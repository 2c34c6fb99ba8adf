"""Imports in bulk: 20,000 deals against a count of their own, the same again, a few changes, two at once, an end in the
middle; accounts that come by the hundred under several names, and the report of what is refused."""
import collections
import json
import os
import random
import signal
import subprocess

import pytest

from support.barrier import Barrier
from support.importing import importing, marks, row, run_import, select, written
from support.rows import Rows
from support.stand import binary, clean_environment, run_tandem
from support.tenant import Tenant

SEED = int(os.environ.get("TANDEM_TEST_SEED", "1"))
DEALS, CUSTOMERS, SELLERS, CHANGED = 20_000, 2_000, 40, 20
PERIOD, WON_PERIOD = "2031-Q1", "2019-Q2"


# -- the feed, and a count that shares nothing with the importer -----------------------------------------------------
def account(customer, chance):
    """A customer under one of its names: every third is known by its domain alone, every third by name and country."""
    name = chance.choice([f"Customer No {customer}", f"CUSTOMER no. {customer} Ltd", f"customer no {customer}, Inc."])
    if customer % 3 == 0:
        return {"name": chance.choice([name, "Also called so"]), "domains": [f"www.customer-{customer}.com"]}
    return {"name": name, "country": "DE"} | ({"domains": [f"customer-{customer}.com"]} if customer % 3 == 1 else {})


def feed():
    chance = random.Random(SEED)
    for number in range(DEALS):
        customer = number if number < CUSTOMERS else chance.randrange(CUSTOMERS)
        deal = row(f"deal {number:05}", owner={"name": f"Seller {number % SELLERS}"}, account=account(customer, chance),
                   amount={"amount_minor": chance.randrange(1, 10 ** 9), "currency": "USD"},
                   created_at=f"2018-{chance.randrange(1, 13):02}-01T08:00:00Z", close_date="2031-02-03",
                   crm_stage=chance.choice(["discovery", "validation", "proposal"]))
        if number % 5 < 2:
            deal |= {"status": ["won", "lost"][number % 2], "closed_on": "2019-05-06"}
        yield customer, deal


class Book:
    """A tenant that holds them all, and what was said of it."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.customers, self.deals = zip(*feed())
        self.first = run_import(tenant, self.deals)

    def total(self, status):
        amounts = [deal["amount"]["amount_minor"] for deal in self.deals if deal["status"] == status]
        return len(amounts), sum(amounts)


@pytest.fixture(scope="module")
def book(facts, client):
    return Book(Tenant(facts, client))


def everything(database, tenant):
    """Which transaction wrote each row that an import may write: writing the same again shows, too."""
    written_by = [select(database, f"""select x.{table}_id, x.xmin::text from {table} x join tenant t using (tenant_id)
                                        where t.key = %s order by 1""", tenant.key)
                  for table in ("account", "account_domain", "person", "event", "opportunity")]
    return written_by, Rows(database, tenant).count("outbox"), marks(database, tenant)


def test_every_deal_is_there_once_with_its_event(book, database):
    assert (book.first.status, book.first.counts) == (0, (DEALS, 0, 0, 0)), f"seed {SEED}"
    deals = select(database, """
        select o.external_id, o.name, p.name, o.amount_minor, o.version, (array['open', 'won', 'lost'])[o.status]
          from opportunity o join tenant t using (tenant_id)
          join person p on p.tenant_id = o.tenant_id and p.person_id = o.owner_id
         where t.key = %s order by 1""", book.tenant.key)
    assert deals == [(d["external_id"], d["name"], d["owner"]["name"], d["amount"]["amount_minor"], 1, d["status"])
                     for d in book.deals]
    log = select(database, """
        select count(*), count(distinct e.opportunity_id), count(b.event_id), count(distinct b.event_id)
          from event e join tenant t using (tenant_id)
          left join outbox b on b.tenant_id = e.tenant_id and b.event_id = e.event_id
         where t.key = %s and e.kind = 'opportunity.created'""", book.tenant.key)
    assert log == [(DEALS,) * 4]
    assert Rows(database, book.tenant).rebuild_differences() == []


def test_every_customer_is_one_account_whatever_it_is_called(book, database):
    found = collections.defaultdict(set)
    for customer, (account_id,) in zip(book.customers, select(database, """
            select o.account_id from opportunity o join tenant t using (tenant_id)
             where t.key = %s order by o.external_id""", book.tenant.key)):
        found[customer].add(account_id)
    assert {len(ids) for ids in found.values()} == {1}, f"seed {SEED}"
    assert len(set.union(*found.values())) == CUSTOMERS == Rows(database, book.tenant).count("account")
    assert Rows(database, book.tenant).count("account_domain") == sum(customer % 3 < 2 for customer in range(CUSTOMERS))


def test_the_forecast_is_the_count_s(book):
    answer = book.tenant.as_("cro").get("/v1/forecast", {"period": PERIOD}, expect=200)["direct"]["raw"]
    assert (answer["count"], answer["amount"]["amount_minor"]) == book.total("open")
    answer = book.tenant.as_("cro").get("/v1/forecast", {"period": WON_PERIOD}, expect=200)["direct"]["closed_won"]
    assert (answer["count"], answer["amount"]["amount_minor"]) == book.total("won")


def test_the_same_again_writes_nothing(book, database):
    before = everything(database, book.tenant)
    again = run_import(book.tenant, book.deals)
    assert (again.status, again.counts) == (0, (0, 0, DEALS, 0))
    assert everything(database, book.tenant) == before


def test_progress_says_how_fast_and_how_long(book):
    lines = book.first.progress.splitlines()
    assert "lines a second" in lines[0] and "% read" in lines[0] and "s left" in lines[0]
    assert lines[-1].startswith(f"line {DEALS}: {DEALS} created") and lines[-1].endswith("; done") and "left" not in lines[-1]


# -- the seams of a chunk --------------------------------------------------------------------------------------------
def transactions(database, tenant):
    """In how many the deals were written."""
    return select(database, """select count(distinct o.xmin::text) from opportunity o join tenant t using (tenant_id)
                                where t.key = %s""", tenant.key)[0][0]


def test_lines_together_find_the_accounts_that_they_find_alone(new_tenant, database):
    """Few words, so that lines of one chunk mean the same accounts by domain, name, country and none of them."""
    chance = random.Random(SEED)

    def customer():
        found = {"name": f"Firm {chance.randrange(12)}"}
        if chance.random() < .6:
            found["country"] = chance.choice(["DE", "FR"])
        if chance.random() < .5:
            found["domains"] = [f"firm-{n}.com" for n in chance.sample(range(20), chance.choice([1, 1, 2, 3]))]
        return found
    deals = [row(f"d{number:03}", account=customer()) for number in range(400)]
    # a line that comes twice ends its chunk
    one_by_one = [line for number, deal in enumerate(deals) for line in (deal, row("tick", name=f"Tick {number}"))]
    together, alone = new_tenant(), new_tenant()
    assert run_import(together, deals).counts == (400, 0, 0, 0)
    assert run_import(alone, one_by_one).counts == (401, 399, 0, 0)

    def standing(tenant):
        return select(database, """
            select a.name, a.country, a.has_domain, array_agg(distinct d.domain order by d.domain),
                   array_agg(distinct o.external_id order by o.external_id)
              from account a join tenant t using (tenant_id)
              left join account_domain d on d.tenant_id = a.tenant_id and d.account_id = a.account_id
              left join opportunity o on o.tenant_id = a.tenant_id and o.account_id = a.account_id
             where t.key = %s group by a.tenant_id, a.account_id order by 5, 1""", tenant.key)
    assert standing(together) == standing(alone), f"seed {SEED}"
    assert transactions(database, together) == 1, "a chunk that fails is written line by line, and would hide what it finds"
    assert Rows(database, together).count("account_domain") == \
        len({domain for deal in deals for domain in deal["account"].get("domains", [])})


def test_accounts_with_many_domains_take_no_more_locks_than_there_are(tenant, database):
    deals = [row(f"d{number}", account={"name": f"Conglomerate {number}",
                                        "domains": [f"part-{number}-{part}.com" for part in range(20)]})
             for number in range(1000)]
    result = run_import(tenant, deals)
    assert (result.status, result.counts) == (0, (1000, 0, 0, 0)), result.progress
    assert Rows(database, tenant).count("account_domain") == 20_000
    assert transactions(database, tenant) == 6, "21,000 keys, 4,000 a transaction at most"


def started(tenant, deals):
    return subprocess.Popen([binary(), *importing(tenant, written(tenant, deals))], text=True,
                            env=clean_environment() | tenant.facts["settings"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_imports_of_one_file_write_it_once(tenant, database):
    """One has written its first chunk and waits with it; the other one found no deals, and waits for that one."""
    tenant.as_("admin")
    deals = [row(f"d{number:04}", amount={"amount_minor": number, "currency": "USD"}) for number in range(2500)]
    barrier = Barrier(tenant.facts["superuser_url"], f"select from tenant where key = '{tenant.key}' for update")
    with barrier:
        runs = [started(tenant, deals) for _ in range(2)]
        barrier.until_waiting(2)
        barrier.release()
        said = [json.loads(run.communicate(timeout=60)[0].splitlines()[-1]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum(end["created"] for end in said) == 2500 and sum(end["unchanged"] for end in said) == 2500
    assert {end["updated"] + end["refused"] for end in said} == {0}
    rows = Rows(database, tenant)
    assert rows.count("opportunity") == 2500 and rows("select max(version) from opportunity where tenant_id = :tenant")[0]["max"] == 1
    assert rows.rebuild_differences() == []


def test_a_killed_feed_of_changes_goes_on_where_it_was(tenant, database):
    """It waits for a deal that somebody holds, two chunks committed and the third one's changes not, when it is killed."""
    deals = [row(f"d{number:04}", amount={"amount_minor": number, "currency": "USD"}) for number in range(4000)]
    assert run_import(tenant, deals).counts == (4000, 0, 0, 0)
    changed = [deal | ({"name": f"{deal['name']}, again"} if number % 10 == 0 else {}) for number, deal in enumerate(deals)]
    held = f"""select from opportunity o where external_id = 'd2990' and tenant_id =
                      (select tenant_id from tenant where key = '{tenant.key}') for update"""
    barrier = Barrier(tenant.facts["superuser_url"], held)
    with barrier:
        run = started(tenant, changed)
        barrier.until_waiting(1)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    assert run.returncode == -signal.SIGKILL
    before = marks(database, tenant)
    assert collections.Counter(version for _, version, _ in before[0]) == {1: 3800, 2: 200}
    again = run_import(tenant, changed)
    assert (again.status, again.counts) == (0, (0, 200, 3800, 0))
    after = dict((name, (version, xmin)) for name, version, xmin in marks(database, tenant)[0])
    assert all(after[name] == (version, xmin) for name, version, xmin in before[0] if version == 2 or not name.endswith("0"))
    assert collections.Counter(version for version, _ in after.values()) == {1: 3600, 2: 400}
    assert Rows(database, tenant).rebuild_differences() == []


@pytest.mark.parametrize("name", ["back\\slash", "\\N", "\\.", "\\t\\\\", "'\"{},", "Größe 测试"])
def test_a_name_arrives_as_it_was(tenant, database, name):
    assert run_import(tenant, [row("d1", name=name)]).counts == (1, 0, 0, 0)
    assert run_import(tenant, [row("d1", name=name)]).counts == (0, 0, 1, 0)
    assert Rows(database, tenant)("select name from opportunity where tenant_id = :tenant") == [{"name": name}]


# -- the report ------------------------------------------------------------------------------------------------------
def reported(tenant, content, path):
    done = run_tandem(tenant.facts["settings"], *importing(tenant, written(tenant, content)), "--report", str(path), check=False)
    return done, [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else None


def test_bad_lines_go_into_a_report_of_their_own(tenant, tmp_path):
    content = b"".join(json.dumps(row(f"d{n}") | ({"status": "lost", "closed_on": "2999-01-01"} if n % 500 == 7 else {})).encode() +
                       b"\n" for n in range(1500)) + b"{\n"
    path = tmp_path / "bad.ndjson"
    done, problems = reported(tenant, content, path)
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == \
        [{"_end": True, "lines": 1501, "created": 1497, "updated": 0, "unchanged": 0, "refused": 4}]
    assert [(p["index"], p["status"], p["problem"]["code"]) for p in problems] == \
        [(8, "refused", "invalid_fields"), (508, "refused", "invalid_fields"), (1008, "refused", "invalid_fields"),
         (1501, "refused", "malformed_json")]
    assert problems[0]["problem"]["errors"] == [
        {"pointer": "/closed_on", "code": "in_future", "detail": "a deal is not closed in the future"}]
    # written anew by each run
    done, problems = reported(tenant, [row("d1")], path)
    assert (done.returncode, problems) == (0, [])


def test_a_report_that_cannot_be_written_fails_the_run(tenant, tmp_path):
    done, _ = reported(tenant, [row("d1")], tmp_path / "absent" / "bad.ndjson")
    assert done.returncode == 1 and "cannot open" in done.stderr and done.stdout == ""
    done, _ = reported(tenant, b"{\n", type(tmp_path)("/dev/full"))
    assert done.returncode == 1 and "cannot be written" in done.stderr


def test_a_last_line_that_was_cut_off_is_told(tenant):
    whole = json.dumps(row("a")).encode()
    for content, cut in ((whole + b"\n" + whole[:20], True), (whole + b"\n" + whole[:20] + b"\n", False), (whole, False)):
        result = run_import(tenant, content)
        assert result.status == 0 and ("the file was cut off" in result.progress) == cut, content
        assert list(result.refused) == ([2] if content != whole else [])
