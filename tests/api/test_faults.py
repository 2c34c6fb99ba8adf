"""What breaks in the middle: backends that are killed, answers that are lost, the database away, the service killed.
Nothing is half written, a key tells what became of a request, and the service recovers by itself."""
import http.client
import json
import threading
import time
import uuid

import psycopg2
import pytest

from support.barrier import Barrier, Sender
from support.client import Client
from support.cluster import OWNER, SERVICE, Cluster
from support.stand import Service, run_tandem
from support.tenant import Tenant
from support.wire import Wire

DEAL = "/v1/opportunities"


def assert_unavailable(answer):
    assert (answer.status, answer.code) == (503, "unavailable"), answer
    assert int(answer.headers["Retry-After"]) >= 1


def kill(barrier, pids):
    """Ends those backends; returns when they are gone."""
    with barrier.watch.cursor() as cursor:
        for pid in pids:
            cursor.execute("select pg_terminate_backend(%s, 10000)", [pid])
            assert cursor.fetchone()[0], f"backend {pid} lives on"


def count(url, sql, *values):
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def events_and_deals(url, name):
    return (count(url, "select count(*) from opportunity where name = %s", name),
            count(url, "select count(*) from event where aggregate = 'opportunity' and after ->> 'name' = %s", name),
            count(url, "select count(*) from idempotency where body like %s", f"%{name}%"))


# -- one backend ----------------------------------------------------------------------------------------------------------
def test_a_writing_backend_killed_in_flight(tenant, facts):
    """Killed while it waits for a lock: 503, nothing written, and the same key does it once afterwards."""
    url, ae = facts["superuser_url"], tenant.as_("ae")
    for number in range(5):
        name, key = f"Killed in flight {number} {tenant.key}", str(uuid.uuid4())
        with Barrier(url, f"select from person where id = '{ae.person_id}' for update") as barrier:
            sender = Sender(ae, "post", DEAL, {"name": name}, key=key)
            kill(barrier, barrier.until_waiting(1))
            assert_unavailable(sender.result())
        assert events_and_deals(url, name) == (0, 0, 0)
        ae.post(DEAL, {"name": name}, key=key, expect=201)
        ae.post(DEAL, {"name": name}, key=key, expect=201)
        assert events_and_deals(url, name) == (1, 1, 1)


def test_all_writing_backends_killed_at_once(own_service):
    tenant, service = own_service()
    ae = tenant.as_("ae")
    keys = [str(uuid.uuid4()) for _ in range(8)]
    with Barrier(service.database_url, "lock table opportunity") as barrier:
        senders = [Sender(ae, "post", DEAL, {"name": f"All killed {key}"}, key=key) for key in keys]
        kill(barrier, barrier.until_waiting(8))
        for sender in senders:
            assert_unavailable(sender.result())
    for key in keys:
        ae.post(DEAL, {"name": f"All killed {key}"}, key=key, expect=201)
    assert count(service.database_url, "select count(*) from opportunity") == 8


def test_a_reading_backend_killed_in_flight(own_service):
    """Reads are sent once more on a new connection; a second loss is 503; the one after that is an answer."""
    tenant, service = own_service()
    deal = tenant.direct_deal()
    path = f"{DEAL}/{deal['opportunity_id']}"
    for losses, status in ((1, 200), (2, 503), (1, 200)):
        with Barrier(service.database_url, "lock table opportunity") as barrier:
            sender = Sender(tenant.as_("ae"), "get", path)
            for _ in range(losses):
                kill(barrier, barrier.until_waiting(1))
            if status == 200:
                barrier.until_waiting(1)
            else:
                assert_unavailable(sender.result())
        assert sender.result().status == status, sender.result()
        tenant.read(deal["opportunity_id"])
    tenant.nobody().get("/readyz", expect=200)


