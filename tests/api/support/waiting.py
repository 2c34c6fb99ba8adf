"""Waiting for what the service shows of itself."""
import time


def metric(tenant, name):
    text = tenant.nobody().get("/metrics", expect=200).text
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")))


def until(condition, patience_s=60):
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience_s, "it does not come"
        time.sleep(0.05)
    return time.monotonic() - began
