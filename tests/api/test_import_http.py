"""Deals from NDJSON over HTTP: an answer for each line, whatever its size, and an end that says whether it is one."""
import json
import pathlib
import random
import re
import socket
import subprocess
import time

import psycopg2
import pytest

from support.barrier import Barrier
from support.client import NDJSON, Client
from support.importing import marks, row, select, won
from support.stand import SANITIZER
from support.waiting import metric, until

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
IMPORT = "/v1/opportunities/import?source=crm"
EXPORT = "/v1/opportunities/export"
DEALS = "/v1/opportunities"


def ndjson(rows):
    return b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in rows)


def send(caller, content, target=IMPORT, expect=200, headers=None, **options):
    content = content if isinstance(content, bytes) else ndjson(content)
    return caller.send("POST", target, content, headers={"Content-Type": NDJSON} | (headers or {}), key=None, expect=expect,
                       **options)


def results(answer):
    """{index: line} and the counts of the end, which agree."""
    *lines, end = answer.lines
    assert end["_end"] is True and end["count"] == len(lines)
    statuses = [line["status"] for line in lines]
    for name in ("created", "updated", "unchanged", "refused"):
        assert end[name] == statuses.count(name)
    assert [line["index"] for line in lines] == sorted(line["index"] for line in lines), "in order"
    return {line["index"]: line for line in lines}, (end["created"], end["updated"], end["unchanged"], end["refused"])


def counts(answer):
    return results(answer)[1]


def deals(count, **changes):
    return [row(f"d{n}", account={"name": f"Buyer {n % 40}"}, owner={"name": f"Owner {n % 7}"},
                amount={"amount_minor": n, "currency": "USD"}, close_date="2031-03-31") | changes for n in range(count)]


# -- lines ---------------------------------------------------------------------------------------------------------
BAD = [b'{"external_id": "a", "name": ', b"[]", b"\xff\xfe", b"{}", b'{"external_id":"x","name":"N","status":"open","probability":1}',
       json.dumps(row("b", status="won")).encode(), json.dumps(row("c", close_date="soon")).encode(),
       json.dumps(row("d", created_at="2999-01-01T00:00:00Z")).encode()]


