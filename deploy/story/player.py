"""Plays a story by the service's own operations: each step by the person whose step it is, several deals at once."""
import concurrent.futures
import datetime
import hashlib

from .script import STAGES, Story
from .session import Journal, Session

CONNECTIONS = 8
CREATED = {"If-None-Match": "*"}
PERSON_ID = "01930000-0000-7000-8000-0000000000"


class Player(Session):
    """A whole story. `admin` is the subject of somebody who makes people; `clock_days` is the day to tell it for."""

    def __init__(self, url, token_of, journal=None, admin="dev-admin", clock_days=0):
        super().__init__(url, token_of, journal or Journal(), clock_days * 86400)
        self.clock_days, self.admin = clock_days, (admin, "admin")

    def play(self, quarters=5):
        """Gives the number of deals that it told, 0 when they are there already. `day` is then the day of the story."""
        try:
            return self.prologue(quarters) and self.deals_told()
        finally:
            self.close()

    def prologue(self, quarters):
        """Which day it is, and everything that comes before the deals; false when nothing is to be told."""
        known = self.partners_known()
        now = datetime.datetime.now(datetime.timezone.utc).date()
        story = Story(now + datetime.timedelta(days=self.clock_days), quarters)
        made = [one["name"] for one in story.partners.values()][-1] in known
        if made and "day" not in self.journal:
            return False
        if not made:  # a journal of another database
            self.journal.forget()
            self.journal["day"] = story.calendar.today.isoformat()
        self.day = self.journal["day"]
        if "end" in self.journal:
            return False
        today = datetime.date.fromisoformat(self.day)
        self.story, self.base_s = Story(today, quarters), (today - now).days * 86400
        self.cast(known)
        return True

    def deals_told(self):
        failure = None
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            for done in concurrent.futures.as_completed([pool.submit(self.tell, deal) for deal in self.story.deals]):
                failure = failure or done.exception()
                if failure:
                    self.stop.set()  # the others end at their next request
        if failure:
            raise failure
        self.journal["end"] = len(self.story.deals)
        return len(self.story.deals)

    def partners_known(self):
        return {one["name"]: one["partner_id"]
                for one in self.get(self.admin, "/v1/partners?limit=200")["data"]}

    def cast(self, known):
        """People, partners, targets and rates; what `tandem dev` made is there."""
        self.partner_ids = {}
        self.people(False)
        for key, one in self.story.partners.items():
            body = {"name": one["name"], "program_type": one["program"], "manager": self.id(one["manager"])}
            self.partner_ids[key] = known.get(one["name"]) or self.do(
                f"partner/{key}", self.admin, "POST", "/v1/partners", body)["partner_id"]
        self.people(True)
        for period, name, amount in self.story.targets:
            self.do(f"target/{period}/{name}", self.who("carla"), "PUT", f"/v1/targets/{period}",
                    {"class": name, "amount": {"amount_minor": amount * 100, "currency": "USD"}}, headers=CREATED,
                    there=(412,))

        for currency, date, rate in self.story.rates:
            self.do(f"rate/{currency}/{date}", self.admin, "PUT", f"/v1/rates/{currency}/{date}", {"rate": rate},
                    headers=CREATED, there=(412,))

    def people(self, of_partners):
        for key, one in self.story.people.items():
            one.setdefault("subject", f"story-{key}")
            one.setdefault("email", f"{key}@{one.get('partner', 'vendor')}.example")
            if bool(one.get("partner")) != of_partners:
                continue
            body = {"subject": one["subject"], "name": one["name"], "roles": [one["role"]], "email": one["email"]}
            if of_partners:
                body["partner_id"] = self.partner_ids[one["partner"]]
            self.do(f"person/{key}", self.admin, "PUT", f"/v1/people/{self.id(key)}", body, headers=CREATED,
                    there=(409, 412))

    def who(self, key):
        one = self.story.people[key]
        return one["subject"], one["role"]

    def id(self, key):
        return PERSON_ID + self.story.people[key]["id"]

    def tell(self, deal):
        Telling(self, deal).all()


