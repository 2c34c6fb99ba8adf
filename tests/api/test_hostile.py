"""What nobody sends by accident: every member of every body, every precondition and cursor with values that break parsers,
SQL and logs. Never a 5xx, always a problem, and the connection lives on; and it lives on after every status there is."""
import copy
import json

import pytest

from support.barrier import Barrier
from support.contract import Contract
from support.matrix import NO_ID, operations, send, target

# written as they stand on the wire: json.dumps would never write some of them
HOSTILE = {
    "a repeated member": '{"a": 1, "a": 2}', "a member repeated by an escape": '{"a": 1, "\\u0061": 2}',
    "a zero character": '"a\\u0000b"', "half a character": '"\\ud800"', "halves in the wrong order": '"\\udc00\\ud800"',
    "a number beyond doubles": "1e400", "a number beyond 2^53": "9007199254740993", "30 digits": "1" * 30,
    "10,000 digits": "7" * 10000, "a fraction": "0.5", "minus zero": "-0", "an exponent": "1e2",
    "a quote that ends SQL": '"\'; drop table opportunity; --"', "a format": '"%s%n%x"', "an array's end": '"{},\\\\\\""',
    "a mark that turns the text around": '"\\u202eabc"', "100,000 characters": f'"{"x" * 100000}"', "nothing": '""',
    "blanks": '"   "', "deep": "[" * 31 + "]" * 31, "too deep": "[" * 33 + "]" * 33, "an object": '{"a": null}',
    "a list": '[1, "a", null]', "true": "true", "null": "null", "a line end in a text": '"a\\nb"',
}
MARK = "put it here"


