"""Partners and people: who may be what, and for whom."""
import pytest

from support.race import race
from support.tenant import uuid7


def person_body(tenant, *roles, **changes):
    mark = uuid7()
    return {"subject": f"s|{mark}", "name": "Ines Duarte", "email": f"{mark}@{tenant.key}.example",
            "roles": list(roles)} | changes


# -- people

def test_a_person_is_created_replaced_and_read_by_its_tag(tenant):
    admin, person_id = tenant.as_("admin"), uuid7()
    body = person_body(tenant, "ae", "partner_manager", crm_owner_ids=["0055g", "0066h"])
    made = admin.put(f"/v1/people/{person_id}", body, expect=201)
    assert made.json == body | {"person_id": person_id, "roles": ["ae", "partner_manager"], "partner_id": None,
                                "partner_ids": [], "active": True, "erased_at": None, "version": 1}
    changed = admin.put(f"/v1/people/{person_id}", body | {"name": "Ines Duarte-Lund", "active": False},
                        etag=made.etag, expect=200)
    assert (changed["name"], changed["active"], changed["version"]) == ("Ines Duarte-Lund", False, 2)
    # the tag of version 1 is stale, and creating again is no replacing
    admin.refused("PUT", f"/v1/people/{person_id}", body, "precondition_failed", headers={"If-Match": made.etag})
    admin.refused("PUT", f"/v1/people/{person_id}", body, "precondition_failed", headers={"If-None-Match": "*"})
    admin.refused("PUT", f"/v1/people/{person_id}", body, "precondition_required")
    admin.refused("PUT", f"/v1/people/{uuid7()}", body, "precondition_failed", headers={"If-Match": '"1"'})


def test_a_person_who_is_not_active_is_not_let_in(tenant):
    ae = tenant.person("ae")
    ae.get("/v1/partners", expect=200)
    body = {"subject": ae.subject, "name": ae.name, "email": ae.email, "roles": ["ae"], "active": False}
    tenant.as_("admin").put(f"/v1/people/{ae.person_id}", body, etag='"1"', expect=200)
    ae.refused("GET", "/v1/partners", code="unknown_person")


def test_every_bad_field_of_a_person_is_told_at_once(tenant):
    admin = tenant.as_("admin")
    answer = admin.refused("PUT", f"/v1/people/{uuid7()}", {
        "subject": "", "name": "x" * 201, "email": "nobody", "roles": ["partner_rep", "ae"],
        "partner_ids": ["7", uuid7()], "crm_owner_ids": ["a", "a"], "active": "yes", "colour": "red"},
        "invalid_fields", headers={"If-None-Match": "*"})
    assert answer.pointers == {
        "/subject": "too_short", "/name": "too_long", "/email": "invalid_email", "/roles": "mixed_sides",
        "/partner_ids/0": "invalid_uuid", "/crm_owner_ids/1": "repeated", "/active": "wrong_type",
        "/colour": "unknown_member"}


@pytest.mark.parametrize("roles, more, pointer, code", [
    (["partner_rep"], {}, "/partner_id", "required"),
    (["prm_portal"], {}, "/partner_ids", "required"),
    (["ae"], {"partner_id": "own"}, "/partner_id", "not_allowed"),
    (["ae"], {"partner_ids": ["own"]}, "/partner_ids", "not_allowed"),
    (["partner_rep"], {"partner_id": "own", "partner_ids": ["own"]}, "/partner_ids", "not_allowed"),
    (["prm_portal", "partner_rep"], {"partner_id": "own"}, "/roles", "mixed_sides"),
    (["ae", "ae"], {}, "/roles/1", "repeated"),
    (["partner_rep"], {"partner_id": "none"}, "/partner_id", "unknown_partner"),
    (["prm_portal"], {"partner_ids": ["own", "none"]}, "/partner_ids/1", "unknown_partner"),
    (["prm_portal"], {"partner_ids": ["own", "OWN"]}, "/partner_ids/1", "repeated"),
])
def test_roles_and_partners_fit_together(tenant, roles, more, pointer, code):
    ids = {"own": tenant.partner_id, "OWN": tenant.partner_id.upper(), "none": uuid7()}
    more = {n: [ids[i] for i in v] if isinstance(v, list) else ids[v] for n, v in more.items()}
    answer = tenant.as_("admin").refused("PUT", f"/v1/people/{uuid7()}", person_body(tenant, *roles, **more),
                                         "invalid_fields", headers={"If-None-Match": "*"})
    assert answer.pointers == {pointer: code}


