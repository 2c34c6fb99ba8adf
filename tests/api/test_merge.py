"""Two deals that are one: what goes over, what stays behind, and that nothing is counted twice."""
import datetime

import pytest

from support.importing import row, run_import, won
from support.merging import DEALS, another, instant, merge, path, read, refused_for
from support.rows import Rows


@pytest.fixture
def registered(tenant):
    """A registered deal, approved three days after its submission and signed, in stage 3; and the same deal as the CRM
    has it since the second of those days."""
    domain = f"both-{tenant.key}.com"
    customer = {"name": f"Both {tenant.key}", "domains": [domain], "country": "DE"}
    registration = tenant.register(customer=customer)
    made = instant(tenant.now() + datetime.timedelta(days=1))
    tenant.clock(days=3)
    deal = tenant.read(tenant.approve(registration)["opportunity_id"])
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 3)
    crm = tenant.as_("crm_sync").post(DEALS, {
        "name": "As the CRM calls it", "crm_source": "crm", "external_id": "D-1", "amount": tenant.money(99_00),
        "account_id": deal["account"]["account_id"], "created_at": made, "close_date": tenant.day(40)}, expect=201)
    return tenant.read(deal["opportunity_id"]), crm


# -- one deal ----------------------------------------------------------------------------------------------------------
def test_the_crms_record_goes_over_to_the_registered_deal(tenant, registered, database):
    deal, crm = registered
    assert deal["claims"][0]["state"] == "signed" and deal["report_class"] == "sourced"
    one = merge(tenant, deal, crm)
    assert one["external_ids"] == [{"source": "crm", "external_id": "D-1"}]
    assert (one["name"], one["amount"], one["close_date"]) == (crm["name"], crm["amount"], crm["close_date"])
    assert one["created_at"] == crm["created_at"] < deal["created_at"], "the earliest creation of both"
    assert one["claims"] == deal["claims"], "what two have signed stays, with the deadline under which they did"
    assert one["stage"] == deal["stage"] and one["owner"] == deal["owner"]
    assert (one["status"], one["merged_into"], one["report_class"]) == ("open", None, "sourced")
    gone = read(tenant, crm)
    assert (gone["status"], gone["merged_into"]) == ("removed", deal["opportunity_id"])
    assert (gone["external_ids"], gone["claims"]) == ([], [])
    assert merge(tenant, deal, crm).json == one.json, "saying it again changes nothing"

    # the CRM goes on with the one deal
    assert run_import(tenant, [row("D-1", name="Renamed there", amount=tenant.money(5),
                                   account={"name": f"Both {tenant.key}", "domains": [f"both-{tenant.key}.com"]})]
                      ).counts == (0, 1, 0, 0)
    assert read(tenant, deal)["name"] == "Renamed there" and read(tenant, crm)["name"] == crm["name"]
    tenant.as_("ae").refused("PATCH", path(deal), {"name": "Mine"}, "crm_owned_field", headers={"If-Match": "*"})
    assert [d["opportunity_id"] for d in tenant.as_("ae").all(DEALS, {"status": "removed"})] == [crm["opportunity_id"]]
    assert Rows(database, tenant).rebuild_differences() == []


def test_the_other_way_round_the_direct_deal_takes_lead_and_stage(tenant, registered, database):
    deal, crm = registered
    evidence = tenant.as_("ae").get(f"{path(deal)}/evidence", expect=200)["data"]
    one = merge(tenant, crm, deal)
    assert one["claims"] == deal["claims"] and one["stage"] == deal["stage"]
    for member in ("lead_partner", "partner_manager", "partner_rep", "attribution", "report_class", "owner"):
        assert one[member] == deal[member], member
    assert (one["name"], one["amount"], one["created_at"]) == (crm["name"], crm["amount"], crm["created_at"])
    carried = tenant.as_("ae").get(f"{path(crm)}/evidence", expect=200)["data"]
    assert [e | {"version": 1} for e in carried] == [e | {"version": 1} for e in evidence], "with its confirmations"
    registration, = tenant.as_("cro").all("/v1/registrations")
    assert registration["opportunity_id"] == crm["opportunity_id"]
    tenant.advance(crm["opportunity_id"], 4)
    assert Rows(database, tenant).rebuild_differences() == []


