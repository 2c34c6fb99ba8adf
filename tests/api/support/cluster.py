"""A PostgreSQL of our own for one test run: nothing is kept, so nothing is flushed, unless it is to be measured."""
import os
import pwd
import shutil
import subprocess
import tempfile

import psycopg2

OWNER, SERVICE = "tandem_owner", "tandem_service"
QUICK = ("-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 "
         "-c shared_buffers=64MB")


def postgres_programs():
    for version in ("15", "16", "17"):
        path = f"/usr/lib/postgresql/{version}/bin"
        if os.path.exists(f"{path}/initdb"):
            return path
    return os.path.dirname(shutil.which("initdb") or "")


class Cluster:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="tandem-db-", dir="/tmp")
        self.data = os.path.join(self.directory, "data")
        # PostgreSQL refuses to run as root
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.directory, "postgres")
        self.programs = postgres_programs()

    def run(self, program, *arguments):
        result = subprocess.run([*self.as_user, f"{self.programs}/{program}", *arguments], cwd="/", text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        if result.returncode:
            log = os.path.join(self.directory, "log")
            tail = open(log, encoding="utf-8").read()[-3000:] if os.path.exists(log) else ""
            raise RuntimeError(f"{program} failed:\n{result.stdout}{tail}")

    def start(self, settings=QUICK):
        """`settings`: beside those of initdb; "" is as PostgreSQL ships it, flushing included."""
        self.run("initdb", "-D", self.data, "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                 "-U", "postgres")
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.directory}' -c TimeZone=UTC {settings}"
        self.run("pg_ctl", "-D", self.data, "-l", f"{self.directory}/log", "-w", "-t", "60", "-o", options, "start")
        for role in (OWNER, SERVICE):
            self.execute(f"create role {role} login")

    def create_database(self, name):
        self.execute(f'create database "{name}" owner {OWNER}')

    def url(self, database, role):
        return f"host={self.directory} dbname={database} user={role}"

    def execute(self, sql, database="postgres"):
        connection = psycopg2.connect(self.url(database, "postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql)
        finally:
            connection.close()

    def stop(self):
        try:
            self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)
