/* A CRM's outcome is a fact: it is recorded whether or not the gates would have let the deal through. What they would
 * have said is a flag on it; whether the claim is signed decides if its attribution is resolved. */
#include "opportunity_outcome.h"

#include "claim.h"
#include "stage.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/opportunity.h"

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

static struct close close_facts(struct arena *arena, const struct scope *scope, const struct stage_deal *deal,
                                const struct opportunity_row *row, const struct outcome_body *body) {
    return (struct close){
        .signals = deal->facts.signals,
        .outcome = body->outcome,
        .reason_code = body->reason_code,
        .closed_on = body->closed_on,
        .today = scope->today,
        .calendar = deal->calendar,
        .backdated_business_days = deal->backdated_business_days,
        .closing_stage = stage_last(deal) - 1,
        .states = deal->states,
        .state_count = deal->criterion_count,
        .claims = close_claims(arena, row),
        .claim_count = row->claim_count,
    };
}

static struct fault *outcome_close(struct db *db, struct arena *arena, const struct scope *scope,
                                   const struct stage_deal *deal, const struct outcome_body *body) {
    struct opportunity_row row;
    struct close_result result;
    bool found;
    TRY(opportunity_find(db, arena, scope->tenant_id, deal->id, &found, &row));
    const struct close close = close_facts(arena, scope, deal, &row, body);
    close_report(arena, &close, &result);
    struct stage_closing closing = stage_closing_of(deal, &result);
    closing.outcome = body->outcome;
    closing.reason_code =
        body->outcome == DEAL_LOST && body->reason_code == -1 ? LOST_UNSPECIFIED : body->reason_code;
    closing.closed_on = body->closed_on;
    closing.amount = body->amount;
    return stage_close(db, arena, scope->tenant_id, deal->opportunity_id, &closing);
}

struct fault *outcome_record(struct db *db, struct arena *arena, const struct scope *scope,
                             const char *opportunity_id, const struct outcome_body *body) {
    struct stage_deal *deal;
    enum outcome_step step;
    TRY(stage_find(db, arena, scope->tenant_id, opportunity_id, &deal));
    const struct outcome_report report = {
        .status = deal->facts.signals.status,
        .outcome = body->outcome,
        .reason_code = body->reason_code,
        .closed_on = body->closed_on,
        .today = scope->today,
        .crm_linked = deal->crm_source,
    };
    TRY(outcome_verdict(arena, &report, &step));
    if (step == OUTCOME_REPEATED)
        return NULL;
    if (step == OUTCOME_REMOVES)
        return stage_remove(db, arena, scope->tenant_id, deal->opportunity_id);
    if (step == OUTCOME_RESTORES) {
        TRY(stage_restore(db, arena, scope->tenant_id, deal->opportunity_id));
        return outcome_record(db, arena, scope, opportunity_id, body);
    }
    if (step == OUTCOME_REOPENS || step == OUTCOME_TURNS)
        TRY(stage_open_again(db, arena, scope->tenant_id, deal, NULL));
    if (step == OUTCOME_REOPENS)
        return NULL;
    if (step == OUTCOME_TURNS)
        TRY(stage_find(db, arena, scope->tenant_id, opportunity_id, &deal));
    return outcome_close(db, arena, scope, deal, body);
}
