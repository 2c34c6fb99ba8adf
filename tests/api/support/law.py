"""The law of registrations and claims once more, written from its words and in another language: it reads the event log as
one order of what happened, and refuses what must not have happened. It shares nothing with the service but the log.

Callers act in parallel, so nobody knows in which order the service heard them. The log does: every change holds its locks
until it commits, so transactions in the order of their last event are an order in which they can have happened."""
import datetime
from collections import defaultdict
from itertools import groupby

SECOND, HOUR, DAY = (datetime.timedelta(**{unit: 1}) for unit in ("seconds", "hours", "days"))
SUBMITTED, CHANGES_REQUESTED, APPROVED, REJECTED, WITHDRAWN = range(1, 6)
OPEN, WON, LOST = 1, 2, 3
SOURCED, INFLUENCED = 1, 2
BY_REGISTRATION = 1
AE, MANAGER = 1, 2            # who signs
SIGN, DECLINE = 1, 2
CLEAR, CONTESTED, EXISTING_DEAL, OWN = 1, 2, 3, 4
REP, EXECUTIVE, PARTNER_MANAGER, LEADER, CRO, CFO, ADMIN, READER, CRM, PORTAL = (1 << n for n in range(10))
VENDOR_SIDE, PARTNER_SIDE = 1, 2
# who is there and what is set: the law of those has tests of its own
SETTINGS = {"tenant", "policy", "stage_model", "stage", "criterion", "person", "partner", "account", "account_domain",
            "delegation", "rate"}


class Unlawful(AssertionError):
    """Something was accepted that the law forbids, or left another state than the law says."""


def must(condition, event, why):
    if not condition:
        raise Unlawful(f"{event['kind']} {event['event_id']} by {event['actor_id']} at {event['at']}: {why}")


def instant(text):
    return text and datetime.datetime.fromisoformat(text)


def after_business_days(at, days):
    """The same time of day so many business days later (UTC, Monday to Friday); a day off counts from its end."""
    if at.weekday() > 4:
        at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        days += 1
    while days:
        at += DAY
        days -= at.weekday() < 5
    return at


def business_days(first, last):
    return sum((first + datetime.timedelta(days=n + 1)).weekday() < 5 for n in range((last - first).days))


class Row(dict):
    """An image of the log, its instants read."""

    def __init__(self, image):
        super().__init__({name: instant(value) if name.endswith(("_at", "_until")) or name == "respond_by" else value
                          for name, value in image.items()})

    __getattr__ = dict.get