def test_bad_lines_among_thousands_are_told_and_harm_no_other(tenant, database):
    """6,000 lines, a bad one here and there, empty ones too: an answer each, in order."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    lines, bad, empty = [], {}, set()
    for deal in deals(6000):
        while dice.random() < 0.03:
            if dice.random() < 0.2:
                empty.add(len(lines) + 1)
                lines.append(dice.choice([b"", b"\r"]))
            else:
                line = dice.choice(BAD)
                bad[len(lines) + 1] = line
                lines.append(line)
        lines.append(deal)
    told, tally = results(send(tenant.as_("crm_sync"), lines))
    assert tally == (6000, 0, 0, len(bad))
    assert set(told) == set(range(1, len(lines) + 1)) - empty
    assert {index for index, line in told.items() if line["status"] == "refused"} == set(bad)
    assert {told[index]["problem"]["code"] for index in bad} <= {"malformed_json", "invalid_fields"}
    kept = select(database, """select o.external_id, o.amount_minor from opportunity o join tenant t using (tenant_id)
                                where t.key = %s""", tenant.key)
    assert sorted(kept) == sorted((f"d{n}", n) for n in range(6000))


def test_sent_again_only_the_difference_is_written(tenant, database):
    rows, crm = deals(1500), tenant.as_("crm_sync")
    assert counts(send(tenant.as_("admin"), rows)) == (1500, 0, 0, 0)
    before = marks(database, tenant)
    assert counts(send(crm, rows)) == (0, 0, 1500, 0)
    assert marks(database, tenant) == before
    rows[3]["name"], rows[1400] = "Another name", won("d1400")
    told, tally = results(send(crm, rows))
    assert tally == (0, 2, 1498, 0) and [i for i, line in told.items() if line["status"] == "updated"] == [4, 1401]


def test_a_deal_that_comes_twice_is_answered_twice(tenant):
    told, tally = results(send(tenant.as_("admin"), [row("a"), row("b"), row("a", name="Later"), row("a", name="Later")]))
    assert tally == (2, 1, 1, 0) and [told[i]["status"] for i in (1, 3, 4)] == ["created", "updated", "unchanged"]


def test_a_line_that_is_too_long_is_refused_alone(tenant):
    long = b'{"external_id": "' + b"x" * 3_000_000 + b'"}'
    edge = json.dumps(row("edge")).encode()
    edge += b" " * (64 * 1024 - len(edge))
    told, tally = results(send(tenant.as_("admin"), [row("a"), long, edge, edge + b" ", row("b")]))
    assert tally == (3, 0, 0, 2)
    assert [told[i]["problem"]["code"] for i in (2, 4)] == ["body_too_large"] * 2
    assert told[3]["status"] == told[5]["status"] == "created"


@pytest.mark.parametrize("content", [b"", b"\n\r\n\n", None], ids=["no bytes", "no lines", "no body"])
def test_an_import_of_nothing_has_its_end(tenant, content):
    caller = tenant.as_("admin")
    answer = send(caller, content) if content is not None else caller.send("POST", IMPORT, key=None, expect=200)
    assert results(answer) == ({}, (0, 0, 0, 0))


def test_the_last_line_needs_no_line_feed(tenant):
    assert counts(send(tenant.as_("admin"), ndjson([row("a"), row("b")])[:-1])) == (2, 0, 0, 0)


def test_the_source_is_half_of_the_identity(tenant):
    assert counts(send(tenant.as_("admin"), [row("a")])) == (1, 0, 0, 0)
    assert counts(send(tenant.as_("admin"), [row("a")], "/v1/opportunities/import?source=other")) == (1, 0, 0, 0)
    for target, code in (("import", "required"), ("import?source=", "too_short"), ("import?source=a%20b", "invalid_name"),
                         ("import?source=" + "x" * 64, "invalid_name")):
        answer = send(tenant.as_("admin"), [row("a")], f"/v1/opportunities/{target}", expect=400)
        assert answer.pointers == {"?source": code}


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "application/ndjson", None])
def test_another_media_type_is_refused(tenant, media_type):
    answer = send(tenant.as_("admin"), [row("a")], expect=415, headers={"Content-Type": media_type})
    assert answer.code == "unsupported_media_type"
    assert tenant.as_("admin").all(DEALS) == []


def test_what_was_exported_can_be_imported_again(tenant):
    """README's way, and by README's own words."""
    program = re.search(r"^jq -c '(select\(.*?)' deals\.ndjson$", README.read_text(encoding="utf-8"), re.M | re.S)[1]
    rows = deals(50) + [
        won("w", amount={"amount_minor": 5, "currency": "USD"}, product_family="crates"), row("bare"),
        row("lost", status="lost", closed_on="2019-05-06", reason_code="price", crm_stage="proposal"),
        row("all", owner={"name": "Olga"}, owner_email="olga@vendor.example", crm_stage="validation", created_at="2019-02-03T04:05:06Z",
            account={"name": "Borealis AS", "country": "NO"})]
    assert counts(send(tenant.as_("admin"), rows)) == (54, 0, 0, 0)
    tenant.deal()  # no CRM's
    exported = tenant.as_("admin").get(EXPORT, expect=200)
    assert exported.lines[-1]["count"] == 55
    lines = subprocess.run(["jq", "-c", program], input=exported.bytes, stdout=subprocess.PIPE, check=True).stdout
    assert counts(send(tenant.as_("admin"), lines)) == (0, 0, 54, 0)


# -- size and time -------------------------------------------------------------------------------------------------
def peak_kib(service):
    with open(f"/proc/{service.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def test_a_body_beyond_every_other_limit_takes_no_memory(own_service):
    """64 MB in chunks of unknown length; a sanitizer keeps nothing that was freed."""
    tenant, service = own_service(ASAN_OPTIONS=SANITIZER["ASAN_OPTIONS"] + ":quarantine_size_mb=1")
    assert counts(send(tenant.as_("admin"), deals(1000))) == (1000, 0, 0, 0)
    tenant.as_("admin").get(EXPORT, expect=200)
    before = peak_kib(service)
    lines = (json.dumps(row(f"w{n}")).encode().ljust(32 * 1024 - 1) + b"\n" for n in range(2000))
    caller = tenant.as_("admin")
    connection = Client(service.port, caller.client.traffic)
    answer = connection.send("POST", IMPORT, {"Authorization": f"Bearer {caller.token}", "Content-Type": NDJSON},
                             lines, caller.roles)
    connection.close()
    assert answer.lines[-1]["created"] == 2000
    grown = peak_kib(service) - before
    print(f"grown by {grown} KiB")
    assert grown < 32 * 1024


def test_a_body_over_its_limit_is_refused(own_service):
    tenant, service = own_service(TANDEM_IMPORT_LIMIT="100000")
    caller = tenant.as_("admin")
    assert send(caller, b"x" * 100_001, expect=413).code == "body_too_large"
    assert counts(send(caller, ndjson([row("a")]) + b"\n" * 90_000)) == (1, 0, 0, 0)
    client = Client(service.port, caller.client.traffic, caller.client.contract)
    answer = client.send("POST", IMPORT, {"Authorization": f"Bearer {caller.token}", "Content-Type": NDJSON},
                         (b"x" * 50_000 for _ in range(3)), caller.roles)
    client.close()
    assert answer.status == 413
    assert len(tenant.as_("admin").all(DEALS)) == 1


class Upload:
    """The head of an import, and as much of its body as the test sends."""

    def __init__(self, caller, length, target=IMPORT, expect_continue=False):
        self.socket = socket.create_connection(("127.0.0.1", caller.client.port), timeout=30)
        head = [f"POST {target} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {caller.token}",
                f"Content-Type: {NDJSON}", f"Content-Length: {length}"]
        self.socket.sendall("\r\n".join(head + (["Expect: 100-continue"] if expect_continue else []) + ["", ""]).encode())

    def send(self, content):
        self.socket.sendall(content)
        return self

    def answer(self):
        """The bytes of the answer up to the end of the connection or of the chunks."""
        got = b""
        try:
            while not got.endswith(b"0\r\n\r\n") and (piece := self.socket.recv(65536)):
                got += piece
        except ConnectionResetError:
            pass
        return got

    def close(self):
        self.socket.close()


@pytest.fixture
def upload(traffic, contract):
    made = []

    def start(*arguments, **options):
        made.append(Upload(*arguments, **options))
        return made[-1]
    yield start
    for each in made:
        each.close()


def test_slow_senders_hold_no_worker_and_are_cut_off(own_service, upload):
    tenant, service = own_service(TANDEM_BULK_THREADS="2", TANDEM_BODY_TIMEOUT_S="2", TANDEM_READ_THREADS="1")
    caller = tenant.as_("admin")
    slow = [upload(caller, 10**6).send(b"\n") for _ in range(3)]  # of four places a tenant has three
    until(lambda: metric(tenant, "tandem_http_connections") >= 4)
    refused = send(caller, [row("a")], expect=503)
    assert refused.code == "overloaded" and refused.headers["Retry-After"] == "30"
    assert len(caller.get(EXPORT, expect=200).lines) == 1
    other = type(tenant)(tenant.facts, tenant.client)
    assert counts(send(other.as_("admin"), [row("a")])) == (1, 0, 0, 0)
    assert [each.answer() for each in slow] == [b""] * 3
    until(lambda: send(caller, [row("a")], expect=(200, 503)).status == 200)
    assert service.process.poll() is None


def test_each_mib_has_the_time_of_a_body(own_service, upload):
    """Three MiB in three times less than the time that one may take, but longer than it together."""
    tenant, _ = own_service(TANDEM_BODY_TIMEOUT_S="2")
    lines = ndjson([row("a")]).ljust(1 << 20, b"\n")
    sender = upload(tenant.as_("admin"), 4 << 20)
    for _ in range(4):
        sender.send(lines)
        time.sleep(1.2)  # the sender's pace
    answer = sender.answer()
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"0\r\n\r\n") and b'"_end":true,"count":4' in answer


def test_a_refusal_comes_before_the_body(tenant, upload):
    partner = tenant.as_("partner_rep")
    for caller, target, status in ((partner, IMPORT, b"403"), (tenant.as_("admin"), DEALS + "/import", b"400")):
        sender = upload(caller, 10**9, target, expect_continue=True)
        answer = sender.socket.recv(65536)
        assert answer.split()[1] == status and b"connection: close" in answer.lower()


def test_no_room_for_the_body_is_no_mistake_of_the_sender(own_service, tmp_path):
    tenant, _ = own_service(TANDEM_SPOOL_DIR=str(tmp_path / "not there"))
    answer = send(tenant.as_("admin"), [row("a")], expect=503)
    assert answer.code == "unavailable" and answer.headers["Retry-After"] == "30"
    assert tenant.as_("admin").all(DEALS) == []


# -- broken off ----------------------------------------------------------------------------------------------------
def lines_of(answer):
    """The JSON lines of a chunked answer that may have been cut, and whether it was whole."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    text = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        if int(size, 16) == 0:
            return [json.loads(line) for line in text.splitlines()], True
        text, body = text + body[:int(size, 16)], body[int(size, 16) + 2:]
    return [json.loads(line) for line in text.splitlines()], False


