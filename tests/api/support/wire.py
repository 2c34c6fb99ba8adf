"""A wire between the service and PostgreSQL that loses what it is told to lose."""
import os
import shutil
import socket
import struct
import tempfile
import threading


class Wire:
    """A Unix socket that passes everything on, until `lose_commits` says how many answers of COMMIT get lost: the
    statement reaches PostgreSQL and is done, and the service's connection ends instead of the answer."""

    def __init__(self, directory):
        self.directory = tempfile.mkdtemp(prefix="tandem-wire-", dir="/tmp")
        self.backend = os.path.join(directory, ".s.PGSQL.5432")
        self.lose_commits = 0
        self.lost = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.directory, ".s.PGSQL.5432"))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def accept(self):
        while True:
            try:
                service, _ = self.listener.accept()
            except OSError:
                return
            backend = socket.socket(socket.AF_UNIX)
            backend.connect(self.backend)
            losing = threading.Event()
            threading.Thread(target=self.forward, args=(service, backend, losing), daemon=True).start()
            threading.Thread(target=self.back, args=(service, backend, losing), daemon=True).start()

    def forward(self, service, backend, losing):
        """From the service: a simple query "commit" of a request's write is the only message that matters here."""
        commit = b"Q" + struct.pack("!i", 4 + len("commit") + 1) + b"commit\0"
        writes = False  # by the name that the connection gives itself: the service's own jobs commit as well
        with service:
            try:
                while data := service.recv(65536):
                    writes = writes or b"tandem write" in data
                    if writes and data == commit and self.lose_commits > 0:
                        self.lose_commits -= 1
                        losing.set()
                    backend.sendall(data)
            except OSError:
                pass
            end(backend)

    def back(self, service, backend, losing):
        with backend:
            try:
                while data := backend.recv(65536):
                    if losing.is_set():
                        self.lost += 1
                        break
                    service.sendall(data)
            except OSError:
                pass
            end(service)


def end(side):
    """The thread that reads from it sees the end, and closes it."""
    try:
        side.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