# -- the answer of COMMIT -------------------------------------------------------------------------------------------------
def test_commit_never_arrives(own_service):
    """The backend dies inside COMMIT, before anything is kept: 503, and the same key does it once."""
    tenant, service = own_service()
    ae, key, body = tenant.as_("ae"), str(uuid.uuid4()), {"name": "Died inside COMMIT"}
    owner = psycopg2.connect(service.database_url)
    owner.autocommit = True
    owner.cursor().execute("""
        create function wait_at_commit() returns trigger language plpgsql as
            $$ begin perform pg_advisory_xact_lock(4711); return null; end $$;
        create constraint trigger wait_at_commit after insert on opportunity deferrable initially deferred
            for each row execute function wait_at_commit()""")
    with Barrier(service.database_url, "select pg_advisory_xact_lock(4711)") as barrier:
        sender = Sender(ae, "post", DEAL, body, key=key)
        kill(barrier, barrier.until_waiting(1))
        assert_unavailable(sender.result())
        assert count(service.database_url, "select count(*) from opportunity") == 0
    first = ae.post(DEAL, body, key=key, expect=201)
    assert "Idempotent-Replayed" not in first.headers
    assert ae.post(DEAL, body, key=key, expect=201).bytes == first.bytes
    assert count(service.database_url, "select count(*) from opportunity") == 1
    owner.close()


def test_the_answer_of_commit_is_lost(own_service, facts):
    """Kept, and nobody said so: with a key the service finds out and answers; without one it says that it cannot know."""
    tenant, service = own_service()
    ae, cro = tenant.as_("ae"), tenant.as_("cro")
    assert service.stop() == 0
    directory = facts["superuser_url"].split("host=")[1].split()[0]
    wire = Wire(directory)
    direct = service.settings["TANDEM_DATABASE_URL"]
    service.settings["TANDEM_DATABASE_URL"] = direct.replace(directory, wire.directory)
    service.start()
    try:
        for number in range(5):
            body, key = {"name": f"Answer lost {number}"}, str(uuid.uuid4())
            wire.lose_commits = 1
            answer = ae.post(DEAL, body, key=key, expect=201)
            assert answer.headers["Idempotent-Replayed"] == "true", "answered from the record that was kept"
            assert ae.post(DEAL, body, key=key, expect=201).bytes == answer.bytes
        assert count(service.database_url, "select count(*) from opportunity") == wire.lost == 5
        wire.lose_commits = 1
        target = {"class": "sourced", "amount": tenant.money(1000)}
        assert_unavailable(cro.put("/v1/targets/2026-Q4", target))  # a PUT has no key
        assert cro.put("/v1/targets/2026-Q4", target).code == "precondition_failed"  # it was kept
    finally:
        assert service.stop() == 0
        wire.close()
        service.settings["TANDEM_DATABASE_URL"] = direct
        service.start()


# -- the whole database ---------------------------------------------------------------------------------------------------
@pytest.fixture
def private_cluster(facts, contract, traffic, tmp_path):
    """A service on a PostgreSQL server that the test may stop: (tenant, service, cluster)."""
    cluster = Cluster()
    try:
        cluster.start()
        cluster.create_database("tandem")
        owner = {"TANDEM_OWNER_DATABASE_URL": cluster.url("tandem", OWNER)}
        run_tandem(owner, "migrate", "up", "--daemon-role", SERVICE)
        service = Service(facts["settings"] | {"TANDEM_DATABASE_URL": cluster.url("tandem", SERVICE)},
                          str(tmp_path / "service.log")).start()
        client = Client(service.port, traffic, contract)
        yield Tenant(facts | {"port": service.port, "owner_settings": owner}, client), service, cluster
        client.close()
        assert service.stop() == 0, service.log()[-4000:]
    finally:
        cluster.stop()


def until_readiness_is(tenant, status):
    """/readyz looks at the database from time to time."""
    deadline = time.monotonic() + 15
    while tenant.nobody().get("/readyz").status != status:
        assert time.monotonic() < deadline, f"/readyz does not become {status}"
        time.sleep(0.02)


