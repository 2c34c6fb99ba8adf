"""Deals: made by hand or by a CRM, read by both sides, changed by whoever owns the field."""
import pytest

from support.tenant import uuid7

DEALS = "/v1/opportunities"


def path(deal):
    return f"{DEALS}/{deal['opportunity_id']}"


def crm_deal(tenant, **changes):
    number = next(tenant.numbers)
    body = {"name": f"CRM deal {number}", "crm_source": "hubspot", "external_id": f"D-{number}",
            "amount": tenant.money(7_000_000), "close_date": tenant.day(20),
            "owner": tenant.as_("ae").person_id} | changes
    return tenant.as_("crm_sync").post(DEALS, body, expect=201)


def claimed(tenant, deal, kind="introduction"):
    tenant.as_("ae").post(f"{path(deal)}/claims", {"partner_id": tenant.partner_id, "kind": kind}, expect=201)
    return tenant.read(deal["opportunity_id"])


# -- making ------------------------------------------------------------------------------------------------------------
def test_an_ae_makes_a_direct_deal_and_owns_it(tenant):
    ae = tenant.as_("ae")
    answer = ae.post(DEALS, {
        "name": "Nordwind dispatch", "account": {"name": "Nordwind GmbH", "domains": ["www.nordwind-dispatch.com"]},
        "amount": tenant.money(12_500_000), "close_date": tenant.day(30), "category_call": "commit",
        "crm_stage": "proposal", "next_step": "Offer on Monday"}, expect=201)
    deal = answer.json
    assert answer.headers["Location"] == path(deal)
    assert deal["owner"] == {"person_id": ae.person_id, "name": ae.name, "email": ae.email}
    assert (deal["attribution"], deal["report_class"], deal["claims"], deal["stage"]) == ("none", "direct", [], None)
    assert (deal["category_call"], deal["category"], deal["withheld_by"]) == ("commit", "commit", None)
    assert (deal["status"], deal["flags"], deal["pushes"], deal["version"]) == ("open", [], 0, 1)
    assert deal["account"]["name"] == "Nordwind GmbH" and deal["product_family"] == "default"
    assert tenant.read(deal["opportunity_id"]).json == deal


def test_the_same_customer_is_the_same_account(tenant):
    first = tenant.direct_deal(account={"name": "Acme", "domains": ["acme-anvils.com"]})
    second = tenant.direct_deal(account={"name": "ACME Inc.", "domains": ["shop.acme-anvils.com"]})
    third = tenant.as_("ae").post(DEALS, {"name": "By id", "account_id": first["account"]["account_id"]}, expect=201)
    other = tenant.direct_deal(account={"name": "Acme", "country": "FR"})
    assert first["account"] == second["account"] == third["account"]
    assert other["account"]["account_id"] != first["account"]["account_id"]


def test_an_ae_may_name_another_ae_and_nobody_else(tenant):
    ae, other, manager = tenant.as_("ae"), tenant.person("ae"), tenant.as_("partner_manager")
    gone = tenant.person("ae", active=False)
    assert tenant.direct_deal(ae, owner=other.person_id)["owner"]["person_id"] == other.person_id
    for owner, code in ((manager.person_id, "not_an_ae"), (uuid7(), "unknown_person"), (gone.person_id, "inactive")):
        answer = ae.refused("POST", DEALS, {"name": "Deal", "owner": owner}, code="person_not_eligible")
        assert answer.pointers == {"/owner": code}


def test_every_bad_field_is_told_at_once(tenant):
    answer = tenant.as_("ae").refused("POST", DEALS, {
        "amount": {"amount_minor": 1.5, "currency": "XXQ"}, "close_date": "2026-02-30", "category_call": "closed",
        "account": {"name": "TBD", "domains": ["gmail.com", "com"]}, "account_id": uuid7(), "colour": "red"},
        code="invalid_fields")
    assert answer.pointers.keys() >= {"/name", "/close_date", "/category_call", "/account/name", "/account_id",
                                      "/account/domains/0", "/account/domains/1", "/colour"}
    assert any(pointer.startswith("/amount") for pointer in answer.pointers)
    answer = tenant.as_("ae").refused("POST", DEALS, {"name": "Deal", "account": {"name": "Acme"}},
                                      code="invalid_fields")
    assert answer.pointers == {"/account/country": "required"}
    answer = tenant.as_("ae").refused("POST", DEALS, {"name": "Deal", "account_id": uuid7()}, code="invalid_fields")
    assert answer.pointers == {"/account_id": "unknown_account"}


