/* A proposal is declined by the other side, or taken back by the one that made it; nobody's stage moves. */
#include "acting.h"
#include "stage.h"
#include "tandem/api/opportunity.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/http/operation.h"

struct decline_body {
    const char *to_stage, *reason;
    struct contact acting_for;
};

static const struct field decline_fields[] = {
    {"to_stage", FIELD_TEXT, offsetof(struct decline_body, to_stage), FIELD_REQUIRED, 1, 63},
    {"reason", FIELD_TEXT, offsetof(struct decline_body, reason), 0, 1, 1000},
    ACTING_FOR_FIELD(struct decline_body, acting_for),
};
static const struct shape decline_shape = {decline_fields, sizeof decline_fields / sizeof *decline_fields,
                                           sizeof(struct decline_body), SHAPE_NO_PRESENCE};

static struct fault *decline_advance_serve(struct call *call) {
    const struct decline_body *body = call->request->body;
    struct stage_deal *deal;
    enum decline_outcome outcome;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(stage_enter(call, &deal));
    const struct decline decline = {
        .side = call->side,
        .has_claim = stage_has_claim(deal),
        .status = deal->facts.signals.status,
        .to_stage = stage_number(deal, body->to_stage), /* 0 is what nobody proposes */
        .reason = body->reason,
        .proposal = deal->proposal,
        .now = call->scope.now_at,
        .proposal_days = deal->proposal_days,
    };
    TRY(decline_verdict(call->arena, &decline, &outcome));
    TRY(stage_decline(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, outcome,
                      body->reason));
    return opportunity_answer(call, deal->id, 200);
}

const struct operation decline_advance = {
    .name = "decline_advance",
    .roles = ROLES_BOTH_SIDES,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &decline_shape,
    .work = &(const struct call_work){decline_advance_serve},
};
