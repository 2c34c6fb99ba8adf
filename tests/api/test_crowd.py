"""A crowd inside one tenant: partners, sellers, managers and the CRM act at once on the same few customers, helpfully or
not, in threads of their own, and collide. Nobody knows in which order the service heard them; the log does. Its order is
replayed through the law (support/law.py), which must find every accepted change lawful and end where the API stands.

TANDEM_TEST_SEED=7 throws those dice again (not that interleaving); TANDEM_TEST_STEPS sets how often each may act."""
import collections
import copy
import os
import random
import secrets
import threading
import time

import pytest

from support.client import Client
from support.law import Unlawful
from support.law_of_deals import LawOfDeals, events_of
from support.proof import check
from support.race import race
from support.stand import run_tandem
from support.tenant import uuid7
from support.model import World

SEEDS = [int(os.environ["TANDEM_TEST_SEED"])] if os.environ.get("TANDEM_TEST_SEED") else [1, secrets.randbelow(10**6)]
STEPS = int(os.environ.get("TANDEM_TEST_STEPS") or 25)
ROUNDS, ROUND_S = 5, 60 if os.environ.get("TANDEM_TEST_STEPS") else 1.7  # a slow machine acts less, and is done in time
STAGE_KEYS = ["registered", "qualified", "validating", "negotiating", "closed"]
CRITERIA = {1: [], 2: ["need", "budget", "reason_to_act", "joint_value"], 3: ["customer_evaluation", "close_plan"],
            4: ["open_approvals", "handoffs"], 5: ["outcome"]}
CUSTOMERS = ["Alder Foundry", "Birch Instruments", "Cobalt Harbour", "Dunmore Ferries"]
OTHERS = ["Elm Tramways", "Fenwick Press"]  # whom partners do not register: those deals are direct
WHO_DOES_WHAT = {
    "rep": {"register": 3, "resubmit": 3, "withdraw": 1, "advance": 12, "give": 3, "confirm": 4, "decline": 1, "lower": 1,
            "expect": 2},
    "ae": {"sign": 10, "advance": 12, "give": 3, "confirm": 3, "claim": 3, "renew": 1, "close": 5, "hand_over": 2, "engage": 1,
           "lend": 1, "create": 1, "lower": 1, "decline": 1},
    "manager": {"approve": 8, "reject": 1, "ask": 2, "sign": 10, "advance": 8, "confirm": 3, "claim": 1, "extend": 2, "lead": 1,
                "close": 2, "lend": 1},
    "top": {"approve": 5, "sign": 4, "reopen": 4, "close": 2, "ask": 1, "lead": 1, "advance": 3},
    "crm": {"create_linked": 1, "outcome": 2, "engage": 2, "patch": 3},
}


