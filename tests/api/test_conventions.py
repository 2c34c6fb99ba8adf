"""What every operation does with a request that is not well formed, generated from the contract."""
import collections
import copy
import json

import pytest

from support.matrix import CONTRACT, NO_ID, headers, operations, send, target
from support.tenant import Tenant


@pytest.fixture(scope="module")
def tenant(facts, client):
    return Tenant(facts, client)


def someone(tenant, operation):
    return tenant.as_(sorted(operation.roles)[0])


@operations()
def test_an_unknown_parameter_is_refused(tenant, operation):
    path = target(operation)
    answer = send(someone(tenant, operation), operation, target=path + ("&" if "?" in path else "?") + "colour=red")
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert "?colour" in answer.pointers, answer


@operations(lambda o: o.query_names)
def test_a_repeated_parameter_is_refused(tenant, operation):
    name = sorted(operation.query_names)[0]
    path = target(operation).split("?")[0]
    answer = send(someone(tenant, operation), operation, target=f"{path}?{name}=2026-Q4&{name}=2026-Q4")
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer


@operations(lambda o: "limit" in o.query_names)
@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "1.5", ""])
def test_a_limit_out_of_bounds_is_refused(tenant, operation, limit):
    path = target(operation, {"opportunity_id": NO_ID})
    answer = send(someone(tenant, operation), operation, target=path + ("&" if "?" in path else "?") + f"limit={limit}")
    assert (answer.status, answer.code) == (400, "invalid_parameter"), answer
    assert "?limit" in answer.pointers, answer


@operations(lambda o: "cursor" in o.query_names and "{" not in o.path)
@pytest.mark.parametrize("cursor", ["x", "AAAA", "eyJhIjoxfQ", "%00", "a" * 299])
def test_a_made_up_cursor_is_refused(tenant, operation, cursor):
    path = target(operation)
    answer = send(someone(tenant, operation), operation, target=path + ("&" if "?" in path else "?") + f"cursor={cursor}")
    assert (answer.status, answer.code) in ((400, "invalid_cursor"), (400, "invalid_parameter"),
                                            (400, "malformed_request")), answer


def members(schema):
    """The names that a request of this schema may carry."""
    schema = CONTRACT.resolve(schema)
    names = set(schema.get("properties", ()))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        names |= members(part)
    return names


@operations(lambda o: o.body)
def test_every_member_that_the_contract_names_is_known(tenant, operation):
    names = members(operation.body[1])
    assert names
    body = json.dumps(dict.fromkeys([*names, "colour"], {"colour": 1})).encode()
    answer = send(someone(tenant, operation), operation, body=body, headers={"If-Match": "*"} if
                  operation.method in ("PUT", "PATCH") else None)
    assert answer.pointers.get("/colour") == "unknown_member", answer
    assert not {f"/{name}" for name in names} & {at for at, code in answer.pointers.items() if code == "unknown_member"}


@operations(lambda o: o.body)
@pytest.mark.parametrize("body", [b"{", b'{"a":1,}', b'{"a":1,"a":2}', b'{"a":"\xff"}', b"{} {}", b'{"a":NaN}',
                                  b"\xef\xbb\xbf{}", b"[" * 40 + b"]" * 40])
def test_bytes_that_are_no_json_are_refused(tenant, operation, body):
    answer = send(someone(tenant, operation), operation, body=body)
    assert (answer.status, answer.code) == (400, "malformed_json"), answer


@operations(lambda o: o.body)
@pytest.mark.parametrize("body", [[], "text", 7, None], ids=repr)
def test_json_that_is_no_object_is_refused(tenant, operation, body):
    answer = send(someone(tenant, operation), operation, body=json.dumps(body).encode())
    assert (answer.status, answer.code) == (422, "invalid_fields"), answer


@operations(lambda o: o.body)
def test_an_unknown_member_is_refused_with_its_pointer(tenant, operation):
    body = copy.deepcopy(operation.body[2]) | {"colour": "red"}
    answer = send(someone(tenant, operation), operation, body=body)
    assert (answer.status, answer.code) == (422, "invalid_fields"), answer
    assert answer.pointers == {"/colour": "unknown_member"}, answer


def required_members(operation):
    schema = operation.contract.resolve(operation.body[1])
    names = set(schema.get("required", []))
    for part in schema.get("allOf", []):
        names |= set(operation.contract.resolve(part).get("required", []))
    return names


@operations(lambda o: o.body and required_members(o))
@pytest.mark.parametrize("nothing", [b"{}", b""])
def test_every_missing_member_is_named_at_once(tenant, operation, nothing):
    answer = send(someone(tenant, operation), operation, body=nothing)
    assert (answer.status, answer.code) == (422, "invalid_fields"), answer
    assert {f"/{n}" for n in required_members(operation)} <= set(answer.pointers), answer


