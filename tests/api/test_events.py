"""The feed of events: each once, in an order that never changes, whatever the writers do at the same time."""
import json
import random
import re

import psycopg2
import pytest

from support.barrier import Sender
from support.feed import feed, until

DEALS = "/v1/opportunities"


def deal_events(tenant, deal, count, **query):
    """The deal's events, once there are so many."""
    return until(lambda: feed(tenant, opportunity_id=deal["opportunity_id"], **query), lambda e: len(e) >= count)


def test_a_change_comes_out_as_an_event(tenant):
    source = tenant.as_("crm_sync")
    deal = tenant.direct_deal(source, crm_source="crm", external_id="D-1", owner=tenant.as_("ae").person_id)
    event, = deal_events(tenant, deal, 1)
    assert (event["type"], event["sequence"]) == ("opportunity.created", 1)
    assert event["occurred_at"] == event["recorded_at"] == deal["created_at"]
    data = event["data"]
    assert (data["subject"], data["subject_id"], data["version"]) == ("opportunity", deal["opportunity_id"], 1)
    assert (data["attribution"], data["status"], data["registration"]) == ("none", "open", None)
    assert data["external_ids"] == [{"source": "crm", "external_id": "D-1"}]
    assert {"field": "amount", "from": None, "to": deal["amount"]} in data["changes"]


def test_an_event_says_where_the_deal_stands(tenant):
    """What a CRM bridge stores: attribution, the registration's state, the co-sell stage with old and new."""
    deal = tenant.deal(external_id="R-7")
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 2)
    events = until(lambda: feed(tenant), lambda e: any(x["type"] == "opportunity.stage_advanced" for x in e))
    first = next(e for e in events if e["type"] == "registration.submitted")
    assert (first["opportunity_id"], first["sequence"], first["data"]["attribution"]) == (None, None, None)
    assert first["data"]["registration"]["external_id"] == "R-7"
    approved = next(e for e in events if e["type"] == "registration.approved")
    assert {"field": "state", "from": "submitted", "to": "approved"} in approved["data"]["changes"]
    moved = next(e for e in events if e["type"] == "opportunity.stage_advanced")
    assert moved["data"]["stage"] == {"vendor": "qualified", "partner": "qualified"}
    assert {"field": "vendor_stage", "from": "registered", "to": "qualified"} in moved["data"]["changes"]
    assert moved["data"]["registration"]["state"] == "approved"
    assert moved["data"]["attribution"] == "sourced"


def test_no_person_is_named(tenant):
    deal = tenant.deal()
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 3)
    path = f"{DEALS}/{deal['opportunity_id']}"
    tenant.as_("ae").patch(path, {"next_step": "Call Jana Vogt"}, etag="*", expect=200)
    events = until(lambda: feed(tenant), lambda e: any(x["type"] == "opportunity.updated" for x in e))
    assert any(x["type"] == "evidence.given" for x in events)
    text = json.dumps(events)
    assert "@" not in text and "Jana Vogt" not in text and "Replace the paper dispatch" not in text
    for person in tenant.people.values():
        assert not person.name or person.name not in text


def test_a_late_commit_is_neither_skipped_nor_repeated(tenant, database, facts):
    """A transaction that began first commits last: a cursor over its ids would have passed it."""
    early, other = tenant.direct_deal(), tenant.direct_deal()
    seen = until(lambda: feed(tenant), lambda e: len(e) >= 2)
    slow = psycopg2.connect(facts["superuser_url"])  # takes an event's id and stays open
    cursor = slow.cursor()
    cursor.execute("""insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, opportunity_id, actor_id,
                                         cause, acting_for, effective_at, recorded_at, after)
                      select tenant_id, 'opportunity.updated', aggregate, aggregate_id, 1 + n, opportunity_id, actor_id, 'test',
                             null, now(), now(), after from event, generate_series(1, 2) n
                       where opportunity_id = (select opportunity_id from opportunity where id = %s)
                      returning event_id""", (early["opportunity_id"],))
    late_id = max(event_id for event_id, in cursor.fetchall())
    tenant.as_("ae").patch(f"{DEALS}/{other['opportunity_id']}", {"next_step": "Offer"}, etag=other.etag, expect=200)
    after = until(lambda: feed(tenant, after=seen[-1]["number"]), lambda e: len(e) >= 1)
    assert [e["opportunity_id"] for e in after] == [other["opportunity_id"]]
    watch = database.cursor()
    watch.execute("select max(event_id) from event where tenant_id = (select tenant_id from tenant where key = %s)",
                  (tenant.key,))
    assert watch.fetchone()[0] > late_id, "the late one has the lower id, or this test shows nothing"
    slow.commit()
    slow.close()
    last = until(lambda: feed(tenant, after=after[-1]["number"]), lambda e: len(e) >= 2)
    assert [(e["opportunity_id"], e["number"]) for e in last] == [
        (early["opportunity_id"], after[-1]["number"] + 1), (early["opportunity_id"], after[-1]["number"] + 2)]
    assert feed(tenant, limit=1) == seen + after + last, "page by page it is the same feed"


