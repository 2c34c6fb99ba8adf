"""A reviewer settles what the check found; the check of the approval must agree, and the deal's gate believes it."""
import pytest

from support.rows import Rows


@pytest.fixture
def rows(database, tenant):
    return Rows(database, tenant)


def rep_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


def path(registration, verb):
    return f"/v1/registrations/{registration['registration_id']}/{verb}"


def names(tenant, rep=None):
    return {"ae": tenant.as_("ae").person_id, "partner_manager": tenant.as_("partner_manager").person_id,
            "partner_rep": {"person_id": (rep or tenant.as_("partner_rep")).person_id}}


def saying(kind, reason="Two companies of the same name, says the customer"):
    return {"resolution": {"kind": kind, "reason": reason}}


def similar(tenant):
    """A customer that is registered, and one whose name is one slip away, of another partner."""
    first = tenant.register(customer={"name": "Nordwind Logistik GmbH", "country": "DE"})
    rival = rep_of(tenant)
    return first, rival, tenant.register(rival, customer={"name": "Nordwint Logistik GmbH", "country": "DE"})


def test_another_customer_of_a_similar_name_is_approved(tenant, rows):
    first, rival, second = similar(tenant)
    manager = tenant.as_("partner_manager")
    answer = manager.refused("POST", path(second, "approve"), names(tenant, rival), "earlier_registration_pending")
    assert first["registration_id"] in answer["detail"] and "not_same" in answer["detail"]
    approved = manager.post(path(second, "approve"), names(tenant, rival) | saying("not_same"), expect=200)
    assert approved["resolution"] == saying("not_same")["resolution"]
    assert (approved["conflict"]["verdict"], approved["verdict"], approved["state"]) == ("contested", "clear", "approved")
    # the other one keeps its own account and is free
    firsts = tenant.as_("ae").get(f"/v1/registrations/{first['registration_id']}", expect=200)
    assert firsts["account_id"] != approved["account_id"]
    manager.post(path(first, "approve"), names(tenant) | saying("not_same"), expect=200)
    # resolved is clean: the first gate of its deal opens
    moved = {"stage": "registered", "to_stage": "qualified"}
    deal = f"/v1/opportunities/{approved['opportunity_id']}/advance"
    tenant.as_("ae").post(deal, moved, expect=202)
    rival.post(deal, moved, expect=200)
    # the partner reads neither the finding nor how it was settled
    seen = rival.get(f"/v1/registrations/{second['registration_id']}", expect=200)
    assert (seen["verdict"], seen["public_rule"]) == ("clear", "first_in_time")
    assert "resolution" not in seen.json and "conflict" not in seen.json and first["registration_id"] not in seen.text
    history = tenant.as_("cro").get(f"/v1/opportunities/{approved['opportunity_id']}/history", expect=200)
    assert "not_same" in history.text and "not_same" not in rival.get(
        f"/v1/opportunities/{approved['opportunity_id']}/history", expect=200).text
    assert rows.rebuild_differences() == []


def test_one_account_is_one_customer(tenant):
    first, rival = tenant.register(), rep_of(tenant)
    second = tenant.register(rival, customer=first["customer"])
    manager = tenant.as_("partner_manager")
    body = names(tenant, rival) | saying("not_same")
    answer = manager.refused("POST", path(second, "approve"), body, "earlier_registration_pending")
    assert first["registration_id"] in answer["detail"] and "not_same" not in answer["detail"]
    deal = tenant.approve(first)["opportunity_id"]
    answer = manager.refused("POST", path(second, "approve"), body, "conflict_unresolved")
    assert deal in answer["detail"] and "close it first" in answer["detail"]


def test_what_is_over_is_checked(tenant):
    direct = tenant.direct_deal(account={"name": "Nordwind Logistik", "country": "DE"})
    registration = tenant.register(customer={"name": "Nordwind Logistik", "country": "DE"})
    manager, body = tenant.as_("partner_manager"), names(tenant) | saying("other_closed", "They bought nothing then")
    answer = manager.refused("POST", path(registration, "approve"), body, "conflict_unresolved")
    assert direct["opportunity_id"] in answer["detail"]
    tenant.as_("ae").post(f"/v1/opportunities/{direct['opportunity_id']}/close", {
        "outcome": "lost", "reason_code": "no_budget", "closed_on": tenant.day()}, expect=200)
    approved = manager.post(path(registration, "approve"), body, expect=200)
    assert (approved["conflict"]["verdict"], approved["resolution"]["kind"]) == ("clear", "other_closed")


@pytest.mark.parametrize("kind", ["not_same", "other_closed"])
def test_where_nothing_conflicts_nothing_is_resolved(tenant, kind):
    registration = tenant.register()
    answer = tenant.as_("partner_manager").refused("POST", path(registration, "approve"),
                                                   names(tenant) | saying(kind), "invalid_fields")
    assert answer.pointers == {"/resolution": "nothing_to_resolve"}


def test_a_resolution_says_why(tenant):
    _, rival, second = similar(tenant)
    manager = tenant.as_("partner_manager")
    answer = manager.refused("POST", path(second, "approve"), names(tenant, rival) | {"resolution": {"kind": "merged"}},
                             "invalid_fields")
    assert answer.pointers == {"/resolution/kind": "unknown_choice", "/resolution/reason": "required"}
    answer = manager.refused("POST", path(second, "approve"), names(tenant, rival) | saying("not_same", "n/a"),
                             "invalid_fields")
    assert answer.pointers == {"/resolution/reason": "placeholder"}


# -- the response commitment

def test_an_answer_in_time_and_one_too_late(tenant):
    first, second, third = tenant.register(), tenant.register(), tenant.register()
    assert (first["responded_at"], first["responded_in_time"]) == (None, None)
    assert tenant.approve(first)["responded_in_time"] is True
    tenant.clock(days=7)
    late = tenant.as_("partner_rep").get(f"/v1/registrations/{second['registration_id']}", expect=200)
    assert (late["responded_at"], late["responded_in_time"]) == (None, False)
    approved = tenant.approve(second)
    assert approved["responded_at"] > approved["respond_by"] and approved["responded_in_time"] is False
    tenant.as_("partner_rep").post(path(third, "withdraw"), {}, expect=200)
    withdrawn = tenant.as_("ae").get(f"/v1/registrations/{third['registration_id']}", expect=200)
    assert withdrawn["responded_in_time"] is None, "nobody is to blame for what was withdrawn"
