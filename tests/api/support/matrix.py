"""Turns an operation of the contract into a request that is well formed: the base of the generated matrices."""
import datetime
import re

import pytest

from .contract import Contract

CONTRACT = Contract()
PROTECTED = [o for o in CONTRACT.operations.values() if not o.public]
NO_ID = "01939f00-0000-7000-8000-00000000dead"
TODAY, YEAR = datetime.date.today(), datetime.timedelta(days=365)


def operations(condition=lambda operation: True):
    return pytest.mark.parametrize("operation", [o for o in PROTECTED if condition(o)], ids=lambda o: o.name)


def path_names(operation):
    return re.findall(r"\{(\w+)\}", operation.path)


# path parameters that are names and not ids of rows
NAMES = {"criterion": "need", "period": "2026-Q4", "code": "not_found", "currency": "EUR", "date": "2026-11-02"}
# query parameters without which the operation is refused
QUERY = {"period": "2026-Q4", "source": "crm", "from": (TODAY - YEAR).isoformat(), "to": (TODAY + YEAR).isoformat()}
IDS = {"registration_id", "opportunity_id", "claim_id", "account_id", "partner_id", "person_id", "endpoint_id"}


def target(operation, ids=None):
    values = {name: NO_ID for name in path_names(operation)} | NAMES | (ids or {})
    path = operation.path.format(**values)
    needed = {p["name"] for p in operation.parameters if p["in"] == "query" and p.get("required")}
    return path + ("?" + "&".join(f"{n}={QUERY[n]}" for n in sorted(needed)) if needed else "")


def body(operation):
    return operation.body[2] if operation.body else None


def headers(operation):
    """The preconditions that the operation asks for. PUT creates; PATCH takes any version."""
    if operation.method == "PATCH":
        return {"If-Match": "*"}
    if operation.method == "PUT":
        return {"If-None-Match": "*"}
    return {}


def send(caller, operation, ids=None, **changes):
    options = {"body": body(operation), "headers": headers(operation)} | changes
    return caller.send(operation.method, changes.pop("target", None) or target(operation, ids),
                       **{n: v for n, v in options.items() if n != "target"})
