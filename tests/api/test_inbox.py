"""What people see of what CRMs have said, and how long it stays."""
import pytest

from support.cluster import SERVICE
from support.crm import Crm, deals, rows, settled


@pytest.fixture
def crm(tenant):
    return Crm(tenant, "generic")


def said(crm, number, kind="opportunity.changed", **properties):
    return {"type": kind, "timestamp": f"2026-11-21T09:30:0{number}Z",
            "data": {"external_id": "D-1", "properties": properties}}


def fill(crm, database):
    """One of each: applied, superseded, ignored, parked."""
    messages = [said(crm, 2, name="Furnaces"), said(crm, 1, name="Older"), said(crm, 3, kind="invoice.paid"),
                said(crm, 4, close_date="soon")]
    for number, message in enumerate(messages):
        crm.send(message, message_id=f"m{number}")
        settled(database, crm)
    assert [s for s, _ in rows(database, crm)] == [2, 3, 4, 5]
    return messages


def test_whoever_lists_it_sees_why_and_what_to_do(tenant, crm, database):
    fill(crm, database)
    crm.send(b"{", judge=False)
    crm.send(said(crm, 5, account_name="Free mail", account_domain="gmail.com", name="x"))
    settled(database, crm)
    refused, broken, parked, ignored, older, applied = tenant.as_("cfo").all("/v1/crm/inbox")
    assert [applied[m] for m in ("reason_code", "problem", "reason", "remedy")] == [None] * 4
    assert (older["reason_code"], older["remedy"]) == ("older", None) and older["reason"]
    assert (ignored["reason_code"], ignored["remedy"], ignored["payload"]) == ("not_a_deal", None, None)
    assert parked["reason_code"] == "unreadable_value" and 'close_date: "soon"' in parked["reason"]
    assert "try this event again" in parked["remedy"]
    assert broken["reason_code"] == "not_json" and "mend the sender" in broken["remedy"]
    assert (refused["reason_code"], refused["problem"]) == ("refused", "invalid_fields")
    assert "/account/domains/0" in refused["reason"] and "then try the event again" in refused["remedy"]


def test_the_log_keeps_who_tried_it_again(tenant, crm, database):
    fill(crm, database)
    parked, = tenant.as_("admin").all("/v1/crm/inbox", {"state": "parked"})
    admin = tenant.as_("admin")
    person, = [p["person_id"] for p in admin.all("/v1/people") if p["roles"] == ["admin"]]
    for _ in range(2):
        answer = admin.send("POST", f"/v1/crm/inbox/{parked['event_id']}/retry", expect=202)
        assert [answer[m] for m in ("state", "reason_code", "reason", "remedy")] == ["received", None, None, None]
        settled(database, crm)
    with database.cursor() as cursor:
        cursor.execute("select p.id, e.after ->> 'dedupe_key', (e.after ->> 'was_parked_for')::int, e.after ? 'payload' from event e"
                       " join tenant t using (tenant_id) join person p on p.tenant_id = e.tenant_id and p.person_id = e.actor_id"
                       " where t.key = %s and e.kind = 'inbox.retried'", (tenant.key,))
        assert cursor.fetchall() == [(person, parked["dedupe_key"], 7, False)] * 2


def test_what_is_settled_leaves_after_14_days_and_what_is_parked_stays(tenant, crm, database):
    messages = fill(crm, database)
    with database.cursor() as cursor:
        def age(days):
            cursor.execute("update inbox i set settled_at = clock_timestamp() - %s * interval '1 day' from crm_source s"
                           " where s.crm_source_id = i.crm_source_id and s.id = %s", (days, crm.source_id))
            cursor.execute("select inbox_sweep()")

        age(13.99)
        assert len(rows(database, crm)) == 4
        age(14.01)
        assert [s for s, _ in rows(database, crm)] == [5]
    # what comes again after that is known all the same
    before = deals(crm)["D-1"]
    for number, message in enumerate(messages[:2]):
        crm.send(message, message_id=f"m{number}")
    settled(database, crm)
    assert rows(database, crm)[1:] == [(3, "older")] * 2 and deals(crm)["D-1"] == before


def test_the_service_s_own_role_sweeps(tenant, crm, database):
    fill(crm, database)
    with database.cursor() as cursor:
        cursor.execute("update inbox i set settled_at = settled_at - interval '15 days' from crm_source s"
                       " where s.crm_source_id = i.crm_source_id and s.id = %s", (crm.source_id,))
        cursor.execute(f"set role {SERVICE}")
        try:
            cursor.execute("select inbox_sweep()")
        finally:
            cursor.execute("reset role")
    assert [s for s, _ in rows(database, crm)] == [5]
