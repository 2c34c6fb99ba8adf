"""CRM sources: put under an address of the caller's choice, never showing a secret."""
import os

from support.crm import Crm
from support.tenant import uuid7


def test_a_source_is_put_changed_and_listed(tenant):
    crm = Crm(tenant, "hubspot", stages=[{"value": "closedwon", "stage": "closed", "outcome": "won"},
                                         {"value": "presentation", "stage": "proposal", "outcome": None}],
              categories=[{"value": "COMMIT", "category": "commit"}],
              fields=[{"property": "first_meeting", "field": "engaged_at"}])
    first = crm.answer
    assert (first["source_id"], first["version"], first["integration_user"]) == (crm.source_id, 1, None)
    assert first["person"]["person_id"] == tenant.as_("crm_sync").person_id
    assert first["stages"] == crm.changes["stages"] and first["fields"] == crm.changes["fields"]
    second = crm.put(stages=[], integration_user="4711")
    assert (second["version"], second["stages"], second["integration_user"]) == (2, [], "4711")
    assert tenant.as_("admin").all("/v1/crm/sources") == [second.json]


def test_a_partner_that_is_meant_is_there(tenant, new_tenant):
    crm = Crm(tenant, "generic", partners=[{"value": "P-1", "partner_id": tenant.partner_id}])
    assert crm.answer["partners"] == crm.changes["partners"]
    answer = crm.put(expect=422, partners=[*crm.changes["partners"], {"value": "P-2", "partner_id": uuid7()},
                                           {"value": "P-3", "partner_id": new_tenant().partner_id}])
    assert answer.pointers == {f"/partners/{n}/partner_id": "unknown_partner" for n in (1, 2)}


def test_the_precondition_is_the_version(tenant):
    crm = Crm(tenant, "generic")
    admin, path = tenant.as_("admin"), f"/v1/crm/sources/{crm.source_id}"
    admin.refused("PUT", path, crm.body(), code="precondition_required")
    assert admin.put(path, crm.body(), expect=412).code == "precondition_failed"
    tag = crm.answer.etag
    crm.put()
    assert admin.put(path, crm.body(), tag, expect=412).code == "precondition_failed"
    fresh = f"/v1/crm/sources/{uuid7()}"
    admin.refused("PUT", fresh, crm.body(), headers={"If-Match": "*"}, code="precondition_failed")


def test_no_answer_no_row_and_no_event_holds_a_secret(tenant, database):
    crm = Crm(tenant, "generic")
    crm.put(secrets={"current": crm.write_secret(crm.secret), "previous": crm.name})
    shown = crm.answer.text + tenant.as_("admin").get("/v1/crm/sources", expect=200).text
    with database.cursor() as cursor:
        cursor.execute("select s::text || coalesce(string_agg(e.after::text, ''), '') from crm_source s"
                       " join event e on e.tenant_id = s.tenant_id and e.aggregate = 'crm_source'"
                       " where s.id = %s group by s", (crm.source_id,))
        (kept,), = cursor.fetchall()
        cursor.execute("select e.kind, e.aggregate_version, e.after ->> 'secret_current' from event e join crm_source s"
                       " using (tenant_id) where e.aggregate = 'crm_source' and s.id = %s order by 2", (crm.source_id,))
        events = cursor.fetchall()
    assert crm.secret not in shown + kept and crm.secret.removeprefix("whsec_") not in shown + kept
    assert [e[:2] for e in events] == [("crm_source.created", 1), ("crm_source.replaced", 2)]
    assert events[1][2] == crm.changes["secrets"]["current"]


def test_every_bad_member_is_named_at_once(tenant):
    crm = Crm(tenant, "hubspot", put=False)
    admin, path = tenant.as_("admin"), f"/v1/crm/sources/{crm.source_id}"
    answer = admin.put(path, crm.body(
        kind="siebel", currency="usd", public_url="http://tandem.example/", secrets={"current": "../keys", "previous": ".x"},
        stages=[{"value": "a", "stage": "closed"}, {"value": "a", "stage": "proposal", "outcome": "won"},
                {"value": "b", "stage": "nirvana"}],
        categories=[{"value": "c", "category": "closed"}], fields=[{"property": "p", "field": "attribution"}],
        object_types=["deal", "deal"], colour="red"), expect=422)
    assert answer.pointers == {
        "/kind": "unknown_choice", "/currency": "invalid_currency", "/public_url": "not_https", "/colour": "unknown_member",
        "/secrets/current": "not_a_file_name", "/secrets/previous": "not_a_file_name", "/stages/0/outcome": "required",
        "/stages/1/value": "repeated", "/stages/1/outcome": "not_applicable", "/stages/2/stage": "unknown_choice",
        "/categories/0/category": "unknown_choice", "/fields/0/field": "unknown_choice", "/object_types/1": "repeated"}


def test_what_only_the_tenant_s_rows_and_files_tell_is_named_too(tenant):
    crm = Crm(tenant, "generic", put=False)
    admin, path = tenant.as_("admin"), f"/v1/crm/sources/{crm.source_id}"
    weak = crm.write_secret("whsec_c2hvcnQ=")
    answer = admin.put(path, crm.body(person_id=tenant.as_("ae").person_id,
                                      secrets={"current": "nowhere", "previous": weak}), expect=422)
    assert answer.pointers == {"/person_id": "not_crm_sync", "/secrets/current": "no_such_secret",
                               "/secrets/previous": "unusable_secret"}
    answer = admin.put(path, crm.body(person_id=uuid7()), expect=422)
    assert answer.pointers == {"/person_id": "unknown_person"}
    crm.put()
    answer = admin.put(path, crm.body(kind="salesforce", source="another"), crm.answer.etag, expect=422)
    assert answer.pointers == {"/kind": "immutable", "/source": "immutable"}


def test_another_tenant_s_source_and_secrets_are_not_there(tenant, new_tenant):
    crm, other = Crm(tenant, "generic"), new_tenant()
    mine = Crm(other, "generic", put=False, source_id=crm.source_id)
    admin, path = other.as_("admin"), f"/v1/crm/sources/{crm.source_id}"
    assert admin.put(path, mine.body(), expect=404).code == "not_found"
    assert admin.put(path, mine.body(), crm.answer.etag, expect=412).code == "precondition_failed"
    assert admin.all("/v1/crm/sources") == []
    own = Crm(other, "generic", put=False)
    assert os.path.exists(os.path.join(crm.directory, crm.name))
    answer = admin.put(f"/v1/crm/sources/{own.source_id}", own.body(secrets={"current": crm.name}), expect=422)
    assert answer.pointers == {"/secrets/current": "no_such_secret"}
    assert tenant.as_("admin").all("/v1/crm/sources") == [crm.answer.json]


def test_two_sources_have_two_names(tenant):
    crm = Crm(tenant, "generic", source="crm")
    another = Crm(tenant, "hubspot", put=False, source="crm")
    assert another.put(expect=409).code == "already_exists"
    assert len(tenant.as_("admin").all("/v1/crm/sources")) == 1 and crm.answer["source"] == "crm"