def test_a_partners_person_is_bound_to_partners_of_its_tenant(tenant, new_tenant):
    one, two = tenant.partner(), tenant.partner()
    portal = tenant.as_("admin").put(f"/v1/people/{uuid7()}",
                                     person_body(tenant, "prm_portal", partner_ids=[two.upper(), one]), expect=201)
    assert (portal["partner_id"], portal["partner_ids"]) == (None, [two, one])
    rep = tenant.as_("admin").put(f"/v1/people/{uuid7()}", person_body(tenant, "partner_rep", partner_id=one),
                                  expect=201)
    assert (rep["partner_id"], rep["partner_ids"]) == (one, [])
    other = new_tenant()
    answer = other.as_("admin").refused("PUT", f"/v1/people/{uuid7()}",
                                        person_body(other, "partner_rep", partner_id=one), "invalid_fields",
                                        headers={"If-None-Match": "*"})
    assert answer.pointers == {"/partner_id": "unknown_partner"}


def test_a_subject_is_one_person(tenant, new_tenant):
    admin, body = tenant.as_("admin"), person_body(tenant, "ae")
    admin.put(f"/v1/people/{uuid7()}", body, expect=201)
    admin.refused("PUT", f"/v1/people/{uuid7()}", body, "already_exists", headers={"If-None-Match": "*"})
    # another tenant knows nothing of it: not of the subject, and not of the id
    other, person_id = new_tenant(), uuid7()
    other.as_("admin").put(f"/v1/people/{person_id}", body, expect=201)
    admin.put(f"/v1/people/{person_id}", person_body(tenant, "cro"), expect=201)


def put(tenant, row, **changes):
    """Replaces a person by what the list says of it."""
    row = getattr(row, "json", row)
    said = {n: v for n, v in row.items() if n not in ("person_id", "version", "erased_at") and v not in (None, [])}
    body = said | changes
    return tenant.as_("admin").put(f"/v1/people/{row['person_id']}", body, etag=f'"{row["version"]}"', expect=200)


def listed(tenant, **query):
    return tenant.as_("admin").all("/v1/people", query)


def test_people_are_listed_and_changed_by_what_the_list_says(tenant, new_tenant):
    ae, own, other = tenant.person("ae"), tenant.partner_id, tenant.partner()
    rep, portal = tenant.as_("partner_rep"), tenant.person("prm_portal", partners=[other, own])
    new_tenant().person("ae")
    everybody = listed(tenant, limit=2)
    assert [row["person_id"] for row in everybody] == sorted((row["person_id"] for row in everybody), reverse=True)
    assert {row["subject"] for row in everybody} == {caller.subject for caller in (
        ae, rep, portal, tenant.as_("partner_manager"), tenant.as_("admin"))}

    def ids(**query):
        return {row["person_id"] for row in listed(tenant, **query)}
    assert ids(role="ae") == {ae.person_id} and ids(role="cfo") == set()
    assert ids(partner=other) == {portal.person_id}
    assert ids(partner=own) == {portal.person_id, rep.person_id}
    assert ids(email=ae.email.upper()) == ids(subject=ae.subject) == {ae.person_id}
    assert ids(email=ae.email, subject=rep.subject) == set()
    row, = listed(tenant, subject=portal.subject)
    assert (row["partner_id"], row["partner_ids"], row["active"]) == (None, [other, own], True)

    row, = listed(tenant, subject=ae.subject)
    assert put(tenant, row, active=False, roles=["ae", "cro"])["version"] == 2
    assert ids(active="false") == {ae.person_id} == ids(role="cro") and ae.person_id not in ids(active="true")
    assert listed(tenant, subject=ae.subject)[0]["roles"] == ["ae", "cro"]


