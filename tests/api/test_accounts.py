"""Accounts: what is known of a customer, and what the conflict search finds by it."""
import pytest

from support.race import race
from support.stand import run_tandem
from support.tenant import uuid7

ACCOUNTS = "/v1/accounts"


def account(tenant, name, domains=(), country="US"):
    body = {"name": name, "country": country} | ({"domains": list(domains)} if domains else {})
    deal = tenant.direct_deal(account=body)
    return tenant.as_("ae").get(f"{ACCOUNTS}/{deal['account']['account_id']}", expect=200)


def path(one):
    return f"{ACCOUNTS}/{one['account_id']}"


def change(tenant, one, body, role="ae", **options):
    return tenant.as_(role).patch(path(one), body, etag=options.pop("etag", "*"), **({"expect": 200} | options))


def test_an_account_is_read_changed_and_listed(tenant, new_tenant, facts):
    mark = tenant.key
    first = account(tenant, "Fabrikam Inc.", [f"www.fabrikam-{mark}.com"])
    assert first.json == {"account_id": first["account_id"], "name": "Fabrikam Inc.", "country": "US", "aliases": [],
                          "domains": [f"fabrikam-{mark}.com"], "parent": None, "merged_into": None,
                          "created_at": first["created_at"], "version": 1}
    tenant.as_("cfo").get(path(first), headers={"If-None-Match": first.etag}, expect=304)
    second = account(tenant, "Contoso")
    changed = change(tenant, first, {"name": "Fabrikam Steel", "aliases": ["Fab Steel Ltd", "FKS"],
                                     "domains": [f"fabrikam-{mark}.com", f"https://shop.fks-{mark}.de/x"],
                                     "parent": second["account_id"]}, etag=first.etag)
    assert changed.json == first.json | {
        "name": "Fabrikam Steel", "aliases": ["Fab Steel Ltd", "FKS"], "version": 2,
        "domains": [f"fabrikam-{mark}.com", f"fks-{mark}.de"],
        "parent": {"account_id": second["account_id"], "name": "Contoso"}}
    tenant.as_("ae").refused("PATCH", path(first), {"name": "x1"}, "precondition_failed",
                             headers={"If-Match": first.etag})
    # what is not sent stays; null ends the parent
    free = change(tenant, first, {"parent": None}, "partner_manager")
    assert free.json == changed.json | {"parent": None, "version": 3}
    # what is so already is no change: no version, no event
    for same in ({}, {"name": "Fabrikam Steel"}, {"aliases": ["Fab Steel Ltd", "FKS"], "parent": None},
                 {"domains": [f"fks-{mark}.de", f"fabrikam-{mark}.com"]}):
        answer = change(tenant, first, same)
        assert (answer.json, answer.etag) == (free.json, free.etag), same
    assert change(tenant, first, {"aliases": ["FKS", "Fab Steel Ltd"]})["version"] == 4
    change(tenant, first, {"aliases": []}, "admin")
    change(tenant, first, {"aliases": ["FKS"], "parent": second["account_id"]}, "partnerships_leader")

    def ids(**query):
        return [row["account_id"] for row in tenant.as_("cro").all(ACCOUNTS, query)]
    assert ids(limit=1) == [second["account_id"], first["account_id"]]
    for query in ({"name": "fabrikam STEEL, Inc."}, {"name": "fks"}, {"domain": f"www.fks-{mark}.de"}):
        assert ids(**query) == [first["account_id"]]
    assert ids(name="Fabrikam") == ids(domain="com") == ids(domain=f"other-{mark}.de") == []
    assert ids(parent=second["account_id"]) == [first["account_id"]]
    run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")

    outside = new_tenant().as_("ae")
    outside.refused("GET", path(first), code="not_found")
    assert outside.all(ACCOUNTS) == []
    for role in ("partner_rep", "reader", "crm_sync"):
        tenant.as_(role).refused("GET", path(first), code="insufficient_scope")
    for role in ("cro", "cfo"):
        tenant.as_(role).refused("PATCH", path(first), {"name": "x1"}, "insufficient_scope", headers={"If-Match": "*"})


