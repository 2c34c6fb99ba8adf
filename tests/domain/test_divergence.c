/* What the sides of a deal disagree on, in money. */
#include "check.h"
#include "deals.h"

#include "tandem/base/money.h"
#include "tandem/domain/forecast.h"
#include "tandem/domain/policy.h"

static struct forecast_group apart(int vendor, int partner) {
    static const int ceilings[] = {-1, CATEGORY_OMITTED, CATEGORY_PIPELINE, CATEGORY_BEST_CASE,
                                   CATEGORY_COMMIT};
    struct forecast_group deal = {
        .signals = sourced_deal(), .in_period = true, .count = 1, .amount_minor = 1005};
    deal.signals.category_call = CATEGORY_COMMIT;
    deal.signals.vendor_stage = vendor;
    deal.signals.partner_stage = partner;
    deal.signals.vendor_ceiling = ceilings[vendor];
    deal.signals.partner_ceiling = ceilings[partner];
    return deal;
}

static void expect(const struct forecast_group *deal, int64_t count, int64_t amount, int64_t vendor,
                   int64_t partner) {
    struct divergence sum = {0};
    assert_true(divergence_add(&sum, deal, policy_default.probability_bp));
    assert_int_equal(sum.count, count);
    assert_int_equal(sum.amount_minor, amount);
    assert_int_equal(sum.weighted_vendor, vendor);
    assert_int_equal(sum.weighted_partner, partner);
}

static void each_side_weighs_what_its_stage_allows(void **state) {
    (void)state;
    int64_t weights[5] = {0};
    for (int stage = 2; stage <= 4; stage++)
        weights[stage] = amount_weighted(1005, policy_default.probability_bp[stage]); /* ceiling = stage */
    assert_true(weights[2] < weights[3] && weights[3] < weights[4]);
    for (int vendor = 1; vendor <= 4; vendor++)
        for (int partner = 1; partner <= 4; partner++) {
            const struct forecast_group deal = apart(vendor, partner);
            bool divergent = vendor != partner;
            expect(&deal, divergent, divergent ? 1005 : 0, divergent ? weights[vendor] : 0,
                   divergent ? weights[partner] : 0);
        }
}

static void what_withholds_the_deal_withholds_both_sides(void **state) {
    (void)state;
    struct forecast_group deal = apart(4, 2);
    deal.signals.stale = true;
    expect(&deal, 1, 1005, 0, 0);
    deal = apart(4, 2);
    deal.signals.has_rate = false;
    expect(&deal, 1, 0, 0, 0);
    deal = apart(4, 2);
    deal.signals.category_call = CATEGORY_PIPELINE; /* the call is the lower one: the stages do not matter */
    expect(&deal, 1, 1005, amount_weighted(1005, policy_default.probability_bp[CATEGORY_PIPELINE]),
           amount_weighted(1005, policy_default.probability_bp[CATEGORY_PIPELINE]));
}

static void only_open_deals_of_the_period_count(void **state) {
    (void)state;
    struct forecast_group deal = apart(4, 2);
    deal.in_period = false;
    expect(&deal, 0, 0, 0, 0);
    deal = apart(4, 2);
    deal.signals.status = DEAL_WON;
    expect(&deal, 0, 0, 0, 0);
}

static void a_sum_that_leaves_the_range_is_told(void **state) {
    (void)state;
    struct forecast_group deal = apart(4, 2);
    struct divergence sum = {0};
    deal.amount_minor = AMOUNT_MAX;
    assert_true(divergence_add(&sum, &deal, policy_default.probability_bp));
    deal.amount_minor = 1;
    assert_false(divergence_add(&sum, &deal, policy_default.probability_bp));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_side_weighs_what_its_stage_allows),
        cmocka_unit_test(what_withholds_the_deal_withholds_both_sides),
        cmocka_unit_test(only_open_deals_of_the_period_count),
        cmocka_unit_test(a_sum_that_leaves_the_range_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
