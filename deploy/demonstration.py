#!/usr/bin/env python3
"""Tells the story of deploy/story to a running `tandem dev`, over HTTP as its people would, once.

With --check: walks one registration to the forecast instead, prints what it saw, exit status 0 or 1.
Needs nothing but Python's standard library.
"""
import argparse
import datetime
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.request

from story.player import Player
from story.script import Calendar
from story.session import Journal, Refused, dev_tokens


class Service:
    """Requests with the tokens of dev.env."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.settings = dict(line.strip().split("=", 1) for line in file if "=" in line)
        self.keys = 0

    def person(self, role):
        return self.settings["TANDEM_PERSON_" + role]

    def __call__(self, role, method, path, body=None):
        request = urllib.request.Request(self.settings["TANDEM_URL"] + path, method=method)
        request.add_header("Authorization", "Bearer " + self.settings["TANDEM_TOKEN_" + role])
        if method == "POST":
            self.keys += 1
            request.add_header("Idempotency-Key", f"{datetime.datetime.now().timestamp()}-{self.keys}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path} as {role}: {error.code} {error.read().decode()}") from error


def quarter():
    """The one that has a day ahead, at least."""
    return Calendar(datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=1))


def register(service, name, domain, amount_minor):
    return service("PARTNER_REP", "POST", "/v1/registrations", {
        "customer": {"name": name, "domains": [domain], "country": "US"},
        "contact": {"name": "Dana Director", "email": "dana@" + domain},
        "need": "One shared forecast",
        "amount": {"amount_minor": amount_minor, "currency": "USD"},
        "close_date": quarter().last.isoformat(),
        "partner_rep": {"name": "Rosa Rep", "email": "rosa@northwind.example"}})


def approve(service, registration):
    return service("PARTNER_MANAGER", "POST", f"/v1/registrations/{registration['registration_id']}/approve", {
        "ae": service.person("AE"), "partner_manager": service.person("PARTNER_MANAGER"),
        "partner_rep": {"person_id": service.person("PARTNER_REP")}})


def sign(service, deal_id):
    claim = service("AE", "GET", f"/v1/opportunities/{deal_id}")["claims"][0]
    for role in ("AE", "PARTNER_MANAGER"):
        service(role, "POST", f"/v1/opportunities/{deal_id}/claims/{claim['claim_id']}/signoffs",
                {"decision": "sign", "claim_version": claim["version"]})


def advance(service, deal_id, stage, to_stage):
    """Two human actions: the partner proposes, the AE confirms."""
    body = {"stage": stage, "to_stage": to_stage}
    service("PARTNER_REP", "POST", f"/v1/opportunities/{deal_id}/advance", body)
    return service("AE", "POST", f"/v1/opportunities/{deal_id}/advance", body)


def load(service, path):
    """The story, once; what was broken off is continued."""
    directory = os.path.dirname(os.path.abspath(path))
    player = Player(service.settings["TANDEM_URL"], dev_tokens(directory), Journal(f"{directory}/story.journal"))
    started, deals = time.monotonic(), player.play()
    if deals:
        print(f"Story: {deals} deals of six quarters, told for {player.day}, in {time.monotonic() - started:.0f} s.")
    else:
        print(f"Story: told for {player.day or 'an earlier day'}. Deals go stale as days pass; a new --data-dir tells it anew.")


def money(value):
    return f"{value['amount_minor'] / 100:,.2f} {value['currency']}"


def check(service):
    """One registration to the forecast; every line is what the service answered. What is expected of the figures is
    their difference: a given database may hold other deals."""
    mark = secrets.token_hex(3)  # a customer of this walk alone
    registration = register(service, f"Check Manufacturing {mark}", f"check-{mark}.com", 10000000)
    print(f"registered   {registration['registration_id']}: the partner reads '{registration['verdict']}'")
    approved = approve(service, registration)
    deal = approved["opportunity_id"]
    print(f"approved     verdict {approved['verdict']}, protected until {approved['protected_until']}")
    before = service("CRO", "GET", f"/v1/forecast?period={quarter().period()}")["sourced"]
    print("unsigned     withheld:", ", ".join(f"{line['rule']} {money(line['amount'])}" for line in before["withheld"]))
    sign(service, deal)
    claim = service("AE", "GET", f"/v1/opportunities/{deal}")["claims"][0]
    print(f"signed       claim is {claim['state']}, {claim['value']}: {claim['sourced_rule']['reason']}")
    advance(service, deal, "registered", "qualified")
    after = service("CRO", "GET", f"/v1/opportunities/{deal}")
    print(f"advanced     stage {after['stage']['key']}, category {after['category']}")
    forecast = service("CRO", "GET", f"/v1/forecast?period={quarter().period()}")
    sourced = forecast["sourced"]
    print(f"forecast     {forecast['headline']}")
    print(f"             eligible {money(sourced['eligible']['amount'])}, "
          f"pipeline weighted {money(sourced['pipeline']['weighted'])}")
    deals = service("CRO", "GET", f"/v1/forecast/deals?period={quarter().period()}&class=sourced&limit=200")["data"]
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
        load(service, arguments.env)
        return 0
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
