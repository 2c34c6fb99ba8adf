"""kill -9 between every two steps of an event: received, kept, answered, claimed, applied, settled. It happens once, whatever
was killed where."""
import http.client
import os
import secrets
import signal
import time

import psycopg2
import pytest

from support.crm import STAGES, Crm, rows, settled
from support.wire import Wire

# each run takes every fourth step, from a random one on; a long run takes all
STRIDE = 1 if os.environ.get("TANDEM_TEST_STEPS") else 4
NOTHING = ("crm_work", "set timezone")  # the job looks once a second; a connection that opens


# after this a job or a receiver waits
RESTS = (["crm_object_due", "commit", "commit answered"], ["inbox_insert", "commit", "commit answered"])


class Killer:
    """Counts the service's steps on one of its connections, and kills it before the one that it is told."""

    def __init__(self, service, application):
        self.service, self.application = service, application
        self.seen, self.at = [], None
        self.since_start = []  # of this life of the service

    def __call__(self, application, name):
        if not (application or "").startswith(self.application) or name.startswith(NOTHING) or \
                self.service.process.poll() is not None:
            return False
        self.seen.append(name)
        self.since_start.append(name)
        if len(self.seen) != self.at:
            return False
        os.kill(self.service.process.pid, signal.SIGKILL)
        self.service.process.wait()
        self.since_start = []
        return True

    def arm(self, at):
        """From the next step on, which is one of what comes now."""
        self.until(lambda: not self.since_start or self.since_start[-3:] in RESTS)
        self.seen, self.at = [], at

    def until_dead(self):
        self.until(lambda: self.service.process.poll() is not None)

    def until(self, condition, patience_s=30):
        deadline = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < deadline, f"before step {self.at}: {self.seen}"
            time.sleep(0.005)


class Line:
    """A service behind a wire, its database, and a CRM that sends what was not answered again."""

    def __init__(self, own_service, facts):
        self.tenant, self.service = own_service()
        assert self.service.stop() == 0
        directory = facts["superuser_url"].split("host=")[1].split()[0]
        self.direct = self.service.settings["TANDEM_DATABASE_URL"]
        self.wire = Wire(directory)
        self.service.settings["TANDEM_DATABASE_URL"] = self.direct.replace(directory, self.wire.directory)
        self.start()
        self.crm = Crm(self.tenant, "generic", stages=STAGES)
        self.database = psycopg2.connect(self.service.database_url)
        self.database.autocommit = True

    def start(self):
        self.service.start()
        self.tenant.client.close()

    def send(self, message, message_id):
        """True: answered 200."""
        try:
            self.crm.send(message, message_id=message_id)
            return True
        except (http.client.HTTPException, OSError):
            return False

    def query(self, sql, *values):
        with self.database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else None

    def settle(self):
        """The lease of the one that died is over."""
        self.query("update inbox set leased_until = null where state = 1")
        settled(self.database, self.crm, wait_s=60)

    def close(self):
        self.wire.step = None
        assert self.service.stop() == 0
        self.wire.close()
        self.service.settings["TANDEM_DATABASE_URL"] = self.direct
        self.service.start()
        self.database.close()


@pytest.fixture
def line(own_service, facts):
    made = Line(own_service, facts)
    yield made
    made.close()


def event(external_id, kind="changed", **data):
    return {"type": f"opportunity.{kind}", "timestamp": "2026-01-21T09:30:00Z", "data": {"external_id": external_id} | data}


def won(number):
    return event(f"D-{number}", properties={"name": "Furnaces", "amount": "5", "stage": "closedwon", "close_date": "2026-01-20",
                                            "account_name": f"Ostrel Glass {number}", "engaged_at": "2025-01-02"})


def merged(number):
    return event(f"M-{number}", "merged", merged_into=f"D-{number}")


def effects(line, number):
    """What the events of one number have left behind: everything but ids and times."""
    deals = line.query(
        "select o.opportunity_id, o.name, o.status, o.amount_minor, o.crm_source is null, o.version, o.pushes, o.merged_into is null"
        "  from opportunity o where o.opportunity_id in (select e.opportunity_id from event e where e.kind = 'opportunity.created'"
        "   and e.after ->> 'external_id' = any (%s)) order by o.opportunity_id", [f"D-{number}", f"M-{number}"])
    keys = [d[0] for d in deals]
    return ([d[1:] for d in deals],
            line.query("select kind, count(*) from event where opportunity_id = any (%s) group by kind order by kind", keys),
            line.query("select v.field, count(*) from crm_value v join crm_object o using (tenant_id, crm_object_id)"
                       " where o.external_id = any (%s) group by v.field order by v.field", [f"D-{number}", f"M-{number}"]),
            line.query("select count(*) from crm_link where external_id = %s", f"M-{number}"))


def before_won(line, numbers):
    """Nothing: its deal is made by the event."""


def before_merged(line, numbers):
    for number in numbers:
        line.send(event(f"D-{number}", properties={"name": "One", "close_date": "2026-03-01"}), f"one-{number}")
        line.send(event(f"M-{number}", properties={"name": "Two", "amount": "7"}), f"two-{number}")
    line.settle()


SCENES = {"won": (before_won, won), "merged": (before_merged, merged)}


def control(line, killer, prepare, make):
    """One that nothing kills: how many steps there are, and what it leaves behind."""
    prepare(line, [0])
    killer.arm(None)
    assert line.send(make(0), "event-0")
    line.settle()
    steps = killer.seen
    killer.arm(None)
    return steps, effects(line, 0)


@pytest.mark.parametrize("scene", list(SCENES))
def test_a_kill_between_any_two_steps_of_the_job(line, scene):
    prepare, make = SCENES[scene]
    killer = line.wire.step = Killer(line.service, "tandem inbox")
    steps, expected = control(line, killer, prepare, make)
    assert {"inbox_claim", "inbox_take", "crm_value_insert", "inbox_settle", "commit"} <= set(steps)
    assert expected[0] and (scene != "merged" or expected[3] == [(1,)])
    assert len(steps) > 40
    for at in range(1 + secrets.randbelow(STRIDE), len(steps) + 1, STRIDE):
        killer.arm(None)
        prepare(line, [at])
        killer.arm(at)
        line.send(make(at), f"event-{at}")  # kept; the job may be quicker than the answer
        killer.until_dead()
        line.start()
        line.settle()
        assert effects(line, at) == expected, (at, steps[at - 1])
    assert {s for s, _ in rows(line.database, line.crm)} == {2}


def test_a_kill_between_any_two_steps_of_the_receiver(line):
    """What was not answered is sent again; what was kept before is known then."""
    killer = line.wire.step = Killer(line.service, "tandem write")
    steps, expected = control(line, killer, before_won, won)
    assert steps[-3:] == ["inbox_insert", "commit", "commit answered"], steps
    for at in range(1, len(steps) + 1):
        killer.arm(at)
        assert not line.send(won(at), f"event-{at}"), (at, steps[at - 1])
        killer.until_dead()
        kept = line.query("select count(*) from inbox where dedupe_key = %s", f"webhook/event-{at}")
        assert kept == [(1 if steps[at - 1] == "commit answered" else 0,)], (at, steps[at - 1])
        line.start()
        killer.arm(None)
        assert line.send(won(at), f"event-{at}") and line.send(won(at), f"event-{at}")
        line.settle()
        assert effects(line, at) == expected, (at, steps[at - 1])
    assert len(rows(line.database, line.crm)) == len(steps) + 1