def test_a_domain_belongs_to_one_account(tenant):
    mark = tenant.key
    first, second = account(tenant, "One", [f"one-{mark}.com"]), account(tenant, "Two", [f"two-{mark}.com"])
    both = {"domains": [f"two-{mark}.com", f"www.one-{mark}.com", f"new-{mark}.com"]}
    answer = change(tenant, second, both, expect=409)
    assert (answer.code, answer.pointers) == ("already_exists", {"/domains/1": "taken"})
    assert first["account_id"] in answer.text and "One" in answer.text
    answer = change(tenant, second, {"domains": [f"new-{mark}.com"]}, expect=422)
    assert answer.pointers == {"/domains": "not_removable"} and f"two-{mark}.com" in answer.text
    answer = change(tenant, second, {"domains": ["gmail.com", "nonsense"], "aliases": ["n/a"], "name": "-"}, expect=422)
    assert answer.pointers == {"/domains/0": "free_mail_domain", "/domains/1": "invalid_domain",
                               "/aliases/0": "placeholder", "/name": "placeholder"}
    # an account that was known by name alone gets its first domain
    third = account(tenant, "Three")
    assert change(tenant, third, {"domains": [f"three-{mark}.com"]})["domains"] == [f"three-{mark}.com"]
    again = account(tenant, "Three Renamed", [f"three-{mark}.com"])
    assert again["account_id"] == third["account_id"]
    answers = race(*[(tenant.as_("ae"), lambda caller, one=one: caller.patch(
        path(one), {"domains": one["domains"] + [f"race-{mark}.com"]}, etag="*")) for one in (first, second)])
    assert sorted(answer.status for answer in answers) == [200, 409]


def test_names_without_a_domain_stay_apart(tenant):
    first, second = account(tenant, "Same Name"), account(tenant, "Other Name")
    answer = change(tenant, second, {"name": "Same Name Inc"}, expect=409)
    assert answer.code == "already_exists" and first["account_id"] != second["account_id"]


def test_parents_stand_in_no_circle(tenant):
    a, b, c = (account(tenant, name) for name in ("Alpha", "Beta", "Gamma"))
    change(tenant, b, {"parent": a["account_id"]})
    change(tenant, c, {"parent": b["account_id"]})
    for one in (a, b, c):
        answer = change(tenant, a, {"parent": one["account_id"]}, expect=422)
        assert answer.pointers == {"/parent": "cycle"}
    answer = change(tenant, a, {"parent": uuid7()}, expect=422)
    assert answer.pointers == {"/parent": "unknown_account"}
    change(tenant, c, {"parent": None})
    change(tenant, a, {"parent": c["account_id"]})


def test_of_two_who_close_a_circle_one_wins(tenant):
    a, b = account(tenant, "Alpha"), account(tenant, "Beta")
    answers = race(*[(tenant.as_("ae"), lambda caller, one=one, above=above: caller.patch(
        path(one), {"parent": above["account_id"]}, etag="*")) for one, above in ((a, b), (b, a))])
    assert sorted(answer.status for answer in answers) == [200, 422]


@pytest.mark.parametrize("name, verdict", [("Nordwind Spedition KG", "existing_deal"), ("Nordwind Verlag", "clear")])
def test_a_registration_for_an_alias_is_contested(tenant, name, verdict):
    one = account(tenant, "Nordwind Logistik", [f"nordwind-{tenant.key}.de"], country="DE")
    change(tenant, one, {"aliases": ["Nordwind Spedition"]})
    registration = tenant.register(customer={"name": name, "country": "DE"})
    assert registration["verdict"] == "received"
    shown = tenant.as_("partner_manager").get(f"/v1/registrations/{registration['registration_id']}", expect=200)
    assert shown["conflict"]["verdict"] == verdict
