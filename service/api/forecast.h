/* What the operations on the forecast share: the period that is asked for, and the totals of one. */
#ifndef TANDEM_API_FORECAST_INSIDE_H
#define TANDEM_API_FORECAST_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "tandem/api/work.h"
#include "tandem/domain/coverage.h"
#include "tandem/domain/figure.h"
#include "tandem/domain/forecast.h"
#include "tandem/domain/period.h"
#include "tandem/domain/policy.h"
#include "tandem/store/forecast.h"
#include "tandem/store/rate.h"

/* INVALID_PARAMETER at ?period for a text that names none. */
struct fault *forecast_period(const struct call *call, const char *text, struct period *period);

/* The totals of the period; classes that need other claim values than the given ones stay empty. AMOUNT_OVERFLOW when
 * one cannot be stated. */
struct fault *forecast_total(struct call *call, const struct period *period, const struct policy *policy,
                             unsigned claim_values, struct forecast *forecast);

/* The period's target of a class in force, and how the forecast covers it. */
struct forecast_coverage {
    bool has_target;
    int64_t target_minor;
    int64_t open_minor, closed_won_minor;
    struct forecast_cell grandfathered; /* of the sourced deals */
    struct coverage coverage;
};

struct fault *forecast_covered(struct call *call, const struct period *period, const struct policy *policy,
                               const struct forecast *forecast, struct forecast_coverage *covered);

/* The deals that weigh most: largest eligible sourced ones by weighted amount. */
struct forecast_driver {
    struct forecast_deal deal;
    struct deal_assessment assessment;
    struct figure_share share;
};

struct forecast_drivers {
    struct forecast_driver items[HEADLINE_DEALS];
    size_t count;
};

struct fault *forecast_drivers_find(struct call *call, const struct period *period,
                                    const struct policy *policy, struct forecast_drivers *drivers);

/* What the sides of a partner's deals disagree on. */
struct forecast_divergence {
    const char *partner, *partner_name; /* public id */
    struct divergence sum;
};

/* Everything that the answer says. */
struct forecast_answer {
    const struct scope *scope;
    const struct period *period;
    const struct policy *policy;
    const struct forecast *forecast;
    const struct forecast_drivers *drivers;
    enum forecast_rollup rollup;
    bool has_target;
    const char *headline;
    const struct rate_used *rates; /* by which open deals are stated */
    size_t rate_count;
    const struct forecast_divergence *divergences; /* one for each partner that has any */
    size_t divergence_count;
};

/* AMOUNT_OVERFLOW when a roll-up or a sum over the classes cannot be stated. */
struct fault *forecast_write(struct json_out *out, const struct forecast_answer *answer);

/* "rates": those by which open deals are stated; a won deal has the one of its close date. */
void forecast_rate_write(struct json_out *out, const char *name,
                         const struct rate_used *rate); /* NULL: null */
void forecast_rates_write(struct json_out *out, const struct rate_used *rates, size_t count);

/* An amount in the tenant's currency. */
void forecast_amount_write(struct json_out *out, const char *name, const struct scope *scope,
                           int64_t amount_minor);

struct fault *forecast_overflow(struct arena *arena);

#endif
