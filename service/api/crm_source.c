/* CRM sources: put under an address that the caller chooses, and listed. A secret is a file of the machine: the request names
 * it, no answer, row or event holds it. */
#include "tandem/store/crm_source.h"

#include <string.h>

#include "crm_maps.h"
#include "crm_signature.h"
#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/http/operation.h"
#include "tandem/store/crm_object.h"
#include "tandem/store/partner.h"
#include "tandem/store/person.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct secrets {
    const char *current, *previous;
};

static const struct field secret_fields[] = {
    {"current", FIELD_TEXT, offsetof(struct secrets, current), FIELD_REQUIRED, 1, 100},
    {"previous", FIELD_TEXT, offsetof(struct secrets, previous), FIELD_NULLABLE, 1, 100},
};
static const struct shape secrets_shape = {secret_fields, COUNT(secret_fields), sizeof(struct secrets),
                                           SHAPE_NO_PRESENCE};

struct source_body {
    const char *source, *person_id, *public_url, *currency, *integration_user;
    struct secrets secrets;
    struct crm_source_maps maps;
};

#define AT(member) offsetof(struct source_body, member)
static const struct field source_fields[] = {
    {"kind", FIELD_CHOICE, AT(maps.kind), FIELD_REQUIRED, .choices = crm_kinds},
    {"source", FIELD_TEXT, AT(source), FIELD_REQUIRED, 1, 200},
    {"person_id", FIELD_UUID, AT(person_id), FIELD_REQUIRED},
    {"secrets", FIELD_OBJECT, AT(secrets), FIELD_REQUIRED, .shape = &secrets_shape},
    {"public_url", FIELD_TEXT, AT(public_url), FIELD_REQUIRED, 1, 1000},
    {"currency", FIELD_CURRENCY, AT(currency), FIELD_REQUIRED},
    {"object_types", FIELD_TEXTS, AT(maps.object_types), 0, 0, 20},
    {"fields", FIELD_OBJECTS, AT(maps.fields), 0, 0, 100, .shape = &crm_field_shape},
    {"stages", FIELD_OBJECTS, AT(maps.stages), 0, 0, 200, .shape = &crm_stage_shape},
    {"categories", FIELD_OBJECTS, AT(maps.categories), 0, 0, 50, .shape = &crm_category_shape},
    {"partners", FIELD_OBJECTS, AT(maps.partners), 0, 0, 1000, .shape = &crm_partner_shape},
    {"integration_user", FIELD_TEXT, AT(integration_user), FIELD_NULLABLE, 1, 200},
};

static void source_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct source_body *body = value;
    const struct {
        const char *pointer, *name;
    } names[] = {{"/secrets/current", body->secrets.current}, {"/secrets/previous", body->secrets.previous}};
    for (size_t i = 0; i < COUNT(names); i++)
        if (names[i].name && !crm_secret_name_is_plain(names[i].name))
            field_fault(
                faults, names[i].pointer, "not_a_file_name",
                "is the name of a file: letters, digits, '.', '_' and '-', not beginning with a point");
    if (body->public_url && strncmp(body->public_url, "https://", 8) != 0)
        field_fault(faults, "/public_url", "not_https", "is the https address that the CRM calls");
    crm_maps_check(arena, &body->maps, faults);
}

static const struct shape source_shape = {source_fields, COUNT(source_fields), sizeof(struct source_body),
                                          SHAPE_NO_PRESENCE, source_check};

static void source_write(struct json_out *out, const void *item) {
    const struct crm_source_row *row = item;
    json_object(out, NULL);
    json_add_text(out, "source_id", row->id);
    json_add_choice(out, "kind", crm_kinds, row->kind);
    json_add_text(out, "source", row->source);
    work_person(out, "person", row->person, row->person_name);
    json_object(out, "secrets");
    json_add_text(out, "current", row->secret_current);
    json_add_text(out, "previous", row->secret_previous);
    json_object_end(out);
    json_add_text(out, "public_url", row->public_url);
    json_add_text(out, "currency", row->currency);
    json_add_raw(out, "object_types", row->object_types);
    json_add_raw(out, "fields", row->fields);
    json_add_raw(out, "stages", row->stages);
    json_add_raw(out, "categories", row->categories);
    json_add_raw(out, "partners", row->partners);
    json_add_text(out, "integration_user", row->integration_user);
    json_add_integer(out, "version", row->version);
    json_object_end(out);
}

/* -- put_crm_source -- */

static void secret_check(struct call *call, int kind, const char *pointer, const char *name,
                         struct field_faults *faults) {
    const char *secret;
    if (!name)
        return;
    if (!crm_secret_read(call->arena, call->request->token.tenant, name, &secret))
        field_fault(faults, pointer, "no_such_secret",
                    "the service has no readable file of this name among the tenant's secrets");
    else if (!crm_secret_fits(call->arena, kind, secret))
        field_fault(faults, pointer, "unusable_secret", "%s",
                    kind == CRM_HUBSPOT ? "the file holds fewer than 16 characters"
                                        : "the file holds no 'whsec_' and base64 of 24 to 64 bytes");
}

