/* Closing: won leaves the last working stage, so it confirms the vendor's own open items as an advance does, and
 * resolves the attribution; lost needs a reason and passes no gate. On a deal that is won already it resolves alone. */
#include "claim.h"
#include "stage.h"
#include "tandem/api/opportunity.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/time.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"

#include <string.h>

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
    {"closed_on", FIELD_DATE, offsetof(struct close_body, closed_on)},
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

static bool same_money(const struct money *a, const struct money *b) {
    return a->amount_minor == b->amount_minor && strcmp(a->currency, b->currency) == 0;
}

static struct close close_facts(const struct call *call, const struct stage_deal *deal,
                                const struct opportunity_row *row) {
    const struct close_body *body = call->request->body;
    bool has_amount = body->amount.currency[0] != 0;
    struct close close = {
        .signals = deal->facts.signals,
        .outcome = body->outcome,
        .reason_code = body->reason_code,
        .closed_on = body->closed_on,
        .today = call->scope.today,
        .created_on = deal->created_on,
        .calendar = deal->calendar,
        .backdated_business_days = deal->backdated_business_days,
        .is_admin = call->roles & ROLE_BIT(ROLE_ADMIN),
        .crm_owned = deal->crm_source != NULL,
        .closing_stage = stage_last(deal) - 1,
        .states = deal->states,
        .state_count = deal->criterion_count,
        .claims = close_claims(call->arena, row),
        .claim_count = row->claim_count,
        .shares = body->shares.items,
        .share_count = body->shares.count,
        .was_closed_on = row->closed_on,
        .was_outside_gates = row->outside_gates,
        .amount_differs = has_amount && !same_money(&body->amount, &row->amount),
    };
    close.signals.has_amount |= has_amount;
    if (row->counting_claim)
        close.deadline_at = claim_of_deal(row, row->counting_claim)->deadline_at;
    return close;
}

static struct fault *close_write(struct call *call, const struct stage_deal *deal,
                                 const struct close_result *result) {
    const struct close_body *body = call->request->body;
    if (result->resolution)
        return stage_resolved(call->db, call->arena, call->scope.tenant_id, deal, result);
    struct stage_closing closing = stage_closing_of(deal, result);
    closing.outcome = body->outcome;
    closing.reason_code = body->reason_code;
    closing.closed_on = body->closed_on;
    closing.amount = body->amount;
    return stage_close(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, &closing);
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
    const struct close close = close_facts(call, deal, &row);
    TRY(close_verdict(call->arena, &close, &result));
    TRY(close_write(call, deal, &result));
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