def test_the_database_server_goes_away_and_comes_back(private_cluster):
    tenant, service, cluster = private_cluster
    ae, reader = tenant.as_("ae"), tenant.as_("cro")
    deal = tenant.direct_deal()
    path, key, body = f"{DEAL}/{deal['opportunity_id']}", str(uuid.uuid4()), {"name": "While it was away"}
    for mode in ("fast", "immediate"):  # a good-bye to every connection, and none
        cluster.run("pg_ctl", "-D", cluster.data, "-m", mode, "-w", "stop")
        for _ in range(10):  # more than there are connections in a lane
            assert_unavailable(ae.get(path))
            assert_unavailable(ae.post(DEAL, body, key=key))
            assert_unavailable(reader.get("/v1/forecast", {"period": "2026-Q4"}))
        until_readiness_is(tenant, 503)
        tenant.nobody().get("/livez", expect=200)
        cluster.run("pg_ctl", "-D", cluster.data, "-l", f"{cluster.directory}/log", "-w", "-t", "60", "restart")
        for _ in range(10):  # by itself, at once, on every connection
            ae.get(path, expect=200)
            answer = ae.post(DEAL, body, key=key, expect=201)
            reader.get("/v1/forecast", {"period": "2026-Q4"}, expect=200)
        until_readiness_is(tenant, 200)
        assert [row["name"] for row in ae.all(DEAL)].count(body["name"]) == 1
        key, body = str(uuid.uuid4()), {"name": f"While it was away again after {mode}"}
        assert service.process.poll() is None and answer["name"] != body["name"]


# -- the service itself -----------------------------------------------------------------------------------------------------
class Sending(threading.Thread):
    """One client who posts deals, each with a key of its own, until the connection is refused or it is told to end."""

    def __init__(self, caller, port, number):
        super().__init__(daemon=True)
        self.caller, self.port, self.number = caller, port, number
        self.sent, self.done, self.dropped, self.refused = [], {}, [], 0
        self.ending = threading.Event()
        self.start()

    def run(self):
        connection = None
        while not self.ending.is_set():
            key = f"{self.number}-{len(self.sent)}"
            try:
                connection = connection or self.connect()
            except ConnectionError:
                self.refused += 1
                return
            self.sent.append(key)
            try:
                connection.request("POST", DEAL, json.dumps({"name": f"Deal {key}"}), {
                    "Authorization": f"Bearer {self.caller.token}", "Content-Type": "application/json",
                    "Idempotency-Key": key})
                response = connection.getresponse()
                response.read()
            except (ConnectionError, http.client.HTTPException) as error:
                self.dropped.append((key, repr(error)))
                connection = connection.close()
                continue
            self.done[key] = response.status
            if response.headers.get("Connection", "").lower() == "close":
                connection = connection.close()
        if connection:
            connection.close()

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.connect()
        except ConnectionError:
            connection.close()
            raise
        return connection


def until_sent(senders, total):
    while sum(len(sender.done) for sender in senders) < total:
        assert any(sender.is_alive() for sender in senders), "nobody sends any more"
        senders[0].join(0.01)


def test_a_service_killed_while_it_writes(own_service):
    """kill -9 in a stream of keyed POSTs, three times; afterwards every key was done exactly once."""
    tenant, service = own_service()
    ae, keys = tenant.as_("ae"), []
    for life in range(3):
        senders = [Sending(ae, service.port, f"{life}-{number}") for number in range(6)]
        until_sent(senders, 40)
        service.process.kill()
        service.process.wait()
        for sender in senders:
            sender.join(30)
            assert set(sender.done.values()) <= {201}
            keys += sender.sent
        tenant.client.close()
        service.start()
    in_doubt = count(service.database_url, "select count(*) from opportunity")
    for key in keys:
        ae.post(DEAL, {"name": f"Deal {key}"}, key=key, expect=201)
    assert count(service.database_url, "select count(*) from opportunity") == len(keys)
    assert count(service.database_url, "select count(distinct name) from opportunity") == len(keys)
    print(f"{len(keys)} keys, {in_doubt} done before their retry, {len(keys)} deals")


def test_a_stop_under_load_drops_nothing(own_service):
    """SIGTERM: whoever got a connection gets an answer; what was answered 201 is there, and nothing else."""
    tenant, service = own_service()
    ae = tenant.as_("ae")
    senders = [Sending(ae, service.port, number) for number in range(8)]
    until_sent(senders, 80)
    service.process.terminate()
    assert service.process.wait(30) == 0
    for sender in senders:
        sender.join(30)
        assert not sender.is_alive() and sender.refused == 1
    dropped = [drop for sender in senders for drop in sender.dropped]
    answers = [status for sender in senders for status in sender.done.values()]
    assert dropped == []
    assert set(answers) == {201}
    assert count(service.database_url, "select count(*) from opportunity") == len(answers)
    print(f"{len(answers)} accepted, {len(answers)} answered, 0 dropped")
