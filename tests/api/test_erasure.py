"""An erased person: nothing holds the name any more, and the history still reads and still verifies."""
import psycopg2

from support.stand import run_tandem
from support.tenant import uuid7

REASON = {"reason": "Request 4711 of 26 November"}


def found(database, tenant, texts):
    """Every column of every table that holds one of these texts for the tenant: the whole database, by its catalogue."""
    places = set()
    with database.cursor() as cursor:
        cursor.execute("select tenant_id from tenant where key = %s", (tenant.key,))
        tenant_id, = cursor.fetchone()
        cursor.execute("select c.table_name, c.column_name from information_schema.columns c "
                       "join information_schema.tables t using (table_schema, table_name) "
                       "where c.table_schema = 'public' and t.table_type = 'BASE TABLE' "
                       "and c.data_type in ('text', 'jsonb', 'json', 'ARRAY', 'character varying') "
                       "and exists (select from information_schema.columns i where i.table_schema = 'public' "
                       "and i.table_name = c.table_name and i.column_name = 'tenant_id')")
        columns = cursor.fetchall()
        assert {("person", "name"), ("event", "after"), ("idempotency", "body"), ("registration", "acting_for"),
                ("evidence", "body"), ("person", "crm_owner_ids")} <= set(columns)
        for table, column in columns:
            for text in texts:
                cursor.execute(f"select count(*) from {table} where tenant_id = %s "
                               f"and strpos(lower({column}::text), lower(%s)) > 0", (tenant_id, text))
                if cursor.fetchone()[0]:
                    places.add((table, column))
    return places


def erase(tenant, person_id, **options):
    return tenant.as_("admin").post(f"/v1/people/{person_id}/erase", REASON, **({"expect": 200} | options))


def test_nothing_holds_an_erased_person_s_name(tenant, database, facts):
    """An AE who owned and signed, and a representative known first by name, who registered through a portal too."""
    mark = uuid7()[-12:]
    ae = tenant.person("ae", name=f"Åse {mark}", subject=f"auth0|{mark}", email=f"{mark}@vendor.example",
                       crm_owner_ids=[f"crm-{mark}"])
    ae = tenant.caller(f"auth0|{mark}", ["ae"], person_id=ae.person_id, name=ae.name)
    tenant.people["ae"] = ae
    rep = {"name": f"Omar {mark}r", "email": f"omar.{mark}r@partner.example"}
    portal = tenant.as_("prm_portal")
    registration = portal.post("/v1/registrations", tenant.registration_body(
        partner_id=tenant.partner_id, acting_for=rep, partner_rep=rep,
        contact={"name": "Jana Vogt", "email": "jana@customer.example"}), expect=201)
    approved = tenant.as_("partner_manager").post(
        f"/v1/registrations/{registration['registration_id']}/approve",
        {"ae": ae.person_id, "partner_manager": tenant.as_("partner_manager").person_id, "partner_rep": rep}, expect=200)
    deal = tenant.read(approved["opportunity_id"])
    path = f"/v1/opportunities/{deal['opportunity_id']}"
    tenant.sign(deal)
    ae.post(f"{path}/advance", {"stage": "registered", "to_stage": "qualified"}, expect=202)
    person, = tenant.as_("admin").all("/v1/people", {"email": rep["email"]})
    assert found(database, tenant, [mark])

    history = tenant.as_("cro").all(f"{path}/history")
    erased = erase(tenant, ae.person_id)
    assert erased.json | {"erased_at": None} == {
        "person_id": ae.person_id, "subject": None, "name": None, "email": None, "roles": ["ae"], "partner_id": None,
        "partner_ids": [], "crm_owner_ids": [], "active": False, "erased_at": None, "version": 2}
    assert erased["erased_at"] is not None
    erase(tenant, person["person_id"])
    assert found(database, tenant, [mark]) == set()
    ae.refused("GET", path, code="unknown_person")

    # the history reads on: the same events, by the same people, who have no name
    after = tenant.as_("cro").all(f"{path}/history")
    assert [e["event_id"] for e in history] == [e["event_id"] for e in after][-len(history):]
    actors = [e["actor"] for e in after if e["actor"]["person_id"] == ae.person_id]
    assert actors and {actor["name"] for actor in actors} == {None}
    assert {e["acting_for"] for e in after} == {None}
    shown = tenant.as_("cro").get(path, expect=200)
    assert (shown["owner"], shown["claims"][0]["state"]) == \
        ({"person_id": ae.person_id, "name": None, "email": None}, "signed")
    shown = portal.get(f"/v1/registrations/{registration['registration_id']}", expect=200)
    assert (shown["partner_rep"], shown["acting_for"], shown["version"]) == (None, None, 3)
    assert shown["contact"] == {"name": "Jana Vogt", "email": "jana@customer.example"}
    run_tandem(facts["owner_settings"], "doctor", "--rebuild-check")


