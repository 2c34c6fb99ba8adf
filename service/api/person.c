/* People: put under an id that the caller chooses, erased, and listed. Which roles go together, and which partners they need, is
 * told field by field before the database has to. */
#include "tandem/store/person.h"

#include <string.h>

#include "tandem/api/etag.h"
#include "tandem/api/page.h"
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
    {"subject", FIELD_TEXT, offsetof(struct person_body, subject), 0, 1, 255},
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

/* The internal ids of the body's partners; one that is not there is told. */
static struct fault *resolve_partners(struct call *call, const struct person_body *body,
                                      struct person *person) {
    struct field_faults faults = {.arena = call->arena};
    size_t count = body->partner_id ? 1 : body->partner_ids.count;
    const char **ids = arena_alloc(call->arena, count * sizeof *ids);
    int64_t *keys = arena_alloc(call->arena, count * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        char id[UUID_TEXT_SIZE];
        uuid_parse(body->partner_id ? body->partner_id : body->partner_ids.items[i], id);
        ids[i] = arena_text(call->arena, id);
    }
    if (count > 0)
        TRY(partner_ids(call->db, call->arena, call->scope.tenant_id, ids, count, keys));
    for (size_t i = 0; i < count; i++)
        if (keys[i] == 0)
            field_fault(&faults,
                        body->partner_id ? "/partner_id" : arena_format(call->arena, "/partner_ids/%zu", i),
                        "unknown_partner", "there is no such partner");
    person->partners = keys;
    person->partner_count = count;
    return field_faults_fault(&faults);
}

static void person_write(struct json_out *out, const void *item) {
    const struct person_shown *person = item;
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
    json_add_text(out, "partner_id", person->partner);
    json_add_raw(out, "partner_ids", person->partners);
    json_add_raw(out, "crm_owner_ids", person->crm_owner_ids);
    json_add_boolean(out, "active", person->active);
    json_add_instant(out, "erased_at", person->erased_at);
    json_add_integer(out, "version", person->version);
    json_object_end(out);
}

static struct fault *person_answer(struct call *call, int status) {
    struct person_shown person;
    TRY(person_find(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], &person));
    struct json_out out = {.arena = call->arena};
    person_write(&out, &person);
    work_reply(call->request, status, &out, etag_make(call->arena, person.version, SIDE_VENDOR, &out));
    return NULL;
}

static struct fault *put_serve(struct call *call) {
    const struct request *request = call->request;
    const struct person_body *body = request->body;
    const int32_t tenant_id = call->scope.tenant_id;
    struct person_locked locked;
    TRY(person_lock(call->db, call->arena, tenant_id, request->path_values[0], &locked));
    const bool exists = locked.key != 0;
    TRY(etag_check_put(request, exists, locked.version));
    struct person person = {
        .id = request->path_values[0],
        .subject = body->subject,
        .name = body->name,
        .email = body->email,
        .roles = body->roles,
        .crm_owner_ids = body->crm_owner_ids,
        .active = body->active || !(body->presence.given >> PERSON_ACTIVE & 1),
    };
    struct person_change change = {
        .is_new = !exists,
        .erased = locked.erased,
        .before = locked.standing,
        .after = {person.roles, person.active, person.subject != NULL},
    };
    TRY(resolve_partners(call, body, &person));
    TRY(person_change_facts(call->db, call->arena, tenant_id, locked.key, &person.crm_owner_ids, &change));
    TRY(person_change_verdict(call->arena, &change));
    if (exists)
        TRY(person_replace(call->db, call->arena, tenant_id, locked.key, &person));
    else
        TRY(person_insert(call->db, call->arena, tenant_id, &person, &locked.key));
    return person_answer(call, exists ? 200 : 201);
}

const struct operation put_person = {
    .name = "put_person",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &person_shape,
    .work = &(const struct call_work){put_serve},
};

/* -- erase_person -- */

static const struct field erase_fields[] = {{"reason", FIELD_TEXT, 0, FIELD_REQUIRED}};

static const struct shape erase_shape = {erase_fields, COUNT(erase_fields), sizeof(const char *),
                                         SHAPE_NO_PRESENCE};

static struct fault *erase_serve(struct call *call) {
    const char *reason = *(const char *const *)call->request->body;
    const int32_t tenant_id = call->scope.tenant_id;
    static const struct text_list none = {0};
    struct person_locked locked;
    TRY(person_lock(call->db, call->arena, tenant_id, call->request->path_values[0], &locked));
    if (!locked.key)
        return work_not_found(call->arena, "person");
    struct person_change change = {
        .erased = locked.erased,
        .before = locked.standing,
        .after = {locked.standing.roles, false, false},
    };
    TRY(person_change_facts(call->db, call->arena, tenant_id, locked.key, &none, &change));
    TRY(person_erase_verdict(call->arena, &change, locked.key == call->scope.person_id));
    if (!locked.erased)
        TRY(person_erase(call->db, call->arena, tenant_id, locked.key, reason));
    return person_answer(call, 200);
}

const struct operation erase_person = {
    .name = "erase_person",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &erase_shape,
    .work = &(const struct call_work){erase_serve},
};

/* -- list_people -- */

struct person_query {
    int role;
    const char *partner;
    bool active;
    const char *email, *subject;
    struct page page;
    struct presence presence;
};

enum query_field { QUERY_ACTIVE = 2 }; /* index in the table */

static const struct field query_fields[] = {
    {"role", FIELD_CHOICE, offsetof(struct person_query, role), .choices = role_names},
    {"partner", FIELD_UUID, offsetof(struct person_query, partner)},
    [QUERY_ACTIVE] = {"active", FIELD_BOOLEAN, offsetof(struct person_query, active)},
    {"email", FIELD_EMAIL, offsetof(struct person_query, email)},
    {"subject", FIELD_TEXT, offsetof(struct person_query, subject), 0, 1, 255},
    PAGE_FIELDS(struct person_query, page),
};

static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct person_query),
                                         offsetof(struct person_query, presence)};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct person_query *query = request->query;
    const bool by_active = query->presence.given >> QUERY_ACTIVE & 1;
    params[(*count)++] = p_choice(query->role);
    params[(*count)++] = p_text(query->partner);
    params[(*count)++] = by_active ? p_boolean(query->active) : p_text(NULL);
    params[(*count)++] = p_text(query->email);
    params[(*count)++] = p_text(query->subject);
    return page_bind(request, &query->page, params, count);
}

static const struct page_item person_item = {"id", sizeof(struct person_shown), person_read, person_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct person_query *query = request->query;
    (void)scope;
    return page_reply_items(request, &query->page, rows, &person_item);
}

const struct operation list_people = {
    .name = "list_people",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_person_page, list_bind, list_answer},
};
