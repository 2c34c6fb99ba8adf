"""Deals in any state that the rules can tell apart, written as rows.

The black-box rule is that a test reaches a state by the API; a forecast needs states by the thousand, some of them months
old (a claim beyond its window, a deal that was loaded), so its tests alone write rows. Stories by the API stand beside.
"""
import datetime
import itertools
import random

CATEGORY = {None: None, "omitted": 1, "pipeline": 2, "best_case": 3, "commit": 4}
STATUS = {"open": 1, "won": 2, "lost": 3, "removed": 4}
VALUE = {"sourced": 1, "influenced": 2}


class Book:
    numbers = itertools.count(1)

    def __init__(self, tenant, database):
        self.tenant = tenant
        self.cursor = database.cursor()
        tenant.partner_id, tenant.as_("ae"), tenant.as_("partner_manager")
        self.other_partner_id = tenant.partner()
        self.tenant_id = self.one("select tenant_id from tenant where key = %s", tenant.key)
        self.one("select set_config('tandem.now', now()::text, false), set_config('tandem.tenant', %s, false)",
                 str(self.tenant_id))  # for the columns' defaults
        self.partner = self.one("select partner_id from partner where tenant_id = %s and id = %s", self.tenant_id,
                                tenant.partner_id)
        self.rival = self.one("select partner_id from partner where tenant_id = %s and id = %s", self.tenant_id,
                              self.other_partner_id)
        self.signers = [self.one("select person_id from person where tenant_id = %s and id = %s", self.tenant_id,
                                 tenant.as_(role).person_id) for role in ("ae", "partner_manager")]

    def one(self, sql, *values):
        self.cursor.execute(sql, values)
        row = self.cursor.fetchone()
        return row[0] if row else None

    def insert(self, table, **columns):
        """The row with its event, as the service writes them: the log stays the source of the rows. Gives the key."""
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        return self.one(f"""
            with made as (insert into {table} ({names}) values ({marks}) returning *)
            insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, actor_id, cause, after)
            select tenant_id, '{table}.created', '{table}', {table}_id, 1, null, 'test', to_jsonb(made) from made
            returning aggregate_id""", *columns.values())

    def uuid(self):
        return self.one("select uuid7()")

    def add(self, claim="sourced", amount=100_00, currency=None, close_date="2031-05-15", call="commit", stages=(4, 4),
            signed=2, decline=False, disputed=False, late=False, contested=False, age_days=1, fresh_hours=1, stage_days=1,
            status="open", closed_on=None, resolved=True, outside_gates=False, grandfathered=False, reason=1):
        """One deal; gives its public id. `signed`: 0 nobody, 1 the AE, 2 both, 3 the manager alone; the window is the
        14 days after the deal was made `age_days` ago."""
        now = self.tenant.now()
        created = now - datetime.timedelta(days=age_days)
        number = next(self.numbers)
        closed = status in ("won", "lost")
        public_id = self.uuid()
        self.cursor.execute("begin")  # a deal counts by its claim, which comes after it
        account = self.insert("account", tenant_id=self.tenant_id, id=self.uuid(), name=f"Customer {number}",
                              name_key=f"customer {number}", has_domain=False, normaliser=1, created_at=created)
        deal = self.insert(
            "opportunity", tenant_id=self.tenant_id, id=public_id, account_id=account,
            name=f"Deal {number}", product_family="default", amount_minor=amount,
            currency=None if amount is None else currency or self.tenant.currency, close_date=close_date,
            owner_id=self.signers[0], lead_partner_id=self.partner if claim else None,
            partner_ids=[self.partner] if claim else [], counting_claim=public_id if claim else None,
            attribution=VALUE.get(claim, 0), category_call=CATEGORY[call],
            model_version=1 if claim else None, vendor_stage=stages[0] if claim else None,
            partner_stage=stages[1] if claim else None, stage_entered_at=now - datetime.timedelta(days=stage_days),
            created_at=created, refreshed_at=now - datetime.timedelta(hours=fresh_hours), status=STATUS[status],
            removed_status=1 if status == "removed" else None,
            closed_on=closed_on if closed else None, closed_at=now if closed else None,
            reason_code=reason if status == "lost" else None,
            resolved_at=now if closed and resolved and claim else None, outside_gates=outside_gates,
            grandfathered=bool(claim and grandfathered),
            window_starts_at=created + datetime.timedelta(seconds=1) if claim and grandfathered else None)
        if claim:
            self.claim(deal, account, created, VALUE[claim], signed, decline, disputed, late)
        if contested:
            self.registration(self.rival, account, created - datetime.timedelta(days=30), state=1)
        self.cursor.execute("commit")
        return str(public_id)

    def registration(self, partner, account, submitted, state, **more):
        return self.insert(
            "registration", tenant_id=self.tenant_id, id=self.uuid(), partner_id=partner,
            account_id=account, product_family="default", content_hash="0", state=state, submitted_at=submitted,
            respond_by=submitted, customer_name="Customer", customer_domains=[], contact_name="Jana",
            contact_email="jana@customer.example", need="A need", partner_rep_name="Omar",
            partner_rep_email="omar@partner.example", submitted_by=self.signers[0], verdict=1, verdict_rule="none", **more)

    def claim(self, deal, account, created, value, signed, decline, disputed, late):
        submitted = created - datetime.timedelta(days=2)
        deadline = created + datetime.timedelta(days=14)
        claimed = deadline + datetime.timedelta(seconds=1) if late else created
        registration = None
        if value == 1:
            registration = self.registration(self.partner, account, submitted, state=3, approved_at=created,
                                             protected_until=created, opportunity_id=deal)
        claim = self.insert(
            "claim", tenant_id=self.tenant_id, id=self.one("select id from opportunity where opportunity_id = %s", deal),
            opportunity_id=deal, partner_id=self.partner,
            registration_id=registration, value=value, kind=1 if value == 1 else 2, content_hash="0",
            deadline_at=deadline, created_at=claimed, late=late, disputed_at=created if disputed else None,
            sourced_passed=True if value == 1 else None, signed_at=created if signed == 2 and not decline else None)
        roles = {0: (), 1: (1,), 2: (1, 2), 3: (2,)}[signed]
        for role in roles:
            self.insert("signoff", tenant_id=self.tenant_id, claim_id=claim, claim_version=1, role=role,
                        person_id=self.signers[role - 1], decision=2 if decline else 1,
                        reason="No" if decline else None, decided_at=created, deadline_at=deadline)

    def random(self, count, seed, days=("2031-03-31", "2031-04-01", "2031-05-15", "2031-06-30", "2031-07-01", None)):
        """Deals of every kind, and of every amount that rounds."""
        dice = random.Random(seed)
        for _ in range(count):
            claim = dice.choice(["sourced", "sourced", "sourced", "influenced", "influenced", None])
            status = dice.choice(["open"] * 7 + ["won"] * 3 + ["lost", "removed"])
            late = claim == "influenced" and dice.random() < 0.15
            day = dice.choice(days[:-1])
            self.add(
                claim=claim, amount=dice.choice([None, 0, 1, 5, 15, 25, 205, dice.randrange(10**4),
                                                 dice.randrange(10**9), dice.randrange(10**12), -dice.randrange(10**6)]),
                currency=dice.choice([None] * 8 + ["EUR"]), close_date=dice.choice([*days, *days[1:4]]),
                call=dice.choice([*CATEGORY, "commit", "best_case", "pipeline"]),
                stages=(dice.randint(1, 4), dice.randint(1, 4)) if dice.random() < 0.4 else (4, dice.randint(2, 4)),
                signed=dice.choice([0, 1, 2, 2, 2, 2, 2, 3]) if not late else 0, decline=dice.random() < 0.08,
                disputed=dice.random() < 0.08, late=late, contested=dice.random() < 0.08,
                age_days=dice.choice([1, 20]) if not late else 20, fresh_hours=dice.choice([1, 1, 1, 1, 169]),
                stage_days=dice.choice([1, 1, 1, 46]), status=status,
                closed_on=day, resolved=dice.random() < 0.6, outside_gates=dice.random() < 0.2,
                grandfathered=dice.random() < 0.2, reason=dice.choice([1, 8]))
        self.cursor.execute("analyze opportunity, claim, signoff, registration")  # as autovacuum does within a minute
