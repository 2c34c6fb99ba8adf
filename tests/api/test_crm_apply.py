"""What CRMs say becomes deals: by the rules of every other way in, and never more than a CRM may say."""
import datetime
import itertools

import pytest

from support.crm import CATEGORIES, STAGES, Crm, deal_event, deals, rows, settled, shared

messages = itertools.count(1)


@pytest.fixture
def crm(tenant):
    return Crm(tenant, "generic", stages=STAGES, categories=CATEGORIES)


@pytest.fixture
def say(crm, database):
    """say("D-1", name="x"): an event of now, or of `at`, applied when it returns."""
    def said(external_id, kind="changed", at=None, expect_state=2, **properties):
        at = at or crm.tenant.now()
        crm.send({"type": f"opportunity.{kind}", "timestamp": at.isoformat(),
                  "data": {"external_id": external_id, "properties": properties}}, message_id=f"m{next(messages)}")
        settled(database, crm)
        assert rows(database, crm)[-1][0] == expect_state, rows(database, crm)[-1]
    return said


def claimed(tenant, crm):
    """A deal of the CRM with a partner's claim on it: claimed by hand by its AE."""
    deal = deals(crm)["D-1"]
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    tenant.as_("partnerships_leader").post(f"{path}/claims", {
        "partner_id": tenant.partner_id, "kind": "introduction",
        "partner_rep": tenant.as_("partner_rep").person_id}, expect=201)
    return path


# -- a deal comes together --------------------------------------------------------------------------------------------------
def test_a_thin_event_builds_the_deal_up_piece_by_piece(tenant, crm, say):
    ae = tenant.person("ae", crm_owner_ids=["0051"])
    say("D-1", amount="1000.5")
    assert deals(crm) == {}
    words = tenant.as_("ae").all("/v1/crm/unmapped")
    assert [(w["field"], w["value"], w["external_ids"]) for w in words] == [("missing", "name", ["D-1"])]
    say("D-1", name="Furnaces")
    assert tenant.as_("ae").all("/v1/crm/unmapped") == []
    say("D-1", stage="proposal", owner="0051", category="COMMIT")
    say("D-1", close_date=tenant.day(20), account_name="Ostrel Glass", account_domain=f"ostrel-{tenant.key}.com")
    deal = deals(crm)["D-1"]
    assert (deal["name"], deal["amount"], deal["crm_stage"], deal["category_call"], deal["close_date"], deal["status"]) == \
        ("Furnaces", tenant.money(100050), "proposal", "commit", tenant.day(20), "open")
    assert deal["owner"]["person_id"] == ae.person_id and deal["account"]["name"] == "Ostrel Glass"
    assert (deal["report_class"], deal["attribution"]) == ("direct", "none")


def test_values_are_cleared_and_a_name_is_not(tenant, crm, say):
    say("D-1", name="Furnaces", amount="5", next_step="Call", close_date=tenant.day(9), category="COMMIT")
    say("D-1", name=None, amount=None, next_step="", close_date=None, category=None)
    deal = deals(crm)["D-1"]
    assert (deal["name"], deal["amount"], deal["next_step"], deal["close_date"], deal["category_call"]) == \
        ("Furnaces", None, None, None, None)


def test_decimals_are_exact_and_currencies_have_their_places(tenant, crm, say):
    say("D-1", name="Cents", amount="90071992547409.91")
    say("D-2", name="Yen", amount="123.000", currency="JPY")
    say("D-3", name="Fils", amount="1.234", currency="BHD")
    say("D-4", name="Too fine", amount="1.234")
    found = deals(crm)
    assert found["D-1"]["amount"] == tenant.money(9007199254740991)
    assert found["D-2"]["amount"] == {"amount_minor": 123, "currency": "JPY"}
    assert found["D-3"]["amount"] == {"amount_minor": 1234, "currency": "BHD"}
    assert found["D-4"]["amount"] is None


def test_the_created_deal_is_an_event_in_the_crm_s_name(tenant, crm, say):
    say("D-1", name="Furnaces", created_at="2026-01-22T16:14:25.000+0000")
    deal = deals(crm)["D-1"]
    assert deal["created_at"] == "2026-01-22T16:14:25Z"
    history = tenant.as_("cro").all(f"/v1/opportunities/{deal['opportunity_id']}/history")
    assert [(e["kind"], e["actor"]["person_id"]) for e in history][-1] == \
        ("opportunity.created", tenant.as_("crm_sync").person_id)


