"""Events go out: signed, in order for each deal, once they are taken; what is not taken is tried again."""
import threading

import pytest

from support.feed import feed, until
from support.rows import Rows
from support.sink import Sink
from support.webhooks import ENDPOINTS, change, deliveries, endpoint


def test_an_event_is_delivered_as_the_feed_has_it(tenant, sink):
    made = endpoint(tenant, sink.url)
    tenant.direct_deal()
    got = until(lambda: sink.taken, lambda t: len(t) == 1)[0]
    event, = feed(tenant)
    assert got.json == event and got.id == event["event_id"]
    assert got.is_signed_by(made["secret"])
    assert got.headers["Content-Type"] == "application/json"
    delivery, = until(lambda: deliveries(tenant, made), lambda d: d[0]["state"] == "delivered")
    assert (delivery["event_id"], delivery["type"], delivery["due_at"]) == (event["event_id"], event["type"], None)
    assert [(a["status"], a["error"]) for a in delivery["attempts"]] == [(200, None)]


def test_the_secret_is_in_one_answer_only(tenant, database):
    path = ENDPOINTS
    made = tenant.as_("admin").post(path, {"url": "https://hooks.example/x"}, key="made", expect=201)
    assert made["secret"].startswith("whsec_")
    again = tenant.as_("admin").post(path, {"url": "https://hooks.example/x"}, key="made", expect=201)
    assert again.headers["Idempotent-Replayed"] and again["secret"] is None
    assert again["endpoint_id"] == made["endpoint_id"]
    listed = tenant.as_("admin").get(path, expect=200)
    assert "secret" not in listed["data"][0] and made["secret"] not in listed.text
    cursor = database.cursor()
    cursor.execute("select count(*) from event where after::text like %s", (f"%{made['secret'][6:]}%",))
    assert cursor.fetchone()[0] == 0
    cursor.execute("select count(*) from idempotency where body like %s", (f"%{made['secret'][6:]}%",))
    assert cursor.fetchone()[0] == 0


def test_both_secrets_sign_while_the_receiver_changes_over(tenant, sink):
    made = endpoint(tenant, sink.url)
    path = f"{ENDPOINTS}/{made['endpoint_id']}/rotate-secret"
    new = tenant.as_("admin").post(path, {"keep_previous_hours": 24}, expect=200)
    assert new["secret"] != made["secret"] and new["previous_secret_until"]
    tenant.direct_deal()
    got = until(lambda: sink.taken, lambda t: len(t) == 1)[0]
    assert got.is_signed_by(made["secret"]) and got.is_signed_by(new["secret"])
    newest = tenant.as_("admin").post(path, {"keep_previous_hours": 0}, expect=200)
    tenant.direct_deal()
    got = until(lambda: sink.taken, lambda t: len(t) == 2)[1]
    assert got.is_signed_by(newest["secret"]) and not got.is_signed_by(new["secret"])


def test_only_the_wanted_types_are_delivered(tenant, sink):
    endpoint(tenant, sink.url, types=["opportunity.updated", "claim.*"])
    deal = tenant.deal()
    change(tenant, deal)
    until(lambda: [d.json["type"] for d in sink.taken], lambda t: "opportunity.updated" in t)
    assert {d.json["type"] for d in sink.taken} == {"claim.created", "opportunity.updated"}


def test_a_failed_delivery_holds_back_its_deal_alone(tenant, sink):
    """Three changes of each of two deals; the sink refuses the first event of one of them, then takes it."""
    stuck, free = tenant.direct_deal(), tenant.direct_deal()
    until(lambda: feed(tenant), lambda e: len(e) == 2)
    made = endpoint(tenant, sink.url)
    refused = threading.Event()

    def answer(delivered):
        if delivered.json["opportunity_id"] == stuck["opportunity_id"] and not refused.is_set():
            refused.set()
            return 500
        return 200
    sink.answer = answer
    for turn in range(3):
        change(tenant, stuck, f"Stuck {turn}")
        change(tenant, free, f"Free {turn}")
    until(lambda: len(sink.taken), lambda n: n == 6)
    for deal in (stuck, free):
        own = [d.json["sequence"] for d in sink.taken if d.json["opportunity_id"] == deal["opportunity_id"]]
        assert own == [2, 3, 4], deal["name"]
    order = [d.json["opportunity_id"] for d in sink.taken]
    assert order[:3] == [free["opportunity_id"]] * 3, "the other deal did not wait for five seconds"
    first = [d for d in deliveries(tenant, made) if len(d["attempts"]) == 2]
    assert [[a["error"] for a in d["attempts"]] for d in first] == [["status", None]]
    ids = [d.id for d in sink.received if d.json["sequence"] == 2 and d.json["opportunity_id"] == stuck["opportunity_id"]]
    assert len(ids) == 2 and len(set(ids)) == 1


