"""Registrations as partners send and read them: received, whatever is found; found, by whoever may."""
import datetime

import pytest

from support.race import race
from support.tenant import uuid7

PARTNER_MEMBERS = {
    "registration_id", "external_id", "partner_id", "acting_for", "customer", "product_family", "contact", "need",
    "amount", "close_date", "partner_rep", "state", "submitted_at", "respond_by", "responded_at",
    "responded_in_time", "verdict", "public_rule",
    "change_request", "protected_until", "opportunity_id", "version"}
VENDOR_MEMBERS = PARTNER_MEMBERS | {"account_id", "conflict", "resolution", "rejection"}


def customer(tenant, mark, country="DE", domain=True, **changes):
    body = {"name": f"Nordwind {mark} {tenant.key} GmbH", "country": country}
    return body | ({"domains": [f"nordwind-{mark}-{tenant.key}.com"]} if domain else {}) | changes


def conflict(tenant, registration):
    return tenant.as_("partner_manager").get(f"/v1/registrations/{registration['registration_id']}",
                                             expect=200)["conflict"]


def rep_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


# -- create and read

def test_a_registration_is_received_and_read_back(tenant, database):
    rep = tenant.as_("partner_rep")
    body = tenant.registration_body(external_id="PRM-1042", product_family="dispatch")
    made = rep.post("/v1/registrations", body, expect=201)
    assert made.headers["Location"] == f"/v1/registrations/{made['registration_id']}"
    assert set(made.json) == PARTNER_MEMBERS
    for name, value in body.items():
        assert made[name] == value, name
    assert (made["state"], made["verdict"], made["version"]) == ("submitted", "received", 1)
    assert (made["partner_id"], made["acting_for"], made["public_rule"]) == (tenant.partner_id, None, None)
    read = rep.get(f"/v1/registrations/{made['registration_id']}", expect=200)
    assert read.json == made.json and read.etag == made.etag
    rep.get(f"/v1/registrations/{made['registration_id']}", headers={"If-None-Match": read.etag}, expect=304)
    vendor = tenant.as_("ae").get(f"/v1/registrations/{made['registration_id']}", expect=200)
    assert set(vendor.json) == VENDOR_MEMBERS and vendor.etag != read.etag
    assert vendor["conflict"] == {"verdict": "clear", "rule": "no_conflict", "with": []}
    with database.cursor() as cursor:
        cursor.execute("select kind, cause, partner_id is not null, after->>'external_id', s.subject from event e "
                       "join tenant t using (tenant_id) join person s on s.tenant_id = e.tenant_id and s.person_id = "
                       "e.actor_id where t.key = %s and aggregate = 'registration'", (tenant.key,))
        assert cursor.fetchall() == [("registration.submitted", "api", True, "PRM-1042", rep.subject)]


def test_what_may_be_left_out_is_left_out(tenant):
    body = tenant.registration_body()
    for name in ("amount", "close_date"):
        del body[name]
    body["customer"] = customer(tenant, 1, domain=False)
    made = tenant.as_("partner_rep").post("/v1/registrations", body, expect=201)
    assert (made["amount"], made["close_date"], made["external_id"]) == (None, None, None)
    assert (made["product_family"], made["customer"]["domains"]) == ("default", [])


def test_every_bad_field_is_told_at_once(tenant):
    answer = tenant.as_("partner_rep").refused("POST", "/v1/registrations", {
        "customer": {"name": "TBD", "domains": ["gmail.com", "no domain", "ok.com", "co.uk"], "country": "Germany"},
        "contact": {"name": "", "email": "jana"}, "need": "x" * 1001, "close_date": "2026-02-30",
        "amount": {"amount_minor": -1, "currency": "EURO"}, "partner_rep": {"name": "Omar"}, "stage": "won"},
        "invalid_fields")
    assert answer.pointers == {
        "/customer/name": "placeholder", "/customer/domains/0": "free_mail_domain",
        "/customer/domains/1": "invalid_domain", "/customer/domains/3": "invalid_domain",
        "/customer/country": "invalid_country", "/contact/name": "too_short", "/contact/email": "invalid_email",
        "/need": "too_long", "/close_date": "invalid_date", "/amount/amount_minor": "too_small",
        "/amount/currency": "invalid_currency", "/partner_rep/email": "required", "/stage": "unknown_member"}


