"""The first start that deploy/compose.yaml describes, on a real PostgreSQL: secrets, roles, schema, by password."""
import os
import re
import stat
import subprocess

import psycopg2
import pytest

from support.cluster import OWNER, SERVICE, Cluster
from support.contract import ROOT
from support.stand import run_tandem

FOLDER = f"{ROOT}/deploy/compose"
MADE = ["cursor_secret", "owner_pgpass", "service_pgpass", "superuser_password"]


def make_secrets(directory):
    subprocess.run([f"{FOLDER}/make-secrets", str(directory)], check=True, capture_output=True)
    return {name: (directory / name).read_text(encoding="utf-8") for name in os.listdir(directory)}


def test_secrets_are_made_once_and_closed(tmp_path):
    made = make_secrets(tmp_path / "secrets")
    assert sorted(made) == MADE
    assert len({text[-65:] for text in made.values()}) == len(MADE), "two secrets are the same"
    for name in MADE:
        status = os.stat(tmp_path / "secrets" / name)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert status.st_uid == (65532 if os.geteuid() == 0 else os.geteuid())
    assert make_secrets(tmp_path / "secrets") == made


@pytest.fixture
def first_start(tmp_path):
    """A new server after roles.sh, which from then on asks for passwords; gives URLs as the compose file has them."""
    cluster = Cluster()
    try:
        cluster.start()
        for role in (OWNER, SERVICE):
            cluster.execute(f"drop role {role}")
        secrets = tmp_path / "secrets"
        make_secrets(secrets)
        subprocess.run([f"{FOLDER}/roles.sh"], check=True,
                       env=os.environ | {"PGHOST": cluster.directory, "SECRETS": str(secrets)})
        with open(f"{cluster.data}/pg_hba.conf", "w", encoding="utf-8") as file:
            file.write("local all postgres trust\nlocal all all scram-sha-256\n")
        cluster.execute("select pg_reload_conf()")
        for role in ("owner", "service"):  # here the server is a socket, there the host `postgres`
            path = secrets / f"{role}_pgpass"
            path.write_text(path.read_text(encoding="utf-8").replace("postgres:", f"{cluster.directory}:"),
                            encoding="utf-8")
        yield {role: f"postgresql://tandem_{role}@/tandem?host={cluster.directory}&passfile={secrets}/{role}_pgpass"
               for role in ("owner", "service")}
    finally:
        cluster.stop()


def test_the_owner_migrates_and_the_service_owns_nothing(first_start):
    applied = run_tandem({"TANDEM_OWNER_DATABASE_URL": first_start["owner"]}, "migrate", "up").stdout
    assert re.fullmatch(r"[1-9]\d* applied\n", applied)
    with psycopg2.connect(first_start["service"]) as service, service.cursor() as cursor:
        cursor.execute("select count(*) from tenant")
        assert cursor.fetchone() == (0,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("create table mine (n int)")


def test_the_password_counts(first_start):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(re.sub("passfile=.*", "passfile=/dev/null", first_start["service"]))
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(first_start["service"].replace("tandem_service@", "tandem_owner@"))
