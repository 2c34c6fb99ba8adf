"""A customer whose name is one slip away from a known one: told to the vendor, never to the partner, and never merged."""
import os
import random
import sys

import pytest

from support.importing import row, run_import

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "bench"))
import names  # noqa: E402


def customer(tenant, name, country="DE", domain=None):
    body = {"name": f"{name} GmbH", "country": country}
    return body | ({"domains": [f"{domain}-{tenant.key}.com"]} if domain else {})


def conflict(tenant, registration):
    return tenant.as_("partner_manager").get(f"/v1/registrations/{registration['registration_id']}",
                                             expect=200)["conflict"]


def rep_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


def accounts(tenant):
    return [each["account_id"] for each in tenant.as_("ae").all("/v1/registrations")]


def test_a_similar_name_is_contested_with_its_score(tenant):
    first = tenant.register(customer=customer(tenant, "Nordwind Logistik"))
    rival = rep_of(tenant)
    for number, typed in enumerate(("Nordwint Logistik", "Nordwindlogistik", "NORDWIDN-LOGISTIK")):
        second = tenant.register(rival, customer=customer(tenant, typed, domain=f"d{number}"))
        found = conflict(tenant, second)
        assert (found["verdict"], found["rule"]) == ("contested", "similar_name"), typed
        assert {"kind": "registration", "id": first["registration_id"], "matched": "similar", "score": "0.94",
                "verdict": "contested", "rule": "similar_name"} in found["with"], typed
        assert (second["verdict"], second["public_rule"]) == ("received", None)
        tenant.as_("partner_manager").post(f"/v1/registrations/{second['registration_id']}/reject", {
            "reason_code": "other", "reason": "Only here to be compared"}, expect=200)
    assert len(set(accounts(tenant))) == 4, "a similar name is another account until somebody says otherwise"


@pytest.mark.parametrize("typed, country", [
    ("Nordwynt Logistik", "DE"),     # two slips
    ("Nordwint Logistik", "AT"),     # another country, while no domain says otherwise
    ("Nordwind Logistik 2", "DE"),   # digits tell companies apart
])
def test_what_is_not_similar_is_clear(tenant, typed, country):
    tenant.register(customer=customer(tenant, "Nordwind Logistik"))
    other = tenant.register(rep_of(tenant), customer=customer(tenant, typed, country))
    assert conflict(tenant, other) == {"verdict": "clear", "rule": "no_conflict", "with": []}


def test_a_similar_name_without_anything_open_is_shown_and_blocks_nothing(tenant):
    first = tenant.register(customer=customer(tenant, "Nordwind Logistik"))
    tenant.as_("partner_rep").post(f"/v1/registrations/{first['registration_id']}/withdraw", {}, expect=200)
    found = conflict(tenant, tenant.register(rep_of(tenant), customer=customer(tenant, "Nordwint Logistik")))
    assert (found["verdict"], [(each["kind"], each["matched"], each["score"]) for each in found["with"]]) == (
        "clear", [("account", "similar", "0.94")])


def test_an_open_deal_and_ones_own_registration_under_a_similar_name(tenant):
    deal = tenant.direct_deal(account={"name": "Österreichische Wärme AG", "country": "DE"})
    second = tenant.register(customer=customer(tenant, "Osterreichische Wärme"))
    found = conflict(tenant, second)
    assert (found["verdict"], found["rule"]) == ("contested", "similar_name")
    assert deal["opportunity_id"] in [each["id"] for each in found["with"]]
    other_family = tenant.register(customer=customer(tenant, "Osterreichische Wärme"), product_family="dispatch")
    assert conflict(tenant, other_family)["verdict"] == "clear"
    own = tenant.register(customer=customer(tenant, "Osterreichsche Wärme"), product_family="dispatch")
    assert (conflict(tenant, own)["verdict"], conflict(tenant, own)["rule"]) == ("duplicate_of_own", "own_similar_name")


def test_another_tenants_similar_name_is_nobodys_business(tenant, new_tenant):
    tenant.register(customer=customer(tenant, "Nordwind Logistik"))
    other = new_tenant()
    assert conflict(other, other.register(customer=customer(other, "Nordwint Logistik")))["with"] == []