def test_a_dead_endpoint_delays_no_other(tenant, sink):
    stalled, release = Sink(), threading.Event()
    stalled.answer = lambda delivered: release.wait(30) and 200
    try:
        endpoint(tenant, stalled.url)
        endpoint(tenant, sink.url)
        for _ in range(12):
            tenant.direct_deal()
        until(lambda: len(sink.taken), lambda n: n == 12)
        assert not stalled.taken and 1 <= len(stalled.received) <= 4
    finally:
        release.set()
        stalled.close()


@pytest.mark.parametrize("answer,status,error", [
    (500, 500, "status"), (404, 404, "status"), ((302, {"Location": "/elsewhere"}), 302, "redirected"),
    ((503, {"Retry-After": "3600"}), 503, "status")])
def test_what_is_not_2xx_is_not_taken(tenant, sink, answer, status, error):
    sink.answer = lambda delivered: answer
    made = endpoint(tenant, sink.url)
    tenant.direct_deal()
    delivery, = until(lambda: deliveries(tenant, made), lambda d: d and d[0]["attempts"])
    assert delivery["state"] == "pending" and delivery["due_at"] > delivery["attempts"][0]["attempted_at"]
    assert (delivery["attempts"][0]["status"], delivery["attempts"][0]["error"]) == (status, error)
    assert len(sink.received) == 1, "a redirect is not followed"


def test_410_disables_at_once_and_a_test_event_that_is_taken_revives(tenant, sink):
    sink.answer = lambda delivered: 410
    made = endpoint(tenant, sink.url)
    deal = tenant.direct_deal()
    path = f"{ENDPOINTS}/{made['endpoint_id']}"

    def state():
        return tenant.as_("admin").get(ENDPOINTS, expect=200)["data"][0]
    disabled = until(state, lambda e: e["state"] == "disabled")
    assert disabled["disabled_reason"] == "gone" and disabled["disabled_at"]
    gone, = deliveries(tenant, made)
    assert gone["state"] == "failed"
    again = {"delivery_ids": [gone["delivery_id"]]}
    tenant.as_("admin").refused("POST", f"{path}/redeliver", again, code="invalid_state")
    change(tenant, deal)
    until(lambda: deliveries(tenant, made), lambda d: len(d) == 2)
    sink.answer = lambda delivered: 200
    tenant.as_("admin").post(f"{path}/test", {"note": "Are you there"}, expect=202)
    until(lambda: len(sink.taken), lambda n: n == 2)  # the test, and what waited
    assert sink.taken[0].json["type"] == "webhook.test" and sink.taken[0].json["data"] == {"note": "Are you there"}
    assert sink.taken[0].is_signed_by(made["secret"])
    assert sink.taken[1].json["type"] == "opportunity.updated"
    assert state()["state"] == "active"
    tenant.as_("admin").post(f"{path}/redeliver", again, expect=202)
    until(lambda: len(sink.taken), lambda n: n == 3)
    assert sink.taken[2].id == gone["event_id"]


def test_a_deleted_endpoint_gets_nothing_more(tenant, sink, database):
    made = endpoint(tenant, sink.url)
    tenant.as_("admin").send("DELETE", f"{ENDPOINTS}/{made['endpoint_id']}", expect=204)
    witness = Sink()
    endpoint(tenant, witness.url)
    tenant.direct_deal()
    until(lambda: witness.taken, lambda t: t)
    witness.close()
    assert not sink.received
    tenant.as_("admin").send("DELETE", f"{ENDPOINTS}/{made['endpoint_id']}", expect=404)
    assert Rows(database, tenant).rebuild_differences() == []
    cursor = database.cursor()
    cursor.execute("""select s.secret from webhook_secret s join webhook_endpoint w using (tenant_id, webhook_endpoint_id)
                       where w.id = %s""", (made["endpoint_id"],))
    assert cursor.fetchone() == (None,)


def test_a_bad_endpoint_is_told_every_field(tenant):
    answer = tenant.as_("admin").post(ENDPOINTS, {"url": "https://me:pw@hooks.example/", "types": ["claim.*", "person.*"]},
                                      expect=422)
    assert answer.pointers == {"/url": "invalid_url", "/types/1": "unknown_type"}
    made = endpoint(tenant, "https://hooks.example/")
    bad = {"delivery_ids": ["17"]}
    answer = tenant.as_("admin").post(f"{ENDPOINTS}/{made['endpoint_id']}/redeliver", bad, expect=422, judge=False)
    assert answer.pointers == {"/delivery_ids/0": "invalid_uuid"}