def test_only_a_crm_links_a_deal_and_dates_it_back(tenant):
    answer = tenant.as_("ae").refused("POST", DEALS, {
        "name": "Deal", "crm_source": "hubspot", "external_id": "1", "created_at": "2026-01-01T00:00:00Z"},
        code="invalid_fields")
    assert answer.pointers == dict.fromkeys(("/crm_source", "/external_id", "/created_at"), "not_by_hand")
    answer = tenant.as_("crm_sync").refused("POST", DEALS, {"name": "Deal"}, code="invalid_fields")
    assert answer.pointers == dict.fromkeys(("/crm_source", "/external_id"), "required")
    future = (tenant.now().replace(microsecond=0).isoformat().replace("+00:00", "Z")).replace("2026", "2126")
    answer = tenant.as_("crm_sync").refused("POST", DEALS, {
        "name": "Deal", "crm_source": "hubspot", "external_id": "2", "created_at": future}, code="invalid_fields")
    assert answer.pointers == {"/created_at": "in_future"}

    deal = crm_deal(tenant, created_at="2026-06-01T12:00:00.250000+02:00", external_id="006-A")
    assert deal["external_ids"] == [{"source": "hubspot", "external_id": "006-A"}]
    assert deal["created_at"] == deal["refreshed_at"] == "2026-06-01T10:00:00.250000Z"
    assert "stale" in deal["flags"]
    ownerless = tenant.as_("crm_sync").post(DEALS, {"name": "No owner", "crm_source": "hubspot", "external_id": "3"},
                                            expect=201)
    assert ownerless["owner"] is None and ownerless["account"] is None
    assert ownerless["flags"] == ["undated"] and ownerless["withheld_by"] == {"rule": "no_amount", "owed_by": "ae"}


def test_an_external_id_is_taken_once_for_each_source(tenant):
    crm_deal(tenant, external_id="X-1")
    crm_deal(tenant, external_id="X-1", crm_source="salesforce")
    tenant.as_("crm_sync").refused("POST", DEALS, {"name": "Again", "crm_source": "hubspot", "external_id": "X-1"},
                                   code="external_id_exists")


def test_a_keyed_creation_happens_once(tenant):
    ae, body = tenant.as_("ae"), {"name": "Once"}
    first = ae.post(DEALS, body, key="once", expect=201)
    again = ae.post(DEALS, body, key="once", expect=201)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true" and again.etag == first.etag
    assert ae.refused("POST", DEALS, {"name": "Other"}, key="once", code="idempotency_key_reused").status == 422
    ae.refused("POST", DEALS, body, key=None, code="idempotency_key_required")
    assert len(ae.all(DEALS)) == 1


def test_another_currency_is_kept_and_withheld(tenant):
    deal = tenant.direct_deal(amount={"amount_minor": 500_000, "currency": "JPY"})
    assert deal["amount"] == {"amount_minor": 500_000, "currency": "JPY"}
    assert deal["withheld_by"] == {"rule": "no_rate", "owed_by": "admin"}


# -- reading -----------------------------------------------------------------------------------------------------------
def test_a_read_has_an_etag_and_304(tenant):
    deal, ae = tenant.direct_deal(), tenant.as_("ae")
    answer = ae.get(path(deal), expect=200)
    assert ae.get(path(deal), headers={"If-None-Match": answer.etag}).status == 304
    tenant.clock(days=8)
    stale = ae.get(path(deal), headers={"If-None-Match": answer.etag}, expect=200)
    assert stale["flags"] == ["stale"] and stale["version"] == 1 and stale.etag != answer.etag


def test_what_the_clock_decides(tenant):
    deal = tenant.direct_deal(close_date=tenant.day(3))
    tenant.clock(days=4)
    assert tenant.read(deal["opportunity_id"])["flags"] == ["overdue"]
    tenant.clock(days=3, seconds=-30)
    assert tenant.read(deal["opportunity_id"])["flags"] == ["overdue"], "just under seven days"
    tenant.clock(seconds=60)
    assert tenant.read(deal["opportunity_id"])["flags"] == ["stale", "overdue"]