class Telling:
    """One deal, step by step. Each step of story.toml is a method here."""

    def __init__(self, player, deal):
        self.player, self.deal = player, deal
        self.registration = self.opportunity = self.rival = None
        partner = deal["partner"] and player.story.partners[deal["partner"]]
        self.roles = {"ae": player.who(deal["ae"]), "crm": player.who("crm"), "leader": player.who("lena")}
        if partner:
            self.roles |= {"rep": player.who(deal["rep"]), "manager": player.who(partner["manager"])}

    def all(self):
        for number, (self.day, what, rest) in enumerate(self.deal["steps"]):
            self.step = f"{self.deal['key']}/{number}-{what}"
            getattr(self, f"step_{what}")(rest)

    def do(self, role, method, path, body=None, part="", **more):
        return self.player.do(f"{self.step}{part}", self.roles[role], method, path, body, self.day, **more)

    def date(self, days=0):
        return (self.player.story.calendar.today + datetime.timedelta(days=self.day + days)).isoformat()

    def read(self, role="ae"):
        return self.player.get(self.roles[role], f"/v1/opportunities/{self.opportunity}", self.day)

    @property
    def path(self):
        return f"/v1/opportunities/{self.opportunity}"

    def change(self, role, **members):
        if self.step not in self.player.journal:
            self.do(role, "PATCH", self.path, members, headers={"If-Match": f'"{self.read()["version"]}"'})

    def closing(self, word):
        return {} if word == "never" else {"close_date": self.player.story.calendar.date(word).isoformat()}

    def customer(self):
        return {"name": self.deal["customer"], "domains": [self.deal["domain"]], "country": "US"}

    # -- registrations -------------------------------------------------------------------------------------------------
    def register(self, role, rep, external_id, closing):
        person = self.player.story.people[rep]
        body = {"external_id": external_id, "customer": self.customer(), "need": self.deal["need"],
                "contact": {"name": "Dana Director", "email": f"dana@{self.deal['domain']}"},
                "partner_rep": {"name": person["name"], "email": person["email"]},
                **closing}
        if self.deal["amount"]:
            body["amount"] = self.deal["amount"]
        return self.do(role, "POST", "/v1/registrations", body)["registration_id"]

    def step_register(self, closing):
        self.registration = self.register("rep", self.deal["rep"], f"story-{self.deal['key']}", self.closing(closing))

    def step_approve(self, _):
        manager = self.player.story.partners[self.deal["partner"]]["manager"]
        body = {"ae": self.player.id(self.deal["ae"]), "partner_manager": self.player.id(manager),
                "partner_rep": {"person_id": self.player.id(self.deal["rep"])}}
        self.opportunity = self.do("manager", "POST", f"/v1/registrations/{self.registration}/approve",
                                   body)["opportunity_id"]

    def step_ask(self, rest):
        fields, text = rest.split(": ", 1)
        self.do("manager", "POST", f"/v1/registrations/{self.registration}/request-changes",
                {"fields": fields.split(","), "text": text})

    def step_rival(self, rest):
        what, rest = rest.split(" ", 1)
        if what == "registers":
            story = self.player.story
            rep = story.people_of("partner_rep", rest)[0]
            self.roles |= {"rival": self.player.who(rep),
                           "rival manager": self.player.who(story.partners[rest]["manager"])}
            self.rival = self.register("rival", rep, f"story-{self.deal['key']}-rival", self.closing("end"))
        else:
            code, text = rest.split(": ", 1)
            self.do("rival manager", "POST", f"/v1/registrations/{self.rival}/reject",
                    {"reason_code": code, "reason": text})

    # -- deals and claims ----------------------------------------------------------------------------------------------
    def create(self, role, rest, more):
        closing, call, stage = rest.split(" ")
        self.opportunity = self.do(role, "POST", "/v1/opportunities", {
            "name": f"{self.deal['customer']}: {self.deal['need']}", "account": self.customer(),
            "amount": self.deal["amount"], "category_call": call, "crm_stage": stage, **self.closing(closing), **more,
        })["opportunity_id"]

    def step_crm(self, rest):
        self.create("crm", rest, {"crm_source": "crm", "external_id": f"story-{self.deal['key']}",
                                  "owner": self.player.id(self.deal["ae"])})

    def step_opens(self, rest):
        self.create("ae", rest, {})

    def step_claim(self, kind):
        self.do("manager", "POST", f"{self.path}/claims", {
            "partner_id": self.player.partner_ids[self.deal["partner"]], "kind": kind,
            "partner_rep": self.player.id(self.deal["rep"])})

    def step_delegate(self, rest):
        """The partner's manager, to somebody for some days."""
        delegate, start, end = rest.split(" ")
        story = self.player.story
        manager = story.partners[self.deal["partner"]]["manager"]
        self.do("manager", "PUT", f"/v1/people/{self.player.id(manager)}/delegations/{PERSON_ID}d1", {
            "delegate": self.player.id(delegate), "duty": "partner_manager",
            "from": story.calendar.date(start).isoformat(), "to": story.calendar.date(end).isoformat()},
            headers=CREATED, there=(412,))

    def step_joins(self, rest):
        """Another partner claims its part in the deal."""
        partner, kind = rest.split(" ")
        self.roles[f"manager {partner}"] = self.player.who(self.player.story.partners[partner]["manager"])
        self.do(f"manager {partner}", "POST", f"{self.path}/claims",
                {"partner_id": self.player.partner_ids[partner], "kind": kind})

    def step_sign(self, rest):
        """`ae`, `manager`, or somebody by name; the claim of the deal's partner, or of the one that is named."""
        role, _, partner = rest.partition(" ")
        if role not in self.roles:
            self.roles[role] = self.player.who(role)
        if self.step not in self.player.journal:
            mine = self.player.partner_ids[partner or self.deal["partner"]]
            claim = next(one for one in self.read()["claims"] if one["partner"]["partner_id"] == mine)
            self.do(rest if rest in self.roles else role, "POST", f"{self.path}/claims/{claim['claim_id']}/signoffs",
                    {"decision": "sign", "claim_version": claim["version"]})

    def step_push(self, closing):
        self.change("ae", **self.closing(closing))

    def step_call(self, category):
        self.change("ae", category_call=category)

    def step_note(self, text):
        self.change("ae", next_step=text)

    def step_stage(self, rest):
        stage, call = rest.split(" ")
        self.change("crm", crm_stage=stage, category_call=call)

    def step_engaged(self, days):
        if self.step not in self.player.journal:
            account = self.read()["account"]["account_id"]
            at = (self.player.story.calendar.today + datetime.timedelta(days=int(days))).isoformat()
            self.do("crm", "POST", f"/v1/accounts/{account}/engagements",
                    {"engaged_at": at, "activity_id": f"call-{self.deal['key']}"})

    # -- stages --------------------------------------------------------------------------------------------------------
    def evidence(self, stage):
        document = {"type": "document", "link": f"https://files.vendor.example/{self.deal['key']}/{stage}",
                    "sha256": hashlib.sha256(self.deal["key"].encode()).hexdigest()}
        customer = {"name": "Dana Director", "role": "Director of Operations", "organisation": "customer"}
        ae = self.player.story.people[self.deal["ae"]]["name"]
        return {
            "qualified": [document | {"criteria": ["need", "budget", "reason_to_act", "joint_value"]}],
            "validating": [
                document | {"criterion": "customer_evaluation", "people": [customer], "date": self.date(-2)},
                {"criterion": "close_plan", "type": "checklist", "steps": [
                    {"item": "Security review", "owner": "Dana Director", "due": self.date(14),
                     "organisation": "customer"},
                    {"item": "Order form", "owner": ae, "due": self.date(21), "organisation": "vendor"}]}],
            "negotiating": [
                {"criterion": "open_approvals", "type": "checklist", "steps": [
                    {"item": "Board approval", "owner": "Dana Director", "due": self.date(7),
                     "organisation": "customer"}]},
                {"criterion": "handoffs", "type": "people", "people": [
                    {"name": self.player.story.people[self.deal["rep"]]["name"], "role": "Delivery lead",
                     "organisation": "partner"}]},
                {"criterion": "outcome", "type": "statement", "statement": "Order form countersigned by the customer"}],
        }.get(stage, [])

    def step_advance(self, stage):
        """Two calls: the partner proposes and brings the evidence, the AE confirms."""
        here = STAGES[STAGES.index(stage) - 1]
        body = {"stage": here, "to_stage": stage}
        self.do("rep", "POST", f"{self.path}/advance", {**body, "evidence": self.evidence(here)}, "-proposed")
        self.do("ae", "POST", f"{self.path}/advance", body, "-confirmed")

    def step_lower(self, rest):
        stage, reason = rest.split(": ", 1)
        self.do("rep", "POST", f"{self.path}/lower-stage", {"to_stage": stage, "reason": reason})

    def step_win(self, shares):
        """The partner proves the end and confirms; the AE confirms by closing: `northwind 7000 halden 3000` of 10,000."""
        for one in self.evidence("negotiating"):
            path = f"{self.path}/evidence/{one.pop('criterion')}"
            name = path.rsplit("/", 1)[1]
            self.do("rep", "PUT", path, one, f"-{name}", headers=CREATED, there=(412,))
            self.do("rep", "POST", f"{path}/confirmations", {"evidence_version": 1}, f"-{name}-confirmed")
        self.do("ae", "POST", f"{self.path}/close", {"outcome": "won", "closed_on": self.date()} | self.shares(shares.split()))

    def shares(self, words):
        return {"shares": [{"partner_id": self.player.partner_ids[partner], "basis_points": int(points)}
                           for partner, points in zip(words[::2], words[1::2])]} if words else {}

    def step_lose(self, reason):
        self.do("ae", "POST", f"{self.path}/close",
                {"outcome": "lost", "closed_on": self.date(), "reason_code": reason})

    def step_reopen(self, reason):
        self.do("leader", "POST", f"{self.path}/reopen", {"reason": reason})

    def step_outcome(self, rest):
        outcome, *reason = rest.split(" ")
        self.change("crm", outcome={"outcome": outcome, "closed_on": self.date()}
                    | ({"reason_code": reason[0]} if reason else {}))
