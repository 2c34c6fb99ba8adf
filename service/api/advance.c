/* Advance: one side proposes, the other confirms, in one call each. The call stores the evidence that it carries and
 * confirms the caller's own items before the gate is asked; a refusal rolls all of it back. */
#include <string.h>

#include "acting.h"
#include "evidence.h"
#include "partner_view.h"
#include "stage.h"
#include "tandem/api/etag.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/confirmation.h"
#include "tandem/http/operation.h"
#include "tandem/store/claim.h"
#include "tandem/store/evidence.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One record, for one criterion or for several. */
struct carried {
    const char *criterion;
    struct text_list criteria;
    struct evidence evidence;
};

struct advance_body {
    struct presence presence;
    const char *stage, *to_stage;
    struct object_list evidence; /* of struct carried */
    struct partner_view_body view;
    struct contact acting_for;
};

static const struct field carried_fields[] = {
    {"criterion", FIELD_TEXT, offsetof(struct carried, criterion), 0, 1, 63},
    {"criteria", FIELD_TEXTS, offsetof(struct carried, criteria), 0, 1, 20},
    EVIDENCE_FIELDS(struct carried, evidence),
};
static const struct shape carried_shape = {carried_fields, COUNT(carried_fields), sizeof(struct carried),
                                           SHAPE_NO_PRESENCE};

static const struct field advance_fields[] = {
    {.name = "partner_view",
     .kind = FIELD_OBJECT,
     .offset = offsetof(struct advance_body, view),
     .shape = &partner_view_shape},
    {"stage", FIELD_TEXT, offsetof(struct advance_body, stage), FIELD_REQUIRED, 1, 63},
    {"to_stage", FIELD_TEXT, offsetof(struct advance_body, to_stage), FIELD_REQUIRED, 1, 63},
    {.name = "evidence",
     .kind = FIELD_OBJECTS,
     .offset = offsetof(struct advance_body, evidence),
     .maximum = 20,
     .shape = &carried_shape},
    ACTING_FOR_FIELD(struct advance_body, acting_for),
};

static bool states_view(const struct advance_body *body) {
    return body->presence.given & 1; /* the first of the fields */
}

static void advance_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct advance_body *body = value;
    const struct carried *carried = body->evidence.items;
    if (states_view(body))
        partner_view_body_check(&body->view, "/partner_view", faults);
    for (size_t i = 0; i < body->evidence.count; i++) {
        const char *pointer = arena_format(arena, "/evidence/%zu/criterion", i);
        if (!carried[i].criterion && !carried[i].criteria.count)
            field_fault(faults, pointer, "required", "say which criterion it meets, or which criteria");
        if (carried[i].criterion && carried[i].criteria.count)
            field_fault(faults, pointer, "not_applicable", "give either criterion or criteria");
    }
}

static const struct shape advance_shape = {advance_fields, COUNT(advance_fields), sizeof(struct advance_body),
                                           offsetof(struct advance_body, presence), advance_check};

/* -- carried evidence -- */

struct carrying {
    struct call *call;
    struct stage_deal *deal;
    bool *taken; /* by criterion: the call has evidence for it */
    struct field_faults faults;
};

static struct text_list carried_criteria(struct arena *arena, const struct carried *carried) {
    if (!carried->criterion)
        return carried->criteria;
    const char **only = arena_alloc(arena, sizeof *only);
    *only = carried->criterion;
    return (struct text_list){only, 1};
}

/* One record that meets four criteria has each of its mistakes told once. */
static void faults_add_new(struct field_faults *faults, const struct field_faults *more) {
    for (const struct fault_field *field = more->first; field; field = field->next) {
        const struct fault_field *known = faults->first;
        while (known &&
               (strcmp(known->pointer, field->pointer) != 0 || strcmp(known->code, field->code) != 0))
            known = known->next;
        if (!known)
            field_fault(faults, field->pointer, field->code, "%s", field->detail);
    }
}

/* Judges record `index` against one criterion, and notes on the deal what storing it will do. */
static struct fault *carried_verdict(struct carrying *carrying, const struct carried *carried, size_t index,
                                     const char *key) {
    struct arena *arena = carrying->call->arena;
    struct stage_deal *deal = carrying->deal;
    const char *prefix = arena_format(arena, "/evidence/%zu", index);
    const char *pointer = arena_format(arena, "%s/%s", prefix, carried->criterion ? "criterion" : "criteria");
    struct stage_criterion *criterion = stage_criterion_find(deal, key);
    if (!criterion) {
        field_fault(&carrying->faults, pointer, "unknown_choice", "the stage model has no criterion %s", key);
        return NULL;
    }
    TRY(criterion_verdict(arena, &criterion->rule));
    TRY(evidence_stage_verdict(arena, &criterion->rule, deal_assess(&deal->facts.signals).stage));
    size_t at = (size_t)(criterion - deal->criteria);
    if (carrying->taken[at])
        field_fault(&carrying->faults, pointer, "repeated", "%s has evidence in this call already", key);
    carrying->taken[at] = true;
    struct field_faults own = {.arena = arena};
    evidence_verdict(&criterion->rule, &carried->evidence, carrying->call->scope.today, prefix, &own);
    faults_add_new(&carrying->faults, &own);
    criterion->evidence_version++;
    deal->states[at].met = true;
    deal->states[at].vendor_confirmed = deal->states[at].partner_confirmed = false;
    deal->proposal.ended = true;
    return NULL;
}

