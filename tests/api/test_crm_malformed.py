"""What is signed and still no good: kept and parked with its reason, ignored, or refused; nothing breaks, and nothing is lost."""
import secrets

import pytest

from support.crm import Crm, deal_event, deals, rows, settled

AT = 1795253400000
LONG = secrets.token_hex(5000)  # more than an index holds, and it does not compress


def hubspot(name="dealname", value="x", **more):
    return [deal_event(1, name, value, AT) | more]


def capture(payload=None, **header):
    """A CREATE of one opportunity, differently."""
    whole = {"entityName": "Opportunity", "recordIds": ["006A"], "changeType": "CREATE", "transactionKey": "t1",
             "commitNumber": 1, "sequenceNumber": 1, "commitTimestamp": AT} | header
    return {"ChangeEventHeader": {n: v for n, v in whole.items() if v is not None}} | (payload or {"Name": "x"})


def generic(kind="opportunity.changed", timestamp="2026-11-21T09:30:00Z", **data):
    return {"type": kind, "timestamp": timestamp, "data": {"external_id": "D-1", "properties": {"name": "x"}} | data}


PARKED, IGNORED, APPLIED = 5, 4, 2
BYTES = [(b"", "not_json"), (b"{", "not_json"), (b"\x00", "not_json"), (b'"\xff\xfe"', "not_json"), (b'["\\u0000"]', "not_json"),
         (b'["\\ud800"]', "not_json"), (b'{"a":1,"a":2}', "not_json"), (b"[" * 40 + b"]" * 40, "not_json"),
         (b'[{"eventId":1e400000}]', "not_json"), (b"[" + b"1," * 20000 + b"1]", "not_json"), (b"null", "not_an_event"),
         (b'"text"', "not_an_event"), (b"[" * 20 + b"]" * 20, "not_an_event"), (b"[{}]", "not_an_event")]
# message, what becomes of it
TABLE = {
    "hubspot": [
        *((body, PARKED, reason) for body, reason in BYTES),
        (hubspot(eventId="x" * 600), APPLIED, None),
        (hubspot(name=LONG), IGNORED, "nothing_of_interest"),
        (hubspot(subscriptionType="deal." + LONG), IGNORED, "nothing_of_interest"),
        (hubspot(subscriptionType=LONG + ".propertyChange"), IGNORED, "not_a_deal"),
        (hubspot(subscriptionType="deal"), PARKED, "not_an_event"),
        (hubspot(objectId="i" * 201), PARKED, "not_an_event"),
        (hubspot(objectId=1.5), PARKED, "not_an_event"),
        (hubspot(occurredAt=-5), PARKED, "not_an_event"),
        (hubspot(occurredAt=9223372036854775807), PARKED, "not_an_event"),
        (hubspot(occurredAt="soon"), PARKED, "not_an_event"),
        (hubspot(value="n" * 201), PARKED, "unreadable_value"),
        (hubspot("amount", {"a": 1}), PARKED, "unreadable_value"),
        (hubspot("amount", "9" * 150), APPLIED, None),
        (hubspot("closedate", "253402300799999"), APPLIED, None),
    ],
    "salesforce": [
        *((body, PARKED, reason) for body, reason in BYTES if not body.startswith(b'"text') and body.strip()),
        (capture(transactionKey=LONG), APPLIED, None),
        (capture(transactionKey=None), PARKED, "not_an_event"),
        (capture(transactionKey="t2", recordIds=[]), PARKED, "not_an_event"),
        (capture(transactionKey="t3", recordIds=[f"006{n}" for n in range(101)]), PARKED, "not_an_event"),
        (capture(transactionKey="t4", recordIds="006A"), PARKED, "not_an_event"),
        (capture(transactionKey="t5", commitNumber="12"), PARKED, "not_an_event"),
        (capture(transactionKey="t6", changeType="UNHEARD_OF"), IGNORED, "nothing_of_interest"),
        (capture(transactionKey="t7", entityName=7), IGNORED, "not_a_deal"),
        (capture({"Name": {"nested": "x"}}, transactionKey="t8"), APPLIED, None),
        (capture({"CloseDate": "2026-02-30"}, transactionKey="t9"), PARKED, "unreadable_value"),
    ],
    "generic": [
        *((body, PARKED, reason) for body, reason in BYTES if body != b"[{}]" and not body.startswith(b"[[[[[[[[[[[[[[[[[[[[]")),
        (generic(timestamp="yesterday"), PARKED, "not_an_event"),
        (generic(kind="opportunity"), PARKED, "not_an_event"),
        (generic(kind="."), IGNORED, "not_a_deal"),
        (generic(external_id="d" * 201), PARKED, "not_an_event"),
        (generic(external_id=""), PARKED, "not_an_event"),
        (generic(external_id=5), PARKED, "not_an_event"),
        (generic(properties=[1]), IGNORED, "nothing_of_interest"),
        (generic(properties={"account_country": "Germany"}), PARKED, "unreadable_value"),
        (generic(properties={"currency": "usd"}), PARKED, "unreadable_value"),
        (generic(properties={"name": "x", "account_name": "!!!"}), PARKED, "refused"),
        (generic(properties={"name": "x", "engaged_at": "9999-12-31", "account_name": "Acme"}), APPLIED, None),
        (generic(sequence="first"), APPLIED, None),
        (generic(timestamp="9999-12-31T23:59:59Z"), APPLIED, None),
    ],
}


