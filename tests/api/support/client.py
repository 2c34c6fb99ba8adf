"""The HTTP client of the tests: keep-alive, records every exchange, and holds every answer against the contract."""
import gzip
import http.client
import json
import os
import urllib.parse
import uuid

from .contract import Contract

AUTOMATIC = object()
NDJSON = "application/x-ndjson"


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.size = len(body)  # on the wire
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.bytes = body
        self.text = body.decode("utf-8", "replace")
        self.media_type = headers.get("Content-Type", "").split(";")[0].strip()
        self.lines = [json.loads(line) for line in body.splitlines()] if self.media_type == NDJSON else None
        self.json = json.loads(body) if self.media_type.endswith("json") and self.lines is None and body else None

    @property
    def etag(self):
        return self.headers.get("ETag")

    @property
    def code(self):
        """Of a problem; None for anything else."""
        return self.json.get("code") if self.media_type == "application/problem+json" else None

    @property
    def pointers(self):
        """{pointer: code} of the bad fields that a problem names."""
        return {e["pointer"]: e["code"] for e in self.json.get("errors", [])}

    def __getitem__(self, name):
        return self.json[name]

    def __repr__(self):
        return f"<{self.status} {self.text[:1500]}>"


class Exchange:
    def __init__(self, method, target, headers, body, roles):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.roles = set(roles)
        self.lines = None  # bytes, of NDJSON
        if headers.get("Content-Type") == NDJSON:
            self.lines = body.split(b"\n") if isinstance(body, bytes) else []
            body = None
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None


class Traffic:
    """One line for each answer, one file for each worker; check_traffic.py reads them all at the end."""

    def __init__(self, directory):
        self.file = open(os.path.join(directory, f"{os.getpid()}.jsonl"), "a", encoding="utf-8", buffering=1)

    def record(self, operation, answer):
        self.file.write(json.dumps({"operation": operation.name if operation else None, "status": answer.status,
                                    "code": answer.code}) + "\n")


class Client:
    def __init__(self, port, traffic, contract=None):
        self.port = port
        self.contract = contract or Contract()
        self.traffic = traffic
        self.connection = None
        self.refused = False  # nobody listens any more

    def send(self, method, target, headers=None, body=None, roles=(), judge=True):
        """One request on the kept connection. `judge=False` is for answers that stand outside the contract."""
        headers = dict(headers or {})
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                try:
                    self.connection.request(method, target, body=body, headers=headers)
                except BrokenPipeError:
                    pass  # refused before the whole body was sent: the answer is there to be read
                response = self.connection.getresponse()
                endless = response.headers.get("Content-Type") == "text/event-stream"  # what is there, and no more
                answer = Answer(response.status, response.headers, response.read1(65536) if endless else response.read())
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # an idle connection may have been closed meanwhile; a fresh one may not
                self.close()
                if fresh or attempt == 2:
                    raise
            except BaseException as error:
                self.refused = self.refused or isinstance(error, ConnectionRefusedError)
                self.close()
                raise
        if endless or answer.headers.get("Connection", "").lower() == "close":
            self.close()
        exchange = Exchange(method, target, headers, body, roles)
        operation = self.contract.match(method, target)
        self.traffic.record(operation, answer)
        if judge:
            self.contract.judge(exchange, answer)
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None


class Caller:
    """Someone with a token. `roles` are those of the token; `clock` tells how far the test has moved the time."""

    def __init__(self, client, token, roles, clock, person_id=None, name=None, email=None, subject=None):
        self.client = client
        self.token = token
        self.roles = set(roles)
        self.clock = clock
        self.person_id, self.name, self.email, self.subject = person_id, name, email, subject

    def send(self, method, target, body=None, headers=None, expect=None, key=AUTOMATIC, query=None, judge=True):
        """`body` is sent as JSON (bytes as they are). A POST gets a new Idempotency-Key unless `key` is given;
        key=None sends none. A header of value None is left out. `expect`: the status, or a tuple of them."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        offset = self.clock()
        if offset:
            sent["Tandem-Clock-Offset"] = str(offset)
        if body is not None:
            sent["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        if method == "POST" and key is not None:
            sent["Idempotency-Key"] = str(uuid.uuid4()) if key is AUTOMATIC else key
        sent = {n: v for n, v in (sent | (headers or {})).items() if v is not None}
        if query:
            target += ("&" if "?" in target else "?") + urllib.parse.urlencode({n: v for n, v in query.items() if v is not None})
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.client.send(method, target, sent, data, self.roles, judge)
        if expect is not None:
            expected = expect if isinstance(expect, tuple) else (expect,)
            assert answer.status in expected, f"{method} {target}: expected {expect}, got {answer}"
        return answer

    def get(self, target, query=None, **options):
        return self.send("GET", target, query=query, **options)

    def post(self, target, body=None, **options):
        return self.send("POST", target, body if body is not None else {}, **options)

    def patch(self, target, body, etag=None, **options):
        return self.send("PATCH", target, body, headers={"If-Match": etag} | options.pop("headers", {}), **options)

    def put(self, target, body, etag=None, **options):
        """With an etag it replaces, without one it creates."""
        precondition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        return self.send("PUT", target, body, headers=precondition | options.pop("headers", {}), **options)

    def refused(self, method, target, body=None, code=None, **options):
        """Sends what must be refused with this problem, and gives the answer."""
        answer = self.send(method, target, body, **options)
        assert answer.code == code, f"{method} {target}: expected {code}, got {answer}"
        return answer

    def all(self, target, query=None):
        """Every row of a list, page by page."""
        query, rows = dict(query or {}), []
        while True:
            page = self.get(target, query, expect=200)
            rows += page["data"]
            if page["next_cursor"] is None:
                return rows
            query["cursor"] = page["next_cursor"]
