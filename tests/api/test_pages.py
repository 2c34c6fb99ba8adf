"""The pages: /docs and its files over HTTP, and, where chromium is, every page as a browser sees it."""
import json
import os
import re
import shutil
import subprocess

import pytest

from support.contract import ROOT, Contract
from support.stages import Deal

LOOK = os.path.join(ROOT, "tests", "browser", "look.mjs")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)
OPERATIONS = Contract().operations.values()


def policy(page):
    return dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))


# -- as files ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/docs", "/docs/plain.html"])
def test_the_page_of_the_contract_loads_nothing_from_elsewhere(anonymous, path):
    page = anonymous.get(path, expect=200)
    rules = policy(page)
    assert rules["default-src"] == "'none'" and rules["script-src"] == rules["style-src"] == "'self'"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    files = re.findall(r'(?:href|src)="([^"#]+)"', page.text)
    assert len(files) > 2
    for file in files:
        assert file.startswith("/") and not file.startswith("//"), file
        anonymous.get(file, expect=200)


def test_a_file_is_sent_compressed_to_whoever_takes_it_so(anonymous):
    for path in ("/openapi.json", "/docs", "/docs/plain.js"):
        plain = anonymous.get(path, expect=200)
        packed = anonymous.get(path, headers={"Accept-Encoding": "br, gzip;q=0.5"}, expect=200)
        assert (plain.headers["Content-Encoding"], packed.headers["Content-Encoding"]) == (None, "gzip")
        assert packed.bytes == plain.bytes and packed.size < plain.size / 1.5
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers.get_all("Vary")
        assert plain.etag != packed.etag, "two forms, two tags"
        again = anonymous.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.etag}, expect=304)
        assert again.headers["Content-Encoding"] is None
        refused = anonymous.get(path, headers={"Accept-Encoding": "gzip;q=0, *"}, expect=200)
        assert refused.bytes == plain.bytes


@pytest.mark.parametrize("name", ["plain.js.gz", "package.json", "..", "%2e%2e%2fplain.js", "no.css"])
def test_only_the_page_s_files_are_there(anonymous, name):
    anonymous.refused("GET", f"/docs/{name}", code="not_found")


# -- in a browser --------------------------------------------------------------------------------------------------
def missing():
    if not CHROMIUM:
        return "chromium is missing"
    if not shutil.which("node") or not os.path.exists(os.path.join(os.path.dirname(LOOK), "node_modules")):
        return "node is missing, or `deploy/fetch-npm tests/browser` was not done"
    return None


browser = pytest.mark.skipif(missing() is not None, reason=f"no browser: {missing()}")


@pytest.fixture
def look(facts, tmp_path):
    """look(path, steps, texts): what the page shows, after it was seen that the browser had nothing to complain of and
    asked nobody else."""
    base = f"http://127.0.0.1:{facts['port']}"

    def open_page(path, steps=(), texts=None):
        asked = {"url": base + path, "steps": list(steps), "texts": texts or {},
                 "picture": os.environ.get("TEST_PICTURES") and
                 os.path.join(os.environ["TEST_PICTURES"], re.sub(r"\W+", "-", path).strip("-") + "-page.png")}
        run = subprocess.run(["node", LOOK, CHROMIUM], input=json.dumps(asked), text=True, capture_output=True,
                             timeout=180, env=os.environ | {"HOME": str(tmp_path)})
        assert run.returncode == 0, run.stderr
        seen = json.loads(run.stdout)
        assert seen["violations"] == [] and seen["errors"] == []
        assert [url for url in seen["requests"] if not url.startswith((base + "/", "data:"))] == []
        return seen["texts"]

    return open_page


@browser
def test_the_plain_page_shows_every_operation_problem_and_schema(look):
    document = Contract().document
    shown = look("/docs/plain.html#operation-sign_claim", texts={
        "paths": "#operations summary code:nth-child(2)", "problems": "#problems summary code",
        "schemas": "#schemas summary code", "opened": "details[open] summary"})
    assert sorted(shown["paths"]) == sorted(o.path for o in OPERATIONS)
    assert {line.split()[1] for line in shown["problems"]} == set(document["components"]["examples"])
    assert set(shown["schemas"]) == set(document["components"]["schemas"])
    assert len(shown["opened"]) == 1 and "/signoffs" in shown["opened"][0]


@browser
def test_swagger_ui_shows_every_operation(anonymous, look):
    if "swagger" not in anonymous.get("/docs").text:
        pytest.skip("built without swagger-ui: deploy/fetch-npm, then meson setup --reconfigure")
    shown = look("/docs", [{"wait": ".opblock"}, {"click": "#operations-Claims-sign_claim .opblock-summary"},
                           {"wait": "#operations-Claims-sign_claim .responses-table"},
                           {"click": ".btn.authorize"}, {"wait": ".modal-ux"}],
                 {"paths": ".opblock-summary-path", "asked": ".modal-ux h4"})
    assert sorted(path.replace("\u200b", "") for path in shown["paths"]) == sorted(o.path for o in OPERATIONS)
    assert "bearer" in shown["asked"][0]


@browser
@pytest.mark.parametrize("decision, told", [("confirm", "Confirmed."), ("decline", "Declined.")])
def test_a_person_decides_by_a_link(look, tenant, decision, told):
    deal = Deal(tenant).stand_in(2)
    deal.give("ae", "need", expect=201)
    asked = {"partner_rep": tenant.as_("partner_rep").person_id, "criteria": ["need"]}
    path = tenant.as_("ae").post(f"{deal.path}/confirmation-links", asked, expect=201)["path"]
    shown = look(path, [{"wait": "#evidence h2"}, {"fill": "#reason", "with": "That was another project"},
                        {"click": f"#{decision}"}, {"wait": "#asked[hidden]", "state": "attached"}],
                 {"headline": "#headline", "evidence": "#evidence"})
    assert shown["headline"][0].startswith(told)
    assert tenant.evidence("need")["statement"] in shown["evidence"][0] or shown["evidence"] == [""]
    confirmations = deal.evidence()["need"]["confirmations"]
    assert [c["side"] for c in confirmations] == (["partner"] if decision == "confirm" else [])


@browser
def test_the_dashboard_shows_a_forecast_and_opens_a_figure(look, tenant):
    deal = tenant.deal()
    shown = look("/", [{"fill": "#token", "with": tenant.as_("cro").token}, {"click": "#ask button"},
                       {"wait": "#classes tbody tr"}, {"click": "#classes tbody tr:first-child td button"},
                       {"wait": "#deals tbody tr"}],
                 {"headline": "#headline", "classes": "#classes tbody th", "deals": "#deals tbody th"})
    assert shown["classes"] == ["sourced", "influenced", "direct", "unattributed"]
    assert "USD" in shown["headline"][0]
    assert shown["deals"] == [tenant.as_("cro").get(f"/v1/opportunities/{deal['opportunity_id']}")["name"]]
