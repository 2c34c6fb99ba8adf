"""Between submission and decision: changes asked for, made, refused, withdrawn, and what expires by itself."""
import datetime

import pytest


def path(registration, verb=""):
    return f"/v1/registrations/{registration['registration_id']}" + (f"/{verb}" if verb else "")


def ask(tenant, registration, *fields, caller=None, **more):
    return (caller or tenant.as_("partner_manager")).post(
        path(registration, "request-changes"),
        {"fields": list(fields or ["need"]), "text": "Say which depots are meant"} | more, expect=200)


def resubmit(tenant, registration, caller=None, **changes):
    return (caller or tenant.as_("partner_rep")).post(path(registration, "resubmit"), changes, expect=200)


def rival_of(tenant):
    return tenant.person("partner_rep", partner=tenant.partner())


def conflict(tenant, registration):
    return tenant.as_("partner_manager").get(path(registration), expect=200)["conflict"]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# -- asked for

def test_changes_are_asked_for_and_read_by_both_sides(tenant, database):
    made = tenant.register()
    asked = ask(tenant, made, "need", "close_date")
    assert (asked["state"], asked["version"], asked["verdict"]) == ("changes_requested", 2, "received")
    request = asked["change_request"]
    assert (request["fields"], request["text"], request["correction"]) == (
        ["need", "close_date"], "Say which depots are meant", False)
    read = tenant.as_("partner_rep").get(path(made), expect=200)
    assert (read["state"], read["change_request"], read["verdict"]) == ("changes_requested", request, "received")
    assert tenant.as_("partner_rep").get("/v1/registrations?state=changes_requested", expect=200)["data"] == [read.json]
    with database.cursor() as cursor:
        # the request is the first answer: it meets the response commitment, and a later one does not move it
        cursor.execute("select responded_at, responded_at <= respond_by from registration where id = %s",
                       (made["registration_id"],))
        (responded_at, in_time), = cursor.fetchall()
        assert in_time
        tenant.clock(hours=1)
        resubmit(tenant, made, need="Depots Kiel and Bremen")
        tenant.approve(made)
        cursor.execute("select responded_at from registration where id = %s", (made["registration_id"],))
        assert cursor.fetchall() == [(responded_at,)]
        cursor.execute("select kind, e.reason from event e join registration r on r.tenant_id = e.tenant_id and "
                       "r.registration_id = e.aggregate_id where aggregate = 'registration' and r.id = %s "
                       "order by aggregate_version", (made["registration_id"],))
        assert cursor.fetchall() == [
            ("registration.submitted", None), ("registration.changes_requested", "Say which depots are meant"),
            ("registration.resubmitted", None), ("registration.approved", None)]


def test_only_who_decides_asks(tenant, new_tenant):
    made, body = tenant.register(), {"fields": ["need"], "text": "Say which depots are meant"}
    for role in ("ae", "partner_rep", "admin", "cro"):
        tenant.as_(role).refused("POST", path(made, "request-changes"), body, "insufficient_scope")
    other = tenant.person("partner_manager")
    other.refused("POST", path(made, "request-changes"), body, "not_partner_manager")
    new_tenant().as_("partnerships_leader").refused("POST", path(made, "request-changes"), body, "not_found")
    tenant.as_("partner_manager").refused("POST", path(made, "request-changes"), body, "precondition_failed",
                                          headers={"If-Match": '"0"'})
    ask(tenant, made, caller=tenant.as_("partnerships_leader"))
    tenant.as_("partner_manager").refused("POST", path(made, "request-changes"), body, "invalid_state")


@pytest.mark.parametrize("change, pointers", [
    ({"fields": []}, {"/fields": "too_few"}),
    ({"fields": ["external_id"]}, {"/fields/0": "unknown_choice"}),
    ({"fields": ["need", "need"]}, {"/fields/1": "repeated"}),
    ({"text": "TBD"}, {"/text": "placeholder"}),
    ({"correction": "yes"}, {"/correction": "wrong_type"}),
])
def test_a_request_says_what_and_why(tenant, change, pointers):
    answer = tenant.as_("partner_manager").refused(
        "POST", path(tenant.register(), "request-changes"),
        {"fields": ["need"], "text": "Say which depots are meant"} | change, "invalid_fields")
    assert answer.pointers == pointers