@operations(lambda o: o.body)
@pytest.mark.parametrize("bad", [True, 10**400, {"a": 1}, "x" * 5000, [[1]]], ids=lambda v: str(v)[:12])
def test_a_member_of_another_kind_is_refused_and_named(tenant, operation, bad):
    body = copy.deepcopy(operation.body[2])
    name = sorted(body)[0]
    body[name] = bad
    answer = send(someone(tenant, operation), operation, body=body)
    assert answer.status in (400, 422), answer
    if answer.status == 422:
        assert any(p == f"/{name}" or p.startswith(f"/{name}/") for p in answer.pointers), answer


@operations(lambda o: o.body)
@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
def test_another_media_type_is_refused(tenant, operation, media_type):
    answer = send(someone(tenant, operation), operation, headers=headers(operation) | {"Content-Type": media_type})
    assert (answer.status, answer.code) == (415, "unsupported_media_type"), answer


@operations(lambda o: o.method == "PATCH")
def test_a_patch_is_a_merge_patch(tenant, operation):
    answer = send(someone(tenant, operation), operation, headers={"If-Match": "*", "Content-Type": "application/json"})
    assert (answer.status, answer.code) == (415, "unsupported_media_type"), answer


@operations(lambda o: o.body)
def test_a_body_over_the_limit_is_refused(tenant, operation):
    answer = send(someone(tenant, operation), operation, body=b'{"a":"' + b"x" * (1 << 20) + b'"}')
    assert (answer.status, answer.code) == (413, "body_too_large"), answer


@operations(lambda o: o.method == "POST" and o.name not in ("simulate_policy", "import_opportunities"))
def test_a_post_without_its_key_is_refused(tenant, operation):
    body = copy.deepcopy(operation.body[2]) if operation.body else None
    if body:
        body.pop("external_id", None)
    answer = send(someone(tenant, operation), operation, body=body, key=None)
    assert (answer.status, answer.code) == (400, "idempotency_key_required"), answer


@operations(lambda o: o.method == "GET" and o.roles)
def test_a_key_on_a_read_means_nothing(tenant, operation):
    caller = someone(tenant, operation)
    assert send(caller, operation, key="a-key").status == send(caller, operation).status < 500


@operations(lambda o: o.method in ("PATCH", "PUT"))
def test_a_change_without_its_precondition_is_refused(tenant, operation):
    answer = send(someone(tenant, operation), operation, headers={})
    assert (answer.status, answer.code) == (428, "precondition_required"), answer


@operations(lambda o: o.body and "{" in o.path and o.name not in ("put_person", "put_rate", "put_target", "put_crm_source"))
def test_a_refusal_of_a_missing_row_keeps_nothing_under_its_key(tenant, operation):
    """Only what was done is stored under a key: a refusal may be mended and sent again."""
    caller = someone(tenant, operation)
    for _ in range(2):
        answer = send(caller, operation, **({"key": f"again-{operation.name}"} if operation.method == "POST" else {}))
        assert answer.code == "not_found", answer
        assert "Idempotent-Replayed" not in answer.headers


def test_a_path_that_is_not_there(anonymous, tenant):
    for caller in (anonymous, tenant.as_("admin")):
        assert caller.get("/v1/nothing").code == "not_found"
        assert caller.get("/v2/registrations").code == "not_found"


@pytest.mark.parametrize("path", sorted(CONTRACT.document["paths"]))
def test_a_method_that_is_not_there(tenant, path):
    taken = {o.method for o in CONTRACT.operations.values() if o.path == path}
    concrete = path.format_map(collections.defaultdict(lambda: NO_ID))
    for method in sorted({"DELETE", "PUT", "PATCH", "POST"} - taken):
        answer = tenant.as_("admin").send(method, concrete)
        assert (answer.status, answer.code) == (405, "method_not_allowed"), (method, answer)
        assert taken <= {m.strip() for m in answer.headers["Allow"].split(",")}, answer.headers["Allow"]


@operations(lambda o: o.name != "stream_events")  # its answer has no end
def test_the_connection_lives_on_after_every_refusal(tenant, operation):
    """A refusal of what was sent is no reason to hang up."""
    client = tenant.client
    client.close()
    tenant.nobody().get("/livez", expect=200)
    connection = client.connection
    for caller in (tenant.nobody(), tenant.caller("someone", []), someone(tenant, operation)):
        send(caller, operation)
        assert client.connection is connection, "the connection was closed"


@operations()
def test_the_request_id_is_echoed_and_stands_in_the_problem(tenant, operation):
    answer = send(tenant.nobody(), operation, headers={"Request-Id": "story-4711"})
    assert answer.headers["Request-Id"] == "story-4711"
    assert answer["request_id"] == "story-4711"
