"""What `tandem dev` does with the data of a version whose schema was another one."""
import os
import pathlib
import shutil
import tempfile

import psycopg2

from support.dev import started, stopped


def migrations(directory, change=None):
    """The records of the running service's private database, after `change`."""
    sockets = pathlib.Path(directory, "data", "postgresql", "run")
    with psycopg2.connect(host=str(sockets), dbname="tandem", user="tandem_owner") as connection:
        with connection.cursor() as cursor:
            if change:
                cursor.execute(change)
            cursor.execute("select sha256 from schema_migration order by number")
            return [row[0] for row in cursor.fetchall()]


def test_data_of_another_schema_is_set_aside():
    directory = tempfile.mkdtemp(prefix="tandem-dev-")
    os.chmod(directory, 0o711)  # the private PostgreSQL's user passes through
    data = pathlib.Path(directory, "data")
    service = started(directory)
    ours = migrations(directory)
    migrations(directory, "update schema_migration set sha256 = repeat('0', 64) where number = 2")
    os.remove(data / "dev.env")
    assert stopped(service) == 0

    service = started(directory)
    assert migrations(directory) == ours
    assert stopped(service) == 0
    aside = list(data.glob("postgresql-*"))
    assert len(aside) == 1 and list(aside[0].rglob("PG_VERSION"))
    assert str(aside[0]) in pathlib.Path(directory, "log").read_text(encoding="utf-8")
    shutil.rmtree(directory)
