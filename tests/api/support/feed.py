"""Reading what comes out a moment later: by polls on what can be seen, with a deadline."""
import time

PATIENCE_S = 20


def until(read, good):
    """The first reading that is good; fails with the last one."""
    deadline = time.monotonic() + PATIENCE_S
    while not good(seen := read()):
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.05)
    return seen


def feed(tenant, **query):
    """Every event of the feed so far, page by page."""
    return tenant.as_("admin").all("/v1/events", query)