def test_erasing_again_does_nothing_and_an_erased_person_does_not_come_back(tenant, database):
    ae, admin = tenant.person("ae"), tenant.as_("admin")
    first = erase(tenant, ae.person_id, key="once")
    assert erase(tenant, ae.person_id, key="once").headers["Idempotent-Replayed"] == "true"
    assert erase(tenant, ae.person_id).json == first.json
    with database.cursor() as cursor:
        cursor.execute("select e.reason, e.aggregate_version from event e join person p on p.tenant_id = e.tenant_id and "
                       "p.person_id = e.aggregate_id where p.id = %s and e.kind = 'person.erased'", (ae.person_id,))
        assert cursor.fetchall() == [(REASON["reason"], 2)]
    back = {"subject": ae.subject, "name": ae.name, "email": ae.email, "roles": ["ae"]}
    admin.refused("PUT", f"/v1/people/{ae.person_id}", back, "invalid_state", headers={"If-Match": "*"})
    # subject and name are free again
    admin.put(f"/v1/people/{uuid7()}", back, expect=201)


def test_who_is_not_erased(tenant):
    admin, path = tenant.as_("admin"), "/v1/people/{}/erase"
    own, = tenant.as_("admin").all("/v1/people", {"role": "admin"})
    admin.refused("POST", path.format(own["person_id"]), REASON, "invalid_state")
    admin.refused("POST", path.format(uuid7()), REASON, "not_found")
    admin.refused("POST", path.format(own["person_id"]), {}, "invalid_fields")
    # by the token an admin, by its row none: the last one of the rows stays
    other = tenant.caller(tenant.person("cro").subject, ["admin"])
    other.refused("POST", path.format(own["person_id"]), REASON, "last_admin")


def test_an_erasure_spares_everybody_else(tenant, database):
    keep, gone = tenant.person("ae", name="Ines Duarte"), tenant.person("ae", name="Ines Lund")
    registration = tenant.register()
    erase(tenant, gone.person_id)
    row, = tenant.as_("admin").all("/v1/people", {"subject": keep.subject})
    assert (row["name"], row["version"]) == ("Ines Duarte", 1)
    shown = tenant.as_("partner_rep").get(f"/v1/registrations/{registration['registration_id']}", expect=200)
    assert (shown["version"], shown["partner_rep"]["name"]) == (1, "Omar Reyes")
    assert ("person", "name") in found(database, tenant, ["Ines Duarte"])


def test_no_image_ever_holds_personal_members(tenant, database):
    """Whoever writes an event: a log that was sealed needs no change when somebody is erased."""
    deal = tenant.deal()
    tenant.sign(deal)
    tenant.advance(deal["opportunity_id"], 3)
    with database.cursor() as cursor:
        cursor.execute("select aggregate, array_agg(distinct member) from event e join tenant t using "
                       "(tenant_id), jsonb_object_keys(after) member where t.key = %s and aggregate in "
                       "('person', 'registration', 'evidence') group by aggregate", (tenant.key,))
        keys = {aggregate: set(names) for aggregate, names in cursor.fetchall()}
        cursor.execute("select 'x' || personal_digest('00000000-0000-7000-8000-000000000000', array['a', null]) = "
                       "'x' || personal_digest('00000000-0000-7000-8000-000000000001', array['a', null])")
        assert cursor.fetchone() == (False,), "the salt counts"
    assert set(keys) == {"person", "registration", "evidence"}
    for aggregate, names in keys.items():
        assert "personal_digest" in names, aggregate
        assert not names & {"personal_salt", "name", "email", "subject", "crm_owner_ids", "contact_name", "body",
                            "contact_email", "partner_rep_name", "partner_rep_email", "acting_for"}, aggregate


def test_a_changed_name_is_found_by_the_rebuild_check(own_service):
    """What is not in the image is still held by its digest."""
    tenant, service = own_service()
    ae = tenant.person("ae")
    settings = tenant.facts["owner_settings"]
    run_tandem(settings, "doctor", "--rebuild-check")
    connection = psycopg2.connect(service.database_url)
    connection.autocommit = True
    connection.cursor().execute("update person set name = 'Somebody Else' where id = %s", (ae.person_id,))
    connection.close()
    found_out = run_tandem(settings, "doctor", "--rebuild-check", check=False)
    assert found_out.returncode and "person" in found_out.stdout + found_out.stderr
