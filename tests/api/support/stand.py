"""What a run stands on: one database cluster and one running service for all tests and all workers."""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from . import keys
from .cluster import OWNER, SERVICE, Cluster
from .contract import ROOT

SANITIZER = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def binary():
    """The service under test: $TANDEM, else the build directory of the tree."""
    path = os.environ.get("TANDEM") or os.path.join(ROOT, "build", "service", "tandem")
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"there is no service at {path}: build it, or set TANDEM to the binary")
    return os.path.abspath(path)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def clean_environment():
    """Ours without the caller's settings: a test must not depend on the shell that started it."""
    return {n: v for n, v in os.environ.items() if not n.startswith("TANDEM_")} | SANITIZER


class Service:
    """One `tandem serve`. Tests that stop, starve or misconfigure a service start one of their own."""

    def __init__(self, settings, log_path):
        self.port = free_port()
        self.settings = settings | {"TANDEM_ADDRESS": "127.0.0.1", "TANDEM_PORT": str(self.port)}
        self.log_path = log_path
        self.process = None

    def start(self, wait_s=30):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen([binary(), "serve"], env=clean_environment() | self.settings,
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).close()
                return self
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the service did not become ready:\n{self.log()[-4000:]}")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, wait_s=30):
        """SIGTERM; the exit status, or -9 when it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(wait_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Stand:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="tandem-test-", dir="/tmp")
        self.traffic = os.environ.get("TEST_TRAFFIC") or os.path.join(self.directory, "traffic")
        os.makedirs(self.traffic, exist_ok=True)
        self.cluster = Cluster()
        self.service = None

    def start(self):
        self.ring = keys.KeyRing(self.directory)
        self.cluster.start()
        self.cluster.create_database("tandem")
        self.settings = {
            "TANDEM_DATABASE_URL": self.cluster.url("tandem", SERVICE),
            "TANDEM_JWT_KEYS": self.ring.path,
            "TANDEM_TEST_CLOCK": "true",
            "TANDEM_WEBHOOK_PRIVATE_TARGETS": "true",
            "TANDEM_SIGNING_KEY_FILE": self.ring.signing_path,
            "TANDEM_CRM_SECRETS_DIR": os.path.join(self.directory, "crm"),
        }
        self.owner_settings = {"TANDEM_OWNER_DATABASE_URL": self.cluster.url("tandem", OWNER)}
        run_tandem(self.owner_settings, "migrate", "up", "--daemon-role", SERVICE)
        self.service = Service(self.settings, os.path.join(self.directory, "service.log")).start()

    def facts(self):
        """What a worker needs to know; plain data, because it travels between processes."""
        return {
            "port": self.service.port,
            "pid": self.service.process.pid,
            "log": self.service.log_path,
            "settings": self.settings,
            "owner_settings": self.owner_settings,
            "superuser_url": self.cluster.url("tandem", "postgres"),
            "private_keys": self.ring.private_texts(),
            "traffic": self.traffic,
            "directory": self.directory,
            "crm_secrets": self.settings["TANDEM_CRM_SECRETS_DIR"],
        }

    def stop(self):
        """Stops everything, and leaves beside the recorded traffic how the service ended."""
        try:
            if self.service:
                status = self.service.stop()
                log = self.service.log()
                with open(os.path.join(self.traffic, "service-end.json"), "w", encoding="utf-8") as file:
                    json.dump({"status": status, "reports": sanitizer_reports(log), "tail": log[-4000:]}, file)
        finally:
            self.cluster.stop()
            shutil.rmtree(self.directory, ignore_errors=True)


def sanitizer_reports(log):
    """The lines of ASan, UBSan and LeakSanitizer, each with what follows."""
    lines = log.splitlines()
    return ["\n".join(lines[i:i + 25]) for i, line in enumerate(lines)
            if "runtime error:" in line or "ERROR: AddressSanitizer" in line or "ERROR: LeakSanitizer" in line]


def run_tandem(settings, *arguments, check=True, stdin=None):
    result = subprocess.run([binary(), *arguments], env=clean_environment() | settings, text=True,
                            input=stdin, stdin=None if stdin else subprocess.DEVNULL, capture_output=True)
    if check and result.returncode:
        raise RuntimeError(f"tandem {' '.join(arguments)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result
