"""Bytes on a socket: requests that no HTTP library would send. The answer is judged and recorded like any other."""
import http.client
import socket

from .client import Answer, Exchange


class Unclosed:
    def __init__(self, file):
        self.file = file

    def __getattr__(self, name):
        return getattr(self.file, name)

    def close(self):
        pass


class Wire:
    def __init__(self, client):
        self.client = client
        self.socket = socket.create_connection(("127.0.0.1", client.port), timeout=20)
        self.file = self.socket.makefile("rb")  # one buffer for all answers

    def makefile(self, *_):
        """What HTTPResponse reads from; it must not close what the next answer needs."""
        return Unclosed(self.file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def answer(self, method="GET", target="/", roles=()):
        """The next answer, or None when the service has hung up without one."""
        response = http.client.HTTPResponse(self, method=method)
        try:
            response.begin()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return None
        answer = Answer(response.status, response.headers, response.read())
        if "Content-Type" not in answer.headers:
            return answer  # libmicrohttpd's own, before any of our code
        self.client.traffic.record(self.client.contract.match(method, target), answer)
        self.client.contract.judge(Exchange(method, target, {}, None, roles), answer)
        return answer

    def rest(self):
        """What comes until the service hangs up; fails when it does not."""
        try:
            return self.file.read()
        except ConnectionResetError:
            return b""


def exchange(client, data, method="GET", target="/"):
    """Sends the bytes and gives the answer; with `Connection: close`, once the service has hung up."""
    with Wire(client) as wire:
        wire.send(data)
        answer = wire.answer(method, target)
        if closes(answer):
            wire.rest()
        return answer


def closes(answer):
    return answer is None or answer.headers.get("Connection", "").lower() == "close"
