"""What a list of deals is narrowed by tells nobody more than the deals themselves do."""
import datetime

import pytest

from support.importing import row, run_import
from test_several_claims import Two

DEALS = "/v1/opportunities"
FLAGS = ("grandfathered", "backdated", "closed_outside_gates", "divergent", "undated")


def test_a_flag_finds_the_deals_that_show_it(new_tenant):
    probe = new_tenant()
    go_live = (probe.now() - datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    tenant = new_tenant(go_live_at=go_live)
    crm, cro = tenant.as_("crm_sync"), tenant.as_("cro")
    created = (probe.now() - datetime.timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    run_import(tenant, [row("a", created_at=created, attribution={"value": "sourced", "partner_id": tenant.partner_id})])
    outside = tenant.deal()["opportunity_id"]
    crm.post(f"{DEALS}/{outside}/external-ids", {"source": "crm", "external_id": "b"}, expect=200)
    crm.patch(f"{DEALS}/{outside}", {"outcome": {"outcome": "won", "closed_on": tenant.day()}}, "*", expect=200)
    crm.post(DEALS, {"name": "Long ago", "crm_source": "crm", "external_id": "c", "created_at": created}, expect=201)
    divergent = tenant.deal()["opportunity_id"]
    tenant.advance(divergent, 2)
    tenant.as_("ae").post(f"{DEALS}/{divergent}/lower-stage", {"to_stage": "registered", "reason": "They wait"}, expect=200)
    tenant.as_("ae").post(DEALS, {"name": "Some day"}, expect=201)
    over = crm.post(DEALS, {"name": "Over", "crm_source": "crm", "external_id": "d"}, expect=201)["opportunity_id"]
    tenant.clock(days=20)
    for name, day in (("c", -15), ("d", 0)):
        deal, = [d for d in cro.all(DEALS) if {"source": "crm", "external_id": name} in d["external_ids"]]
        crm.patch(f"{DEALS}/{deal['opportunity_id']}", {"outcome": {"outcome": "lost", "closed_on": tenant.day(day)}}, "*",
                  expect=200)

    shown = {deal["opportunity_id"]: deal["flags"] for deal in cro.all(DEALS)}
    assert set(FLAGS) <= {flag for flags in shown.values() for flag in flags}, "each is there to be found"
    for flag in FLAGS:
        found = [deal["opportunity_id"] for deal in cro.all(DEALS, {"flag": flag})]
        assert found == [deal for deal, flags in shown.items() if flag in flags], flag
    assert over not in [deal["opportunity_id"] for deal in cro.all(DEALS, {"flag": "undated"})], "it is over"
    assert cro.all(DEALS, {"flag": "undated", "status": "lost"}) == []
    for flag in ("stale", "other"):
        cro.refused("GET", DEALS, query={"flag": flag}, code="invalid_parameter")
    for flag in FLAGS:
        assert tenant.as_("partner_rep").all(DEALS, {"flag": flag}) == [], "a partner reads no flags"


@pytest.mark.parametrize("place, own, other", [(0, "sourced", "influenced"), (1, "influenced", "sourced")])
def test_a_partner_s_attribution_is_that_of_its_own_claim(tenant, place, own, other):
    """The deal counts as sourced, by the claim of the first; the second does not learn that there is another."""
    two = Two(tenant, tenant.deal())
    assert two.read()["attribution"] == "sourced"
    rep = two.reps[place]
    assert [deal["opportunity_id"] for deal in rep.all(DEALS, {"attribution": own})] == [two.id]
    assert rep.all(DEALS, {"attribution": other}) == rep.all(DEALS, {"attribution": "none"}) == []
    assert rep.all(DEALS, {"partner": two.partners[1 - place]}) == []
    assert [deal["opportunity_id"] for deal in tenant.as_("cro").all(DEALS, {"attribution": "sourced"})] == [two.id]
