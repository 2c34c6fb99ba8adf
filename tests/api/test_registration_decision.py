"""Approving and rejecting: the check runs again, one of two wins, and everything that follows is made at once."""
import datetime
import hashlib

import pytest

from support.race import race
from support.rows import Rows
from support.tenant import uuid7

DAY = datetime.timedelta(days=1)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def rep_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


def path(registration, verb):
    return f"/v1/registrations/{registration['registration_id']}/{verb}"


def names(tenant, rep=None):
    return {"ae": tenant.as_("ae").person_id, "partner_manager": tenant.as_("partner_manager").person_id,
            "partner_rep": {"person_id": (rep or tenant.as_("partner_rep")).person_id}}


def reject(tenant, registration, code="not_qualified"):
    return tenant.as_("partner_manager").post(path(registration, "reject"),
                                              {"reason_code": code, "reason": "There is no budget before 2028"},
                                              expect=200)


@pytest.fixture
def rows(database, tenant):
    return Rows(database, tenant)


# -- approve

def test_an_approval_makes_the_deal_the_claim_and_the_protection(tenant, rows):
    registration = tenant.register()
    approved = tenant.approve(registration)
    assert (approved["state"], approved["verdict"], approved["public_rule"]) == ("approved", "clear", "first_in_time")
    assert (approved["version"], approved["rejection"]) == (2, None)
    deal, = rows("select o.*, a.id as account from opportunity o join account a using (tenant_id, account_id) "
                 "where tenant_id = :tenant")
    claim, = rows("select * from claim where tenant_id = :tenant")
    assert (str(deal["id"]), str(deal["account"])) == (approved["opportunity_id"], approved["account_id"])
    assert instant(approved["protected_until"]) == deal["created_at"] + 90 * DAY
    assert (deal["amount_minor"], deal["currency"], str(deal["close_date"])) == (12_500_000, "USD", tenant.day(30))
    assert (deal["vendor_stage"], deal["partner_stage"], deal["model_version"]) == (1, 1, 1)
    assert deal["created_at"] == deal["refreshed_at"] == deal["stage_entered_at"] == claim["created_at"]
    assert deal["name"] == registration["customer"]["name"] + ": " + registration["need"]
    assert (deal["attribution"], claim["value"], claim["kind"], claim["late"]) == (1, 1, 1, False)
    assert (claim["sourced_passed"], claim["sourced_reason"]) == (True, "no_engagement_known")
    assert claim["deadline_at"] == deal["created_at"] + 14 * DAY
    content = (f"tandem_claim 1\nopportunity {approved['opportunity_id']}\npartner {approved['partner_id']}\n"
               f"registration {approved['registration_id']}\nvalue sourced\nkind registration\nrule_version 1\n")
    assert claim["content_hash"] == hashlib.sha256(content.encode()).hexdigest()
    made = {e["kind"]: e for e in rows("select * from event where tenant_id = :tenant")}
    for kind in ("opportunity.created", "claim.created", "registration.approved"):
        assert (made[kind]["opportunity_id"], made[kind]["partner_id"]) == (deal["opportunity_id"],
                                                                             deal["lead_partner_id"])
    assert made["registration.approved"]["aggregate_version"] == 2
    assert rows.rebuild_differences() == []


def test_the_partner_sees_that_it_is_clear_and_nothing_more(tenant):
    approved = tenant.approve(tenant.register())
    seen = tenant.as_("partner_rep").get(f"/v1/registrations/{approved['registration_id']}", expect=200)
    assert "conflict" not in seen.json and "account_id" not in seen.json and "rejection" not in seen.json
    assert (seen["state"], seen["verdict"], seen["opportunity_id"]) == ("approved", "clear",
                                                                        approved["opportunity_id"])


@pytest.mark.parametrize("need, short", [
    ("Replace the paper dispatch in three depots before the winter season comes",
     "Replace the paper dispatch in three depots before the winter..."),
    ("First line\nsecond line", "First line"),
    ("x" * 61, "x" * 60 + "..."),
    ("x" * 60, "x" * 60),
    ("ü" * 200, "ü" * 30 + "..."),
])
def test_a_deals_name_is_the_customer_and_the_need_in_short(tenant, rows, need, short):
    registration = tenant.register(need=need)
    tenant.approve(registration)
    deal, = rows("select name from opportunity where tenant_id = :tenant")
    assert deal["name"] == f"{registration['customer']['name']}: {short}"


