/* A win that passes its gate, to be spoilt. */
#ifndef TANDEM_TESTS_DOMAIN_CLOSES_H
#define TANDEM_TESTS_DOMAIN_CLOSES_H

#include "check.h"
#include "deals.h"
#include "states.h"

static const struct close_claim one_signed[] = {{"c-1", "p-1", "Northwind", CLAIM_SIGNED, false}};

/* A sourced deal in stage 4 with everything met, closed today (a Friday) by the vendor. */
static inline struct close good_win(struct criterion_state states[CRITERIA]) {
    fill_states(states);
    find_state(states, "attribution_resolved")->met = false; /* that is what closing brings */
    return (struct close){.signals = sourced_deal(),
                          .outcome = DEAL_WON,
                          .reason_code = -1,
                          .closed_on = day("2026-11-20"),
                          .today = day("2026-11-20"),
                          .calendar = calendar_default,
                          .backdated_business_days = 5,
                          .closing_stage = 4,
                          .states = states,
                          .state_count = CRITERIA,
                          .claims = one_signed,
                          .claim_count = 1};
}

static inline struct fault *verdict(struct arena *arena, const struct close *close) {
    struct close_result result;
    return close_verdict(arena, close, &result);
}

#endif
