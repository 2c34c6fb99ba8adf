"""A random walk: people of every role do what comes to their mind on a handful of deals, helpfully or not, while the
clock runs. Whatever they do, the number stays honest: support/proof.py says what that means.

TANDEM_TEST_SEED=7 walks that walk again (all tenants); TANDEM_TEST_STEPS sets its length."""
import collections
import datetime
import os
import random
import secrets

import psycopg2
import pytest

from support.model import STAGES, World
from support.proof import Broken, check, check_stages
from support.stand import run_tandem

SEED = int(os.environ.get("TANDEM_TEST_SEED") or secrets.randbelow(10**6))
STEPS = int(os.environ.get("TANDEM_TEST_STEPS") or 200)
TENANTS = 4
STAGE_KEYS = ["registered", "qualified", "validating", "negotiating", "closed"]
CRITERIA = [criterion for _, criteria in STAGES.values() for criterion in criteria]


class Walk:
    """One tenant, its people, and what they may think of doing. Every operation is a method `do_...`."""

    def __init__(self, tenant, seed):
        self.tenant, self.dice = tenant, random.Random(seed)
        managers = [tenant.person("partner_manager") for _ in range(2)]
        partners = [tenant.partner(name=f"Partner {n} of {tenant.key}", manager=m) for n, m in enumerate(managers)]
        tenant.reps = [(tenant.person("partner_rep", partner=partner), partner) for partner in partners]
        owners = [tenant.person("ae") for _ in range(2)]
        portal = tenant.person("prm_portal", partners=partners)
        self.partners, self.managers, self.owners = partners, managers, owners
        self.everybody = [*managers, *owners, portal, *[rep for rep, _ in tenant.reps],
                          *[tenant.as_(role) for role in ("partnerships_leader", "cro", "cfo", "admin", "reader",
                                                          "crm_sync")]]
        self.customers = [f"customer-{n}-{tenant.key}.com" for n in range(6)]
        self.seen = collections.Counter()
        self.number = 0
        self.weights = {"register": 3, "approve": 5, "reject": 1, "create_deal": 2, "patch": 6, "outcome": 1, "engage": 1,
                        "claim": 3, "join": 3, "lead": 1, "renew_claim": 2, "sign": 10, "put_evidence": 5, "confirm": 5,
                        "advance": 14, "lower": 1, "close": 3, "target": 1, "rate": 1, "read": 4, "sleep": 2,
                        "walk_on": 6, "link": 1, "merge": 2, "merge_accounts": 0.3}

    # -- dice ------------------------------------------------------------------------------------------------------
    def chance(self, share):
        return self.dice.random() < share

    def who(self, *callers):
        """Mostly somebody who may, sometimes anybody at all."""
        return self.dice.choice(callers or self.everybody) if self.chance(0.85) else self.dice.choice(self.everybody)

    def fresh(self, word):
        self.number += 1
        return f"{word} {self.number} of {self.tenant.key}"

    def money(self):
        currency = self.dice.choice(["EUR", "JPY"]) if self.chance(0.15) else self.tenant.currency
        return {"amount_minor": self.dice.choice([self.dice.randrange(1, 10**9), 12_345, 5_000_000]), "currency": currency}

    def close_date(self):
        return self.tenant.day(self.dice.randint(0 if self.chance(0.9) else -5, 120))

    def deal(self):
        deals = self.tenant.as_("admin").get("/v1/opportunities", {"limit": 200}, expect=200)["data"]
        if not deals:
            return None
        open_ones = [deal for deal in deals if deal["status"] == "open"]
        claimed = [deal for deal in open_ones if deal["claims"]]
        return self.dice.choice(claimed if claimed and self.chance(0.7) else open_ones if open_ones and self.chance(0.9)
                                else deals)

    def of_deal(self, deal):
        """Those who work this deal: owner, managers, the partner's representative."""
        owner = [ae for ae in self.owners if deal["owner"] and ae.person_id == deal["owner"]["person_id"]]
        lead = deal["lead_partner"] and deal["lead_partner"]["partner_id"]
        manager = [m for m, partner in zip(self.managers, self.partners) if partner == lead]
        rep = [rep for rep, partner in self.tenant.reps if partner == lead]
        return owner, manager, rep

    def evidence(self, criterion):
        if self.chance(0.1):
            return {"type": "statement", "statement": "TBD"}
        return self.tenant.evidence(criterion)

    # -- what they do ----------------------------------------------------------------------------------------------
    def do_register(self):
        rep = self.dice.choice([rep for rep, _ in self.tenant.reps])
        domain = self.dice.choice(self.customers)
        changes = {"customer": {"name": domain.split(".")[0], "domains": [domain], "country": "DE"}}
        if self.chance(0.4):
            changes["customer"] = {"name": self.fresh("Newcomer"), "country": "DE"}
        if self.chance(0.1):
            changes["amount"] = None
        body = {n: v for n, v in self.tenant.registration_body(**changes, ).items() if v is not None}
        if "amount" in body:
            body["amount"] = self.money()
        body["close_date"] = self.close_date()
        return self.who(rep).post("/v1/registrations", body)

    def registration(self):
        rows = self.tenant.as_("admin").get("/v1/registrations", {"state": "submitted", "limit": 200}, expect=200)["data"]
        return self.dice.choice(rows) if rows else None

    def do_approve(self):
        registration = self.registration()
        if not registration:
            return self.do_register()
        place = self.partners.index(registration["partner_id"])
        return self.who(self.managers[place], self.tenant.as_("partnerships_leader")).post(
            f"/v1/registrations/{registration['registration_id']}/approve", {
                "ae": self.dice.choice(self.owners).person_id,
                "partner_manager": (self.managers[place] if self.chance(0.9) else self.managers[1 - place]).person_id,
                "partner_rep": {"person_id": self.tenant.reps[place][0].person_id}})

    def do_reject(self):
        registration = self.registration()
        return registration and self.who(*self.managers).post(
            f"/v1/registrations/{registration['registration_id']}/reject",
            {"reason_code": "not_qualified", "reason": "The customer has no budget before 2028"})

    def do_create_deal(self):
        body = {"name": self.fresh("Direct"), "close_date": self.close_date(), "amount": self.money(),
                "category_call": self.dice.choice(["commit", "best_case", "pipeline", "omitted"])}
        if self.chance(0.5):
            domain = self.dice.choice(self.customers)
            body["account"] = {"name": domain.split(".")[0], "domains": [domain], "country": "DE"}
        if self.chance(0.1):
            del body["close_date"]
        if self.chance(0.3):
            crm = self.tenant.as_("crm_sync")
            return crm.post("/v1/opportunities", body | {"crm_source": "crm", "external_id": self.fresh("E"),
                                                         "owner": self.dice.choice(self.owners).person_id})
        return self.who(*self.owners).post("/v1/opportunities", body)

    def do_patch(self):
        deal = self.deal()
        if not deal:
            return None
        owner, manager, _ = self.of_deal(deal)
        changes = {"amount": self.money() if self.chance(0.9) else None, "next_step": self.fresh("Call"),
                   "close_date": self.close_date() if self.chance(0.95) else None,
                   "category_call": self.dice.choice(["commit", "commit", "best_case", "pipeline", "omitted", None]),
                   "owner": self.dice.choice(self.owners).person_id}
        chosen = self.dice.sample(sorted(changes), self.dice.randint(1, 2))
        etag = f'"{deal["version"] - self.chance(0.1)}"'
        return self.who(*owner, *manager, self.tenant.as_("crm_sync")).patch(
            f"/v1/opportunities/{deal['opportunity_id']}", {name: changes[name] for name in chosen}, etag)

    def do_outcome(self):
        deal = self.deal()
        if not deal or not deal["external_ids"]:
            return None
        outcome = {"outcome": self.dice.choice(["won", "lost"]), "closed_on": self.tenant.day(-self.dice.randint(0, 9))}
        if deal["status"] == "removed" or self.chance(0.3):
            outcome = {"outcome": "removed" if deal["status"] == "open" else "open"}
        return self.who(self.tenant.as_("crm_sync")).patch(f"/v1/opportunities/{deal['opportunity_id']}",
                                                           {"outcome": outcome}, f'"{deal["version"]}"')

    def do_link(self):
        deal = self.deal()
        return deal and self.who(*self.of_deal(deal)[0], self.tenant.as_("crm_sync")).post(
            f"/v1/opportunities/{deal['opportunity_id']}/external-ids",
            {"source": self.dice.choice(["crm", "other crm"]), "external_id": self.fresh("E") if self.chance(0.9) else "E"})

    def do_merge(self):
        """Mostly two deals of one account and status."""
        deal = self.deal()
        deals = self.tenant.as_("admin").get("/v1/opportunities", {"limit": 200}, expect=200)["data"]
        alike = [d for d in deals if deal and d["account"] == deal["account"] and d["status"] == deal["status"] and d != deal]
        if not deal or not (alike or self.chance(0.1)):
            return None
        other = self.dice.choice(alike if alike and self.chance(0.9) else deals)
        return self.who(*self.of_deal(deal)[0], self.tenant.as_("admin"), self.tenant.as_("crm_sync")).post(
            f"/v1/opportunities/{deal['opportunity_id']}/merge", {"from": other["opportunity_id"]})

    def do_merge_accounts(self):
        accounts = self.tenant.as_("cro").get("/v1/accounts", {"limit": 200}, expect=200)["data"]
        if len(accounts) < 4:
            return None
        into, other = self.dice.sample(accounts, 2)
        return self.who(*self.owners, self.tenant.as_("admin")).post(f"/v1/accounts/{into['account_id']}/merge",
                                                                     {"from": other["account_id"]})

    def do_engage(self):
        deal = self.deal()
        if not deal or not deal["account"]:
            return None
        return self.who(*self.owners, self.tenant.as_("crm_sync")).post(
            f"/v1/accounts/{deal['account']['account_id']}/engagements",
            {"engaged_at": self.tenant.day(-self.dice.randint(0, 40)), "activity_id": self.fresh("A")})

    def do_claim(self):
        deal = self.deal()
        return deal and self.who(*self.of_deal(deal)[0], *self.managers).post(
            f"/v1/opportunities/{deal['opportunity_id']}/claims",
            {"partner_id": self.dice.choice(self.partners), "kind": self.dice.choice(["introduction", "other"])})

    def claimed(self):
        deal = self.deal()
        return deal if deal and deal["claims"] and not deal["merged_into"] else None

    def do_join(self):
        """The partner that has no claim on a claimed deal yet claims it as well."""
        deal = self.claimed()
        if not deal:
            return None
        claimed = {claim["partner"]["partner_id"] for claim in deal["claims"]}
        others = [n for n, partner in enumerate(self.partners) if partner not in claimed]
        place = self.dice.choice(others or [0])
        return self.who(*self.of_deal(deal)[0], self.managers[place]).post(
            f"/v1/opportunities/{deal['opportunity_id']}/claims",
            {"partner_id": self.partners[place], "kind": "account_warming"})

    def do_lead(self):
        deal = self.claimed()
        if not deal or len(deal["claims"]) < 2:
            return self.do_join()
        place = self.dice.randrange(len(self.partners))
        return self.who(*self.of_deal(deal)[1], self.tenant.as_("partnerships_leader")).patch(
            f"/v1/opportunities/{deal['opportunity_id']}",
            {"lead_partner": self.partners[place], "partner_rep": self.tenant.reps[place][0].person_id}, "*")

    def of_claim(self, deal):
        """One of the deal's claims, and who signs it."""
        claim = self.dice.choice(deal["claims"])
        return claim, [*self.of_deal(deal)[0], self.managers[self.partners.index(claim["partner"]["partner_id"])]]

    def do_renew_claim(self):
        deal = self.claimed()
        if not deal:
            return None
        claim, signers = self.of_claim(deal)
        return self.who(*signers).patch(f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}",
                                        {"kind": self.dice.choice([claim["kind"], "technical_validation"])}, "*")

    def do_sign(self):
        deal = self.claimed()
        if not deal:
            return self.do_approve()
        claim, signers = self.of_claim(deal)
        body = {"decision": "sign", "claim_version": claim["version"] - self.chance(0.05)}
        if self.chance(0.05):
            body |= {"decision": "decline", "reason": "The partner was not in the room"}
        return self.who(*signers).post(
            f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}/signoffs", body)

    def do_put_evidence(self):
        deal = self.claimed()
        if not deal:
            return None
        owner, _, rep = self.of_deal(deal)
        criterion = self.dice.choice(CRITERIA if self.chance(0.4) else STAGES[min(5, deal["stage"]["number"])][1]
                                     or CRITERIA)
        given = {row["criterion"]: row["version"] for row in
                 self.tenant.as_("partnerships_leader").get(
                     f"/v1/opportunities/{deal['opportunity_id']}/evidence", expect=200)["data"]}
        etag = f'"{given[criterion]}"' if criterion in given else None
        return self.who(*owner, *rep).put(f"/v1/opportunities/{deal['opportunity_id']}/evidence/{criterion}",
                                          self.evidence(criterion), etag)

    def do_confirm(self):
        deal = self.claimed()
        if not deal:
            return None
        owner, manager, rep = self.of_deal(deal)
        path = f"/v1/opportunities/{deal['opportunity_id']}/evidence"
        rows = self.tenant.as_("partnerships_leader").get(path, expect=200)["data"]
        if not rows:
            return self.do_put_evidence()
        row = self.dice.choice(rows)
        return self.who(*owner, *manager, *rep).post(f"{path}/{row['criterion']}/confirmations",
                                                     {"evidence_version": max(1, row["version"] - self.chance(0.1))})

    def do_advance(self):
        deal = self.claimed()
        if not deal:
            return self.do_approve()
        owner, manager, rep = self.of_deal(deal)
        here = min(4, deal["stage"]["number"] + (self.chance(0.05)))
        body = {"stage": STAGE_KEYS[here - 1], "to_stage": STAGE_KEYS[min(4, here + self.chance(0.05))]}
        if self.chance(0.4) and STAGES[here][1]:
            criteria = STAGES[here][1] if self.chance(0.9) else [self.dice.choice(CRITERIA)]
            body["evidence"] = [{"criterion": criterion} | self.evidence(criterion) for criterion in criteria]
        return self.who(*owner, *manager, *rep).post(f"/v1/opportunities/{deal['opportunity_id']}/advance", body)

    def do_walk_on(self):
        """Everybody does their part at once: what luck alone would rarely bring about."""
        deal = self.claimed()
        owner, manager, rep = self.of_deal(deal) if deal else ([], [], [])
        if not (owner and manager and rep):
            return None
        path = f"/v1/opportunities/{deal['opportunity_id']}"
        claim = next(claim for claim in deal["claims"] if claim["partner"] == deal["lead_partner"])
        for signer in (owner[0], manager[0]):
            answer = signer.post(f"{path}/claims/{claim['claim_id']}/signoffs",
                                 {"decision": "sign", "claim_version": claim["version"]})
        here = deal["stage"]["number"]
        body = {"stage": STAGE_KEYS[here - 1], "to_stage": STAGE_KEYS[min(4, here)]}
        criteria = STAGES[here][1]
        carried = {"evidence": [{"criterion": c} | self.tenant.evidence(c) for c in criteria]} if criteria else {}
        for caller, extra in ((owner[0], carried), (rep[0], {})):
            answer = caller.post(f"{path}/advance", body | extra)
        return answer

    def do_lower(self):
        deal = self.claimed()
        if not deal:
            return None
        owner, manager, rep = self.of_deal(deal)
        return self.who(*owner, *manager, *rep).post(
            f"/v1/opportunities/{deal['opportunity_id']}/lower-stage",
            {"to_stage": self.dice.choice(STAGE_KEYS[:4]), "reason": "The sponsor at the customer has left"})

    def do_close(self):
        deal = self.deal()
        if not deal or (deal["claims"] and self.chance(0.5) and deal["stage"]["number"] < 4):
            return None
        owner, manager, rep = self.of_deal(deal)
        path = f"/v1/opportunities/{deal['opportunity_id']}"
        won = self.chance(0.7)
        if won and rep and deal["stage"]["number"] == 4:
            for caller, method in ((owner, "put"), (rep, "post")):
                for one in caller:
                    if method == "put":
                        one.put(f"{path}/evidence/outcome", self.tenant.evidence("outcome"))
                        for criterion in STAGES[4][1]:
                            one.put(f"{path}/evidence/{criterion}", self.tenant.evidence(criterion))
                    for criterion in (*STAGES[4][1], "outcome"):
                        one.post(f"{path}/evidence/{criterion}/confirmations", {"evidence_version": 1})
        body = {"outcome": "won"} if won else {"outcome": "lost", "reason_code": "price"}
        return self.who(*owner, *manager).post(f"{path}/close", body | {
            "closed_on": self.tenant.day(-self.dice.choice([0, 0, 1, 12]))})

    def do_target(self):
        return self.who(self.tenant.as_("cro")).put(f"/v1/targets/{self.periods()[0]}", {
            "class": "sourced", "amount": self.tenant.money(self.dice.randrange(1, 10**9))})

    def do_rate(self):
        """A rate, or the correction of one."""
        currency, day = self.dice.choice(["EUR", "JPY"]), self.tenant.day(-self.dice.choice([0, 0, 1, 10]))
        known = [r for r in self.tenant.as_("admin").all("/v1/rates", {"currency": currency}) if r["date"] == day]
        return self.who(self.tenant.as_("admin")).put(f"/v1/rates/{currency}/{day}", {
            "rate": f"{self.dice.randint(0, 2)}.{self.dice.randrange(1, 10**6):06}"},
            f'"{known[0]["version"]}"' if known else None)

    def do_read(self):
        deal = self.deal()
        path = f"/v1/opportunities/{deal['opportunity_id']}" if deal else "/v1/opportunities"
        tail = self.dice.choice(["", "", "/history", "/readiness", "/evidence", "/claims"]) if deal else ""
        return self.who().get(path + tail)

    def do_sleep(self):
        self.tenant.clock(days=self.dice.choice([0, 0, 1, 1, 2, 3]), hours=self.dice.randint(1, 20))

    # -- the walk --------------------------------------------------------------------------------------------------
    def periods(self):
        """This quarter, the next one, this month."""
        today = self.tenant.now().date()
        later = today.replace(day=1) + datetime.timedelta(days=95)
        return [*(f"{day.year}-Q{(day.month - 1) // 3 + 1}" for day in (today, later)), f"{today:%Y-%m}"]

    def step(self):
        name, = self.dice.choices(list(self.weights), list(self.weights.values()))
        answer = getattr(self, f"do_{name}")()
        if answer is not None:
            assert answer.status < 500, (name, answer)
            self.seen[name, answer.code or answer.status] += 1
        return name


