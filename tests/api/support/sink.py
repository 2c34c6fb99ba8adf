"""A receiver of webhooks: a small HTTP server of the test, which answers as it is told and keeps what it got."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time


def signatures(secret, message_id, timestamp, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


class Delivered:
    def __init__(self, headers, body):
        self.headers, self.body, self.json = headers, body, json.loads(body)
        self.id, self.at = headers["webhook-id"], time.monotonic()

    def is_signed_by(self, secret):
        made = signatures(secret, self.id, self.headers["webhook-timestamp"], self.body)
        return made in self.headers["webhook-signature"].split(" ")


class Sink:
    """`answer(delivered)` gives a status, or (status, headers); it may wait. 200 unless set."""

    def __init__(self, port=0):
        self.received, self.taken = [], []  # all; those answered 2xx
        self.answer = lambda delivered: 200
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                delivered = Delivered(dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
                sink.received.append(delivered)
                answer = sink.answer(delivered)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                if 200 <= status < 300:
                    sink.taken.append(delivered)
                try:
                    self.send_response(status)
                    for name, value in ({"Content-Length": "0"} | headers).items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass  # the sender did not wait for us

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/tandem"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