def test_a_merged_deal_is_a_redirect(tenant, registered):
    deal, crm = registered
    rep = tenant.as_("partner_rep")
    merge(tenant, crm, deal)
    there = crm["opportunity_id"]
    assert rep.get(path(deal), expect=200)["merged_into"] == there
    assert rep.get(path(crm), expect=200)["stage"]["number"] == 3
    stage = {"stage": "validating", "to_stage": "negotiating"}
    ae, made = tenant.as_("ae"), deal["claims"][0]["claim_id"]
    for caller, verb, target, body in (
            (ae, "PATCH", "", {"next_step": "On"}), (tenant.as_("crm_sync"), "PATCH", "", {"next_step": "On"}),
            (ae, "POST", "/claims", {"partner_id": tenant.partner_id, "kind": "other"}),
            (ae, "POST", "/advance", stage), (rep, "POST", "/advance", stage),
            (ae, "POST", "/advance/decline", {"to_stage": "negotiating", "reason": "Not yet, the customer waits"}),
            (ae, "POST", "/lower-stage", {"to_stage": "registered", "reason": "Not yet, the customer waits"}),
            (ae, "POST", "/close", {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()}),
            (tenant.as_("admin"), "POST", "/reopen", {"reason": "Not yet, the customer waits"}),
            (ae, "POST", "/evidence/need/confirmations", {"evidence_version": 1}),
            (ae, "POST", "/external-ids", {"source": "crm", "external_id": "D-7"}),
            (ae, "POST", "/merge", {"from": there}), (tenant.as_("admin"), "POST", "/merge", {"from": there})):
        headers = {"If-Match": "*"} if verb == "PATCH" else {}
        answer = caller.refused(verb, path(deal) + target, body, "deal_closed", headers=headers)
        assert there in answer.json["detail"], (target, answer.json["detail"])
    ae.refused("POST", f"{path(deal)}/claims/{made}/signoffs", {"decision": "sign", "claim_version": 1}, "deal_closed")
    answer = ae.put(f"{path(deal)}/evidence/need", tenant.evidence("need"), expect=409)
    assert answer.code == "deal_closed" and there in answer.json["detail"]


def test_the_history_of_both_reads_as_one(tenant, registered):
    deal, crm = registered
    ae, rep = tenant.as_("ae"), tenant.as_("partner_rep")
    before = [{e["event_id"] for e in ae.all(f"{path(d)}/history")} for d in registered]
    reps_before = {e["event_id"] for e in rep.all(f"{path(deal)}/history")}
    ae.post(f"{path(crm)}/merge", {"from": deal["opportunity_id"], "reason": "One customer project"}, expect=200)
    whole = ae.all(f"{path(crm)}/history", {"limit": 7})
    assert before[0] | before[1] < {e["event_id"] for e in whole}
    assert whole == ae.all(f"{path(deal)}/history")
    told = [e for e in whole if e["kind"] == "opportunity.merged"]
    assert {e["reason"] for e in told} == {"One customer project"}
    changes = {c["field"]: c["to"] for e in told for c in e["changes"]}
    assert changes["merged_into"] == crm["opportunity_id"] and changes["merged_from"] == deal["opportunity_id"]
    mine = rep.all(f"{path(crm)}/history")
    assert reps_before < {e["event_id"] for e in mine} and mine == rep.all(f"{path(deal)}/history")
    assert "D-1" not in str(mine) and "As the CRM" not in str([e for e in mine if e["event_id"] in before[1]])


def test_those_who_were_merged_before_follow(tenant):
    first = tenant.direct_deal()
    second, third = another(tenant, first), another(tenant, first)
    merge(tenant, second, first)
    assert merge(tenant, third, second)["merged_into"] is None
    assert {read(tenant, d)["merged_into"] for d in (first, second)} == {third["opportunity_id"]}
    refused_for(tenant, second, third, "deal_closed", third["opportunity_id"])
    fourth = another(tenant, first)
    refused_for(tenant, fourth, first, "deal_closed", third["opportunity_id"])
    assert len({e["event_id"] for e in tenant.as_("ae").all(f"{path(first)}/history")}) == 8  # three made, two and two merged, one that followed


# -- what does not fit -------------------------------------------------------------------------------------------------
def test_what_does_not_fit_is_refused_with_the_way_out(tenant):
    deal, elsewhere = tenant.direct_deal(), tenant.direct_deal()
    family = another(tenant, deal, product_family="services")
    refused_for(tenant, deal, elsewhere, "not_mergeable", "merge the accounts first")
    refused_for(tenant, deal, family, "not_mergeable", "default and services")
    lost = another(tenant, deal)
    tenant.as_("ae").post(f"{path(lost)}/close", {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()},
                          expect=200)
    refused_for(tenant, deal, lost, "not_mergeable", "one outcome first", "lost")
    assert refused_for(tenant, deal, deal, "invalid_fields").pointers == {"/from": "same"}
    answer = tenant.as_("ae").refused("POST", f"{path(deal)}/merge", {"from": tenant.partner_id}, "invalid_fields")
    assert answer.pointers == {"/from": "unknown_opportunity"}
    theirs = tenant.as_("ae").patch(path(another(tenant, deal)), {"owner": tenant.person("ae").person_id}, "*", expect=200)
    refused_for(tenant, deal, theirs, "not_deal_owner")
    refused_for(tenant, theirs, deal, "not_deal_owner")
    assert merge(tenant, deal, theirs, "admin")["merged_into"] is None
    # brought to one outcome, they are one
    tenant.as_("admin").post(f"{path(lost)}/reopen", {"reason": "It is the same deal"}, expect=200)
    merge(tenant, deal, lost, "crm_sync")


