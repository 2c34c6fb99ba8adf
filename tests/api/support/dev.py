"""`tandem dev` in a directory of one test."""
import os
import pathlib
import signal
import subprocess
import time

TANDEM = os.environ["TANDEM"]


def started(directory):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    with open(f"{directory}/log", "w", encoding="utf-8") as log:
        service = subprocess.Popen([TANDEM, "dev", "--data-dir", f"{directory}/data", "--port", "0"],
                                   stdout=log, stderr=log, env=environment)
    for _ in range(600):
        if os.path.exists(f"{directory}/data/dev.env"):
            return service
        assert service.poll() is None, pathlib.Path(f"{directory}/log").read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError("tandem dev did not start within a minute")


def stopped(service):
    service.send_signal(signal.SIGTERM)
    return service.wait(timeout=60)
