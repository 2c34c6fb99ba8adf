/* A side lowers its own stage alone, and says why; the deal stands where its lower side stands. */
#include "acting.h"
#include "stage.h"
#include "tandem/api/opportunity.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/http/operation.h"

struct lower_body {
    const char *stage, *to_stage, *reason;
    struct contact acting_for;
};

static const struct field lower_fields[] = {
    {"stage", FIELD_TEXT, offsetof(struct lower_body, stage), 0, 1, 63},
    {"to_stage", FIELD_TEXT, offsetof(struct lower_body, to_stage), FIELD_REQUIRED, 1, 63},
    {"reason", FIELD_TEXT, offsetof(struct lower_body, reason), FIELD_REQUIRED, 1, 1000},
    ACTING_FOR_FIELD(struct lower_body, acting_for),
};
static const struct shape lower_shape = {lower_fields, sizeof lower_fields / sizeof *lower_fields,
                                         sizeof(struct lower_body), SHAPE_NO_PRESENCE};

/* Where the caller believes its own side stands; where it does stand when nothing is said. */
static struct fault *stage_believed(struct call *call, const struct stage_deal *deal, const char *key,
                                    int *stage) {
    struct field_faults faults = {.arena = call->arena};
    if (key && !(*stage = stage_number(deal, key)))
        field_fault(&faults, "/stage", "unknown_choice", "the stage model has no stage %s", key);
    return field_faults_fault(&faults);
}

static struct fault *lower_stage_serve(struct call *call) {
    const struct lower_body *body = call->request->body;
    struct stage_deal *deal;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(stage_enter(call, &deal));
    const struct deal_signals *signals = &deal->facts.signals;
    bool vendor = call->side == SIDE_VENDOR;
    int stage = vendor ? signals->vendor_stage : signals->partner_stage;
    if (stage_has_claim(deal))
        TRY(stage_believed(call, deal, body->stage, &stage));
    const struct lower lower = {
        .side = call->side,
        .has_claim = stage_has_claim(deal),
        .status = signals->status,
        .vendor_stage = signals->vendor_stage,
        .partner_stage = signals->partner_stage,
        .stage = stage,
        .to_stage = stage_number(deal, body->to_stage), /* 0 is no lower stage */
        .reason = body->reason,
    };
    TRY(lower_verdict(call->arena, &lower));
    TRY(stage_lower(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id,
                    vendor ? lower.to_stage : lower.vendor_stage,
                    vendor ? lower.partner_stage : lower.to_stage, body->reason));
    return opportunity_answer(call, deal->id, 200);
}

const struct operation lower_stage = {
    .name = "lower_stage",
    .roles = ROLES_BOTH_SIDES,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &lower_shape,
    .work = &(const struct call_work){lower_stage_serve},
};
