"""What a CRM signs is kept, each event once; everything else is 401, told alike."""
import json

import pytest

from support.client import Caller
from support.crm import REASON, Crm, deal_event, rows, shared, webhook_signature
from support.tenant import uuid7

KINDS = ["hubspot", "salesforce", "generic"]


def change(kind, number=1):
    """One event of the kind."""
    return {
        "hubspot": [deal_event(number, "amount", "100", 1795253400000)],
        "salesforce": {"ChangeEventHeader": {"entityName": "Opportunity", "recordIds": [f"006{number}"],
                                             "changeType": "UPDATE", "changedFields": ["Amount"], "sequenceNumber": 1,
                                             "transactionKey": f"t-{number}", "commitNumber": number,
                                             "commitTimestamp": 1795253400000}, "Amount": 100},
        "generic": {"type": "opportunity.changed", "timestamp": "2026-11-21T09:30:00Z",
                    "data": {"external_id": f"D-{number}", "properties": {"amount": "100"}}},
    }[kind]


def kept(database, crm):
    return rows(database, crm, f"i.dedupe_key, i.state, {REASON}, i.payload")


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_event_is_kept_once_however_often_it_comes(tenant, database, kind):
    crm = Crm(tenant, kind)
    body = json.dumps(change(kind)).encode()
    assert crm.send(body, message_id="m1").json == {"received": 1, "parked": 0, "repeated": 0}
    assert crm.send(body, message_id="m1").json == {"received": 0, "parked": 0, "repeated": 1}
    assert len(kept(database, crm)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_is_not_signed_now_for_this_address_is_refused_alike(tenant, database, kind):
    crm, other = Crm(tenant, kind), Crm(tenant, kind)
    body = json.dumps(change(kind)).encode()
    good = crm.headers(body)
    unit = 1000 if kind == "hubspot" else 1
    refusals = [
        crm.send(body, expect=401, secret=other.secret),
        crm.send(body, expect=401, timestamp=int((crm.now() - 305) * unit)),
        crm.send(body, expect=401, timestamp=int((crm.now() + 305) * unit)),
        crm.send(body, expect=401, path=other.path),
        crm.send(body, expect=401, path=crm.path.replace(crm.source_id, uuid7())),
        crm.send(body + b" ", expect=401, headers=good),
        crm.send(b"not json at all", expect=401, headers=good),
        tenant.nobody().send("POST", crm.path, body, key=None, expect=401),
    ]
    for name in good:
        refusals.append(crm.send(body, expect=401, headers={name: None}))
        refusals.append(crm.send(body, expect=401, headers={name: "1"}))
    told = {json.dumps({n: v for n, v in r.json.items() if n not in ("instance", "request_id")}, sort_keys=True)
            for r in refusals}
    assert len(told) == 1 and refusals[0].code == "signature_invalid", told
    assert len({r.headers["WWW-Authenticate"] for r in refusals}) == 1
    assert kept(database, crm) == [] and kept(database, other) == []
    crm.send(body, timestamp=int((crm.now() - 290) * unit))
    crm.send(body, timestamp=int((crm.now() + 290) * unit))


def test_a_source_of_one_kind_is_not_spoken_to_as_another(tenant):
    generic = Crm(tenant, "generic")
    generic.send(change("generic"), path=generic.path.replace("/events", "/salesforce"), expect=401)
    generic.send(change("generic"), path=generic.path.replace("/events", "/hubspot"), expect=401)


def test_a_token_opens_nothing_here(tenant):
    crm = Crm(tenant, "generic")
    for role in ("admin", "crm_sync"):
        tenant.as_(role).send("POST", crm.path, change("generic"), key=None, expect=401)


@pytest.mark.parametrize("kind", KINDS)
def test_two_secrets_rotate_without_a_gap(tenant, kind):
    crm = Crm(tenant, kind)
    old, old_name, new = crm.secret, crm.name, crm.new_secret()
    name = crm.write_secret(new)
    crm.send(change(kind, 1))
    crm.put(secrets={"current": name, "previous": old_name})
    assert crm.send(change(kind, 2), secret=old)["received"] == 1
    assert crm.send(change(kind, 3), secret=new)["received"] == 1
    crm.put(secrets={"current": name, "previous": None})
    crm.send(change(kind, 4), secret=old, expect=401)
    assert crm.send(change(kind, 5), secret=new)["received"] == 1


def test_hubspot_s_events_are_taken_apart(tenant, database):
    crm = Crm(tenant, "hubspot")
    events = [deal_event(7, "amount", "1", 1795253400000, event_id=5), deal_event(7, "dealname", "x", 1795253400000, event_id=5),
              deal_event(7, "amount", "1", 1795253400001, event_id=5), deal_event(7, "amount", "1", 1795253400000, event_id=5)]
    assert crm.send(events).json == {"received": 3, "parked": 0, "repeated": 1}
    assert kept(database, crm)[0][0] == "33/deal.propertyChange/7/5/1795253400000/amount"


def test_signed_bytes_that_are_no_event_are_kept_parked(tenant, database):
    crm = Crm(tenant, "hubspot")
    for body in (b"{", b"", b'{"a":1,"a":2}', b'"\xff\xfe"', b'["\\u0000"]', b"[" * 40 + b"]" * 40):
        assert crm.send(body, judge=False).json == {"received": 0, "parked": 1, "repeated": 0}, body
    assert crm.send([deal_event(7, "amount", "1", 1795253400000), {"eventId": 1}, 5]).json == \
        {"received": 1, "parked": 2, "repeated": 0}
    reasons = [reason for _, state, reason, _ in kept(database, crm) if state == 5]
    assert reasons == ["not_json"] * 6 + ["not_an_event"] * 2
    assert kept(database, crm)[0][3] == "{"


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_a_mebibyte_is_refused(tenant, database, kind):
    crm = Crm(tenant, kind)
    assert crm.send(b"[" + b" " * (1 << 20) + b"]", expect=413).code == "body_too_large"
    assert kept(database, crm) == []
    crm.send(b'[' + b" " * ((1 << 20) - 2) + b']')


def test_a_source_whose_person_is_not_active_is_asked_to_come_again(tenant):
    crm = Crm(tenant, "generic")
    machine, admin = tenant.as_("crm_sync"), tenant.as_("admin")
    person = next(p for p in admin.all("/v1/people") if p["person_id"] == machine.person_id)
    admin.put(f"/v1/people/{machine.person_id}",
              {n: person[n] for n in ("subject", "name", "email", "roles")} | {"active": False}, '"1"', expect=200)
    answer = crm.send(change("generic"), expect=503)
    assert answer.code == "unavailable" and answer.headers["Retry-After"] == "60"


# -- the public vectors -------------------------------------------------------------------------------------------------
def at(tenant, instant_s):
    """A caller of the receivers at an instant of the past."""
    return Caller(tenant.client, None, [], lambda: int(instant_s - Crm.now(type("", (), {"tenant": tenant}))))


@pytest.mark.parametrize("index", [0, 1])
def test_hubspot_s_vectors_verify(tenant, index):
    vector = [v for v in json.loads(shared("hubspot_signature_vectors.json"))["vectors"] if v["version"] == "v3"][index]
    crm = Crm(tenant, "hubspot", secret=vector["client_secret"], public_url=vector["uri"])
    headers = {"X-HubSpot-Request-Timestamp": vector["timestamp_ms"], "X-HubSpot-Signature-v3": vector["signature"]}
    caller = at(tenant, int(vector["timestamp_ms"]) / 1000)
    caller.send("POST", crm.path, vector["body"].encode(), headers, key=None, expect=200)
    forged = headers | {"X-HubSpot-Signature-v3": "L" + vector["signature"][1:]}
    caller.send("POST", crm.path, vector["body"].encode(), forged, key=None, expect=401)


@pytest.mark.parametrize("index", range(6))
def test_standard_webhooks_vectors_verify(tenant, index):
    vector = json.loads(shared("standard_webhooks_vectors.json"))["vectors"][index]
    crm = Crm(tenant, "generic", secret=vector["secret"])
    headers = {"webhook-id": vector["id"], "webhook-timestamp": str(vector["timestamp"]),
               "webhook-signature": vector["signature"]}
    at(tenant, vector["timestamp"]).send("POST", crm.path, vector["body"].encode(), headers, key=None,
                                         expect=200 if vector["valid"] else 401)


def test_an_escaped_address_is_signed_as_hubspot_decodes_it(tenant):
    crm = Crm(tenant, "hubspot")
    crm.put(public_url="https://tandem.example/hook%3Aa%2Fb%3Fc%40d%21e%24f%27g%28h%29i%2Aj%2Ck%3Bl%20m?n=%3aa")
    crm.public_url = "https://tandem.example/hook:a/b?c@d!e$f'g(h)i*j,k;l%20m?n=:a"
    assert crm.send(change("hubspot"))["received"] == 1


# -- Salesforce's Outbound Message --------------------------------------------------------------------------------------
def test_the_sample_message_is_acknowledged(tenant, database):
    crm = Crm(tenant, "salesforce", object_types=["Lead1", "Lead2", "Lead3"])
    answer = crm.send(shared("salesforce_outbound_message.xml"), content_type="text/xml; charset=utf-8")
    assert (answer.media_type, "<Ack>true</Ack>" in answer.text) == ("text/xml", True)
    found = kept(database, crm)
    assert [r[0] for r in found] == ["notification/04l37000000L0E5AAK", "notification/14l37000123L0E5AAK",
                                    "notification/24l37123450L0E5AAK"]
    assert [r[3]["object_type"] for r in found] == ["Lead1", "Lead2", "Lead3"]
    assert found[0][3]["fields"]["Company"] == "Microsoft" and found[0][3]["OrganizationId"] == "0123456789ABCDENNN"
    assert "BSGSRAzG9lPxyKRPjJ3" not in json.dumps(found), "the session id is a credential"
    crm.send(shared("salesforce_outbound_message.xml"), content_type="text/xml")
    assert len(kept(database, crm)) == 3


@pytest.mark.parametrize("body", [
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', b"<x>", b"<x/>", b"<x>&a;</x>",
    b'<E xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><notifications '
    b'xmlns="http://soap.sforce.com/2005/09/outbound"><Notification/></notifications></Body></E>'])
def test_another_document_is_refused_and_nothing_is_kept(tenant, database, body):
    crm = Crm(tenant, "salesforce")
    assert crm.send(body, content_type="text/xml", expect=400).code == "malformed_request"
    assert kept(database, crm) == []


def test_our_own_signer_and_the_specification_agree():
    body = b'{"test": 2432232314}'
    assert webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == \
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