# -- made

def test_only_the_named_fields_change(tenant):
    made = tenant.register()
    ask(tenant, made, "need", "amount")
    rep = tenant.as_("partner_rep")
    answer = rep.refused("POST", path(made, "resubmit"), {
        "customer": made["customer"] | {"name": "Somebody else"}, "product_family": "dispatch",
        "contact": made["contact"] | {"name": "Uwe Vogt"}, "need": "Depots Kiel and Bremen",
        "close_date": None, "partner_rep": made["partner_rep"] | {"name": "Ada Reyes"}}, "invalid_fields")
    assert answer.pointers == {f"/{name}": "frozen" for name in
                               ("customer", "product_family", "contact", "close_date", "partner_rep")}
    # a frozen field may be sent as it stands
    sent = resubmit(tenant, made, need="Depots Kiel and Bremen", amount=None, customer=made["customer"],
                    close_date=made["close_date"])
    assert (sent["need"], sent["amount"], sent["state"]) == ("Depots Kiel and Bremen", None, "submitted")
    assert (sent["verdict"], sent["change_request"], sent["version"]) == ("received", None, 3)
    kept = set(made.json) - {"need", "amount", "version", "responded_at", "responded_in_time"}
    assert sent["responded_in_time"], "the request for changes was the answer"
    assert {name: sent[name] for name in kept} == {name: made[name] for name in kept}
    rep.refused("POST", path(made, "resubmit"), {"need": "More depots"}, "invalid_state")


def test_a_changed_registration_is_checked_like_a_first_one(tenant):
    made = tenant.register()
    ask(tenant, made, "customer", "contact")
    answer = tenant.as_("partner_rep").refused("POST", path(made, "resubmit"), {
        "customer": {"name": "TBD", "domains": ["gmail.com"]}, "contact": {"name": "Uwe"}, "state": "approved"},
        "invalid_fields")
    assert answer.pointers == {"/customer/name": "placeholder", "/customer/domains/0": "free_mail_domain",
                               "/contact/email": "required", "/state": "unknown_member"}


def test_only_the_partner_submits_again(tenant, new_tenant):
    made = tenant.register()
    ask(tenant, made)
    change = {"need": "Depots Kiel and Bremen"}
    for verb in ("resubmit", "withdraw"):
        body = change if verb == "resubmit" else {}
        rival_of(tenant).refused("POST", path(made, verb), body, "not_found")
        new_tenant().as_("partner_rep").refused("POST", path(made, verb), body, "not_found")
        tenant.as_("partner_manager").refused("POST", path(made, verb), body, "insufficient_scope")
        tenant.as_("partner_rep").refused("POST", path(made, verb), body, "precondition_failed",
                                          headers={"If-Match": made.etag})
    portal = tenant.person("prm_portal", partners=[tenant.partner_id])
    first = portal.post(path(made, "resubmit"), change, key="once", expect=200)
    again = portal.post(path(made, "resubmit"), change, key="once", expect=200)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("changes, correction, kept", [
    ({"need": "Depots Kiel and Bremen"}, False, True),
    ({"customer": {"name": "{name} AG"}}, False, False),
    ({"customer": {"name": "{name}, GmbH"}}, False, True),  # the same name to the comparison
    ({"customer": {"country": "AT"}}, False, False),
    ({"customer": {"domains": ["other-{key}.com"]}}, False, False),
    ({"customer": {"domains": ["https://www.{domain}/"]}}, False, True),
    ({"customer": {"domains": ["other-{key}.com"]}}, True, True),
    ({"product_family": "dispatch"}, False, False),
])
def test_the_stamp_is_kept_for_the_same_customer_or_a_correction(tenant, changes, correction, kept):
    made = tenant.register()
    customer = made["customer"]

    def fill(value):
        if isinstance(value, list):
            return [fill(item) for item in value]
        return value.format(name="Another house" if " AG" in value else customer["name"], key=tenant.key,
                            domain=customer["domains"][0])
    if "customer" in changes:
        changes = {"customer": customer | {name: fill(value) for name, value in changes["customer"].items()}}
    ask(tenant, made, "customer", "need", "product_family", correction=correction)
    tenant.clock(days=3)  # over any weekend, so that what is due anew is due later
    sent = resubmit(tenant, made, **changes)
    assert (sent["submitted_at"] == made["submitted_at"]) is kept
    assert (sent["respond_by"] == made["respond_by"]) is kept
    if not kept:
        assert instant(sent["submitted_at"]) - instant(made["submitted_at"]) >= datetime.timedelta(days=3)
    for name, value in changes.items():
        assert sent[name] == value


