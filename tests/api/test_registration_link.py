"""An approval that names a deal which stands already: nothing is made or protected, the partner's claim joins the deal."""
import datetime

import pytest

from support.barrier import meet
from support.rows import Rows
from support.tenant import uuid7

DEALS = "/v1/opportunities"
CUSTOMER = {"name": "Nordwind Logistik GmbH", "country": "DE"}


@pytest.fixture
def rows(database, tenant):
    return Rows(database, tenant)


def path(registration, verb="approve"):
    return f"/v1/registrations/{registration['registration_id']}/{verb}"


def body(tenant, deal, rep=None, **changes):
    rep = rep or tenant.as_("partner_rep")
    return {"ae": tenant.as_("ae").person_id, "partner_manager": tenant.as_("partner_manager").person_id,
            "partner_rep": {"person_id": rep.person_id},
            "opportunity_id": deal["opportunity_id"] if deal else uuid7(),
            "resolution": {"kind": "linked", "reason": "The customer speaks of this very project"}} | changes


def link(tenant, registration, deal, rep=None, **changes):
    return tenant.as_("partner_manager").post(path(registration), body(tenant, deal, rep, **changes), expect=200)


def refused(tenant, registration, deal, code, rep=None, **changes):
    return tenant.as_("partner_manager").refused("POST", path(registration), body(tenant, deal, rep, **changes), code)


def rep_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


def direct(tenant, **changes):
    return tenant.direct_deal(**({"account": CUSTOMER} | changes))


def test_a_deal_that_was_open_becomes_influenced_and_nothing_is_made(tenant, rows):
    deal = direct(tenant)
    registration = tenant.register(customer=CUSTOMER)
    before = rows.count("opportunity")
    approved = link(tenant, registration, deal)
    assert (approved["state"], approved["opportunity_id"], approved["protected_until"]) == (
        "approved", deal["opportunity_id"], None)
    assert (approved["conflict"]["verdict"], approved["resolution"]["kind"]) == ("existing_deal", "linked")
    assert rows.count("opportunity") == before
    now = tenant.read(deal["opportunity_id"])
    claim, = now["claims"]
    assert (claim["kind"], claim["value"], claim["state"]) == ("registration", "influenced", "pending")
    assert claim["sourced_rule"] == {"passed": False, "reason": "open_deal"}
    assert (now["attribution"], now["name"], now["amount"]) == ("influenced", deal["name"], deal["amount"])
    assert now["lead_partner"]["partner_id"] == tenant.partner_id
    assert now["owner"]["person_id"] == tenant.as_("ae").person_id
    assert now["partner_manager"]["person_id"] == tenant.as_("partner_manager").person_id
    # clean and owned on both sides: it enters where something is missing
    assert now["stage"]["number"] == 2
    assert rows.rebuild_differences() == []


def test_the_partner_reads_clear_and_its_deal(tenant):
    deal, rep = direct(tenant), tenant.as_("partner_rep")
    registration = tenant.register(customer=CUSTOMER)
    rep.refused("GET", f"{DEALS}/{deal['opportunity_id']}", None, "not_found")
    link(tenant, registration, deal)
    seen = rep.get(path(registration, "")[:-1], expect=200)
    assert (seen["verdict"], seen["public_rule"], seen["opportunity_id"], seen["protected_until"]) == (
        "clear", "linked", deal["opportunity_id"], None)
    assert "conflict" not in seen.json and "resolution" not in seen.json
    tenant.read(deal["opportunity_id"], rep)
    tenant.as_("ae").post(f"{DEALS}/{deal['opportunity_id']}/advance", {
        "stage": "qualified", "to_stage": "validating",
        "evidence": [{"criteria": ["need", "budget", "reason_to_act", "joint_value"]} | tenant.evidence("need")]}, expect=202)
    rep.post(f"{DEALS}/{deal['opportunity_id']}/advance", {"stage": "qualified", "to_stage": "validating"}, expect=200)


def test_a_deal_that_came_after_the_registration_is_sourced(tenant):
    registration = tenant.register(customer=CUSTOMER)
    tenant.clock(hours=1)
    deal = direct(tenant)
    link(tenant, registration, deal)
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    assert (claim["value"], claim["sourced_rule"]["passed"]) == ("sourced", True)
    assert tenant.sign(deal)["state"] == "signed"
    # put to the rule again it says the same: the deal is the partner's own by now, and was nobody's then
    again = tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}/claims/{claim['claim_id']}",
                                   {"kind": "registration"}, "*", expect=200)
    assert again["value"] == "sourced"


