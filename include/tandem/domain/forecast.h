/* The forecast of one period from groups of deals with equal signals. Four report classes of one structure;
 * nothing vanishes: raw - withheld = eligible = commit + best case + pipeline, to the cent. docs/rules.md,
 * Forecast.
 *
 * An absent amount counts as 0 in raw. So does an amount in a currency without a rate (no_rate): it cannot be stated; the
 * deal is counted, its money is not. All amounts are minor units of the tenant's currency. */
#ifndef TANDEM_DOMAIN_FORECAST_H
#define TANDEM_DOMAIN_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/deal.h"

struct arena;

struct forecast_group {
    struct deal_signals signals;
    bool in_period; /* open: the close date lies in it; won: closed in it. An undated deal lies in none */
    bool grandfathered;
    bool closed_outside_gates;
    int64_t count;
    int64_t amount_minor; /* sum */
    /* Sums of each deal's amount by the stated probability of a category, rounded per deal; the one of the
     * effective category is used. */
    int64_t weighted_commit, weighted_best_case, weighted_pipeline;
};

struct forecast_cell {
    int64_t count, amount_minor;
};
struct forecast_band {
    int64_t count, amount_minor, weighted_minor;
};

struct forecast_class {
    struct forecast_cell raw; /* open deals of the period */
    struct forecast_cell withheld[WITHHELD_COUNT][DEBTOR_COUNT];
    struct forecast_cell eligible;
    struct forecast_cell closed_won; /* in the period, attribution resolved */
    struct forecast_cell closed_unresolved[DEBTOR_COUNT];
    struct forecast_band commit, best_case, pipeline, open_pipeline;
    struct forecast_cell undated;       /* open without a close date: in no total */
    struct forecast_cell grandfathered; /* part of raw, closed_won and closed_unresolved */
};

struct forecast {
    struct forecast_class classes[CLASS_COUNT]; /* by enum report_class */
    struct forecast_cell closed_outside_gates;  /* won in the period; part of the classes */
    struct forecast_cell late_influence;        /* open or won in the period; part of unattributed */
};

/* Start from {0}. false when a total leaves +-AMOUNT_MAX: PROBLEM_AMOUNT_OVERFLOW; the forecast is then
 * undefined. Lost and removed deals, and open or won ones outside the period, add nothing. */
bool forecast_add(struct forecast *forecast, const struct forecast_group *group);

/* What is withheld of a class by one rule, whoever owes it, and in all. */
struct forecast_cell forecast_withheld_by(const struct forecast_class *class, enum withheld_rule rule);
struct forecast_cell forecast_withheld(const struct forecast_class *class);
struct forecast_cell forecast_unresolved(const struct forecast_class *class);

/* The invariants of every class. False is our own mistake: assert it. */
bool forecast_check(const struct forecast *forecast);

/* -- divergence -- */
/* Open deals of the period whose sides stand in different stages: what they would weigh if both stood where the one
 * side does. */
struct divergence {
    int64_t count, amount_minor, weighted_vendor, weighted_partner;
};

/* `deal` is a group of one; its weighted sums are not read. One that is not divergent adds nothing. false as
 * forecast_add. */
bool divergence_add(struct divergence *divergence, const struct forecast_group *deal,
                    const int32_t probability_bp[]);

/* -- roll-ups -- */
enum forecast_rollup { FORECAST_INDIVIDUAL = 1, FORECAST_CUMULATIVE };
extern const struct choice forecast_rollups[];

struct forecast_bands {
    struct forecast_band closed, commit, best_case, pipeline; /* closed is weighted at its full amount */
};

/* Cumulative: commit = closed + commit; best case = closed + commit + best case; pipeline = commit + best
 * case + pipeline, without closed. false on overflow. */
bool forecast_bands(const struct forecast_class *class, enum forecast_rollup rollup,
                    struct forecast_bands *bands);

/* -- headline -- */
enum { HEADLINE_DEALS = 3 };

struct headline {
    const char *period;                           /* its name */
    const char *currency;                         /* ISO 4217 */
    const char *amount_basis;                     /* what the amount is: "ACV" */
    int64_t open_minor;                           /* sourced, eligible, open */
    const char *coverage_state, *remaining_ratio; /* "within", "3.20"; the ratio is "" without one */
    int64_t grandfathered;        /* sourced deals of the period that were loaded as history */
    int64_t closed_grandfathered; /* of won and lost */
    int64_t won, lost; /* sourced deals closed in the last four fiscal quarters; duplicates left out */
    /* names of the largest by weighted amount; NULL from the first missing on */
    const char *deals[HEADLINE_DEALS];
};

/* One sentence: sourced pipeline, coverage, close rate with n, the deals that weigh most. */
const char *forecast_headline(struct arena *arena, const struct headline *headline);

#endif