def test_a_new_stamp_queues_anew_and_is_due_anew(tenant, database):
    mine, theirs = tenant.register(), tenant.register(rival_of(tenant))
    ask(tenant, mine, "customer")
    sent = resubmit(tenant, mine, customer=theirs["customer"])
    # the partner hears what it always hears; the vendor sees who was first
    assert (sent["verdict"], sent["public_rule"], sent["state"]) == ("received", None, "submitted")
    assert set(sent.json) == set(mine.json)
    assert conflict(tenant, sent)["rule"] == "earlier_registration"
    assert conflict(tenant, theirs)["verdict"] == "clear"
    with database.cursor() as cursor:
        cursor.execute("select responded_at from registration where id = %s", (mine["registration_id"],))
        assert cursor.fetchall() == [(None,)]
    tenant.as_("partner_manager").refused("POST", path(mine, "approve"), {
        "ae": tenant.as_("ae").person_id, "partner_manager": tenant.as_("partner_manager").person_id,
        "partner_rep": {"person_id": tenant.as_("partner_rep").person_id}}, "earlier_registration_pending")


def test_a_correction_keeps_the_place_in_the_queue(tenant):
    mine = tenant.register()
    theirs = tenant.register(rival_of(tenant))
    ask(tenant, mine, "customer", correction=True)
    sent = resubmit(tenant, mine, customer=theirs["customer"])
    assert conflict(tenant, sent)["verdict"] == "clear"
    tenant.approve(sent)


def test_a_repeat_by_external_id_stands_for_the_new_content(tenant):
    rep, body = tenant.as_("partner_rep"), tenant.registration_body(external_id="PRM-9")
    made = rep.post("/v1/registrations", body, key=None, expect=201)
    ask(tenant, made)
    sent = resubmit(tenant, made, need="Depots Kiel and Bremen")
    again = rep.post("/v1/registrations", body | {"need": "Depots Kiel and Bremen"}, key=None, expect=200)
    assert again.json == sent.json
    rep.refused("POST", "/v1/registrations", body, "external_id_exists", key=None)


# -- withdrawn

def test_a_partner_withdraws_before_the_decision(tenant, database):
    rep, rival = tenant.as_("partner_rep"), rival_of(tenant)
    for asked in (False, True):
        made = tenant.register()
        if asked:
            ask(tenant, made)
        gone = rep.post(path(made, "withdraw"), {"reason": "The customer stopped the project"}, expect=200)
        assert (gone["state"], gone["verdict"], gone["change_request"]) == ("withdrawn", "received", None)
        # nobody is in the way of a later one any more
        later = tenant.register(rival, customer=made["customer"])
        assert conflict(tenant, later)["verdict"] == "clear"
        rep.refused("POST", path(made, "withdraw"), {}, "invalid_state")
        rep.refused("POST", path(made, "resubmit"), {"need": "Depots"}, "invalid_state")
        tenant.as_("partner_manager").refused(
            "POST", path(made, "reject"), {"reason_code": "other", "reason": "It is gone"}, "invalid_state")
    with database.cursor() as cursor:
        cursor.execute("select distinct reason from event join tenant t using (tenant_id) where t.key = %s and "
                       "kind = 'registration.withdrawn'", (tenant.key,))
        assert cursor.fetchall() == [("The customer stopped the project",)]
    decided = tenant.register()
    tenant.approve(decided)
    rep.refused("POST", path(decided, "withdraw"), {}, "invalid_state")


