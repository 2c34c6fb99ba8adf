"""Engagements and the strict sourced rule: who was first, by the instant."""
import datetime

import pytest

from support.rows import Rows
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


@pytest.mark.parametrize("microseconds, value, passed, reason", [
    (1, 1, True, "registered_first"), (0, 2, False, "engaged_at_same_instant"), (-1, 2, False, "engaged_first")])
def test_a_registration_is_sourced_when_it_came_strictly_first(tenant, claim_row, microseconds, value, passed, reason):
    registration = tenant.register()
    tenant.clock(seconds=10)
    engage(tenant, account_of(tenant, registration), shifted(registration["submitted_at"], microseconds))
    # another family does not count
    engage(tenant, account_of(tenant, registration), "2026-01-01", product_family="billing")
    tenant.approve(registration)
    claim = claim_row()
    assert (claim["value"], claim["passed"], claim["reason"]) == (value, passed, reason)
    assert not claim["disputed"]


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