def test_the_filters_of_the_list_are_checked(tenant):
    answer = tenant.as_("admin").refused("GET", "/v1/people?role=king&partner=7&active=1&email=x&subject=",
                                         code="invalid_parameter")
    assert answer.pointers == {"?role": "unknown_choice", "?partner": "invalid_uuid", "?active": "wrong_type",
                               "?email": "invalid_email", "?subject": "too_short"}


def test_a_crm_owner_id_means_one_active_person(tenant, new_tenant):
    admin = tenant.as_("admin")
    first, second = (admin.put(f"/v1/people/{uuid7()}", person_body(tenant, "ae", crm_owner_ids=ids), expect=201)
                     for ids in (["1", "2"], ["3"]))
    answer = admin.refused("PUT", f"/v1/people/{uuid7()}", person_body(tenant, "ae", crm_owner_ids=["9", "2", "3"]),
                           "already_exists", headers={"If-None-Match": "*"})
    assert answer.pointers == {"/crm_owner_ids/1": "taken", "/crm_owner_ids/2": "taken"}
    assert first["person_id"] in answer.text and second["person_id"] in answer.text
    # its own ids are no one else's, nor are those of another tenant, nor of somebody who has left
    first = put(tenant, first, name="Ines Lund")
    other = new_tenant()
    other.as_("admin").put(f"/v1/people/{uuid7()}", person_body(other, "ae", crm_owner_ids=["1"]), expect=201)
    first = put(tenant, first, active=False)
    second = put(tenant, second, crm_owner_ids=["3", "1"])
    # who comes back finds that one is taken
    answer = admin.put(f"/v1/people/{first['person_id']}", person_body(tenant, "ae", crm_owner_ids=["1", "2"]),
                       etag='"3"', expect=409)
    assert (answer.code, answer.pointers) == ("already_exists", {"/crm_owner_ids/0": "taken"})
    put(tenant, first, active=True, crm_owner_ids=["2"])


def test_of_two_who_take_one_crm_owner_id_one_wins(tenant):
    def taking(caller):
        return caller.put(f"/v1/people/{uuid7()}", person_body(tenant, "ae", crm_owner_ids=["77"]))
    answers = race(*[(tenant.as_("admin"), taking)] * 2)
    assert sorted(answer.status for answer in answers) == [201, 409]


def test_the_last_admin_stays(tenant):
    admin = tenant.as_("admin")
    row, = listed(tenant, role="admin")
    body = {"subject": row["subject"], "name": row["name"], "email": row["email"], "roles": ["admin"]}
    path, tag = f"/v1/people/{row['person_id']}", {"If-Match": "*"}
    nobody = {n: v for n, v in body.items() if n != "subject"}
    for change in (body | {"active": False}, body | {"roles": ["cro"]}, nobody):
        admin.refused("PUT", path, change, "last_admin", headers=tag)
    tenant.person("admin", subject="another|admin")
    admin.put(path, body | {"active": False}, etag="*", expect=200)
    admin.refused("GET", "/v1/people", code="unknown_person")


def test_two_admins_cannot_take_each_other_away(tenant):
    second = tenant.person("admin")
    rows = {row["subject"]: row for row in listed(tenant, role="admin")}

    def demote(victim):
        row = rows[victim.subject]
        body = {"subject": row["subject"], "name": row["name"], "email": row["email"], "roles": ["cro"]}
        return lambda caller: caller.put(f"/v1/people/{row['person_id']}", body, etag='"1"')
    answers = race((tenant.as_("admin"), demote(second)), (second, demote(tenant.as_("admin"))))
    assert len([answer for answer in answers if answer.status == 200]) == 1, answers
    assert {answer.code for answer in answers if answer.status != 200} <= {"last_admin", "unknown_person"}


