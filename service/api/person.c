/* People: put under an id that the caller chooses. Which roles go together, and which partners they need, is told field
 * by field before the database has to. */
#include "tandem/store/person.h"

#include <string.h>

#include "tandem/api/etag.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/uuid.h"
#include "tandem/http/operation.h"
#include "tandem/store/partner.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum { PARTNERS_MAX = 100, CRM_OWNERS_MAX = 20 };

struct person_body {
    const char *subject, *name, *email;
    unsigned roles;
    const char *partner_id;
    struct text_list partner_ids, crm_owner_ids;
    bool active;
    struct presence presence;
};

enum person_field { PERSON_ACTIVE = 7 }; /* index in the table */

static const struct field person_fields[] = {
    {"subject", FIELD_TEXT, offsetof(struct person_body, subject), FIELD_REQUIRED, 1, 255},
    {"name", FIELD_TEXT, offsetof(struct person_body, name), FIELD_REQUIRED, 1, 200},
    {"email", FIELD_EMAIL, offsetof(struct person_body, email), FIELD_REQUIRED},
    {"roles", FIELD_CHOICES, offsetof(struct person_body, roles), FIELD_REQUIRED, 1, ROLE_COUNT, role_names},
    {"partner_id", FIELD_UUID, offsetof(struct person_body, partner_id)},
    {"partner_ids", FIELD_TEXTS, offsetof(struct person_body, partner_ids), 0, 0, PARTNERS_MAX},
    {"crm_owner_ids", FIELD_TEXTS, offsetof(struct person_body, crm_owner_ids), 0, 0, CRM_OWNERS_MAX},
    [PERSON_ACTIVE] = {"active", FIELD_BOOLEAN, offsetof(struct person_body, active)},
};

/* -- what the table cannot say -- */

static void check_list(struct arena *arena, const char *name, const struct text_list *list, size_t length_max,
                       bool uuids, struct field_faults *faults) {
    char id[UUID_TEXT_SIZE];
    for (size_t i = 0; i < list->count; i++) {
        const char *item = list->items[i], *pointer = arena_format(arena, "/%s/%zu", name, i);
        if (!item)
            continue;
        if (strlen(item) > length_max)
            field_fault(faults, pointer, "too_long", "must have 1 to %zu characters", length_max);
        else if (uuids && !uuid_parse(item, id))
            field_fault(faults, pointer, "invalid_uuid", "must be a UUID");
        for (size_t before = 0; before < i; before++)
            if (list->items[before] && strcasecmp(list->items[before], item) == 0) {
                field_fault(faults, pointer, "repeated", "must not be given twice");
                break;
            }
    }
}

static void check_partners(const struct person_body *body, struct field_faults *faults) {
    bool rep = body->roles == ROLE_BIT(ROLE_PARTNER_REP), portal = body->roles == ROLE_BIT(ROLE_PRM_PORTAL);
    if (rep && !body->partner_id)
        field_fault(faults, "/partner_id", "required", "a partner representative belongs to one partner");
    if (!rep && body->partner_id)
        field_fault(faults, "/partner_id", "not_allowed",
                    "only a partner representative belongs to one partner");
    if (portal && body->partner_ids.count == 0)
        field_fault(faults, "/partner_ids", "required",
                    "a portal acts for the partners that are listed here");
    if (!portal && body->partner_ids.count > 0)
        field_fault(faults, "/partner_ids", "not_allowed", "only a portal has a list of partners");
}

static void person_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct person_body *body = value;
    unsigned partner_side = body->roles & ROLES_PARTNER_SIDE;
    if (partner_side && body->roles != ROLE_BIT(ROLE_PARTNER_REP) && body->roles != ROLE_BIT(ROLE_PRM_PORTAL))
        field_fault(faults, "/roles", "mixed_sides", "a role of the partner's side stands alone");
    else if (body->roles)
        check_partners(body, faults);
    check_list(arena, "partner_ids", &body->partner_ids, UUID_TEXT_SIZE - 1, true, faults);
    check_list(arena, "crm_owner_ids", &body->crm_owner_ids, 200, false, faults);
}

