"""What happens to deliveries when a sink, the service or the clock does not go on as it should."""
import random
import threading

import psycopg2
import pytest

from support.barrier import Barrier
from support.feed import feed, until
from support.sink import Sink
from support.webhooks import DEALS, ENDPOINTS, MovedClock, SlowNames, change, deliveries, endpoint, in_order

DAY_S = 24 * 3600


@pytest.fixture
def moved(own_service, tmp_path):
    """(tenant, service, clock) with a clock of deliveries that the test moves."""
    clock = MovedClock(tmp_path)
    return *own_service(**clock.settings), clock


def test_a_sink_that_was_down_for_a_day_gets_everything_in_order(moved, sink):
    """Nothing listens for a day of tries; then every event arrives, each deal in its own order."""
    tenant, _, clock = moved
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    sink.close()
    made = endpoint(tenant, sink.url)
    deals = [tenant.direct_deal() for _ in range(5)]
    for turn in range(45):
        change(tenant, dice.choice(deals), f"Step {turn}")
    until(lambda: deliveries(tenant, made), lambda d: len(d) == 50)
    heads = lambda: [d for d in deliveries(tenant, made) if d["attempts"]]
    tries = 1
    for waited_s in (6, 331, 1981, 7921, 19801, 39601):  # over 5 s, 5 min, ..., 10 h with their jitter: 19 hours
        until(heads, lambda h: len(h) == 5 and all(len(d["attempts"]) == tries for d in h))
        clock(waited_s)
        tries += 1
    until(heads, lambda h: len(h) == 5 and all(len(d["attempts"]) == tries for d in h))
    assert all(a["error"] == "not_connected" and a["status"] is None for d in heads() for a in d["attempts"])
    back = Sink(port=sink.port)
    try:
        clock(DAY_S)
        until(lambda: len({d.id for d in back.taken}), lambda n: n == 50)
        until(lambda: deliveries(tenant, made, state="delivered"), lambda d: len(d) == 50)
        told = [e["event_id"] for e in feed(tenant)]
        assert len(told) == 50 and {d.id for d in back.taken} == set(told), f"seed {seed}"
        for deal_id, sequences in in_order(back.taken, deals).items():
            assert sequences == list(range(1, len(sequences) + 1)), f"seed {seed}: {deal_id}"
    finally:
        back.close()


def test_an_endpoint_that_takes_nothing_through_the_schedule_is_disabled(moved, sink):
    tenant, _, clock = moved
    sink.answer = lambda delivered: 500
    made = endpoint(tenant, sink.url)
    tenant.direct_deal()
    for tries in range(1, 11):
        until(lambda: deliveries(tenant, made), lambda d: d and len(d[0]["attempts"]) == tries)
        clock(int(DAY_S * 1.2))
    delivery, = deliveries(tenant, made)
    assert (delivery["state"], len(delivery["attempts"])) == ("failed", 10)
    shown = tenant.as_("admin").get(ENDPOINTS, expect=200)["data"][0]
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "exhausted")
    clock(2 * DAY_S)
    tenant.direct_deal()
    until(lambda: deliveries(tenant, made), lambda d: len(d) == 2)
    assert len(sink.received) == 10


def test_one_event_that_is_refused_for_days_does_not_disable_an_endpoint_that_works(moved, sink):
    tenant, _, clock = moved
    poison = tenant.direct_deal()
    until(lambda: feed(tenant), lambda e: e)
    sink.answer = lambda delivered: 400 if delivered.json["data"]["changes"] and \
        delivered.json["opportunity_id"] == poison["opportunity_id"] and delivered.json["sequence"] == 2 else 200
    made = endpoint(tenant, sink.url)
    tenant.as_("ae").patch(f"{DEALS}/{poison['opportunity_id']}", {"close_date": tenant.day(9)}, etag="*", expect=200)
    change(tenant, poison, "After the one that is refused")
    for tries in range(1, 11):
        until(lambda: deliveries(tenant, made), lambda d: d and len(d[-1]["attempts"]) == tries)
        if tries == 9:
            tenant.direct_deal()  # taken meanwhile
            until(lambda: deliveries(tenant, made, state="delivered"), lambda d: len(d) == 1)  # before its lease runs out
        clock(int(DAY_S * 1.2))
    until(lambda: [d["state"] for d in deliveries(tenant, made)], lambda s: sorted(s) == ["delivered", "delivered", "failed"])
    assert tenant.as_("admin").get(ENDPOINTS, expect=200)["data"][0]["state"] == "active"
    assert [d.json["sequence"] for d in sink.taken] == [1, 3], "what follows goes on when the one before it has failed"


