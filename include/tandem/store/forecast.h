/* What the forecast of a period is made of: groups of deals with equal signals, or the deals themselves. Nothing is
 * decided here; the rows are those whose dates say that they can matter. */
#ifndef TANDEM_STORE_FORECAST_H
#define TANDEM_STORE_FORECAST_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/figure.h"
#include "tandem/domain/forecast.h"
#include "tandem/domain/period.h"
#include "tandem/domain/policy.h"
#include "tandem/store/db.h"

struct fault;

/* Open deals that close in the period or at no date, and deals won in it; `claim_values` as in figure_reach. */
struct fault *forecast_groups(struct db *db, struct arena *arena, int32_t tenant_id,
                              const struct period *period, const struct policy *policy, unsigned claim_values,
                              struct forecast_group **groups, size_t *count);

/* Deals with a claim that were won or lost from first_on to last_on, duplicates left out; only signals, grandfathered
 * and count are filled. */
struct fault *forecast_outcomes(struct db *db, struct arena *arena, int32_t tenant_id, int32_t first_on,
                                int32_t last_on, struct forecast_group **groups, size_t *count);

/* One deal as a group of one; its weighted sums are not filled. */
struct forecast_deal {
    int64_t key;      /* internal id */
    const char *id;   /* public */
    const char *name; /* of forecast_largest; else NULL */
    int64_t at_most;  /* of forecast_largest: what it weighs, unless a rule says less; minor units */
    struct forecast_group group;
};

/* Newest first, after the public id `after` (NULL: from the newest). */
struct fault *forecast_scan(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct period *period, const struct figure_reach *reach, const char *after,
                            size_t limit, struct forecast_deal **deals, size_t *count);

/* Open deals of the period whose sides stand in different stages, each a group of one, by the partner that leads. */
struct divergent_deal {
    const char *partner, *partner_name; /* public id */
    struct forecast_group group;
};
struct fault *forecast_divergent(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct period *period, struct divergent_deal **deals, size_t *count);

/* Open deals of the period with a sourced claim and an amount over 0 in the currency, by their weight under call and
 * ceilings, heaviest first, after the deal `after` (NULL: from the heaviest). */
struct fault *forecast_largest(struct db *db, struct arena *arena, int32_t tenant_id,
                               const struct period *period, const struct policy *policy, const char *currency,
                               const struct forecast_deal *after, size_t limit, struct forecast_deal **deals,
                               size_t *count);

/* Rows for opportunity_read, newest first. */
struct fault *forecast_sheets(struct db *db, struct arena *arena, int32_t tenant_id, const int64_t *keys,
                              size_t count, struct rows **rows);

#endif
