/* A won or lost deal is open again where it stood: by a leader or an admin who says why, or by the CRM that owns its
 * outcome. */
#include "stage.h"
#include "tandem/api/opportunity.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/attribution.h"
#include "tandem/http/operation.h"

struct reopen_body {
    const char *reason;
};

static const struct field reopen_fields[] = {
    {"reason", FIELD_TEXT, offsetof(struct reopen_body, reason), FIELD_REQUIRED, 1, 1000},
};
static const struct shape reopen_shape = {reopen_fields, sizeof reopen_fields / sizeof *reopen_fields,
                                          sizeof(struct reopen_body), SHAPE_NO_PRESENCE};

struct fault *stage_open_again(struct db *db, struct arena *arena, int32_t tenant_id,
                               const struct stage_deal *deal, const char *reason) {
    const struct deal_signals *signals = &deal->facts.signals;
    int last = stage_last(deal);
    bool both = signals->ae_decision == DECISION_SIGN && signals->manager_decision == DECISION_SIGN;
    bool carried = claim_carries(deal->facts.claim_kind, both);
    return stage_reopen(db, arena, tenant_id, deal->opportunity_id,
                        reopened_stage(signals->vendor_stage, last, carried),
                        reopened_stage(signals->partner_stage, last, carried), reason);
}

static struct fault *reopen_opportunity_serve(struct call *call) {
    const struct reopen_body *body = call->request->body;
    struct stage_deal *deal;
    TRY(stage_enter(call, &deal));
    const struct reopen reopen = {
        .status = deal->facts.signals.status,
        .crm_owned = deal->crm_source != NULL,
        .reason = body->reason,
    };
    TRY(reopen_verdict(call->arena, &reopen));
    TRY(stage_open_again(call->db, call->arena, call->scope.tenant_id, deal, body->reason));
    return opportunity_answer(call, deal->id, 200);
}

const struct operation reopen_opportunity = {
    .name = "reopen_opportunity",
    .roles = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &reopen_shape,
    .work = &(const struct call_work){reopen_opportunity_serve},
};