def test_nobody_changes_sides(tenant):
    admin, rep, ae = tenant.as_("admin"), tenant.as_("partner_rep"), tenant.as_("ae")
    for caller, body in ((rep, person_body(tenant, "ae")),
                         (ae, person_body(tenant, "partner_rep", partner_id=tenant.partner_id))):
        answer = admin.refused("PUT", f"/v1/people/{caller.person_id}", body, "invalid_fields",
                               headers={"If-Match": "*"})
        assert answer.pointers == {"/roles": "other_side"}


def test_a_rep_without_a_login_is_bound_to_one_later(tenant):
    """Approvals name representatives by name and e-mail; the person is the same before and after its first login."""
    registration = tenant.register()
    named = {"name": "Omar Reyes", "email": f"omar.reyes@{tenant.key}.example"}
    approved = tenant.as_("partner_manager").post(
        f"/v1/registrations/{registration['registration_id']}/approve",
        {"ae": tenant.as_("ae").person_id, "partner_manager": tenant.as_("partner_manager").person_id,
         "partner_rep": named}, expect=200)
    row, = listed(tenant, email=named["email"])
    assert (row["subject"], row["name"], row["roles"], row["partner_id"], row["version"]) == \
        (None, "Omar Reyes", ["partner_rep"], tenant.partner_id, 1)
    bound = put(tenant, row, subject="auth0|omar")
    assert (bound["person_id"], bound["version"]) == (row["person_id"], 2)
    omar = tenant.caller("auth0|omar", ["partner_rep"])
    deal = omar.get(f"/v1/opportunities/{approved['opportunity_id']}", expect=200)
    omar.post(f"/v1/opportunities/{deal['opportunity_id']}/advance",
              {"stage": "registered", "to_stage": "qualified"}, expect=202)
    events = tenant.as_("cro").all(f"/v1/opportunities/{deal['opportunity_id']}/history")
    assert events[0]["actor"] == {"person_id": row["person_id"], "name": "Omar Reyes"}
    assert {"person_id": row["person_id"], "name": "Omar Reyes"} in [
        change["to"] for event in events for change in event["changes"] if change["field"] == "partner_rep"]


def test_only_an_admin_puts_people(tenant):
    for role in ("ae", "partner_manager", "partnerships_leader", "cro", "reader", "crm_sync", "partner_rep"):
        tenant.as_(role).refused("PUT", f"/v1/people/{uuid7()}", person_body(tenant, "ae"), "insufficient_scope",
                                 headers={"If-None-Match": "*"})


# -- partners

def test_a_partner_is_created_with_its_manager(tenant, database):
    leader, manager = tenant.as_("partnerships_leader"), tenant.as_("partner_manager")
    body = {"name": "Halden Consulting", "program_type": "both", "manager": manager.person_id}
    made = leader.post("/v1/partners", body, expect=201)
    assert made.headers["Location"] == f"/v1/partners/{made['partner_id']}"
    assert (made["name"], made["program_type"], made["version"]) == ("Halden Consulting", "both", 1)
    assert made["manager"] == {"person_id": manager.person_id, "name": manager.name}
    leader.refused("POST", "/v1/partners", body, "already_exists")
    with database.cursor() as cursor:
        cursor.execute("select kind, aggregate_version, cause, actor_id is not null from event e join tenant t using "
                       "(tenant_id) where t.key = %s and aggregate = 'partner'", (tenant.key,))
        assert cursor.fetchall() == [("partner.created", 1, "api", True)]


