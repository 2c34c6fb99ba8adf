/* Groups are assessed once and laid into cells. Every cell is added by one checked function; a group either
 * lands as a whole or the forecast says that it cannot be stated. */
#include "tandem/domain/forecast.h"

#include "tandem/base/money.h"

#include <stddef.h>

const struct choice forecast_rollups[] = {
    {"individual", FORECAST_INDIVIDUAL}, {"cumulative", FORECAST_CUMULATIVE}, {NULL}};

static bool cell_add(struct forecast_cell *cell, const struct forecast_cell *by) {
    return !__builtin_add_overflow(cell->count, by->count, &cell->count) &&
           amount_add(&cell->amount_minor, by->amount_minor);
}

static bool band_add(struct forecast_band *band, const struct forecast_band *by) {
    return !__builtin_add_overflow(band->count, by->count, &band->count) &&
           amount_add(&band->amount_minor, by->amount_minor) &&
           amount_add(&band->weighted_minor, by->weighted_minor);
}

/* A group with its judgement: what the cells are fed from. */
struct placed {
    const struct forecast_group *group;
    struct deal_assessment deal;
    struct forecast_cell cell; /* money that cannot be stated counts as 0 */
};

static struct forecast_band placed_band(const struct placed *placed) {
    const struct forecast_group *group = placed->group;
    int64_t weighted = placed->deal.category == CATEGORY_COMMIT      ? group->weighted_commit
                       : placed->deal.category == CATEGORY_BEST_CASE ? group->weighted_best_case
                                                                     : group->weighted_pipeline;
    return (struct forecast_band){placed->cell.count, placed->cell.amount_minor, weighted};
}

static struct forecast_band *class_band(struct forecast_class *class, enum category category) {
    switch (category) {
    case CATEGORY_COMMIT: return &class->commit;
    case CATEGORY_BEST_CASE: return &class->best_case;
    default: return &class->pipeline; /* omitted deals are withheld and never come here */
    }
}

static bool add_open(struct forecast_class *class, const struct placed *placed) {
    const struct deal_assessment *deal = &placed->deal;
    if (!cell_add(&class->raw, &placed->cell))
        return false;
    if (deal->withheld != WITHHELD_NOT)
        return cell_add(&class->withheld[deal->withheld][deal->debtor], &placed->cell);
    struct forecast_band band = placed_band(placed);
    return cell_add(&class->eligible, &placed->cell) && band_add(class_band(class, deal->category), &band) &&
           band_add(&class->open_pipeline, &band);
}

static bool add_won(struct forecast *forecast, struct forecast_class *class, const struct placed *placed) {
    struct forecast_cell *cell =
        placed->deal.closed_unresolved ? &class->closed_unresolved[placed->deal.debtor] : &class->closed_won;
    return cell_add(cell, &placed->cell) &&
           (!placed->group->closed_outside_gates || cell_add(&forecast->closed_outside_gates, &placed->cell));
}

bool forecast_add(struct forecast *forecast, const struct forecast_group *group) {
    const struct deal_signals *signals = &group->signals;
    struct placed placed = {.group = group, .deal = deal_assess(signals), .cell = {.count = group->count}};
    if (signals->has_amount && signals->has_rate)
        placed.cell.amount_minor = group->amount_minor;
    struct forecast_class *class = &forecast->classes[placed.deal.report_class];
    if (signals->status == DEAL_OPEN && signals->undated)
        return cell_add(&class->undated, &placed.cell);
    if (!group->in_period || (signals->status != DEAL_OPEN && signals->status != DEAL_WON))
        return true;
    if (signals->claim_late && placed.deal.report_class == CLASS_UNATTRIBUTED &&
        !cell_add(&forecast->late_influence, &placed.cell))
        return false;
    if (group->grandfathered && !cell_add(&class->grandfathered, &placed.cell))
        return false;
    return signals->status == DEAL_OPEN ? add_open(class, &placed) : add_won(forecast, class, &placed);
}

/* Each cell is within +-2^53, so a few hundred of them stay inside 64 bits. */
static struct forecast_cell cells_sum(const struct forecast_cell *cells, size_t count) {
    struct forecast_cell sum = {0};
    for (size_t i = 0; i < count; i++) {
        sum.count += cells[i].count;
        sum.amount_minor += cells[i].amount_minor;
    }
    return sum;
}

struct forecast_cell forecast_withheld_by(const struct forecast_class *class, enum withheld_rule rule) {
    return cells_sum(class->withheld[rule], DEBTOR_COUNT);
}

struct forecast_cell forecast_withheld(const struct forecast_class *class) {
    return cells_sum(&class->withheld[0][0], WITHHELD_COUNT * DEBTOR_COUNT);
}

struct forecast_cell forecast_unresolved(const struct forecast_class *class) {
    return cells_sum(class->closed_unresolved, DEBTOR_COUNT);
}

static bool class_check(const struct forecast_class *class) {
    struct forecast_cell withheld = forecast_withheld(class);
    struct forecast_band bands = class->commit;
    bands.count += class->best_case.count + class->pipeline.count;
    bands.amount_minor += class->best_case.amount_minor + class->pipeline.amount_minor;
    bands.weighted_minor += class->best_case.weighted_minor + class->pipeline.weighted_minor;
    return class->raw.count - withheld.count == class->eligible.count &&
           class->raw.amount_minor - withheld.amount_minor == class->eligible.amount_minor &&
           class->eligible.count == bands.count && class->eligible.amount_minor == bands.amount_minor &&
           class->open_pipeline.count == bands.count &&
           class->open_pipeline.amount_minor == bands.amount_minor &&
           class->open_pipeline.weighted_minor == bands.weighted_minor;
}

/* Rules about claims and co-sell stages withhold nothing outside the partner classes, nor is anything
 * unresolved. */
static bool class_is_free(const struct forecast_class *class) {
    for (enum withheld_rule rule = WITHHELD_CONTESTED; rule <= WITHHELD_STAGE_ONE; rule++)
        if (forecast_withheld_by(class, rule).count)
            return false;
    return !forecast_unresolved(class).count;
}

bool forecast_check(const struct forecast *forecast) {
    for (enum report_class i = CLASS_SOURCED; i < CLASS_COUNT; i++)
        if (!class_check(&forecast->classes[i]))
            return false;
    return class_is_free(&forecast->classes[CLASS_DIRECT]) &&
           class_is_free(&forecast->classes[CLASS_UNATTRIBUTED]);
}

bool forecast_bands(const struct forecast_class *class, enum forecast_rollup rollup,
                    struct forecast_bands *bands) {
    const struct forecast_cell *won = &class->closed_won;
    *bands = (struct forecast_bands){.closed = {won->count, won->amount_minor, won->amount_minor},
                                     .commit = class->commit,
                                     .best_case = class->best_case,
                                     .pipeline = class->pipeline};
    if (rollup == FORECAST_INDIVIDUAL)
        return true;
    bands->pipeline = class->open_pipeline;
    return band_add(&bands->commit, &bands->closed) && band_add(&bands->best_case, &bands->commit);
}
