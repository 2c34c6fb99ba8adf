/* approve_registration and reject_registration: lock, look again, judge, then one statement. */
#include <string.h>

#include "claim.h"
#include "registration.h"
#include "registration_content.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/uuid.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static struct fault *stored_keys(struct call *call, const struct registration *registration,
                                 struct customer_keys *keys) {
    struct registration_content content;
    struct field_faults faults = {.arena = call->arena};
    TRY(content_stored(call->arena, registration, &content));
    customer_check(call->arena, &content.customer, "/customer", keys, &faults);
    return NULL;
}

/* -- approve_registration -- */

struct rep_body {
    const char *person_id, *name, *email;
};

struct resolution_body {
    int kind;
    const char *reason;
};

struct approval_body {
    const char *ae, *partner_manager, *opportunity_id;
    struct rep_body partner_rep;
    struct resolution_body resolution;
};

static const struct field resolution_fields[] = {
    {"kind", FIELD_CHOICE, offsetof(struct resolution_body, kind), FIELD_REQUIRED,
     .choices = resolution_kinds},
    {"reason", FIELD_TEXT, offsetof(struct resolution_body, reason), FIELD_REQUIRED | FIELD_LINES, 1, 1000},
};

static const struct shape resolution_shape = {resolution_fields, COUNT(resolution_fields),
                                              sizeof(struct resolution_body), SHAPE_NO_PRESENCE};

static const struct field rep_fields[] = {
    {"person_id", FIELD_UUID, offsetof(struct rep_body, person_id)},
    {"name", FIELD_TEXT, offsetof(struct rep_body, name), 0, 1, 200},
    {"email", FIELD_EMAIL, offsetof(struct rep_body, email)},
};

static const struct shape rep_shape = {rep_fields, COUNT(rep_fields), sizeof(struct rep_body),
                                       SHAPE_NO_PRESENCE};

static const struct field approval_fields[] = {
    {"ae", FIELD_UUID, offsetof(struct approval_body, ae), FIELD_REQUIRED},
    {"partner_manager", FIELD_UUID, offsetof(struct approval_body, partner_manager), FIELD_REQUIRED},
    {"partner_rep", FIELD_OBJECT, offsetof(struct approval_body, partner_rep), FIELD_REQUIRED,
     .shape = &rep_shape},
    {"opportunity_id", FIELD_UUID, offsetof(struct approval_body, opportunity_id)},
    {"resolution", FIELD_OBJECT, offsetof(struct approval_body, resolution), .shape = &resolution_shape},
};

/* A named deal and the resolution `linked` stand together. */
static void link_check(const struct approval_body *body, struct field_faults *faults) {
    bool linked = body->resolution.reason && body->resolution.kind == RESOLUTION_LINKED;
    if (linked && !body->opportunity_id)
        field_fault(faults, "/opportunity_id", "required",
                    "linked names the deal that the registration joins");
    else if (body->opportunity_id && !linked)
        field_fault(faults, "/resolution", "required",
                    "an approval that names a deal says the kind linked, and why");
}

static void approval_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct approval_body *body = value;
    const struct rep_body *rep = &body->partner_rep;
    (void)arena;
    link_check(body, faults);
    if (rep->person_id && (rep->name || rep->email)) {
        field_fault(faults, "/partner_rep", "either_or", "give person_id, or name and email");
    } else if (!rep->person_id) {
        if (!rep->name)
            field_fault(faults, "/partner_rep/name", "required", "give person_id, or name and email");
        if (!rep->email)
            field_fault(faults, "/partner_rep/email", "required", "give person_id, or name and email");
    }
}

static const struct shape approval_shape = {approval_fields, COUNT(approval_fields),
                                            sizeof(struct approval_body), SHAPE_NO_PRESENCE, approval_check};

static struct nominee nominee_of(const struct nominee_row *rows, size_t count, const char *part) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].part, part) == 0)
            return (struct nominee){.known = true,
                                    .active = rows[i].active,
                                    .person = rows[i].person,
                                    .roles = (unsigned)rows[i].roles,
                                    .manages_partner = rows[i].manages,
                                    .of_partner = rows[i].of_partner};
    return (struct nominee){0};
}

