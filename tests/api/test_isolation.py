"""Every operation against every caller who must not get through, generated from the contract: a new operation is in
the matrix on the day that it is in the contract."""
import pytest

from support.keys import token
from support.matrix import IDS, NO_ID, operations, path_names, send, target
from support.tenant import Tenant

ROLES = {"partner_rep", "ae", "partner_manager", "partnerships_leader", "cro", "cfo", "admin", "reader", "crm_sync",
         "prm_portal"}
PARTNER_SIDE = {"partner_rep", "prm_portal"}


class World:
    """One tenant with something in every drawer, and two who stand outside: another tenant, another partner."""

    def __init__(self, facts, client):
        self.tenant = Tenant(facts, client)
        self.other_tenant = Tenant(facts, client)
        deal = self.tenant.deal()
        self.tenant.sign(deal)
        self.deal = self.tenant.advance(deal["opportunity_id"], 3)
        registrations = self.tenant.as_("partner_rep").all("/v1/registrations")
        self.ids = {
            "registration_id": registrations[0]["registration_id"],
            "opportunity_id": self.deal["opportunity_id"],
            "claim_id": self.deal["claims"][0]["claim_id"],
            "account_id": self.deal["account"]["account_id"],
            "partner_id": self.tenant.partner_id,
            "person_id": self.tenant.as_("ae").person_id,
            "endpoint_id": self.tenant.as_("prm_portal").post(
                "/v1/webhook-endpoints", {"url": "https://hooks.example/tandem"}, expect=201)["endpoint_id"],
        }
        self.tenant.as_("cro").put("/v1/targets/2026-Q4", {"class": "sourced", "amount": self.tenant.money(10**9)},
                                   expect=201)
        self.other_partner = self.tenant.partner(name="Another partner")

    def secrets(self):
        """Texts that stand in the tenant's rows and must stand in no foreign answer."""
        return [*self.ids.values(), self.deal["name"], self.deal["account"]["name"], self.tenant.key]


@pytest.fixture(scope="module")
def world(facts, client):
    return World(facts, client)


def without_occurrence(answer):
    return {n: v for n, v in answer.json.items() if n not in ("request_id", "instance")}


def addresses_rows(operation):
    """All but the one that makes a row under an id of the caller's choice."""
    return operation.name != "put_person" and bool(IDS & set(path_names(operation)))


@operations()
def test_no_token_is_401(world, operation):
    answer = send(world.tenant.nobody(), operation, world.ids, expect=401)
    assert answer.code == "unauthenticated"