def test_a_key_answers_once(tenant):
    leader, manager = tenant.as_("partnerships_leader"), tenant.as_("partner_manager")
    body = {"name": "Halden", "program_type": "influence", "manager": manager.person_id}
    first = leader.post("/v1/partners", body, key="k-1", expect=201)
    again = leader.post("/v1/partners", body, key="k-1", expect=201)
    assert again.json == first.json and again.headers["Idempotent-Replayed"] == "true"
    leader.refused("POST", "/v1/partners", body | {"name": "Other"}, "idempotency_key_reused", key="k-1")
    leader.refused("POST", "/v1/partners", body, "idempotency_key_required", key=None)


def test_a_manager_must_be_able_to_sign(tenant):
    admin = tenant.as_("admin")
    body = {"name": "Halden", "program_type": "sourcing"}
    inactive = tenant.person("partner_manager", active=False)
    for person_id, code in ((uuid7(), "unknown_person"), (tenant.as_("ae").person_id, "missing_role"),
                            (inactive.person_id, "inactive_person")):
        answer = admin.refused("POST", "/v1/partners", body | {"manager": person_id}, "person_not_eligible")
        assert answer.pointers == {"/manager": code}
    admin.post("/v1/partners", body | {"manager": tenant.as_("partnerships_leader").person_id}, expect=201)


def test_every_bad_field_of_a_partner_is_told_at_once(tenant):
    answer = tenant.as_("admin").refused("POST", "/v1/partners", {"program_type": "gold", "manager": "7"},
                                         "invalid_fields")
    assert answer.pointers == {"/name": "required", "/program_type": "unknown_choice", "/manager": "invalid_uuid"}


def test_a_partner_is_changed_member_by_member(tenant):
    leader, other = tenant.as_("partnerships_leader"), tenant.partner(name="Midas")
    made = leader.post("/v1/partners", {"name": "Halden", "program_type": "both",
                                        "manager": tenant.as_("partner_manager").person_id}, expect=201)
    path = f"/v1/partners/{made['partner_id']}"
    changed = leader.patch(path, {"name": "Halden Group"}, etag=made.etag, expect=200)
    assert changed.json == made.json | {"name": "Halden Group", "version": 2}
    leader.refused("PATCH", path, {"name": "Halden"}, "precondition_failed", headers={"If-Match": made.etag})
    # what says what is so already makes no version
    same = leader.patch(path, {"name": "Halden Group", "program_type": "both", "manager": made["manager"]["person_id"]},
                        etag=changed.etag, expect=200)
    assert (same["version"], same.etag) == (2, changed.etag)
    changed = tenant.as_("admin").patch(path, {"program_type": "influence", "manager": leader.person_id}, etag='"2"',
                                        expect=200)
    assert (changed["program_type"], changed["manager"]) == ("influence", {"person_id": leader.person_id,
                                                                           "name": leader.name})
    row = next(r for r in tenant.as_("ae").all("/v1/partners") if r["partner_id"] == made["partner_id"])
    assert row == changed.json
    leader.refused("PATCH", path, {"name": "Midas"}, "already_exists", headers={"If-Match": "*"})
    answer = leader.refused("PATCH", path, {"manager": tenant.as_("ae").person_id}, "person_not_eligible",
                            headers={"If-Match": "*"})
    assert answer.pointers == {"/manager": "missing_role"}
    leader.refused("PATCH", f"/v1/partners/{uuid7()}", {"name": "x"}, "not_found", headers={"If-Match": "*"})
    assert other != made["partner_id"]


def signing(tenant, deal):
    claim, = tenant.read(deal["opportunity_id"])["claims"]
    return (f"/v1/opportunities/{deal['opportunity_id']}/claims/{claim['claim_id']}/signoffs",
            {"decision": "sign", "claim_version": claim["version"]})


def claim_state(tenant, deal):
    return tenant.read(deal["opportunity_id"])["claims"][0]["state"]