static struct fault *nominees_find(struct call *call, const struct registration *registration,
                                   const struct approval_body *body, struct approval *approval) {
    struct nominee_row *rows;
    size_t count;
    TRY(registration_nominees(call->db, call->arena, call->scope.tenant_id, registration->partner_key,
                              body->ae, body->partner_manager, body->partner_rep.person_id,
                              body->partner_rep.email, &rows, &count));
    approval->ae = nominee_of(rows, count, "ae");
    approval->partner_manager = nominee_of(rows, count, "partner_manager");
    approval->partner_rep = nominee_of(rows, count, "partner_rep");
    /* -1: a person who is named by id and not there; 0 is a new one */
    if (!approval->partner_rep.known && body->partner_rep.person_id)
        approval->partner_rep.person = -1;
    return NULL;
}

/* "Customer: need", the need cut at a word so that a list can show it. */
static const char *deal_name(struct arena *arena, const struct registration *registration) {
    enum { NEED_MAX = 60, NAME_MAX = 120 };
    char *need = arena_text(arena, registration->need);
    need[strcspn(need, "\r\n\t")] = '\0';
    if (strlen(need) > NEED_MAX) {
        size_t end = NEED_MAX;
        while (end > NEED_MAX / 2 && need[end] != ' ')
            end--;
        if (need[end] != ' ')
            end = NEED_MAX;
        while (((unsigned char)need[end] & 0xc0) == 0x80)
            end--;
        need = arena_format(arena, "%.*s...", (int)end, need);
    }
    size_t length = strlen(registration->customer_name);
    if (length > NAME_MAX) {
        length = NAME_MAX;
        while (((unsigned char)registration->customer_name[length] & 0xc0) == 0x80)
            length--;
    }
    return arena_format(arena, "%.*s: %s", (int)length, registration->customer_name, need);
}

/* What the approval makes: the rule decides the claim's value, the policy its window and the protection. */
static struct fault *approval_make(struct call *call, const struct registration *registration,
                                   const struct approval_body *body, const struct approval *approval,
                                   const struct conflict_check *check, struct approval_facts *facts,
                                   struct approved *approved) {
    TRY(registration_approval_facts(call->db, call->arena, call->scope.tenant_id, registration, facts));
    const struct sourced_rule rule =
        sourced_rule(registration->submitted_at, facts->first_known_at, facts->open_deal);
    char rep_id[UUID_TEXT_SIZE], opportunity_id[UUID_TEXT_SIZE], claim_id[UUID_TEXT_SIZE];
    uuid_make(rep_id);
    uuid_make(opportunity_id);
    uuid_make(claim_id);
    const struct claim_identity identity = {
        .opportunity_id = opportunity_id,
        .partner_id = registration->partner,
        .registration_id = registration->id,
        .value = claim_value(CLAIM_KIND_REGISTRATION, &rule, false), /* its window begins */
        .kind = CLAIM_KIND_REGISTRATION,
        .rule_version = (int)facts->sourced_rule_version,
    };
    *approved = (struct approved){
        .registration_key = registration->key,
        .rep_key = approval->partner_rep.person,
        .rep_id = arena_text(call->arena, rep_id),
        .rep_name = body->partner_rep.name,
        .rep_email = body->partner_rep.email,
        .opportunity_id = arena_text(call->arena, opportunity_id),
        .name = deal_name(call->arena, registration),
        .ae_key = approval->ae.person,
        .partner_manager_key = approval->partner_manager.person,
        .attribution = identity.value,
        .model_version = facts->model_version,
        .claim_id = arena_text(call->arena, claim_id),
        .content_hash = claim_content_hash(call->arena, &identity),
        .deadline_at = claim_deadline(call->scope.now_at, (int)facts->window_hours),
        .sourced_passed = rule.passed,
        .sourced_reason = rule.reason,
        .protection_days = facts->protection_days,
        .verdict = check->conflict.verdict,
        .verdict_rule = check->conflict.rule,
        .conflict_with = check->with,
        .resolution = approval->resolution,
        .resolution_reason = approval->resolution_reason,
    };
    return NULL;
}

/* What was told between submission and approval, and is dated before: the claim is made as the rule stood when the
 * registration came, and is disputed. */
