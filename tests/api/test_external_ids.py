"""A deal and the records of CRMs that are the same deal."""
import threading

import pytest

from support.barrier import Barrier, Sender
from support.importing import marks, row, run_import, won
from support.rows import Rows
from support.stages import Deal

DEALS = "/v1/opportunities"


def path(deal):
    return f"{DEALS}/{deal['opportunity_id']}"


def link(tenant, deal, external_id, source="crm", role="ae", **options):
    return tenant.as_(role).post(f"{path(deal)}/external-ids", {"source": source, "external_id": external_id},
                                 **({"expect": 200} | options))


def ids(deal):
    return [(i["source"], i["external_id"]) for i in deal["external_ids"]]


def test_a_deal_of_our_own_becomes_the_crms(tenant):
    deal = Deal(tenant).read()
    tenant.clock(days=1)
    linked = link(tenant, deal, "D-1")
    assert linked.json == deal.json | {"external_ids": [{"source": "crm", "external_id": "D-1"}],
                                       "version": deal["version"] + 1}, "nothing else changes, nor the window"
    assert link(tenant, deal, "D-1").json == linked.json, "saying it again changes nothing"
    assert link(tenant, deal, "D-1", role="crm_sync").etag == linked.etag
    assert run_import(tenant, [row("D-1", name="Of the CRM", amount=tenant.money(7))]).counts == (0, 1, 0, 0)
    now = tenant.read(deal["opportunity_id"])
    assert (now["name"], now["amount"], now["claims"]) == ("Of the CRM", tenant.money(7), deal["claims"])
    kinds = [e["kind"] for e in tenant.as_("ae").all(f"{path(deal)}/history")][:2]
    assert kinds == ["opportunity.updated", "opportunity.linked"]


def test_further_sources_are_known_and_not_followed(tenant, database):
    deal = tenant.direct_deal()
    link(tenant, deal, "D-1")
    both = link(tenant, deal, "006-A", "salesforce", "admin")
    assert ids(both) == [("crm", "D-1"), ("salesforce", "006-A")]
    assert link(tenant, deal, "006-A", "salesforce").json == both.json
    before = marks(database, tenant)
    assert run_import(tenant, [row("006-A", name="Not followed"), row("006-B")], source="salesforce").counts \
        == (1, 0, 1, 0)
    assert run_import(tenant, [won("006-A")], source="salesforce").counts == (0, 0, 1, 0)
    assert tenant.read(deal["opportunity_id"]).json == both.json
    assert len(marks(database, tenant)[0]) == len(before[0]) + 1
    assert Rows(database, tenant).rebuild_differences() == []


def test_an_id_means_one_deal(tenant, new_tenant):
    deal, other = tenant.direct_deal(), tenant.direct_deal(name="The other one")
    run_import(tenant, [row("D-1", name="Imported")])
    imported, = tenant.as_("ae").all(DEALS, {"limit": 1})[:1]
    for _ in range(2):
        answer = link(tenant, deal, "D-1", expect=409)
        assert answer.code == "external_id_exists" and "merge" in answer.json["detail"]
        assert imported["opportunity_id"] in answer.json["detail"] and "Imported" in answer.json["detail"]
    assert tenant.read(deal["opportunity_id"]).json == deal.json
    link(tenant, deal, "D-2")
    answer = link(tenant, deal, "D-3", expect=409)
    assert answer.code == "external_id_exists" and "D-2" in answer.json["detail"]
    link(tenant, deal, "006-A", "salesforce")
    for source, external_id in (("crm", "D-2"), ("salesforce", "006-A")):
        assert deal["opportunity_id"] in link(tenant, other, external_id, source, expect=409).json["detail"]
        answer = tenant.as_("crm_sync").refused("POST", DEALS, {"name": "Again", "crm_source": source,
                                                                "external_id": external_id}, "external_id_exists")
        assert deal["opportunity_id"] in answer.json["detail"]
    elsewhere = new_tenant()
    link(elsewhere, elsewhere.direct_deal(), "D-2")


def test_who_links_a_deal(tenant):
    deal, stranger = tenant.direct_deal(), tenant.person("ae")
    body = {"source": "crm", "external_id": "D-1"}
    stranger.refused("POST", f"{path(deal)}/external-ids", body, "not_deal_owner")
    answer = tenant.as_("ae").refused("POST", f"{path(deal)}/external-ids", {"source": "", "colour": 1},
                                      "invalid_fields")
    assert answer.pointers.keys() == {"/source", "/external_id", "/colour"}
    for role in ("ae", "crm_sync", "admin"):
        link(tenant, tenant.direct_deal(), f"D-{role}", role=role)
    partner_side = tenant.as_("partner_rep")
    claimed = tenant.deal()
    link(tenant, claimed, "D-9")
    assert "D-9" not in partner_side.get(path(claimed), expect=200).text
    assert "D-9" not in partner_side.get(f"{path(claimed)}/history", expect=200).text