def test_an_unsigned_duty_passes_to_the_new_manager(tenant):
    """What is signed stays signed; what is not is the new one's, and the old one can do nothing any more."""
    old, new = tenant.as_("partner_manager"), tenant.person("partner_manager")
    signed, half = tenant.deal(), tenant.deal()
    resolved = tenant.direct_deal()
    tenant.sign(signed)
    tenant.sign(half, roles=["ae"])
    path, body = signing(tenant, half)
    new.refused("POST", path, body, "not_partner_manager")
    tenant.as_("admin").patch(f"/v1/partners/{tenant.partner_id}", {"manager": new.person_id}, etag="*", expect=200)
    old.refused("POST", path, body, "not_partner_manager")
    assert new.post(path, body, expect=201)["state"] == "signed"
    assert claim_state(tenant, signed) == "signed"
    for deal in (signed, half):
        assert tenant.read(deal["opportunity_id"])["partner_manager"]["person_id"] == new.person_id
        event = next(e for e in tenant.as_("cro").all(f"/v1/opportunities/{deal['opportunity_id']}/history")
                     if e["kind"] == "opportunity.manager_changed")
        change, = event["changes"]
        assert (change["field"], change["from"]["person_id"], change["to"]["person_id"]) == \
            ("partner_manager", old.person_id, new.person_id)
    assert tenant.read(resolved["opportunity_id"])["partner_manager"] is None
    # registrations are decided by the new one
    registration = tenant.register()
    old.refused("POST", f"/v1/registrations/{registration['registration_id']}/reject",
                {"reason_code": "other", "reason": "Not with us"}, "not_partner_manager")
    new.post(f"/v1/registrations/{registration['registration_id']}/reject",
             {"reason_code": "other", "reason": "Not with us"}, expect=200)


def test_an_unsigned_duty_passes_to_the_new_owner(tenant):
    old, new = tenant.as_("ae"), tenant.person("ae")
    signed, half = tenant.deal(), tenant.deal()
    tenant.sign(signed)
    tenant.sign(half, roles=["partner_manager"])
    path, body = signing(tenant, half)
    new.refused("POST", path, body, "not_deal_owner")
    before = tenant.read(half["opportunity_id"])["claims"][0]["deadline"]
    for deal in (signed, half):
        old.patch(f"/v1/opportunities/{deal['opportunity_id']}", {"owner": new.person_id}, etag="*", expect=200)
    old.refused("POST", path, body, "not_deal_owner")
    assert new.post(path, body, expect=201)["state"] == "signed"
    assert claim_state(tenant, signed) == "signed"
    assert tenant.read(half["opportunity_id"])["claims"][0]["deadline"] == before, "the window never extends"


def test_an_influence_partner_s_registration_is_put_to_the_rule_like_any(tenant):
    tenant.partner(program_type="influence")
    deal = tenant.deal()
    assert (deal["attribution"], deal["claims"][0]["sourced_rule"]["passed"]) == ("sourced", True)


def test_partners_are_listed_by_name_page_by_page(tenant, new_tenant):
    names = ["Zeta", "Alpha", "beta", "Ökotec", "Midas " + "ü" * 190]
    for name in names:
        tenant.partner(name=name)
    new_tenant().partner(name="Beta of another")
    ae = tenant.as_("ae")
    assert [row["name"] for row in ae.all("/v1/partners", {"limit": 2})] == sorted(names)
    first = ae.get("/v1/partners", {"limit": 2}, expect=200)
    assert f"cursor={first['next_cursor']}" in first.headers["Link"] and 'rel="next"' in first.headers["Link"]
    ae.get("/v1/partners", {"limit": 3, "cursor": first["next_cursor"]}, expect=200)
    new_tenant().as_("ae").refused("GET", f"/v1/partners?limit=2&cursor={first['next_cursor']}", code="invalid_cursor")
    tenant.as_("partner_rep").refused("GET", "/v1/partners", code="insufficient_scope")


def test_of_two_who_create_one_person_one_wins(tenant):
    admin, person_id, body = tenant.as_("admin"), uuid7(), person_body(tenant, "ae")
    answers = race(*[(admin, lambda caller: caller.put(f"/v1/people/{person_id}", body))] * 2)
    assert sorted(answer.status for answer in answers) == [201, 412]