def test_writers_at_once_leave_no_gap(tenant, facts):
    """Eight writers on three deals while a reader follows: every event once, dense, each deal in its own order."""
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    deals = [tenant.direct_deal() for _ in range(3)]
    seen, senders = [], []
    for turn in range(40):
        deal = dice.choice(deals)
        senders.append(Sender(tenant.as_("ae"), "patch", f"{DEALS}/{deal['opportunity_id']}",
                              {"next_step": f"Step {turn}"}, etag="*", expect=200))
        if turn % 8 == 7:
            seen += feed(tenant, after=seen[-1]["number"] if seen else 0)
            for sender in senders:
                sender.result()
            senders = []
    seen += until(lambda: feed(tenant, after=seen[-1]["number"] if seen else 0), lambda e: len(e) + len(seen) >= 43)
    assert [e["number"] for e in seen] == list(range(1, 44)), f"seed {seed}"
    assert seen == feed(tenant)
    for deal in deals:
        own = [e for e in seen if e["opportunity_id"] == deal["opportunity_id"]]
        assert [e["sequence"] for e in own] == [e["data"]["version"] for e in own] == list(range(1, len(own) + 1))


def test_a_filter_narrows_and_keeps_the_places(tenant):
    deal, other = tenant.direct_deal(), tenant.direct_deal()
    tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}", {"next_step": "Offer"}, etag=deal.etag, expect=200)
    everything = until(lambda: feed(tenant), lambda e: len(e) >= 3)
    assert [e["number"] for e in everything] == [1, 2, 3]
    assert feed(tenant, type="opportunity.updated") == [everything[2]]
    assert feed(tenant, opportunity_id=other["opportunity_id"]) == [everything[1]]
    assert feed(tenant, after=2) == [everything[2]]
    page = tenant.as_("crm_sync").get("/v1/events", {"limit": 2}, expect=200)
    rest = tenant.as_("crm_sync").get("/v1/events", {"limit": 2, "cursor": page["next_cursor"]}, expect=200)
    assert page["data"] + rest["data"] == everything and rest["next_cursor"] is None


@pytest.mark.parametrize("query", [{"after": -1}, {"after": "x"}, {"opportunity_id": "7"}])
def test_a_bad_filter_is_refused(tenant, query):
    answer = tenant.as_("admin").get("/v1/events", query, expect=400)
    assert answer.code == "invalid_parameter"


def test_another_tenant_s_feed_counts_by_itself(tenant, new_tenant):
    other = new_tenant()
    tenant.direct_deal()
    other.direct_deal()
    assert [e["number"] for e in until(lambda: feed(other), lambda e: e)] == [1]
    assert [e["number"] for e in until(lambda: feed(tenant), lambda e: e)] == [1]


def test_the_contract_names_every_type(contract):
    """What the service writes and what readers are told of are the same words."""
    from support.kinds import published_kinds
    words = contract.document["components"]["schemas"]["EventType"]["description"]
    told = set()
    for part in words.split(":\n", 1)[1].split(";"):
        names = re.findall(r"`([a-z_.]+)`", part)
        told |= {names[0]} | {f"{names[0].split('.')[0]}.{name}" for name in names[1:]}
    assert published_kinds() == told
