"""A CRM that speaks to the service: its source, its secrets, and messages as it signs them. The signatures are made here by the
specifications, not by the service's code."""
import base64
import hashlib
import hmac
import itertools
import json
import os
import secrets
import time

from .tenant import uuid7

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 4, "shared", "data", "webhooks")
numbers = itertools.count(1)


def shared(name):
    """The text of a public vector or sample; skips visibly where they are not beside the tree."""
    import pytest
    path = os.path.join(os.environ.get("TEST_WEBHOOK_DATA", SHARED), name)
    if not os.path.exists(path):
        pytest.skip(f"{name} is not here (TEST_WEBHOOK_DATA)")
    with open(path, "rb") as file:
        return file.read()


def hubspot_signature(secret, uri, body, timestamp):
    digest = hmac.new(secret.encode(), b"POST" + uri.encode() + body + str(timestamp).encode(), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


def webhook_signature(secret, message_id, timestamp, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest.digest()).decode()


class Crm:
    """A source of one tenant and the CRM behind it. `send` signs with the secret that it holds."""

    paths = {"hubspot": "hubspot", "salesforce": "salesforce", "generic": "events"}

    def __init__(self, tenant, kind, put=True, source_id=None, secret=None, **changes):
        self.tenant, self.kind = tenant, kind
        self.source_id = source_id or uuid7()
        self.directory = os.path.join(tenant.facts["crm_secrets"], tenant.key)
        self.secret = secret or self.new_secret()
        self.name = self.write_secret(self.secret)
        self.path = f"/v1/crm/{self.source_id}/{self.paths[kind]}"
        self.public_url = f"https://tandem.example{self.path}"
        self.changes, self.answer = changes, None
        if put:
            self.put()

    def new_secret(self):
        return secrets.token_hex(16) if self.kind == "hubspot" else \
            "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()

    def write_secret(self, secret):
        """A new file among the tenant's secrets; its name."""
        os.makedirs(self.directory, exist_ok=True)
        name = f"{self.kind}-{next(numbers)}"
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(secret + "\n")
        return name

    def body(self, **changes):
        return {"kind": self.kind, "source": f"{self.kind}-{self.source_id[-6:]}",
                "person_id": self.tenant.as_("crm_sync").person_id, "secrets": {"current": self.name, "previous": None},
                "public_url": self.public_url, "currency": "USD"} | self.changes | changes

    def put(self, expect=None, **changes):
        self.changes |= changes
        self.answer = self.tenant.as_("admin").put(f"/v1/crm/sources/{self.source_id}", self.body(),
                                                   self.answer and self.answer.etag,
                                                   expect=expect or (200 if self.answer else 201))
        return self.answer

    # -- messages ----------------------------------------------------------------------------------------------------
    def now(self):
        return time.time() + self.tenant.offset_s

    def headers(self, body, message_id=None, secret=None, timestamp=None):
        secret = secret or self.secret
        if self.kind == "hubspot":
            timestamp = timestamp or int(self.now() * 1000)
            return {"X-HubSpot-Request-Timestamp": str(timestamp),
                    "X-HubSpot-Signature-v3": hubspot_signature(secret, self.public_url, body, timestamp)}
        timestamp = timestamp or int(self.now())
        message_id = message_id or f"msg_{secrets.token_hex(8)}"
        return {"webhook-id": message_id, "webhook-timestamp": str(timestamp),
                "webhook-signature": webhook_signature(secret, message_id, timestamp, body)}

    def send(self, message, expect=200, headers=None, path=None, content_type="application/json", judge=True, **signing):
        """`message`: bytes as they are, anything else as JSON."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        sent = self.headers(body, **signing) | {"Content-Type": content_type} | (headers or {})
        return self.tenant.nobody().send("POST", path or self.path, body, headers=sent, key=None, expect=expect,
                                         judge=judge)


def deal_event(number, name, value, at_ms, event_id=None, **more):
    """One of HubSpot's events."""
    return {"eventId": event_id or number * 1000 + next(numbers), "subscriptionId": 25, "portalId": 33, "appId": 1160452,
            "occurredAt": at_ms, "subscriptionType": "deal.propertyChange", "attemptNumber": 0, "objectId": number,
            "propertyName": name, "propertyValue": value, "changeSource": "CRM"} | more


STAGES = [{"value": "new", "stage": "discovery"}, {"value": "proposal", "stage": "proposal"},
          {"value": "contract", "stage": "negotiation"}, {"value": "closedwon", "stage": "closed", "outcome": "won"},
          {"value": "closedlost", "stage": "closed", "outcome": "lost"}]
CATEGORIES = [{"value": "COMMIT", "category": "commit"}, {"value": "BEST_CASE", "category": "best_case"}]


REASONS = ("older", "not_a_deal", "own_change", "nothing_of_interest", "not_json", "not_an_event", "unreadable_value", "gap",
           "too_many_attempts", "refused")
REASON = "case i.reason when 10 then i.problem || ': ' || i.detail else (array['" + "','".join(REASONS) + "'])[i.reason] end"


def rows(database, crm, columns=f"i.state, {REASON}"):
    with database.cursor() as cursor:
        cursor.execute(f"select {columns} from inbox i join crm_source s using (tenant_id, crm_source_id) where s.id = %s"
                       " order by i.inbox_id", (crm.source_id,))
        return cursor.fetchall()


def settled(database, *crms, wait_s=30):
    """Waits until everything that came is settled: a look at what the service shows, again and again until then."""
    deadline = time.monotonic() + wait_s
    while any(state == 1 for crm in crms for state, _ in rows(database, crm)):
        assert time.monotonic() < deadline, [r for crm in crms for r in rows(database, crm) if r[0] == 1]
        time.sleep(0.02)


def deals(crm):
    """The source's deals by their ids in the CRM."""
    found = {}
    for deal in crm.tenant.as_("crm_sync").all("/v1/opportunities"):
        for link in deal["external_ids"]:
            if link["source"] == crm.answer["source"]:
                found[link["external_id"]] = deal
    return found