def test_the_partner_reads_its_own_deal_reduced(tenant):
    rep = tenant.as_("partner_rep")
    deal, hidden = tenant.direct_deal(category_call="commit", next_step="Secret plan"), tenant.direct_deal()
    assert rep.refused("GET", path(deal), code="not_found").status == 404
    claimed(tenant, deal)
    answer = rep.get(path(deal), expect=200)
    vendor = tenant.as_("ae").get(path(deal), expect=200)
    assert answer.etag != vendor.etag
    for secret in ("category_call", "category", "withheld_by", "report_class", "next_step", "flags", "email",
                   "Secret plan", "sourced_rule", "signoffs"):
        assert secret not in answer.text, secret
    assert answer["owner"] == {n: vendor["owner"][n] for n in ("person_id", "name")}
    assert answer["claims"][0]["state"] == "pending" and answer["stage"]["key"] == "registered"
    assert [row["opportunity_id"] for row in rep.all(DEALS)] == [deal["opportunity_id"]]
    rep.refused("GET", path(hidden), code="not_found")
    other = tenant.person("partner_rep", partner=tenant.partner())
    other.refused("GET", path(deal), code="not_found")
    assert other.all(DEALS) == []


def test_another_tenant_finds_nothing(tenant, new_tenant):
    deal, other = tenant.direct_deal(), new_tenant()
    other.as_("ae").refused("GET", path(deal), code="not_found")
    other.as_("ae").refused("PATCH", path(deal), {"name": "Mine"}, headers={"If-Match": "*"}, code="not_found")
    assert other.as_("ae").all(DEALS) == []


def test_pages_are_newest_first_and_whole(tenant):
    ae = tenant.as_("ae")
    made = [tenant.direct_deal()["opportunity_id"] for _ in range(7)]
    first = ae.get(DEALS, {"limit": 3}, expect=200)
    assert [d["opportunity_id"] for d in first["data"]] == made[::-1][:3]
    assert 'rel="next"' in first.headers["Link"]
    tenant.direct_deal()  # a newer deal does not move the pages behind the first
    assert [d["opportunity_id"] for d in ae.all(DEALS, {"limit": 3})][1:] == made[::-1]
    rest = ae.get(DEALS, {"limit": 3, "cursor": first["next_cursor"]}, expect=200)
    assert [d["opportunity_id"] for d in rest["data"]] == made[::-1][3:6]
    bad = ae.refused("GET", DEALS, query={"status": "open", "cursor": first["next_cursor"]}, code="invalid_cursor")
    assert bad.status == 400


def test_the_list_is_filtered(tenant):
    ae, other = tenant.as_("ae"), tenant.person("ae")
    open_deal, lost, theirs = tenant.direct_deal(), crm_deal(tenant), tenant.direct_deal(other)
    tenant.as_("crm_sync").patch(path(lost), {"outcome": {"outcome": "lost", "closed_on": tenant.day()}},
                                 etag=lost.etag, expect=200)
    claimed(tenant, open_deal)

    def ids(**query):
        return [d["opportunity_id"] for d in ae.all(DEALS, query)]
    assert ids(status="lost") == [lost["opportunity_id"]]
    assert ids(owner=other.person_id) == [theirs["opportunity_id"]]
    assert ids(attribution="influenced") == ids(partner=tenant.partner_id) == [open_deal["opportunity_id"]]
    assert set(ids(attribution="none")) == {lost["opportunity_id"], theirs["opportunity_id"]}
    assert ids(partner=uuid7()) == ids(status="removed") == []
    tenant.clock(hours=1)
    since = tenant.now().isoformat().replace("+00:00", "Z")
    assert ids(updated_since=since) == []
    tenant.clock(hours=1)
    other.patch(path(theirs), {"next_step": "Call"}, etag=theirs.etag, expect=200)
    assert ids(updated_since=since) == [theirs["opportunity_id"]]
    for name, value in (("class", "direct"), ("status", "closed"), ("owner", "me"), ("limit", "201")):
        ae.refused("GET", DEALS, query={name: value}, code="invalid_parameter")


