"""Engagements and the strict sourced rule: who was first, by the instant."""
import datetime
import functools
import hashlib

import pytest

from support.importing import row, run_import
from support.rows import Rows
from support.stages import Deal
from support.tenant import uuid7


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def shifted(text, microseconds):
    return (instant(text) + datetime.timedelta(microseconds=microseconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def account_of(tenant, registration):
    return tenant.as_("ae").get(f"/v1/registrations/{registration['registration_id']}", expect=200)["account_id"]


def engage(tenant, account_id, engaged_at, activity=None, caller=None, **more):
    return (caller or tenant.as_("ae")).post(
        f"/v1/accounts/{account_id}/engagements",
        {"engaged_at": engaged_at, "activity_id": activity or f"ACT-{uuid7()}"} | more, expect=201)


@pytest.fixture
def claim_row(database, tenant):
    """The tenant's one claim, for what depends on no other operation."""
    def read():
        with database.cursor() as cursor:
            cursor.execute("select c.value, c.sourced_passed, c.sourced_reason, c.disputed_at is not null, "
                           "c.dispute_reason, c.version, c.claim_version from claim c join tenant t using (tenant_id) "
                           "where t.key = %s", (tenant.key,))
            (row,) = cursor.fetchall()
            return dict(zip(("value", "passed", "reason", "disputed", "why", "version", "claim_version"), row))
    return read


def test_an_engagement_is_recorded_with_the_first_on_account_and_family(tenant):
    account = account_of(tenant, tenant.register())
    first = engage(tenant, account, "2026-02-01T10:00:00+02:00", "ACT-1")
    assert (first["engaged_at"], first["first_engaged_at"]) == ("2026-02-01T08:00:00Z",) * 2
    assert (first["account_id"], first["product_family"], first["activity_id"]) == (account, "default", "ACT-1")
    later = engage(tenant, account, "2026-03-01T00:00:00Z", caller=tenant.as_("crm_sync"))
    assert later["first_engaged_at"] == "2026-02-01T08:00:00Z"
    earlier = engage(tenant, account, "2026-01-01T00:00:00Z")
    assert earlier["first_engaged_at"] == "2026-01-01T00:00:00Z"
    other = engage(tenant, account, "2026-03-02T00:00:00Z", product_family="billing")
    assert other["first_engaged_at"] == "2026-03-02T00:00:00Z"


@pytest.mark.parametrize("zone, start", [("Europe/Berlin", "2026-07-13T22:00:00Z"),
                                         ("America/New_York", "2026-07-14T04:00:00Z"),
                                         ("Etc/UTC", "2026-07-14T00:00:00Z")])
def test_a_date_is_the_start_of_that_day_in_the_tenants_zone(new_tenant, zone, start):
    tenant = new_tenant(time_zone=zone)
    assert engage(tenant, account_of(tenant, tenant.register()), "2026-07-14")["engaged_at"] == start


def test_an_engagement_has_happened(tenant):
    account = account_of(tenant, tenant.register())
    path = f"/v1/accounts/{account}/engagements"
    for future in ((tenant.now() + datetime.timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ"), tenant.day(1)):
        answer = tenant.as_("ae").refused("POST", path, {"engaged_at": future, "activity_id": "A"}, "invalid_fields")
        assert answer.pointers == {"/engaged_at": "in_future"}
    engage(tenant, account, tenant.day())
    answer = tenant.as_("ae").refused("POST", path, {"engaged_at": "yesterday", "activity_id": "", "family": "x"},
                                      "invalid_fields")
    assert answer.pointers == {"/engaged_at": "invalid_instant", "/activity_id": "too_short",
                               "/family": "unknown_member"}
    answer = tenant.as_("ae").refused("POST", path, {}, "invalid_fields")
    assert answer.pointers == {"/engaged_at": "required", "/activity_id": "required"}


def test_an_activity_counts_once(tenant, new_tenant):
    account = account_of(tenant, tenant.register())
    path, body = f"/v1/accounts/{account}/engagements", {"engaged_at": "2026-01-01", "activity_id": "ACT-1"}
    ae = tenant.as_("ae")
    first = ae.post(path, body, key="k", expect=201)
    assert ae.post(path, body, key="k", expect=201).json == first.json
    ae.refused("POST", path, body, "already_exists")
    ae.post(path, body | {"product_family": "billing"}, expect=201)
    ae.refused("POST", f"/v1/accounts/{uuid7()}/engagements", body, "not_found")
    new_tenant().as_("ae").refused("POST", path, body, "not_found")
    for role in ("partner_manager", "partner_rep", "admin", "reader"):
        tenant.as_(role).refused("POST", path, body, "insufficient_scope")


def known_at_the_submission(database, registration):
    """The engagements on the account and family were recorded at the very instant of the submission."""
    with database.cursor() as cursor:
        cursor.execute("update engagement e set recorded_at = r.submitted_at from registration r where r.id = %s and "
                       "e.tenant_id = r.tenant_id and e.account_id = r.account_id", (registration["registration_id"],))
        assert cursor.rowcount > 0
        # their events say the same, so that rows still follow from events
        cursor.execute("update event v set after = v.after || jsonb_build_object('recorded_at', e.recorded_at) from engagement e "
                       "where v.tenant_id = e.tenant_id and v.aggregate = 'engagement' and v.aggregate_id = e.engagement_id")


RULE = [(1, 1, True, "registered_first"), (0, 2, False, "engaged_at_same_instant"), (-1, 2, False, "engaged_first")]


@pytest.mark.parametrize("microseconds, value, passed, reason", RULE)
def test_a_registration_is_sourced_when_it_came_strictly_first(tenant, claim_row, database, microseconds, value, passed,
                                                               reason):
    registration = tenant.register()
    tenant.clock(seconds=10)
    engage(tenant, account_of(tenant, registration), shifted(registration["submitted_at"], microseconds))
    # another family does not count
    engage(tenant, account_of(tenant, registration), "2026-01-01", product_family="billing")
    known_at_the_submission(database, registration)
    tenant.approve(registration)
    claim = claim_row()
    assert (claim["value"], claim["passed"], claim["reason"]) == (value, passed, reason)
    assert not claim["disputed"]


@pytest.mark.parametrize("microseconds, reason, disputed", [
    (1, "registered_first", False), (0, "no_engagement_known", True), (-1, "no_engagement_known", True)])
def test_what_is_told_between_submission_and_approval_disputes_and_flips_nothing(tenant, claim_row, database,
                                                                                 microseconds, reason, disputed):
    registration = tenant.register()
    tenant.clock(seconds=10)
    engage(tenant, account_of(tenant, registration), shifted(registration["submitted_at"], microseconds), "ACT-3")
    engage(tenant, account_of(tenant, registration), "2026-01-01", product_family="billing")
    deal = tenant.read(tenant.approve(registration)["opportunity_id"])
    claim = claim_row()
    assert (claim["value"], claim["passed"], claim["reason"], claim["claim_version"]) == (1, True, reason, 1)
    assert claim["disputed"] == disputed
    assert claim["why"] == ("engaged_before_registration: activity ACT-3" if disputed else None)
    assert deal["claims"][0]["state"] == ("disputed" if disputed else "pending")
    assert Rows(database, tenant).rebuild_differences() == []


@pytest.mark.parametrize("microseconds, value, passed, reason", RULE)
def test_a_new_version_is_put_to_the_rule_again(tenant, claim_row, microseconds, value, passed, reason):
    registration = tenant.register()
    deal = tenant.read(tenant.approve(registration)["opportunity_id"])
    tenant.clock(days=1)
    engage(tenant, deal["account"]["account_id"], shifted(registration["submitted_at"], microseconds))
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    assert (claim["value"], claim["state"]) == ("sourced", "pending" if microseconds > 0 else "disputed")
    renewed = tenant.as_("ae").patch(f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}",
                                     {"kind": "registration"}, etag="*", expect=200)
    assert (renewed["value"], renewed["state"]) == ("sourced" if value == 1 else "influenced", "pending")
    assert renewed["sourced_rule"] == {"passed": passed, "reason": reason}
    assert (claim_row()["value"], claim_row()["claim_version"]) == (value, 2)
    assert tenant.read(deal["opportunity_id"])["attribution"] == renewed["value"]


def content_hash(deal, registration, partner, value, rule_version):
    text = (f"tandem_claim 1\nopportunity {deal['opportunity_id']}\npartner {partner}\n"
            f"registration {registration['registration_id']}\nvalue {value}\nkind registration\n"
            f"rule_version {rule_version}\n")
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_claim_stays_under_the_rule_of_its_submission(tenant, database):
    """Nothing sets another version of the rule yet, so that the row is made here."""
    def rule_version(version):
        with database.cursor() as cursor:
            cursor.execute("""
                with made as (insert into policy overriding user value
                select (jsonb_populate_record(p, jsonb_build_object('policy_version', p.policy_version + 1,
                           'sourced_rule_version', %s, 'effective_at', %s, 'created_at', %s))).*
                  from policy p join tenant t using (tenant_id)
                 where t.key = %s order by policy_version desc limit 1 returning *)
                insert into event (tenant_id, kind, aggregate, aggregate_id, aggregate_version, actor_id, cause, acting_for,
                                   effective_at, recorded_at, after)
                select tenant_id, 'policy.set', 'policy', policy_id, 1, null, 'test', null, created_at, created_at,
                       to_jsonb(made) from made""",
                           (version, tenant.now(), tenant.now(), tenant.key))

    def stored():
        row, = Rows(database, tenant)("select content_hash from claim where tenant_id = :tenant")
        return row["content_hash"]

    registration = tenant.register()
    tenant.clock(hours=1)
    rule_version(2)
    tenant.clock(hours=1)
    deal = tenant.read(tenant.approve(registration)["opportunity_id"])
    of_submission = content_hash(deal, registration, tenant.partner_id, "sourced", 1)
    assert stored() == of_submission
    claim, = deal["claims"]
    tenant.as_("ae").patch(f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}",
                           {"kind": "registration"}, etag="*", expect=200)
    assert stored() == of_submission


@pytest.mark.parametrize("microseconds, disputed", [(1, False), (0, True), (-1, True)])
def test_an_engagement_dated_before_the_registration_disputes_and_flips_nothing(tenant, claim_row, database,
                                                                              microseconds, disputed):
    registration = tenant.register()
    approved = tenant.approve(registration)
    tenant.clock(days=2)
    engage(tenant, approved["account_id"], shifted(registration["submitted_at"], microseconds), "ACT-9")
    claim = claim_row()
    assert (claim["value"], claim["passed"], claim["claim_version"]) == (1, True, 1)
    assert (claim["disputed"], claim["version"]) == (disputed, 2 if disputed else 1)
    first = f"engaged_before_registration: activity {'ACT-9' if disputed else 'ACT-10'}"
    assert claim["why"] == (first if disputed else None)
    # said again by another activity it stays one dispute
    engage(tenant, approved["account_id"], "2026-01-01", "ACT-10")
    assert claim_row()["version"] == 2
    with database.cursor() as cursor:
        cursor.execute("select e.opportunity_id is not null, e.partner_id is not null, e.reason from event e join "
                       "tenant t using (tenant_id) where t.key = %s and kind = 'claim.disputed'", (tenant.key,))
        assert cursor.fetchall() == [(True, True, first)]
    assert Rows(database, tenant).rebuild_differences() == []


def test_other_accounts_families_and_influence_are_left_alone(tenant, claim_row):
    registration = tenant.register(product_family="dispatch")
    approved = tenant.approve(registration)
    other = account_of(tenant, tenant.register())
    engage(tenant, other, "2026-01-01", product_family="dispatch")
    engage(tenant, approved["account_id"], "2026-01-01", product_family="billing")
    assert not claim_row()["disputed"]


def test_a_deal_that_was_open_at_the_submission_makes_it_influence(tenant, claim_row):
    customer = tenant.registration_body()["customer"]
    direct = tenant.direct_deal(account=customer)
    registration = tenant.register(customer=customer)
    ae = tenant.as_("ae")
    tenant.as_("partner_manager").refused(
        "POST", f"/v1/registrations/{registration['registration_id']}/approve", {
            "ae": ae.person_id, "partner_manager": tenant.as_("partner_manager").person_id,
            "partner_rep": {"person_id": tenant.as_("partner_rep").person_id}}, "conflict_unresolved")
    ae.post(f"/v1/opportunities/{direct['opportunity_id']}/close",
            {"outcome": "lost", "reason_code": "timing", "closed_on": tenant.day()}, expect=200)
    tenant.approve(registration)
    claim = claim_row()
    assert (claim["value"], claim["passed"], claim["reason"]) == (2, False, "open_deal")


def test_a_dispute_of_a_signed_claim_lapses_with_the_window(tenant, claim_row):
    """Inside the window a new version settles it; after it nobody can, and nobody is said to owe it."""
    deal = tenant.deal()
    tenant.sign(deal)
    read = functools.partial(tenant.read, deal["opportunity_id"])
    engage(tenant, deal["account"]["account_id"], "2026-01-01")
    deadline = instant(deal["claims"][0]["deadline"])
    tenant.clock(seconds=int((deadline - tenant.now()).total_seconds()) - 20)
    now = read()
    assert (now["claims"][0]["state"], now["report_class"]) == ("disputed", "sourced")
    assert now["withheld_by"] == {"rule": "disputed", "owed_by": "ae_and_partner_manager"}
    tenant.clock(seconds=40)
    now = read()
    assert (now["claims"][0]["state"], now["report_class"]) == ("lapsed", "unattributed")
    assert (now["withheld_by"] or {}).get("rule") != "disputed"
    assert (claim_row()["disputed"], claim_row()["value"], claim_row()["version"]) == (True, 1, 3)


def test_what_is_signed_lapses_after_the_window_by_a_dispute_only(tenant, claim_row):
    deal = tenant.deal()
    tenant.sign(deal)
    tenant.clock(days=15)
    assert tenant.read(deal["opportunity_id"])["claims"][0]["state"] == "signed"
    engage(tenant, deal["account"]["account_id"], "2026-01-01", "ACT-5")
    assert tenant.read(deal["opportunity_id"])["claims"][0]["state"] == "lapsed"
    assert claim_row()["why"] == "engaged_before_registration: activity ACT-5"


# -- a deal that was open then -----------------------------------------------------------------------------------------
def brought(tenant, customer, created_at, **more):
    """The CRM brings a deal that it has had for a while."""
    return tenant.as_("crm_sync").post("/v1/opportunities", {
        "name": "Had for a while", "account": customer, "crm_source": "hubspot", "external_id": str(uuid7()),
        "created_at": created_at} | more, expect=201)


@pytest.mark.parametrize("by_import", [False, True])
@pytest.mark.parametrize("microseconds, disputed", [(1, False), (0, True), (-1, True)])
def test_a_deal_that_was_open_and_is_told_later_disputes(tenant, claim_row, database, by_import, microseconds, disputed):
    registration = tenant.register(customer=(customer := tenant.registration_body()["customer"]))
    deal = tenant.read(tenant.approve(registration)["opportunity_id"])
    tenant.clock(days=1)
    created_at = shifted(registration["submitted_at"], microseconds)
    brought(tenant, customer, created_at, product_family="billing")
    assert not claim_row()["disputed"]
    if by_import:
        line = row("old", account=customer, product_family="default", created_at=created_at)
        assert run_import(tenant, [line, row("new", account=customer)]).counts == (2, 0, 0, 0)
        run_import(tenant, [line | {"name": "Renamed"}])
        older, = (d for d in tenant.as_("admin").all("/v1/opportunities") if d["name"] == "Renamed")
    else:
        older = brought(tenant, customer, created_at)
    claim = claim_row()
    assert (claim["value"], claim["passed"], claim["claim_version"], claim["disputed"]) == (1, True, 1, disputed)
    assert claim["version"] == (2 if disputed else 1)
    assert claim["why"] == (f"open_deal_before_registration: opportunity {older['opportunity_id']}" if disputed else None)
    now, = tenant.read(deal["opportunity_id"])["claims"]
    renewed = tenant.as_("ae").patch(f"/v1/opportunities/{deal['opportunity_id']}/claims/{now['claim_id']}",
                                     {"kind": "registration"}, etag="*", expect=200)
    assert (renewed["value"], renewed["sourced_rule"]["reason"], renewed["state"]) == (
        ("influenced", "open_deal", "pending") if disputed else ("sourced", "no_engagement_known", "pending"))
    assert Rows(database, tenant).rebuild_differences() == []


@pytest.mark.parametrize("days, disputed", [(0, True), (-1, False)])
def test_a_loss_that_is_told_later_counts_by_its_day(tenant, claim_row, days, disputed):
    """Open in the CRM's time until a day before the registration's, or until after it."""
    customer = tenant.registration_body()["customer"]
    tenant.clock(days=3)
    registration = tenant.register(customer=customer)
    day, created_at = tenant.day(days), f"{tenant.day(-9)}T00:00:00Z"
    tenant.clock(days=1)
    direct = brought(tenant, customer, created_at, owner=tenant.as_("ae").person_id)
    tenant.as_("crm_sync").patch(f"/v1/opportunities/{direct['opportunity_id']}", {
        "outcome": {"outcome": "lost", "closed_on": day}}, etag=direct.etag, expect=200)
    tenant.approve(registration)
    assert claim_row()["reason"] == ("open_deal" if disputed else "no_engagement_known")


def test_a_closed_deal_that_an_import_brings_was_not_open(tenant, claim_row):
    registration = tenant.register(customer=(customer := tenant.registration_body()["customer"]))
    tenant.approve(registration)
    created_at = f"{tenant.day(-90)}T00:00:00Z"
    run_import(tenant, [row("lost", account=customer, product_family="default", created_at=created_at, status="lost",
                            closed_on=tenant.day(-1))])
    assert not claim_row()["disputed"]
    run_import(tenant, [row("won", account=customer, product_family="default", created_at=created_at, status="won",
                            closed_on=tenant.day())])
    assert not claim_row()["disputed"], "its close is the start of that day"


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_nothing_is_disputed_once_the_deal_is_closed(tenant, claim_row, outcome):
    deal = Deal(tenant)
    deal.ready_to_win()
    closing = {"outcome": outcome} | ({"body": {"reason_code": "timing"}} if outcome == "lost" else {})
    account = deal.close(expect=200, **closing)["account"]["account_id"]
    engage(tenant, account, "2026-01-01")
    claim, = deal.read()["claims"]
    assert (claim_row()["disputed"], claim["state"], claim["value"]) == (False, "signed", "sourced")
