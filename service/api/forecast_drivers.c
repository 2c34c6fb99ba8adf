/* The largest eligible sourced deals by weighted amount. Deals come by what they can weigh at most, heaviest first, so
 * the search ends as soon as that is no more than what the third one found weighs. */
#include "forecast.h"
#include "tandem/base/fault.h"
#include "tandem/base/money.h"

enum { FIRST_BATCH = 64, BATCH_GROWTH = 8 };

static bool driver_is_heavier(const struct forecast_driver *one, const struct forecast_driver *other) {
    return one->share.weighted_minor > other->share.weighted_minor;
}

/* Keeps the heaviest, in order; of equal ones the first that came. */
static void driver_offer(struct forecast_drivers *drivers, const struct forecast_driver *driver) {
    size_t at = drivers->count;
    while (at > 0 && driver_is_heavier(driver, &drivers->items[at - 1]))
        at--;
    if (at == HEADLINE_DEALS)
        return;
    if (drivers->count < HEADLINE_DEALS)
        drivers->count++;
    for (size_t i = drivers->count - 1; i > at; i--)
        drivers->items[i] = drivers->items[i - 1];
    drivers->items[at] = *driver;
}

static bool drivers_are_final(const struct forecast_drivers *drivers, int64_t at_most) {
    return drivers->count == HEADLINE_DEALS &&
           at_most <= drivers->items[HEADLINE_DEALS - 1].share.weighted_minor;
}

struct fault *forecast_drivers_find(struct call *call, const struct period *period,
                                    const struct policy *policy, struct forecast_drivers *drivers) {
    static const struct figure sourced = {CLASS_SOURCED, FIGURE_OPEN_PIPELINE, -1, -1, -1};
    const struct forecast_deal *last = NULL;
    *drivers = (struct forecast_drivers){0};
    for (size_t limit = FIRST_BATCH;; limit *= BATCH_GROWTH) {
        struct forecast_deal *deals;
        size_t count;
        TRY(forecast_largest(call->db, call->arena, call->scope.tenant_id, period, policy,
                             call->scope.currency, last, limit, &deals, &count));
        for (size_t i = 0; i < count; i++) {
            struct forecast_driver driver = {.deal = deals[i]};
            if (drivers_are_final(drivers, deals[i].at_most))
                return NULL;
            driver.assessment = deal_assess(&deals[i].group.signals);
            driver.share = figure_share(&deals[i].group, &driver.assessment, policy->probability_bp);
            if (figure_holds(&sourced, &deals[i].group, &driver.assessment))
                driver_offer(drivers, &driver);
        }
        if (count < limit)
            return NULL;
        last = &deals[count - 1];
    }
}