def test_a_representative_by_name_and_email_becomes_a_person(tenant, rows):
    registration = tenant.register()
    rep = {"name": "Omar Reyes", "email": "omar.reyes@partner.example"}
    body = names(tenant) | {"partner_rep": rep}
    tenant.as_("partner_manager").post(path(registration, "approve"), body, expect=200)
    person, = rows("select p.*, p.partner_ids = array[o.lead_partner_id] as own from opportunity o join person p on "
                   "p.tenant_id = o.tenant_id and p.person_id = o.partner_rep_id where o.tenant_id = :tenant")
    assert (person["name"], person["email"], person["subject"], person["roles"], person["active"], person["own"]) == (
        rep["name"], rep["email"], None, 1, True, True)
    # named again he is the same person, and so is a representative who has a login
    for again in (rep | {"email": "Omar.Reyes@Partner.example"},
                  {"name": "Whoever", "email": tenant.as_("partner_rep").email}):
        tenant.as_("partner_manager").post(path(tenant.register(), "approve"), body | {"partner_rep": again},
                                           expect=200)
    assert len(rows("select from person where tenant_id = :tenant and roles = 1")) == 2
    assert rows.rebuild_differences() == []
    # bound to a login later
    person_id = str(person["id"])
    tenant.as_("admin").put(f"/v1/people/{person_id}", rep | {
        "subject": "omar", "roles": ["partner_rep"], "partner_id": tenant.partner_id}, etag='"1"', expect=200)
    tenant.caller("omar", ["partner_rep"]).get(f"/v1/registrations/{registration['registration_id']}", expect=200)


@pytest.mark.parametrize("change, pointer, code", [
    ({"ae": "other_manager"}, "/ae", "missing_role"),
    ({"ae": "nobody"}, "/ae", "unknown_person"),
    ({"ae": "gone"}, "/ae", "inactive_person"),
    ({"partner_manager": "cro"}, "/partner_manager", "missing_role"),
    ({"partner_manager": "other_manager"}, "/partner_manager", "not_partner_manager"),
    ({"ae": "both", "partner_manager": "both"}, "/partner_manager", "same_person"),
    ({"partner_rep": "ae"}, "/partner_rep", "not_of_partner"),
    ({"partner_rep": "rival"}, "/partner_rep", "not_of_partner"),
    ({"partner_rep": "nobody"}, "/partner_rep", "unknown_person"),
])
def test_who_cannot_take_the_part_is_refused(tenant, change, pointer, code):
    people = {
        "nobody": uuid7, "ae": lambda: tenant.as_("ae").person_id, "rival": lambda: rep_of(tenant).person_id,
        "cro": lambda: tenant.as_("cro").person_id,
        "other_manager": lambda: tenant.person("partner_manager").person_id,
        "gone": lambda: tenant.person("ae", active=False).person_id,
    }
    both = tenant.person("ae", "partnerships_leader") if "both" in change.values() else None
    people["both"] = lambda: both.person_id
    registration = tenant.register()
    change = {n: {"person_id": people[v]()} if n == "partner_rep" else people[v]() for n, v in change.items()}
    answer = tenant.as_("partner_manager").refused("POST", path(registration, "approve"), names(tenant) | change,
                                                   "person_not_eligible")
    assert answer.pointers == {pointer: code}


def test_every_bad_nominee_and_every_bad_field_is_told_at_once(tenant):
    registration, manager = tenant.register(), tenant.as_("partner_manager")
    answer = manager.refused("POST", path(registration, "approve"), {
        "ae": uuid7(), "partner_manager": tenant.as_("ae").person_id, "partner_rep": {"person_id": uuid7()}},
        "person_not_eligible")
    assert answer.pointers == {"/ae": "unknown_person", "/partner_manager": "missing_role",
                               "/partner_rep": "unknown_person"}
    answer = manager.refused("POST", path(registration, "approve"), {"ae": "7", "partner_rep": {"name": "Omar"}},
                             "invalid_fields")
    assert answer.pointers == {"/ae": "invalid_uuid", "/partner_manager": "required",
                               "/partner_rep/email": "required"}
    both = names(tenant)
    both["partner_rep"] |= {"name": "Omar", "email": "omar@partner.example"}
    answer = manager.refused("POST", path(registration, "approve"), both, "invalid_fields")
    assert answer.pointers == {"/partner_rep": "either_or"}


