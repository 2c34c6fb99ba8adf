"""Two accounts that are one customer."""
import threading

import pytest

from support.barrier import Barrier, Sender, meet
from support.importing import row, run_import
from support.merging import DEALS, merge as merge_deals, path as deal_path, read, refused_for
from support.rows import Rows

ACCOUNTS = "/v1/accounts"
CHUNK = 1000  # lines that an import writes in one transaction


def account(tenant, name, domains=(), country="US"):
    body = {"name": name, "country": country} | ({"domains": list(domains)} if domains else {})
    deal = tenant.direct_deal(account=body)
    return tenant.as_("ae").get(f"{ACCOUNTS}/{deal['account']['account_id']}", expect=200)


def path(one):
    return f"{ACCOUNTS}/{one['account_id']}"


def merge(tenant, into, other, role="ae", **options):
    return tenant.as_(role).post(f"{path(into)}/merge", {"from": other["account_id"]}, **({"expect": 200} | options))


def shown(tenant, one):
    return tenant.as_("ae").get(path(one), expect=200)


def engage(tenant, one, at, activity, expect=201):
    return tenant.as_("crm_sync").post(f"{path(one)}/engagements", {"engaged_at": at, "activity_id": activity},
                                       expect=expect)


def approve(tenant, registration, rep):
    leader = tenant.as_("partnerships_leader")
    return tenant.read(leader.post(f"/v1/registrations/{registration['registration_id']}/approve", {
        "ae": tenant.as_("ae").person_id, "partner_manager": leader.person_id,
        "partner_rep": {"person_id": rep.person_id}}, expect=200)["opportunity_id"])


# -- one customer ------------------------------------------------------------------------------------------------------
def test_everything_known_of_the_other_goes_over(tenant, database):
    mark = tenant.key
    one = account(tenant, "Fabrikam Inc.", [f"fabrikam-{mark}.com"])
    other, child = account(tenant, "Fabrikam Steel", [f"steel-{mark}.com"]), account(tenant, "Fabrikam Tubes")
    ae = tenant.as_("ae")
    ae.patch(path(other), {"aliases": ["FKS", "Fabrikam, Inc"]}, "*", expect=200)
    ae.patch(path(child), {"parent": other["account_id"]}, "*", expect=200)
    engage(tenant, other, "2026-03-01T00:00:00Z", "A-1")
    engage(tenant, one, "2026-04-01T00:00:00Z", "A-2"), engage(tenant, other, "2026-05-01T00:00:00Z", "A-2")
    merged = merge(tenant, one, other)
    assert merged["name"] == "Fabrikam Inc." and merged["version"] == one["version"] + 1
    assert merged["domains"] == [f"fabrikam-{mark}.com", f"steel-{mark}.com"]
    assert merged["aliases"] == ["Fabrikam Steel", "FKS"], "each name once by its key"
    assert merge(tenant, one, other, "admin").json == merged.json
    gone = shown(tenant, other)
    assert gone["merged_into"] == {"account_id": one["account_id"], "name": "Fabrikam Inc."} and gone["domains"] == []
    assert shown(tenant, child)["parent"]["account_id"] == one["account_id"]
    deals = [d for d in ae.all(DEALS) if d["account"]["account_id"] == one["account_id"]]
    assert len(deals) == 2 and {d["first_engaged_at"] for d in deals} == {"2026-03-01T00:00:00Z"}

    def ids(**query):
        return [a["account_id"] for a in ae.all(ACCOUNTS, query)]
    assert ids() == [child["account_id"], one["account_id"]]
    for query in ({"name": "fabrikam steel"}, {"name": "FKS"}, {"domain": f"steel-{mark}.com"}):
        assert ids(**query) == [one["account_id"]], query
    answer = ae.refused("PATCH", path(other), {"name": "Mine"}, "invalid_state", headers={"If-Match": "*"})
    assert one["account_id"] in answer.json["detail"]
    # what still names the other one means this one
    assert engage(tenant, other, "2026-02-01T00:00:00Z", "A-3")["first_engaged_at"] == "2026-02-01T00:00:00Z"
    made = ae.post(DEALS, {"name": "By the old id", "account_id": other["account_id"]}, expect=201)
    assert made["account"]["account_id"] == one["account_id"]
    assert Rows(database, tenant).rebuild_differences() == []


