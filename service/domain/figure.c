/* One question for each line of the forecast, asked of a single deal: the counterpart of forecast_add. */
#include "tandem/domain/figure.h"

#include <stddef.h>

#include "tandem/base/money.h"

const struct choice figure_lines[] = {{"commit", FIGURE_COMMIT},
                                      {"best_case", FIGURE_BEST_CASE},
                                      {"pipeline", FIGURE_PIPELINE},
                                      {"open_pipeline", FIGURE_OPEN_PIPELINE},
                                      {"closed_won", FIGURE_CLOSED_WON},
                                      {"closed_unresolved", FIGURE_CLOSED_UNRESOLVED},
                                      {"undated", FIGURE_UNDATED},
                                      {"closed_outside_gates", FIGURE_CLOSED_OUTSIDE_GATES},
                                      {"late_influence", FIGURE_LATE_INFLUENCE},
                                      {"grandfathered", FIGURE_GRANDFATHERED},
                                      {NULL}};

const struct choice figure_withheld[] = {
    {"none", FIGURE_WITHHELD_NONE},    {"any", FIGURE_WITHHELD_ANY},
    {"contested", WITHHELD_CONTESTED}, {"awaiting_signature", WITHHELD_AWAITING_SIGNATURE},
    {"disputed", WITHHELD_DISPUTED},   {"stage_one", WITHHELD_STAGE_ONE},
    {"omitted", WITHHELD_OMITTED},     {"stale", WITHHELD_STALE},
    {"overdue", WITHHELD_OVERDUE},     {"no_amount", WITHHELD_NO_AMOUNT},
    {"no_rate", WITHHELD_NO_RATE},     {NULL}};

/* Where a deal stands, whatever is asked of it. */
struct standing {
    bool undated;  /* open, in no total */
    bool open;     /* open in the period */
    bool eligible; /* and nothing withholds it */
    bool won, closed_won;
};

static struct standing standing_of(const struct forecast_group *deal,
                                   const struct deal_assessment *assessment) {
    const struct deal_signals *signals = &deal->signals;
    struct standing is = {.undated = signals->status == DEAL_OPEN && signals->undated};
    is.open = signals->status == DEAL_OPEN && !signals->undated && deal->in_period;
    is.eligible = is.open && assessment->withheld == WITHHELD_NOT;
    is.won = signals->status == DEAL_WON && deal->in_period;
    is.closed_won = is.won && !assessment->closed_unresolved;
    return is;
}

static bool band_holds(const struct figure *figure, const struct standing *is, enum category category) {
    bool cumulative = figure->rollup == FORECAST_CUMULATIVE;
    switch (figure->line) {
    case FIGURE_COMMIT:
        return (is->eligible && category == CATEGORY_COMMIT) || (cumulative && is->closed_won);
    case FIGURE_BEST_CASE:
        return (is->eligible &&
                (category == CATEGORY_BEST_CASE || (cumulative && category == CATEGORY_COMMIT))) ||
               (cumulative && is->closed_won);
    default: return is->eligible && (cumulative || category == CATEGORY_PIPELINE);
    }
}

static bool line_holds(const struct figure *figure, const struct forecast_group *deal,
                       const struct deal_assessment *assessment) {
    const struct standing is = standing_of(deal, assessment);
    switch (figure->line) {
    case FIGURE_COMMIT:
    case FIGURE_BEST_CASE:
    case FIGURE_PIPELINE: return band_holds(figure, &is, assessment->category);
    case FIGURE_OPEN_PIPELINE: return is.eligible;
    case FIGURE_CLOSED_WON: return is.closed_won;
    case FIGURE_CLOSED_UNRESOLVED: return is.won && assessment->closed_unresolved;
    case FIGURE_UNDATED: return is.undated;
    case FIGURE_CLOSED_OUTSIDE_GATES: return is.won && deal->closed_outside_gates;
    case FIGURE_LATE_INFLUENCE:
        return (is.open || is.won) && deal->signals.claim_late &&
               assessment->report_class == CLASS_UNATTRIBUTED;
    case FIGURE_GRANDFATHERED: return (is.open || is.won) && deal->grandfathered;
    default: return is.open;
    }
}

static bool withheld_matches(int wanted, enum withheld_rule rule) {
    return wanted == FIGURE_WITHHELD_ANY ? rule != WITHHELD_NOT : wanted == -1 || wanted == (int)rule;
}

bool figure_holds(const struct figure *figure, const struct forecast_group *deal,
                  const struct deal_assessment *assessment) {
    return (figure->report_class == -1 || figure->report_class == (int)assessment->report_class) &&
           (!figure->divergent || assessment->divergent) &&
           (figure->owed_by == -1 || figure->owed_by == (int)assessment->debtor) &&
           withheld_matches(figure->withheld, assessment->withheld) && line_holds(figure, deal, assessment);
}

struct figure_reach figure_reach(const struct figure *figure) {
    static const unsigned claim_values[] = {[CLASS_SOURCED] = 1u << ATTRIBUTION_SOURCED,
                                            [CLASS_INFLUENCED] = 1u << ATTRIBUTION_INFLUENCED,
                                            [CLASS_DIRECT] = 1u << ATTRIBUTION_NONE,
                                            [CLASS_UNATTRIBUTED] =
                                                1u << ATTRIBUTION_SOURCED | 1u << ATTRIBUTION_INFLUENCED};
    struct figure_reach reach = {.claim_values = figure->report_class == -1
                                                     ? FIGURE_CLAIM_VALUES_ALL
                                                     : claim_values[figure->report_class],
                                 .divergent = figure->divergent,
                                 .partner = figure->partner};
    switch (figure->line) {
    case FIGURE_COMMIT:
    case FIGURE_BEST_CASE:
        reach.open = true;
        reach.won = figure->rollup == FORECAST_CUMULATIVE;
        break;
    case FIGURE_UNDATED: reach.undated = true; break;
    case FIGURE_CLOSED_WON:
    case FIGURE_CLOSED_UNRESOLVED:
    case FIGURE_CLOSED_OUTSIDE_GATES: reach.won = true; break;
    case FIGURE_LATE_INFLUENCE:
    case FIGURE_GRANDFATHERED: reach.open = reach.won = true; break;
    default: reach.open = true;
    }
    return reach;
}

struct figure_share figure_share(const struct forecast_group *deal, const struct deal_assessment *assessment,
                                 const int32_t probability_bp[]) {
    const struct standing is = standing_of(deal, assessment);
    struct figure_share share = {.is_weighted = is.eligible || is.closed_won};
    if (deal->signals.has_amount && deal->signals.has_rate)
        share.amount_minor = deal->amount_minor;
    if (is.eligible)
        share.weighted_minor = amount_weighted(share.amount_minor, probability_bp[assessment->category]);
    else if (is.closed_won)
        share.weighted_minor = share.amount_minor;
    return share;
}
