/* A CRM's outcome is a fact: it is recorded whether or not the gates would have let the deal through. What they would
 * have said decides how it counts: outside the gates its attribution stays unresolved. */
#include "opportunity_outcome.h"

#include "stage.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/calendar.h"
#include "tandem/domain/opportunity.h"

enum { SHARE_WHOLE = 10000 };

static const struct field outcome_fields[] = {
    {"outcome", FIELD_CHOICE, offsetof(struct outcome_body, outcome), FIELD_REQUIRED,
     .choices = crm_outcomes},
    {"closed_on", FIELD_DATE, offsetof(struct outcome_body, closed_on)},
    {"amount", FIELD_MONEY, offsetof(struct outcome_body, amount)},
    {"reason_code", FIELD_CHOICE, offsetof(struct outcome_body, reason_code), .choices = lost_reasons},
};

const struct shape outcome_shape = {
    .fields = outcome_fields,
    .field_count = sizeof outcome_fields / sizeof *outcome_fields,
    .size = sizeof(struct outcome_body),
    .presence_offset = SHAPE_NO_PRESENCE,
};

/* What the gates would have said to a person who closes the deal so. */
static bool is_inside_gates(const struct call *call, const struct stage_deal *deal,
                            const struct outcome_body *body, int reason_code) {
    struct close close = {
        .signals = deal->facts.signals,
        .outcome = body->outcome,
        .reason_code = reason_code,
        .closed_on = body->closed_on,
        .today = call->scope.today,
        .calendar = deal->calendar,
        .backdated_business_days = deal->backdated_business_days,
        .is_admin = true, /* a fact may be of any age */
        .closing_stage = stage_last(deal) - 1,
        .states = deal->states,
        .state_count = deal->criterion_count,
    };
    struct close_result result;
    close.signals.has_amount = true; /* a win without an amount is a fact, too */
    return !close_verdict(call->arena, &close, &result);
}

static struct stage_closing closing_of(const struct call *call, const struct stage_deal *deal,
                                       const struct outcome_body *body) {
    const struct deal_signals *signals = &deal->facts.signals;
    int reason_code =
        body->outcome == DEAL_LOST && body->reason_code == -1 ? LOST_UNSPECIFIED : body->reason_code;
    bool inside = is_inside_gates(call, deal, body, reason_code);
    bool attributed = inside && body->outcome == DEAL_WON && claim_state(signals) == CLAIM_SIGNED;
    return (struct stage_closing){
        .outcome = body->outcome,
        .reason_code = reason_code,
        .closed_on = body->closed_on,
        .amount = body->amount,
        .vendor_stage = attributed ? stage_last(deal) : signals->vendor_stage,
        .partner_stage = attributed ? stage_last(deal) : signals->partner_stage,
        .resolved = inside,
        .backdated = business_days_between(&deal->calendar, body->closed_on, call->scope.today) >
                     deal->backdated_business_days,
        .outside_gates = !inside,
        .share_basis_points = attributed ? SHARE_WHOLE : -1,
    };
}

struct fault *outcome_record(struct call *call, const char *opportunity_id, const struct outcome_body *body) {
    struct stage_deal *deal;
    bool repeated;
    TRY(stage_find(call->db, call->arena, call->scope.tenant_id, opportunity_id, &deal));
    const struct outcome_report report = {
        .status = deal->facts.signals.status,
        .outcome = body->outcome,
        .reason_code = body->reason_code,
        .closed_on = body->closed_on,
        .today = call->scope.today,
    };
    TRY(outcome_verdict(call->arena, &report, &repeated));
    if (repeated)
        return NULL;
    if (body->outcome == DEAL_OPEN)
        return stage_open_again(call, deal, NULL);
    const struct stage_closing closing = closing_of(call, deal, body);
    return stage_close(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, &closing);
}