def test_whoever_comes_under_the_old_name_is_the_one_customer(tenant):
    one, other = account(tenant, "Contoso"), account(tenant, "Kontor Sued")
    run_import(tenant, [row("D-1", account={"name": "Kontor Sued", "country": "US"})])
    merge(tenant, one, other)
    kept = [(row("D-1", account={"name": "Kontor Sued", "country": "US"}), (0, 0, 1, 0)),
            (row("D-2", account={"name": "KONTOR Sued", "country": "US"}), (1, 0, 0, 0))]
    for line, counts in kept:
        assert run_import(tenant, [line]).counts == counts
    assert tenant.direct_deal(account={"name": "Kontor Sued", "country": "US"})["account"]["account_id"] == one["account_id"]
    assert len(tenant.as_("ae").all(ACCOUNTS)) == 1
    # also mistyped, in the conflict check
    registration = tenant.register(customer={"name": "Kontor Sud", "domains": [f"kontor-{tenant.key}.com"], "country": "US"})
    conflict = tenant.as_("cro").get(f"/v1/registrations/{registration['registration_id']}", expect=200)["conflict"]
    assert conflict["verdict"] == "contested" and conflict["rule"] == "similar_name"


def test_those_who_were_merged_before_follow(tenant, database):
    first, second, third = (account(tenant, f"Follow {name}") for name in ("One", "Two", "Three"))
    merge(tenant, second, first)
    merge(tenant, third, second, "crm_sync")
    assert {shown(tenant, a)["merged_into"]["account_id"] for a in (first, second)} == {third["account_id"]}
    answer = merge(tenant, second, third, expect=409)
    assert answer.code == "invalid_state" and third["account_id"] in answer.json["detail"]
    fourth = account(tenant, "Follow Four")
    assert third["account_id"] in merge(tenant, fourth, first, expect=409).json["detail"]
    assert merge(tenant, third, third, expect=422).pointers == {"/from": "same"}
    answer = tenant.as_("ae").refused("POST", f"{path(third)}/merge", {"from": tenant.partner_id}, "invalid_fields")
    assert answer.pointers == {"/from": "unknown_account"}
    assert Rows(database, tenant).rebuild_differences() == []


@pytest.mark.parametrize("into", [0, 1, 2])
def test_parents_stand_in_no_circle(tenant, into):
    """Top over middle over low: low goes into top, top into middle, top into low."""
    top, middle, low = (account(tenant, f"Parent {name}") for name in ("Top", "Middle", "Low"))
    for child, parent in ((middle, top), (low, middle)):
        tenant.as_("ae").patch(path(child), {"parent": parent["account_id"]}, "*", expect=200)
    survivor, other = ((top, low), (middle, top), (low, top))[into]
    merge(tenant, survivor, other)
    parents = {a["account_id"]: (shown(tenant, a)["parent"] or {}).get("account_id") for a in (top, middle, low)}
    assert parents == {top["account_id"]: None, middle["account_id"]: None, low["account_id"]: None} | (
        {middle["account_id"]: top["account_id"]}, {low["account_id"]: middle["account_id"]},
        {middle["account_id"]: low["account_id"]})[into]


# -- registrations -----------------------------------------------------------------------------------------------------
@pytest.fixture
def twice(tenant):
    """One customer under two names, registered by two partners, approved and signed for both."""
    reps = [tenant.as_("partner_rep")]
    reps.append(tenant.person("partner_rep", partner=tenant.partner(manager=tenant.person("partner_manager"))))
    deals = []
    for rep in reps:
        tenant.clock(hours=1)
        deals.append(approve(tenant, tenant.register(rep), rep))
        claim, = deals[-1]["claims"]
        for role in ("ae", "partnerships_leader"):
            tenant.as_(role).post(f"{deal_path(deals[-1])}/claims/{claim['claim_id']}/signoffs",
                                  {"decision": "sign", "claim_version": 1}, expect=201)
    return [read(tenant, deal) for deal in deals]