# -- who owns which field ----------------------------------------------------------------------------------------------
CRM_OWNED = {"name": "Renamed", "amount": {"amount_minor": 5, "currency": "USD"}, "close_date": "2030-01-01",
             "category_call": "best_case", "crm_stage": "proposal"}


@pytest.mark.parametrize("member", [*CRM_OWNED, "owner", "outcome"])
def test_what_the_crm_owns_a_person_does_not_set(tenant, member):
    """Each member alone, on the linked deal and on one that is not, by a person and by the CRM."""
    tenant.as_("ae")
    values = CRM_OWNED | {"owner": tenant.person("ae").person_id,
                          "outcome": {"outcome": "lost", "closed_on": tenant.day()}}
    body = {member: values[member]}
    linked, own = tenant.direct_deal(), tenant.direct_deal()
    link(tenant, linked, "D-1")
    for role in ("ae", "partnerships_leader"):
        answer = tenant.as_(role).refused("PATCH", path(linked), body, "crm_owned_field", headers={"If-Match": "*"})
        assert answer.pointers == {f"/{member}": "crm_owned_field"}
    if member == "outcome":
        tenant.as_("ae").refused("PATCH", path(own), body, "invalid_fields", headers={"If-Match": "*"})
    else:
        tenant.as_("ae").patch(path(own), body, "*", expect=200)
    changed = tenant.as_("crm_sync").patch(path(linked), body, "*", expect=200)
    assert changed["version"] == 3, "the CRM sets it"


def test_what_tandem_owns_stays_ours(tenant):
    """Attribution, co-sell stage and evidence, next step and who stands for the partner: linked or not, all the same."""
    told = []
    for linked in (False, True):
        deal = Deal(tenant)
        if linked:
            link(tenant, deal.read(), "D-1")
        deal.stand_in(4)
        now = tenant.as_("ae").patch(deal.path, {"next_step": "Ours",
                                                 "partner_rep": tenant.as_("partner_rep").person_id}, "*", expect=200)
        told.append((now["stage"]["number"], now["claims"][0]["state"], now["next_step"], now["report_class"]))
        lowered = tenant.as_("ae").post(f"{deal.path}/lower-stage", {"to_stage": "validating", "reason": "Once more"},
                                        expect=200)
        told[-1] += (lowered["stage"]["number"],)
    assert told[0] == told[1] == (4, "signed", "Ours", "sourced", 3)


@pytest.mark.parametrize("claimed", [False, True])
def test_the_outcome_of_a_linked_deal_comes_from_the_crm(tenant, claimed):
    lost = {"outcome": "lost", "reason_code": "price", "closed_on": tenant.day()}
    own, linked = [tenant.deal() if claimed else tenant.direct_deal() for _ in range(2)]
    link(tenant, linked, "D-1")
    for body in (lost, {"outcome": "won", "closed_on": tenant.day()}):
        for role in ("ae", "admin"):
            tenant.as_(role).refused("POST", f"{path(linked)}/close", body, "crm_owned_field")
    tenant.as_("crm_sync").patch(path(linked), {"outcome": {"outcome": "lost", "closed_on": tenant.day()}}, "*",
                                 expect=200)
    tenant.as_("ae").post(f"{path(own)}/close", lost, expect=200)
    reason = {"reason": "The customer has come back"}
    tenant.as_("admin").refused("POST", f"{path(linked)}/reopen", reason, "crm_owned_field")
    tenant.as_("admin").post(f"{path(own)}/reopen", reason, expect=200)


# -- two at once -------------------------------------------------------------------------------------------------------
def test_of_two_deals_one_gets_the_id(tenant, facts):
    deals = [tenant.direct_deal(), tenant.direct_deal()]
    hold = f"select pg_advisory_xact_lock(hashtextextended('external id', tenant_id)) from tenant where key = '{tenant.key}'"
    with Barrier(facts["superuser_url"], hold) as barrier:
        senders = [Sender(tenant.as_("ae"), "post", f"{path(deal)}/external-ids",
                          {"source": "crm", "external_id": "D-1"}) for deal in deals]
        barrier.until_waiting(1)  # the other one waits behind it, for the tenant
    assert sorted(s.result().status for s in senders) == [200, 409]


def test_a_link_waits_for_an_import_and_an_import_for_a_link(tenant, facts):
    """Held back after its lock, the import that runs brings the id; the link then finds it taken."""
    deal = tenant.direct_deal()
    link(tenant, deal, "D-0")
    hold = f"select from opportunity where id = '{deal['opportunity_id']}' for update"
    with Barrier(facts["superuser_url"], hold) as barrier:
        sender = Sender(tenant.as_("ae"), "post", f"{path(deal)}/external-ids",
                        {"source": "salesforce", "external_id": "006-A"})
        barrier.until_waiting(1)
        results = []
        runner = threading.Thread(target=lambda: results.append(
            run_import(tenant, [row("006-A")], source="salesforce")))
        runner.start()
        barrier.until_waiting(2)
    assert sender.result().status == 200
    runner.join(60)
    assert results[0].counts == (0, 0, 1, 0), "the row names the deal that has the id by now"
    assert len(tenant.as_("ae").all(DEALS)) == 1
