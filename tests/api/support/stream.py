"""A reader of an answer that comes while it is read (server-sent events, an export), on a socket of its own."""
import json
import socket


class Stream:
    """Opens at once; `status` and `headers` are there, `next()` waits for one message. `slow`: takes next to nothing until
    it is asked to."""

    def __init__(self, caller, target="/v1/events/stream", last_event_id=None, timeout_s=20, slow=False):
        self.socket = socket.socket()
        self.socket.settimeout(timeout_s)
        if slow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", caller.client.port))
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {caller.token}"]
        if last_event_id is not None:
            lines.append(f"Last-Event-ID: {last_event_id}")
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while line := self.file.readline().decode().strip():
            name, value = line.split(": ", 1)
            self.headers[name] = value
        self.buffer = b""
        self.ended = False
        self.whole = False  # ended by its last chunk

    def chunk(self):
        size = self.file.readline()
        length = int(size, 16) if size.strip() else 0
        if length == 0:
            self.ended = True
            self.whole = size.strip() == b"0"
            return b""
        data = self.file.read(length)
        self.file.readline()
        return data

    def message(self):
        """The next block up to an empty line; None at the end."""
        while b"\n\n" not in self.buffer and not self.ended:
            self.buffer += self.chunk()
        if b"\n\n" not in self.buffer:
            return None
        block, self.buffer = self.buffer.split(b"\n\n", 1)
        return block.decode()

    def next(self):
        """(id, type, event) of the next event; comments and settings are passed over. None at the end."""
        while (block := self.message()) is not None:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" in fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])
        return None

    def rest(self):
        """Everything up to the end, whatever the end is."""
        while not self.ended:
            try:
                self.buffer += self.chunk()
            except ConnectionResetError:
                self.ended = True
        return self.buffer

    def body(self):
        return self.file.read(int(self.headers["Content-Length"]))

    def close(self):
        self.file.close()
        self.socket.close()
