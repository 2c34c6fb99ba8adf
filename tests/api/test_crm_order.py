"""Any order and any number of deliveries of the same events ends in one state."""
import datetime
import itertools

import pytest

from support.crm import CATEGORIES, STAGES, Crm, deal_event, deals, rows, settled
from support.rows import Rows

DAY_MS = 86_400_000
# what belongs to one deal alone, or tells how often it was written
HISTORY = ("opportunity_id", "external_ids", "version", "name")


def at(tenant, days):
    return int(tenant.now().timestamp()) * 1000 // DAY_MS * DAY_MS + days * DAY_MS + 3_600_000


def state(deal):
    return {n: v for n, v in deal.items() if n not in HISTORY}


def differences(first, found):
    """Members in which some order ends elsewhere, with what they say."""
    return {(name, repr(deal[name])) for deal in map(state, found.values()) for name in first if deal[name] != first[name]}


def orders(crm, database, events, repeats=3):
    """Every order of the events, each on a deal of its own, some of them delivered twice; the states they end in."""
    for number, order in enumerate(itertools.permutations(range(len(events)))):
        sent = [events[i](number) for i in order]
        for i, event in enumerate(sent):
            crm.send([event] + ([sent[i - number % repeats]] if i % 2 else []))
    settled(database, crm, wait_s=120)
    return deals(crm)


def test_all_120_orders_of_five_events_end_in_one_state(tenant, database):
    crm = Crm(tenant, "hubspot", stages=STAGES, categories=CATEGORIES)
    owner = tenant.person("ae", crm_owner_ids=["71"])
    events = [
        lambda n: deal_event(n + 1, "dealname", f"Deal {n}", at(tenant, -20), event_id=1),
        lambda n: deal_event(n + 1, "closedate", str(at(tenant, 10)), at(tenant, -19), event_id=2),
        lambda n: deal_event(n + 1, "closedate", str(at(tenant, 40)), at(tenant, -10), event_id=3),
        lambda n: deal_event(n + 1, "amount", "160000.50", at(tenant, -9), event_id=4),
        lambda n: deal_event(n + 1, "hubspot_owner_id", "71", at(tenant, -8), event_id=5),
    ]
    found = orders(crm, database, events)
    assert len(found) == 120
    first = state(found["1"])
    assert differences(first, found) == set()
    assert (first["amount"], first["pushes"], first["close_date"]) == (tenant.money(16000050), 1, tenant.day(40))
    assert first["owner"]["person_id"] == owner.person_id
    assert first["refreshed_at"] == found["1"]["refreshed_at"] != first["created_at"]
    assert Rows(database, tenant).rebuild_differences() == []
    assert {s for s, _ in rows(database, crm)} <= {2, 3} and len(rows(database, crm)) == 600


def test_all_120_orders_of_a_close_end_in_one_state(tenant, database):
    """Won, lost, open again and won: with the day and the pushes of the CRM's own order."""
    crm = Crm(tenant, "hubspot", stages=STAGES, categories=CATEGORIES)
    events = [
        lambda n: deal_event(n + 1, "dealname", f"Deal {n}", at(tenant, -20), event_id=1),
        lambda n: deal_event(n + 1, "dealstage", "proposal", at(tenant, -19), event_id=2),
        lambda n: deal_event(n + 1, "closedate", str(at(tenant, -3)), at(tenant, -18), event_id=3),
        lambda n: deal_event(n + 1, "dealstage", "closedlost", at(tenant, -4), event_id=4),
        lambda n: deal_event(n + 1, "dealstage", "closedwon", at(tenant, -2), event_id=5),
    ]
    found = orders(crm, database, events)
    first = state(found["1"])
    assert differences(first, found) == set()
    assert (first["status"], first["closed_on"], first["reason_code"]) == ("won", tenant.day(-3), None)


def lifecycle(number, kind, at_ms, event_id):
    return {n: v for n, v in deal_event(number, "", "", at_ms, event_id, subscriptionType=f"deal.{kind}").items()
            if not n.startswith("property")}


def merge_event(primary, merged, at_ms, event_id, made=None):
    return lifecycle(made or primary, "merge", at_ms, event_id) | {
        "primaryObjectId": primary, "mergedObjectIds": merged, "newObjectId": made, "numberOfPropertiesMoved": 3}


@pytest.mark.parametrize("is_won", [False, True], ids=["open", "won"])
def test_all_120_orders_of_a_removal_and_a_restore_end_in_one_state(tenant, database, is_won):
    crm = Crm(tenant, "hubspot", stages=STAGES, categories=CATEGORIES)
    change = ("dealstage", "closedwon") if is_won else ("closedate", str(at(tenant, 40)))
    events = [
        lambda n: deal_event(n + 1, "dealname", f"Deal {n}", at(tenant, -20), event_id=1),
        lambda n: deal_event(n + 1, "closedate", str(at(tenant, 10 - 20 * is_won)), at(tenant, -19), event_id=2),
        lambda n: lifecycle(n + 1, "deletion", at(tenant, -10), 3),
        lambda n: lifecycle(n + 1, "restore", at(tenant, -9), 4),
        lambda n: deal_event(n + 1, *change, at(tenant, -8), event_id=5),
    ]
    found = orders(crm, database, events)
    first = state(found["1"])
    assert len(found) == 120 and differences(first, found) == set()
    assert (first["status"], first["pushes"]) == (("won", 0) if is_won else ("open", 1))
    assert Rows(database, tenant).rebuild_differences() == []


