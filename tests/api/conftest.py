"""Fixtures of the black-box tests; tests/README.md shows how a test looks.

The process that starts the run owns the cluster and the service; the workers of pytest-xdist get their address.
"""
import secrets

import psycopg2
import pytest

from support.client import Caller, Client, Traffic
from support.cluster import OWNER, SERVICE
from support.contract import Contract
from support.sink import Sink
from support.stand import Service, Stand, run_tandem, sanitizer_reports
from support.tenant import Tenant

stands = pytest.StashKey()


def pytest_configure(config):
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    stand = Stand()
    config.stash[stands] = stand
    try:
        stand.start()
    except BaseException:
        stand.stop()
        del config.stash[stands]
        raise
    config.tandem_facts = stand.facts()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["tandem_facts"] = node.config.tandem_facts


def pytest_unconfigure(config):
    stand = config.stash.get(stands, None)
    if stand:
        stand.stop()


def pytest_terminal_summary(terminalreporter, config):
    stand = config.stash.get(stands, None)
    if stand and stand.service and stand.service.process.poll() is not None:
        terminalreporter.section("the service died")
        log = stand.service.log()
        terminalreporter.write("\n".join(sanitizer_reports(log)) or log[-6000:])


@pytest.fixture(autouse=True)
def alive(client):
    """A service that died fails what follows at once, instead of one time-out after another."""
    if client.refused:
        pytest.fail("the service has died; its log stands at the end", pytrace=False)


@pytest.fixture(scope="session")
def facts(pytestconfig):
    """Port, log, settings and URLs of the run; see support/stand.py."""
    return pytestconfig.workerinput["tandem_facts"] if hasattr(pytestconfig, "workerinput") \
        else pytestconfig.tandem_facts


@pytest.fixture(scope="session")
def contract():
    return Contract()


@pytest.fixture(scope="session")
def traffic(facts):
    traffic = Traffic(facts["traffic"])
    yield traffic
    traffic.file.close()


@pytest.fixture(scope="session")
def client(facts, contract, traffic):
    client = Client(facts["port"], traffic, contract)
    yield client
    client.close()


@pytest.fixture
def anonymous(client):
    """A caller without a token."""
    return Caller(client, None, [], lambda: 0)


@pytest.fixture
def new_tenant(facts, client):
    """Makes tenants: new_tenant(currency="EUR", time_zone="Europe/Berlin")."""
    return lambda **settings: Tenant(facts, client, **settings)


@pytest.fixture
def tenant(new_tenant):
    """A tenant of this test alone, with an admin and nothing else."""
    return new_tenant()


@pytest.fixture
def database(facts):
    """A superuser's connection, for races (locks held by the test) and for looking; never for setting up rows."""
    connection = psycopg2.connect(facts["superuser_url"])
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.fixture
def sink():
    """A receiver of webhooks."""
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def own_service(facts, contract, traffic, tmp_path):
    """own_service(TANDEM_QUEUE_DEPTH="1") -> (tenant, service): a service and a database that a test may break."""
    started = []

    def start(**settings):
        name = f"own_{secrets.token_hex(4)}"
        admin = psycopg2.connect(facts["superuser_url"])
        admin.autocommit = True
        admin.cursor().execute(f"create database {name} owner {OWNER}")
        admin.close()
        own = {key: value.replace("dbname=tandem", f"dbname={name}")
               for key, value in (facts["settings"] | facts["owner_settings"]).items()}
        run_tandem(own, "migrate", "up", "--daemon-role", SERVICE)
        given = {k: v for k, v in own.items() if k in facts["settings"]} | settings
        given = {k: v for k, v in given.items() if v is not None}  # None: not set
        service = Service(given, str(tmp_path / f"{name}.log")).start()
        service.database_url = facts["superuser_url"].replace("dbname=tandem", f"dbname={name}")
        client = Client(service.port, traffic, contract)
        started.append((service, client))
        own_facts = facts | {"port": service.port, "settings": given, "superuser_url": service.database_url,
                             "owner_settings": {k: own[k] for k in facts["owner_settings"]}}
        return Tenant(own_facts, client), service

    yield start
    for service, client in started:
        client.close()
        assert service.stop() == 0, service.log()[-4000:]
        assert not sanitizer_reports(service.log()), sanitizer_reports(service.log())[0]
