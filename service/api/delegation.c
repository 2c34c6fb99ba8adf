/* put_delegation: a person, or an admin for it, lends a duty to sign for days, and ends that early. */
#include "tandem/domain/delegation.h"

#include "tandem/api/etag.h"
#include "tandem/api/work.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/attribution.h"
#include "tandem/http/operation.h"
#include "tandem/store/delegation.h"
#include "tandem/store/partner.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct delegation_body {
    const char *delegate;
    int duty;
    int32_t from_on, to_on;
    bool active;
    struct presence presence;
};

enum delegation_field { DELEGATION_ACTIVE = 4 }; /* index in the table */

static const struct field delegation_fields[] = {
    {"delegate", FIELD_UUID, offsetof(struct delegation_body, delegate), FIELD_REQUIRED},
    {"duty", FIELD_CHOICE, offsetof(struct delegation_body, duty), FIELD_REQUIRED, .choices = signoff_roles},
    {"from", FIELD_DATE, offsetof(struct delegation_body, from_on), FIELD_REQUIRED},
    {"to", FIELD_DATE, offsetof(struct delegation_body, to_on), FIELD_REQUIRED},
    [DELEGATION_ACTIVE] = {"active", FIELD_BOOLEAN, offsetof(struct delegation_body, active)},
};

static const struct shape delegation_shape = {delegation_fields, COUNT(delegation_fields),
                                              sizeof(struct delegation_body),
                                              offsetof(struct delegation_body, presence)};

static struct fault *party_find(struct call *call, const char *id, struct delegation_party *party) {
    struct manager_candidate found;
    TRY(partner_manager_find(call->db, call->arena, call->scope.tenant_id, id, &found));
    *party = (struct delegation_party){found.person, found.active, (unsigned)found.roles};
    return NULL;
}

static struct fault *delegation_answer(struct call *call, int status) {
    struct delegation delegation;
    TRY(delegation_find(call->db, call->arena, call->scope.tenant_id, call->request->path_values[1],
                        &delegation));
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_text(&out, "delegation_id", delegation.id);
    work_person(&out, "person", delegation.person.id, delegation.person.name);
    work_person(&out, "delegate", delegation.delegate.id, delegation.delegate.name);
    json_add_choice(&out, "duty", signoff_roles, delegation.duty);
    json_add_date(&out, "from", delegation.from_on);
    json_add_date(&out, "to", delegation.to_on);
    json_add_boolean(&out, "active", delegation.active);
    json_add_integer(&out, "version", delegation.version);
    json_object_end(&out);
    work_reply(call->request, status, &out, etag_make(call->arena, delegation.version, SIDE_VENDOR, &out));
    return NULL;
}

static struct fault *put_serve(struct call *call) {
    const struct request *request = call->request;
    const struct delegation_body *body = request->body;
    const int32_t tenant_id = call->scope.tenant_id;
    int64_t key, version;
    struct delegation_request asked = {
        .duty = body->duty,
        .from_on = body->from_on,
        .to_on = body->to_on,
        .active = body->active || !(body->presence.given >> DELEGATION_ACTIVE & 1),
        .today = call->scope.today,
        .caller = call->scope.person_id,
        .caller_roles = call->roles,
    };
    TRY(party_find(call, request->path_values[0], &asked.person));
    if (!asked.person.person)
        return work_not_found(call->arena, "person");
    TRY(party_find(call, body->delegate, &asked.delegate));
    TRY(delegation_lock(call->db, call->arena, tenant_id, asked.person.person, request->path_values[1], &key,
                        &version));
    const struct delegation delegation = {
        .id = request->path_values[1],
        .person.key = asked.person.person,
        .delegate.key = asked.delegate.person,
        .duty = asked.duty,
        .from_on = asked.from_on,
        .to_on = asked.to_on,
        .active = asked.active,
    };
    TRY(etag_check_put(request, key != 0, version));
    TRY(delegation_conflict(call->db, call->arena, tenant_id, &delegation, &asked.conflicting_deal));
    TRY(delegation_verdict(call->arena, &asked));
    TRY(delegation_put(call->db, call->arena, tenant_id, key, &delegation));
    return delegation_answer(call, key ? 200 : 201);
}

const struct operation put_delegation = {
    .name = "put_delegation",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &delegation_shape,
    .work = &(const struct call_work){put_serve},
};