def test_a_deal_that_was_open_stays_said_at_a_new_version(tenant):
    deal = direct(tenant)
    link(tenant, tenant.register(customer=CUSTOMER), deal)
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    again = tenant.as_("ae").patch(f"{DEALS}/{deal['opportunity_id']}/claims/{claim['claim_id']}",
                                   {"kind": "registration"}, "*", expect=200)
    assert (again["value"], again["sourced_rule"]["reason"]) == ("influenced", "open_deal")


def test_the_window_is_the_deals_own(tenant, rows):
    """Inside the last instants of the deal's window, and after it."""
    in_time, late = direct(tenant), direct(tenant, product_family="dispatch")
    tenant.clock(days=13, hours=23)
    first = tenant.register(customer=CUSTOMER)
    link(tenant, first, in_time)
    claim, = tenant.read(in_time["opportunity_id"])["claims"]
    assert claim["state"] == "pending"
    begun, ends = (datetime.datetime.fromisoformat(text) for text in (in_time["created_at"], claim["deadline"]))
    assert ends - begun == datetime.timedelta(days=14)
    second = tenant.register(customer=CUSTOMER, product_family="dispatch")
    tenant.clock(hours=2)
    link(tenant, second, late)
    now = tenant.read(late["opportunity_id"])
    claim, = now["claims"]
    assert (claim["value"], now["report_class"]) == ("influenced", "unattributed")
    tenant.as_("ae").refused("POST", f"{DEALS}/{late['opportunity_id']}/claims/{claim['claim_id']}/signoffs",
                             {"decision": "sign", "claim_version": 1}, code="claim_window_closed")
    stored, = rows("select late from claim c join opportunity o using (tenant_id, opportunity_id) where c.tenant_id = "
                   f":tenant and o.id = '{late['opportunity_id']}'")
    assert stored["late"]


def test_what_passed_the_rule_is_never_sourced_after_the_window(tenant):
    registration = tenant.register(customer=CUSTOMER)
    tenant.clock(hours=1)
    deal = direct(tenant)
    tenant.clock(days=14, seconds=5)
    link(tenant, registration, deal)
    now = tenant.read(deal["opportunity_id"])
    claim, = now["claims"]
    assert (claim["sourced_rule"]["passed"], claim["value"], now["report_class"]) == (True, "influenced", "unattributed")


def test_which_deals_are_refused(tenant, new_tenant):
    registration = tenant.register(customer=CUSTOMER)
    elsewhere = tenant.direct_deal(product_family="dispatch")
    answer = refused(tenant, registration, elsewhere, "invalid_fields")
    assert set(answer.pointers) == {"/opportunity_id"}
    assert "another account" in answer.text and "another product family" in answer.text
    other_family = direct(tenant, product_family="dispatch")
    assert refused(tenant, registration, other_family, "invalid_fields").pointers == {"/opportunity_id": "other_family"}
    refused(tenant, registration, None, "not_found")
    other = new_tenant()
    refused(tenant, registration, direct(other), "not_found")
    lost = direct(tenant)
    tenant.as_("ae").post(f"{DEALS}/{lost['opportunity_id']}/close", {
        "outcome": "lost", "reason_code": "no_budget", "closed_on": tenant.day()}, expect=200)
    assert "lost" in refused(tenant, registration, lost, "deal_closed")["detail"]
    claimed = direct(tenant)
    tenant.as_("ae").post(f"{DEALS}/{claimed['opportunity_id']}/claims",
                          {"partner_id": tenant.partner_id, "kind": "introduction"}, expect=201)
    refused(tenant, registration, claimed, "claim_exists")
    assert tenant.as_("ae").get(path(registration, "")[:-1], expect=200)["state"] == "submitted"


def test_a_deal_and_its_resolution_stand_together(tenant):
    deal, registration = direct(tenant), tenant.register(customer=CUSTOMER)
    manager, whole = tenant.as_("partner_manager"), body(tenant, deal)
    for lacking, pointer in (("opportunity_id", "/opportunity_id"), ("resolution", "/resolution")):
        answer = manager.refused("POST", path(registration), {k: v for k, v in whole.items() if k != lacking}, "invalid_fields")
        assert answer.pointers == {pointer: "required"}
    answer = manager.refused("POST", path(registration), whole | {"resolution": {"kind": "not_same", "reason": "Two firms"}},
                             "invalid_fields")
    assert answer.pointers == {"/resolution": "required"}