LATER = """select from opportunity where external_id = 'd1500' for update"""


def test_a_database_that_goes_away_is_told_and_the_rest_goes_on(own_service, upload):
    tenant, service = own_service()
    caller = tenant.as_("admin")
    assert counts(send(caller, [row("d1500")])) == (1, 0, 0, 0)
    content = ndjson(deals(3000))
    with Barrier(service.database_url, LATER) as barrier:  # the second chunk waits
        sender = upload(caller, len(content)).send(content)
        waiting = barrier.until_waiting(1)
        with psycopg2.connect(service.database_url) as own, own.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", waiting)
        own.close()
        lines, whole = lines_of(sender.answer())
    assert not whole
    *told, end = lines
    assert [line["index"] for line in told] == list(range(1, 1001)) and {line["status"] for line in told} == {"created"}
    assert (end["_end"], end["count"], end["created"], end["problem"]["code"]) == (False, 1000, 1000, "unavailable")
    assert counts(send(caller, content)) == (1999, 1, 1000, 0)


def test_sigterm_ends_an_import_between_chunks(own_service, upload):
    tenant, service = own_service()
    caller = tenant.as_("admin")
    assert counts(send(caller, [row("d1500")])) == (1, 0, 0, 0)
    content = ndjson(deals(3000))
    with Barrier(service.database_url, LATER) as barrier:
        sender = upload(caller, len(content)).send(content)
        barrier.until_waiting(1)
        service.process.terminate()
        until(lambda: not listening(service.port))
    lines, whole = lines_of(sender.answer())
    *told, end = lines
    assert not whole and len(told) == 2000
    assert (end["_end"], end["count"], end["problem"]["code"]) == (False, 2000, "unavailable")
    assert service.stop() == 0


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_sender_that_leaves_stops_the_import_after_its_chunk(own_service, upload):
    tenant, service = own_service()
    caller = tenant.as_("admin")
    assert counts(send(caller, [row("d1500")])) == (1, 0, 0, 0)
    content = ndjson(deals(6000))
    with Barrier(service.database_url, LATER) as barrier:
        sender = upload(caller, len(content)).send(content)
        barrier.until_waiting(1)
        sender.close()
    until(lambda: metric(tenant, "tandem_bulk_running") == 0)
    kept = len(caller.get(EXPORT, expect=200).lines) - 1
    assert kept in (2000, 3000, 4000), "whole chunks, and not all"
    assert counts(send(caller, content)) == (6000 - kept, 0, kept, 0)


def test_a_body_that_has_come_in_waits_for_its_turn(own_service, upload):
    tenant, service = own_service(TANDEM_BULK_THREADS="1")
    caller = tenant.as_("admin")
    assert counts(send(caller, [row("d1500")])) == (1, 0, 0, 0)
    content, second = ndjson(deals(1501)), ndjson([row("second")])
    with Barrier(service.database_url, LATER) as barrier:
        first = upload(caller, len(content)).send(content)
        barrier.until_waiting(1)
        other = type(tenant)(tenant.facts, tenant.client).as_("admin")
        later = upload(other, len(second)).send(second)
        assert caller.get(EXPORT, expect=503).code == "overloaded"
        later.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            while b"_end" not in later.socket.recv(65536):
                pass
        later.socket.settimeout(30)
    lines, whole = lines_of(first.answer())
    assert whole and lines[-1]["_end"] is True and lines[-1]["count"] == 1501
    assert later.answer().endswith(b"0\r\n\r\n")
