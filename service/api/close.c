/* Closing: won leaves the last working stage, so it confirms the vendor's own open items as an advance does, and
 * resolves the attribution; lost needs a reason and passes no gate. */
#include "claim.h"
#include "stage.h"
#include "tandem/api/opportunity.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/time.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { SHARE_WHOLE = 10000, SHARES_MAX = 10 };

struct close_body {
    int outcome; /* enum deal_status */
    int reason_code;
    int32_t closed_on;
    struct money amount;
    struct object_list shares; /* of struct share */
};

static const struct choice outcomes[] = {{"won", DEAL_WON}, {"lost", DEAL_LOST}, {NULL}};

static const struct field share_fields[] = {
    {"partner_id", FIELD_UUID, offsetof(struct share, partner_id), FIELD_REQUIRED},
    {"basis_points", FIELD_INTEGER, offsetof(struct share, basis_points), FIELD_REQUIRED, 0, SHARE_WHOLE},
};
static const struct shape share_shape = {share_fields, COUNT(share_fields), sizeof(struct share),
                                         SHAPE_NO_PRESENCE};

static const struct field close_fields[] = {
    {.name = "outcome",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct close_body, outcome),
     .flags = FIELD_REQUIRED,
     .choices = outcomes},
    {.name = "reason_code",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct close_body, reason_code),
     .choices = lost_reasons},
    {"closed_on", FIELD_DATE, offsetof(struct close_body, closed_on), FIELD_REQUIRED},
    {"amount", FIELD_MONEY, offsetof(struct close_body, amount)},
    {.name = "shares",
     .kind = FIELD_OBJECTS,
     .offset = offsetof(struct close_body, shares),
     .minimum = 1,
     .maximum = SHARES_MAX,
     .shape = &share_shape},
};
static const struct shape close_shape = {close_fields, COUNT(close_fields), sizeof(struct close_body),
                                         SHAPE_NO_PRESENCE};

static struct close close_facts(const struct call *call, const struct stage_deal *deal,
                                const struct claim_row *counting) {
    const struct close_body *body = call->request->body;
    struct close close = {
        .signals = deal->facts.signals,
        .outcome = body->outcome,
        .reason_code = body->reason_code,
        .closed_on = body->closed_on,
        .today = call->scope.today,
        .calendar = deal->calendar,
        .backdated_business_days = deal->backdated_business_days,
        .is_admin = call->roles & ROLE_BIT(ROLE_ADMIN),
        .crm_owned = deal->crm_source != NULL,
        .closing_stage = stage_last(deal) - 1,
        .states = deal->states,
        .state_count = deal->criterion_count,
        .claim_partner_id = counting ? counting->partner.id : NULL,
        .shares = body->shares.items,
        .share_count = body->shares.count,
    };
    close.signals.has_amount |= body->amount.currency[0] != 0;
    return close;
}

/* A win with a signed claim ends in the last stage with the whole attribution; any other deal stays where it stands. */
static struct stage_closing closing_of(const struct stage_deal *deal, const struct close_body *body,
                                       const struct close_result *result) {
    const struct deal_signals *signals = &deal->facts.signals;
    bool attributed = body->outcome == DEAL_WON && claim_state(signals) == CLAIM_SIGNED;
    return (struct stage_closing){
        .outcome = body->outcome,
        .reason_code = body->reason_code,
        .closed_on = body->closed_on,
        .amount = body->amount,
        .vendor_stage = attributed ? stage_last(deal) : signals->vendor_stage,
        .partner_stage = attributed ? stage_last(deal) : signals->partner_stage,
        .resolved = result->resolved,
        .backdated = result->backdated,
        .share_basis_points = attributed ? SHARE_WHOLE : -1,
    };
}

static struct fault *close_opportunity_serve(struct call *call) {
    const struct close_body *body = call->request->body;
    struct stage_deal *deal;
    struct close_result result;
    struct opportunity_row row;
    bool found;
    TRY(stage_enter(call, &deal));
    if (body->outcome == DEAL_WON && deal->facts.signals.status == DEAL_OPEN && side_confirms(call->roles))
        TRY(stage_confirm(call, deal, stage_last(deal) - 1, stage_last(deal)));
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, deal->id, &found, &row));
    const struct claim_row *counting = row.counting_claim ? claim_of_deal(&row, row.counting_claim) : NULL;
    const struct close close = close_facts(call, deal, counting);
    TRY(close_verdict(call->arena, &close, &result));
    const struct stage_closing closing = closing_of(deal, body, &result);
    TRY(stage_close(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, &closing));
    return opportunity_answer(call, deal->id, 200);
}

const struct operation close_opportunity = {
    .name = "close_opportunity",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &close_shape,
    .work = &(const struct call_work){close_opportunity_serve},
};