class Member:
    """One of the crowd: a thread with dice and a connection of its own, and the callers whose tokens it holds."""

    def __init__(self, crowd, kind, callers, seed):
        self.crowd, self.tenant, self.kind, self.dice = crowd, crowd.tenant, kind, random.Random(seed)
        client = callers[0].client
        self.client = Client(client.port, client.traffic, client.contract)
        self.callers = [copy.copy(caller) for caller in callers]
        for caller in self.callers:
            caller.client = self.client
        self.acts, self.seen, self.failure = WHO_DOES_WHAT[kind], collections.Counter(), None

    def chance(self, share):
        return self.dice.random() < share

    def run(self, barrier):
        try:
            barrier.wait()
            ends_at = time.monotonic() + ROUND_S
            for _ in range(STEPS):
                if time.monotonic() > ends_at:
                    break
                self.me = self.dice.choice(self.callers)
                name, = self.dice.choices(list(self.acts), list(self.acts.values()))
                answer = getattr(self, f"do_{name}")()
                if answer:  # nothing to act on is nothing done
                    assert answer.status < 500, (name, answer)
                    self.seen[name, answer.code or answer.status] += 1
        except BaseException as failure:  # told by the test
            self.failure = failure

    # -- what lies on the table --------------------------------------------------------------------------------------
    def registration(self, *states):
        rows = [row for row in self.me.get("/v1/registrations", {"limit": 12}, expect=200, judge=False)["data"]
                if (row["state"] in states and self.decides(row)) or self.chance(0.05)]
        # the oldest comes first: it stands in the way of the others
        return (rows[-1] if self.chance(0.6) else self.dice.choice(rows)) if rows else None

    def decides(self, row):
        """Mostly for their own partner."""
        managers = dict(zip(self.crowd.partners, self.crowd.managers))
        return self.kind != "manager" or managers[row["partner_id"]].person_id == self.me.person_id

    def deal(self, *statuses):
        """One of the newest, and rather one that partners claim: the crowd meets there."""
        rows = [row for row in self.me.get("/v1/opportunities", {"limit": 12}, expect=200, judge=False)["data"]
                if row["status"] in (statuses or ("open",)) or self.chance(0.03)]
        claimed = [row for row in rows if row.get("stage")]
        return self.dice.choice(claimed[:3] if claimed and self.chance(0.7) else rows[:5]) if rows else None

    def on(self, deal, tail, body, verb="post", **options):
        return getattr(self.me, verb)(f"/v1/opportunities/{deal['opportunity_id']}{tail}", body, **options)

    def claim_of(self, deal):
        return self.dice.choice(deal["claims"]) if deal and deal.get("claims") else None

    def customer(self, names=CUSTOMERS):
        name = self.dice.choice(names if self.chance(0.9) else CUSTOMERS + OTHERS)
        return {"name": name, "domains": [f"{name.split()[0].lower()}-{self.tenant.key}.com"], "country": "DE"}

    # -- registrations -----------------------------------------------------------------------------------------------
    def do_register(self):
        body = self.tenant.registration_body(customer=self.customer())
        if "prm_portal" in self.me.roles:
            body |= {"partner_id": self.dice.choice(self.crowd.partners), "acting_for": {"name": "Ines Duarte",
                                                                                         "email": "ines@portal.example"}}
        return self.me.post("/v1/registrations", body)

    def decide(self, verb, body, *states):
        row = self.registration(*states or ("submitted",))
        return row and self.me.post(f"/v1/registrations/{row['registration_id']}/{verb}", body(row))

    def do_approve(self):
        def body(row):
            place = self.crowd.partners.index(row["partner_id"])
            managers = self.crowd.managers if self.chance(0.9) else self.crowd.managers[::-1]
            return {"ae": self.dice.choice(self.crowd.owners).person_id, "partner_manager": managers[place].person_id,
                    "partner_rep": {"person_id": self.crowd.reps[place if self.chance(0.95) else 1 - place].person_id}}
        return self.decide("approve", body)

    def do_reject(self):
        return self.decide("reject", lambda _: {"reason_code": "not_qualified", "reason": "No budget before next year"},
                           "submitted", "changes_requested")

    def do_ask(self):
        return self.decide("request-changes", lambda _: {
            "fields": self.dice.choice([["need"], ["customer"], ["customer", "need"]]), "text": "Which of its sites is it about?",
            "correction": self.chance(0.3)})

    def do_extend(self):
        return self.decide("extend", lambda _: {"days": self.dice.choice([1, 30, 31]), "reason": "Their board meets in May"}, "approved")

    def acting(self):
        return {"acting_for": {"name": "Ines Duarte", "email": "ines@portal.example"}} if "prm_portal" in self.me.roles else {}

    def do_resubmit(self):
        row = self.registration("changes_requested")
        if not row:
            return self.do_register()
        change = {"need": "Three depots on one plan"} if self.chance(0.6) else {"customer": self.customer()}
        sent = {n: row[n] for n in ("customer", "product_family", "contact", "need", "amount", "close_date", "partner_rep")}
        return self.me.post(f"/v1/registrations/{row['registration_id']}/resubmit", sent | change | self.acting())

    def do_withdraw(self):
        row = self.registration("submitted", "changes_requested")
        return row and self.me.post(f"/v1/registrations/{row['registration_id']}/withdraw", self.acting())

    # -- claims ------------------------------------------------------------------------------------------------------
    def do_claim(self):
        deal, place = self.deal(), self.dice.randrange(2)
        if not deal:
            return None
        rep = {} if deal["claims"] else {"partner_rep": self.crowd.reps[place].person_id}
        return self.on(deal, "/claims", {"partner_id": self.crowd.partners[place], "kind": "introduction"} | rep)

    def do_renew(self):
        deal = self.deal()
        claim = self.claim_of(deal)
        kind = claim and self.dice.choice([claim["kind"], "technical_validation"])
        return claim and self.on(deal, f"/claims/{claim['claim_id']}", {"kind": kind}, "patch", etag="*")

    def do_sign(self):
        deal = self.deal("open", "won")
        claim = self.claim_of(deal)
        if not claim:
            return None
        body = {"decision": "sign", "claim_version": max(1, claim["version"] - self.chance(0.05))}
        if self.chance(0.05):
            body |= {"decision": "decline", "reason": "The partner was not in the room"}
        return self.on(deal, f"/claims/{claim['claim_id']}/signoffs", body)

    def do_lend(self):
        to = self.dice.choice(self.crowd.owners if self.kind == "ae" else self.crowd.managers)
        duty = "ae" if self.kind == "ae" else "partner_manager"
        return self.me.put(f"/v1/people/{self.me.person_id}/delegations/{uuid7()}", {
            "delegate": to.person_id, "duty": duty, "from": self.tenant.day(), "to": self.tenant.day(1)})

    def do_lead(self):
        deal, place = self.deal(), self.dice.randrange(2)
        return deal and deal["claims"] and self.on(deal, "", {
            "lead_partner": self.crowd.partners[place], "partner_rep": self.crowd.reps[place].person_id}, "patch", etag="*")

    # -- stages ------------------------------------------------------------------------------------------------------
    def step_of(self, deal):
        here = deal["stage"]["number"]
        return here if self.chance(0.97) else self.dice.randint(1, 4)

    def do_advance(self):
        deal = self.deal()
        if not deal or not deal.get("stage"):
            return None
        here = min(4, self.step_of(deal))
        body = {"stage": STAGE_KEYS[here - 1], "to_stage": STAGE_KEYS[here]} | self.acting()
        if self.chance(0.1 if self.kind == "rep" else 0.5) and CRITERIA[here]:
            body["evidence"] = [{"criterion": c} | self.tenant.evidence(c) for c in CRITERIA[here]]
        if self.chance(0.2 if self.kind == "rep" else 0.02):
            body["partner_view"] = self.view()
        return self.on(deal, "/advance", body)

    def view(self):
        return {"amount": self.tenant.money(self.dice.randint(1, 10**7)), "close_date": self.tenant.day(self.dice.randint(1, 60))}

    def do_expect(self):
        deal = self.deal()
        claim = self.claim_of(deal)
        if not claim:
            return None
        seen = claim["partner_view"] and f'"{claim["partner_view"]["version"]}"'
        return self.on(deal, f"/claims/{claim['claim_id']}/partner-view", self.view() | self.acting(), "put", etag=seen)

    def do_decline(self):
        deal = self.deal()
        return deal and deal.get("stage") and self.on(deal, "/advance/decline", {
            "to_stage": STAGE_KEYS[min(4, deal["stage"]["number"])], "reason": "The budget is not theirs yet"} | self.acting())

    def do_lower(self):
        deal = self.deal()
        return deal and self.on(deal, "/lower-stage", {"to_stage": self.dice.choice(STAGE_KEYS[:3]),
                                                       "reason": "The sponsor at the customer has left"} | self.acting())

    def evidence_of(self, deal):
        return {e["criterion"]: e["version"] for e in self.on(deal, "/evidence", None, "get").json.get("data", [])}

    def do_give(self):
        deal = self.deal()
        if not deal or not deal.get("stage"):
            return None
        criterion = self.dice.choice(CRITERIA[self.dice.choice([max(2, deal["stage"]["number"]), self.dice.randint(2, 5)])])
        version = self.evidence_of(deal).get(criterion)
        if "prm_portal" in self.me.roles:
            return None
        return self.on(deal, f"/evidence/{criterion}", self.tenant.evidence(criterion), "put", etag=version and f'"{version}"')

    def do_confirm(self):
        deal = self.deal()
        given = self.evidence_of(deal) if deal else None
        if not given:
            return self.do_advance()
        criterion = self.dice.choice(sorted(given))
        return self.on(deal, f"/evidence/{criterion}/confirmations",
                       {"evidence_version": max(1, given[criterion] - self.chance(0.05))} | self.acting())

    # -- the deal ----------------------------------------------------------------------------------------------------
    def do_create(self):
        return self.me.post("/v1/opportunities", {"name": f"Direct {uuid7()}", "amount": self.tenant.money(7_000_000),
                                                  "close_date": self.tenant.day(20), "account": self.customer(OTHERS)})

    def do_create_linked(self):
        return self.me.post("/v1/opportunities", {
            "name": f"Linked {uuid7()}", "amount": self.tenant.money(3_000_000), "close_date": self.tenant.day(20), "account": self.customer(OTHERS),
            "crm_source": "crm", "external_id": uuid7(), "owner": self.dice.choice(self.crowd.owners).person_id})

    def do_hand_over(self):
        deal = self.deal()
        return deal and self.on(deal, "", {"owner": self.dice.choice(self.crowd.owners).person_id}, "patch", etag="*")

    def do_patch(self):
        deal = self.deal("open", "won")
        return deal and self.on(deal, "", self.dice.choice([
            {"amount": self.tenant.money(self.dice.randrange(1, 10**8))}, {"close_date": self.tenant.day(self.dice.randint(1, 60))},
            {"category_call": "commit"}, {"next_step": f"Call {uuid7()}"}]), "patch", etag="*")

    def do_engage(self):
        deal = self.deal()
        return deal and deal["account"] and self.me.post(f"/v1/accounts/{deal['account']['account_id']}/engagements", {
            "engaged_at": self.tenant.now().isoformat() if self.chance(0.7) else self.tenant.day(-self.dice.randint(1, 20)),
            "activity_id": uuid7()})

    def do_close(self):
        deal = self.deal("open", "won")
        if not deal or (deal["status"] == "open" and deal["claims"] and deal["stage"]["number"] < 4 and self.chance(0.8)):
            return self.do_sign() if "sign" in self.acts else None
        won = deal["status"] == "won" or self.chance(0.8)
        body = {"outcome": "won"} if won else {"outcome": "lost", "reason_code": "price"}
        if deal["status"] == "open":
            body["closed_on"] = self.tenant.day(-self.dice.choice([0, 0, 0, 9]))
        signed = [c["partner"]["partner_id"] for c in deal["claims"] if c["state"] == "signed"]
        if won and len(signed) > 1:
            body["shares"] = [{"partner_id": partner, "basis_points": 5000} for partner in signed]
        if won and "ae" in self.me.roles and deal["status"] == "open" and deal["claims"]:
            for criterion in ("open_approvals", "handoffs", "outcome"):
                self.on(deal, f"/evidence/{criterion}", self.tenant.evidence(criterion), "put")
        return self.on(deal, "/close", body)

    def do_reopen(self):
        deal = self.deal("won", "lost")
        return deal and self.on(deal, "/reopen", {"reason": "The customer has withdrawn its cancellation"})

    def do_outcome(self):
        deal = self.deal("open", "won", "lost")
        if not deal or not deal["external_ids"]:
            return self.do_create_linked()
        outcome = self.dice.choice([{"outcome": "won", "closed_on": self.tenant.day()}, {"outcome": "open"},
                                    {"outcome": "lost", "closed_on": self.tenant.day()}])
        return self.on(deal, "", {"outcome": outcome}, "patch", etag="*")