@pytest.mark.parametrize("place", range(TENANTS))
def test_the_number_stays_honest(new_tenant, facts, database, place):
    walk, trace = Walk(new_tenant(), SEED * TENANTS + place), []
    where = f"TANDEM_TEST_SEED={SEED} tenant {place}"
    try:
        for number in range(1, STEPS + 1):
            trace.append(walk.step())
            check_stages(World(database, walk.tenant.key))
            if number % 20 == 0:
                check(walk.tenant, database, [walk.dice.choice(walk.periods())])
        check(walk.tenant, database, walk.periods())
    except Exception as error:  # whatever it is, the walk can be walked again
        raise Broken(f"{where}: after step {len(trace)} ({' '.join(trace[-12:])}): {error}") from error
    run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")
    done = collections.Counter()
    for (what, outcome), times in walk.seen.items():
        done[what if isinstance(outcome, int) else "refused"] += times
    print(f"{where}: {STEPS} steps: {dict(done)}")
    assert done["approve"] and done["advance"] and done["sign"], "nothing happened on this walk"


# -- a checker that notices nothing proves nothing -------------------------------------------------------------------------
# what is done to one row behind the service's back, and who must notice it
BROKEN_ROWS = {
    "a confirmation disappears": (
        "proof", "delete from confirmation where criterion = 'budget' and side = 2"),
    "a deal is lifted beyond its stage": (
        "proof", "update opportunity set vendor_stage = 4, partner_stage = 4 where vendor_stage = 3"),
    "newer evidence that nobody confirmed": (
        "proof", "update evidence set evidence_version = 2 where criterion = 'joint_value'"),
    "one person signs in both roles": (
        "proof", "update signoff set person_id = (select min(person_id) from signoff)"),
    "a signature after the window": (
        "proof", "update signoff set decided_at = deadline_at + interval '1 second' where role = 1"),
    "a registration that was not clear": (
        "proof", "update registration set verdict = 2 where state = 3"),
    "an amount without an event": (
        "doctor", "update opportunity set amount_minor = amount_minor + 1 where vendor_stage = 3"),
    "another claim counts": (
        "proof", "update opportunity set counting_claim = (select id from claim where kind <> 1) where vendor_stage = 3"),
    "a partner that sees what it does not claim": (
        "proof", "update opportunity set partner_ids = partner_ids || 0::int8 where vendor_stage = 3"),
    "a claim version without an event": (
        "doctor", "update claim set claim_version = claim_version + 1"),
    "an event that is gone": (
        "doctor", "delete from event where event_id = (select max(event_id) from event where aggregate = 'signoff')"),
    "an event that was rewritten": (
        "doctor", "update event set after = after || '{\"name\": \"Another deal\"}' where aggregate = 'opportunity'"),
}


