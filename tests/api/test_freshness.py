"""Freshness: what makes a deal fresh and what does not, every push of a close date, and the same flags on direct deals."""


def changed(caller, deal, **members):
    return caller.patch(f"/v1/opportunities/{deal['opportunity_id']}", members, "*", expect=200)


def test_a_direct_deal_carries_the_same_flags(tenant):
    deal = tenant.direct_deal(close_date=tenant.day(5))
    assert deal["flags"] == []
    tenant.clock(days=6, hours=1)  # a day after the close date, not seven since it was touched
    assert tenant.read(deal["opportunity_id"])["flags"] == ["overdue"]
    tenant.clock(days=1)
    assert set(tenant.read(deal["opportunity_id"])["flags"]) == {"overdue", "stale"}
    tenant.clock(days=39)
    assert set(tenant.read(deal["opportunity_id"])["flags"]) == {"overdue", "stale", "stalled"}
    fresh = changed(tenant.as_("ae"), deal, close_date=tenant.day(9), next_step="Call the buyer on Monday")
    assert fresh["flags"] == ["stalled"], "a stage is not fresher for a call"


def test_every_push_is_counted_and_nothing_else(tenant):
    ae, deal = tenant.as_("ae"), tenant.direct_deal(close_date=tenant.day(30))
    for days, pushes in ((40, 1), (41, 2), (20, 2), (20, 2), (25, 3), (60, 4)):
        assert changed(ae, deal, close_date=tenant.day(days))["pushes"] == pushes, days
    assert changed(ae, deal, close_date=None)["pushes"] == 4
    assert changed(ae, deal, close_date=tenant.day(90))["pushes"] == 4, "without a date nothing was pushed"


def test_a_replay_makes_nothing_fresh(tenant):
    deal = tenant.deal()
    path, body, key = f"/v1/opportunities/{deal['opportunity_id']}/advance", {"stage": "registered", "to_stage": "qualified"}, "the-one-key"
    tenant.as_("ae").post(path, body, key=key, expect=202)
    proposed = tenant.read(deal["opportunity_id"])
    tenant.clock(days=3)
    again = tenant.as_("ae").post(path, body, key=key, expect=202)
    assert again.headers["Idempotent-Replayed"] == "true"
    changed(tenant.as_("ae"), deal, name=deal["name"], owner=deal["owner"]["person_id"])
    now = tenant.read(deal["opportunity_id"])
    assert now["refreshed_at"] == proposed["refreshed_at"]
    assert changed(tenant.as_("ae"), deal, next_step="Call the buyer")["refreshed_at"] > now["refreshed_at"]


def test_a_win_whose_claim_is_disputed_is_unresolved_and_owed_by_both_signers(tenant):
    crm, ae = tenant.as_("crm_sync"), tenant.as_("ae")
    deal = tenant.direct_deal(crm, crm_source="crm", external_id="D-1", owner=ae.person_id, close_date=tenant.day())
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    claim = ae.post(f"{path}/claims", {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    ae.post(f"{path}/claims/{claim['claim_id']}/signoffs", {
        "decision": "decline", "claim_version": 1, "reason": "The partner was not in the room"}, expect=201)
    won = changed(crm, deal, outcome={"outcome": "won", "closed_on": tenant.day()})
    assert (won["status"], won["report_class"], won["flags"]) == ("won", "influenced", ["closed_outside_gates"])
    period = f"{tenant.now():%Y-%m}"
    stands = tenant.as_("cro").get("/v1/forecast", {"period": period}, expect=200)["influenced"]
    assert stands["closed_won"]["count"] == 0
    assert stands["closed_unresolved"]["count"] == 1 and stands["closed_unresolved"]["amount"] == deal["amount"]
    line, = stands["closed_unresolved"]["owed"]
    assert line["owed_by"] == "ae_and_partner_manager"