def test_two_protections_of_one_family_are_not_one(tenant, twice, database):
    first, second = twice
    registrations = [r["registration_id"] for r in tenant.as_("cro").all("/v1/registrations")]
    answer = merge(tenant, first["account"], second["account"], expect=409)
    assert answer.code == "not_mergeable" and all(r in answer.json["detail"] for r in registrations)
    assert shown(tenant, second["account"])["merged_into"] is None
    tenant.clock(days=91)  # both have ended, and overlap in the past
    one = merge(tenant, first["account"], second["account"])
    assert {d["account"]["account_id"] for d in tenant.as_("ae").all(DEALS)} == {one["account_id"]}
    rows = Rows(database, tenant)
    registered = rows("select account_id, protection_over from registration where tenant_id = :tenant")
    assert len({r["account_id"] for r in registered}) == 1 and all(r["protection_over"] for r in registered)
    assert rows.rebuild_differences() == []


def test_a_protection_that_runs_goes_over(tenant, twice, database):
    """The other deal closes, which ends its protection at that instant."""
    first, second = twice
    domain, = shown(tenant, first["account"])["domains"]
    tenant.as_("ae").post(f"{deal_path(second)}/close", {"outcome": "lost", "reason_code": "price",
                                                         "closed_on": tenant.day()}, expect=200)
    merge(tenant, second["account"], first["account"])
    rival = tenant.person("partner_rep", partner=tenant.partner())
    late = tenant.register(rival, customer={"name": "Whoever it is", "country": "DE", "domains": [domain]})
    conflict = tenant.as_("cro").get(f"/v1/registrations/{late['registration_id']}", expect=200)["conflict"]
    assert conflict["verdict"] == "existing_deal"
    assert {w["kind"] for w in conflict["with"]} == {"registration", "opportunity"}, conflict
    assert Rows(database, tenant).rebuild_differences() == []


def test_what_is_known_together_disputes_sourced_claims(tenant, twice):
    """The first deal stood open when the second registration came; nobody knew that it is the same customer."""
    first, second = twice
    assert {d["attribution"] for d in twice} == {"sourced"} and {d["claims"][0]["state"] for d in twice} == {"signed"}
    tenant.clock(days=91)
    merge(tenant, first["account"], second["account"])
    now = [read(tenant, deal) for deal in twice]
    assert [d["claims"][0]["value"] for d in now] == ["sourced", "sourced"], "nothing flips"
    assert now[0]["claims"] == first["claims"]
    assert now[1]["claims"][0]["state"] == "lapsed", "disputed, and the window is over"
    told = [c["to"] for e in tenant.as_("ae").all(f"{deal_path(second)}/history") if e["kind"] == "claim.disputed"
            for c in e["changes"] if c["field"] == "dispute_reason"]
    assert told == [f"open_deal_before_registration: opportunity {first['opportunity_id']}"]
    # and one deal is sourced by one partner: the two deals cannot be one as they stand
    refused_for(tenant, *now, "sourced_claim_exists", "influence")


def test_an_engagement_of_the_other_account_disputes_a_sourced_claim(tenant):
    other = account(tenant, "Quiet Co")
    engage(tenant, other, "2026-01-01", "A-1")
    deal = tenant.deal()
    tenant.sign(deal)
    merge(tenant, deal["account"], other)
    now = read(tenant, deal)
    assert now["claims"][0]["state"] == "disputed" and now["claims"][0]["value"] == "sourced"
    assert now["first_engaged_at"] == "2026-01-01T00:00:00Z"


def test_after_the_accounts_the_deals_are_merged(tenant):
    deal, other = tenant.deal(), tenant.direct_deal()
    refused_for(tenant, deal, other, "not_mergeable", "accounts first")
    merge(tenant, deal["account"], other["account"])
    assert merge_deals(tenant, deal, other)["account"]["account_id"] == deal["account"]["account_id"]
    assert tenant.as_("partner_rep").get(deal_path(deal), expect=200)["account"] == read(tenant, deal)["account"]