def test_an_imported_deal_goes_on_under_its_name(tenant, crm, say):
    machine = tenant.as_("crm_sync")
    made = machine.post("/v1/opportunities", {"name": "Imported", "crm_source": crm.answer["source"], "external_id": "D-1",
                                              "amount": tenant.money(700), "close_date": tenant.day(5)}, expect=201)
    say("D-1", close_date=tenant.day(8))
    deal = deals(crm)["D-1"]
    assert (deal["opportunity_id"], deal["name"], deal["amount"], deal["close_date"], deal["pushes"]) == \
        (made["opportunity_id"], "Imported", tenant.money(700), tenant.day(8), 1)


# -- what a CRM may not do ------------------------------------------------------------------------------------------------------
def test_a_stage_moves_no_claimed_deal_and_is_drift_with_both_values(tenant, crm, say):
    tenant.person("ae", crm_owner_ids=["0051"])
    say("D-1", name="Furnaces", owner="0051", stage="new")
    path = claimed(tenant, crm)
    assert tenant.as_("cro").all("/v1/crm/drift") == []
    before = tenant.as_("ae").get(path, expect=200)
    say("D-1", stage="contract", attribution="sourced", co_sell_stage="negotiating")
    after = tenant.as_("ae").get(path, expect=200)
    assert (after["stage"], after["attribution"], after["claims"]) == (before["stage"], before["attribution"], before["claims"])
    assert after["crm_stage"] == "negotiation"
    drift, = tenant.as_("cro").all("/v1/crm/drift")
    assert (drift["opportunity_id"], drift["crm_stage"], drift["vendor"], drift["partner"], drift["drift"]) == \
        (after["opportunity_id"], "negotiation", {"key": "registered", "rollup": "discovery"},
         {"key": "registered", "rollup": "discovery"}, "crm_ahead")


def test_an_outcome_of_a_claimed_deal_is_recorded_outside_the_gates(tenant, crm, say):
    tenant.person("ae", crm_owner_ids=["0051"])
    say("D-1", name="Furnaces", owner="0051", stage="new", amount="100", close_date=tenant.day(0))
    path = claimed(tenant, crm)
    say("D-1", stage="closedwon", amount="120")
    deal = tenant.as_("ae").get(path, expect=200)
    assert (deal["status"], deal["amount"], deal["closed_on"]) == ("won", tenant.money(12000), tenant.day(0))
    assert "closed_outside_gates" in deal["flags"]
    say("D-1", stage="proposal")
    deal = tenant.as_("ae").get(path, expect=200)
    assert (deal["status"], deal["stage"]["key"], deal["crm_stage"]) == ("open", "registered", "proposal")


def test_an_owner_of_a_claimed_deal_is_replaced_and_never_lost(tenant, crm, say):
    first = tenant.person("ae", crm_owner_ids=["1"])
    second = tenant.person("ae", crm_owner_ids=["2"])
    say("D-1", name="Furnaces", owner="1", stage="new")
    path = claimed(tenant, crm)
    say("D-1", owner=None)
    assert tenant.as_("cro").get(path, expect=200)["owner"]["person_id"] == first.person_id
    say("D-1", owner="2")
    assert tenant.as_("cro").get(path, expect=200)["owner"]["person_id"] == second.person_id


def test_what_people_have_done_since_stays(tenant, crm, say):
    ae = tenant.person("ae", crm_owner_ids=["1"])
    say("D-1", name="Furnaces", owner="1", next_step="Call")
    deal = deals(crm)["D-1"]
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    ae.patch(path, {"next_step": "Visit"}, ae.get(path).etag, expect=200)
    say("D-1", amount="5")
    assert ae.get(path)["next_step"] == "Visit"


# -- words without a meaning --------------------------------------------------------------------------------------------------------
def wait_for(condition):
    """Until what the service shows is so."""
    import time
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_unmapped_words_are_listed_never_guessed_and_applied_once_they_are_mapped(tenant, crm, say):
    say("D-1", name="Furnaces", stage="new")
    say("D-1", stage="Legal review", owner="99", category="Upside")
    say("D-2", name="Ovens", stage="Legal review")
    found = deals(crm)
    assert (found["D-1"]["crm_stage"], found["D-1"]["owner"], found["D-1"]["category_call"]) == ("discovery", None, None)
    assert found["D-2"]["crm_stage"] is None
    words = {(w["field"], w["value"]): (w["deals"], w["external_ids"]) for w in tenant.as_("cfo").all("/v1/crm/unmapped")}
    assert words == {("stage", "Legal review"): (2, ["D-1", "D-2"]), ("owner", "99"): (1, ["D-1"]),
                     ("category", "Upside"): (1, ["D-1"])}
    crm.put(stages=[*STAGES, {"value": "Legal review", "stage": "negotiation"}],
            categories=[*CATEGORIES, {"value": "Upside", "category": "best_case"}])
    ae = tenant.person("ae", crm_owner_ids=["99"])
    wait_for(lambda: tenant.as_("cfo").all("/v1/crm/unmapped") == [])
    found = deals(crm)
    assert (found["D-1"]["crm_stage"], found["D-1"]["category_call"], found["D-2"]["crm_stage"]) == \
        ("negotiation", "best_case", "negotiation")
    assert found["D-1"]["owner"]["person_id"] == ae.person_id


