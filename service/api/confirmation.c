/* A side confirms the newest evidence of one criterion: for itself, never for the other. */
#include "tandem/domain/confirmation.h"
#include "acting.h"
#include "evidence.h"
#include "stage.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/http/operation.h"
#include "tandem/store/evidence.h"

struct confirmation_body {
    int64_t evidence_version;
    struct contact acting_for;
};

static const struct field confirmation_fields[] = {
    {"evidence_version", FIELD_INTEGER, offsetof(struct confirmation_body, evidence_version), FIELD_REQUIRED,
     1, INT32_MAX},
    ACTING_FOR_FIELD(struct confirmation_body, acting_for),
};
static const struct shape confirmation_shape = {confirmation_fields,
                                                sizeof confirmation_fields / sizeof *confirmation_fields,
                                                sizeof(struct confirmation_body), SHAPE_NO_PRESENCE};

static struct fault *confirm_evidence_serve(struct call *call) {
    const struct confirmation_body *body = call->request->body;
    struct stage_deal *deal;
    const struct stage_criterion *criterion;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(stage_enter(call, &deal));
    TRY(stage_criterion_of_path(call, deal, &criterion));
    if (criterion->evidence_version == 0)
        return work_not_found(call->arena, "evidence");
    const struct criterion_state *state = &deal->states[criterion - deal->criteria];
    const struct confirmation confirmation = {
        .evidence_version = body->evidence_version,
        .current_version = criterion->evidence_version,
        .confirmed = call->side == SIDE_VENDOR ? state->vendor_confirmed : state->partner_confirmed,
    };
    TRY(confirmation_verdict(call->arena, &confirmation));
    const struct confirmation_new confirmed = {
        .opportunity_id = deal->opportunity_id,
        .criteria = &criterion->rule.key,
        .evidence_versions = &criterion->evidence_version,
        .count = 1,
        .side = (int)call->side,
    };
    TRY(confirmation_insert(call->db, call->arena, call->scope.tenant_id, &confirmed));
    TRY(stage_refresh(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, false));
    return evidence_answer(call, criterion->rule.key, 201);
}

const struct operation confirm_evidence = {
    .name = "confirm_evidence",
    .roles = ROLES_BOTH_SIDES,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &confirmation_shape,
    .work = &(const struct call_work){confirm_evidence_serve},
};