def broken(tenant, connection, walk):
    try:
        check(tenant, connection, walk.periods())
    except Broken:
        return True
    return False


def test_one_bad_row_is_noticed(own_service):
    """Each row is spoiled in turn and mended again; in between nothing is noticed."""
    tenant, service = own_service()
    walk = Walk(tenant, 0)
    deal = tenant.approve(tenant.register(tenant.reps[0][0]), ae=walk.owners[0], manager=walk.managers[0],
                          rep=tenant.reps[0][0])
    for signer in (walk.owners[0], walk.managers[0]):
        claim = tenant.read(deal["opportunity_id"])["claims"][0]
        signer.post(f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}/signoffs",
                    {"decision": "sign", "claim_version": 1}, expect=201)
    tenant.people["ae"], tenant.people["partner_rep"] = walk.owners[0], tenant.reps[0][0]
    tenant.advance(deal["opportunity_id"], 3)
    walk.owners[0].post(f"/v1/opportunities/{deal['opportunity_id']}/claims",
                        {"partner_id": walk.partners[1], "kind": "introduction"}, expect=201)
    owner = {"TANDEM_OWNER_DATABASE_URL": tenant.facts["owner_settings"]["TANDEM_OWNER_DATABASE_URL"]}
    connection = psycopg2.connect(service.database_url)
    # the constraints would refuse most of it: what they hold is shown to be noticed without them
    with connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica; alter table signoff drop constraint signoff_two_people, "
                       "drop constraint signoff_in_window; alter table registration drop constraint registration_approved_clear")
    noticed = []
    for what, (by, sql) in BROKEN_ROWS.items():
        assert not broken(tenant, connection, walk), f"before: {what}"
        connection.rollback()
        with connection, connection.cursor() as cursor:
            cursor.execute("create schema kept")
            for table in ("confirmation", "opportunity", "evidence", "signoff", "registration", "claim", "event"):
                cursor.execute(f"create table kept.{table} as table {table}")
            cursor.execute(sql)
            assert cursor.rowcount > 0, what
        status = run_tandem(owner, "doctor", "--rebuild-check", check=False).returncode
        seen = broken(tenant, connection, walk) if by == "proof" else status != 0
        assert status != 0, f"doctor missed: {what}"
        assert seen, f"{by} missed: {what}"
        noticed.append(what)
        connection.rollback()
        with connection, connection.cursor() as cursor:
            for table in ("confirmation", "opportunity", "evidence", "signoff", "registration", "claim", "event"):
                cursor.execute(f"delete from {table}")
                columns = columns_of(cursor, table)
                cursor.execute(f"insert into {table} ({columns}) overriding system value select {columns} from kept.{table}")
            cursor.execute("drop schema kept cascade")
        run_tandem(owner, "doctor", "--rebuild-check")
    connection.close()
    print(f"{len(noticed)} of {len(BROKEN_ROWS)} spoiled rows were noticed")


def columns_of(cursor, table):
    """All but the generated ones."""
    cursor.execute("select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
                   "where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''", [table])
    return cursor.fetchone()[0]
