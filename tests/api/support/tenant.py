"""A tenant of one test, its people and partners, and the first steps that most stories share."""
import datetime
import itertools
import math
import os
import secrets
import time
import uuid

from .client import Caller
from .keys import token
from .stand import run_tandem

DAY = 86400


def uuid7():
    """Ids that the caller chooses look like the service's own."""
    value = (int(time.time() * 1000) << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) \
        | secrets.randbits(62)
    return str(uuid.UUID(int=value))


class Tenant:
    """Knows who is who. The clock of all its callers starts at the real time and moves only by `clock`."""

    numbers = itertools.count(1)

    def __init__(self, facts, client, currency="USD", time_zone="Etc/UTC", fiscal_start_month=1,
                 go_live_at="2020-01-01T00:00:00Z", amount_basis=None):
        self.facts, self.client = facts, client
        self.key = f"t{os.getpid()}-{next(self.numbers)}-{secrets.token_hex(3)}"
        self.currency, self.time_zone = currency, time_zone
        self.offset_s = 0
        self.people, self.partners = {}, []
        subject = f"admin|{self.key}"
        run_tandem(facts["owner_settings"], "tenant", "create", "--key", self.key, "--name", f"Tenant {self.key}",
                   "--currency", currency, "--time-zone", time_zone, "--fiscal-start-month", str(fiscal_start_month),
                   "--go-live-at", go_live_at, *(["--amount-basis", amount_basis] if amount_basis else []), "--admin-subject", subject, "--admin-name", "Ada Admin",
                   "--admin-email", f"admin@{self.key}.example")
        self.people["admin"] = self.caller(subject, ["admin"], name="Ada Admin")

    # -- time ------------------------------------------------------------------------------------------------------
    def clock(self, days=0, hours=0, seconds=0):
        """Moves the clock of every request from now on."""
        self.offset_s += int(days * DAY + hours * 3600 + seconds)

    def at(self, text):
        """Moves the clock to an instant in the future (or less than a second after it)."""
        span = datetime.datetime.fromisoformat(text) - self.now()
        self.clock(seconds=math.ceil(span.total_seconds()))

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.offset_s)

    def day(self, days=0):
        """A date so many days from today (of a tenant in UTC)."""
        return (self.now() + datetime.timedelta(days=days)).date().isoformat()

    # -- people ----------------------------------------------------------------------------------------------------
    def caller(self, subject, roles, partner=None, algorithm="ES256", claims=None, **known):
        """A token without a person behind it, unless the subject is one's."""
        text = token(self.facts["private_keys"], subject, self.key, roles, partner, algorithm, claims)
        return Caller(self.client, text, roles, lambda: self.offset_s, subject=subject, **known)

    def nobody(self):
        return Caller(self.client, None, [], lambda: self.offset_s)

    def person(self, *roles, partner=None, partners=None, name=None, **more):
        """Creates a person by the API and gives its caller. `partner` for partner_rep, `partners` for prm_portal."""
        number = next(self.numbers)
        person_id, subject = uuid7(), f"{roles[0]}|{self.key}|{number}"
        name = name or f"{roles[0].replace('_', ' ').title()} {number}"
        email = f"{roles[0]}{number}@{self.key}.example"
        body = {"subject": subject, "name": name, "email": email, "roles": list(roles)} | more
        if partner:
            body["partner_id"] = partner
        if partners:
            body["partner_ids"] = partners
        self.as_("admin").put(f"/v1/people/{person_id}", body, expect=201)
        caller = self.caller(subject, roles, partner, person_id=person_id, name=name, email=email)
        self.people.setdefault(roles[0], caller)
        return caller

    def as_(self, role):
        """The first person of this role; made when there is none. A partner_rep is one of the first partner."""
        if role not in self.people:
            if role == "partner_rep":
                self.person(role, partner=self.partner_id)
            elif role == "prm_portal":
                self.person(role, partners=[self.partner_id])
            else:
                self.person(role)
        return self.people[role]

    def partner(self, name=None, program_type="both", manager=None):
        """Creates a partner whose manager is the first partner_manager, and gives its id."""
        manager = manager or self.as_("partner_manager")
        answer = self.as_("admin").post("/v1/partners", {
            "name": name or f"Partner {next(self.numbers)} of {self.key}", "program_type": program_type,
            "manager": manager.person_id}, expect=201)
        self.partners.append(answer["partner_id"])
        return answer["partner_id"]

    @property
    def partner_id(self):
        return self.partners[0] if self.partners else self.partner()

    # -- policy ----------------------------------------------------------------------------------------------------
    def schedule(self, after_s=1, **changes):
        """A policy that differs from the one in force so, from so many seconds from now on."""
        admin = self.as_("admin")
        read = admin.get("/v1/policy", expect=200)
        at = (self.now() + datetime.timedelta(seconds=after_s)).isoformat()
        return admin.put("/v1/policy", {"effective_at": at, "policy": read["policy"] | changes}, read.etag, expect=200)

    def policy(self, **changes):
        """The same, and the clock is moved to where it is in force."""
        self.schedule(**changes)
        self.clock(seconds=2)

    def rate(self, currency, date, rate, etag=None):
        return self.as_("admin").put(f"/v1/rates/{currency}/{date}", {"rate": rate}, etag, expect=200 if etag else 201)

    # -- first steps of a story ------------------------------------------------------------------------------------
    def money(self, amount_minor):
        return {"amount_minor": amount_minor, "currency": self.currency}

    def registration_body(self, **changes):
        number = next(self.numbers)
        return {
            "customer": {"name": f"Customer {number} {self.key}", "domains": [f"c{number}-{self.key}.com"],
                         "country": "DE"},
            "contact": {"name": "Jana Vogt", "email": f"jana@c{number}-{self.key}.com"},
            "need": "Replace the paper dispatch in three depots before winter",
            "amount": self.money(12_500_000),
            "close_date": self.day(30),
            "partner_rep": {"name": "Omar Reyes", "email": f"omar{number}@partner-{self.key}.example"},
        } | changes

    def register(self, caller=None, **changes):
        return (caller or self.as_("partner_rep")).post("/v1/registrations", self.registration_body(**changes),
                                                        expect=201)

    def approve(self, registration, ae=None, manager=None, rep=None):
        """The approved registration; its opportunity_id names the deal."""
        rep = rep or self.as_("partner_rep")
        return (manager or self.as_("partner_manager")).post(
            f"/v1/registrations/{registration['registration_id']}/approve", {
                "ae": (ae or self.as_("ae")).person_id,
                "partner_manager": (manager or self.as_("partner_manager")).person_id,
                "partner_rep": {"person_id": rep.person_id}}, expect=200)

    def deal(self, **changes):
        """A registered and approved deal, as its AE reads it."""
        approved = self.approve(self.register(**changes))
        return self.read(approved["opportunity_id"])

    def direct_deal(self, caller=None, **changes):
        number = next(self.numbers)
        body = {"name": f"Direct deal {number}", "amount": self.money(5_000_000), "close_date": self.day(30),
                "account": {"name": f"Direct customer {number} {self.key}", "country": "US"}} | changes
        return (caller or self.as_("ae")).post("/v1/opportunities", body, expect=201)

    def read(self, opportunity_id, caller=None):
        return (caller or self.as_("ae")).get(f"/v1/opportunities/{opportunity_id}", expect=200)

    def sign(self, opportunity, roles=("ae", "partner_manager")):
        """Both signatures on the newest version of the deal's claim; gives the claim."""
        opportunity_id = opportunity["opportunity_id"]
        for role in roles:
            claim = self.read(opportunity_id)["claims"][0]
            answer = self.as_(role).post(f"/v1/opportunities/{opportunity_id}/claims/{claim['claim_id']}/signoffs",
                                         {"decision": "sign", "claim_version": claim["version"]}, expect=201)
        return answer

    # what each criterion of the default model takes
    def evidence(self, criterion):
        document = {"type": "document", "link": "https://files.example/evidence.pdf", "sha256": "ab" * 32}
        return {
            "customer_evaluation": document | {
                "people": [{"name": "Jana Vogt", "role": "Head of operations", "organisation": "customer"}],
                "date": self.day(-1)},
            "close_plan": {"type": "checklist", "steps": [
                {"item": "Security review", "owner": "Jana Vogt", "due": self.day(5), "organisation": "customer"},
                {"item": "Offer", "owner": "Ines Duarte", "due": self.day(8), "organisation": "vendor"}]},
            "open_approvals": {"type": "checklist", "steps": [
                {"item": "Board approval", "owner": "Jana Vogt", "due": self.day(9), "organisation": "customer"}]},
            "handoffs": {"type": "people", "people": [
                {"name": "Omar Reyes", "role": "Delivery lead", "organisation": "partner"}]},
        }.get(criterion, {"type": "statement", "statement": f"What was agreed about {criterion} with the customer"})

    def advance(self, opportunity_id, to_number, first="ae", second="partner_rep"):
        """Two calls a stage: one side proposes with the evidence, the other confirms. Up to stage 4."""
        stages = ["registered", "qualified", "validating", "negotiating"]
        criteria = {"qualified": ["need", "budget", "reason_to_act", "joint_value"],
                    "validating": ["customer_evaluation", "close_plan"]}
        while (number := self.read(opportunity_id)["stage"]["number"]) < to_number:
            here = stages[number - 1]
            body = {"stage": here, "to_stage": stages[number]}
            evidence = [{"criterion": c} | self.evidence(c) for c in criteria.get(here, [])]
            path = f"/v1/opportunities/{opportunity_id}/advance"
            self.as_(first).post(path, body | ({"evidence": evidence} if evidence else {}), expect=202)
            self.as_(second).post(path, body, expect=200)
        return self.read(opportunity_id)
