"""The rules of pipeline once more, by other means: from the raw tables in plain Python, slow and small. It shares no code
with the service and none of its views, so that the two can disagree."""
import datetime
from collections import defaultdict
from fractions import Fraction

SOURCED, INFLUENCED, DIRECT, UNATTRIBUTED = CLASSES = ("sourced", "influenced", "direct", "unattributed")
OPEN, WON, LOST, REMOVED = 1, 2, 3, 4
OMITTED, PIPELINE, BEST_CASE, COMMIT, CLOSED = range(1, 6)
BANDS = {"commit": (COMMIT, 9000), "best_case": (BEST_CASE, 5000), "pipeline": (PIPELINE, 2000)}
# the stages as the rule book has them: ceiling, and the criteria that two organisations confirm
STAGES = {
    1: (OMITTED, []),
    2: (PIPELINE, ["need", "budget", "reason_to_act", "joint_value"]),
    3: (BEST_CASE, ["customer_evaluation", "close_plan"]),
    4: (COMMIT, ["open_approvals", "handoffs"]),
    5: (CLOSED, ["outcome"]),
}
UNDECIDED, APPROVED = (1, 2), 3
BY_REGISTRATION = 1
HOUR = datetime.timedelta(hours=1)


def half_even(amount, basis_points):
    whole, rest = divmod(abs(amount) * basis_points, 10000)
    whole += rest * 2 > 10000 or (rest * 2 == 10000 and whole % 2)
    return whole if amount >= 0 else -whole


def exponent(currency):
    return {"JPY": 0, "BHD": 3}.get(currency, 2)


