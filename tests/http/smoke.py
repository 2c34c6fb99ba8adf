"""The HTTP layer over real sockets: framing, keep-alive, gates, suspension under load, time-outs, drain.

usage: smoke.py PATH_OF_SMOKE_SERVER
"""
import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SERVER = sys.argv.pop(1)
SECRET = b"0123456789abcdef0123456789abcdef"
THING = "0192f0c1-7b5e-7cc3-9d2a-000000000001"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(**changes):
    claims = {"iss": "https://id.test", "aud": "tandem", "sub": "ann", "tenant": "acme", "roles": ["ae"],
              "exp": time.time() + 600}
    claims.update(changes)
    head = b64(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}).encode())
    body = f"{head}.{b64(json.dumps(claims).encode())}"
    return f"{body}.{b64(hmac.new(SECRET, body.encode(), hashlib.sha256).digest())}"


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection; speaks exactly the bytes it is given."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.rest = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def request(self, method, target, body=None, **headers):
        lines = [f"{method} {target} HTTP/1.1", "Host: test"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines) + "\r\n\r\n" + (body or ""))
        return self.reply(head_only=method == "HEAD")

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(self.rest)
        self.rest += data

    def reply(self, head_only=False):
        while b"\r\n\r\n" not in self.rest:
            self.receive()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status == 100:
            return self.reply(head_only)
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        length = 0 if head_only or status in (204, 304) else int(headers.get("content-length", 0))
        while len(self.rest) < length:
            self.receive()
        body, self.rest = self.rest[:length], self.rest[length:]
        return Reply(status, headers, body)

    def ended(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


class ServerCase(unittest.TestCase):
    settings = {}

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        with open(os.path.join(self.folder.name, "secret"), "wb") as file:
            file.write(SECRET)
        keys = os.path.join(self.folder.name, "keys.json")
        with open(keys, "w") as file:
            json.dump({"issuer": "https://id.test", "audience": "tandem",
                       "keys": [{"kid": "k1", "alg": "HS256", "secret_file": "secret"}]}, file)
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        arguments = [f"{name}={value}" for name, value in self.settings.items()]
        self.process = subprocess.Popen([SERVER, keys, *arguments], stdout=subprocess.PIPE, stderr=self.log)
        self.port = int(self.process.stdout.readline())
        self.clients = []

    def tearDown(self):
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process.stdout.close()
        self.assertEqual(status, 0, self.log_text())
        self.log.close()
        self.folder.cleanup()

    def log_text(self):
        with open(self.log.name) as file:
            return file.read()

    def connect(self, **options):
        self.clients.append(Client(self.port, **options))
        return self.clients[-1]

    def raw(self, data):
        client = self.connect()
        client.send(data)
        return client, client.reply()


class Connections(ServerCase):
    settings = {"body_limit": 1000}

    def test_every_status_keeps_the_connection_alive(self):
        client = self.connect()
        for status in (200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 415, 422, 428, 429,
                       500, 501, 502, 503, 504):
            reply = client.request("GET", f"/v1/status/{status}")
            self.assertEqual(reply.status, status)
            self.assertNotIn("connection", reply.headers)
        self.assertEqual(client.request("GET", "/livez").status, 200)

    def test_every_refusal_keeps_the_connection_alive(self):
        client = self.connect()
        ann = {"Authorization": "Bearer " + token()}
        json_type = {"Content_Type": "application/json"}
        cases = [
            (404, "not_found", ("GET", "/nothing"), {}),
            (404, "not_found", ("GET", "/v1/things/no-uuid"), ann),
            (405, "method_not_allowed", ("DELETE", f"/v1/things/{THING}"), ann),
            (401, "unauthenticated", ("POST", "/v1/things", '{"name":"a"}'), json_type),
            (401, "unauthenticated", ("GET", f"/v1/things/{THING}"), {"Authorization": "Bearer x.y.z"}),
            (401, "unauthenticated", ("GET", f"/v1/things/{THING}"), {"Authorization": "Basic eDp5"}),
            (403, "insufficient_scope", ("GET", f"/v1/things/{THING}"),
             {"Authorization": "Bearer " + token(roles=["reader"])}),
            (415, "unsupported_media_type", ("POST", "/v1/things", "name=a"), ann),
            (415, "unsupported_media_type", ("PATCH", f"/v1/things/{THING}", "{}"), {**ann, **json_type}),
            (400, "idempotency_key_required", ("POST", "/v1/things", '{"name":"a"}'), {**ann, **json_type}),
            (400, "malformed_json", ("POST", "/v1/things", '{"name":'), {**ann, **json_type, "Idempotency_Key": "1"}),
            (422, "invalid_fields", ("POST", "/v1/things", '{"count":10,"x":1}'),
             {**ann, **json_type, "Idempotency_Key": "1"}),
            (422, "invalid_fields", ("POST", "/v1/things"), {**ann, "Idempotency_Key": "1"}),
            (428, "precondition_required", ("PATCH", f"/v1/things/{THING}", "{}"),
             {**ann, "Content_Type": "application/merge-patch+json"}),
            (428, "precondition_required", ("PUT", f"/v1/things/{THING}", "{}"), {**ann, **json_type}),
            (400, "invalid_parameter", ("GET", "/v1/slow?wait_ms=x"), {}),
            (400, "invalid_parameter", ("GET", "/v1/slow?other=1"), {}),
            (400, "invalid_parameter", ("GET", "/v1/slow?wait_ms=1&wait_ms=1"), {}),
            (400, "invalid_parameter", ("GET", "/v1/slow?wait_ms=%zz"), {}),
            (400, "malformed_request", ("GET", "/v1/names/%00"), {}),
            (400, "malformed_request", ("GET", "/v1/names/%ff"), {}),
            (400, "malformed_request", ("POST", "/v1/things", "{}"),
             {**ann, **json_type, "Idempotency_Key": "x" * 256}),
            (400, "malformed_request", ("GET", "/livez"), {"Tandem_Clock_Offset": "1"}),
        ]
        for status, code, arguments, headers in cases:
            with self.subTest(code=code, arguments=arguments):
                reply = client.request(*arguments, **headers)
                self.assertEqual((reply.status, reply.json["code"]), (status, code))
                self.assertEqual(reply.headers["content-type"], "application/problem+json")
                self.assertNotIn("connection", reply.headers)
                problem = reply.json
                self.assertEqual(problem["type"], '/problems/' + code.replace('_', '-'))
                self.assertEqual(problem["status"], status)
                self.assertEqual(problem["instance"], arguments[1].split("?")[0])
                self.assertEqual(problem["request_id"], reply.headers["request-id"])
        self.assertEqual(client.request("GET", "/livez").status, 200)

    def test_a_refusal_names_what_would_pass(self):
        client = self.connect()
        reply = client.request("GET", f"/v1/things/{THING}")
        self.assertEqual(reply.headers["www-authenticate"], 'Bearer realm="tandem"')
        reply = client.request("GET", f"/v1/things/{THING}", Authorization="Bearer x")
        self.assertIn('error="invalid_token"', reply.headers["www-authenticate"])
        reply = client.request("GET", f"/v1/things/{THING}", Authorization="Bearer " + token(roles=[]))
        self.assertIn('error="insufficient_scope"', reply.headers["www-authenticate"])
        reply = client.request("DELETE", f"/v1/things/{THING}", Authorization="Bearer " + token())
        self.assertEqual(set(reply.headers["allow"].split(", ")), {"GET", "HEAD", "PATCH", "PUT", "OPTIONS"})
        reply = client.request("PATCH", f"/v1/things/{THING}", "{}", Authorization="Bearer " + token())
        self.assertEqual(reply.headers["accept-patch"], "application/merge-patch+json")
        reply = client.request("POST", "/v1/things", '{"count":0}', Authorization="Bearer " + token(),
                               Content_Type="application/json", Idempotency_Key='"q"')
        self.assertEqual({error["pointer"] for error in reply.json["errors"]}, {"/name", "/count"})

    def test_a_request_arrives_whole(self):
        client = self.connect()
        headers = {"Authorization": "Bearer " + token(), "Content_Type": "application/json; charset=utf-8"}
        reply = client.request("POST", "/v1/things", '{"name":"a"}', Idempotency_Key='"q-1"', **headers)
        self.assertEqual((reply.status, reply.json["name"], reply.json["key"], reply.json["subject"]),
                         (200, "a", "q-1", "ann"))
        reply = client.request("GET", f"/v1/things/{THING.upper()}", **headers)
        self.assertEqual(reply.json["value"], THING)
        self.assertEqual(client.request("GET", "/v1/names/a%2Fb%20c").json["value"], "a/b c")
        self.assertEqual(client.request("PUT", f"/v1/things/{THING}", '{"name":"a"}', If_None_Match="*",
                                        **headers).status, 200)
        reply = client.request("HEAD", "/livez")
        self.assertEqual((reply.status, reply.body), (200, b""))
        self.assertEqual(client.request("GET", "/livez").status, 200)

    def test_bodies_in_chunks_and_after_a_pause(self):
        client = self.connect()
        client.send("POST /v1/raw HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        for size in (1, 300, 17):
            client.send(f"{size:x}\r\n{'x' * size}\r\n")
            time.sleep(0.02)
        client.send("0\r\n\r\n")
        self.assertEqual(client.reply().json["body_length"], 318)
        client.send("POST /v1/raw HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        time.sleep(0.05)
        client.send("abcd")
        self.assertEqual(client.reply().json["body_length"], 4)

    def test_a_body_over_the_limit(self):
        client, reply = self.raw(f"POST /v1/raw HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n{'x' * 1001}")
        self.assertEqual((reply.status, reply.json["code"]), (413, "body_too_large"))
        self.assertEqual(client.request("POST", "/v1/raw", "x" * 1000).status, 200)  # read, dropped, and on
        client, reply = self.raw("POST /v1/raw HTTP/1.1\r\nHost: t\r\nContent-Length: 9000\r\n\r\n")
        self.assertEqual((reply.status, reply.json["code"]), (413, "body_too_large"))
        self.assertTrue(client.ended())  # too much to wait for
        self.assertEqual(self.connect().request("POST", "/v1/raw", "x" * 1000).status, 200)
        client = self.connect()
        client.send("POST /v1/raw HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(f"{1001:x}\r\n{'x' * 1001}\r\n0\r\n\r\n")
        self.assertEqual(client.reply().status, 413)
        self.assertEqual(client.request("GET", "/livez").status, 200)
        client = self.connect()  # one that never stops is given up
        client.send("POST /v1/raw HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        with self.assertRaises((ConnectionError, EOFError)):
            for _ in range(1000):
                client.send(f"{1000:x}\r\n{'x' * 1000}\r\n")
            client.reply()

    def test_requests_behind_one_another(self):
        client = self.connect()
        client.send("".join(f"GET /v1/names/n{i} HTTP/1.1\r\nHost: t\r\n\r\n" for i in range(50)))
        self.assertEqual([client.reply().json["value"] for _ in range(50)], [f"n{i}" for i in range(50)])

    def test_names_for_tracing(self):
        client = self.connect()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        reply = client.request("GET", "/livez", Request_Id="call-7", traceparent=trace)
        self.assertEqual(reply.headers["request-id"], "call-7")
        self.assertEqual(reply.headers["traceparent"][:36], trace[:36])
        self.assertNotEqual(reply.headers["traceparent"], trace)
        reply = client.request("GET", "/livez", Request_Id="no spaces", traceparent="00-00-00-00")
        self.assertNotEqual(reply.headers["request-id"], "no spaces")
        self.assertRegex(reply.headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
        self.assertEqual((reply.headers["x-content-type-options"], reply.headers["cache-control"]),
                         ("nosniff", "no-store"))

    def test_other_origins(self):
        client = self.connect()
        reply = client.request("GET", "/livez", Origin="https://portal.example")
        self.assertEqual(reply.headers["access-control-allow-origin"], "https://portal.example")
        self.assertIn("ETag", reply.headers["access-control-expose-headers"])
        reply = client.request("GET", "/livez", Origin="https://portal.example.evil.example")
        self.assertNotIn("access-control-allow-origin", reply.headers)
        self.assertEqual(reply.headers["vary"], "Origin")
        reply = client.request("OPTIONS", "/v1/things", Origin="https://portal.example",
                               Access_Control_Request_Method="POST")
        self.assertEqual(reply.status, 204)
        self.assertIn("POST", reply.headers["access-control-allow-methods"])
        self.assertIn("Idempotency-Key", reply.headers["access-control-allow-headers"])

    def test_the_log_has_the_gates_and_no_secret(self):
        client = self.connect()
        secret = token()
        client.request("POST", "/v1/things", '{"name":"hidden-name"}', Authorization="Bearer " + secret,
                       Content_Type="application/json", Idempotency_Key="1", Request_Id="seek-me")
        client.request("GET", "/v1/slow?wait_ms=hidden", Request_Id="seek-me-too")
        client.request("GET", "/livez")
        text = self.log_text()
        lines = {line["request_id"]: line for line in map(json.loads, text.splitlines())}
        line = lines["seek-me"]
        self.assertEqual((line["operation"], line["status"], line["tenant"], line["subject"]),
                         ("create_thing", 200, "acme", "ann"))
        for gate in ("framing", "route", "authenticate", "role", "limits", "decode", "lane", "queue", "work"):
            self.assertGreaterEqual(line[gate + "_us"], 0)
        self.assertEqual((lines["seek-me-too"]["refused_by"], lines["seek-me-too"]["problem"]),
                         ("decode", "invalid_parameter"))
        self.assertNotIn("hidden", text)
        self.assertNotIn(secret.split(".")[2], text)

    def test_metrics(self):
        client = self.connect()
        client.request("GET", "/v1/names/x")
        text = client.request("GET", "/metrics").body.decode()
        self.assertIn('tandem_http_requests_total{operation="get_name",status="2xx"} 1', text)
        self.assertIn('tandem_lane_waiting{lane="write"} 0', text)


class Framing(ServerCase):
    def test_what_two_readers_could_read_differently_is_refused_and_the_connection_closed(self):
        line = "POST /v1/raw HTTP/1.1\r\n"
        host = "Host: t\r\n"
        cases = {
            "two lengths": line + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "two equal lengths": line + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "length and chunked": line + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunked twice": line + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "gzip": line + host + "Transfer-Encoding: gzip\r\n\r\n",
            "gzip, chunked": line + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "identity": line + host + "Transfer-Encoding: identity\r\n\r\n",
            "chunked in 1.0": "POST /v1/raw HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "two hosts": line + host + host + "\r\n",
            "two tokens": line + host + "Authorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
            "two types": line + host + "Content-Type: a/b\r\nContent-type: a/b\r\n\r\n",
            "two keys": line + host + "Idempotency-Key: 1\r\nIdempotency-Key: 2\r\n\r\n",
            "two preconditions": line + host + 'If-Match: "1"\r\nIf-Match: "2"\r\n\r\n',
            "signed length": line + host + "Content-Length: +1\r\n\r\na",
            "length list": line + host + "Content-Length: 1, 1\r\n\r\na",
            "hex length": line + host + "Content-Length: 0x1\r\n\r\na",
            "huge length": line + host + "Content-Length: 99999999999999999999999\r\n\r\n",
            "name with space": line + host + "Content-Length : 1\r\n\r\na",
            "name with tab": line + host + "A\tb: 1\r\n\r\n",
            "name with a high byte": line.encode() + host.encode() + b"A\xe9: 1\r\n\r\n",
            "folded line": line + host + "A: 1\r\n b: 2\r\n\r\n",
            "control character in a value": line + host + "A: 1\x01\r\n\r\n",
            "no host": line + "\r\n",
            "version 1.2": "GET /livez HTTP/1.2\r\n" + host + "\r\n",
            "version 2.0": "GET /livez HTTP/2.0\r\n" + host + "\r\n",
            "target without a slash": "GET livez HTTP/1.1\r\n" + host + "\r\n",
            "target with a fragment": "GET /livez#a HTTP/1.1\r\n" + host + "\r\n",
            "target with a high byte": b"GET /livez\xe9 HTTP/1.1\r\nHost: t\r\n\r\n",
        }
        for name, data in cases.items():
            with self.subTest(name):
                client, reply = self.raw(data)
                # libmicrohttpd speaks before our gate on two of them
                own = {"huge length": 413, "version 2.0": 505}
                self.assertEqual(reply.status, own.get(name, 400))
                self.assertTrue(client.ended())
        self.assertEqual(self.connect().request("GET", "/livez").status, 200)

    def test_headers_of_every_length_are_answered(self):
        for length in (5500, 6000, 6300, 6900, 7300, 40000):
            client, reply = self.raw(f"GET /livez HTTP/1.1\r\nHost: t\r\nA: {'x' * length}\r\n\r\n")
            self.assertIn(reply.status, (200, 400, 431))
            self.assertEqual(reply.status == 200, length < 6100)
            self.assertEqual(client.ended(), True) if reply.status != 200 else None

    def test_our_gates_speak_problem_json(self):
        client, reply = self.raw("GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        self.assertEqual(reply.json["code"], "malformed_request")
        self.assertEqual(reply.headers["connection"].lower(), "close")


class Clock(ServerCase):
    settings = {"clock_moves": 1}

    def test_the_clock_moves_when_it_may(self):
        client = self.connect()
        for sent, taken in (("86400", 86400 * 10**6), ("-3600", -3600 * 10**6), ("+1", 10**6), ("0", 0)):
            reply = client.request("GET", "/v1/names/x", Tandem_Clock_Offset=sent)
            self.assertEqual(reply.json["clock_offset_us"], taken)
        for sent in ("1.5", "1s", "", "-", "99999999999"):
            self.assertEqual(client.request("GET", "/v1/names/x", Tandem_Clock_Offset=sent).status, 400)


class Rate(ServerCase):
    settings = {"rate": 5}

    def test_a_caller_has_its_own_rate(self):
        client = self.connect()
        ann = {"Authorization": "Bearer " + token()}
        replies = [client.request("GET", f"/v1/things/{THING}", **ann) for _ in range(8)]
        self.assertEqual([reply.status for reply in replies[:5]], [200] * 5)
        self.assertEqual(replies[0].headers["ratelimit-policy"], '"caller";q=5;w=1')
        self.assertIn("r=4", replies[0].headers["ratelimit"])
        self.assertEqual(replies[7].status, 429)
        self.assertEqual(replies[7].headers["retry-after"], "1")
        bob = {"Authorization": "Bearer " + token(sub="bob")}
        self.assertEqual(client.request("GET", f"/v1/things/{THING}", **bob).status, 200)
        other = {"Authorization": "Bearer " + token(tenant="other")}
        self.assertEqual(client.request("GET", f"/v1/things/{THING}", **other).status, 200)
        time.sleep(1.1)
        self.assertEqual(client.request("GET", f"/v1/things/{THING}", **ann).status, 200)


class Suspended(ServerCase):
    settings = {"access_log": 0}

    def test_64_connections_at_once(self):
        failures = []

        def work(number):
            try:
                client = Client(self.port)
                for i in range(40):
                    name = f"{number}-{i}"
                    if i % 4 == 3:
                        reply = client.request("GET", "/v1/slow?wait_ms=2")
                        good = reply.status == 200
                    else:
                        reply = client.request("GET", f"/v1/names/{name}")
                        good = reply.json["value"] == name
                    if not good:
                        failures.append((name, reply.status))
                client.close()
            except Exception as error:  # noqa: BLE001 - any failure of a client is the test's failure
                failures.append((number, repr(error)))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_clients_that_leave_while_suspended(self):
        for _ in range(30):
            client = Client(self.port)
            client.send("GET /v1/slow?wait_ms=30 HTTP/1.1\r\nHost: t\r\n\r\n")
            client.close()
        time.sleep(0.3)
        self.assertEqual(self.connect().request("GET", "/v1/slow?wait_ms=1").status, 200)


class FullQueue(ServerCase):
    settings = {"threads": 1, "queue": 2, "deadline_ms": 250}

    def test_full_queue_and_deadline(self):
        clients = [self.connect() for _ in range(4)]
        for client in clients[:3]:
            client.send("GET /v1/slow?wait_ms=600 HTTP/1.1\r\nHost: t\r\n\r\n")
            time.sleep(0.1)
        reply = clients[3].request("GET", "/v1/slow")
        self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "overloaded", "1"))
        self.assertEqual(clients[0].reply().status, 200)
        for client in clients[1:3]:  # they waited longer than their deadline and were not started
            reply = client.reply()
            self.assertEqual((reply.status, reply.json["code"]), (503, "deadline_exceeded"))
        self.assertEqual(clients[3].request("GET", "/v1/slow").status, 200)


class Slow(ServerCase):
    settings = {"header_timeout_s": 1, "body_timeout_s": 1}

    def drip(self, client, text):
        """A byte every 0.2 s, so that no idle timer ever fires. How long the server bore it."""
        begun = time.monotonic()
        try:
            for c in text:
                client.send(c)
                client.socket.settimeout(0.2)
                try:
                    if client.socket.recv(100) == b"":
                        break
                except TimeoutError:
                    pass
        except ConnectionError:
            pass
        return time.monotonic() - begun

    def test_dripping_clients_are_shut_down(self):
        self.assertLess(self.drip(self.connect(), "GET /" + "x" * 40), 3.5)
        self.assertLess(self.drip(self.connect(), "GET /livez HTTP/1.1\r\nA: " + "x" * 40), 4.5)
        client = self.connect()
        client.send("POST /v1/raw HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n")
        self.assertLess(self.drip(client, "x" * 40), 3.5)

    def test_an_idle_connection_and_a_long_answer_are_no_drip(self):
        client = self.connect()
        self.assertEqual(client.request("GET", "/livez").status, 200)
        time.sleep(2.5)
        self.assertEqual(client.request("GET", "/v1/slow?wait_ms=2500").status, 200)


class Drain(ServerCase):
    settings = {"threads": 4}

    def test_what_was_accepted_is_answered(self):
        idle = self.connect()
        self.assertEqual(idle.request("GET", "/readyz").status, 200)
        clients = [self.connect() for _ in range(24)]
        for client in clients:
            client.send("GET /v1/slow?wait_ms=200 HTTP/1.1\r\nHost: t\r\n\r\n")
        time.sleep(0.1)
        self.process.send_signal(signal.SIGTERM)
        replies = [client.reply() for client in clients]
        self.assertEqual([reply.status for reply in replies], [200] * 24)
        self.assertEqual({reply.headers["connection"].lower() for reply in replies}, {"close"})
        self.assertTrue(all(client.ended() for client in clients))
        self.assertTrue(idle.ended())
        self.assertEqual(self.process.wait(5), 0)
        with self.assertRaises(ConnectionError):
            Client(self.port)

    def test_requests_in_the_accept_queue_are_answered(self):
        """Connected and sent while the loop was stopped: accepted by the kernel, so accepted."""
        os.kill(self.process.pid, signal.SIGSTOP)
        clients = [self.connect() for _ in range(32)]
        for i, client in enumerate(clients):
            client.send(f"GET /v1/names/n{i} HTTP/1.1\r\nHost: t\r\n\r\n")
        self.process.send_signal(signal.SIGTERM)
        os.kill(self.process.pid, signal.SIGCONT)
        self.assertEqual([client.reply().json["value"] for client in clients], [f"n{i}" for i in range(32)])
        self.assertEqual(self.process.wait(5), 0)

    def test_a_load_that_does_not_stop(self):
        """Every request that got its bytes in before the end is answered whole, or its connection was never taken."""
        broken, answered = [], []

        def work():
            while True:
                try:
                    client = Client(self.port)
                except ConnectionError:
                    return
                try:
                    while True:
                        reply = client.request("GET", "/v1/slow?wait_ms=5")
                        answered.append(reply.status)
                        if reply.headers.get("connection", "").lower() == "close":
                            break
                except (EOFError, ConnectionError) as error:
                    broken.append(repr(error))
                finally:
                    client.close()

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(20)
        self.assertEqual(self.process.wait(10), 0)
        self.assertGreater(len(answered), 100)
        self.assertEqual(set(answered), {200})
        self.assertEqual(broken, [])


class DrainDeadline(ServerCase):
    settings = {"drain_timeout_s": 1}

    def tearDown(self):
        self.assertEqual(self.process.wait(10), 1)  # one was not answered, and the exit says so
        self.process.send_signal = lambda _: None
        for client in self.clients:
            client.close()
        self.process.stdout.close()
        self.assertNotIn("Sanitizer", self.log_text())
        self.log.close()
        self.folder.cleanup()

    def test_a_worker_that_does_not_come_back_in_time(self):
        client = self.connect()
        client.send("GET /v1/slow?wait_ms=3000 HTTP/1.1\r\nHost: t\r\n\r\n")
        time.sleep(0.1)
        self.process.send_signal(signal.SIGTERM)
        self.assertTrue(client.ended())


if __name__ == "__main__":
    unittest.main(verbosity=0)