def places(value, path=()):
    """The path of every member, however deep."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in items:
        yield (*path, name)
        yield from places(member, (*path, name))


def put(body, path, value):
    changed = copy.deepcopy(body)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = MARK
    return json.dumps(changed).replace(json.dumps(MARK), value).encode()


def someone(tenant, operation):
    return tenant.as_(sorted(operation.roles)[0])


def assert_harmless(answer, what):
    assert answer.status < 500, (what, answer)
    assert answer.status < 400 or answer.media_type == "application/problem+json", (what, answer)
    assert answer.headers.get("Connection", "").lower() != "close", (what, answer)


@operations(lambda operation: operation.body)
def test_hostile_values_in_every_member_of_every_body(tenant, operation):
    caller, body = someone(tenant, operation), operation.body[2]
    caller.get("/v1/nothing")
    connection, tried = caller.client.connection, 0
    for path in places(body):
        for name, value in HOSTILE.items():
            # what PostgreSQL or a person would take is fine: this asks what happens, not whether it is refused
            assert_harmless(send(caller, operation, body=put(body, path, value), judge=False), (path, name))
            tried += 1
    assert caller.client.connection is connection, "the connection was closed"
    assert tried >= len(HOSTILE)


@pytest.mark.parametrize("tag", ['"', '""', "1", "'1'", '"1', '"x"', '"99999999999999999999999999"', '"-1"', 'W/"1"', '"2"',
                                 '"2", "3"', ",,,", '"1"' * 500, '"1"x', "*x", '"1" "2"', "\"1'; drop table target\"", '"0x1"'],
                         ids=lambda tag: tag[:20])
def test_hostile_tags_match_nothing(tenant, tag):
    body = {"class": "sourced", "amount": tenant.money(1000)}
    cro, path = tenant.as_("cro"), "/v1/targets/2026-Q4"
    cro.put(path, body, expect=201)
    answer = cro.put(path, body, tag)
    assert answer.code in ("precondition_failed", "precondition_required"), (tag, answer)
    cro.put(path, body, '"1"', expect=200)


@operations(lambda operation: operation.method == "GET" and "cursor" in operation.query_names)
def test_hostile_cursors(tenant, operation):
    path = target(operation)
    joint = "&" if "?" in path else "?"
    for cursor in ("%00", "a", "A" * 300, "%2e%2e%2f", "AAAA%3D%3D", "%27%3B--", "%f0%9f%92%a9", "-", "_" * 24):
        answer = someone(tenant, operation).get(f"{path}{joint}cursor={cursor}")
        assert answer.status in (400, 404), (cursor, answer)
        assert_harmless(answer, cursor)


def test_paths_that_are_no_paths(tenant):
    ae = tenant.as_("ae")
    for path in (f"/v1/opportunities/{NO_ID}%2Fhistory", f"/v1/opportunities/{NO_ID}%00", "/v1/opportunities/%2e%2e/targets",
                 "/v1//opportunities", "/v1/opportunities/", "/v1/opportunities/%FF", "/v1/opportunities/" + "a" * 4000,
                 "/v1/opportunities/%27%20or%201=1", "/v1/opportunities/../targets", "/%2e%2e/%2e%2e/etc/passwd"):
        answer = ae.get(path, judge=False)
        assert answer.status in (400, 404), (path, answer)
        assert_harmless(answer, path)


# nothing can be made to answer 500
NOT_KEPT = {500}


def test_the_connection_lives_on_after_every_status_of_the_contract(own_service):
    tenant, service = own_service(TANDEM_RATE_PER_S="1", TANDEM_RATE_BURST="60", TANDEM_SIGNING_KEY_FILE=None)
    ae, admin, cro = tenant.as_("ae"), tenant.as_("admin"), tenant.as_("cro")
    deal = tenant.deal()
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    move = {"stage": "registered", "to_stage": "qualified"}
    body = {"class": "sourced", "amount": tenant.money(1000)}
    endpoint = admin.post("/v1/webhook-endpoints", {"url": "https://hooks.example/tandem"}, expect=201)["endpoint_id"]
    receipt = f"/v1/registrations/{tenant.register()['registration_id']}/receipt"

    def too_slow():
        with Barrier(service.database_url, "lock table target"):
            return cro.put("/v1/targets/2026-Q4", body)

    def too_often():
        while (answer := admin.get("/v1/partners")).status == 200:
            pass
        return answer

    calls = {
        200: lambda: ae.get(path),
        201: lambda: ae.post("/v1/opportunities", {"name": "One more"}),
        202: lambda: ae.post(f"{path}/advance", move),
        204: lambda: admin.send("DELETE", f"/v1/webhook-endpoints/{endpoint}"),
        304: lambda: ae.get(path, headers={"If-None-Match": ae.get(path).etag}),
        400: lambda: ae.get(path, {"colour": "red"}),
        401: lambda: tenant.nobody().get(path),
        403: lambda: tenant.as_("cfo").post("/v1/opportunities", {"name": "Not mine"}),
        404: lambda: ae.get(f"/v1/opportunities/{NO_ID}"),
        405: lambda: ae.send("DELETE", path),
        409: lambda: ae.post(f"{path}/advance", {"stage": "validating", "to_stage": "negotiating"}),
        412: lambda: ae.patch(path, {"next_step": "Call"}, '"99"'),
        413: lambda: ae.send("POST", "/v1/opportunities", body=b"x" * (2 << 20)),
        415: lambda: ae.patch(path, {"next_step": "Call"}, "*", headers={"Content-Type": "text/plain"}),
        422: lambda: ae.post("/v1/opportunities", {}),
        428: lambda: ae.patch(path, {"next_step": "Call"}),
        501: lambda: tenant.as_("partner_rep").get(receipt),
        503: too_slow,
        429: too_often,
    }
    promised = {status for operation in Contract().operations.values() for status in operation.responses} | {405}
    assert set(calls) == promised - NOT_KEPT, "a status of the contract without a call here, or the other way round"
    ae.get("/livez", expect=200)
    connection = tenant.client.connection
    for status, call in calls.items():
        assert call().status == status
        assert tenant.client.connection is connection, f"the connection was closed by {status}"
    tenant.nobody().get("/livez", expect=200)
    print(f"{len(calls)} of {len(calls)} statuses on one connection")
