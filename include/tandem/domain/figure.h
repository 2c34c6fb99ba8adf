/* A figure of the forecast, and whether a deal stands under it: what the totals are taken apart by. Its deals add up
 * to the figure exactly, because both rest on the same assessment. docs/rules.md, Forecast. */
#ifndef TANDEM_DOMAIN_FIGURE_H
#define TANDEM_DOMAIN_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/forecast.h"

enum figure_line {
    FIGURE_COMMIT = 1,
    FIGURE_BEST_CASE,
    FIGURE_PIPELINE,
    FIGURE_OPEN_PIPELINE,
    FIGURE_CLOSED_WON,
    FIGURE_CLOSED_UNRESOLVED,
    FIGURE_UNDATED,
    FIGURE_CLOSED_OUTSIDE_GATES,
    FIGURE_LATE_INFLUENCE,
    FIGURE_GRANDFATHERED
};
/* Beside the rules themselves: any of them, and none. */
enum { FIGURE_WITHHELD_NONE = WITHHELD_NOT, FIGURE_WITHHELD_ANY = WITHHELD_COUNT };

extern const struct choice figure_lines[], figure_withheld[];

/* Each member narrows; -1 does not. */
struct figure {
    int report_class;
    int line; /* enum figure_line; -1: the open deals of the period, withheld or not */
    int rollup; /* enum forecast_rollup, which decides what commit, best case and pipeline hold; -1: individual */
    int withheld;        /* enum withheld_rule or one of the two above */
    int owed_by;         /* enum debtor */
    bool divergent;      /* only those; false narrows nothing */
    const char *partner; /* public id of the one that leads; NULL narrows nothing. The store's to ask */
};

/* `deal` is a group of one. */
bool figure_holds(const struct figure *figure, const struct forecast_group *deal,
                  const struct deal_assessment *assessment);

/* What a store may leave out at once: nothing that the figure holds lies outside. */
struct figure_reach {
    bool open, undated, won;
    unsigned claim_values; /* bit set of 1 << enum attribution; a deal without a claim is bit 0 */
    bool divergent;
    const char *partner;
};
enum { FIGURE_CLAIM_VALUES_ALL = 7 };

struct figure_reach figure_reach(const struct figure *figure);

/* What the deal adds to the figures under which it stands: its amount when that can be stated, else 0; by the stated
 * probability when it is eligible, in full when it is closed won. */
struct figure_share {
    int64_t amount_minor;
    bool is_weighted; /* it stands in a band or in closed won */
    int64_t weighted_minor;
};

struct figure_share figure_share(const struct forecast_group *deal, const struct deal_assessment *assessment,
                                 const int32_t probability_bp[]);

#endif