@pytest.mark.parametrize("kind", list(TABLE))
def test_each_message_of_the_table_ends_as_it_says(tenant, database, kind):
    crm = Crm(tenant, kind)
    for number, (message, _, _) in enumerate(TABLE[kind]):
        crm.send(message, judge=False, message_id=f"m{number}")
    settled(database, crm)
    found = [(s, r and r.split(":")[0]) for s, r in rows(database, crm)]
    for row, (message, state, reason), got in zip(range(len(found)), TABLE[kind], found):
        assert got == (state, "invalid_fields" if reason == "refused" else reason), (row, str(message)[:200])
    assert len(found) == len(TABLE[kind]), "each is kept once"


@pytest.mark.parametrize("kind", list(TABLE))
def test_what_comes_again_is_known_whatever_it_is(tenant, database, kind):
    crm = Crm(tenant, kind)
    for _ in range(2):
        for number, (message, _, _) in enumerate(TABLE[kind]):
            crm.send(message, judge=False, message_id=f"m{number}")
    assert len(rows(database, crm)) == len(TABLE[kind])


def test_a_huge_webhook_id_is_a_key_too(tenant, database):
    crm = Crm(tenant, "generic")
    for name in ("a", "b"):
        crm.send(generic(), message_id=name + LONG[:3000])
        crm.send(generic(), message_id=name + LONG[:3000])
    assert [k[:7] for k, in rows(database, crm, "i.dedupe_key")] == ["sha256/"] * 2


# -- SOAP --------------------------------------------------------------------------------------------------------------------------
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OUTBOUND = "http://soap.sforce.com/2005/09/outbound"


def envelope(record, prologue="", attributes="", notification="04l", fields=""):
    return (f'<?xml version="1.0" encoding="UTF-8"?>{prologue}<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body>'
            f'<notifications xmlns="{OUTBOUND}"><OrganizationId>00D</OrganizationId><SessionId>s</SessionId>'
            f'<Notification {attributes}><Id>{notification}</Id><sObject xmlns:sf="urn:sobject.enterprise.soap.sforce.com" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="sf:Opportunity"><sf:Id>{record}</sf:Id>'
            f'<sf:Name>Furnaces</sf:Name>{fields}</sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>'
            ).encode()


BOMB = "<!DOCTYPE x [" + '<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(9)) + "]>"
REFUSED = {
    "entities that grow": envelope("006A", BOMB, fields="<sf:NextStep>&a8;</sf:NextStep>"),
    "an external entity": envelope("006A", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', fields="<sf:NextStep>&a;</sf:NextStep>"),
    "an external subset": envelope("006A", '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">'),
    "an entity that nobody declared": envelope("006A", fields="<sf:NextStep>&nobody;</sf:NextStep>"),
    "another encoding": envelope("006A").replace(b"UTF-8", b"KLINGON"),
    "bytes that are no UTF-8": envelope("006A").replace(b"Furnaces", b"Furn\xff"),
    "a control character": envelope("006A", fields="<sf:NextStep>&#1;</sf:NextStep>"),
    "an attribute twice": envelope("006A", attributes='a="1" a="2"'),
    "an end too many": envelope("006A") + b"</x>",
    "no end": envelope("006A")[:-20],
    "too many notifications": envelope("006A").replace(
        b"</Notification>", b"</Notification>" + b"<Notification><Id>1</Id></Notification>" * 100),
    "a notification without a key": envelope("006A", notification="").replace(b"<Id></Id>", b""),
    "another namespace": envelope("006A").replace(OUTBOUND.encode(), b"urn:other"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_soap_that_is_refused_leaves_nothing(tenant, database, name):
    crm = Crm(tenant, "salesforce")
    assert crm.send(REFUSED[name], content_type="text/xml", expect=400).code == "malformed_request"
    assert rows(database, crm) == []


def test_soap_that_is_large_or_deep_is_read(tenant, database):
    crm = Crm(tenant, "salesforce")
    deep = "<sf:x>" * 20000 + "</sf:x>" * 20000
    for number, body in enumerate((envelope("006A", notification="1", fields=deep),
                                   envelope("006B", notification="2", attributes=f'a="{"v" * 900_000}"'),
                                   envelope("006C", notification=LONG, fields="<sf:Big>" + "t" * 900_000 + "</sf:Big>"),
                                   envelope("006D", notification="4", fields="<sf:Name>Again</sf:Name>"))):
        assert "<Ack>true</Ack>" in crm.send(body, content_type="text/xml").text, number
    settled(database, crm)
    assert [s for s, _ in rows(database, crm)] == [2] * 4
    assert {e: d["name"] for e, d in deals(crm).items()} == {"006A": "Furnaces", "006B": "Furnaces", "006C": "Furnaces",
                                                            "006D": "Again"}
