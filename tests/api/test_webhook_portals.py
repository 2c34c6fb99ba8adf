"""A portal's own endpoint: its partner's events, reduced; nobody else's endpoint, nobody else's events."""
import json

import pytest

from support.feed import feed, until
from support.sink import Sink

ENDPOINTS = "/v1/webhook-endpoints"


@pytest.fixture
def sinks():
    made = [Sink(), Sink(), Sink()]
    yield made
    for sink in made:
        sink.close()


def test_a_portal_gets_its_partner_s_events_reduced(tenant, sinks, contract):
    own, others, all_of_it = sinks
    portal = tenant.as_("prm_portal")
    other = tenant.partner()
    other_portal = tenant.person("prm_portal", partners=[other])
    made = portal.post(ENDPOINTS, {"url": own.url}, expect=201)
    assert made["partner_ids"] == [tenant.partner_id]
    other_portal.post(ENDPOINTS, {"url": others.url}, expect=201)
    tenant.as_("admin").post(ENDPOINTS, {"url": all_of_it.url}, expect=201)
    direct = tenant.direct_deal()
    deal = tenant.deal(external_id="R-9")
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 2)
    told = until(lambda: feed(tenant), lambda e: any(x["type"] == "opportunity.stage_advanced" for x in e))
    until(lambda: all_of_it.taken, lambda t: len(t) == len(told))
    until(lambda: own.taken, lambda t: any(d.json["type"] == "opportunity.stage_advanced" for d in t))
    assert not others.received
    text = json.dumps([d.json for d in own.taken])
    assert direct["opportunity_id"] not in text
    for word in ('"attribution"', '"number"', '"sequence"', '"external_ids"', '"verdict"', '"crm_stage"', "@"):
        assert word not in text, word
    for delivered in own.taken:
        errors = contract.schema_errors({"$ref": "#/components/schemas/FeedEventForPartner"}, delivered.json)
        assert not errors, errors
        assert delivered.is_signed_by(made["secret"])
    for delivered in all_of_it.taken:
        assert not contract.schema_errors({"$ref": "#/components/schemas/FeedEvent"}, delivered.json)
    approved = next(d.json for d in own.taken if d.json["type"] == "registration.approved")
    assert approved["data"]["registration"] == {
        "registration_id": approved["data"]["subject_id"], "external_id": "R-9", "state": "approved"}


def test_a_portal_sees_its_own_endpoints_only(tenant):
    portal = tenant.as_("prm_portal")
    twin = tenant.person("prm_portal", partners=[tenant.partner_id])
    mine = portal.post(ENDPOINTS, {"url": "https://one.example/"}, expect=201)
    vendor = tenant.as_("admin").post(ENDPOINTS, {"url": "https://two.example/"}, expect=201)
    assert [e["endpoint_id"] for e in portal.all(ENDPOINTS)] == [mine["endpoint_id"]]
    assert twin.all(ENDPOINTS) == []
    assert len(tenant.as_("admin").all(ENDPOINTS)) == 2
    for stranger, made in ((twin, mine), (portal, vendor)):
        path = f"{ENDPOINTS}/{made['endpoint_id']}"
        stranger.get(f"{path}/deliveries", expect=404)
        stranger.post(f"{path}/test", {"note": "x"}, expect=404)
        stranger.post(f"{path}/rotate-secret", {"keep_previous_hours": 0}, expect=404)
        stranger.send("DELETE", path, expect=404)


@pytest.fixture
def two_partners(tenant, sinks):
    """A portal of two partners with an endpoint, a person of the first one, and a way to take that one from the portal."""
    partner, other = tenant.partner(), tenant.partner()
    portal = tenant.person("prm_portal", partners=[partner, other])
    made = portal.post(ENDPOINTS, {"url": sinks[0].url}, expect=201)

    def lose():
        shown = next(p for p in tenant.as_("admin").all("/v1/people") if p["person_id"] == portal.person_id)
        tenant.as_("admin").put(f"/v1/people/{portal.person_id}", {
            "subject": shown["subject"], "name": shown["name"], "email": shown["email"], "roles": ["prm_portal"],
            "partner_ids": [other]}, etag="*", expect=200)
    return portal, made, tenant.person("partner_rep", partner=partner), lose


def test_a_portal_that_lost_its_partner_gets_nothing_more(tenant, sinks, two_partners):
    sink, witness, _ = sinks
    _, _, rep, lose = two_partners
    tenant.as_("admin").post(ENDPOINTS, {"url": witness.url}, expect=201)
    tenant.register(rep)
    until(lambda: sink.taken, lambda t: len(t) == 1)
    lose()
    tenant.register(rep)
    until(lambda: witness.taken, lambda t: len(t) == 2)
    assert len(sink.received) == 1


def test_what_waits_to_be_sent_again_is_withheld_from_a_portal_that_lost_its_partner(tenant, sinks, two_partners):
    portal, made, rep, lose = two_partners
    path = f"{ENDPOINTS}/{made['endpoint_id']}"

    def delivery():
        return next(iter(portal.all(f"{path}/deliveries")), {"attempts": [], "state": None})
    sinks[0].answer = lambda delivered: 503
    tenant.register(rep)
    waiting = until(delivery, lambda d: d["attempts"])
    lose()
    sinks[0].answer = lambda delivered: 200
    portal.post(f"{path}/redeliver", {"delivery_ids": [waiting["delivery_id"]]}, expect=202)
    ended = until(delivery, lambda d: d["state"] != "pending")
    assert ended["state"] == "failed" and [a["error"] for a in ended["attempts"]] == ["status", "no_access"]
    assert len(sinks[0].received) == 1 and portal.all(ENDPOINTS)[0]["state"] == "active"
