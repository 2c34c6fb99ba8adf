"""`tandem import` as tests run it: rows in, and what one run said."""
import json
import os

from .stand import run_tandem

SOURCE = "crm"


def importing(tenant, path, subject=None, source=SOURCE):
    return ["import", "--tenant", tenant.key, "--subject", subject or tenant.as_("admin").subject,
            "--source", source, str(path)]


class Result:
    """What one run said."""

    def __init__(self, done):
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.status, self.progress = done.returncode, done.stderr
        self.end = lines.pop() if lines and "_end" in lines[-1] else None
        assert (self.status == 0) == (self.end is not None), self.progress
        self.refused = {line["index"]: line["problem"] for line in lines}
        assert len(self.refused) == len(lines), "a line is told once"
        assert {line["status"] for line in lines} <= {"refused"}

    @property
    def counts(self):
        return tuple(self.end[name] for name in ("created", "updated", "unchanged", "refused"))

    def fields(self, index):
        assert self.refused[index]["code"] == "invalid_fields", self.refused[index]
        return {error["pointer"]: error["code"] for error in self.refused[index]["errors"]}


def written(tenant, content):
    """A file of bytes, or of rows."""
    if not isinstance(content, bytes):
        content = b"".join(json.dumps(row).encode() + b"\n" for row in content)
    path = os.path.join(tenant.facts["directory"], f"{tenant.key}-{next(tenant.numbers)}.ndjson")
    with open(path, "wb") as file:
        file.write(content)
    return path


def run_import(tenant, content, **options):
    return Result(run_tandem(tenant.facts["settings"], *importing(tenant, written(tenant, content), **options),
                             check=False))


def row(external_id, **changes):
    return {"external_id": external_id, "name": f"Deal {external_id}", "status": "open"} | changes


def won(external_id, **changes):
    return row(external_id, status="won", closed_on="2019-05-06") | changes


def select(database, sql, *parameters):
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def marks(database, tenant):
    """Every deal with the transaction that wrote it, and the number of events: writing the same again shows, too."""
    deals = select(database, """select o.external_id, o.version, o.xmin::text
                                  from opportunity o join tenant t using (tenant_id) where t.key = %s order by 1""",
                   tenant.key)
    events = select(database, """select count(*) from event e join tenant t using (tenant_id)
                                  where t.key = %s""", tenant.key)
    return deals, events
