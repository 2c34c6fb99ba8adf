"""A wire between the service and PostgreSQL that loses what it is told to lose, and tells each step."""
import os
import re
import shutil
import socket
import struct
import tempfile
import threading


class Wire:
    """A Unix socket that passes everything on, until `lose_commits` says how many answers of COMMIT get lost: the
    statement reaches PostgreSQL and is done, and the service's connection ends instead of the answer.

    `step(application, name)`, if there is one, hears of each statement before PostgreSQL does, and of each answered COMMIT
    before the service does; when it gives True, the connection ends there."""

    def __init__(self, directory):
        self.directory = tempfile.mkdtemp(prefix="tandem-wire-", dir="/tmp")
        self.backend = os.path.join(directory, ".s.PGSQL.5432")
        self.lose_commits = 0
        self.lost = 0
        self.step = None
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
            line = Line(service, backend)
            threading.Thread(target=self.forward, args=(line,), daemon=True).start()
            threading.Thread(target=self.back, args=(line,), daemon=True).start()

    def stops(self, line, name):
        return bool(name and self.step and self.step(line.application, name))

    def forward(self, line):
        """From the service."""
        with line.service:
            try:
                while data := line.service.recv(65536):
                    name = line.hear(data)
                    # of a request's write: the service's own jobs commit as well
                    if line.is_write() and name == "commit" and self.lose_commits > 0:
                        self.lose_commits -= 1
                        line.losing = True
                    if self.stops(line, name):
                        break
                    line.backend.sendall(data)
            except OSError:
                pass
            end(line.backend)

    def back(self, line):
        with line.backend:
            try:
                while data := line.backend.recv(65536):
                    if line.losing:
                        self.lost += 1
                        break
                    if self.stops(line, line.answered()):
                        break
                    line.service.sendall(data)
            except OSError:
                pass
            end(line.service)


class Line:
    """One connection of the service."""

    def __init__(self, service, backend):
        self.service, self.backend = service, backend
        self.application = self.asked = None
        self.losing = False

    def hear(self, data):
        """The name of the prepared statement that a message of the service runs, or the text of a simple query; else None."""
        if not self.application and (said := re.search(rb"application_name\0([^\0]+)\0", data)):
            self.application = said[1].decode()
        self.asked = None
        if data[:1] == b"Q":
            self.asked = data[5:-1].decode()
        elif data[:1] == b"B":
            self.asked = data[data.index(b"\0", 5) + 1:].split(b"\0", 1)[0].decode()
        return self.asked

    def is_write(self):
        return bool(self.application and self.application.startswith("tandem write"))

    def answered(self):
        """"commit answered" once after each commit."""
        asked, self.asked = self.asked, None
        return "commit answered" if asked == "commit" else None


def end(side):
    """The thread that reads from it sees the end, and closes it."""
    try:
        side.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