def test_a_partner_whom_the_crm_names_is_compared_and_attributes_nothing(tenant, crm, say):
    first, second = tenant.partner_id, tenant.partner()
    tenant.person("ae", crm_owner_ids=["0051"])
    cro = tenant.as_("cro")
    say("D-1", name="Furnaces", owner="0051", stage="new", partner="P-1")
    assert cro.all("/v1/crm/drift") == [] and [(w["field"], w["value"]) for w in cro.all("/v1/crm/unmapped")] == [("partner", "P-1")]
    crm.put(partners=[{"value": "P-1", "partner_id": first}, {"value": "P-2", "partner_id": second}])
    assert cro.all("/v1/crm/unmapped") == []
    drift, = cro.all("/v1/crm/drift")
    assert [drift[m] for m in ("crm_stage", "vendor", "partner", "drift", "claimed_by")] == ["discovery", None, None, None, []]
    assert drift["crm_partner"]["partner_id"] == first
    deal = deals(crm)["D-1"]
    assert (deal["report_class"], deal["claims"], deal["lead_partner"]) == ("direct", [], None)
    path = claimed(tenant, crm)
    assert cro.all("/v1/crm/drift") == [], "the partner has a claim now"
    before = cro.get(path, expect=200)["claims"]
    say("D-1", partner="P-2", stage="contract")
    drift, = cro.all("/v1/crm/drift")
    assert (drift["drift"], drift["crm_partner"]["partner_id"]) == ("crm_ahead", second)
    assert [p["partner_id"] for p in drift["claimed_by"]] == [first]
    assert cro.get(path, expect=200)["claims"] == before
    say("D-1", partner=None, stage="new")
    assert cro.all("/v1/crm/drift") == []


# -- set aside ------------------------------------------------------------------------------------------------------------------------
def test_what_we_changed_ourselves_is_ignored(tenant, database):
    crm = Crm(tenant, "hubspot", stages=STAGES, integration_user="4711")
    at_ms = int(tenant.now().timestamp() * 1000)
    crm.send([deal_event(1, "dealname", "Ours", at_ms, changeSource="INTEGRATION", sourceId="4711"),
              deal_event(1, "dealname", "Ours", at_ms, changeSource="CRM_UI", sourceId="userId:4711"),
              deal_event(1, "dealname", "Theirs", at_ms, changeSource="CRM_UI", sourceId="userId:12")])
    settled(database, crm)
    assert rows(database, crm) == [(4, "own_change"), (4, "own_change"), (2, None)]
    assert deals(crm)["1"]["name"] == "Theirs"


def test_what_is_no_deal_s_is_ignored_and_not_kept(tenant, database):
    crm = Crm(tenant, "hubspot")
    at_ms = int(tenant.now().timestamp() * 1000)
    crm.send([deal_event(1, "email", "jana@customer.example", at_ms, subscriptionType="contact.propertyChange"),
              deal_event(1, "email", "jana@customer.example", at_ms, subscriptionType="object.propertyChange",
                         objectTypeId="0-1"),
              deal_event(1, "hs_unheard_of", "x", at_ms)])
    settled(database, crm)
    assert rows(database, crm) == [(4, "not_a_deal"), (4, "not_a_deal"), (4, "nothing_of_interest")]
    assert "jana" not in tenant.as_("admin").get("/v1/crm/inbox", expect=200).text


def test_poison_is_parked_listed_and_tried_again(tenant, crm, say):
    admin = tenant.as_("admin")
    say("D-1", name="Free mail", account_domain="gmail.com", expect_state=5)
    say("D-2", name="No date", close_date="soon", expect_state=5)
    say("D-3", name="Well")
    assert set(deals(crm)) == {"D-3"}, "what is parked holds up nothing and leaves nothing behind"
    listed = admin.all("/v1/crm/inbox", {"state": "parked", "source_id": crm.source_id})
    assert [(e["reason_code"], e["problem"]) for e in listed] == [("unreadable_value", None), ("refused", "invalid_fields")]
    assert listed[0]["payload"]["data"]["external_id"] == "D-2"
    path = f"/v1/crm/inbox/{listed[0]['event_id']}/retry"
    assert admin.send("POST", path, expect=202)["state"] == "received"
    wait_for(lambda: len(admin.all("/v1/crm/inbox", {"state": "parked"})) == 2)
    well, = admin.all("/v1/crm/inbox", {"state": "applied"})
    admin.refused("POST", f"/v1/crm/inbox/{well['event_id']}/retry", code="invalid_state")
    tenant.as_("ae").send("POST", path, expect=403)