@operations()
def test_a_token_of_another_key_is_401(world, operation):
    """Signed by a key that the service does not have, with a kid that it does."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    caller = world.tenant.nobody()
    caller.token = token({"ES256": key}, world.tenant.people["admin"].subject, world.tenant.key, operation.roles)
    assert send(caller, operation, world.ids, expect=401).code == "unauthenticated"


@operations()
def test_every_role_that_is_not_named_is_403(world, operation):
    for role in sorted(ROLES - operation.roles):
        stranger = world.tenant.caller("someone", [role])
        answer = send(stranger, operation, world.ids)
        assert (answer.status, answer.code) == (403, "insufficient_scope"), (role, answer)


@operations()
def test_no_role_is_403(world, operation):
    assert send(world.tenant.caller("someone", []), operation, world.ids, expect=403).code == "insufficient_scope"


@operations()
def test_a_subject_without_a_person_is_403(world, operation):
    for role in sorted(operation.roles):
        stranger = world.tenant.caller("someone-unknown", [role])
        answer = send(stranger, operation, world.ids)
        assert (answer.status, answer.code) == (403, "unknown_person"), (role, answer)


@operations()
def test_a_tenant_that_does_not_exist_is_401(world, operation):
    role = sorted(operation.roles)[0]
    caller = world.tenant.caller("someone", [role], claims={"tenant": "no-such-tenant"})
    assert send(caller, operation, world.ids, expect=401).code == "unauthenticated"


@operations(addresses_rows)
def test_rows_of_another_tenant_do_not_exist(world, operation):
    for role in sorted(operation.roles):
        outsider = world.other_tenant.as_(role)
        answer = send(outsider, operation, world.ids)
        assert answer.code == "not_found", (role, answer)
        nothing = send(outsider, operation, dict.fromkeys(IDS, NO_ID))
        assert without_occurrence(answer) == without_occurrence(nothing), "a foreign row can be told from none"


@operations(lambda o: addresses_rows(o) and o.roles & PARTNER_SIDE)
def test_rows_of_another_partner_do_not_exist(world, operation):
    tenant = world.tenant
    for role in sorted(operation.roles & PARTNER_SIDE):
        listed = {"partner": world.other_partner} if role == "partner_rep" else {"partners": [world.other_partner]}
        outsider = tenant.person(role, **listed)
        answer = send(outsider, operation, world.ids)
        assert answer.code == "not_found", (role, answer)
        nothing = send(outsider, operation, dict.fromkeys(IDS, NO_ID))
        assert without_occurrence(answer) == without_occurrence(nothing), "a foreign row can be told from none"


@operations(lambda o: o.method == "GET" and not addresses_rows(o))
def test_lists_and_figures_show_nothing_of_another_tenant(world, operation):
    for role in sorted(operation.roles):
        answer = send(world.other_tenant.as_(role), operation, expect=200)
        assert not [s for s in world.secrets() if s in answer.text], (role, answer)


@operations(lambda o: o.method == "GET" and not addresses_rows(o) and o.roles & PARTNER_SIDE)
def test_lists_show_nothing_of_another_partner(world, operation):
    for role in sorted(operation.roles & PARTNER_SIDE):
        listed = {"partner": world.other_partner} if role == "partner_rep" else {"partners": [world.other_partner]}
        answer = send(world.tenant.person(role, **listed), operation, expect=200)
        assert answer.json.get("data", []) == [], (role, answer)  # rules and codes are everybody's and hold no data
        assert not [s for s in world.secrets() if s in answer.text], (role, answer)


def test_a_representative_cannot_borrow_another_partner_by_a_claim(world):
    rep = world.tenant.as_("partner_rep")
    borrowed = world.tenant.caller(rep.subject, ["partner_rep"], partner=world.other_partner)
    assert borrowed.get("/v1/registrations", expect=403).code == "unknown_person"


def test_roles_of_two_sides_in_one_token_are_refused(world):
    rep = world.tenant.as_("partner_rep")
    both = world.tenant.caller(rep.subject, ["partner_rep", "partner_manager"])
    assert both.get("/v1/registrations").status in (401, 403)


def test_a_role_that_the_token_claims_and_the_person_does_not_have_gives_nothing(world):
    """A partner's person with a vendor role in the token: the person decides on which side it stands."""
    rep = world.tenant.as_("partner_rep")
    raised = world.tenant.caller(rep.subject, ["admin"])
    assert raised.get("/v1/registrations", expect=403).code == "unknown_person"


def test_the_partner_side_never_reads_the_vendor_s_view(world):
    """The schemas decide field by field (support/contract.py); this looks for the values themselves."""
    tenant, opportunity = world.tenant, world.ids["opportunity_id"]
    vendor = world.tenant.as_("ae").get(f"/v1/opportunities/{opportunity}", expect=200)
    for path in ("", "/evidence", "/readiness", "/history"):
        answer = tenant.as_("partner_rep").get(f"/v1/opportunities/{opportunity}{path}", expect=200)
        assert vendor["owner"]["email"] not in answer.text, path
        for word in ("category_call", "withheld", "report_class", "sourced_rule"):
            assert f'"{word}"' not in answer.text, (path, word)


def test_the_reader_s_forecast_names_no_contact(world):
    reader = world.tenant.as_("reader")
    for path in ("/v1/forecast?period=2026-Q4", "/v1/coverage"):
        assert "@" not in reader.get(path, expect=200).text


@operations(lambda o: addresses_rows(o))
def test_an_id_that_is_no_uuid_does_not_exist(world, operation):
    role = sorted(operation.roles)[0]
    answer = send(world.tenant.as_(role), operation, dict.fromkeys(IDS, "17"))
    assert answer.code == "not_found", answer
    assert target(operation, dict.fromkeys(IDS, "17")).count("17")