# -- two at once -------------------------------------------------------------------------------------------------------
def test_of_two_merges_across_one_wins(tenant, facts):
    one, other = account(tenant, "Cross One"), account(tenant, "Cross Two")
    hold = f"select from account where id in ('{one['account_id']}', '{other['account_id']}') for update"
    with Barrier(facts["superuser_url"], hold) as barrier:
        senders = [Sender(tenant.as_("ae"), "post", f"{path(a)}/merge", {"from": b["account_id"]})
                   for a, b in ((one, other), (other, one))]
        barrier.until_waiting(2)
    answers = [sender.result() for sender in senders]
    assert sorted(a.status for a in answers) == [200, 409]
    assert {a.code for a in answers} == {None, "invalid_state"}


def test_a_registration_that_comes_meanwhile_lands_on_the_one_account(tenant, facts, database):
    """It has found nothing yet: it waits for the merge, and then finds the account that the other one is."""
    domain = f"meanwhile-{tenant.key}.com"
    one, other = account(tenant, "Meanwhile One"), account(tenant, "Meanwhile Two", [domain])
    tenant.as_("partner_rep")
    hold = f"select from account where id = '{other['account_id']}' for update"
    body = tenant.registration_body(customer={"name": "Meanwhile Two", "domains": [domain], "country": "US"})
    with Barrier(facts["superuser_url"], hold) as barrier:
        merging = Sender(tenant.as_("ae"), "post", f"{path(one)}/merge", {"from": other["account_id"]})
        barrier.until_waiting(1)
        coming = Sender(tenant.as_("partner_rep"), "post", "/v1/registrations", body)
        results = []
        runner = threading.Thread(target=lambda: results.append(run_import(
            tenant, [row("D-1", account={"name": "Meanwhile Two", "domains": [domain]})])))
        runner.start()
        barrier.until_waiting(3)
    assert merging.result().status == 200 and coming.result().status == 201
    runner.join(60)
    assert results[0].counts == (1, 0, 0, 0)
    rows = Rows(database, tenant)
    key, = {r["account_id"] for r in rows(f"select account_id from account where id = '{one['account_id']}'")}
    for table in ("registration", "opportunity", "account_domain"):
        assert {r["account_id"] for r in rows(f"select account_id from {table} where tenant_id = :tenant")} == {key}, table
    assert rows.rebuild_differences() == []


def test_two_of_one_circle_at_once(tenant, facts):
    """A merge and a change of the parent wait for each other, so that no circle comes of both."""
    top, low = account(tenant, "Circle Top"), account(tenant, "Circle Low")
    third = account(tenant, "Circle Third")
    hold = f"select from account where id = '{top['account_id']}' for update"
    answers = meet(facts["superuser_url"], hold,
                   (tenant.as_("ae"), "patch", path(top), {"parent": low["account_id"]}, "*"),
                   (tenant.as_("ae"), "post", f"{path(third)}/merge", {"from": top["account_id"]}))
    assert answers[1].status == 200 and answers[0].status in (200, 409), answers
    chain, at = [], third["account_id"]
    while at:
        assert at not in chain
        chain.append(at)
        at = (shown(tenant, {"account_id": at})["parent"] or {}).get("account_id")


def test_an_import_that_goes_on_after_a_merge_follows_it(tenant, facts, database):
    """What it has found for its first chunk it remembers for the second, and the merge comes between the two."""
    one, other = account(tenant, "Chunk One"), account(tenant, "Chunk Two")
    lines = [row(f"D-{n}", account={"name": "Chunk Two", "country": "US"}) for n in range(CHUNK + 1)]
    run_import(tenant, lines[:1])
    lines[0]["name"] = "Held"
    results = []
    runner = threading.Thread(target=lambda: results.append(run_import(tenant, lines)))
    tenant_id = Rows(database, tenant).tenant_id
    with Barrier(facts["superuser_url"], "select from opportunity where external_id = 'D-0' and tenant_id = "
                                         f"{tenant_id} for update") as barrier:
        runner.start()
        barrier.until_waiting(1)
        merging = Sender(tenant.as_("ae"), "post", f"{path(one)}/merge", {"from": other["account_id"]})
        barrier.until_waiting(2)
    assert merging.result().status == 200
    runner.join(60)
    assert results[0].counts == (CHUNK, 1, 0, 0)
    rows = Rows(database, tenant)
    assert len(rows("select distinct account_id from opportunity where tenant_id = :tenant")) == 1
    assert rows.rebuild_differences() == []
