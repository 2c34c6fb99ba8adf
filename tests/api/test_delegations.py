"""A duty to sign is lent for days: only the duty moves, never the window, and never to the other signer."""
import datetime
import zoneinfo

import pytest

from support.race import race
from support.stand import run_tandem
from support.tenant import uuid7


def body(tenant, delegate, duty="ae", first=0, last=3, **more):
    return {"delegate": delegate.person_id, "duty": duty, "from": tenant.day(first), "to": tenant.day(last)} | more


def path(person, delegation_id=None):
    return f"/v1/people/{person.person_id}/delegations/{delegation_id or uuid7()}"


def signing(tenant, deal):
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    return (f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}/signoffs",
            {"decision": "sign", "claim_version": claim["version"]})


def newest(tenant, deal, kind):
    return next(e for e in tenant.as_("cfo").all(f"/v1/opportunities/{deal['opportunity_id']}/history")
                if e["kind"] == kind)


def test_a_delegate_signs_for_the_owner(tenant, facts):
    owner, delegate, deal = tenant.as_("ae"), tenant.person("ae"), tenant.deal()
    target, sign = signing(tenant, deal)
    delegate.refused("POST", target, sign, "not_deal_owner")
    made = owner.put(path(owner), body(tenant, delegate), expect=201)
    assert made.json == {
        "delegation_id": made["delegation_id"], "person": {"person_id": owner.person_id, "name": owner.name},
        "delegate": {"person_id": delegate.person_id, "name": delegate.name}, "duty": "ae", "from": tenant.day(),
        "to": tenant.day(3), "active": True, "version": 1}
    answer = delegate.post(target, sign, expect=201)
    assert answer["state"] == "pending"
    signoff, = answer["signoffs"]
    assert signoff["for"] == {"person_id": owner.person_id, "name": owner.name}
    owner.refused("POST", target, sign, "already_signed")
    answer = tenant.sign(deal, roles=["partner_manager"])
    assert (answer["state"], [s["for"] is None for s in answer["signoffs"]]) == ("signed", [False, True])
    changes = {c["field"]: c["to"] for c in newest(tenant, deal, "claim.signed")["changes"]}
    assert "for" not in changes, "the manager signed what was its own"
    events = tenant.as_("cfo").all(f"/v1/opportunities/{deal['opportunity_id']}/history")
    first = [e for e in events if e["kind"] == "claim.signed"][-1]
    changes = {c["field"]: c["to"] for c in first["changes"]}
    assert changes["for"] == {"person_id": owner.person_id, "name": owner.name}
    assert changes["person"]["person_id"] == first["actor"]["person_id"] == delegate.person_id
    run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")


def test_a_delegate_signs_for_the_manager(tenant):
    manager, delegate, deal = tenant.as_("partner_manager"), tenant.person("partner_manager"), tenant.deal()
    target, sign = signing(tenant, deal)
    delegate.refused("POST", target, sign, "not_partner_manager")
    tenant.as_("admin").put(path(manager), body(tenant, delegate, "partner_manager"), expect=201)
    signoff, = delegate.post(target, sign, expect=201)["signoffs"]
    assert (signoff["role"], signoff["for"]["person_id"]) == ("partner_manager", manager.person_id)
    changes = {c["field"]: c["to"] for c in newest(tenant, deal, "claim.signed")["changes"]}
    assert (changes["role"], changes["for"]["person_id"]) == ("partner_manager", manager.person_id)
    # of the other duty nothing was lent, and of deciding on registrations neither
    registration = tenant.register()
    delegate.refused("POST", f"/v1/registrations/{registration['registration_id']}/reject",
                     {"reason_code": "other", "reason": "Not with us"}, "not_partner_manager")


