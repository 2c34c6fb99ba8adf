"""What the tests over real sockets share: a server with invented routes for each test, a client that sends exactly the
bytes it is given, and tokens."""
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