def period_bounds(name):
    year, part = name.split("-")
    first = 3 * int(part[1]) - 2 if part[0] == "Q" else int(part)
    last = first + 2 if part[0] == "Q" else first
    following = datetime.date(int(year) + last // 12, last % 12 + 1, 1)
    return datetime.date(int(year), first, 1), following - datetime.timedelta(days=1)


class Claim:
    def __init__(self, row, registration):
        self.__dict__.update(row)
        self.registration, self.signoffs = registration, []
        self.window_ends_at = None  # of the deal, when another one was merged into it

    @property
    def ends_at(self):
        """A merge shortens the window, but for what two have signed."""
        if self.signed() or not self.window_ends_at:
            return self.deadline_at
        return min(self.deadline_at, self.window_ends_at)

    def signed(self):
        """Two different people, in both roles, on this very version, inside the window."""
        valid = [s for s in self.signoffs if s["claim_version"] == self.claim_version and s["decision"] == 1
                 and s["decided_at"] <= self.deadline_at]
        return {s["role"] for s in valid} == {1, 2} and len({s["person_id"] for s in valid}) == 2

    def state(self, now):
        if self.late or self.created_at > self.deadline_at:
            return "lapsed"
        if self.signed() and not self.disputed_at:
            return "signed"
        if now > self.ends_at:  # what is not signed, and what is disputed
            return "lapsed"
        declined = any(s["decision"] == 2 for s in self.signoffs if s["claim_version"] == self.claim_version)
        return "disputed" if self.disputed_at or declined else "pending"


class Deal:
    def __init__(self, row):
        self.__dict__.update(row)
        self.claims = []
        self.confirmed, self.newest = defaultdict(set), {}

    @property
    def stage(self):
        return min(self.vendor_stage, self.partner_stage) if self.vendor_stage else 0

    @property
    def claim(self):
        """The one that counts, found by elimination."""
        left = self.claims
        rounds = [lambda c: not c.late,
                  lambda c: c.signed() and not c.disputed_at,
                  lambda c: c.signed(),
                  lambda c: c.signed() or c.ends_at == max(o.ends_at for o in left),
                  lambda c: c.value == 1,
                  lambda c: c.partner_id == self.lead_partner_id,
                  lambda c: c.created_at == min(o.created_at for o in left),
                  lambda c: c.id == min(o.id for o in left)]
        for keep in rounds:
            left = [claim for claim in left if keep(claim)] or left
        return left[0] if left else None

    def misled(self):
        """What the row says of its claims and the claims do not."""
        if self.merged_into:  # its claims have gone over, but for those that were weaker there
            gone = self.status == REMOVED and not self.counting_claim and not self.attribution and not self.crm_source
            return [] if gone else ["was merged away and is not gone"]
        claim = self.claim
        wrong = [] if self.counting_claim == (claim and claim.id) else [f"counts by {self.counting_claim}"]
        if self.attribution != (claim.value if claim else 0):
            wrong.append(f"is attributed as {self.attribution}")
        if sorted(self.partner_ids) != sorted({c.partner_id for c in self.claims}):
            wrong.append(f"is seen by {self.partner_ids}")
        if self.claims and self.lead_partner_id not in self.partner_ids:
            wrong.append("is led by a stranger")
        if len(self.claims) != len(set(c.partner_id for c in self.claims)):
            wrong.append("is claimed twice by one partner")
        if sum(c.value == 1 and c.signed() for c in self.claims) > 1:
            wrong.append("is sourced twice")
        return wrong + [f"has a claim signed at {c.signed_at}" for c in self.claims if (c.signed_at is None) == c.signed()]

    def signed(self):
        return self.claim.signed()

    def claim_state(self, now):
        return self.claim.state(now)

    def report_class(self, now):
        if not self.claim:
            return DIRECT
        if self.claim_state(now) == "lapsed":
            return UNATTRIBUTED
        return SOURCED if self.claim.value == 1 else INFLUENCED

    def category(self, now, policy):
        category = self.category_call or PIPELINE
        if self.report_class(now) in (SOURCED, INFLUENCED):
            category = min(category, STAGES[self.stage][0])
        if now > self.stage_entered_at + 24 * HOUR * policy["stalled_days"]:
            category = min(category, PIPELINE)
        return category

    def withheld(self, now, policy, rivals):
        if self.report_class(now) in (SOURCED, INFLUENCED):
            own = self.claim.registration
            stamp = own["submitted_at"] if own else self.claim.created_at
            if any(r["partner_id"] != self.claim.partner_id and r["submitted_at"] < stamp
                   and (r["state"] == 1 or now < r["expires_at"])
                   and (r["account_id"], r["product_family"]) == (self.account_id, self.product_family)
                   for r in rivals):
                return "contested"
            state = self.claim_state(now)
            if state != "signed":
                return {"pending": "awaiting_signature"}.get(state, state)
            if self.stage == 1:
                return "stage_one"
        if self.category(now, policy) == OMITTED:
            return "omitted"
        if now > self.refreshed_at + HOUR * policy["stale_hours"]:
            return "stale"
        if self.close_date and self.close_date < now.date():
            return "overdue"
        if self.amount_minor is None:
            return "no_amount"
        return "no_rate" if self.stated(now) is None else None

    def stated(self, now):
        """Its amount in the reporting currency; None when it has none, or no rate. `rates`: all versions of all days."""
        if self.amount_minor is None or self.currency == self.reporting:
            return self.amount_minor
        day = self.closed_on or now.date()
        known = [r for r in self.rates if r["currency"] == self.currency and r["rated_on"] <= day]
        if not known:
            return None
        rate = max(known, key=lambda r: (r["rated_on"], r["rate_version"]))["rate"]
        scale = Fraction(10) ** (exponent(self.reporting) - exponent(self.currency))
        return round(self.amount_minor * Fraction(rate) * scale)  # Python rounds a half to even

    def unmet_below(self):
        """Criteria of the stages that the deal has left and that do not hold."""
        unmet = [criterion for number in range(1, self.stage) for criterion in STAGES[number][1]
                 if self.confirmed[criterion, self.newest.get(criterion)] != {1, 2}]
        if self.stage > 1:
            if not self.owner_id or not self.partner_rep_id:
                unmet.append("owners_named")
            registration = self.claim.registration
            clean = registration and registration["state"] == APPROVED and registration["verdict"] == 1
            if not clean if self.claim.kind == BY_REGISTRATION else not self.signed():
                unmet.append("clean_registration")
        return unmet


class World:
    """All deals of a tenant as they stand in the tables."""

    def __init__(self, connection, tenant_key):
        self.connection = connection
        self.tenant, = self.rows("select tenant_id, currency from tenant where key = %s", tenant_key)
        self.policy, = self.table("policy")
        rates = self.table("rate")
        money = {"rates": rates, "reporting": self.tenant["currency"]}
        self.deals = {row["opportunity_id"]: Deal(row | money) for row in self.table("opportunity")}
        registrations = {row["registration_id"]: row for row in self.table("registration")}
        self.rivals = [row for row in registrations.values() if row["state"] in UNDECIDED]
        claims = {row["claim_id"]: Claim(row, registrations.get(row["registration_id"])) for row in self.table("claim")}
        for claim in claims.values():
            claim.window_ends_at = self.deals[claim.opportunity_id].window_ends_at
            self.deals[claim.opportunity_id].claims.append(claim)
        for row in self.table("signoff"):
            claims[row["claim_id"]].signoffs.append(row)
        for row in self.table("evidence"):
            newest = self.deals[row["opportunity_id"]].newest
            newest[row["criterion"]] = max(newest.get(row["criterion"], 0), row["evidence_version"])
        for row in self.table("confirmation"):
            self.deals[row["opportunity_id"]].confirmed[row["criterion"], row["evidence_version"]].add(row["side"])

    def rows(self, sql, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def table(self, name):
        return self.rows(f"select * from {name} where tenant_id = %s", self.tenant["tenant_id"])

    def figure(self, deals, now):
        """How many, and what those of them that can be stated add up to."""
        return len(deals), sum(deal.stated(now) or 0 for deal in deals)

    def forecast(self, report_class, period, now):
        """{figure: deals}: raw, eligible, each rule that withholds, each band, closed_won, closed_unresolved."""
        first, last = period_bounds(period)
        found = defaultdict(list)
        for deal in self.deals.values():
            if deal.report_class(now) != report_class:
                continue
            if deal.status == OPEN and deal.close_date and first <= deal.close_date <= last:
                found["raw"].append(deal)
                rule = deal.withheld(now, self.policy, self.rivals)
                if rule:
                    found["withheld", rule].append(deal)
                    continue
                found["eligible"].append(deal)
                category = deal.category(now, self.policy)
                found[next(band for band, (number, _) in BANDS.items() if number == category)].append(deal)
            elif deal.status == WON and first <= deal.closed_on <= last:
                unresolved = report_class in (SOURCED, INFLUENCED) and \
                    not (deal.claim_state(now) == "signed" and deal.resolved_at)
                found["closed_unresolved" if unresolved else "closed_won"].append(deal)
        return found
