"""A manager extends the protection of an approved registration whose deal is open."""
import datetime

import pytest

REASON = "The customer's board meets four weeks later"


def path(registration, verb="extend"):
    return f"/v1/registrations/{registration['registration_id']}/{verb}"


def until(registration):
    return datetime.datetime.fromisoformat(registration["protected_until"].replace("Z", "+00:00"))


def extend(tenant, registration, days=30):
    return tenant.as_("partner_manager").post(path(registration), {"days": days, "reason": REASON}, expect=200)


def refused(tenant, registration, code, days=30, reason=REASON, role="partner_manager"):
    return tenant.as_(role).refused("POST", path(registration), {"days": days, "reason": reason}, code)


def test_a_protection_is_extended_within_the_policys_bound(tenant, database):
    approved = tenant.approve(tenant.register())
    once = extend(tenant, approved, 30)
    assert until(once) - until(approved) == datetime.timedelta(days=30)
    assert (once["state"], once["version"]) == ("approved", approved["version"] + 1)
    assert until(extend(tenant, approved, 1)) - until(once) == datetime.timedelta(days=1)
    assert refused(tenant, approved, "invalid_fields", days=31).pointers == {"/days": "too_large"}
    assert refused(tenant, approved, "invalid_fields", days=0).pointers == {"/days": "too_small"}
    assert refused(tenant, approved, "invalid_fields", reason="TBD").pointers == {"/reason": "placeholder"}
    with database.cursor() as cursor:
        cursor.execute("select e.reason from event e join registration r on r.tenant_id = e.tenant_id and "
                       "r.registration_id = e.aggregate_id where e.kind = 'registration.extended' and r.id = %s",
                       (approved["registration_id"],))
        assert cursor.fetchall() == [(REASON,)] * 2
    read = tenant.as_("partner_rep").get(path(approved, "")[:-1], expect=200)
    assert until(read) - until(once) == datetime.timedelta(days=1)


def test_it_still_protects_in_the_days_that_were_added(tenant):
    """Exclusivity: another partner's registration is contested until the last instant, and not after it."""
    approved = extend(tenant, tenant.approve(tenant.register()))
    rival = tenant.person("partner_rep", partner=tenant.partner())
    for seconds, found in ((-60, True), (61, False)):
        tenant.clock(seconds=(until(approved) - tenant.now()).total_seconds() + seconds if seconds < 0 else seconds)
        made = tenant.register(rival, customer=approved["customer"])
        read = tenant.as_("ae").get(path(made, "")[:-1], expect=200)
        assert (approved["registration_id"] in [each["id"] for each in read["conflict"]["with"]]) is found


def test_who_decides_extends(tenant, new_tenant):
    approved = tenant.approve(tenant.register())
    for role in ("ae", "partner_rep", "admin"):
        refused(tenant, approved, "insufficient_scope", role=role)
    body = {"days": 30, "reason": REASON}
    tenant.person("partner_manager").refused("POST", path(approved), body, "not_partner_manager")
    new_tenant().as_("partnerships_leader").refused("POST", path(approved), body, "not_found")
    tenant.as_("partnerships_leader").post(path(approved), body, expect=200)


@pytest.mark.parametrize("verb, body", [
    (None, None), ("reject", {"reason_code": "other", "reason": "There is no project"}),
    ("request-changes", {"fields": ["need"], "text": "Say which depots are meant"})])
def test_only_an_approved_registration_is_protected(tenant, verb, body):
    made = tenant.register()
    if verb:
        tenant.as_("partner_manager").post(path(made, verb), body, expect=200)
    refused(tenant, made, "invalid_state")


def test_a_closed_deal_ends_it_for_good(tenant):
    approved = tenant.approve(tenant.register())
    tenant.as_("ae").post(f"/v1/opportunities/{approved['opportunity_id']}/close",
                          {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()}, expect=200)
    refused(tenant, approved, "deal_closed")


def test_an_ended_protection_is_taken_up_from_now(tenant):
    approved = tenant.approve(tenant.register())
    tenant.clock(days=100)
    again = until(extend(tenant, approved, 10)) - tenant.now()
    assert abs(again - datetime.timedelta(days=10)) < datetime.timedelta(seconds=20)


def test_another_protection_stands_against_it(tenant):
    """The same partner registers the customer again after the protection's end: one of the two is protected."""
    first = tenant.approve(tenant.register())
    tenant.clock(days=91)
    second = tenant.register(customer=first["customer"])
    tenant.approve(second)
    refused(tenant, first, "conflict_unresolved")