# -- changing ----------------------------------------------------------------------------------------------------------
def test_a_patch_changes_what_it_names_and_null_clears(tenant):
    ae = tenant.as_("ae")
    deal = tenant.direct_deal(category_call="commit", next_step="Offer")
    tenant.clock(days=1)
    changed = ae.patch(path(deal), {"amount": tenant.money(1), "name": "New name"}, etag=deal.etag, expect=200)
    assert (changed["amount"], changed["name"], changed["version"]) == (tenant.money(1), "New name", 2)
    assert changed["category_call"] == "commit" and changed["refreshed_at"] > deal["refreshed_at"]
    cleared = ae.patch(path(deal), dict.fromkeys(("amount", "close_date", "next_step", "category_call")),
                       etag=changed.etag, expect=200)
    assert [cleared[n] for n in ("amount", "close_date", "next_step", "category_call")] == [None] * 4
    assert cleared["category"] == "pipeline" and cleared["flags"] == ["undated"]
    answer = ae.refused("PATCH", path(deal), {"name": None, "owner": None, "stage": 2},
                        headers={"If-Match": cleared.etag}, code="invalid_fields")
    assert answer.pointers == {"/name": "not_nullable", "/owner": "not_nullable", "/stage": "unknown_member"}


def test_a_patch_needs_the_version_that_was_read(tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal()
    ae.refused("PATCH", path(deal), {"name": "A"}, code="precondition_required")
    ae.patch(path(deal), {"name": "A"}, etag=deal.etag, expect=200)
    assert ae.refused("PATCH", path(deal), {"name": "B"}, headers={"If-Match": deal.etag},
                      code="precondition_failed").status == 412
    ae.refused("PATCH", path(deal), {"name": "B"},
               headers={"If-Match": "*", "Content-Type": "application/json"}, code="unsupported_media_type")


def test_saying_what_is_so_already_changes_nothing(tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal()
    tenant.clock(days=1)
    for body in ({}, {"name": deal["name"], "amount": deal["amount"], "owner": ae.person_id}):
        same = ae.patch(path(deal), body, etag=deal.etag, expect=200)
        assert (same["version"], same["refreshed_at"]) == (1, deal["refreshed_at"])
    assert len(ae.all(f"{path(deal)}/history")) == 1


def test_only_some_changes_refresh(tenant):
    ae, other, deal = tenant.as_("ae"), tenant.person("ae"), tenant.direct_deal()
    tenant.clock(days=8)
    renamed = ae.patch(path(deal), {"name": "Renamed"}, etag="*", expect=200)
    assert renamed["refreshed_at"] == deal["refreshed_at"] and "stale" in renamed["flags"]
    moved = ae.patch(path(deal), {"next_step": "Call on Friday"}, etag="*", expect=200)
    assert moved["refreshed_at"] > deal["refreshed_at"] and moved["flags"] == []
    tenant.clock(days=8)
    passed_on = ae.patch(path(deal), {"owner": other.person_id}, etag="*", expect=200)
    assert passed_on["owner"]["person_id"] == other.person_id and "stale" in passed_on["flags"]


def test_a_later_close_date_is_a_push(tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal(close_date=tenant.day(10))
    pushes = [ae.patch(path(deal), {"close_date": date}, etag="*", expect=200)["pushes"]
              for date in (tenant.day(20), tenant.day(15), None, tenant.day(40), tenant.day(41))]
    assert pushes == [1, 1, 1, 1, 2]


def test_a_direct_deal_enters_its_stage_when_the_crm_stage_moves(tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal(crm_stage="discovery", category_call="commit")
    tenant.clock(days=200)
    ae.patch(path(deal), {"next_step": "Wake up"}, etag="*", expect=200)
    stalled = tenant.read(deal["opportunity_id"])
    assert "stalled" in stalled["flags"] and stalled["category"] == "pipeline"
    moved = ae.patch(path(deal), {"crm_stage": "proposal"}, etag="*", expect=200)
    assert "stalled" not in moved["flags"] and moved["category"] == "commit"


def test_who_may_change_a_deal(tenant):
    deal, manager, leader = tenant.direct_deal(), tenant.as_("partner_manager"), tenant.as_("partnerships_leader")
    other_ae, other_manager = tenant.person("ae"), tenant.person("partner_manager")

    def change(caller, code=None):
        body = {"next_step": f"Step {next(tenant.numbers)}"}
        if code:
            return caller.refused("PATCH", path(deal), body, headers={"If-Match": "*"}, code=code)
        return caller.patch(path(deal), body, etag="*", expect=200)
    change(other_ae, "not_deal_owner")
    change(manager, "not_partner_manager")
    change(leader)
    claimed(tenant, deal)
    change(manager)
    change(other_manager, "not_partner_manager")
    for role in ("cro", "cfo", "admin", "partner_rep"):
        change(tenant.as_(role), "insufficient_scope")


def test_somebody_stands_for_the_partner(tenant):
    ae, rep, deal = tenant.as_("ae"), tenant.as_("partner_rep"), tenant.direct_deal()
    body = {"partner_rep": rep.person_id}
    answer = ae.refused("PATCH", path(deal), body, headers={"If-Match": "*"}, code="invalid_fields")
    assert answer.pointers == {"/partner_rep": "no_partner"}
    claimed(tenant, deal)
    assert tenant.read(deal["opportunity_id"])["partner_rep"] is None
    stranger = tenant.person("partner_rep", partner=tenant.partner())
    gone = tenant.person("partner_rep", partner=tenant.partner_id, active=False)
    for person, code in ((stranger.person_id, "not_of_partner"), (ae.person_id, "not_of_partner"),
                         (gone.person_id, "inactive"), (uuid7(), "unknown_person")):
        answer = ae.refused("PATCH", path(deal), {"partner_rep": person}, headers={"If-Match": "*"},
                            code="person_not_eligible")
        assert answer.pointers == {"/partner_rep": code}
    tenant.clock(days=1)
    named = ae.patch(path(deal), body, etag="*", expect=200)
    assert named["partner_rep"] == {"person_id": rep.person_id, "name": rep.name}
    assert named["refreshed_at"] == deal["refreshed_at"], "who stands for the partner is no news of the deal"
    other = tenant.direct_deal()
    ae.refused("POST", f"{path(other)}/claims", {"partner_id": tenant.partner_id, "kind": "other",
                                                 "partner_rep": stranger.person_id}, code="person_not_eligible")
    ae.post(f"{path(other)}/claims", {"partner_id": tenant.partner_id, "kind": "other"} | body, expect=201)
    assert rep.get(path(other), expect=200)["partner_rep"] == named["partner_rep"]


def test_the_crm_owns_its_fields(tenant):
    ae, deal = tenant.as_("ae"), crm_deal(tenant)
    answer = ae.refused("PATCH", path(deal), {
        "name": "N", "amount": None, "close_date": None, "owner": ae.person_id, "category_call": "commit",
        "crm_stage": "proposal", "outcome": {"outcome": "won", "closed_on": tenant.day()}, "next_step": "Mine"},
        headers={"If-Match": deal.etag}, code="crm_owned_field")
    assert answer.pointers == dict.fromkeys(
        ("/name", "/amount", "/close_date", "/owner", "/category_call", "/crm_stage", "/outcome"), "crm_owned_field")
    ours = ae.patch(path(deal), {"next_step": "Ours"}, etag=deal.etag, expect=200)
    theirs = tenant.as_("crm_sync").patch(path(deal), {"amount": tenant.money(9), "category_call": "best_case"},
                                          etag=ours.etag, expect=200)
    assert (theirs["amount"], theirs["next_step"], theirs["category"]) == (tenant.money(9), "Ours", "best_case")


# -- outcomes of a CRM -------------------------------------------------------------------------------------------------
def report(tenant, deal, code=None, **outcome):
    body = {"outcome": {"outcome": "won", "closed_on": tenant.day()} | outcome}
    if code:
        return tenant.as_("crm_sync").refused("PATCH", path(deal), body, headers={"If-Match": "*"}, code=code)
    return tenant.as_("crm_sync").patch(path(deal), body, etag="*", expect=200)


def test_a_direct_deal_is_won_and_lost_by_its_crm(tenant):
    won = report(tenant, crm_deal(tenant), amount=tenant.money(123))
    assert (won["status"], won["closed_on"], won["amount"], won["category"]) == \
        ("won", tenant.day(), tenant.money(123), "closed")
    assert won["flags"] == [] and won["reason_code"] is None and won["withheld_by"] is None
    lost = report(tenant, crm_deal(tenant), outcome="lost")
    assert (lost["status"], lost["reason_code"]) == ("lost", "unspecified")
    priced = report(tenant, crm_deal(tenant), outcome="lost", reason_code="price", closed_on=tenant.day(-30))
    assert priced["reason_code"] == "price" and priced["flags"] == ["backdated"]


def test_an_outcome_is_told_once_and_turns_when_the_crm_says_so(tenant):
    deal = crm_deal(tenant)
    claimed(tenant, deal)
    tenant.sign(deal)
    won = report(tenant, deal)
    assert report(tenant, deal).json == won.json and won["shares"]
    lost = report(tenant, deal, outcome="lost", reason_code="price", closed_on=tenant.day(-1))
    assert (lost["status"], lost["reason_code"], lost["closed_on"]) == ("lost", "price", tenant.day(-1))
    assert (lost["shares"], lost["flags"]) == ([], [])
    again = report(tenant, deal)
    assert (again["status"], again["reason_code"], again["shares"]) == ("won", None, won["shares"])
    kinds = [e["kind"] for e in tenant.as_("ae").all(f"{path(deal)}/history")]
    assert kinds.count("opportunity.won") == kinds.count("claim.resolved") == 2
    assert kinds.count("opportunity.lost") == kinds.count("claim.unresolved") == 1
    tenant.as_("ae").refused("PATCH", path(deal), {"next_step": "Late"}, headers={"If-Match": "*"}, code="deal_closed")


def test_an_outcome_that_cannot_be(tenant):
    deal = crm_deal(tenant)
    answer = report(tenant, deal, closed_on=tenant.day(1), reason_code="price", code="invalid_fields")
    assert answer.pointers == {"/outcome/closed_on": "in_future", "/outcome/reason_code": "not_applicable"}
    ae, ours = tenant.as_("ae"), tenant.direct_deal()
    answer = ae.refused("PATCH", path(ours), {"outcome": {"outcome": "won", "closed_on": tenant.day()}},
                        headers={"If-Match": "*"}, code="invalid_fields")
    assert answer.pointers == {"/outcome": "not_patchable"}


def test_a_claimed_deal_won_in_the_crm_stands_outside_the_gates(tenant):
    deal = crm_deal(tenant)
    claimed(tenant, deal)
    tenant.sign(deal)
    won = report(tenant, deal, amount=tenant.money(4_000))
    assert (won["status"], won["report_class"], won["amount"]) == ("won", "influenced", tenant.money(4_000))
    assert won["flags"] == ["closed_outside_gates"]
    assert won["shares"] == [{"partner_id": tenant.partner_id, "basis_points": 10_000}], "it was signed"
    assert won["stage"]["key"] == "registered", "the outcome moves no stage"


def test_a_claimed_deal_won_in_the_crm_inside_the_gates_is_attributed(tenant):
    """Both sides confirmed everything: the CRM's word closes the deal as a person's would."""
    ae, rep, deal = tenant.as_("ae"), tenant.as_("partner_rep"), crm_deal(tenant)
    ae.post(f"{path(deal)}/claims", {"partner_id": tenant.partner_id, "kind": "introduction",
                                     "partner_rep": rep.person_id}, expect=201)
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 4)
    for criterion in ("open_approvals", "handoffs", "outcome"):
        evidence = f"{path(deal)}/evidence/{criterion}"
        ae.put(evidence, tenant.evidence(criterion), expect=201)
        for caller in (ae, rep):
            caller.post(f"{evidence}/confirmations", {"evidence_version": 1}, expect=(201, 409))
    won = report(tenant, deal)
    assert (won["status"], won["flags"], won["stage"]["key"]) == ("won", [], "closed")
    assert won["shares"] == [{"partner_id": tenant.partner_id, "basis_points": 10_000}]
    assert won["report_class"] == "influenced"


def test_a_claimed_deal_lost_in_the_crm_needs_no_gate(tenant):
    deal = crm_deal(tenant)
    claimed(tenant, deal)
    lost = report(tenant, deal, outcome="lost")
    assert (lost["status"], lost["flags"], lost["reason_code"]) == ("lost", [], "unspecified")


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_deal_whose_claim_lapsed_passes_no_gate(tenant, outcome):
    deal = crm_deal(tenant)
    claimed(tenant, deal)
    tenant.clock(days=15)
    closed = report(tenant, deal, outcome=outcome)
    assert (closed["report_class"], closed["status"]) == ("unattributed", outcome)
    assert "closed_outside_gates" not in closed["flags"]