def test_who_may_decide(tenant, new_tenant):
    registration, body = tenant.register(), names(tenant)
    rejection = {"reason_code": "other", "reason": "The customer asked us not to"}
    for role in ("ae", "cro", "admin", "partner_rep"):
        tenant.as_(role).refused("POST", path(registration, "approve"), body, "insufficient_scope")
        tenant.as_(role).refused("POST", path(registration, "reject"), rejection, "insufficient_scope")
    # a manager decides for the partners that name it, a leader for all
    other = tenant.person("partner_manager")
    other.refused("POST", path(registration, "approve"), body, "not_partner_manager")
    other.refused("POST", path(registration, "reject"), rejection, "not_partner_manager")
    stranger = new_tenant()
    stranger.as_("partner_manager").refused("POST", path(registration, "approve"), body, "not_found")
    stranger.as_("partner_manager").refused("POST", path(registration, "reject"), rejection, "not_found")
    tenant.as_("partnerships_leader").post(path(registration, "approve"), body, expect=200)


def test_what_is_decided_is_decided(tenant, rows):
    registration, manager = tenant.register(), tenant.as_("partner_manager")
    first = manager.post(path(registration, "approve"), names(tenant), key="k", expect=200)
    again = manager.post(path(registration, "approve"), names(tenant), key="k", expect=200)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"
    manager.refused("POST", path(registration, "approve"), names(tenant), "invalid_state")
    manager.refused("POST", path(registration, "reject"), {"reason_code": "other", "reason": "Too late"},
                    "invalid_state")
    assert rows.count("opportunity") == 1


def test_a_decision_builds_on_what_was_read_when_it_says_so(tenant):
    registration, manager = tenant.register(), tenant.as_("partner_manager")
    read = manager.get(f"/v1/registrations/{registration['registration_id']}", expect=200)
    manager.refused("POST", path(registration, "approve"), names(tenant), "precondition_failed",
                    headers={"If-Match": '"7"'})
    manager.post(path(registration, "approve"), names(tenant), headers={"If-Match": read.etag}, expect=200)


# -- conflict

def test_an_earlier_registration_is_decided_first(tenant):
    first = tenant.register()
    rival = rep_of(tenant)
    second = tenant.register(rival, customer=first["customer"])
    manager = tenant.as_("partner_manager")
    manager.refused("POST", path(second, "approve"), names(tenant, rival), "earlier_registration_pending")
    reject(tenant, first)
    tenant.approve(second, rep=rival)


def test_what_is_not_clear_is_refused(tenant):
    first = tenant.register()
    rival = rep_of(tenant)
    second = tenant.register(rival, customer=first["customer"])
    mine = tenant.register(customer=first["customer"])
    approved = tenant.approve(first)
    manager = tenant.as_("partner_manager")
    answer = manager.refused("POST", path(second, "approve"), names(tenant, rival), "conflict_unresolved")
    assert "existing_deal" in answer["detail"]
    # the own registration is no rival's: a duplicate while the first protects
    reject(tenant, second)
    answer = manager.refused("POST", path(mine, "approve"), names(tenant), "conflict_unresolved")
    assert "duplicate_of_own" in answer["detail"]
    # after the protection the own deal does not count against it
    tenant.clock(seconds=(instant(approved["protected_until"]) - tenant.now()).total_seconds() + 60)
    tenant.approve(mine)


def test_the_partners_own_open_deal_does_not_make_its_next_one_influence(tenant):
    first = tenant.register()
    approved = tenant.approve(first)
    tenant.clock(seconds=(instant(approved["protected_until"]) - tenant.now()).total_seconds() + 60)
    again = tenant.approve(tenant.register(customer=first["customer"]))
    claim, = tenant.as_("cro").get(f"/v1/opportunities/{again['opportunity_id']}", expect=200)["claims"]
    assert (claim["value"], claim["sourced_rule"]) == ("sourced", {"passed": True, "reason": "no_engagement_known"})


def test_protection_lasts_to_its_last_second(tenant, rows):
    first = tenant.register()
    approved = tenant.approve(first)
    tenant.sign(approved)
    before = tenant.read(approved["opportunity_id"])
    mine = tenant.register(customer=first["customer"])
    tenant.clock(seconds=int((instant(approved["protected_until"]) - tenant.now()).total_seconds()) - 30)
    tenant.as_("partner_manager").refused("POST", path(mine, "approve"), names(tenant), "conflict_unresolved")
    tenant.clock(seconds=60)
    tenant.approve(mine)
    assert rows.count("opportunity") == 2
    # the end ends exclusivity only: the deal and its signed claim stay
    after = tenant.read(approved["opportunity_id"])
    assert after["claims"] == before["claims"] and after["claims"][0]["state"] == "signed"
    assert (after["status"], after["report_class"], after["version"]) == ("open", "sourced", before["version"])


