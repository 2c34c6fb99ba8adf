/* Partners: created with the person who signs for them, changed, listed by name. */
#include "tandem/store/partner.h"

#include <string.h>

#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/registration.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void partner_write(struct json_out *out, const void *item) {
    const struct partner *partner = item;
    json_object(out, NULL);
    json_add_text(out, "partner_id", partner->id);
    json_add_text(out, "name", partner->name);
    json_add_choice(out, "program_type", program_types, partner->program_type);
    json_object(out, "manager");
    json_add_text(out, "person_id", partner->manager);
    json_add_text(out, "name", partner->manager_name);
    json_object_end(out);
    json_add_instant(out, "created_at", partner->created_at);
    json_add_integer(out, "version", partner->version);
    json_object_end(out);
}

/* -- create_partner -- */

struct partner_body {
    const char *name, *manager;
    int program_type;
};

static const struct field partner_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct partner_body, name), FIELD_REQUIRED, 1, 200},
    {"program_type", FIELD_CHOICE, offsetof(struct partner_body, program_type), FIELD_REQUIRED,
     .choices = program_types},
    {"manager", FIELD_UUID, offsetof(struct partner_body, manager), FIELD_REQUIRED},
};

static const struct shape partner_shape = {partner_fields, COUNT(partner_fields), sizeof(struct partner_body),
                                           SHAPE_NO_PRESENCE};

static struct fault *manager_find(struct call *call, const char *person, struct manager_candidate *manager) {
    TRY(partner_manager_find(call->db, call->arena, call->scope.tenant_id, person, manager));
    const struct nominee nominee = {.known = manager->person != 0,
                                    .active = manager->active,
                                    .person = manager->person,
                                    .roles = (unsigned)manager->roles};
    return partner_manager_verdict(call->arena, &nominee);
}

static struct fault *create_serve(struct call *call) {
    const struct partner_body *body = call->request->body;
    struct manager_candidate manager;
    TRY(manager_find(call, body->manager, &manager));
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    struct partner partner = {.id = id,
                              .name = body->name,
                              .program_type = body->program_type,
                              .manager = body->manager,
                              .manager_name = manager.name};
    TRY(partner_insert(call->db, call->arena, call->scope.tenant_id, manager.person, &partner));
    struct json_out out = {.arena = call->arena};
    partner_write(&out, &partner);
    work_reply_created(call->request, "partners", id, &out,
                       etag_make(call->arena, partner.version, SIDE_VENDOR, &out));
    return NULL;
}

const struct operation create_partner = {
    .name = "create_partner",
    .roles = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &partner_shape,
    .work = &(const struct call_work){create_serve},
};

/* -- update_partner -- */

static const struct field update_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct partner_body, name), 0, 1, 200},
    {"program_type", FIELD_CHOICE, offsetof(struct partner_body, program_type), .choices = program_types},
    {"manager", FIELD_UUID, offsetof(struct partner_body, manager)},
};

static const struct shape update_shape = {update_fields, COUNT(update_fields), sizeof(struct partner_body),
                                          SHAPE_NO_PRESENCE};

/* What the body says otherwise than the partner is, which becomes so; *any: there is something. */
static struct fault *change_of(struct call *call, const struct partner_body *body, struct partner *partner,
                               struct partner_change *change, bool *any) {
    *change = (struct partner_change){.program_type = -1};
    if (body->name && strcmp(body->name, partner->name) != 0)
        change->name = partner->name = body->name;
    if (body->program_type >= 0 && body->program_type != partner->program_type)
        change->program_type = partner->program_type = body->program_type;
    if (body->manager && (!partner->manager || strcmp(body->manager, partner->manager) != 0)) {
        struct manager_candidate manager;
        TRY(manager_find(call, body->manager, &manager));
        change->manager = manager.person;
        partner->manager = body->manager;
        partner->manager_name = manager.name;
    }
    *any = change->name || change->program_type >= 0 || change->manager;
    return NULL;
}

static struct fault *update_serve(struct call *call) {
    const struct request *request = call->request;
    struct partner partner;
    struct partner_change change;
    int64_t key;
    bool any;
    TRY(partner_lock(call->db, call->arena, call->scope.tenant_id, request->path_values[0], &key, &partner));
    if (!key)
        return work_not_found(call->arena, "partner");
    TRY(etag_check(request, partner.version));
    TRY(change_of(call, request->body, &partner, &change, &any));
    if (any)
        TRY(partner_update(call->db, call->arena, call->scope.tenant_id, key, &change, &partner.version));
    struct json_out out = {.arena = call->arena};
    partner_write(&out, &partner);
    work_reply(call->request, 200, &out, etag_make(call->arena, partner.version, SIDE_VENDOR, &out));
    return NULL;
}

const struct operation update_partner = {
    .name = "update_partner",
    .roles = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH | OPERATION_MERGE_PATCH,
    .body = &update_shape,
    .work = &(const struct call_work){update_serve},
};

/* -- list_partners -- */

static const struct page_item partner_item = {"id", sizeof(struct partner), partner_read, partner_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    (void)scope;
    return page_reply_items(request, request->query, rows, &partner_item);
}

const struct operation list_partners = {
    .name = "list_partners",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &page_query,
    .work = &(const struct read_work){SQL_partner_page, page_query_bind, list_answer},
};
