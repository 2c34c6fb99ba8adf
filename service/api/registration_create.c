/* create_registration: whatever the conflict check finds, the partner hears `received`, in one shape. */
#include <string.h>

#include "registration.h"
#include "registration_content.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"
#include "tandem/store/account.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct registration_body {
    const char *external_id, *partner_id;
    struct contact acting_for;
    struct registration_content content;
};

#define CONTENT(member) offsetof(struct registration_body, content.member)

static const struct field body_fields[] = {
    {"external_id", FIELD_TEXT, offsetof(struct registration_body, external_id), 0, 1, 200},
    {"partner_id", FIELD_UUID, offsetof(struct registration_body, partner_id)},
    ACTING_FOR_FIELD(struct registration_body, acting_for),
    {"customer", FIELD_OBJECT, CONTENT(customer), FIELD_REQUIRED, .shape = &customer_shape},
    {"product_family", FIELD_TEXT, CONTENT(product_family), 0, 1, 100},
    {"contact", FIELD_OBJECT, CONTENT(contact), FIELD_REQUIRED, .shape = &contact_shape},
    {"need", FIELD_TEXT, CONTENT(need), FIELD_REQUIRED | FIELD_LINES, 1, 1000},
    {"amount", FIELD_MONEY, CONTENT(amount), 0, 0, AMOUNT_MAX},
    {"close_date", FIELD_DATE, CONTENT(close_date)},
    {"partner_rep", FIELD_OBJECT, CONTENT(partner_rep), FIELD_REQUIRED, .shape = &contact_shape},
};

static void registration_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct registration_body *body = value;
    struct customer_keys keys;
    customer_check(arena, &body->content.customer, "/customer", &keys, faults);
}

static const struct shape registration_shape = {
    body_fields, COUNT(body_fields), sizeof(struct registration_body), SHAPE_NO_PRESENCE, registration_check};

/* -- for whom -- */

/* A representative speaks for its own partner; a portal names one of its list, and may say who is behind it. */
static struct fault *ground_find(struct call *call, const struct registration_body *body,
                                 struct submission_ground *ground) {
    bool portal = call->roles & ROLE_BIT(ROLE_PRM_PORTAL);
    struct field_faults faults = {.arena = call->arena};
    TRY(registration_prepare(call->db, call->arena, call->scope.tenant_id, body->partner_id,
                             call->scope.time_zone, ground));
    if (portal && !body->partner_id)
        field_fault(&faults, "/partner_id", "required", "a portal says for which partner it registers");
    else if (!ground->partner_key)
        field_fault(&faults, "/partner_id", "unknown_partner",
                    "the caller does not speak for such a partner");
    if (body->acting_for.name)
        acting_for_check(call->roles, &faults);
    return field_faults_fault(&faults);
}

/* -- create_registration -- */

/* *known: the external id carries this content already, and was answered. */
static struct fault *answer_known(struct call *call, const struct registration *sent, bool *known) {
    struct registration stored;
    TRY(registration_find_external(call->db, call->arena, call->scope.tenant_id, sent->partner_key,
                                   sent->external_id, known, &stored));
    if (!*known)
        return NULL;
    if (strcmp(stored.content_hash, sent->content_hash) != 0)
        return fault_make(call->arena, PROBLEM_EXTERNAL_ID_EXISTS,
                          "the external id belongs to a registration with other content");
    return registration_answer(call, stored.id, 200);
}

static struct registration registration_of(struct call *call, struct registration_body *body,
                                           const struct submission_ground *ground) {
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    if (!body->content.product_family)
        body->content.product_family = "default";
    struct registration registration = {
        .id = arena_text(call->arena, id),
        .partner_key = ground->partner_key,
        .external_id = body->external_id,
        .content_hash = content_hash(call->arena, &body->content, &body->acting_for),
        .submitted_at = call->scope.now_at,
        .acting_for = acting_for_json(call->arena, &body->acting_for),
    };
    content_store(&body->content, &registration);
    return registration;
}

/* Before the customer is looked at, so that the refusal cannot tell anything about it. */
static struct fault *cap_check(struct call *call, const struct submission_ground *ground) {
    struct submission_day day;
    if (ground->submissions_per_day == 0)
        return NULL; /* no cap: nobody waits to be counted */
    TRY(registration_day(call->db, call->arena, call->scope.tenant_id, ground->partner_key,
                         call->scope.time_zone, &day));
    return registration_submit_verdict(call->arena, &day);
}

static struct fault *submit(struct call *call, const struct registration_body *body,
                            const struct submission_ground *ground, struct registration *registration) {
    struct field_faults faults = {.arena = call->arena};
    struct customer_keys keys;
    struct account account;
    struct conflict_check check;
    customer_check(call->arena, &body->content.customer, "/customer", &keys, &faults);
    TRY(field_faults_fault(&faults)); /* said at the gate already; the keys are what is wanted here */
    TRY(account_resolve(call->db, call->arena, call->scope.tenant_id, registration->customer_name,
                        registration->customer_country, &keys, &account));
    registration->account_key = account.key;
    TRY(registration_conflict(call, registration, &keys, &check));
    registration->verdict = check.conflict.verdict;
    registration->verdict_rule = check.conflict.rule;
    registration->conflict_with = check.with;
    const struct submission submission = {
        .registration = *registration,
        .domains = &body->content.customer.domains,
        .respond_by = registration_due(&ground->calendar, ground->now, (int)ground->respond_business_days),
        .time_zone = call->scope.time_zone,
    };
    return registration_insert(call->db, call->arena, call->scope.tenant_id, &submission);
}

static struct fault *create_serve(struct call *call) {
    struct registration_body *body = call->request->body;
    struct submission_ground ground;
    if (!call->request->idempotency_key && !body->external_id)
        return fault_make(call->arena, PROBLEM_IDEMPOTENCY_KEY_REQUIRED,
                          "send a new Idempotency-Key with every new request, or an external_id in the body");
    TRY(ground_find(call, body, &ground));
    TRY(acting_for_record(call, &body->acting_for));
    struct registration registration = registration_of(call, body, &ground);
    bool known = false;
    if (registration.external_id)
        TRY(answer_known(call, &registration, &known));
    if (known)
        return NULL;
    TRY(cap_check(call, &ground));
    TRY(submit(call, body, &ground, &registration));
    return registration_answer(call, registration.id, 201);
}

const struct operation create_registration = {
    .name = "create_registration",
    .roles = ROLES_PARTNER_SIDE,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEY_OR_EXTERNAL_ID | OPERATION_EVEN_TIME,
    .body = &registration_shape,
    .work = &(const struct call_work){create_serve},
};
