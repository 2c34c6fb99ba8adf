"""SIGKILL at each step of a delivery: an event gets its place, a delivery its lease, a connection is made, the request sent,
answered, and the answer recorded. The next start goes on from there: nothing is lost, nothing is turned around, and only what
was sent and not recorded comes a second time."""
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import psycopg2
import pytest

from support.barrier import Barrier
from support.feed import feed, until
from support.sink import Sink
from support.webhooks import MovedClock, SlowNames, change, deliveries, endpoint, in_order

WRITTEN = "lock table webhook_delivery in share mode"  # deliveries can be read, and neither made nor changed
COURIERS = "select count(*) from pg_stat_activity where application_name = 'tandem courier' and datname = current_database()"
LEASED = "select exists (select from webhook_delivery where lease > 0)"
STATE = f"""select exists (select from outbox where number > 1), exists (select from webhook_delivery), ({LEASED}),
                   exists (select from webhook_attempt)"""


class Stand:
    def __init__(self, service, sink, names):
        self.service, self.sink, self.names = service, sink, names

    def ask(self, query):
        with psycopg2.connect(self.service.database_url) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()

    def state(self):
        """(numbered, to be delivered, leased, tried), once the one that died has left the database."""
        until(lambda: self.ask(COURIERS), lambda seen: seen == (0,))
        return self.ask(STATE)


# Each stops the courier at one step and gives a function that waits until it stands there.

@contextmanager
def waiting_for(stand, statement):
    with Barrier(stand.service.database_url, statement) as barrier:
        yield lambda: barrier.until_waiting(1)


def let_through(before, after, pool):
    """On to where the courier wants to write deliveries again, after the transaction that `before` holds up."""
    before.until_waiting(1)
    queued = pool.submit(after.holder.cursor().execute, WRITTEN)
    before.until_waiting(2)
    before.release()
    queued.result(20)
    after.until_waiting(1)


@contextmanager
def not_leased(stand):
    url = stand.service.database_url
    with Barrier(url, WRITTEN) as before, Barrier(url, "select") as after, ThreadPoolExecutor(1) as pool:
        yield lambda: let_through(before, after, pool)


@contextmanager
def recorded(stand):
    url = stand.service.database_url
    with not_answered(stand) as arrived, Barrier(url, "select") as after, ThreadPoolExecutor(1) as pool:
        def reached():
            arrived()
            with Barrier(url, "select from webhook_delivery for update") as before:
                stand.sink.release.set()
                let_through(before, after, pool)
        yield reached


@contextmanager
def not_numbered(stand):
    """A courier does not wait for the lock of the places: what is there stays without."""
    with Barrier(stand.service.database_url, "select from feed_head for update"):
        yield lambda: None


@contextmanager
def not_connected(stand):
    yield lambda: until(lambda: stand.ask(LEASED), lambda seen: seen == (True,))
    stand.names.open()


@contextmanager
def not_read(stand):
    stand.sink.close()
    with socket.create_server(("127.0.0.1", stand.sink.port)) as listening, ExitStack() as accepted:
        listening.settimeout(20)
        yield lambda: accepted.enter_context(listening.accept()[0])
    stand.sink = Sink(port=stand.sink.port)


@contextmanager
def not_answered(stand):
    arrived, stand.sink.release = threading.Event(), threading.Event()

    def answer(_):
        arrived.set()
        stand.sink.release.wait(20)
        return 200
    stand.sink.answer = answer
    yield lambda: arrived.wait(20) or pytest.fail("nothing arrived")
    stand.sink.release.set()


STEPS = {  # where it stands; what the database has of it then; how often the first event has been sent
    "event written": (not_numbered, (False, False, False, False), 0),
    "number given": (lambda stand: waiting_for(stand, WRITTEN), (False, False, False, False), 0),
    "number committed": (not_leased, (True, True, False, False), 0),
    "lease taken": (lambda stand: waiting_for(stand, "lock table webhook_secret"), (True, True, False, False), 0),
    "lease committed": (not_connected, (True, True, True, False), 0),
    "connected": (not_read, (True, True, True, False), 0),
    "sent": (not_answered, (True, True, True, False), 1),
    "answered": (lambda stand: waiting_for(stand, "lock table webhook_attempt"), (True, True, True, False), 1),
    "answer committed": (recorded, (True, True, True, True), 1),
}


@pytest.mark.parametrize("step", STEPS)
def test_kill_9_loses_nothing(own_service, sink, tmp_path, step):
    stop, state, sent = STEPS[step]
    clock, names = MovedClock(tmp_path), SlowNames(tmp_path)
    slow = step == "lease committed"
    tenant, service = own_service(**clock.settings, **(names.settings if slow else {}))
    stand = Stand(service, sink, names)
    before = tenant.direct_deal()  # the first place is given before there is an endpoint
    until(lambda: feed(tenant), lambda e: len(e) == 1)
    made = endpoint(tenant, f"http://slow.example:{sink.port}/" if slow else sink.url)
    with stop(stand) as reached:
        deal = tenant.direct_deal()
        for turn in range(3):
            change(tenant, deal, f"Step {turn}")
        reached()
        service.process.kill()
        service.process.wait()
    assert stand.state() == state
    assert len(stand.sink.received) == sent
    service.start()
    clock(120)  # the lease of whoever died has run out
    until(lambda: deliveries(tenant, made, state="delivered"), lambda d: len(d) == 4)
    assert in_order(stand.sink.received, [before, deal])[deal["opportunity_id"]] == [1, 2, 3, 4]
    events = [e["event_id"] for e in feed(tenant)][1:]
    again = sent and step != "answer committed"
    assert [Counter(d.id for d in stand.sink.received)[event] for event in events] == [2 if again else 1, 1, 1, 1]
    assert all(d.is_signed_by(made["secret"]) for d in stand.sink.received)