def test_another_tenant_s_event_is_not_there(tenant, new_tenant, crm, say):
    say("D-2", name="No date", close_date="soon", expect_state=5)
    event, = tenant.as_("admin").all("/v1/crm/inbox")
    other = new_tenant().as_("admin")
    assert other.send("POST", f"/v1/crm/inbox/{event['event_id']}/retry", expect=404).code == "not_found"
    assert other.all("/v1/crm/inbox") == []


# -- Salesforce ---------------------------------------------------------------------------------------------------------------------------
def capture(number, sequence, change_type="UPDATE", ids=("006A",), at_ms=1795253400000, header=None, **fields):
    return {"schema": "x", "payload": {"ChangeEventHeader": {
        "entityName": "Opportunity", "recordIds": list(ids), "changeType": change_type, "changedFields": sorted(fields),
        "transactionKey": f"t{number}", "sequenceNumber": sequence, "commitTimestamp": at_ms, "commitNumber": number}
        | (header or {})} | fields}


def test_changes_of_salesforce_follow_its_commits_not_its_clock(tenant, database):
    crm = Crm(tenant, "salesforce", stages=STAGES,
              categories=[{"value": "Forecast", "category": "commit"}])
    crm.send(capture(12, 2, Amount=300, at_ms=1795253400000))
    crm.send(capture(10, 1, "CREATE", ids=["006A", "006B"], Name="Furnaces", Amount=160000.5, StageName="proposal",
                     OwnerId=None, at_ms=1795253300000))
    crm.send(capture(12, 1, Amount=200, at_ms=1795253500000))
    crm.send({"data": capture(13, 1, ForecastCategoryName="Forecast", Amount=None, header={"changedFields": ["ForecastCategoryName"]})})
    crm.send(capture(14, 1, "GAP_UPDATE"))
    settled(database, crm)
    assert rows(database, crm) == [(2, None), (2, None), (3, "older"), (2, None), (5, "gap")]
    found = deals(crm)
    assert (found["006A"]["amount"], found["006A"]["category_call"]) == (tenant.money(30000), "commit")
    assert (found["006B"]["amount"], found["006B"]["crm_stage"]) == (tenant.money(16000050), "proposal")


def test_the_sample_message_is_acknowledged_and_applied(tenant, database):
    crm = Crm(tenant, "salesforce", object_types=["Lead1", "Lead2"], stages=STAGES,
              fields=[{"property": "Company", "field": "name"}, {"property": "Title", "field": "next_step"},
                      {"property": "LastName", "field": "account_name"}])
    answer = crm.send(shared("salesforce_outbound_message.xml"), content_type="text/xml")
    assert "<Ack>true</Ack>" in answer.text
    settled(database, crm)
    assert rows(database, crm) == [(2, None), (2, None), (4, "not_a_deal")]
    found = deals(crm)
    assert set(found) == {"0123456789ABCDEEAE", "1123456789ABCDEEAE"}
    deal = found["0123456789ABCDEEAE"]
    assert (deal["name"], deal["next_step"], deal["account"]["name"], deal["created_at"]) == \
        ("Microsoft", "Architect", "Nielsen", "2015-08-14T18:27:02Z")
    assert {w["value"] for w in tenant.as_("admin").all("/v1/crm/unmapped")} == {"1123456789ABCDEAAW"}


# -- the first engagement --------------------------------------------------------------------------------------------------------------------
def test_the_crm_s_first_engagement_has_its_own_time_and_activity(tenant, crm, say, database):
    earlier = (tenant.now() - datetime.timedelta(days=40)).replace(microsecond=0)
    domain = f"kestrel-{tenant.key}.com"
    deal = tenant.deal(customer={"name": "Kestrel", "domains": [domain], "country": "DE"})
    assert deal["claims"][0]["state"] == "pending" and deal["report_class"] == "sourced"
    say("D-9", name="Kestrel upsell", account_name="Kestrel", account_domain=domain, product_family="another")
    say("D-9", engaged_at=earlier.isoformat(), activity_id="00U-1", product_family="default")
    assert tenant.read(deal["opportunity_id"])["claims"][0]["state"] == "disputed"
    assert tenant.read(deal["opportunity_id"])["first_engaged_at"] == earlier.strftime("%Y-%m-%dT%H:%M:%SZ")
    say("D-9", next_step="Again")
    with database.cursor() as cursor:
        cursor.execute("select e.activity_id from engagement e join tenant t using (tenant_id) where t.key = %s", (tenant.key,))
        assert cursor.fetchall() == [("00U-1",)]
