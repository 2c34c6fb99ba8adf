"""The contract as a judge: which operation a request meets, and whether an answer is one that it promises."""
import datetime
import json
import os
import re
import threading
import urllib.parse

import yaml
from jsonschema import Draft202012Validator, FormatChecker, RefResolver

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PARTNER_ROLES = {"partner_rep", "prm_portal"}
LINES_JUDGED = 50  # of an NDJSON answer, and its last one
METHODS = ("get", "put", "post", "patch", "delete")

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def is_instant(text):
    if isinstance(text, str):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", text):
            return False
        datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return True


@formats.checks("date", raises=ValueError)
def is_date(text):
    if isinstance(text, str):
        datetime.datetime.strptime(text, "%Y-%m-%d")
    return True


class Drift(AssertionError):
    """The service answered what the contract does not promise."""


class Operation:
    def __init__(self, contract, method, path, shared, definition):
        self.contract = contract
        self.method = method.upper()
        self.path = path
        self.definition = definition
        self.name = definition["operationId"]
        self.roles = set(definition["x-roles"])
        self.public = not self.roles  # without a token, or with a credential that is no person's token
        self.parameters = [contract.resolve(p) for p in shared + definition.get("parameters", [])]
        self.responses = {int(s): contract.resolve(r) for s, r in definition["responses"].items()}
        self.pattern = re.compile("^" + re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(path)) + "$")

    def __repr__(self):
        return f"{self.name} ({self.method} {self.path})"

    @property
    def query_names(self):
        return {p["name"] for p in self.parameters if p["in"] == "query"}

    def header(self, name):
        return next((p for p in self.parameters if p["in"] == "header" and p["name"] == name), None)

    @property
    def keyed(self):
        return self.header("Idempotency-Key") is not None

    @property
    def body(self):
        """(media type, schema, example) of the request body, the first of several media types, or None."""
        if "requestBody" not in self.definition or self.line_schema:
            return None
        media_type, content = next(iter(self.definition["requestBody"]["content"].items()))
        return media_type, content["schema"], content.get("example")

    @property
    def line_schema(self):
        """Of each line of the request, when it is NDJSON."""
        content = self.definition.get("requestBody", {}).get("content", {})
        return content.get("application/x-ndjson", {}).get("schema")

    def problems(self, status):
        return self.responses[status].get("x-problems", []) if status in self.responses else []