static struct fault *approval_contradict(struct call *call, const struct approval_facts *facts,
                                         const char *opportunity_id) {
    return facts->contradicting_activity
               ? claims_contradict_deal(call, opportunity_id, facts->contradicted_at,
                                        claim_engaged_reason(call->arena, facts->contradicting_activity))
               : NULL;
}

/* With a deal in stage 1, whatever its criteria say: a registration begins there, and both sides leave it together. */
static struct fault *approve_new(struct call *call, const struct registration *registration,
                                 const struct approval_body *body, const struct approval *approval,
                                 const struct conflict_check *check) {
    struct approval_facts facts;
    struct approved approved;
    TRY(approval_make(call, registration, body, approval, check, &facts, &approved));
    TRY(registration_approve(call->db, call->arena, call->scope.tenant_id, &approved));
    return approval_contradict(call, &facts, approved.opportunity_id);
}

static struct fault *approve_linked(struct call *call, const struct registration *registration,
                                    const struct approval_body *body, const struct approval *approval,
                                    const struct conflict_check *check, const struct opportunity_row *deal) {
    struct approval_facts facts;
    int64_t rep = approval->partner_rep.person;
    TRY(registration_approval_facts(call->db, call->arena, call->scope.tenant_id, registration, &facts));
    if (!rep)
        TRY(registration_rep_insert(call->db, call->arena, call->scope.tenant_id, registration->partner_key,
                                    body->partner_rep.name, body->partner_rep.email, &rep));
    TRY(registration_link_make(call, registration, approval, rep, &facts, check, deal));
    return approval_contradict(call, &facts, deal->id);
}

static struct fault *approve_serve(struct call *call) {
    const struct approval_body *body = call->request->body;
    struct registration registration;
    struct opportunity_row deal;
    struct customer_keys keys;
    struct conflict_check check;
    TRY(registration_take_to_decide(call, &registration));
    TRY(stored_keys(call, &registration, &keys));
    struct approval approval = {
        .state = registration.state,
        .verdict_before = registration.verdict,
        .resolution = body->resolution.reason ? body->resolution.kind : -1,
        .resolution_reason = body->resolution.reason,
    };
    if (body->opportunity_id) {
        TRY(opportunity_locked(call, body->opportunity_id, &deal));
        approval.link = registration_link_of(&registration, &deal);
    }
    TRY(registration_conflict(call, &registration, &keys, &check));
    approval.candidates = check.candidates, approval.candidate_count = check.count;
    TRY(nominees_find(call, &registration, body, &approval));
    TRY(registration_approve_verdict(call->arena, &approval));
    if (body->opportunity_id)
        TRY(approve_linked(call, &registration, body, &approval, &check, &deal));
    else
        TRY(approve_new(call, &registration, body, &approval, &check));
    return registration_answer(call, registration.id, 200);
}

const struct operation approve_registration = {
    .name = "approve_registration",
    .roles = ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &approval_shape,
    .work = &(const struct call_work){approve_serve},
};

/* -- reject_registration -- */

struct rejection_body {
    int reason_code;
    const char *reason;
};

static const struct field rejection_fields[] = {
    {"reason_code", FIELD_CHOICE, offsetof(struct rejection_body, reason_code), FIELD_REQUIRED,
     .choices = reject_reasons},
    {"reason", FIELD_TEXT, offsetof(struct rejection_body, reason), FIELD_REQUIRED | FIELD_LINES, 1, 1000},
};

static const struct shape rejection_shape = {rejection_fields, COUNT(rejection_fields),
                                             sizeof(struct rejection_body), SHAPE_NO_PRESENCE};

static struct fault *reject_serve(struct call *call) {
    const struct rejection_body *body = call->request->body;
    struct registration registration;
    TRY(registration_take_to_decide(call, &registration));
    TRY(registration_reject_verdict(call->arena, registration.state, body->reason));
    TRY(registration_reject(call->db, call->arena, call->scope.tenant_id, registration.key, body->reason_code,
                            body->reason));
    return registration_answer(call, registration.id, 200);
}

const struct operation reject_registration = {
    .name = "reject_registration",
    .roles = ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &rejection_shape,
    .work = &(const struct call_work){reject_serve},
};
