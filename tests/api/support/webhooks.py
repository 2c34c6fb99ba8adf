"""Endpoints and what is delivered to them, in few words."""
import pathlib
import subprocess

from .stand import SANITIZER

DEALS = "/v1/opportunities"
ENDPOINTS = "/v1/webhook-endpoints"


def endpoint(tenant, url, role="admin", **more):
    return tenant.as_(role).post(ENDPOINTS, {"url": url} | more, expect=201)


def deliveries(tenant, made, role="admin", **query):
    return tenant.as_(role).all(f"{ENDPOINTS}/{made['endpoint_id']}/deliveries", query)


def change(tenant, deal, step="Offer"):
    return tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}", {"next_step": step}, etag="*", expect=200)


def in_order(delivered, deals):
    """Sequences by deal, of those that were taken, without repeats."""
    seen = {deal["opportunity_id"]: [] for deal in deals}
    for each in delivered:
        own = seen[each.json["opportunity_id"]]
        if each.json["sequence"] not in own:
            own.append(each.json["sequence"])
    return seen


class SlowNames:
    """For a service with `settings` a look-up of slow.example ends when `open()` was called: with 127.0.0.1."""

    def __init__(self, directory):
        self.closed, library = directory / "slow_names.closed", directory / "slow_names.so"
        self.closed.touch()
        source = pathlib.Path(__file__).with_name("slow_names.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        self.settings = {"LD_PRELOAD": str(library), "SLOW_NAMES": str(self.closed),
                         "ASAN_OPTIONS": f"{SANITIZER['ASAN_OPTIONS']}:verify_asan_link_order=0"}

    def open(self):
        self.closed.unlink()


class MovedClock:
    """For a service with `settings`: clock(seconds) moves the time of deliveries on."""

    def __init__(self, directory):
        self.file, self.at = directory / "clock", 0
        self.settings = {"TANDEM_TEST_CLOCK_FILE": str(self.file)}
        self(0)

    def __call__(self, seconds):
        self.at += seconds
        new = self.file.with_suffix(".new")
        new.write_text(str(self.at))
        new.rename(self.file)