def test_all_120_orders_of_a_removal_for_good_end_in_one_state(tenant, database):
    """What comes late of a deal that is gone is still recorded, and it stays gone."""
    crm = Crm(tenant, "hubspot", stages=STAGES, categories=CATEGORIES)
    events = [
        lambda n: deal_event(n + 1, "dealname", f"Deal {n}", at(tenant, -20), event_id=1),
        lambda n: deal_event(n + 1, "closedate", str(at(tenant, -12)), at(tenant, -19), event_id=2),
        lambda n: deal_event(n + 1, "dealstage", "closedlost", at(tenant, -11), event_id=3),
        lambda n: lifecycle(n + 1, "deletion", at(tenant, -10), 4),
        lambda n: deal_event(n + 1, "amount", "5", at(tenant, -9), event_id=5),
    ]
    found = orders(crm, database, events)
    first = state(found["1"])
    assert len(found) == 120 and differences(first, found) == set()
    assert (first["status"], first["closed_on"], first["amount"]) == ("removed", tenant.day(-12), tenant.money(500))


def standing_deals(tenant, crm, database, ids_of):
    """The open deals of a merge in every order, by the id that leads: all with the same ids and the same state."""
    assert {s for s, _ in rows(database, crm)} <= {2, 3}
    found = {d["external_ids"][0]["external_id"]: d for d in tenant.as_("crm_sync").all("/v1/opportunities") if d["status"] == "open"}
    assert {lead: {i["external_id"] for i in d["external_ids"]} for lead, d in found.items()} == \
        {ids[0]: set(ids) for ids in map(ids_of, range(120))}
    states = {repr(state(d) | {"name": d["name"]}) for d in found.values()}
    assert len(states) == 1, states
    assert Rows(database, tenant).rebuild_differences() == []
    return found[ids_of(0)[0]]


def test_all_120_orders_of_a_merge_end_in_one_state(tenant, database):
    """Two deals that were pushed before, one of them after it as well: whatever comes first, one deal stands."""
    crm = Crm(tenant, "generic", stages=STAGES)

    def said(kind, name, days, **data):
        def make(number):
            at_ = datetime.datetime.fromtimestamp(at(tenant, days) / 1000, datetime.timezone.utc).isoformat()
            more = {n: f"{v}-{number}" if n == "merged_into" else v for n, v in data.items()}
            return {"type": f"opportunity.{kind}", "timestamp": at_, "data": {"external_id": f"{name}-{number}"} | more}
        return make

    events = [
        said("changed", "A", -20, properties={"name": "First", "close_date": tenant.day(10)}),
        said("changed", "B", -21, properties={"name": "Second", "close_date": tenant.day(20), "amount": "70", "stage": "proposal"}),
        said("changed", "B", -15, properties={"close_date": tenant.day(25), "next_step": "Call"}),
        said("merged", "B", -10, merged_into="A"),
        said("changed", "A", -5, properties={"close_date": tenant.day(15)}),
    ]
    for number, order in enumerate(itertools.permutations(range(5))):
        for i in order + order[number % 5:][:1]:
            crm.send(events[i](number), message_id=f"{number}-{i}")
    settled(database, crm, wait_s=120)
    deal = standing_deals(tenant, crm, database, lambda n: (f"A-{n}", f"B-{n}"))
    assert (deal["name"], deal["amount"], deal["close_date"], deal["next_step"], deal["crm_stage"]) == \
        ("First", tenant.money(7000), tenant.day(15), "Call", "proposal")
    assert deal["pushes"] == 2, "one of both before the merge, and the one after it"


def test_all_120_orders_of_a_merge_into_a_new_record_end_in_one_state(tenant, database):
    """HubSpot may make a record out of both; that one takes over whatever was told of it."""
    crm = Crm(tenant, "hubspot", stages=STAGES, categories=CATEGORIES)
    events = [
        lambda n: deal_event(10_000 + n, "dealname", "First", at(tenant, -20), event_id=1),
        lambda n: deal_event(20_000 + n, "dealname", "Second", at(tenant, -21), event_id=2),
        lambda n: deal_event(20_000 + n, "amount", "70", at(tenant, -15), event_id=3),
        lambda n: merge_event(10_000 + n, [20_000 + n], at(tenant, -10), 4, made=30_000 + n),
        lambda n: deal_event(30_000 + n, "closedate", str(at(tenant, 30)), at(tenant, -9), event_id=5),
    ]
    orders(crm, database, events)
    deal = standing_deals(tenant, crm, database, lambda n: (str(30_000 + n), str(10_000 + n), str(20_000 + n)))
    assert (deal["name"], deal["amount"], deal["close_date"]) == ("First", tenant.money(7000), tenant.day(30))


def test_an_older_value_is_superseded_and_never_applied(tenant, database):
    crm = Crm(tenant, "generic", stages=STAGES)
    now = tenant.now()

    def say(message_id, minutes, **properties):
        at_ = now.replace(microsecond=0) - datetime.timedelta(minutes=minutes)
        crm.send({"type": "opportunity.changed", "timestamp": at_.isoformat(),
                  "data": {"external_id": "D-1", "properties": properties}}, message_id=message_id)
        settled(database, crm)

    say("a", 10, name="Newest", amount="5")
    say("b", 20, name="Older", amount="7")
    say("c", 15, amount="9")
    say("d", 5, amount="11", next_step="Call")
    assert [s for s, _ in rows(database, crm)] == [2, 3, 3, 2]
    deal = deals(crm)["D-1"]
    assert (deal["name"], deal["amount"], deal["next_step"]) == ("Newest", tenant.money(1100), "Call")