class Contract:
    def __init__(self, path=os.path.join(ROOT, "openapi", "openapi.yaml")):
        with open(path, encoding="utf-8") as file:
            self.document = yaml.load(file, yaml.CSafeLoader)
        self.resolver = RefResolver("", self.document)
        self.validators = {}
        self.judging = threading.Lock()  # the resolver keeps a stack: one judge at a time
        self.operations = {}
        for route, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = Operation(self, method, route, item.get("parameters", []), item[method])
                    self.operations[operation.name] = operation

    def resolve(self, value):
        return self.resolver.resolve(value["$ref"])[1] if "$ref" in value else value

    def match(self, method, target):
        path = target.split("?", 1)[0]
        named = path in self.document["paths"]  # a path without parameters goes before one with them
        for operation in self.operations.values():
            if operation.method == method and (operation.path == path if named else operation.pattern.match(path)):
                return operation
        return None

    def schema_errors(self, schema, value):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = Draft202012Validator(schema, resolver=self.resolver, format_checker=formats)
        return [f"/{'/'.join(map(str, e.absolute_path))}: {describe(e)}"
                for e in self.validators[key].iter_errors(value)]

    def narrowed(self, schema, partner_side):
        """The schema with every [X, XForPartner] choice decided by the side of the caller."""
        if isinstance(schema, list):
            return [self.narrowed(item, partner_side) for item in schema]
        if not isinstance(schema, dict):
            return schema
        choice = schema.get("oneOf", [])
        names = [c.get("$ref", "") for c in choice]
        if len(names) == 2 and names[1] == names[0] + "ForPartner":
            return choice[1 if partner_side else 0]
        if "$ref" in schema and schema["$ref"].endswith(("Answer", "Page")):
            return self.narrowed(self.resolve(schema), partner_side)
        return {name: self.narrowed(value, partner_side) for name, value in schema.items()}

    # -- the judge -------------------------------------------------------------------------------------------------
    def judge(self, request, answer):
        """Raises Drift unless the answer is one that the contract promises for this request."""
        with self.judging:
            self.judge_alone(request, answer, self.match(request.method, request.target))

    def judge_alone(self, request, answer, operation):
        try:
            self.judge_headers(request, answer)
            if operation is None:
                self.judge_problem(answer, self.document["x-problems"])
            elif answer.status not in operation.responses:
                raise Drift(f"the contract has no status {answer.status}")
            else:
                self.judge_response(operation, request, answer)
        except Drift as drift:
            raise Drift(f"{operation or 'no operation'}: {request.method} {request.target} as "
                        f"{sorted(request.roles)} -> {answer.status}: {drift}\n{answer.text[:2000]}") from None

    def judge_headers(self, request, answer):
        if answer.code == "malformed_request" and answer.headers.get("Connection") == "close":
            return  # nothing of the message is trusted, so the answer is as short as it can be
        if answer.headers.get("X-Content-Type-Options") != "nosniff":
            raise Drift("X-Content-Type-Options: nosniff is missing")
        if request.target.startswith("/v1/") and answer.status != 304 \
                and "no-store" not in answer.headers.get("Cache-Control", ""):
            raise Drift("Cache-Control: no-store is missing")

    def judge_response(self, operation, request, answer):
        response = operation.responses[answer.status]
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            value = answer.headers.get(name)
            if value is None:
                if header.get("required"):
                    raise Drift(f"the header {name} is missing")
                continue
            errors = self.schema_errors(header["schema"], value)
            if errors:
                raise Drift(f"the header {name}: {value!r}: {errors}")
        if answer.status >= 400 and "x-problems" in response:
            return self.judge_problem(answer, operation.problems(answer.status))
        if answer.status == 304:
            if answer.text:
                raise Drift("304 has a body")
            return None
        self.judge_success(operation, request, answer, response)

    def judge_success(self, operation, request, answer, response):
        content = response.get("content", {"": None})  # a response without content has no media type
        if answer.media_type not in content:
            raise Drift(f"Content-Type is {answer.media_type!r}, not {' or '.join(content)}")
        if answer.media_type == "application/json":
            schema = self.narrowed(response["content"]["application/json"]["schema"], bool(request.roles & PARTNER_ROLES))
            errors = self.schema_errors(schema, answer.json)
            if errors:
                raise Drift("the body is not of its schema:\n  " + "\n  ".join(errors))
        if answer.lines:
            schema = response["content"][answer.media_type]["schema"]
            for line in [*answer.lines[:LINES_JUDGED], answer.lines[-1]]:
                if errors := self.schema_errors(schema, line):
                    raise Drift(f"a line is not of its schema: {json.dumps(line)[:500]}\n  " + "\n  ".join(errors))
        if request.lines and operation.line_schema:
            taken = [line for line in answer.lines if line.get("status") not in (None, "refused")]
            for line in taken[:LINES_JUDGED]:
                if errors := self.schema_errors(operation.line_schema, json.loads(request.lines[line["index"] - 1])):
                    raise Drift(f"a line was taken that the contract refuses: {line}\n  " + "\n  ".join(errors))
        if operation.roles and not operation.roles & request.roles:
            raise Drift(f"the contract allows {sorted(operation.roles)} only")
        query = urllib.parse.urlsplit(request.target).query
        unknown = {name for name, _ in urllib.parse.parse_qsl(query)} - operation.query_names
        if unknown:
            raise Drift(f"parameters that the contract does not have were taken: {unknown}")
        if request.json is not None:
            if operation.body is None:
                raise Drift("a body was taken, and the contract has none")
            errors = self.schema_errors(operation.body[1], request.json)
            if errors:
                raise Drift("a body was taken that the contract refuses:\n  " + "\n  ".join(errors))

    def judge_problem(self, answer, codes):
        if answer.media_type != "application/problem+json":
            raise Drift(f"Content-Type is {answer.media_type!r}, not application/problem+json")
        errors = self.schema_errors({"$ref": "#/components/schemas/Problem"}, answer.json)
        if errors:
            raise Drift("the problem is not of its schema:\n  " + "\n  ".join(errors))
        code = answer.json["code"]
        if answer.json["status"] != answer.status or answer.json["type"] != '/problems/' + code.replace('_', '-'):
            raise Drift("the problem contradicts itself")
        if code not in codes:
            raise Drift(f"the contract has {codes} for this status, not {code}")


def describe(error):
    """One line; of a choice, what is wrong with the branch that comes closest."""
    if error.context:
        branch = min(error.context, key=lambda e: (-len(e.absolute_path), len(e.message)))
        return f"{error.message[:200]} <- /{'/'.join(map(str, branch.absolute_path))}: {branch.message[:300]}"
    return error.message[:400]
