"""What machines and links ask for without a token."""
import re

import pytest

from support.contract import ROOT, Contract


def test_health(anonymous):
    anonymous.get("/livez", expect=200)
    anonymous.get("/readyz", expect=200)


def test_metrics_are_prometheus_text(anonymous):
    text = anonymous.get("/metrics", expect=200).text
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r'[a-z_:]+(\{[^{}]*\})? [-+0-9.eInfNa]+', line), line


def test_the_contract_that_is_served_is_the_contract(anonymous):
    answer = anonymous.get("/openapi.json", expect=200)
    assert answer.json == Contract().document
    again = anonymous.get("/openapi.json", headers={"If-None-Match": answer.etag}, expect=304)
    assert again.etag == answer.etag


def codes():
    with open(f"{ROOT}/include/tandem/base/problem.def", encoding="utf-8") as file:
        return re.findall(r'"([a-z_]+)", "', file.read())


@pytest.mark.parametrize("code", codes())
def test_the_type_of_every_problem_leads_to_a_page(anonymous, code):
    assert code in anonymous.get("/problems/" + code.replace("_", "-"), expect=200).text


def test_an_unknown_problem_has_no_page(anonymous):
    anonymous.refused("GET", "/problems/no-such-problem", code="not_found")


@pytest.mark.parametrize("path, script", [("/", "/dashboard.js"), ("/confirm", "/confirm.js")])
def test_a_page_loads_nothing_from_elsewhere(anonymous, path, script):
    page = anonymous.get(path, expect=200)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    files = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert files == ["/dashboard.css", script]
    for file in [path, *files]:
        answer = anonymous.get(file, expect=200)
        anonymous.get(file, headers={"If-None-Match": answer.etag}, expect=304)


def test_the_key_of_what_is_signed_is_published(anonymous):
    key, = anonymous.get("/.well-known/jwks.json", expect=200)["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("OKP", "EdDSA", "sig") and "d" not in key
