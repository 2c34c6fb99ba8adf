"""Keys that the issuer publishes and changes, fetched over https by a running service. What a document may hold is told
by the tables in tests/http."""
import json
import re
import time
import urllib.error
import urllib.request

import pytest

from support.client import Caller
from support.issuer import Issuer
from support.stand import Service, run_tandem

PATH = "/v1/targets"
PATIENCE_S = 15


@pytest.fixture
def issuer(tmp_path):
    issuer = Issuer(tmp_path)
    issuer.publish("k1")
    yield issuer
    issuer.stop()


@pytest.fixture
def stand(issuer, own_service):
    """stand(refresh_s=1) -> (call, service): a service that knows only the issuer's keys; call(token) gives the status."""
    def start(**changes):
        tenant, service = own_service(TANDEM_JWT_KEYS=issuer.key_file(**changes))
        subject = tenant.people["admin"].subject

        def call(kid, algorithm="RS256", key=None):
            text = issuer.token(kid, subject, tenant.key, ["admin"], algorithm, key)
            return Caller(tenant.client, text, ["admin"], lambda: 0).get(PATH).status
        return call, service
    return start


def metric(service, result):
    with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/metrics", timeout=5) as answer:
        found = re.search(rf'^tandem_jwks_refreshes_total\{{result="{result}"\}} (\d+)$', answer.read().decode(), re.M)
    return int(found.group(1))


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_an_issuer_changes_its_keys(issuer, stand):
    call, service = stand()
    old = issuer.keys["k1"]
    assert call("k1") == 200 and call("k1", "PS256") == 200
    assert issuer.looks == 1

    issuer.publish("k1", "k2")  # both for a while, as issuers do it
    assert call("k2") == 401  # asks for newer keys, and nobody waits for them
    wait_for("the new key is not taken", lambda: call("k2") == 200)
    assert call("k1") == 200

    for number in range(20):  # anybody can make names up: the issuer is asked no more
        assert call(f"made-up-{number}", key=old) == 401
    assert issuer.looks == 2
    assert (metric(service, "ok"), metric(service, "failed")) == (2, 0)


def test_a_withdrawn_key_opens_nothing(issuer, stand):
    call, _ = stand(refresh_s=1)
    old = issuer.keys["k1"]
    assert call("k1") == 200
    issuer.publish("k2")
    wait_for("the old key is still taken", lambda: call("k1", key=old) == 401)
    assert call("k2") == 200


def test_old_keys_outlast_an_issuer_that_is_down(issuer, stand):
    call, service = stand(refresh_s=1)
    assert call("k1") == 200
    issuer.stop()
    wait_for("no look has failed", lambda: metric(service, "failed") >= 2)
    assert call("k1") == 200
    assert "cannot refresh the issuer's keys" in service.log()
    issuer.publish("k1", "k2")
    issuer.start()
    wait_for("the new key is not taken", lambda: call("k2") == 200)


def ready(service):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_hanging_issuer_holds_nobody_up(issuer, stand):
    """The loop answers while the fetch hangs, and the service stops without waiting for it."""
    call, service = stand()
    held = []

    def hang(handler):
        held.append(handler)
        time.sleep(60)

    issuer.misbehave = hang
    assert call("other", key=issuer.keys["k1"]) == 401
    wait_for("nobody asked", lambda: held)
    for _ in range(5):
        assert call("k1") == 200
    assert metric(service, "failed") == 0, "the fetch is over: this has shown nothing"
    begun = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begun < 5


def test_a_service_without_a_key_is_not_ready(issuer, facts, tmp_path):
    issuer.misbehave = lambda handler: Issuer.answer(handler, b"", 503)
    settings = facts["settings"] | {"TANDEM_JWT_KEYS": issuer.key_file(refresh_s=1)}
    with pytest.raises(RuntimeError):
        Service(settings, str(tmp_path / "never.log")).start(wait_s=3)
    assert "the answer's status is 503 and not 200" in (tmp_path / "never.log").read_text()

    issuer.misbehave = lambda handler: (time.sleep(1), Issuer.answer(handler, issuer.document()))
    service = Service(settings, str(tmp_path / "late.log"))
    try:
        service.start()
        assert ready(service) == (200, {"status": "ready"})
    finally:
        assert service.stop() == 0


def inspect(issuer, **changes):
    """(is the token good, what was said about the fetch), by the command line, which fetches once and waits."""
    token = issuer.token("k1", "ann", "acme", ["ae"])
    said = run_tandem({}, "token", "inspect", "--keys", issuer.key_file(**changes), token)
    fetched = [line for line in said.stderr.splitlines() if line.startswith("tandem:")]
    return json.loads(said.stdout)["valid"], "\n".join(fetched)


def test_the_command_line_fetches_too(issuer):
    assert inspect(issuer) == (True, "")


@pytest.mark.parametrize("member", [
    {"kty": "oct", "kid": "k1", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "alg": "HS256"},
    {"kty": "EC", "kid": "k0", "crv": "P-521", "x": "AA", "y": "AA"}, {"kty": "RSA", "kid": "k0", "use": "enc"}, 7],
    ids=str)
def test_keys_for_other_ends_stand_beside_ours(issuer, member):
    issuer.others = [member]
    assert inspect(issuer) == (True, "")


@pytest.mark.parametrize("changes,said", [
    ({"jwks_ca_file": None}, "certificate"),  # the system's authorities do not know it
    ({"jwks_url": "localhost"}, "localhost"),  # the certificate names another host
])
def test_an_issuer_that_cannot_be_trusted(issuer, changes, said):
    if "jwks_url" in changes:
        changes = {"jwks_url": issuer.url(changes["jwks_url"])}
    good, reason = inspect(issuer, **changes)
    assert not good and said in reason
    assert issuer.looks == 0


def long_document(issuer, length):
    document = issuer.document()
    return document + b" " * (length - len(document))


def drip(handler, issuer):
    handler.send_response(200)
    handler.end_headers()
    for byte in issuer.document():
        handler.wfile.write(bytes([byte]))
        time.sleep(0.1)


@pytest.mark.parametrize("name,answer,said", [
    ("another status", lambda i, h: i.answer(h, i.document(), 404), "status is 404"),
    ("no content", lambda i, h: i.answer(h, b"", 204), "status is 204"),
    ("a redirect to itself", lambda i, h: i.answer(h, i.document(), 302, Location=i.url()), "status is 302"),
    ("a redirect to http", lambda i, h: i.answer(h, b"", 301, Location=i.url(scheme="http")), "status is 301"),
    ("too long", lambda i, h: i.answer(h, long_document(i, 256 * 1024 + 1)), "longer than 262,144 bytes"),
    ("no JSON", lambda i, h: i.answer(h, b"<html>"), "no key can be used"),
    ("nothing", lambda i, h: i.answer(h, b""), "no key can be used"),
    ("no end", lambda i, h: drip(h, i), "timed out"),
    ("cut off", lambda i, h: i.answer(h, i.document(), **{"Content-Length": "9999"}), "transfer closed"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_answers_that_hold_no_keys(issuer, name, answer, said):
    issuer.misbehave = lambda handler: answer(issuer, handler)
    begun = time.monotonic()
    good, reason = inspect(issuer)
    assert not good and said in reason, reason
    assert time.monotonic() - begun < 20
    assert issuer.looks == 1


def test_the_longest_answer(issuer):
    issuer.misbehave = lambda handler: issuer.answer(handler, long_document(issuer, 256 * 1024))
    assert inspect(issuer) == (True, "")