def test_names_with_one_slip_are_found(tenant):
    """99 of 100 and more, by every kind of slip; few new names are taken for another. The seed is in the failure."""
    seed, known, probes, new = 7, 1500, 240, 120
    chance, companies = random.Random(seed), names.companies(seed, known)
    tenant.as_("ae")
    done = run_import(tenant, [row(f"D-{n}", account={"name": name, "country": "DE"}) for n, name in enumerate(companies)])
    assert done.counts[0] == known
    typed = [names.mistyped(chance, own) + (own,) for own in chance.sample(companies, probes)]
    keys = {names.key(own) for own in companies}
    others = [name for name in names.companies(seed + 1, 2 * new) if names.key(name) not in keys][:new]
    sent = [("typed", name) for _, name, _ in typed] + [("new", name) for name in others]
    reps = [rep_of(tenant) for _ in range(len(sent) // 45 + 1)]
    for n, (_, name) in enumerate(sent):
        tenant.register(reps[n // 45], external_id=str(n), customer={"name": name, "country": "DE"},
                        product_family=str(n))
    found = {int(each["external_id"]): [other for other in each["conflict"]["with"] if other["kind"] == "opportunity"]
             for each in tenant.as_("cro").all("/v1/registrations")}
    deals = {each["opportunity_id"]: each["name"] for each in tenant.as_("cro").all("/v1/opportunities")}
    number = {names.key(own): f"Deal D-{n}" for n, own in enumerate(companies)}
    missed = [(slip, own, name) for n, (slip, name, own) in enumerate(typed)
              if number[names.key(own)] not in [deals[other["id"]] for other in found[n]]]
    alarms = sum(bool(found[n]) for n in range(probes, len(sent)))
    assert len(missed) <= probes / 100, f"seed {seed}: {missed}"
    assert alarms <= new / 20, f"seed {seed}: {alarms} of {new} new names are taken for another"


# -- aliases

def known_as(tenant, name, *aliases):
    """An account with an open deal, and further names."""
    deal = tenant.direct_deal(account={"name": name, "country": "DE"})
    path = f"/v1/accounts/{deal['account']['account_id']}"
    return deal, tenant.as_("ae").patch(path, {"aliases": list(aliases)}, "*", expect=200), path


@pytest.mark.parametrize("typed", ["Nordwint Spedition", "Nordwindspedition", "Nordwidn Spedition"])
def test_an_alias_with_one_slip_is_contested_with_its_score(tenant, typed):
    deal, _, _ = known_as(tenant, "Blauwal Transporte", "Hansa Fracht", "Nordwind Spedition")
    registration = tenant.register(customer=customer(tenant, typed))
    found = conflict(tenant, registration)
    assert (found["verdict"], found["rule"]) == ("contested", "similar_name")
    assert {"kind": "opportunity", "id": deal["opportunity_id"], "matched": "similar", "score": "0.94",
            "verdict": "contested", "rule": "similar_name"} in found["with"]
    assert registration["verdict"] == "received"


def test_the_name_that_is_most_alike_gives_the_score_and_nothing_is_found_twice(tenant):
    deal, _, _ = known_as(tenant, "Nordwind AB", "Nordwind ABC Logistik", "Nordwind ABE Logistik")
    found = conflict(tenant, tenant.register(customer=customer(tenant, "Nordwind ABD Logistik")))
    assert [each["id"] for each in found["with"] if each["kind"] == "opportunity"] == [deal["opportunity_id"]]


def test_an_alias_that_is_given_up_is_no_name_any_more(tenant):
    _, account, path = known_as(tenant, "Blauwal Transporte", "Nordwind Spedition")
    tenant.as_("ae").patch(path, {"aliases": ["Nordlicht Spedition"]}, account.etag, expect=200)
    gone = tenant.register(customer=customer(tenant, "Nordwint Spedition"))
    assert conflict(tenant, gone) == {"verdict": "clear", "rule": "no_conflict", "with": []}
    taken = tenant.register(customer=customer(tenant, "Nordlihct Spedition"))
    assert conflict(tenant, taken)["rule"] == "similar_name"
    tenant.as_("ae").patch(path, {"name": "Rotwal Transporte", "aliases": []}, "*", expect=200)
    assert conflict(tenant, tenant.register(customer=customer(tenant, "Nordlicht Spediton")))["with"] == []
    assert conflict(tenant, tenant.register(customer=customer(tenant, "Rotwall Transporte")))["rule"] == "similar_name"


def test_a_similar_alias_in_another_country_or_of_another_tenant_is_nobody(tenant, new_tenant):
    known_as(tenant, "Blauwal Transporte", "Nordwind Spedition")
    assert conflict(tenant, tenant.register(customer=customer(tenant, "Nordwint Spedition", "AT")))["with"] == []
    other = new_tenant()
    assert conflict(other, other.register(customer=customer(other, "Nordwint Spedition")))["with"] == []
