"""A partner submits so many registrations on one day of the tenant; what the customer is makes no difference."""
import datetime

import pytest

from support.race import race


def allow(tenant, number):
    tenant.policy(submissions_per_day=number)


def refused(tenant, caller=None, **changes):
    return (caller or tenant.as_("partner_rep")).refused("POST", "/v1/registrations",
                                                         tenant.registration_body(**changes), "too_many_requests")


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_the_day_is_the_tenants(new_tenant, zone):
    tenant = new_tenant(time_zone=zone)
    allow(tenant, 2)
    # a minute before midnight there, on a day whose clocks do not change
    midnight = {"Pacific/Auckland": "2027-01-11T11:00:00+00:00",
                "America/Los_Angeles": "2027-01-11T08:00:00+00:00"}[zone]
    midnight = datetime.datetime.fromisoformat(midnight)
    tenant.clock(seconds=(midnight - tenant.now()).total_seconds() - 60)
    tenant.register()
    tenant.register()
    wait = int(refused(tenant).headers["Retry-After"])
    assert 30 < wait <= 61
    tenant.clock(seconds=wait)
    tenant.register()
    tenant.register()
    assert 86000 < int(refused(tenant).headers["Retry-After"]) <= 86400


def test_the_refusal_is_the_same_for_every_customer(tenant):
    allow(tenant, 1)
    rival = tenant.person("partner_rep", partner=tenant.partner())
    taken = tenant.register(rival)
    mine = tenant.partner()
    rep = tenant.person("partner_rep", partner=mine)
    own = tenant.register(rep)
    answers = [refused(tenant, rep), refused(tenant, rep, customer=taken["customer"]),
               refused(tenant, rep, customer=own["customer"])]
    for answer in answers:
        assert set(answer.json) == set(answers[0].json)
        assert answer["detail"].split(";")[0] == "the partner has submitted 1 registrations today, which is the cap"
    # each partner has a day of its own, also through a portal
    portal = tenant.person("prm_portal", partners=[mine, tenant.partner()])
    refused(tenant, portal, partner_id=mine)
    portal.post("/v1/registrations", tenant.registration_body(partner_id=tenant.partners[-1]), expect=201)


def test_what_was_submitted_is_answered_again(tenant):
    allow(tenant, 1)
    rep, body = tenant.as_("partner_rep"), tenant.registration_body(external_id="PRM-1")
    made = rep.post("/v1/registrations", body, key="once", expect=201)
    assert rep.post("/v1/registrations", body, key="once", expect=201).json == made.json
    assert rep.post("/v1/registrations", body, key=None, expect=200).json == made.json
    # bad content is told as such, and does not count
    rep.refused("POST", "/v1/registrations", body | {"need": ""}, "invalid_fields")


def test_of_many_at_once_no_more_pass(tenant):
    allow(tenant, 3)
    rep = tenant.as_("partner_rep")
    bodies = [tenant.registration_body() for _ in range(6)]
    answers = race(*[(rep, lambda caller, body=body: caller.post("/v1/registrations", body)) for body in bodies])
    assert sorted(answer.status for answer in answers) == [201] * 3 + [429] * 3


def test_a_policy_without_a_cap_counts_nothing(tenant):
    allow(tenant, 1)
    tenant.register()
    refused(tenant)
    allow(tenant, 0)
    tenant.register()


def test_fifty_is_the_default(tenant):
    for _ in range(50):
        tenant.register()
    refused(tenant)