def test_the_days_are_the_tenants(new_tenant):
    """From midnight to midnight of the tenant's zone, both days included."""
    tenant = new_tenant(time_zone="Pacific/Auckland")
    owner, delegate = tenant.as_("ae"), tenant.person("ae")
    deals = [tenant.deal() for _ in range(2)]
    zone = zoneinfo.ZoneInfo("Pacific/Auckland")

    def local(days=0):
        return (tenant.now().astimezone(zone) + datetime.timedelta(days=days)).date().isoformat()
    tomorrow, after = local(1), local(2)
    owner.put(path(owner), body(tenant, delegate) | {"from": tomorrow, "to": after}, expect=201)
    target, sign = signing(tenant, deals[0])

    def move_to(day, hour, minute, second):
        moment = datetime.datetime.fromisoformat(f"{day}T{hour:02}:{minute:02}:{second:02}").replace(tzinfo=zone)
        tenant.clock(seconds=(moment - tenant.now()).total_seconds())
    move_to(local(), 23, 58, 0)
    delegate.refused("POST", target, sign, "not_deal_owner")
    move_to(tomorrow, 0, 0, 5)
    delegate.post(target, sign, expect=201)
    target, sign = signing(tenant, deals[1])
    move_to(after, 23, 58, 0)
    claim = tenant.read(deals[1]["opportunity_id"])["claims"][0]
    move_to(local(1), 0, 0, 5)
    delegate.refused("POST", target, sign, "not_deal_owner")
    assert tenant.read(deals[1]["opportunity_id"])["claims"][0]["deadline"] == claim["deadline"]


def test_the_window_never_extends(tenant):
    owner, delegate, deal = tenant.as_("ae"), tenant.person("ae"), tenant.deal()
    target, sign = signing(tenant, deal)
    owner.put(path(owner), body(tenant, delegate, last=60), expect=201)
    tenant.clock(days=14, seconds=5)
    delegate.refused("POST", target, sign, "claim_window_closed")


def test_never_to_the_other_signer(tenant):
    """Refused kindly when a claim waits for both, and at signing whatever came later."""
    both = tenant.person("ae", "partner_manager")
    tenant.people["partner_manager"] = both
    owner = tenant.people["ae"] = tenant.person("ae")
    deal = tenant.deal()
    answer = owner.refused("PUT", path(owner), body(tenant, both), "same_signer", headers={"If-None-Match": "*"})
    assert deal["opportunity_id"] in answer["detail"]
    # and the other way: the manager's duty to the deal's owner, who has both roles
    owner_too = tenant.person("ae", "partner_manager")
    owner.patch(f"/v1/opportunities/{deal['opportunity_id']}", {"owner": owner_too.person_id}, etag="*", expect=200)
    both.refused("PUT", path(both), body(tenant, owner_too, "partner_manager"), "same_signer",
                 headers={"If-None-Match": "*"})
    # once the duty on that claim is done, nothing stands against it; the next claim is looked at when it is signed
    owner_too.post(*signing(tenant, deal), expect=201)
    owner_too.put(path(owner_too), body(tenant, both), expect=201)
    second = tenant.approve(tenant.register(), ae=owner_too, manager=both)
    target, sign = signing(tenant, second)
    assert both.post(target, sign, expect=201)["signoffs"][-1]["role"] == "partner_manager"
    both.refused("POST", target, sign, "already_signed")
    assert owner_too.post(target, sign, expect=201)["state"] == "signed"


def test_a_duty_is_delegated_to_one_at_a_time(tenant):
    owner, first, second = tenant.as_("ae"), tenant.person("ae"), tenant.person("ae")
    made = owner.put(path(owner), body(tenant, first, first=0, last=3), expect=201)
    for days in ((3, 5), (-2, 0), (1, 2)):
        owner.refused("PUT", path(owner), body(tenant, second, first=days[0], last=days[1]), "already_exists",
                      headers={"If-None-Match": "*"})
    owner.put(path(owner), body(tenant, second, first=4, last=5), expect=201)
    # what has ended stands in nobody's way
    target = path(owner, made["delegation_id"])
    owner.put(target, body(tenant, first, active=False), etag=made.etag, expect=200)
    owner.put(path(owner), body(tenant, second, first=0, last=3), expect=201)
    owner.refused("PUT", target, body(tenant, first), "already_exists", headers={"If-Match": '"2"'})
    answers = race(*[(owner, lambda caller: caller.put(path(owner), body(tenant, first, first=20, last=30)))] * 2)
    assert sorted(answer.status for answer in answers) == [201, 409]


