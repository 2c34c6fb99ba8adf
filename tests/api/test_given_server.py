"""`tandem dev` on a server that is there already, named by TANDEM_DATABASE_URL."""
import os
import pathlib
import secrets
import signal
import subprocess
import time

import psycopg2
import pytest

from support.stand import binary, clean_environment

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def given(facts):
    """given(role) -> the URL of an empty database, logged in to as this role, its owner."""
    admin = psycopg2.connect(facts["superuser_url"])
    admin.autocommit = True

    def make(role):
        name = f"given_{secrets.token_hex(4)}"
        with admin.cursor() as cursor:
            if role != "postgres":
                cursor.execute(f"create role {role} login createrole")
            cursor.execute(f"create database {name} owner {role}")
        return facts["superuser_url"].replace("dbname=tandem", f"dbname={name}").replace("user=postgres", f"user={role}")

    yield make
    admin.close()


def walk(url, directory):
    """Starts, walks one registration to the forecast, stops; what went wrong, if anything."""
    env = directory / "data" / "dev.env"
    log = directory / "log"
    env.unlink(missing_ok=True)
    with open(log, "w", encoding="utf-8") as file:
        service = subprocess.Popen([binary(), "dev", "--data-dir", str(env.parent), "--port", "0"], stdout=file,
                                   stderr=file, env=clean_environment() | {"TANDEM_DATABASE_URL": url})
    try:
        end = time.monotonic() + 60
        while not env.exists() and service.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        if not env.exists():
            return log.read_text(encoding="utf-8")
        check = subprocess.run(["/usr/bin/python3", str(ROOT / "deploy" / "demonstration.py"), "--env", str(env), "--check"],
                               capture_output=True, text=True, check=False)
        return None if check.returncode == 0 else check.stdout + check.stderr
    finally:
        service.send_signal(signal.SIGTERM)
        assert service.wait(60) in (0, 1)


@pytest.mark.parametrize("role", ["postgres", "given_owner"])
def test_a_given_server_is_used_and_used_again(given, tmp_path, role):
    url = given(role)
    assert walk(url, tmp_path) is None
    assert not os.path.exists(tmp_path / "data" / "postgresql")
    assert walk(url, tmp_path) is None
