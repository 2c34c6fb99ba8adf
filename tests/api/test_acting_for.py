"""A portal acts with one token for many people: the history names who it was, each time."""
import pytest

WHO = {"name": "Ines Portal", "email": "ines@partner.example"}


def history(tenant, deal, kind):
    events = tenant.as_("cro").get(f"/v1/opportunities/{deal['opportunity_id']}/history", expect=200)["data"]
    return [event["acting_for"] for event in events if event["kind"] == kind]


@pytest.fixture
def qualified(tenant):
    """A deal in stage 2: what both sides do from here on is theirs."""
    deal = tenant.deal()
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 2)
    return deal


def test_each_act_of_a_portal_names_who_is_behind_it(tenant, qualified):
    portal, path = tenant.as_("prm_portal"), f"/v1/opportunities/{qualified['opportunity_id']}"
    portal.put(f"{path}/evidence/need", tenant.evidence("need") | {"acting_for": WHO}, expect=201)
    portal.post(f"{path}/evidence/need/confirmations", {"evidence_version": 1, "acting_for": WHO}, expect=201)
    for criterion in ("budget", "reason_to_act", "joint_value"):
        tenant.as_("ae").put(f"{path}/evidence/{criterion}", tenant.evidence(criterion), expect=201)
    move = {"stage": "qualified", "to_stage": "validating"}
    tenant.as_("ae").post(f"{path}/advance", move, expect=202)
    portal.post(f"{path}/advance/decline", {"to_stage": "validating", "reason": "The budget is not the customer's",
                                            "acting_for": WHO}, expect=200)
    portal.post(f"{path}/advance", move | {"acting_for": WHO}, expect=202)
    tenant.as_("ae").post(f"{path}/advance", move, expect=200)
    portal.post(f"{path}/lower-stage", {"to_stage": "qualified", "reason": "The customer has doubts", "acting_for": WHO},
                expect=200)

    for kind in ("opportunity.proposal_declined", "opportunity.stage_lowered"):
        assert history(tenant, qualified, kind) == [WHO], kind
    # what the AE did in between, on connections that the portal's requests had used, names nobody
    assert history(tenant, qualified, "opportunity.stage_proposed")[:2] == [WHO, None]
    assert history(tenant, qualified, "opportunity.stage_advanced")[0] is None
    given = history(tenant, qualified, "evidence.given")
    assert WHO in given and None in given
    assert WHO in history(tenant, qualified, "evidence.confirmed")


def test_a_registration_is_sent_again_and_withdrawn_in_somebodys_name(tenant, database):
    portal = tenant.person("prm_portal", partners=[tenant.partner_id])
    registration = tenant.register(portal, partner_id=tenant.partner_id, acting_for=WHO)
    path = f"/v1/registrations/{registration['registration_id']}"
    tenant.as_("partner_manager").post(f"{path}/request-changes", {"fields": ["need"], "text": "Say which depots"}, expect=200)
    portal.post(f"{path}/resubmit", {"need": "Three depots in the north", "acting_for": WHO}, expect=200)
    portal.post(f"{path}/withdraw", {"acting_for": WHO}, expect=200)
    with database.cursor() as cursor:
        cursor.execute("select e.kind, e.acting_for from event e join registration r on r.tenant_id = e.tenant_id"
                       " and r.registration_id = e.aggregate_id where e.aggregate = 'registration' and r.id = %s"
                       " order by e.event_id", (registration["registration_id"],))
        assert cursor.fetchall() == [("registration.submitted", WHO), ("registration.changes_requested", None),
                                     ("registration.resubmitted", WHO), ("registration.withdrawn", WHO)]
    assert portal.get(path, expect=200)["acting_for"] == WHO


def test_nobody_else_acts_for_somebody(tenant, qualified):
    path = f"/v1/opportunities/{qualified['opportunity_id']}"
    for role in ("partner_rep", "ae"):
        refused = tenant.as_(role).refused("POST", f"{path}/lower-stage", {
            "to_stage": "registered", "reason": "The customer has doubts", "acting_for": WHO}, code="invalid_fields")
        assert refused.pointers == {"/acting_for": "not_allowed"}