def test_the_owner_stays_and_is_the_one_who_is_named(tenant):
    deal, registration = direct(tenant), tenant.register(customer=CUSTOMER)
    answer = refused(tenant, registration, deal, "person_not_eligible", ae=tenant.person("ae").person_id)
    assert answer.pointers == {"/ae": "not_owner"}


def test_a_deal_of_the_crm_is_linked_and_gets_an_owner_where_it_has_none(tenant, rows):
    synced = tenant.as_("crm_sync").post(DEALS, {
        "name": "Synced deal", "crm_source": "hubspot", "external_id": "D-1", "amount": tenant.money(700),
        "account": CUSTOMER, "close_date": tenant.day(20)}, expect=201)
    assert synced["owner"] is None
    rep = {"name": "Rita Neu", "email": "rita@partner.example"}
    link(tenant, tenant.register(customer=CUSTOMER), synced, partner_rep=rep)
    now = tenant.read(synced["opportunity_id"])
    assert (now["owner"]["person_id"], now["stage"]["number"]) == (tenant.as_("ae").person_id, 2)
    assert rows.rebuild_differences() == []
    found, = rows("select p.name from opportunity o join person p on p.tenant_id = o.tenant_id and "
                  f"p.person_id = o.partner_rep_id where o.tenant_id = :tenant and o.id = '{synced['opportunity_id']}'")
    assert found["name"] == "Rita Neu"


def test_another_partner_goes_on_leading_and_keeps_its_protection(tenant, rows):
    first = tenant.approve(tenant.register(customer=CUSTOMER))
    deal, rival = tenant.read(first["opportunity_id"]), rep_of(tenant)
    second = tenant.register(rival, customer=CUSTOMER)
    link(tenant, second, deal, rival)
    now = tenant.read(deal["opportunity_id"])
    assert now["lead_partner"]["partner_id"] == tenant.partner_id and now["stage"] == deal["stage"]
    assert now["attribution"] == "sourced", "the claim of the first one counts"
    assert sorted(claim["value"] for claim in now["claims"]) == ["influenced", "sourced"]
    assert tenant.as_("ae").get(path(first, "")[:-1], expect=200)["protected_until"] == first["protected_until"]
    seen = rival.get(path(second, "")[:-1], expect=200)
    assert (seen["verdict"], seen["opportunity_id"]) == ("clear", deal["opportunity_id"])
    theirs = tenant.read(deal["opportunity_id"], rival)
    assert tenant.partner_id not in theirs.text and len(theirs["claims"]) == 1
    assert rows.rebuild_differences() == []


def test_what_naming_a_deal_does_not_settle(tenant):
    """An earlier registration that nobody has decided, and a protection that rests on another deal."""
    first, rival = tenant.register(customer=CUSTOMER), rep_of(tenant)
    second = tenant.register(rival, customer=CUSTOMER)
    deal = direct(tenant)
    assert first["registration_id"] in refused(tenant, second, deal, "earlier_registration_pending", rival)["detail"]
    link(tenant, first, deal)
    third = direct(tenant, name="A second project")
    link(tenant, second, third, rival)  # a linked one protects nothing
    tenant.approve(tenant.register(customer=CUSTOMER, product_family="dispatch"))
    other = tenant.register(rival, customer=CUSTOMER, product_family="dispatch")
    answer = refused(tenant, other, direct(tenant, product_family="dispatch"), "conflict_unresolved", rival)
    assert "protected_registration" in answer["detail"]


def test_a_linked_registration_protects_nothing(tenant):
    deal = direct(tenant)
    linked = tenant.register(customer=CUSTOMER)
    link(tenant, linked, deal)
    tenant.as_("partner_manager").refused("POST", path(linked, "extend"), {
        "days": 10, "reason": "The board meets later"}, "invalid_state")
    tenant.as_("ae").post(f"{DEALS}/{deal['opportunity_id']}/close", {
        "outcome": "lost", "reason_code": "no_budget", "closed_on": tenant.day()}, expect=200)
    rival = rep_of(tenant)
    tenant.approve(tenant.register(rival, customer=CUSTOMER), rep=rival)


