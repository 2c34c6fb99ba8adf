/* The deals of each figure, summed one by one, against the totals: two pieces of code that share the assessment only. */
#include "check.h"
#include "deals.h"

#include "tandem/base/money.h"
#include "tandem/domain/figure.h"
#include "tandem/domain/policy.h"

#include <stdlib.h>

enum { DEALS = 3000, SEED = 11 };

static int dice(int sides) {
    return rand() % sides;
}

static struct forecast_group random_deal(void) {
    struct deal_signals signals = dice(4) ? sourced_deal() : direct_deal();
    if (signals.claim_value == ATTRIBUTION_SOURCED) {
        signals.claim_value = dice(2) ? ATTRIBUTION_SOURCED : ATTRIBUTION_INFLUENCED;
        signals.claim_late = signals.claim_value == ATTRIBUTION_INFLUENCED && !dice(6);
        signals.claim_disputed = !dice(8);
        signals.ae_decision = dice(6) ? DECISION_SIGN : dice(3) - 1;
        signals.manager_decision = dice(6) ? DECISION_SIGN : dice(3) - 1;
        signals.window_open = dice(3);
        signals.contested = !dice(8);
        signals.vendor_stage = 1 + dice(4);
        signals.partner_stage = dice(2) ? signals.vendor_stage : 1 + dice(4);
        signals.vendor_ceiling = signals.vendor_stage;
        signals.partner_ceiling = signals.partner_stage;
    }
    static const int statuses[] = {DEAL_OPEN, DEAL_OPEN, DEAL_OPEN,   DEAL_WON,
                                   DEAL_WON,  DEAL_LOST, DEAL_REMOVED};
    signals.status = statuses[dice(7)];
    signals.category_call = dice(5) ? CATEGORY_OMITTED + dice(4) : -1;
    signals.stale = !dice(8), signals.overdue = !dice(8), signals.stalled = !dice(8);
    signals.undated = !dice(8);
    signals.has_amount = dice(8), signals.has_rate = dice(8);
    signals.resolved = dice(2);
    struct forecast_group deal = {.signals = signals,
                                  .in_period = !(signals.status == DEAL_OPEN && signals.undated) && dice(6),
                                  .grandfathered = !dice(5),
                                  .closed_outside_gates = !dice(5),
                                  .count = 1,
                                  .amount_minor = signals.has_amount ? dice(100000) - 1000 : 0};
    const int32_t *bp = policy_default.probability_bp;
    deal.weighted_commit = amount_weighted(deal.amount_minor, bp[CATEGORY_COMMIT]);
    deal.weighted_best_case = amount_weighted(deal.amount_minor, bp[CATEGORY_BEST_CASE]);
    deal.weighted_pipeline = amount_weighted(deal.amount_minor, bp[CATEGORY_PIPELINE]);
    return deal;
}

static struct forecast_group deals[DEALS];
static struct forecast forecast;

static int book_setup(void **state) {
    (void)state;
    srand(SEED);
    for (int i = 0; i < DEALS; i++) {
        deals[i] = random_deal();
        if (!forecast_add(&forecast, &deals[i]))
            return -1;
    }
    return forecast_check(&forecast) ? 0 : -1;
}

/* Whatever the figure holds lies inside its reach. */
static void assert_reached(const struct figure *figure, const struct deal_signals *signals) {
    struct figure_reach reach = figure_reach(figure);
    assert_true(signals->status == DEAL_WON ? reach.won : signals->undated ? reach.undated : reach.open);
    assert_true(reach.claim_values >> (signals->claim_value > 0 ? signals->claim_value : 0) & 1);
}

static struct forecast_band figure_sum(const struct figure *figure) {
    struct forecast_band sum = {0};
    for (int i = 0; i < DEALS; i++) {
        struct deal_assessment assessment = deal_assess(&deals[i].signals);
        if (!figure_holds(figure, &deals[i], &assessment))
            continue;
        struct figure_share share = figure_share(&deals[i], &assessment, policy_default.probability_bp);
        sum.count++;
        sum.amount_minor += share.amount_minor;
        sum.weighted_minor += share.weighted_minor;
        assert_true(share.is_weighted || !share.weighted_minor);
        assert_reached(figure, &deals[i].signals);
    }
    return sum;
}

static void assert_sum(struct figure figure, struct forecast_cell cell) {
    struct forecast_band sum = figure_sum(&figure);
    assert_int_equal(sum.count, cell.count);
    assert_int_equal(sum.amount_minor, cell.amount_minor);
}

