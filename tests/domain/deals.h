/* Deals to start a test from: a row names only what it changes. */
#ifndef TANDEM_TESTS_DOMAIN_DEALS_H
#define TANDEM_TESTS_DOMAIN_DEALS_H

#include "tandem/domain/deal.h"

/* Called commit, fresh, dated, with an amount, and no claim. */
static inline struct deal_signals direct_deal(void) {
    return (struct deal_signals){.status = DEAL_OPEN,
                                 .claim_value = -1,
                                 .ae_decision = -1,
                                 .manager_decision = -1,
                                 .vendor_stage = -1,
                                 .partner_stage = -1,
                                 .vendor_ceiling = -1,
                                 .partner_ceiling = -1,
                                 .category_call = CATEGORY_COMMIT,
                                 .has_amount = true,
                                 .has_rate = true};
}

/* Signed by both inside the window, both sides in stage 4 under the ceiling commit. */
static inline struct deal_signals sourced_deal(void) {
    struct deal_signals signals = direct_deal();
    signals.claim_value = ATTRIBUTION_SOURCED;
    signals.ae_decision = signals.manager_decision = DECISION_SIGN;
    signals.window_open = true;
    signals.vendor_stage = signals.partner_stage = 4;
    signals.vendor_ceiling = signals.partner_ceiling = CATEGORY_COMMIT;
    return signals;
}

#endif
