"""Waiting that is seen, not guessed: a lock that the test holds, and callers that wait behind it."""
import threading
import time

import psycopg2

from .client import Caller, Client

PATIENCE_S = 15


# everybody who waits for the holder, or behind one who does
WAITING = """
with recursive waiter as (
    select pid from pg_stat_activity where %(holder)s = any (pg_blocking_pids(pid))
    union
    select a.pid from waiter w join pg_stat_activity a on w.pid = any (pg_blocking_pids(a.pid)))
select pid from waiter"""


class Barrier:
    """Holds what the statement locks: a row ("select from claim where id = '...' for update"), which stops one
    tenant's writers, or a whole table ("lock table target"), for a service of the test's own."""

    def __init__(self, url, statement):
        self.statement = statement
        self.holder, self.watch = psycopg2.connect(url), psycopg2.connect(url)
        self.watch.autocommit = True

    def __enter__(self):
        self.holder.cursor().execute(self.statement)
        return self

    def __exit__(self, *_):
        self.holder.rollback()
        self.holder.close()
        self.watch.close()

    def release(self):
        self.holder.rollback()

    def waiting(self):
        cursor = self.watch.cursor()
        cursor.execute(WAITING, {"holder": self.holder.info.backend_pid})
        return [pid for pid, in cursor.fetchall()]

    def until_waiting(self, count):
        deadline = time.monotonic() + PATIENCE_S
        while len(self.waiting()) < count:
            assert time.monotonic() < deadline, f"{len(self.waiting())} of {count} wait for the lock"
            time.sleep(0.005)
        return self.waiting()


class Sender(threading.Thread):
    """One call by one caller in a thread and on a connection of its own: Sender(ae, "post", path, body).result()"""

    def __init__(self, caller, verb, *arguments, **options):
        super().__init__(daemon=True)
        client = Client(caller.client.port, caller.client.traffic, caller.client.contract)
        self.caller = Caller(client, caller.token, caller.roles, caller.clock)
        self.call = lambda: getattr(self.caller, verb)(*arguments, **options)
        self.answer = self.error = None
        self.start()

    def run(self):
        try:
            self.answer = self.call()
        except BaseException as error:  # told to the test that joins
            self.error = error
        finally:
            self.caller.client.close()

    def result(self):
        self.join(60)
        assert not self.is_alive(), "no answer"
        if self.error:
            raise self.error
        return self.answer


def meet(url, statement, *calls):
    """Starts all calls, waits until each waits for the lock, lets go, and gives the answers in the order of the calls.
    A call is (caller, verb, arguments...); no more of them than the service has write threads (8)."""
    with Barrier(url, statement) as barrier:
        senders = [Sender(*call) for call in calls]
        barrier.until_waiting(len(calls))
    return [sender.result() for sender in senders]
