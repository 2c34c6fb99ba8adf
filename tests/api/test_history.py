"""The history of a deal: what changed, by whom, when it was true and when it was recorded."""
from support.stand import run_tandem
from support.tenant import uuid7

DEALS = "/v1/opportunities"


def path(deal):
    return f"{DEALS}/{deal['opportunity_id']}"


def history(tenant, deal, role="cfo"):
    return tenant.as_(role).all(f"{path(deal)}/history")


def changes(event):
    return {c["field"]: (c["from"], c["to"]) for c in event["changes"]}


def ref(caller):
    return {"person_id": caller.person_id, "name": caller.name}


def signed_deal(tenant, **more):
    """Direct, claimed by hand, signed by both."""
    deal = tenant.direct_deal(**more)
    claim = tenant.as_("ae").post(f"{path(deal)}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"},
                                  expect=201)
    tenant.sign(deal)
    return deal, claim


def test_the_first_event_is_the_whole_deal(tenant):
    deal = tenant.direct_deal(next_step="Offer", category_call="commit", crm_stage="proposal")
    event, = history(tenant, deal)
    assert (event["kind"], event["aggregate"], event["version"]) == ("opportunity.created", "opportunity", 1)
    assert (event["cause"], event["reason"], event["acting_for"]) == ("api", None, None)
    assert event["actor"] == ref(tenant.as_("ae"))
    assert event["effective_at"] == event["recorded_at"] == deal["created_at"]
    assert changes(event) == {
        "name": (None, deal["name"]), "product_family": (None, "default"), "amount": (None, deal["amount"]),
        "close_date": (None, deal["close_date"]), "owner": (None, ref(tenant.as_("ae"))),
        "stage_entered_at": (None, deal["created_at"]), "created_at": (None, deal["created_at"]),
        "status": (None, "open"), "attribution": (None, "none"), "crm_stage": (None, "proposal"),
        "category_call": (None, "commit"), "next_step": (None, "Offer"), "refreshed_at": (None, deal["created_at"]),
        "pushes": (None, 0), "closed_outside_gates": (None, False), "backdated": (None, False),
        "grandfathered": (None, False)}


def test_a_change_is_told_field_by_field(tenant):
    deal, other = tenant.direct_deal(close_date=tenant.day(10)), tenant.person("ae")
    tenant.clock(days=1)
    changed = tenant.as_("ae").patch(path(deal), {
        "amount": None, "close_date": tenant.day(20), "owner": other.person_id}, etag=deal.etag, expect=200)
    event = history(tenant, deal)[0]
    assert (event["kind"], event["version"]) == ("opportunity.updated", 2)
    assert changes(event) == {
        "amount": (deal["amount"], None), "close_date": (deal["close_date"], tenant.day(20)),
        "owner": (ref(tenant.as_("ae")), ref(other)), "refreshed_at": (deal["refreshed_at"], changed["refreshed_at"]),
        "pushes": (0, 1)}


def test_the_business_time_of_a_crm_s_deal_is_its_own(tenant):
    created = tenant.day(-100) + "T09:00:00Z"
    deal = tenant.as_("crm_sync").post(DEALS, {"name": "Old", "crm_source": "hubspot", "external_id": "1",
                                               "created_at": created}, expect=201)
    event, = history(tenant, deal)
    assert event["effective_at"] == created < event["recorded_at"]
    assert changes(event)["external_id"] == (None, "1")


def test_a_claim_and_its_signatures_are_told(tenant):
    deal, claim = signed_deal(tenant)
    tenant.as_("ae").patch(f"{path(deal)}/claims/{claim['claim_id']}", {"kind": "other"}, etag="*", expect=200)
    tenant.as_("partner_manager").post(
        f"{path(deal)}/claims/{claim['claim_id']}/signoffs",
        {"decision": "decline", "claim_version": 2, "reason": "Not what we agreed"}, expect=201)
    declined, renewed, both, second, first, *claimed, created = history(tenant, deal)
    assert [e["kind"] for e in (declined, renewed, both, second, first)] == \
        ["claim.declined", "claim.renewed", "claim.signed_by_both", "claim.signed", "claim.signed"]
    assert changes(both) == {"signed_at": (None, both["recorded_at"])}
    assert {e["kind"] for e in claimed} == {"opportunity.claimed", "claim.created"}
    assert created["kind"] == "opportunity.created"
    assert changes(renewed) == {"kind": ("introduction", "other"), "claim_version": (1, 2),
                                "signed_at": (both["recorded_at"], None)}
    assert declined["reason"] == "Not what we agreed"
    assert changes(declined) == {
        "role": (None, "partner_manager"), "decision": (None, "decline"), "claim_version": (None, 2),
        "person": (None, ref(tenant.as_("partner_manager"))), "reason": (None, "Not what we agreed")}
    assert changes(first)["person"] == (None, ref(tenant.as_("ae")))
    became, = (e for e in claimed if e["kind"] == "opportunity.claimed")
    assert changes(became)["vendor_stage"] == changes(became)["partner_stage"] == (None, "registered")
    assert changes(became)["attribution"] == ("none", "influenced")
    assert changes(became)["lead_partner"][1] == claim["partner"]