static void assert_band(struct figure figure, struct forecast_band band) {
    struct forecast_band sum = figure_sum(&figure);
    assert_sum(figure, (struct forecast_cell){band.count, band.amount_minor});
    assert_int_equal(sum.weighted_minor, band.weighted_minor);
    assert_true(band.count > 0);
}

static void cells_are_the_sums_of_their_deals(void **state) {
    (void)state;
    struct forecast_cell undated = {0}, grandfathered = {0};
    for (int i = CLASS_SOURCED; i < CLASS_COUNT; i++) {
        const struct forecast_class *class = &forecast.classes[i];
        assert_sum((struct figure){i, -1, -1, -1, -1}, class->raw);
        assert_sum((struct figure){i, -1, -1, FIGURE_WITHHELD_NONE, -1}, class->eligible);
        assert_sum((struct figure){i, -1, -1, FIGURE_WITHHELD_ANY, -1}, forecast_withheld(class));
        assert_sum((struct figure){i, FIGURE_CLOSED_WON, -1, -1, -1}, class->closed_won);
        assert_sum((struct figure){i, FIGURE_CLOSED_UNRESOLVED, -1, -1, -1}, forecast_unresolved(class));
        assert_sum((struct figure){i, FIGURE_UNDATED, -1, -1, -1}, class->undated);
        assert_sum((struct figure){i, FIGURE_GRANDFATHERED, -1, -1, -1}, class->grandfathered);
        undated.count += class->undated.count, undated.amount_minor += class->undated.amount_minor;
        grandfathered.count += class->grandfathered.count;
        grandfathered.amount_minor += class->grandfathered.amount_minor;
    }
    assert_sum((struct figure){-1, FIGURE_UNDATED, -1, -1, -1}, undated);
    assert_sum((struct figure){-1, FIGURE_GRANDFATHERED, -1, -1, -1}, grandfathered);
    assert_sum((struct figure){-1, FIGURE_CLOSED_OUTSIDE_GATES, -1, -1, -1}, forecast.closed_outside_gates);
    assert_sum((struct figure){-1, FIGURE_LATE_INFLUENCE, -1, -1, -1}, forecast.late_influence);
    assert_true(forecast.late_influence.count > 0 && undated.count > 0);
}

static void each_debt_is_the_sum_of_its_deals(void **state) {
    (void)state;
    int debts = 0;
    for (int i = CLASS_SOURCED; i < CLASS_COUNT; i++)
        for (int debtor = DEBTOR_AE; debtor < DEBTOR_COUNT; debtor++) {
            const struct forecast_class *class = &forecast.classes[i];
            for (int rule = WITHHELD_CONTESTED; rule < WITHHELD_COUNT; rule++) {
                assert_sum((struct figure){i, -1, -1, rule, debtor}, class->withheld[rule][debtor]);
                debts += class->withheld[rule][debtor].count > 0;
            }
            assert_sum((struct figure){i, FIGURE_CLOSED_UNRESOLVED, -1, -1, debtor},
                       class->closed_unresolved[debtor]);
        }
    assert_true(debts > 20);
}

static void bands_are_the_sums_of_their_deals(void **state) {
    (void)state;
    for (int i = CLASS_SOURCED; i < CLASS_COUNT; i++)
        for (int rollup = FORECAST_INDIVIDUAL; rollup <= FORECAST_CUMULATIVE; rollup++) {
            struct forecast_bands bands;
            assert_true(forecast_bands(&forecast.classes[i], (enum forecast_rollup)rollup, &bands));
            assert_band((struct figure){i, FIGURE_COMMIT, rollup, -1, -1}, bands.commit);
            assert_band((struct figure){i, FIGURE_BEST_CASE, rollup, -1, -1}, bands.best_case);
            assert_band((struct figure){i, FIGURE_PIPELINE, rollup, -1, -1}, bands.pipeline);
            assert_band((struct figure){i, FIGURE_CLOSED_WON, rollup, -1, -1}, bands.closed);
            assert_band((struct figure){i, FIGURE_OPEN_PIPELINE, rollup, -1, -1},
                        forecast.classes[i].open_pipeline);
        }
    /* nobody says which roll-up: each band alone */
    assert_band((struct figure){CLASS_SOURCED, FIGURE_COMMIT, -1, -1, -1},
                forecast.classes[CLASS_SOURCED].commit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_the_sums_of_their_deals),
        cmocka_unit_test(each_debt_is_the_sum_of_its_deals),
        cmocka_unit_test(bands_are_the_sums_of_their_deals),
    };
    return cmocka_run_group_tests(tests, book_setup, NULL);
}