static const struct shape person_shape = {person_fields, COUNT(person_fields), sizeof(struct person_body),
                                          offsetof(struct person_body, presence), person_check};

/* -- put_person -- */

/* The partners' public ids in lower case, and the internal ones behind them; one that is not there is told. */
static struct fault *resolve_partners(struct call *call, const struct person_body *body,
                                      struct text_list *ids, struct person *person) {
    struct field_faults faults = {.arena = call->arena};
    ids->count = body->partner_id ? 1 : body->partner_ids.count;
    ids->items = arena_alloc(call->arena, ids->count * sizeof *ids->items);
    for (size_t i = 0; i < ids->count; i++) {
        char id[UUID_TEXT_SIZE];
        uuid_parse(body->partner_id ? body->partner_id : body->partner_ids.items[i], id);
        ids->items[i] = arena_text(call->arena, id);
    }
    int64_t *keys = arena_alloc(call->arena, ids->count * sizeof *keys);
    if (ids->count > 0)
        TRY(partner_ids(call->db, call->arena, call->scope.tenant_id, ids->items, ids->count, keys));
    for (size_t i = 0; i < ids->count; i++)
        if (keys[i] == 0)
            field_fault(&faults,
                        body->partner_id ? "/partner_id" : arena_format(call->arena, "/partner_ids/%zu", i),
                        "unknown_partner", "there is no such partner");
    person->partners = keys;
    person->partner_count = ids->count;
    return field_faults_fault(&faults);
}

static void write_texts(struct json_out *out, const char *name, const struct text_list *list) {
    json_array(out, name);
    for (size_t i = 0; i < list->count; i++)
        json_add_text(out, NULL, list->items[i]);
    json_array_end(out);
}

static void person_write(struct json_out *out, const struct person_body *body,
                         const struct text_list *partners, const struct person *person, int64_t version) {
    static const struct text_list none = {0};
    json_object(out, NULL);
    json_add_text(out, "person_id", person->id);
    json_add_text(out, "subject", person->subject);
    json_add_text(out, "name", person->name);
    json_add_text(out, "email", person->email);
    json_array(out, "roles");
    for (const struct choice *role = role_names; role->name; role++)
        if (person->roles & ROLE_BIT(role->code))
            json_add_text(out, NULL, role->name);
    json_array_end(out);
    json_add_text(out, "partner_id", body->partner_id ? partners->items[0] : NULL);
    write_texts(out, "partner_ids", body->partner_id ? &none : partners);
    write_texts(out, "crm_owner_ids", &body->crm_owner_ids);
    json_add_boolean(out, "active", person->active);
    json_add_integer(out, "version", version);
    json_object_end(out);
}

static struct fault *put_serve(struct call *call) {
    const struct request *request = call->request;
    const struct person_body *body = request->body;
    int64_t person_id, version;
    TRY(person_lock(call->db, call->arena, call->scope.tenant_id, request->path_values[0], &person_id,
                    &version));
    bool exists = person_id != 0;
    TRY(etag_check_put(request, exists, version));
    struct text_list partners = {0};
    struct person person = {
        .id = request->path_values[0],
        .subject = body->subject,
        .name = body->name,
        .email = body->email,
        .roles = body->roles,
        .crm_owner_ids = body->crm_owner_ids.items,
        .crm_owner_count = body->crm_owner_ids.count,
        .active = body->active || !(body->presence.given >> PERSON_ACTIVE & 1),
    };
    TRY(resolve_partners(call, body, &partners, &person));
    if (exists)
        TRY(person_replace(call->db, call->arena, call->scope.tenant_id, person_id, &person, &version));
    else
        TRY(person_insert(call->db, call->arena, call->scope.tenant_id, &person, &person_id, &version));
    struct json_out out = {.arena = call->arena};
    person_write(&out, body, &partners, &person, version);
    work_reply(call->request, exists ? 200 : 201, &out, etag_make(call->arena, version, SIDE_VENDOR, &out));
    return NULL;
}

const struct operation put_person = {
    .name = "put_person",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &person_shape,
    .work = &(const struct call_work){put_serve},
};
