"""The job that applies the inbox is killed, or its backend is: nothing is lost, nothing is done twice."""
import os
import signal

from support.barrier import Barrier
from support.crm import STAGES, Crm, deal_event, deals, rows, settled


def events(tenant):
    at_ms = int(tenant.now().timestamp() * 1000) - 60_000
    return [deal_event(1, "dealname", "Furnaces", at_ms, event_id=1), deal_event(1, "amount", "5", at_ms + 1, event_id=2),
            deal_event(1, "dealstage", "closedwon", at_ms + 2, event_id=3), deal_event(1, "amount", "7", at_ms + 3, event_id=4)]


def finish(tenant, database_url, crm):
    import psycopg2
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    settled(connection, crm, wait_s=60)
    with connection.cursor() as cursor:
        cursor.execute("select kind, count(*) from event where aggregate = 'opportunity' group by kind")
        kinds = dict(cursor.fetchall())
    assert [s for s, _ in rows(connection, crm)] == [2] * 4
    connection.close()
    deal = deals(crm)["1"]
    assert (deal["status"], deal["amount"]) == ("won", tenant.money(700))
    assert (kinds["opportunity.created"], kinds["opportunity.won"]) == (1, 1), kinds


def test_a_service_killed_while_it_applies_goes_on_where_it_was(own_service):
    """Killed between the claim of an event and its end, at four places: before its first value, at the deal, at its event,
    at the settlement."""
    tenant, service = own_service()
    crm = Crm(tenant, "hubspot", stages=STAGES)
    for table, event in zip(("crm_value", "opportunity", "event", "crm_object"), events(tenant)):
        with Barrier(service.database_url, f"lock table {table} in share row exclusive mode") as barrier:
            crm.send([event])
            barrier.until_waiting(1)
            os.kill(service.process.pid, signal.SIGKILL)
            service.process.wait()
        service.start()
        tenant.client.close()
        settled_one(service.database_url, crm)
    finish(tenant, service.database_url, crm)


def settled_one(database_url, crm):
    import psycopg2
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    settled(connection, crm, wait_s=60)
    connection.close()


def test_a_backend_killed_while_it_applies_is_tried_again(own_service):
    tenant, service = own_service()
    crm = Crm(tenant, "hubspot", stages=STAGES)
    with Barrier(service.database_url, "lock table opportunity in share row exclusive mode") as barrier:
        crm.send(events(tenant))
        for pid in barrier.until_waiting(1):
            with barrier.watch.cursor() as cursor:
                cursor.execute("select pg_terminate_backend(%s, 10000)", [pid])
    finish(tenant, service.database_url, crm)


def test_an_event_that_takes_the_service_down_each_time_is_set_aside(own_service):
    """The claim counts the attempt before the work begins; the next event is not held up."""
    tenant, service = own_service()
    crm = Crm(tenant, "hubspot", stages=STAGES)
    poison, fine = events(tenant)[0], deal_event(2, "dealname", "Fine", int(tenant.now().timestamp() * 1000))
    import psycopg2
    connection = psycopg2.connect(service.database_url)
    connection.autocommit = True
    with Barrier(service.database_url, "lock table crm_value in share row exclusive mode") as barrier:
        crm.send([poison])
        barrier.until_waiting(1)
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
    with connection.cursor() as cursor:
        cursor.execute("select attempts from inbox")
        assert cursor.fetchall() == [(1,)], "the attempt is counted although the service is gone"
        cursor.execute("update inbox set attempts = 5, leased_until = null")
    service.start()
    tenant.client.close()
    crm.send([fine])
    settled(connection, crm, wait_s=60)
    assert rows(connection, crm) == [(5, "too_many_attempts"), (2, None)]
    connection.close()
    assert set(deals(crm)) == {"2"}