def test_a_customer_without_a_domain_needs_a_country(tenant):
    answer = tenant.as_("partner_rep").refused(
        "POST", "/v1/registrations", tenant.registration_body(customer={"name": "Nordwind"}), "invalid_fields")
    assert answer.pointers == {"/customer/country": "required"}


@pytest.mark.parametrize("zone, now, due", [
    ("Europe/Berlin", "2026-03-26T10:00:00+00:00", "2026-03-30T09:00:00Z"),   # Thursday; the clocks change on Sunday
    ("Europe/Berlin", "2026-03-27T22:30:00+00:00", "2026-03-31T21:30:00Z"),   # Friday 23:30
    ("Europe/Berlin", "2026-03-27T23:30:00+00:00", "2026-03-31T22:00:00Z"),   # Saturday 00:30 there
    ("Etc/UTC", "2026-03-28T15:00:00+00:00", "2026-04-01T00:00:00Z"),         # Saturday
    ("America/New_York", "2026-01-05T03:00:00+00:00", "2026-01-07T05:00:00Z"),  # Sunday 22:00 there
])
def test_the_response_is_due_two_business_days_later_in_the_tenants_zone(new_tenant, zone, now, due):
    tenant = new_tenant(time_zone=zone)
    target = datetime.datetime.fromisoformat(now)
    tenant.clock(seconds=(target - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
    made = tenant.register()

    def instant(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert abs(instant(made["submitted_at"]) - target) < datetime.timedelta(seconds=20)
    # due at the same local time of day, or at the day's start after a weekend
    late = instant(made["respond_by"]) - instant(due)
    assert datetime.timedelta(0) <= late + datetime.timedelta(seconds=1) < datetime.timedelta(seconds=21)


# -- who speaks for whom

def test_a_representative_speaks_for_its_own_partner(tenant):
    rep, other = tenant.as_("partner_rep"), tenant.partner()
    rep.post("/v1/registrations", tenant.registration_body(partner_id=tenant.partner_id), expect=201)
    answer = rep.refused("POST", "/v1/registrations", tenant.registration_body(partner_id=other), "invalid_fields")
    assert answer.pointers == {"/partner_id": "unknown_partner"}
    answer = rep.refused("POST", "/v1/registrations", tenant.registration_body(
        acting_for={"name": "Omar", "email": "omar@partner.example"}), "invalid_fields")
    assert answer.pointers == {"/acting_for": "not_allowed"}


def test_a_portal_names_one_of_its_partners(tenant, database):
    one, two, foreign = tenant.partner(), tenant.partner(), tenant.partner()
    portal = tenant.person("prm_portal", partners=[one, two])
    answer = portal.refused("POST", "/v1/registrations", tenant.registration_body(), "invalid_fields")
    assert answer.pointers == {"/partner_id": "required"}
    for partner_id in (foreign, uuid7()):
        answer = portal.refused("POST", "/v1/registrations", tenant.registration_body(partner_id=partner_id),
                                "invalid_fields")
        assert answer.pointers == {"/partner_id": "unknown_partner"}
    behind = {"name": "Omar Reyes", "email": "omar@partner.example"}
    made = portal.post("/v1/registrations", tenant.registration_body(partner_id=two.upper(), acting_for=behind),
                       expect=201)
    assert (made["partner_id"], made["acting_for"]) == (two, behind)
    with database.cursor() as cursor:
        cursor.execute("select acting_for from event join tenant t using (tenant_id) where t.key = %s and kind = "
                       "'registration.submitted'", (tenant.key,))
        assert cursor.fetchall() == [(behind,)]
    # a token that is bound to one partner narrows the list
    bound = tenant.caller(portal.subject, ["prm_portal"], partner=one)
    bound.refused("GET", f"/v1/registrations/{made['registration_id']}", code="not_found")
    bound.refused("POST", "/v1/registrations", tenant.registration_body(partner_id=two), "invalid_fields")


def test_only_the_partners_side_registers(tenant):
    for role in ("ae", "partner_manager", "partnerships_leader", "admin", "crm_sync", "reader"):
        tenant.as_(role).refused("POST", "/v1/registrations", tenant.registration_body(), "insufficient_scope")
    for role in ("reader", "crm_sync"):
        tenant.as_(role).refused("GET", "/v1/registrations", code="insufficient_scope")


def test_nobody_reads_what_is_anothers(tenant, new_tenant):
    made = tenant.register()
    path = f"/v1/registrations/{made['registration_id']}"
    rival, stranger = rep_of(tenant), new_tenant()
    unknown = rival.refused("GET", f"/v1/registrations/{uuid7()}", code="not_found")
    for caller in (rival, stranger.as_("partner_rep"), stranger.as_("partner_manager"), stranger.as_("admin")):
        answer = caller.refused("GET", path, code="not_found")
        assert answer["detail"] == unknown["detail"]
        assert caller.all("/v1/registrations") == []


# -- said twice

def test_a_key_or_an_external_id_is_needed(tenant):
    rep = tenant.as_("partner_rep")
    rep.refused("POST", "/v1/registrations", tenant.registration_body(), "idempotency_key_required", key=None)
    rep.post("/v1/registrations", tenant.registration_body(external_id="E-1"), key=None, expect=201)


def test_a_key_answers_once(tenant):
    rep, body = tenant.as_("partner_rep"), tenant.registration_body()
    first = rep.post("/v1/registrations", body, key="k", expect=201)
    again = rep.post("/v1/registrations", body, key="k", expect=201)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"] and again.etag == first.etag
    rep.refused("POST", "/v1/registrations", body | {"need": "Something else"}, "idempotency_key_reused", key="k")
    assert len(rep.all("/v1/registrations")) == 1


def test_an_external_id_stands_for_its_content(tenant):
    rep, body = tenant.as_("partner_rep"), tenant.registration_body(external_id="PRM-7")
    first = rep.post("/v1/registrations", body, key=None, expect=201)
    again = rep.post("/v1/registrations", dict(reversed(body.items())), key=None, expect=200)
    assert again.json == first.json and again.etag == first.etag
    for change in ({"need": "Something else"}, {"close_date": tenant.day(31)}, {"product_family": "other"},
                   {"customer": body["customer"] | {"country": "AT"}}, {"amount": tenant.money(12_500_001)}):
        rep.refused("POST", "/v1/registrations", body | change, "external_id_exists", key=None)
    # the id is the partner's own: another partner may use the same
    rival = rep_of(tenant)
    rival.post("/v1/registrations", body, key=None, expect=201)
    # after the decision the repeat answers what stands now
    tenant.approve(first)
    later = rep.post("/v1/registrations", body, key=None, expect=200)
    assert (later["registration_id"], later["state"]) == (first["registration_id"], "approved")


def test_one_external_id_sent_at_once_is_one_registration(tenant):
    rep, body = tenant.as_("partner_rep"), tenant.registration_body(external_id="PRM-8")
    answers = race(*[(rep, lambda caller: caller.post("/v1/registrations", body, key=None))] * 6)
    assert sorted(answer.status for answer in answers) == [200] * 5 + [201]
    assert len({answer["registration_id"] for answer in answers}) == 1


@pytest.mark.parametrize("domain", [True, False])
def test_a_new_customer_sent_at_once_is_one_account(tenant, database, domain):
    same = customer(tenant, 1, domain=domain)
    reps = [rep_of(tenant) for _ in range(6)]
    answers = race(*[(rep, lambda caller: caller.post("/v1/registrations", tenant.registration_body(customer=same)))
                     for rep in reps])
    assert [answer.status for answer in answers] == [201] * 6
    vendor = tenant.as_("ae").all("/v1/registrations")
    assert len({row["account_id"] for row in vendor}) == 1
    with database.cursor() as cursor:
        cursor.execute("select count(*) from account join tenant t using (tenant_id) where t.key = %s", (tenant.key,))
        assert cursor.fetchone() == (1,)


# -- what the check finds

def test_the_same_customer_is_found_by_domain_and_by_name(tenant):
    first = tenant.register(customer=customer(tenant, 1))
    rival = rep_of(tenant)
    cases = [
        ("domain", {"name": "Something else", "domains": [f"https://WWW.nordwind-1-{tenant.key}.com/about"]}),
        ("domain", {"name": "Something else", "domains": ["else.com", f"shop.nordwind-1-{tenant.key}.com."]}),
        ("name", {"name": f"NORDWIND, 1 {tenant.key}", "country": "DE"}),
        ("name", {"name": f"  Nordwind 1 {tenant.key} Ltd.", "domains": ["elsewhere.com"]}),
    ]
    for matched, same in cases:
        made = tenant.register(rival, customer=same)
        assert made["verdict"] == "received" and set(made.json) == PARTNER_MEMBERS
        found = conflict(tenant, made)
        assert found["verdict"] == "contested"
        assert (first["registration_id"], matched) in [(row["id"], row["matched"]) for row in found["with"]]
    # other countries are other companies while no domain says otherwise
    apart = tenant.register(rival, customer=customer(tenant, 1, country="AT", domain=False))
    assert conflict(tenant, apart) == {"verdict": "clear", "rule": "no_conflict", "with": []}


@pytest.mark.parametrize("known, typed, same", [
    ("bücher-{}.de", "WWW.BÜCHER-{}.DE", True),             # letters beyond ASCII, capitals, a host
    ("bücher-{}.de", None, True),                           # as the DNS has it
    ("bücher-{}.de", "bu\u0308cher-{}.de", True),           # composed or not
    ("acme-{}.co.uk", "shop.acme-{}.co.uk", True),
    ("one.acme-{}.co.uk", "two-{}.co.uk", False),           # co.uk is nobody's own
    ("acme-{}.com", "acme-{}.de", False),
    ("one-{}.github.io", "two-{}.github.io", False),        # nor is what lends names to others
])
def test_a_domain_is_known_however_it_is_written(tenant, known, typed, same):
    known = known.format(tenant.key)
    typed = typed.format(tenant.key) if typed else known.encode("idna").decode().upper()
    first = tenant.register(customer={"name": "Bücherstube", "domains": [known]})
    second = tenant.register(rep_of(tenant), customer={"name": "Other words", "domains": [typed]})
    assert second["customer"]["domains"] == [typed], "what was sent is read back"
    assert ((first["registration_id"], "domain") in
            [(each["id"], each["matched"]) for each in conflict(tenant, second)["with"]]) == same


def test_the_answer_is_the_same_whatever_is_found(tenant):
    clear = tenant.register()
    taken = tenant.register(rep_of(tenant), customer=clear["customer"])
    tenant.approve(clear)
    deal = tenant.register(rep_of(tenant), customer=clear["customer"])
    for made in (taken, deal):
        assert set(made.json) == set(clear.json)
        assert (made["state"], made["verdict"], made["public_rule"]) == ("submitted", "received", None)
    assert conflict(tenant, taken)["rule"] == "earlier_registration"
    assert conflict(tenant, deal)["verdict"] == "existing_deal"
    assert conflict(tenant, deal)["rule"] == "open_opportunity"


def test_how_long_the_work_took_is_not_the_partners_to_know(tenant):
    registration = tenant.register()
    target = f"/v1/registrations/{registration['registration_id']}"
    timing = {role: tenant.as_(role).get(target, expect=200).headers["Server-Timing"]
              for role in ("partner_rep", "prm_portal", "partner_manager")}
    timing["sent"] = registration.headers["Server-Timing"]
    for who in ("partner_rep", "prm_portal", "sent"):
        assert "gates;dur=" in timing[who] and "work" not in timing[who] and "queue" not in timing[who], timing[who]
    assert "queue;dur=" in timing["partner_manager"] and "work;dur=" in timing["partner_manager"]


def test_another_family_is_shown_and_blocks_nothing(tenant):
    first, rival = tenant.register(product_family="dispatch"), rep_of(tenant)
    second = tenant.register(rival, customer=first["customer"], product_family="billing")
    found = conflict(tenant, second)
    assert found["verdict"] == "clear"
    assert found["with"] == [{"kind": "registration", "id": first["registration_id"], "matched": "domain",
                              "score": None, "verdict": "clear", "rule": "no_conflict"}]
    tenant.approve(first)
    tenant.approve(second, rep=rival)


def test_ones_own_earlier_registration_is_a_duplicate(tenant):
    first = tenant.register()
    assert conflict(tenant, tenant.register(customer=first["customer"]))["verdict"] == "duplicate_of_own"


def test_domain_and_name_on_two_accounts_are_contested(tenant):
    one, two = customer(tenant, 1), customer(tenant, 2)
    for each in (one, two):
        tenant.as_("partner_manager").post(
            f"/v1/registrations/{tenant.register(customer=each)['registration_id']}/reject",
            {"reason_code": "not_qualified", "reason": "There is no budget"}, expect=200)
    mixed = tenant.register(customer={"name": one["name"], "domains": two["domains"]})
    assert conflict(tenant, mixed)["rule"] == "domain_and_name_differ"


def test_an_account_without_a_domain_learns_it(tenant):
    first = tenant.register(customer=customer(tenant, 1, domain=False))
    second = tenant.register(rep_of(tenant), customer=customer(tenant, 1))
    third = tenant.register(rep_of(tenant), customer={"name": "Something else", "domains":
                                                      customer(tenant, 1)["domains"]})
    ids = {row["account_id"] for row in tenant.as_("ae").all("/v1/registrations")}
    assert len(ids) == 1
    assert conflict(tenant, third)["with"][0]["id"] in (first["registration_id"], second["registration_id"])


# -- lists

def test_lists_are_filtered_and_paged(tenant):
    rep, rival = tenant.as_("partner_rep"), rep_of(tenant)
    made = [tenant.register(external_id=f"E-{n}") for n in range(5)]
    tenant.register(rival, external_id="E-3")
    ids = [row["registration_id"] for row in reversed(made)]
    rows = rep.all("/v1/registrations", {"limit": 2})
    assert [row["registration_id"] for row in rows] == ids
    assert all(set(row) == PARTNER_MEMBERS for row in rows)
    tenant.clock(hours=1)
    since = (tenant.now() - datetime.timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    approved = tenant.approve(made[1])

    def found(caller, **query):
        return [row["registration_id"] for row in caller.all("/v1/registrations", query)]
    assert found(rep, state="approved") == [approved["registration_id"]]
    assert found(rep, state="submitted") == [i for i in ids if i != approved["registration_id"]]
    assert found(rep, external_id="E-3") == [made[3]["registration_id"]]
    first = rep.get("/v1/registrations?limit=3", expect=200)  # the first page may say how long, the second need not
    assert len(rep.get(f"/v1/registrations?cursor={first['next_cursor']}", expect=200)["data"]) == 2
    assert len(found(tenant.as_("ae"), external_id="E-3")) == 2
    assert found(rep, updated_since=since) == [approved["registration_id"]]
    assert set(tenant.as_("cfo").get("/v1/registrations", expect=200)["data"][0]) == VENDOR_MEMBERS
    page = rep.get("/v1/registrations", {"limit": 2, "state": "submitted"}, expect=200)
    cursor = page["next_cursor"]
    rep.refused("GET", f"/v1/registrations?limit=2&cursor={cursor}", code="invalid_cursor")
    answer = rep.refused("GET", "/v1/registrations?state=lost&updated_since=yesterday&page=2",
                         code="invalid_parameter")
    assert answer.pointers == {"?state": "unknown_choice", "?updated_since": "invalid_instant",
                               "?page": "unknown_parameter"}