def test_retry_after_is_honoured(moved, sink):
    tenant, _, clock = moved
    sink.answer = lambda delivered: (503, {"Retry-After": "7200"})
    made = endpoint(tenant, sink.url)
    tenant.direct_deal()
    until(lambda: deliveries(tenant, made), lambda d: d and len(d[0]["attempts"]) == 1)
    clock(7100)  # long after the schedule's five seconds
    witness = Sink()
    endpoint(tenant, witness.url)
    tenant.direct_deal()
    until(lambda: witness.taken, lambda t: t)  # the courier has made a round on the new clock
    assert len(deliveries(tenant, made)[-1]["attempts"]) == 1
    clock(200)
    until(lambda: deliveries(tenant, made), lambda d: len(d[-1]["attempts"]) == 2)
    witness.close()


def test_an_endpoint_that_is_deleted_between_lease_and_send_gets_nothing(moved, sink):
    """Its secret is gone by then, and the service goes on."""
    tenant, service, _ = moved
    endpoint(tenant, sink.url)
    with Barrier(service.database_url, "lock table webhook_secret") as barrier:
        tenant.direct_deal()
        barrier.until_waiting(1)  # the courier has its lease and wants the secret
        barrier.holder.cursor().execute("update webhook_endpoint set state = 3")
        barrier.holder.cursor().execute("update webhook_secret set secret = null")
        barrier.holder.commit()
    witness = Sink()
    endpoint(tenant, witness.url)
    tenant.direct_deal()
    until(lambda: witness.taken, lambda t: t)
    witness.close()
    assert service.process.poll() is None and not sink.received


@pytest.mark.parametrize("table", ["outbox", "webhook_delivery"])
def test_what_hinders_one_tenant_is_not_the_others(moved, sink, table):
    """Neither the places of its events nor its deliveries; two others, so that one of them comes after it."""
    one, service, _ = moved
    tenants = [type(one)(one.facts, one.client), one, type(one)(one.facts, one.client)]
    with psycopg2.connect(service.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("select tenant_id from tenant where key = %s", (one.key,))
        cursor.execute(f"""
            create function refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$;
            create trigger refuse before update on {table} for each row
              when (new.tenant_id = {cursor.fetchone()[0]}) execute function refuse()""")
    for tenant in tenants:
        endpoint(tenant, sink.url)
        tenant.direct_deal()
    until(lambda: sink.taken, lambda t: len(t) == 2)
    for tenant in tenants:
        tenant.direct_deal()
    until(lambda: sink.taken, lambda t: len(t) == 4)


@pytest.mark.parametrize("url", [
    "https://127.0.0.1:1/", "https://localhost:1/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]:1/",
    "https://[::ffff:127.0.0.1]:1/", "https://0.0.0.0:1/", "https://2130706433:1/", "https://0x7f.1:1/", "https://[fe80::1]/"])
def test_a_target_that_is_not_public_is_never_connected_to(own_service, url):
    tenant, _ = own_service(TANDEM_WEBHOOK_PRIVATE_TARGETS=None)
    tenant.as_("admin").post(ENDPOINTS, {"url": "http://hooks.example/"}, expect=422)
    made = endpoint(tenant, url)
    tenant.direct_deal()
    delivery, = until(lambda: deliveries(tenant, made), lambda d: d and d[0]["attempts"])
    assert (delivery["attempts"][0]["error"], delivery["attempts"][0]["status"]) == ("address_not_allowed", None)


def test_a_name_server_that_says_nothing_holds_up_nobody(own_service, sink, tmp_path):
    """Not the deliveries of others, and not the end of the service."""
    names = SlowNames(tmp_path)
    tenant, service = own_service(**names.settings)
    slow = endpoint(tenant, "http://slow.example/")
    tenant.direct_deal()
    delivery, = until(lambda: deliveries(tenant, slow), lambda d: d and d[0]["attempts"])
    assert delivery["attempts"][0]["error"] == "timed_out"
    endpoint(tenant, sink.url)
    tenant.direct_deal()
    until(lambda: sink.taken, lambda t: t)  # leased in one round with the one whose look-up is under way now
    assert service.stop() == 0 and names.closed.exists()


def test_a_sink_that_stalls_is_left_after_ten_seconds(tenant, sink):
    release = threading.Event()
    sink.answer = lambda delivered: release.wait(30) and 200
    made = endpoint(tenant, sink.url)
    tenant.direct_deal()
    delivery, = until(lambda: deliveries(tenant, made), lambda d: d and d[0]["attempts"])
    release.set()
    attempt = delivery["attempts"][0]
    assert (attempt["status"], attempt["error"]) == (None, "timed_out") and 9900 <= attempt["duration_ms"] < 15000