def test_deals_of_two_sources_are_known_by_all_ids(tenant, database):
    deal, crm = tenant.direct_deal(), tenant.as_("crm_sync")
    crm.post(f"{path(deal)}/external-ids", {"source": "crm", "external_id": "D-1"}, expect=200)
    other = crm.post(DEALS, {"name": "Other", "crm_source": "crm", "external_id": "D-2", "created_at": "2026-01-01T00:00:00Z",
                             "account_id": deal["account"]["account_id"]}, expect=201)
    crm.post(f"{path(other)}/external-ids", {"source": "salesforce", "external_id": "006-A"}, expect=200)
    one = merge(tenant, deal, other)
    assert [(i["source"], i["external_id"]) for i in one["external_ids"]] == [
        ("crm", "D-1"), ("salesforce", "006-A"), ("crm", "D-2")]
    assert (one["name"], one["amount"]) == (deal["name"], deal["amount"]), "the survivor's own CRM has the word"
    assert run_import(tenant, [won("D-2"), row("D-1", name="Followed")]).counts == (0, 1, 1, 0)
    now = read(tenant, deal)
    assert (now["name"], now["status"]) == ("Followed", "open")
    assert crm.post(f"{path(deal)}/external-ids", {"source": "crm", "external_id": "D-2"}, expect=200).json == now.json
    assert Rows(database, tenant).rebuild_differences() == []


# -- what a person reads of the rest -----------------------------------------------------------------------------------
def test_what_nobodys_crm_owns_is_filled_up(tenant):
    ae = tenant.as_("ae")
    deal = ae.post(DEALS, {"name": "Thin", "account": {"name": "Thin Ltd", "country": "GB"},
                           "category_call": "commit"}, expect=201)
    other = another(tenant, deal, amount=tenant.money(7), category_call="pipeline", next_step="Theirs",
                    crm_stage="proposal")
    for date in (tenant.day(40), tenant.day(50)):
        ae.patch(path(other), {"close_date": date}, "*", expect=200)
    tenant.clock(days=6)
    one = merge(tenant, deal, other)
    assert (one["name"], one["amount"], one["close_date"]) == ("Thin", tenant.money(7), tenant.day(44))
    assert (one["category_call"], one["next_step"], one["crm_stage"]) == ("commit", "Theirs", "proposal")
    assert one["pushes"] == 2 and one["refreshed_at"] > deal["refreshed_at"], "by a person, on either of them"
    assert one["refreshed_at"] < instant(tenant.now() - datetime.timedelta(days=5)), "a merge makes nothing fresh"


def test_no_total_counts_the_merged_deal(tenant):
    deal = tenant.direct_deal(close_date="2031-05-15")
    other = another(tenant, deal, amount=tenant.money(7_000), close_date="2031-05-16")

    def raw():
        figure = tenant.as_("cro").get("/v1/forecast?period=2031-Q2", expect=200)["direct"]["raw"]
        return figure["count"], figure["amount"]["amount_minor"]
    assert raw() == (2, 5_007_000)
    merge(tenant, deal, other)
    assert raw() == (1, 5_000_000)
    listed = tenant.as_("cro").all("/v1/forecast/deals?period=2031-Q2&class=direct")
    assert [d["opportunity_id"] for d in listed] == [deal["opportunity_id"]]


@pytest.mark.parametrize("goes", (False, True))
def test_a_merge_ends_an_open_proposal(tenant, goes):
    deal = tenant.deal()
    tenant.sign(deal)
    tenant.as_("ae").post(f"{path(deal)}/advance", {"stage": "registered", "to_stage": "qualified"}, expect=202)
    direct = tenant.as_("ae").post(DEALS, {"name": "Direct", "account_id": deal["account"]["account_id"]}, expect=201)
    one = merge(tenant, direct, deal) if goes else merge(tenant, deal, direct)
    assert one["stage"]["number"] == 1
    tenant.as_("partner_rep").refused("POST", f"{path(one)}/advance/decline", {"to_stage": "qualified", "reason": "Too early"},
                                      "no_proposal")