def test_a_deal_that_one_claims_is_ones_own_whoever_leads(tenant):
    """It counts neither as an existing deal nor against the rule, once the claim was there before the registration."""
    first = tenant.approve(tenant.register(customer=CUSTOMER))
    rival = rep_of(tenant)
    link(tenant, tenant.register(rival, customer=CUSTOMER), first, rival)
    tenant.clock(days=91)  # the protection of the first one is over
    again = tenant.register(rival, customer=CUSTOMER)
    assert tenant.as_("ae").get(path(again, "")[:-1], expect=200)["conflict"]["verdict"] == "clear"
    own = tenant.approve(again, rep=rival)
    claim, = tenant.read(own["opportunity_id"])["claims"]
    assert claim["value"] == "sourced"


def test_what_was_told_between_disputes_a_linked_claim_as_well(tenant):
    registration = tenant.register(customer=CUSTOMER)
    tenant.clock(hours=1)
    deal = direct(tenant)
    account = deal["account"]["account_id"]
    tenant.as_("ae").post(f"/v1/accounts/{account}/engagements", {
        "product_family": "default", "engaged_at": "2026-01-05T10:00:00Z", "activity_id": "crm-77"}, expect=201)
    link(tenant, registration, deal)
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    assert (claim["value"], claim["state"]) == ("sourced", "disputed")


# -- races

def held(*ids):
    return f"select from opportunity where id in ({', '.join(repr(one) for one in ids)}) for update"


def approving(tenant, registration, deal, rep=None):
    return (tenant.as_("partner_manager"), "post", path(registration), body(tenant, deal, rep))


def test_two_approvals_link_one_deal(tenant, facts, rows):
    """Each partner gets its claim, one leads; one registration is linked once."""
    for _ in range(5):
        number = next(tenant.numbers)
        customer = {"name": f"Wanted {number}", "country": "DE"}
        deal, reps = direct(tenant, account=customer), [tenant.as_("partner_rep"), rep_of(tenant)]
        registrations = [tenant.register(rep, customer=customer) for rep in reps]
        pairs = list(zip(registrations, reps))
        answers = meet(facts["superuser_url"], held(deal["opportunity_id"]),
                       *[approving(tenant, one, deal, rep) for one, rep in pairs + pairs[:1]])
        # the second came later: it is taken once the first is decided, in whatever order they stood
        assert sorted(answer.code or "200" for answer in answers)[0] == "200", answers
        done = [answer for answer in answers if answer.status == 200]
        assert {answer.code for answer in answers if answer.status != 200} <= {"invalid_state", "earlier_registration_pending"}
        assert answers[0].status == 200 or answers[2].status == 200
        now = tenant.read(deal["opportunity_id"])
        assert len(now["claims"]) == len(done) and sum(claim["counts"] for claim in now["claims"]) == 1
    assert rows.rebuild_differences() == []


def test_linking_while_the_deal_closes(tenant, facts):
    seen = set()
    for _ in range(6):
        customer = {"name": f"Closing {next(tenant.numbers)}", "country": "DE"}
        deal, registration = direct(tenant, account=customer), tenant.register(customer=customer)
        linked, closed = meet(facts["superuser_url"], held(deal["opportunity_id"]), approving(tenant, registration, deal),
                              (tenant.as_("ae"), "post", f"{DEALS}/{deal['opportunity_id']}/close",
                               {"outcome": "lost", "reason_code": "no_budget", "closed_on": tenant.day()}))
        assert closed.status == 200, closed
        assert linked.status == 200 or linked.code == "deal_closed", linked
        seen.add(linked.status)
        now = tenant.read(deal["opportunity_id"])
        assert (now["status"], len(now["claims"])) == ("lost", int(linked.status == 200))
    print("linked before the close, or too late:", sorted(seen))


def test_linking_while_the_partner_claims_by_hand(tenant, facts, rows):
    for _ in range(6):
        customer = {"name": f"Claimed {next(tenant.numbers)}", "country": "DE"}
        deal, registration = direct(tenant, account=customer), tenant.register(customer=customer)
        linked, made = meet(facts["superuser_url"], held(deal["opportunity_id"]), approving(tenant, registration, deal),
                            (tenant.as_("ae"), "post", f"{DEALS}/{deal['opportunity_id']}/claims",
                             {"partner_id": tenant.partner_id, "kind": "introduction"}))
        assert sorted((linked.code or "", made.code or "")) == ["", "claim_exists"], (linked, made)
        assert len(tenant.read(deal["opportunity_id"])["claims"]) == 1
    assert rows.rebuild_differences() == []