def test_of_two_approvals_of_one_customer_one_wins(tenant, rows):
    for round_number in range(4):
        customer = tenant.registration_body()["customer"]
        reps = [tenant.as_("partner_rep"), rep_of(tenant)]
        registrations = [tenant.register(rep, customer=customer) for rep in reps]
        answers = race(*[(tenant.as_("partner_manager"),
                          lambda caller, r=registration, body=names(tenant, rep): caller.post(path(r, "approve"), body))
                         for registration, rep in zip(registrations, reps)])
        assert answers[0].status == 200, answers[0]
        assert answers[1].code in ("conflict_unresolved", "earlier_registration_pending"), answers[1]
        assert rows.count("opportunity") == round_number + 1


def test_of_two_approvals_of_one_registration_one_wins(tenant, rows):
    registration, body = tenant.register(), names(tenant)
    answers = race(*[(tenant.as_("partner_manager"), lambda caller: caller.post(path(registration, "approve"), body))
                     ] * 4)
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert {answer.code for answer in answers} == {None, "invalid_state"}
    assert rows.count("claim") == 1


def test_approve_and_reject_at_once(tenant, rows):
    registration, body = tenant.register(), names(tenant)
    answers = race((tenant.as_("partner_manager"), lambda caller: caller.post(path(registration, "approve"), body)),
                   (tenant.as_("partner_manager"), lambda caller: caller.post(
                       path(registration, "reject"), {"reason_code": "other", "reason": "No need any more"})))
    assert sorted(answer.status for answer in answers) == [200, 409]
    approved = answers[0].status == 200
    assert rows.count("opportunity") == (1 if approved else 0)


# -- reject

@pytest.mark.parametrize("code, verdict, rule", [
    ("not_qualified", "clear", "not_qualified"), ("insufficient_information", "clear", "insufficient_information"),
    ("out_of_territory", "clear", "out_of_territory"), ("other", "clear", "other"),
    ("existing_deal", "not_clear", "not_first"), ("other_partner_first", "not_clear", "not_first"),
])
def test_a_rejection_tells_the_public_rule_and_never_who_or_what(tenant, code, verdict, rule):
    registration = tenant.register()
    vendor = reject(tenant, registration, code)
    assert vendor["rejection"] == {"reason_code": code, "reason": "There is no budget before 2028"}
    assert (vendor["state"], vendor["version"]) == ("rejected", 2)
    seen = tenant.as_("partner_rep").get(f"/v1/registrations/{registration['registration_id']}", expect=200)
    assert (seen["state"], seen["verdict"], seen["public_rule"]) == ("rejected", verdict, rule)
    assert "budget" not in seen.text and "conflict" not in seen.json


def test_a_contested_one_that_is_rejected_is_not_clear(tenant):
    first = tenant.register()
    rival = rep_of(tenant)
    second = tenant.register(rival, customer=first["customer"])
    reject(tenant, second)
    seen = rival.get(f"/v1/registrations/{second['registration_id']}", expect=200)
    assert (seen["verdict"], seen["public_rule"]) == ("not_clear", "not_qualified")
    assert first["registration_id"] not in seen.text


def test_a_rejection_says_why(tenant, rows):
    registration, manager = tenant.register(), tenant.as_("partner_manager")
    answer = manager.refused("POST", path(registration, "reject"), {"reason_code": "bad"}, "invalid_fields")
    assert answer.pointers == {"/reason_code": "unknown_choice", "/reason": "required"}
    answer = manager.refused("POST", path(registration, "reject"), {"reason_code": "other", "reason": "n/a"},
                             "invalid_fields")
    assert answer.pointers == {"/reason": "placeholder"}
    reject(tenant, registration)
    manager.refused("POST", path(registration, "reject"), {"reason_code": "other", "reason": "Again, no"},
                    "invalid_state")
    manager.refused("POST", path(registration, "approve"), names(tenant), "invalid_state")
    events = [e["kind"] for e in rows("select kind from event where tenant_id = :tenant and aggregate = "
                                      "'registration' order by event_id")]
    assert events == ["registration.submitted", "registration.rejected"]
    assert rows.rebuild_differences() == []
