/* request_registration_changes, withdraw_registration and extend_registration, and how every change takes hold of its registration.
 * Between the two the partner may submit again: registration_resubmit.c. */
#include "acting.h"
#include "registration.h"
#include "tandem/api/etag.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/registration_change.h"
#include "tandem/http/operation.h"
#include "tandem/store/policy.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* -- the registration in hand -- */

static struct fault *locked(struct call *call, struct registration *registration, bool *manages) {
    const char *id = call->request->path_values[0];
    bool found;
    TRY(registration_lock(call->db, call->arena, call->scope.tenant_id, id, &found, manages));
    if (found)
        TRY(registration_find(call->db, call->arena, call->scope.tenant_id, id, &found, registration));
    return found ? NULL : work_not_found(call->arena, "registration");
}

struct fault *registration_take(struct call *call, struct registration *registration) {
    bool manages;
    TRY(locked(call, registration, &manages));
    return etag_check(call->request, registration->version);
}

struct fault *registration_take_to_decide(struct call *call, struct registration *registration) {
    bool manages;
    TRY(locked(call, registration, &manages));
    TRY(registration_decider_verdict(call->arena, call->roles, manages));
    return etag_check(call->request, registration->version);
}

/* -- request_registration_changes -- */

struct changes_body {
    unsigned fields;
    const char *text;
    bool correction;
};

static const struct field changes_fields[] = {
    {"fields", FIELD_CHOICES, offsetof(struct changes_body, fields), FIELD_REQUIRED, 1,
     REGISTRATION_FIELD_COUNT - 1, .choices = registration_fields},
    {"text", FIELD_TEXT, offsetof(struct changes_body, text), FIELD_REQUIRED | FIELD_LINES, 1, 1000},
    {"correction", FIELD_BOOLEAN, offsetof(struct changes_body, correction)},
};

static const struct shape changes_shape = {changes_fields, COUNT(changes_fields), sizeof(struct changes_body),
                                           SHAPE_NO_PRESENCE};

static struct fault *request_changes_serve(struct call *call) {
    const struct changes_body *body = call->request->body;
    struct registration registration;
    struct submission_ground ground;
    TRY(registration_take_to_decide(call, &registration));
    TRY(registration_request_changes_verdict(call->arena, registration.state, body->text));
    TRY(registration_prepare(call->db, call->arena, call->scope.tenant_id, registration.partner,
                             call->scope.time_zone, &ground));
    const struct change_request request = {
        .fields = body->fields,
        .text = body->text,
        .correction = body->correction,
        .expires = registration_due(&ground.calendar, ground.now, (int)ground.changes_business_days),
        .time_zone = call->scope.time_zone,
    };
    TRY(registration_request_changes(call->db, call->arena, call->scope.tenant_id, registration.key,
                                     &request));
    return registration_answer(call, registration.id, 200);
}

const struct operation request_registration_changes = {
    .name = "request_registration_changes",
    .roles = ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &changes_shape,
    .work = &(const struct call_work){request_changes_serve},
};

/* -- withdraw_registration -- */

struct withdrawal_body {
    const char *reason;
    struct contact acting_for;
};

static const struct field withdrawal_fields[] = {
    {"reason", FIELD_TEXT, offsetof(struct withdrawal_body, reason), FIELD_LINES, 1, 1000},
    ACTING_FOR_FIELD(struct withdrawal_body, acting_for),
};

static const struct shape withdrawal_shape = {withdrawal_fields, COUNT(withdrawal_fields),
                                              sizeof(struct withdrawal_body), SHAPE_NO_PRESENCE};

static struct fault *withdraw_serve(struct call *call) {
    const struct withdrawal_body *body = call->request->body;
    struct registration registration;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(registration_take(call, &registration));
    TRY(registration_withdraw_verdict(call->arena, registration.state));
    TRY(registration_withdraw(call->db, call->arena, call->scope.tenant_id, registration.key, body->reason));
    return registration_answer(call, registration.id, 200);
}

const struct operation withdraw_registration = {
    .name = "withdraw_registration",
    .roles = ROLES_PARTNER_SIDE,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &withdrawal_shape,
    .work = &(const struct call_work){withdraw_serve},
};

/* -- extend_registration -- */

struct extension_body {
    int64_t days;
    const char *reason;
};

static const struct field extension_fields[] = {
    {"days", FIELD_INTEGER, offsetof(struct extension_body, days), FIELD_REQUIRED, 1, EXTENSION_DAYS_LIMIT},
    {"reason", FIELD_TEXT, offsetof(struct extension_body, reason), FIELD_REQUIRED | FIELD_LINES, 1, 1000},
};

static const struct shape extension_shape = {extension_fields, COUNT(extension_fields),
                                             sizeof(struct extension_body), SHAPE_NO_PRESENCE};

static struct fault *extend_serve(struct call *call) {
    const struct extension_body *body = call->request->body;
    struct registration registration;
    struct policy policy;
    TRY(registration_take_to_decide(call, &registration));
    TRY(policy_find(call->db, call->arena, call->scope.tenant_id, &policy));
    const struct extension extension = {
        .state = registration.state,
        .deal_status = registration.deal_status,
        .is_linked = registration.resolution == RESOLUTION_LINKED,
        .days = body->days,
        .days_max = policy.extension_days_max,
        .reason = body->reason,
    };
    TRY(registration_extend_verdict(call->arena, &extension));
    TRY(registration_extend(call->db, call->arena, call->scope.tenant_id, registration.key, body->days,
                            body->reason));
    return registration_answer(call, registration.id, 200);
}

const struct operation extend_registration = {
    .name = "extend_registration",
    .roles = ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &extension_shape,
    .work = &(const struct call_work){extend_serve},
};