class Law:
    """`rows[aggregate][id]`: what stands after the events so far."""

    def __init__(self):
        self.rows = defaultdict(dict)
        self.count, self.past = 0, []

    # -- reading the log -------------------------------------------------------------------------------------------
    def replay(self, events):
        """`events`: dicts of the log's columns, `at` the instant of their transaction, in the order of event_id."""
        for _, some in groupby(sorted(events, key=lambda e: (e["last"], e["event_id"])), key=lambda e: e["last"]):
            self.transaction(list(some))
        return self

    def transaction(self, events):
        self.now = events
        self.past = [(at, *rows) for at, *rows in self.past if at > events[0]["at"] - 2 * SECOND]
        self.past.append((events[0]["at"], dict(self.rows["registration"]), dict(self.rows["opportunity"])))
        for event in events:
            event["row"] = Row(event["after"])
        for event in events:
            row, before = event["row"], self.rows[event["aggregate"]].get(event["aggregate_id"])
            event["before"] = before
            must(row.version in (None, (before.version if before else 0) + 1), event, "versions follow one another")
            must(event["aggregate_version"] == (row.version or 1), event, "the event has the row's version")
            judge = getattr(self, event["kind"].replace(".", "_"), None)
            must(judge or event["aggregate"] in SETTINGS, event, "the law does not know of it")
            if judge:
                judge(event, event["row"], event["before"])
            self.rows[event["aggregate"]][event["aggregate_id"]] = event["row"]
            self.count += 1
        self.settled(events)

    def beside(self, kind):
        """What the same transaction tells as well."""
        return [event for event in self.now if event["kind"] == kind]

    def only(self, event, *columns):
        """Nothing else of the row has changed."""
        changed = {n for n, v in event["row"].items() if v != event["before"].get(n)} - {"version", "updated_at", "personal_digest"}
        must(changed <= set(columns), event, f"{sorted(changed - set(columns))} changed as well")

    # -- people ----------------------------------------------------------------------------------------------------
    def roles(self, event):
        return self.rows["person"][event["actor_id"]].roles

    def manages(self, event, partner):
        """The manager of this partner, or the leader for all."""
        return self.roles(event) & LEADER or (self.roles(event) & PARTNER_MANAGER
                                              and self.rows["partner"][partner].manager_id == event["actor_id"])

    def of_partner(self, event, partner):
        person = self.rows["person"][event["actor_id"]]
        return person.roles & (REP | PORTAL) and partner in person.partner_ids

    def lent(self, event, owner, duty):
        """The owner of the duty has lent it to the actor for this day."""
        return any(d.active and (d.person_id, d.delegate_id, d.duty) == (owner, event["actor_id"], duty)
                   and d.from_on <= event["at"].date().isoformat() <= d.to_on for d in self.rows["delegation"].values())

    # -- registrations ---------------------------------------------------------------------------------------------
    def undecided(self, registration, at):
        return registration.state == SUBMITTED or (registration.state == CHANGES_REQUESTED and at < registration.expires_at)

    def verdicts(self, own, at):
        """A submission looks around without stopping anybody, so it may miss what has happened in the same moment; an
        approval stops everybody and looks again."""
        return {self.conflict(own, at, *rows) for _, *rows in self.past}

    def conflict(self, own, at, registrations=None, deals=None):
        """Exactly one customer and family: the gravest of what stands there."""
        found = {CLEAR}
        place = (own.account_id, own.product_family)
        for other in (self.rows["registration"] if registrations is None else registrations).values():
            if other.id == own.id or (other.account_id, other.product_family) != place:
                continue
            earlier = self.undecided(other, at) and (other.submitted_at, other.id) < (own.submitted_at, own.id)
            if earlier or (other.state == APPROVED and at < other.protected_until):
                found.add(OWN if other.partner_id == own.partner_id else CONTESTED)
        if any(deal.status == OPEN and (deal.account_id, deal.product_family) == place
               and own.partner_id not in deal.partner_ids for deal in (self.rows["opportunity"] if deals is None else deals).values()):
            found.add(EXISTING_DEAL)
        return next(verdict for verdict in (EXISTING_DEAL, CONTESTED, OWN, CLEAR) if verdict in found)

    def registration_submitted(self, event, row, _):
        must(self.of_partner(event, row.partner_id), event, "a partner registers for itself")
        must(row.state == SUBMITTED and row.submitted_at == event["at"], event, "the stamp is the server's")
        must(row.respond_by == after_business_days(event["at"], 2), event, "an answer is due in two business days")
        must(row.verdict in self.verdicts(row, event["at"]), event, f"the verdict is {self.verdicts(row, event['at'])}")

    def registration_approved(self, event, row, before):
        at = event["at"]
        self.only(event, "state", "approved_at", "protected_until", "protection", "responded_at", "decided_by", "verdict",
                  "verdict_rule", "conflict_with", "opportunity_id", "resolution", "resolution_reason")
        must(before.state == SUBMITTED and row.state == APPROVED, event, "what was submitted is approved")
        must(self.manages(event, row.partner_id), event, "the partner's manager or the leader decides")
        must(self.conflict(before, at) == CLEAR and row.verdict == CLEAR, event, "it was not clear")
        must((row.approved_at, row.protected_until) == (at, at + 90 * DAY), event, "it is protected for 90 days")
        deal, claim = self.beside("opportunity.created")[0]["row"], self.beside("claim.created")[0]["row"]
        owner, manager = self.rows["person"][deal.owner_id], self.rows["person"][deal.partner_manager_id]
        must(row.opportunity_id == deal.opportunity_id and claim.registration_id == row.registration_id, event, "they belong together")
        must(owner.roles & EXECUTIVE and manager.roles & (PARTNER_MANAGER | LEADER) and owner.id != manager.id, event, "two people work it")
        must(manager.roles & LEADER or self.rows["partner"][row.partner_id].manager_id == deal.partner_manager_id, event,
             "the manager named is the partner's")
        must(row.partner_id in self.rows["person"][deal.partner_rep_id].partner_ids, event, "the rep is the partner's")

    def decided(self, event, row, before):
        must(self.undecided(before, event["at"]), event, "it was decided already")
        must(self.manages(event, row.partner_id), event, "the partner's manager or the leader decides")
        must(row.responded_at == (before.responded_at or event["at"]), event, "the first answer counts")

    def registration_rejected(self, event, row, before):
        self.only(event, "state", "reason_code", "reason", "responded_at", "decided_by")
        self.decided(event, row, before)
        must(row.state == REJECTED and row.reason and row.reason_code, event, "a rejection says why")

    def registration_changes_requested(self, event, row, before):
        self.only(event, "state", "change_fields", "change_text", "change_is_correction", "expires_at", "responded_at")
        self.decided(event, row, before)
        must(before.state == SUBMITTED and row.state == CHANGES_REQUESTED, event, "changes are asked of what was submitted")
        must(row.expires_at == after_business_days(event["at"], 10), event, "they are awaited for ten business days")

    def registration_resubmitted(self, event, row, before):
        at, columns = event["at"], ["account_id", "customer_name", "customer_domains", "customer_country"]
        must(before.state == CHANGES_REQUESTED and at < before.expires_at and row.state == SUBMITTED, event, "nobody waits for it")
        must(self.of_partner(event, row.partner_id), event, "a partner sends its own again")
        editable = before.change_fields
        self.only(event, *(columns if editable & 1 << 1 else []), *(["need"] if editable & 1 << 4 else []), "state", "submitted_at",
                  "respond_by", "responded_at", "content_hash", "change_fields", "change_text", "change_is_correction",
                  "expires_at", "verdict", "verdict_rule", "conflict_with", "personal_salt")
        keeps = before.change_is_correction or all(row[n] == before[n] for n in columns[1:])
        must(row.submitted_at == (before.submitted_at if keeps else at), event, "it keeps its place for the same customer")
        must(row.verdict in self.verdicts(row, at), event, f"the verdict is {self.verdicts(row, at)}")

    def registration_withdrawn(self, event, row, before):
        self.only(event, "state")
        must(self.undecided(before, event["at"]) and row.state == WITHDRAWN, event, "it was decided already")
        must(self.of_partner(event, row.partner_id), event, "a partner withdraws its own")

    def registration_extended(self, event, row, before):
        self.only(event, "protected_until", "protection")
        must(before.state == APPROVED and self.manages(event, row.partner_id), event, "its manager extends a protection")
        must(self.rows["opportunity"][row.opportunity_id].status == OPEN, event, "its deal is over")
        span = row.protected_until - max(before.protected_until, event["at"])
        must(DAY <= span <= 30 * DAY, event, f"{span} is no extension")

    def registration_protection_extended(self, event, row, before):
        self.only(event, "protected_until", "protection")
        must(self.beside("opportunity.stage_advanced") and event["at"] < before.protected_until, event, "nothing advanced")
        must(row.protected_until == before.protected_until + 30 * DAY, event, "an advance extends it by 30 days")

    def registration_protection_ended(self, event, row, before):
        self.only(event, "protected_until", "protection")
        must(self.beside("opportunity.won") or self.beside("opportunity.lost"), event, "nothing closed")
        must(row.protected_until == event["at"], event, "a close ends it at that instant")

    # -- what sellers did ------------------------------------------------------------------------------------------
    def engaged(self, deal, event=None):
        return [e for e in self.rows["engagement"].values()
                if (e.account_id, e.product_family) == (deal.account_id, deal.product_family)]

    def engagement_recorded(self, event, row, _):
        must(self.roles(event) & (EXECUTIVE | CRM) and row.engaged_at <= event["at"], event, "a seller did that, in the past")
        disputed = {e["row"].claim_id for e in self.beside("claim.disputed")}
        for claim in self.rows["claim"].values():
            deal, own = self.rows["opportunity"][claim.opportunity_id], self.rows["registration"].get(claim.registration_id)
            struck = own and (deal.account_id, deal.product_family) == (row.account_id, row.product_family) \
                and claim.value == SOURCED and not claim.disputed_at and not deal.resolved_at and row.engaged_at <= own.submitted_at
            must(bool(struck) == (claim.claim_id in disputed), event, f"claim {claim.claim_id} is disputed by it, or is not")

    def claimed_by_then(self, deal, registration):
        return any(claim.partner_id == registration.partner_id and claim.created_at <= registration.submitted_at
                   for claim in self.claims(deal.opportunity_id))

    def by_rule(self, registration, deal, engagements):
        """Sourced: submitted strictly before any engagement, and no other deal was open."""
        at = registration.submitted_at
        open_then = any(
            (other.account_id, other.product_family) == (registration.account_id, registration.product_family)
            and other.created_at <= at and not self.claimed_by_then(other, registration)
            and (other.status == OPEN or (other.closed_at > at and other.closed_on >= at.date().isoformat()))
            for other in self.rows["opportunity"].values() if other.id != deal.id)
        return SOURCED if not open_then and all(at < e.engaged_at for e in engagements) else INFLUENCED
