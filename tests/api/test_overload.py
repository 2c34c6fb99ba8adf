"""Too much, too slow, or nobody there: only 503 and 429, each with Retry-After, nothing half done, and recovery by
itself. Waiting is made by locks that the test holds and seen in pg_stat_activity, never by sleeping."""
import time

import psycopg2
import pytest

from support.barrier import Barrier, Sender

TARGET = "/v1/targets/2026-Q4"


def put_target(tenant, report_class):
    return Sender(tenant.as_("cro"), "put", TARGET, {"class": report_class, "amount": tenant.money(1000)})


def assert_later(answer, code):
    assert (answer.status, answer.code) == (503, code), answer
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_full_queue_is_refused_and_what_was_accepted_is_done(own_service):
    tenant, service = own_service(TANDEM_WRITE_THREADS="1", TANDEM_QUEUE_DEPTH="1", TANDEM_REQUEST_DEADLINE_MS="60000")
    tenant.as_("cro")
    with Barrier(service.database_url, "lock table target") as barrier:
        running = put_target(tenant, "sourced")
        barrier.until_waiting(1)
        refused = queued = None
        others = [put_target(tenant, "influenced"), put_target(tenant, "direct")]  # one fits into the queue
        deadline = time.monotonic() + 5
        while refused is None and time.monotonic() < deadline:
            refused = next((o for o in others if o.answer), None)
            time.sleep(0.005)
        assert refused, "both waiting requests were taken"
        assert_later(refused.result(), "overloaded")
        queued = next(o for o in others if o is not refused)
    assert running.result().status in (201, 503)  # the wait may have met its lock_timeout
    assert queued.result().status == 201
    assert put_target(tenant, "influenced" if refused is others[0] else "direct").result().status == 201


def test_a_request_that_waited_too_long_is_refused_undone(own_service):
    tenant, service = own_service(TANDEM_WRITE_THREADS="1", TANDEM_REQUEST_DEADLINE_MS="100")
    cro = tenant.as_("cro")
    with Barrier(service.database_url, "lock table target") as barrier:
        running = put_target(tenant, "sourced")
        barrier.until_waiting(1)
        late = put_target(tenant, "influenced")
        time.sleep(0.3)  # the deadline itself is time; nothing else is waited for
    running.result()
    assert_later(late.result(), "deadline_exceeded")
    rows = cro.all("/v1/targets")
    assert "influenced" not in [r["class"] for r in rows]


def test_a_backend_that_dies_in_flight_is_told_and_forgotten(own_service):
    tenant, service = own_service()
    cro = tenant.as_("cro")
    with Barrier(service.database_url, "lock table target") as barrier:
        sender = put_target(tenant, "sourced")
        pid, = barrier.until_waiting(1)
        barrier.watch.cursor().execute("select pg_terminate_backend(%s)", (pid,))
        assert_later(sender.result(), "unavailable")
    assert cro.all("/v1/targets") == []
    for _ in range(20):  # every connection of the lane
        cro.get("/v1/targets", expect=200)
    assert put_target(tenant, "sourced").result().status == 201


def test_a_database_that_is_away_is_503_until_it_is_back(own_service, facts, anonymous):
    tenant, service = own_service()
    cro = tenant.as_("cro")
    cro.get("/v1/targets", expect=200)
    name = service.database_url.split("dbname=")[1].split()[0]
    admin = psycopg2.connect(facts["superuser_url"])
    admin.autocommit = True
    cursor = admin.cursor()
    cursor.execute(f"alter database {name} allow_connections false")
    cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
    try:
        deadline = time.monotonic() + 10
        while tenant.nobody().get("/readyz").status != 503:
            assert time.monotonic() < deadline, "/readyz stays 200 without a database"
            time.sleep(0.05)
        assert_later(cro.get("/v1/targets"), "unavailable")
        assert_later(cro.put(TARGET, {"class": "sourced", "amount": tenant.money(1000)}), "unavailable")
        tenant.nobody().get("/livez", expect=200)
    finally:
        cursor.execute(f"alter database {name} allow_connections true")
        admin.close()
    deadline = time.monotonic() + 15
    while cro.get("/v1/targets").status != 200 or tenant.nobody().get("/readyz").status != 200:
        assert time.monotonic() < deadline, "the service does not recover by itself"
        time.sleep(0.1)
    cro.put(TARGET, {"class": "sourced", "amount": tenant.money(1000)}, expect=201)


def test_a_caller_who_asks_too_often_is_told_when_to_come_back(own_service):
    tenant, _ = own_service(TANDEM_RATE_PER_S="1", TANDEM_RATE_BURST="5")
    cro, other = tenant.as_("cro"), tenant.as_("cfo")
    answers = [cro.get("/v1/targets") for _ in range(10)]
    assert [a.status for a in answers[:5]] == [200] * 5
    refused = answers[-1]
    assert (refused.status, refused.code) == (429, "too_many_requests"), refused
    assert int(refused.headers["Retry-After"]) >= 1
    other.get("/v1/targets", expect=200)  # the limit is each caller's own


@pytest.mark.parametrize("wait_s", [0.5])
def test_a_stop_answers_what_was_accepted(own_service, wait_s):
    """SIGTERM while a write waits: it is answered, with Connection: close, and the process ends with 0."""
    tenant, service = own_service()
    tenant.as_("cro")
    with Barrier(service.database_url, "lock table target") as barrier:
        sender = put_target(tenant, "sourced")
        barrier.until_waiting(1)
        service.process.terminate()
        time.sleep(wait_s)
        assert service.process.poll() is None, "the service did not wait for its request"
    answer = sender.result()
    assert answer.status == 201, answer
    assert answer.headers["Connection"].lower() == "close"
    assert service.process.wait(20) == 0
