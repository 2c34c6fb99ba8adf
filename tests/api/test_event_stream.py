"""The feed as it grows: the same events by the same ids, resumed where it was cut off."""
import json
import socket
import time

import pytest

from support.feed import feed, until
from support.stream import Stream

DEALS = "/v1/opportunities"


@pytest.fixture
def opened(tenant, traffic, contract):
    """opened(role, ...): a stream that is closed in the end, and stands in the traffic."""
    made = []

    def start(caller=None, target="/v1/events/stream", **options):
        caller = caller or tenant.as_("crm_sync")
        made.append(Stream(caller, target, **options))
        answer = type("Answer", (), {"status": made[-1].status, "code": None})
        traffic.record(contract.match("GET", target), answer)
        return made[-1]
    yield start
    for stream in made:
        stream.close()


def test_a_stream_gives_what_the_feed_gives(tenant, opened):
    stream = opened(target="/v1/events/stream?after=0")
    assert (stream.status, stream.headers["Content-Type"]) == (200, "text/event-stream")
    assert (stream.headers["X-Accel-Buffering"], stream.headers["Cache-Control"]) == ("no", "no-store")
    deal = tenant.deal()
    tenant.sign(deal)
    told = until(lambda: feed(tenant), lambda e: any(x["type"] == "claim.signed_by_both" for x in e))
    got = [stream.next() for _ in told]
    assert got == [(e["number"], e["type"], e) for e in told]


def test_a_reader_resumes_where_it_was_cut_off(tenant, opened):
    deal = tenant.direct_deal()
    for turn in range(4):
        tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}", {"next_step": f"Step {turn}"}, etag="*", expect=200)
    until(lambda: feed(tenant), lambda e: len(e) == 5)
    first = opened(target="/v1/events/stream?after=0")
    assert [first.next()[0] for _ in range(2)] == [1, 2]
    first.close()
    again = opened(target="/v1/events/stream?after=0", last_event_id=2)
    assert [again.next()[0] for _ in range(3)] == [3, 4, 5]


def test_without_an_id_only_what_is_new_comes(tenant, opened):
    tenant.direct_deal()
    until(lambda: feed(tenant), lambda e: len(e) == 1)
    stream = opened()
    tenant.direct_deal()
    assert stream.next()[0] == 2


def test_a_page_s_worth_and_more_comes_in_order(tenant, opened):
    rows = 130
    for _ in range(rows):
        tenant.direct_deal()
    stream = opened(target="/v1/events/stream?after=0")
    assert [stream.next()[0] for _ in range(rows)] == list(range(1, rows + 1))


def test_another_tenant_s_events_do_not_come(tenant, new_tenant, opened):
    other = new_tenant()
    stream = opened(target="/v1/events/stream?after=0")
    other.direct_deal()
    until(lambda: feed(other), lambda e: e)
    deal = tenant.direct_deal()
    assert stream.next()[2]["opportunity_id"] == deal["opportunity_id"]


@pytest.mark.parametrize("last", ["x", "-1", "1" * 16])
def test_an_id_that_is_none_is_refused(tenant, opened, last):
    stream = opened(last_event_id=last)
    assert stream.status == 400 and json.loads(stream.body())["code"] == "invalid_cursor"


def test_a_comment_comes_when_nothing_else_does(tenant, opened):
    stream = opened()
    assert stream.message() == "retry: 2000"
    began = time.monotonic()
    assert stream.message() == ": here"
    assert 10 < time.monotonic() - began < 20


def test_streams_are_bounded_and_a_place_is_free_again(own_service):
    tenant, _ = own_service(TANDEM_STREAMS_PER_TENANT="2")
    caller = tenant.as_("crm_sync")
    two = [Stream(caller), Stream(caller)]
    refused = Stream(caller)
    assert refused.status == 429 and refused.headers["Retry-After"] == "5"
    assert json.loads(refused.body())["code"] == "too_many_requests"
    two[0].close()
    tenant.direct_deal()  # writing to who has left is what finds it out

    def reopened():
        stream = Stream(caller)
        stream.close()
        return stream.status
    until(reopened, lambda status: status == 200)
    for stream in (two[1], refused):
        stream.close()


def test_many_streams_hold_no_worker(own_service):
    tenant, _ = own_service(TANDEM_STREAMS_PER_TENANT="200", TANDEM_READ_THREADS="1", TANDEM_WRITE_THREADS="1")
    streams = [Stream(tenant.as_("crm_sync")) for _ in range(150)]
    deal = tenant.direct_deal()
    tenant.read(deal["opportunity_id"])
    assert {stream.next()[2]["opportunity_id"] for stream in streams} == {deal["opportunity_id"]}
    for stream in streams:
        stream.close()


def test_sigterm_ends_streams_and_the_service_drains(own_service):
    tenant, service = own_service()
    stream = Stream(tenant.as_("crm_sync"))
    tenant.direct_deal()
    assert stream.next()[0] == 1
    began = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - began < 10
    assert stream.next() is None and stream.ended
    stream.close()


def test_a_person_who_may_no_longer_read_loses_the_stream(tenant, opened):
    caller = tenant.person("crm_sync")
    stream = opened(caller)
    tenant.direct_deal()
    assert stream.next()[0] == 1
    shown = next(p for p in tenant.as_("admin").all("/v1/people") if p["person_id"] == caller.person_id)
    tenant.as_("admin").put(f"/v1/people/{caller.person_id}", {
        "subject": shown["subject"], "name": shown["name"], "email": shown["email"], "roles": ["crm_sync"],
        "active": False}, etag="*", expect=200)
    assert stream.next() is None and stream.ended


def test_a_reader_that_takes_nothing_is_cut_off(own_service, database):
    """Its socket is full, then its buffer; a stream beside it goes on."""
    tenant, service = own_service()
    caller = tenant.as_("crm_sync")
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", service.port))
    slow.sendall((f"GET /v1/events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n"
                  f"Authorization: Bearer {caller.token}\r\n\r\n").encode())
    import psycopg2
    own = psycopg2.connect(service.database_url)
    tenant.direct_deal()
    until(lambda: feed(tenant), lambda e: len(e) == 1)
    with own, own.cursor() as cursor:  # ten thousand events more, by the image of the one
        cursor.execute("""insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id,
                                             actor_id, cause, acting_for, effective_at, recorded_at, after)
                          select tenant_id, kind, aggregate, aggregate_id, 1 + n, opportunity_id, actor_id, 'test', null,
                                 now(), now(), after
                            from event, generate_series(1, 10000) n where kind = 'opportunity.created'""")
    own.close()

    def streams():
        text = tenant.nobody().get("/metrics", expect=200).text
        return int(next(line.split()[1] for line in text.splitlines() if line.startswith("tandem_event_streams ")))
    assert streams() == 1
    began = time.monotonic()
    while streams():
        assert time.monotonic() - began < 300, "the slow reader is still there"  # 20 s, and however long a busy machine
        time.sleep(0.2)
    quick = Stream(caller, "/v1/events/stream?after=10000")
    assert quick.next()[0] == 10001
    quick.close()
    slow.close()
