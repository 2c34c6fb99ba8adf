"""The recipes of docs/cookbook, run as they stand there: node, the package standardwebhooks, and a stand-in for the CRM."""
import http.server
import json
import os
import re
import shutil
import subprocess
import threading

import pytest

from support.contract import ROOT
from support.feed import feed, until
from support.stand import free_port

PACKAGES = os.path.join(ROOT, "tests", "webhooks", "node_modules")
NODE = shutil.which("node")
ENDPOINTS = "/v1/webhook-endpoints"
missing = pytest.mark.skipif(not NODE or not os.path.isdir(os.path.join(PACKAGES, "standardwebhooks")),
                             reason="node or the package standardwebhooks is missing: deploy/fetch-npm tests/webhooks")

HUBSPOT = {"path": r"/crm/v3/objects/deals/([^/?]+)",
           "fields": ["tandem_attribution", "tandem_registration", "tandem_vendor_stage", "tandem_partner_stage"],
           "wrap": lambda fields: {"properties": fields}, "unwrap": lambda body: body["properties"], "sequence": "tandem_sequence"}
SALESFORCE = {"path": r"/services/data/v[0-9.]+/sobjects/Opportunity/([^/?]+)",
              "fields": ["Tandem_Attribution__c", "Tandem_Registration__c", "Tandem_Vendor_Stage__c", "Tandem_Partner_Stage__c"],
              "wrap": lambda fields: fields, "unwrap": lambda body: body, "sequence": "Tandem_Sequence__c"}


class Crm:
    """Deals by id; takes what the CRM's own interface takes at this address, with this token, and fails when told to."""

    def __init__(self, kind, ids):
        self.deals = {i: {} for i in ids}
        self.writes, self.broken = [], threading.Event()
        crm = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body=None):
                data = json.dumps(body).encode() if body is not None else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def deal(self):
                found = re.match(kind["path"], self.path)
                if crm.broken.is_set() or self.headers["Authorization"] != "Bearer crm-token":
                    self.answer(503 if crm.broken.is_set() else 401)
                    return None
                if not found or found[1] not in crm.deals:
                    self.answer(404)
                    return None
                return found[1]

            def do_GET(self):
                if deal := self.deal():
                    self.answer(200, kind["wrap"](crm.deals[deal]))

            def do_PATCH(self):
                fields = kind["unwrap"](json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if deal := self.deal():
                    crm.deals[deal].update(fields)
                    crm.writes.append((deal, int(fields[kind["sequence"]])))
                    self.answer(200, {})

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def bridge(tmp_path):
    """bridge(recipe, secret, crm, port): the recipe's program; gives its port."""
    running = []

    def start(recipe, secret, crm, port=0):
        with open(os.path.join(ROOT, "docs", "cookbook", f"{recipe}.md"), encoding="utf-8") as file:
            program, = re.findall(r"```js\n(.*?)```", file.read(), re.S)
        script = tmp_path / f"{recipe}.js"
        script.write_text(program)
        process = subprocess.Popen(
            [NODE, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={"PATH": os.environ["PATH"], "NODE_PATH": PACKAGES, "PORT": str(port), "TANDEM_WEBHOOK_SECRET": secret,
                 "TANDEM_SOURCE": "crm", "CRM_URL": crm.url, "CRM_TOKEN": "crm-token"})
        running.append(process)
        return int(process.stdout.readline())
    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@missing
@pytest.mark.parametrize("recipe,kind", [("hubspot", HUBSPOT), ("salesforce", SALESFORCE)])
def test_a_bridge_keeps_what_tandem_owns_beside_the_deal(tenant, bridge, recipe, kind):
    crm = Crm(kind, ["9001", "9002"])
    source, owner = tenant.as_("crm_sync"), tenant.as_("ae").person_id
    deals = [tenant.direct_deal(source, crm_source="crm", external_id=i, owner=owner) for i in ("9001", "9002")]
    until(lambda: feed(tenant), lambda e: len(e) == 2)

    stranger = bridge(recipe, "whsec_" + "A" * 43 + "=", crm)  # its secret is another one
    made = tenant.as_("admin").post(ENDPOINTS, {"url": f"http://127.0.0.1:{stranger}/"}, expect=201)
    tenant.as_("admin").post(f"{ENDPOINTS}/{made['endpoint_id']}/test", {"note": "Hello"}, expect=202)
    refused, = until(lambda: tenant.as_("admin").all(f"{ENDPOINTS}/{made['endpoint_id']}/deliveries"),
                     lambda d: d and d[0]["attempts"])
    assert refused["attempts"][0]["status"] == 401, "a bridge with another secret takes nothing"
    tenant.as_("admin").send("DELETE", f"{ENDPOINTS}/{made['endpoint_id']}", expect=204)

    port = free_port()
    good = tenant.as_("admin").post(ENDPOINTS, {"url": f"http://127.0.0.1:{port}/"}, expect=201)
    bridge(recipe, good["secret"], crm, port)
    path = f"/v1/opportunities/{deals[0]['opportunity_id']}"
    tenant.as_("ae").post(f"{path}/claims", {"partner_id": tenant.partner_id, "kind": "introduction",
                                             "partner_rep": tenant.as_("partner_rep").person_id}, expect=201)
    tenant.sign(deals[0])
    tenant.advance(deals[0]["opportunity_id"], 2)
    want = ["influenced", None, "qualified", "qualified"]
    until(lambda: [crm.deals["9001"].get(f) or None for f in kind["fields"]], lambda s: s == want)

    crm.broken.set()  # the CRM is away: nothing is lost
    tenant.as_("ae").post(f"{path}/lower-stage", {"to_stage": "registered", "reason": "The budget is gone"}, expect=200)
    listed = f"{ENDPOINTS}/{good['endpoint_id']}/deliveries"
    until(lambda: tenant.as_("admin").all(listed, {"state": "pending"}), lambda d: d and d[-1]["attempts"])
    crm.broken.clear()
    until(lambda: crm.deals["9001"][kind["fields"][2]], lambda s: s == "registered")
    assert crm.deals["9001"][kind["fields"][3]] == "qualified"

    last = until(lambda: tenant.as_("admin").all(listed), lambda d: all(x["state"] == "delivered" for x in d))
    writes = list(crm.writes)
    sequences = [sequence for deal, sequence in writes if deal == "9001"]
    assert sequences == sorted(set(sequences))
    tenant.as_("admin").post(f"{ENDPOINTS}/{good['endpoint_id']}/redeliver",
                             {"delivery_ids": [d["delivery_id"] for d in last]}, expect=202)
    until(lambda: tenant.as_("admin").all(listed), lambda d: all(
        len(x["attempts"]) > len(o["attempts"]) for x, o in zip(d, last)))
    assert crm.writes == writes, "what arrives again changes nothing"
    assert crm.deals["9002"] == {}, "what nothing happened to is not touched"
    crm.server.shutdown()
    crm.server.server_close()