/* Changes come in the name of a machine that can be told from people. */
static struct fault *person_check(struct call *call, const char *id, struct person_locked *person,
                                  struct field_faults *faults) {
    TRY(person_lock(call->db, call->arena, call->scope.tenant_id, id, person));
    if (!person->key)
        field_fault(faults, "/person_id", "unknown_person", "there is no such person");
    else if (!person->standing.active || !person->standing.has_subject)
        field_fault(faults, "/person_id", "inactive", "the person is not active, or has no login");
    else if (!(person->standing.roles & ROLE_BIT(ROLE_CRM_SYNC)))
        field_fault(faults, "/person_id", "not_crm_sync",
                    "the person in whose name a CRM's changes are made has the role crm_sync");
    return NULL;
}

static struct fault *partners_check(struct call *call, const struct object_list *partners,
                                    struct field_faults *faults) {
    const struct crm_partner *items = partners->items;
    const char **ids = arena_alloc(call->arena, partners->count * sizeof *ids);
    int64_t *keys = arena_alloc(call->arena, partners->count * sizeof *keys);
    for (size_t i = 0; i < partners->count; i++)
        ids[i] = items[i].partner_id;
    TRY(partner_ids(call->db, call->arena, call->scope.tenant_id, ids, partners->count, keys));
    for (size_t i = 0; i < partners->count; i++)
        if (!keys[i])
            field_fault(faults, arena_format(call->arena, "/partners/%zu/partner_id", i), "unknown_partner",
                        "there is no such partner");
    return NULL;
}

static void identity_check(const struct crm_source_row *before, const struct source_body *body,
                           struct field_faults *faults) {
    if (before->kind != body->maps.kind)
        field_fault(faults, "/kind", "immutable", "another kind is another source: put it under a new id");
    if (strcmp(before->source, body->source) != 0)
        field_fault(faults, "/source", "immutable", "deals are known by this name");
}

static struct fault *source_verdict(struct call *call, const struct crm_source_row *before,
                                    struct person_locked *person) {
    const struct source_body *body = call->request->body;
    struct field_faults faults = {.arena = call->arena};
    if (before)
        identity_check(before, body, &faults);
    TRY(person_check(call, body->person_id, person, &faults));
    TRY(partners_check(call, &body->maps.partners, &faults));
    secret_check(call, body->maps.kind, "/secrets/current", body->secrets.current, &faults);
    secret_check(call, body->maps.kind, "/secrets/previous", body->secrets.previous, &faults);
    return field_faults_fault(&faults);
}

static struct fault *put_serve(struct call *call) {
    const struct source_body *body = call->request->body;
    struct crm_source_row row, shown;
    struct person_locked person;
    bool found;
    TRY(crm_source_lock(call->db, call->arena, call->scope.tenant_id));
    TRY(crm_source_find(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], &found,
                        &row));
    TRY(etag_check_put(call->request, found, row.version));
    TRY(source_verdict(call, found ? &row : NULL, &person));
    row = (struct crm_source_row){
        .id = call->request->path_values[0],
        .source = body->source,
        .kind = body->maps.kind,
        .secret_current = body->secrets.current,
        .secret_previous = body->secrets.previous,
        .public_url = body->public_url,
        .currency = body->currency,
        .integration_user = body->integration_user,
    };
    crm_maps_store(call->arena, &body->maps, &row);
    TRY(found ? crm_source_replace(call->db, call->arena, call->scope.tenant_id, &row, person.key)
              : crm_source_insert(call->db, call->arena, call->scope.tenant_id, &row, person.key));
    if (found)
        TRY(crm_object_remap(call->db, call->arena, call->scope.tenant_id, row.id));
    int status = found ? 200 : 201;
    TRY(crm_source_find(call->db, call->arena, call->scope.tenant_id, row.id, &found, &shown));
    struct json_out out = {.arena = call->arena};
    source_write(&out, &shown);
    work_reply(call->request, status, &out, etag_make(call->arena, shown.version, call->side, &out));
    return NULL;
}

const struct operation put_crm_source = {
    .name = "put_crm_source",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &source_shape,
    .work = &(const struct call_work){.serve = put_serve, .committed = crm_ring},
};

/* -- list_crm_sources -- */

static const struct page_item source_item = {"id", sizeof(struct crm_source_row), crm_source_read,
                                             source_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    (void)scope;
    return page_reply_items(request, request->query, rows, &source_item);
}

const struct operation list_crm_sources = {
    .name = "list_crm_sources",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_READ,
    .query = &page_query,
    .work = &(const struct read_work){SQL_crm_source_page, page_query_bind, list_answer},
};