def test_a_delegation_is_ended_early(tenant):
    owner, delegate, deal = tenant.as_("ae"), tenant.person("ae"), tenant.deal()
    tenant.clock(days=1)
    made = owner.put(path(owner), body(tenant, delegate, first=-1, last=9), expect=201)
    target = path(owner, made["delegation_id"])
    answer = owner.put(target, body(tenant, delegate, first=-1, last=-1), etag=made.etag, expect=422)
    assert answer.pointers == {"/to": "in_past"}
    ended = owner.put(target, body(tenant, delegate, first=-1, last=9, active=False), etag=made.etag, expect=200)
    assert (ended["active"], ended["version"]) == (False, 2)
    delegate.refused("POST", *signing(tenant, deal), code="not_deal_owner")
    owner.refused("PUT", target, body(tenant, delegate), "precondition_failed", headers={"If-Match": made.etag})


def test_who_may_delegate_and_to_whom(tenant, new_tenant):
    owner, manager, admin = tenant.as_("ae"), tenant.as_("partner_manager"), tenant.as_("admin")
    delegate, gone = tenant.person("ae"), tenant.person("ae", active=False)
    create = {"If-None-Match": "*"}
    delegate.refused("PUT", path(owner), body(tenant, delegate), "insufficient_scope", headers=create)
    tenant.as_("partnerships_leader").refused("PUT", path(owner), body(tenant, delegate), "insufficient_scope",
                                              headers=create)
    outside = new_tenant().as_("ae")
    for person, duty, pointer, code in ((manager, "ae", "/delegate", "missing_role"),
                                        (gone, "ae", "/delegate", "inactive_person"),
                                        (owner, "ae", "/delegate", "same_person"),
                                        (outside, "ae", "/delegate", "unknown_person"),
                                        (manager, "partner_manager", "/duty", "missing_role")):
        answer = admin.refused("PUT", path(owner), body(tenant, person, duty), "person_not_eligible", headers=create)
        assert answer.pointers == {pointer: code}
    answer = owner.refused("PUT", path(owner), {"duty": "cro", "from": "soon", "to": tenant.day(), "active": 1},
                           "invalid_fields", headers=create)
    assert answer.pointers == {"/delegate": "required", "/duty": "unknown_choice", "/from": "invalid_date",
                               "/active": "wrong_type"}
    answer = owner.refused("PUT", path(owner), body(tenant, delegate, first=3, last=2), "invalid_fields",
                           headers=create)
    assert answer.pointers == {"/to": "before_from"}
    owner.refused("PUT", f"/v1/people/{uuid7()}/delegations/{uuid7()}", body(tenant, delegate), "not_found",
                  headers=create)
    # one person's delegation is not another's, whatever the id
    made = owner.put(path(owner), body(tenant, delegate), expect=201)
    delegate.refused("PUT", path(delegate, made["delegation_id"]), body(tenant, owner), "precondition_failed",
                     headers=create)


def test_a_duty_that_was_lent_follows_the_deal_to_its_new_owner(tenant):
    """The owner lends its own duty: on a deal that is no longer the owner's there is nothing to sign for it."""
    owner, delegate, new, deal = tenant.as_("ae"), tenant.person("ae"), tenant.person("ae"), tenant.deal()
    owner.put(path(owner), body(tenant, delegate), expect=201)
    owner.patch(f"/v1/opportunities/{deal['opportunity_id']}", {"owner": new.person_id}, etag="*", expect=200)
    target, sign = signing(tenant, deal)
    delegate.refused("POST", target, sign, "not_deal_owner")
    new.post(target, sign, expect=201)