static struct fault *carried_store(struct call *call, struct stage_deal *deal,
                                   const struct advance_body *body) {
    const struct carried *carried = body->evidence.items;
    struct carrying carrying = {
        .call = call,
        .deal = deal,
        .taken = arena_alloc(call->arena, deal->criterion_count * sizeof *carrying.taken),
        .faults = {.arena = call->arena},
    };
    for (size_t i = 0; i < body->evidence.count; i++) {
        struct text_list criteria = carried_criteria(call->arena, &carried[i]);
        for (size_t j = 0; j < criteria.count; j++)
            TRY(carried_verdict(&carrying, &carried[i], i, criteria.items[j]));
    }
    TRY(field_faults_fault(&carrying.faults));
    for (size_t i = 0; i < body->evidence.count; i++) {
        struct text_list criteria = carried_criteria(call->arena, &carried[i]);
        const struct evidence_new given = {
            .opportunity_id = deal->opportunity_id,
            .criteria = criteria.items,
            .criterion_count = criteria.count,
            .type = carried[i].evidence.type,
            .side = (int)call->side,
            .body = evidence_content(call->arena, &carried[i].evidence),
        };
        TRY(evidence_insert(call->db, call->arena, call->scope.tenant_id, &given));
    }
    return NULL;
}

/* -- the move -- */

static struct fault *stages_named(struct call *call, const struct stage_deal *deal,
                                  const struct advance_body *body, int *stage, int *to_stage) {
    struct field_faults faults = {.arena = call->arena};
    *stage = stage_number(deal, body->stage);
    *to_stage = stage_number(deal, body->to_stage);
    if (!*stage)
        field_fault(&faults, "/stage", "unknown_choice", "the stage model has no stage %s", body->stage);
    if (!*to_stage)
        field_fault(&faults, "/to_stage", "unknown_choice", "the stage model has no stage %s",
                    body->to_stage);
    return field_faults_fault(&faults);
}

/* What the partner that leads expects, said with its move. */
static struct fault *view_store(struct call *call, const struct stage_deal *deal,
                                const struct advance_body *body) {
    if (!states_view(body))
        return NULL;
    struct field_faults faults = {.arena = call->arena};
    partner_view_check(call->side, "/partner_view", &faults);
    TRY(field_faults_fault(&faults));
    return claim_view_state(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id,
                            deal->lead_partner_id, &body->view.view);
}

static struct fault *advance_answer(struct call *call, enum advance_outcome outcome) {
    struct stage_deal *deal;
    TRY(stage_find(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], &deal));
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_text(&out, "state", outcome == ADVANCE_CONFIRMED ? "advanced" : "proposed");
    json_add_text(&out, "opportunity_id", deal->id);
    stage_write(&out, deal);
    proposal_write(&out, deal, call->scope.now_at);
    json_add_integer(&out, "version", deal->version);
    json_object_end(&out);
    work_reply(call->request, outcome == ADVANCE_CONFIRMED ? 200 : 202, &out,
               etag_make(call->arena, deal->version, call->side, &out));
    return NULL;
}

static struct fault *advance_opportunity_serve(struct call *call) {
    const struct advance_body *body = call->request->body;
    struct stage_deal *deal;
    struct advance_result result;
    int stage, to_stage;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(stage_enter(call, &deal));
    TRY(stage_open_verdict(call->arena, stage_has_claim(deal), deal->facts.signals.status));
    TRY(stages_named(call, deal, body, &stage, &to_stage));
    TRY(carried_store(call, deal, body));
    TRY(view_store(call, deal, body));
    TRY(stage_confirm(call, deal, stage, stage));
    TRY(stage_gate(call, deal, stage, to_stage, &result));
    if (result.outcome == ADVANCE_CONFIRMED)
        TRY(stage_advance(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, &result,
                          deal->protection_extension_days));
    else
        TRY(stage_propose(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, call->side,
                          to_stage));
    return advance_answer(call, result.outcome);
}

const struct operation advance_opportunity = {
    .name = "advance_opportunity",
    .roles = ROLES_BOTH_SIDES,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &advance_shape,
    .work = &(const struct call_work){advance_opportunity_serve},
};