# -- expired

@pytest.mark.parametrize("zone, asked, expires", [
    ("Europe/Berlin", "2026-03-26T10:00:00+00:00", "2026-04-09T09:00:00Z"),  # Thursday; the clocks change on Sunday
    ("America/New_York", "2026-01-04T03:00:00+00:00", "2026-01-19T05:00:00Z"),  # Saturday 22:00 there
])
def test_changes_are_awaited_for_ten_business_days_in_the_tenants_zone(new_tenant, zone, asked, expires):
    tenant = new_tenant(time_zone=zone)
    target = datetime.datetime.fromisoformat(asked)
    tenant.clock(seconds=(target - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
    late = instant(ask(tenant, tenant.register())["change_request"]["expires_at"]) - instant(expires)
    assert datetime.timedelta(0) <= late + datetime.timedelta(seconds=1) < datetime.timedelta(seconds=31)


def test_what_has_expired_stands_in_nobodys_way(tenant):
    rep, manager, rival = tenant.as_("partner_rep"), tenant.as_("partner_manager"), rival_of(tenant)
    made = tenant.register()
    expires = instant(ask(tenant, made)["change_request"]["expires_at"])
    tenant.clock(seconds=(expires - tenant.now()).total_seconds() - 60)
    assert rep.get(path(made), expect=200)["state"] == "changes_requested"
    before = tenant.register(rival, customer=made["customer"])
    assert conflict(tenant, before)["rule"] == "earlier_registration"
    tenant.clock(seconds=61)
    read = rep.get(path(made), expect=200)
    assert (read["state"], read["verdict"], read["version"]) == ("expired", "received", 2)
    assert read["change_request"]["fields"] == ["need"]
    assert rep.all("/v1/registrations?state=expired") == [read.json]
    assert rep.all("/v1/registrations?state=changes_requested") == []
    rep.refused("POST", path(made, "resubmit"), {"need": "Depots Kiel and Bremen"}, "invalid_state")
    rep.refused("POST", path(made, "withdraw"), {}, "invalid_state")
    manager.refused("POST", path(made, "reject"), {"reason_code": "other", "reason": "Nothing came"}, "invalid_state")
    after = tenant.register(rival_of(tenant), customer=made["customer"])
    # only the registration that came between is left in the way
    assert [each["id"] for each in conflict(tenant, after)["with"]] == [before["registration_id"]]
    tenant.approve(before, rep=rival)


def test_an_expired_rival_does_not_contest_a_deal(tenant):
    """An earlier undecided registration of another partner withholds a deal's money; an expired one does not."""
    mine = tenant.partner_id
    earlier = tenant.register(rival_of(tenant))
    deal = tenant.direct_deal(account=earlier["customer"])
    tenant.as_("ae").post(f"/v1/opportunities/{deal['opportunity_id']}/claims",
                          {"partner_id": mine, "kind": "introduction"}, expect=201)
    assert tenant.read(deal["opportunity_id"])["withheld_by"]["rule"] == "contested"
    expires = instant(ask(tenant, earlier)["change_request"]["expires_at"])
    assert tenant.read(deal["opportunity_id"])["withheld_by"]["rule"] == "contested"
    tenant.clock(seconds=(expires - tenant.now()).total_seconds() + 1)
    assert tenant.read(deal["opportunity_id"])["withheld_by"]["rule"] != "contested"