class Crowd:
    def __init__(self, tenant, seed):
        self.tenant, self.dice = tenant, random.Random(seed)
        self.managers = [tenant.person("partner_manager") for _ in range(2)]
        self.partners = [tenant.partner(name=f"Partner {n} of {tenant.key}", manager=m) for n, m in enumerate(self.managers)]
        self.reps = [tenant.person("partner_rep", partner=partner) for partner in self.partners]
        tenant.reps = list(zip(self.reps, self.partners))
        second = tenant.person("partner_rep", partner=self.partners[0])
        self.owners = [tenant.person("ae") for _ in range(2)]
        portal = tenant.person("prm_portal", partners=self.partners)
        leader, admin, crm = (tenant.as_(role) for role in ("partnerships_leader", "admin", "crm_sync"))
        tenant.as_("cro")
        for rep, manager, name in zip(self.reps, self.managers, CUSTOMERS):  # the first two to meet on
            customer = {"name": name, "domains": [f"{name.split()[0].lower()}-{tenant.key}.com"], "country": "DE"}
            approved = tenant.approve(tenant.register(rep, customer=customer), self.owners[0], manager, rep)
            deal = tenant.read(approved["opportunity_id"], self.owners[0])
            self.owners[0].post(f"/v1/accounts/{deal['account']['account_id']}/engagements", {
                "engaged_at": tenant.now().isoformat(), "activity_id": uuid7()}, expect=201)
            self.owners[0].patch(f"/v1/opportunities/{deal['opportunity_id']}/claims/{deal['claims'][0]['claim_id']}",
                                 {"kind": "registration"}, "*", expect=200)  # put to the rule again
        self.members = [Member(self, kind, callers, seed * 100 + n) for n, (kind, callers) in enumerate((
            ("rep", [self.reps[0], portal]), ("rep", [self.reps[1]]), ("rep", [second, self.reps[1]]), ("ae", self.owners[:1]),
            ("ae", self.owners[1:]), ("manager", self.managers[:1]), ("manager", self.managers), ("top", [leader, leader, admin]),
            ("crm", [crm])))]

    def round(self):
        barrier = threading.Barrier(len(self.members))
        threads = [threading.Thread(target=member.run, args=[barrier]) for member in self.members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for member in self.members:
            member.client.close()
            if member.failure:
                raise member.failure

    def between_rounds(self):
        """Time goes on, and a partner may get another manager, while nobody acts: who may act follows what the log says."""
        self.tenant.clock(days=self.dice.choice([0, 1, 3, 6]), hours=self.dice.randint(1, 20))

    def seen(self):
        return sum((member.seen for member in self.members), collections.Counter())


def stands_where_the_law_stands(tenant, law):
    """Every deal and registration as the API shows it, against the law's last state."""
    at, reader = tenant.now(), tenant.as_("partnerships_leader")
    deals = {row.id: row for row in law.rows["opportunity"].values()}
    shown = reader.all("/v1/opportunities", {"limit": 200})
    assert {deal["opportunity_id"] for deal in shown} == set(deals)
    names = {row.id: row for row in law.rows["claim"].values()}
    for deal in shown:
        row = deals[deal["opportunity_id"]]
        assert deal["status"] == {1: "open", 2: "won", 3: "lost"}[row.status], deal
        assert deal["attribution"] == ["none", "sourced", "influenced"][row.attribution], deal
        if row.lead_partner_id:
            assert (deal["stage"]["vendor"], deal["stage"]["partner"]) == (
                STAGE_KEYS[row.vendor_stage - 1], STAGE_KEYS[row.partner_stage - 1]), deal
        assert {c["claim_id"]: (c["state"], c["version"], len(c["signoffs"])) for c in deal["claims"]} == {
            c.id: (law.state(c, at), c.claim_version, len(law.decisions(c))) for c in names.values()
            if c.opportunity_id == row.opportunity_id}
        claim = names.get(row.counting_claim)
        said = "direct" if not claim else "unattributed" if law.state(claim, at) == "lapsed" else deal["attribution"]
        assert deal["report_class"] == said, deal
    registrations = {row.id: row for row in law.rows["registration"].values()}
    for registration in reader.all("/v1/registrations", {"limit": 200}):
        row = registrations.pop(registration["registration_id"])
        state = 6 if row.state == 2 and at >= row.expires_at else row.state
        assert registration["state"] == ["submitted", "changes_requested", "approved", "rejected", "withdrawn", "expired"][state - 1]
    assert not registrations


@pytest.mark.parametrize("place", range(len(SEEDS)))
def test_what_a_crowd_is_allowed_is_lawful(new_tenant, facts, database, place):
    crowd, where = Crowd(new_tenant(), SEEDS[place]), f"TANDEM_TEST_SEED={SEEDS[place]}"
    try:
        for number in range(ROUNDS):
            crowd.round()
            if number < ROUNDS - 1:
                crowd.between_rounds()
        law = LawOfDeals().replay(events_of(database, crowd.tenant.key))
        stands_where_the_law_stands(crowd.tenant, law)
        today = crowd.tenant.now().date()
        check(crowd.tenant, database, [f"{today.year}-Q{(today.month + 2) // 3}", f"{today:%Y-%m}"])
    except Exception as error:
        raise Unlawful(f"{where}: {type(error).__name__}: {error}") from error
    run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")
    done = collections.Counter(event["kind"] for event in events_of(database, crowd.tenant.key))
    refused = sum(times for (_, outcome), times in crowd.seen().items() if not isinstance(outcome, int))
    print(f"{where}: {law.count} events, {sum(crowd.seen().values())} acts, {refused} refused: {dict(done)}")
    for kind in ("claim.signed", "evidence.confirmed", "opportunity.stage_proposed"):
        assert done[kind], f"{where}: {kind} never happened"