def test_the_partner_reads_its_own_events_without_the_vendor_s_plans(tenant):
    deal, _ = signed_deal(tenant, next_step="Secret plan", category_call="commit")
    tenant.as_("ae").patch(path(deal), {"next_step": "Another secret", "amount": tenant.money(3)}, etag="*",
                           expect=200)
    rep = tenant.as_("partner_rep")
    events = history(tenant, deal, "partner_rep")
    assert [e["kind"] for e in events][:3] == ["opportunity.updated", "claim.signed_by_both", "claim.signed"]
    assert "opportunity.created" not in [e["kind"] for e in events], "the deal was not the partner's then"
    assert changes(events[0]) == {"amount": (deal["amount"], tenant.money(3))}
    assert {e["side"] for e in events} == {"vendor"}
    assert changes(events[2]).keys() == {"role", "decision", "claim_version"}
    text = rep.get(f"{path(deal)}/history", expect=200).text
    for secret in ("secret", "Secret", "category_call", "next_step", "attribution", "@", "refreshed_at"):
        assert secret not in text, secret
    other = tenant.person("partner_rep", partner=tenant.partner())
    other.refused("GET", f"{path(deal)}/history", code="not_found")


def test_a_registration_s_deal_has_a_history_for_both_sides(tenant):
    deal = tenant.deal()
    tenant.sign(deal)
    kinds = [e["kind"] for e in history(tenant, deal)]
    assert {"opportunity.created", "claim.created", "claim.signed", "registration.approved"} <= set(kinds)
    assert set(kinds) == {e["kind"] for e in history(tenant, deal, "partner_rep")}


def test_the_second_page_follows_a_first_one_without_parameters(tenant):
    deal = tenant.direct_deal()
    for number in range(50):
        tenant.as_("ae").patch(path(deal), {"next_step": f"Step {number}"}, etag="*", expect=200)
    assert len(tenant.as_("ae").all(f"{path(deal)}/history")) == 51


def test_pages_and_refusals(tenant, new_tenant):
    deal = tenant.direct_deal()
    for number in range(6):
        tenant.as_("ae").patch(path(deal), {"next_step": f"Step {number}"}, etag="*", expect=200)
    whole = history(tenant, deal)
    assert [e["version"] for e in whole] == [7, 6, 5, 4, 3, 2, 1]
    assert tenant.as_("ae").all(f"{path(deal)}/history", {"limit": 2}) == whole
    first = tenant.as_("ae").get(f"{path(deal)}/history", {"limit": 2}, expect=200)
    other = tenant.direct_deal()
    for target in (f"{path(other)}/history", DEALS):
        tenant.as_("ae").refused("GET", target, query={"limit": 2, "cursor": first["next_cursor"]},
                                 code="invalid_cursor")
    tenant.as_("ae").refused("GET", f"{DEALS}/{uuid7()}/history", code="not_found")
    new_tenant().as_("ae").refused("GET", f"{path(deal)}/history", code="not_found")
    tenant.as_("crm_sync").refused("GET", f"{path(deal)}/history", code="insufficient_scope")
    tenant.as_("ae").refused("GET", f"{path(deal)}/history", query={"kind": "x"}, code="invalid_parameter")


def test_no_internal_id_is_told(tenant, database):
    """Whatever a row holds that only the database knows appears nowhere."""
    deal, _ = signed_deal(tenant)
    shown = {c["field"] for e in history(tenant, deal) for c in e["changes"]}
    with database.cursor() as cursor:
        cursor.execute("select distinct key from event, jsonb_object_keys(after) key "
                       "where opportunity_id = (select opportunity_id from opportunity where id = %s)",
                       (deal["opportunity_id"],))
        stored = {key for key, in cursor.fetchall()}
    assert not {name for name in shown if name.endswith("_id") and name != "external_id"}
    assert "opportunity_id" in stored and "content_hash" in stored and "content_hash" not in shown


def test_the_rows_can_be_rebuilt_from_the_events(tenant, facts):
    deal, claim = signed_deal(tenant)
    tenant.as_("ae").patch(f"{path(deal)}/claims/{claim['claim_id']}", {"kind": "other"}, etag="*", expect=200)
    tenant.as_("ae").patch(path(deal), {"amount": None}, etag="*", expect=200)
    lost = tenant.as_("crm_sync").post(DEALS, {"name": "Lost", "crm_source": "c", "external_id": "1"}, expect=201)
    tenant.as_("crm_sync").patch(path(lost), {"outcome": {"outcome": "lost", "closed_on": tenant.day()}}, etag="*",
                                 expect=200)
    run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")
