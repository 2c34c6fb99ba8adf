#!/usr/bin/env python3
"""Loads a small demonstration into a running `tandem dev`, over HTTP as its people would, once.

With --check: walks one registration to the forecast instead, prints what it saw, exit status 0 or 1.
Needs nothing but Python's standard library.
"""
import argparse
import datetime
import hashlib
import json
import secrets
import sys
import urllib.error
import urllib.request

EVERYTHING_FOR_STAGE = {
    "registered": [],
    "qualified": [
        {"criteria": ["need", "budget", "reason_to_act", "joint_value"], "type": "document",
         "link": "https://vendor.example/notes/joint-qualification",
         "sha256": hashlib.sha256(b"joint qualification").hexdigest()},
    ],
    "validating": [
        {"criterion": "customer_evaluation", "type": "document", "link": "https://vendor.example/notes/evaluation",
         "sha256": hashlib.sha256(b"evaluation").hexdigest(),
         "people": [{"name": "Dana Director", "role": "Director of Operations", "organisation": "customer"}],
         "date": "PAST"},
        {"criterion": "close_plan", "type": "checklist", "steps": [
            {"item": "Security review", "owner": "Dana Director", "due": "SOON", "organisation": "customer"},
            {"item": "Order form", "owner": "Alex Executive", "due": "SOON", "organisation": "vendor"}]},
    ],
}


class Refused(Exception):
    """An answer that is not 2xx."""


class Service:
    """Requests with the tokens of dev.env."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.settings = dict(line.strip().split("=", 1) for line in file if "=" in line)
        self.keys = 0

    def person(self, role):
        return self.settings["TANDEM_PERSON_" + role]

    def __call__(self, role, method, path, body=None, days=0, headers=None):
        request = urllib.request.Request(self.settings["TANDEM_URL"] + path, method=method)
        request.add_header("Authorization", "Bearer " + self.settings["TANDEM_TOKEN_" + role])
        if method == "POST":
            self.keys += 1
            request.add_header("Idempotency-Key", f"{datetime.datetime.now().timestamp()}-{self.keys}")
        if days:
            request.add_header("Tandem-Clock-Offset", str(days * 86400))
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if body is not None:
            request.data = json.dumps(body).encode()
            kind = "merge-patch+json" if method == "PATCH" else "json"
            request.add_header("Content-Type", "application/" + kind)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path} as {role}: {error.code} {error.read().decode()}") from error


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=offset)).isoformat()


def dated(evidence):
    text = json.dumps(evidence).replace('"PAST"', f'"{day(-1)}"').replace('"SOON"', f'"{day(14)}"')
    return json.loads(text)


def quarter_end():
    """The last day of the current calendar quarter, at least a day ahead."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    first = datetime.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    last = (first + datetime.timedelta(days=95)).replace(day=1) - datetime.timedelta(days=1)
    return max(last, today + datetime.timedelta(days=1))


def period():
    last = quarter_end()
    return f"{last.year}-Q{(last.month - 1) // 3 + 1}"


def register(service, external_id, name, domain, amount_minor, days=0):
    named = {"external_id": external_id} if external_id else {}
    return service("PARTNER_REP", "POST", "/v1/registrations", {
        **named,
        "customer": {"name": name, "domains": [domain], "country": "US"},
        "contact": {"name": "Dana Director", "email": "dana@" + domain},
        "need": "One shared forecast",
        "amount": {"amount_minor": amount_minor, "currency": "USD"},
        "close_date": quarter_end().isoformat(),
        "partner_rep": {"name": "Rosa Rep", "email": "rosa@northwind.example"}}, days)


def approve(service, registration, days=0):
    return service("PARTNER_MANAGER", "POST", f"/v1/registrations/{registration['registration_id']}/approve", {
        "ae": service.person("AE"), "partner_manager": service.person("PARTNER_MANAGER"),
        "partner_rep": {"person_id": service.person("PARTNER_REP")}}, days)


def sign(service, deal_id, roles=("AE", "PARTNER_MANAGER"), days=0):
    claim = service("AE", "GET", f"/v1/opportunities/{deal_id}")["claims"][0]
    for role in roles:
        service(role, "POST", f"/v1/opportunities/{deal_id}/claims/{claim['claim_id']}/signoffs",
                {"decision": "sign", "claim_version": claim["version"]}, days)


def advance(service, deal_id, stage, to_stage, days=0):
    """Two human actions: the partner proposes and brings the evidence, the AE confirms."""
    body = {"stage": stage, "to_stage": to_stage}
    service("PARTNER_REP", "POST", f"/v1/opportunities/{deal_id}/advance",
            {**body, "evidence": dated(EVERYTHING_FOR_STAGE[stage])}, days)
    return service("AE", "POST", f"/v1/opportunities/{deal_id}/advance", body, days)


