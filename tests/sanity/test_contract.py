"""The contract against itself, against routes.def, and against problem.def and its pages."""
import functools
import json
import os
import re
import subprocess
import sys

import pytest

from tree import BUILD, ROOT, problems, read

sys.path.insert(0, os.path.join(ROOT, "tests", "api"))
from support.contract import Contract  # noqa: E402

CONTRACT = Contract()
OPERATIONS = list(CONTRACT.operations.values())
PROBLEMS = problems()
SCHEMAS = CONTRACT.document["components"]["schemas"]


def each(condition=lambda o: True):
    return pytest.mark.parametrize("operation", [o for o in OPERATIONS if condition(o)], ids=lambda o: o.name)


# -- routes --------------------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=None)
def routes():
    made = subprocess.run([os.path.join(BUILD, "service", "tandem"), "routes"], capture_output=True,
                          text=True, check=True)
    return {r["operation"]: r for r in json.loads(made.stdout)}


@each()
def test_what_the_contract_has_is_served(operation):
    route = routes().get(operation.name)
    assert route, "no route has this operation"
    assert (route["method"], route["path"]) == (operation.method, operation.path)
    assert set(route["roles"]) == operation.roles
    required = (operation.header("Idempotency-Key") or {}).get("required", False)
    assert route["keyed"] == required


def test_what_is_served_is_in_the_contract():
    assert not set(routes()) - {o.name for o in OPERATIONS}


def test_routes_def_is_what_the_binary_serves():
    written = re.findall(r'^ROUTE\((\w+), "([^"]+)", (\w+)\)', read("service/routes.def"), re.M)
    assert sorted(written) == sorted((r["method"], r["path"], r["operation"]) for r in routes().values())
    assert len(written) == len({(m, p) for m, p, _ in written}), "a route stands twice"


# -- problems ------------------------------------------------------------------------------------------------------
def responses():
    for operation in OPERATIONS:
        for status, response in operation.responses.items():
            yield operation, status, response


def test_every_problem_has_its_status_in_every_response():
    for operation, status, response in responses():
        for code in response.get("x-problems", []):
            assert code in PROBLEMS, f"{operation}: {code} is not in problem.def"
            assert PROBLEMS[code][1] == status, f"{operation}: {code} is {PROBLEMS[code][1]}, not {status}"


def test_every_refusal_has_its_examples():
    for operation, status, response in responses():
        if "application/problem+json" in response.get("content", {}):
            examples = response["content"]["application/problem+json"]["examples"]
            assert list(examples) == response["x-problems"], f"{operation} {status}"


def test_every_problem_is_promised_somewhere():
    promised = set(CONTRACT.document["x-problems"])
    for _, _, response in responses():
        promised |= set(response.get("x-problems", []))
    assert promised == set(PROBLEMS)


def test_the_example_of_every_problem_is_true():
    examples = CONTRACT.document["components"]["examples"]
    assert set(examples) == set(PROBLEMS)
    for code, (_, status, title) in PROBLEMS.items():
        value = examples[code]["value"]
        assert (value["code"], value["status"], value["title"]) == (code, status, title)
        assert not CONTRACT.schema_errors({"$ref": "#/components/schemas/Problem"}, value)


def test_every_problem_has_its_page():
    pages = {slug.replace("-", "_"): status for slug, status in
             re.findall(r"^## ([a-z-]+)\n(\d+)\. ", read("openapi/problems.md"), re.M)}
    assert list(pages) == list(PROBLEMS), "the pages stand in the order of problem.def"
    assert {c: int(s) for c, s in pages.items()} == {c: s for c, (_, s, _) in PROBLEMS.items()}
    for section in read("openapi/problems.md").split("\n## ")[1:]:
        assert "\nNext: " in section, section.split("\n")[0]


# -- the contract itself -------------------------------------------------------------------------------------------
@each(lambda o: o.body)
def test_the_example_of_a_body_is_taken_by_its_schema(operation):
    media_type, schema, example = operation.body
    assert example is not None
    assert not CONTRACT.schema_errors(schema, example)
    assert media_type == ("application/merge-patch+json" if operation.method == "PATCH" else "application/json")


@each(lambda o: not o.public)
def test_an_operation_promises_what_its_kind_must(operation):
    statuses = set(operation.responses)
    assert operation.roles
    assert {400, 401, 403, 429, 500, 503} <= statuses
    if "_id}" in operation.path:
        assert 404 in statuses
    if operation.body:
        assert {413, 415, 422} <= statuses
    # the one writes nothing, each line of the other has a key of its own
    if operation.method == "POST" and operation.name not in ("simulate_policy", "import_opportunities"):
        assert operation.keyed and "idempotency_key_required" in operation.problems(400)
        assert {"request_in_progress"} <= set(operation.problems(409))
        assert "idempotency_key_reused" in operation.problems(422)
    if operation.method in ("PATCH", "PUT"):
        assert {412, 428} <= statuses
        assert operation.header("If-Match")
    if operation.method == "GET" and "ETag" in operation.responses[200].get("headers", {}):
        assert 304 in statuses and operation.header("If-None-Match")


@each()
def test_every_answer_names_its_request(operation):
    for status, response in operation.responses.items():
        assert "Request-Id" in response["headers"], status


@each(lambda o: o.method == "GET" and o.path.count("{") == 0 and "cursor" in o.query_names)
def test_a_list_is_a_page(operation):
    schema = CONTRACT.resolve(operation.responses[200]["content"]["application/json"]["schema"])
    assert set(schema["required"]) == {"data", "next_cursor"}
    assert "limit" in operation.query_names and "invalid_cursor" in operation.problems(400)


def objects(value, place=""):
    if isinstance(value, dict):
        if value.get("type") == "object" and ("properties" in value or "required" in value):
            yield place, value
        for name, member in value.items():
            yield from objects(member, f"{place}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects(item, f"{place}/{index}")


def test_every_object_is_closed():
    """An open object would let the service answer anything."""
    composed = {n for n in SCHEMAS if any(
        {"$ref": f"#/components/schemas/{n}"} in s.get("allOf", []) for s in SCHEMAS.values())}
    for place, schema in objects(SCHEMAS):
        if place.strip("/") in composed:
            continue  # closed by the schemas that are made of it
        assert "additionalProperties" in schema or "unevaluatedProperties" in schema, place


def test_answers_require_every_member():
    """A member that may be missing is a member that a reader must guess."""
    asked = {"Request", "Patch", "Row", "InAdvance", "Content", "Problem", "Customer", "EvidencePerson", "EvidenceStep",
             "Health"}
    for name, schema in SCHEMAS.items():
        if any(name.endswith(a) for a in asked) or "properties" not in schema:
            continue
        assert set(schema["properties"]) == set(schema["required"]), name