def call(service, deal_id, category):
    deal = service("AE", "GET", f"/v1/opportunities/{deal_id}")
    service("AE", "PATCH", f"/v1/opportunities/{deal_id}", {"category_call": category},
            headers={"If-Match": f'"{deal["version"]}"'})


def direct_deal(service, name, domain, amount_minor, category):
    return service("AE", "POST", "/v1/opportunities", {
        "name": name, "account": {"name": name.split(":")[0], "domains": [domain], "country": "US"},
        "amount": {"amount_minor": amount_minor, "currency": "USD"}, "close_date": quarter_end().isoformat(),
        "crm_stage": "proposal", "category_call": category, "next_step": "Pricing call on Thursday"})


def load(service):
    """Three partner deals in three conditions, two direct deals, one registration that waits."""
    if service("PARTNER_MANAGER", "GET", "/v1/registrations?external_id=demo-1")["data"]:
        return
    sourced = approve(service, register(service, "demo-1", "Fabrikam Steel", "fabrikam-steel.example.com", 24000000))
    deal = sourced["opportunity_id"]
    sign(service, deal)
    advance(service, deal, "registered", "qualified")
    advance(service, deal, "qualified", "validating")
    call(service, deal, "best_case")

    unsigned = approve(service, register(service, "demo-2", "Contoso Insurance", "contoso-insurance.com", 18000000))
    sign(service, unsigned["opportunity_id"], roles=("AE",))

    influenced = direct_deal(service, "Adventure Works: renewal and expansion", "adventure-works.org", 9000000, "commit")
    deal = influenced["opportunity_id"]
    service("PARTNER_MANAGER", "POST", f"/v1/opportunities/{deal}/claims",
            {"partner_id": service.settings["TANDEM_PARTNER"], "kind": "technical_validation"})
    sign(service, deal)

    direct_deal(service, "Litware: new business", "litware-group.com", 15000000, "commit")
    direct_deal(service, "Proseware: second plant", "proseware.net", 6000000, "pipeline")
    register(service, "demo-3", "Tailspin Logistics", "tailspin-logistics.com", 12000000)
    service("CRO", "PUT", f"/v1/targets/{period()}",
            {"class": "sourced", "amount": {"amount_minor": 7500000, "currency": "USD"}},
            headers={"If-None-Match": "*"})


def money(value):
    return f"{value['amount_minor'] / 100:,.2f} {value['currency']}"


def check(service):
    """One registration to the forecast; every line is what the service answered. What is expected of the figures is
    their difference: a given database may hold other deals."""
    mark = secrets.token_hex(3)  # a customer of this walk alone
    registration = register(service, None, f"Check Manufacturing {mark}", f"check-{mark}.com", 10000000)
    print(f"registered   {registration['registration_id']}: the partner reads '{registration['verdict']}'")
    approved = approve(service, registration)
    deal = approved["opportunity_id"]
    print(f"approved     verdict {approved['verdict']}, protected until {approved['protected_until']}")
    before = service("CRO", "GET", f"/v1/forecast?period={period()}")["sourced"]
    print("unsigned     withheld:", ", ".join(f"{line['rule']} {money(line['amount'])}" for line in before["withheld"]))
    sign(service, deal)
    claim = service("AE", "GET", f"/v1/opportunities/{deal}")["claims"][0]
    print(f"signed       claim is {claim['state']}, {claim['value']}: {claim['sourced_rule']['reason']}")
    advance(service, deal, "registered", "qualified")
    after = service("CRO", "GET", f"/v1/opportunities/{deal}")
    print(f"advanced     stage {after['stage']['key']}, category {after['category']}")
    forecast = service("CRO", "GET", f"/v1/forecast?period={period()}")
    sourced = forecast["sourced"]
    print(f"forecast     {forecast['headline']}")
    print(f"             eligible {money(sourced['eligible']['amount'])}, "
          f"pipeline weighted {money(sourced['pipeline']['weighted'])}")
    deals = service("CRO", "GET", f"/v1/forecast/deals?period={period()}&class=sourced&limit=200")["data"]
    found = [one["name"] for one in deals if one["opportunity_id"] == deal]
    print(f"explained    under the figure: {', '.join(found) or 'not this deal'}")

    def grown(figure):
        return figure(sourced)["amount_minor"] - figure(before)["amount_minor"]

    good = (registration["verdict"] == "received" and claim["state"] == "signed" and claim["value"] == "sourced"
            and "awaiting_signature" in [line["rule"] for line in before["withheld"]]
            and grown(lambda of: of["eligible"]["amount"]) == 10000000
            and grown(lambda of: of["pipeline"]["weighted"]) == 2000000
            and len(found) == 1)
    print("check passed" if good else "CHECK FAILED")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="dev.env of the running service")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    service = Service(arguments.env)
    try:
        if arguments.check:
            return 0 if check(service) else 1
        load(service)
        return 0
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
