/* The forecast of hand-made deals, cell by cell, and of random ones against sums that share no code with it. */
#include "check.h"
#include "deals.h"

#include "tandem/base/money.h"
#include "tandem/domain/forecast.h"
#include "tandem/domain/policy.h"

#include <stdlib.h>
#include <time.h>

static struct forecast_group group_of(struct deal_signals signals, int64_t amount_minor) {
    return (struct forecast_group){
        .signals = signals,
        .in_period = true,
        .count = 1,
        .amount_minor = amount_minor,
        .weighted_commit = amount_weighted(amount_minor, policy_default.probability_bp[CATEGORY_COMMIT]),
        .weighted_best_case =
            amount_weighted(amount_minor, policy_default.probability_bp[CATEGORY_BEST_CASE]),
        .weighted_pipeline = amount_weighted(amount_minor, policy_default.probability_bp[CATEGORY_PIPELINE])};
}

static void add(struct forecast *forecast, struct deal_signals signals, int64_t amount_minor) {
    struct forecast_group group = group_of(signals, amount_minor);
    assert_true(forecast_add(forecast, &group));
    assert_true(forecast_check(forecast));
}

#define assert_cell(cell, expected_count, expected_minor)                                                    \
    do {                                                                                                     \
        assert_int_equal((cell).count, expected_count);                                                      \
        assert_int_equal((cell).amount_minor, expected_minor);                                               \
    } while (0)

static void each_deal_lands_in_one_place(void **state) {
    (void)state;
    struct forecast forecast = {0};
    const struct forecast_class *sourced = &forecast.classes[CLASS_SOURCED];
    struct deal_signals deal = sourced_deal();
    add(&forecast, deal, 1005);
    deal.category_call = CATEGORY_BEST_CASE;
    add(&forecast, deal, 205); /* half of it, rounded to even: 102 */
    deal.category_call = -1;
    add(&forecast, deal, 50);
    deal.stale = true;
    add(&forecast, deal, 7);
    deal.ae_decision = DECISION_NONE;
    add(&forecast, deal, 3);
    deal.manager_decision = DECISION_NONE;
    add(&forecast, deal, 2);
    assert_cell(sourced->raw, 6, 1272);
    assert_cell(sourced->eligible, 3, 1260);
    assert_cell(sourced->commit, 1, 1005);
    assert_int_equal(sourced->commit.weighted_minor, 904); /* 904.5 to even */
    assert_int_equal(sourced->best_case.weighted_minor, 102);
    assert_int_equal(sourced->pipeline.weighted_minor, 10);
    assert_int_equal(sourced->open_pipeline.weighted_minor, 1016);
    assert_cell(forecast_withheld_by(sourced, WITHHELD_STALE), 1, 7);
    assert_cell(forecast_withheld_by(sourced, WITHHELD_AWAITING_SIGNATURE), 2, 5);
    assert_cell(sourced->withheld[WITHHELD_AWAITING_SIGNATURE][DEBTOR_AE], 1, 3);
    assert_cell(sourced->withheld[WITHHELD_AWAITING_SIGNATURE][DEBTOR_AE_AND_PARTNER_MANAGER], 1, 2);
    assert_cell(forecast_withheld(sourced), 3, 12);
    assert_cell(forecast.classes[CLASS_INFLUENCED].raw, 0, 0);
}

static void money_that_cannot_be_stated_counts_as_nothing(void **state) {
    (void)state;
    struct forecast forecast = {0};
    struct deal_signals deal = direct_deal();
    deal.has_rate = false;
    add(&forecast, deal, 500); /* of another currency: never added to ours */
    deal.has_rate = true, deal.has_amount = false;
    add(&forecast, deal, 500);
    const struct forecast_class *direct = &forecast.classes[CLASS_DIRECT];
    assert_cell(direct->raw, 2, 0);
    assert_cell(direct->withheld[WITHHELD_NO_RATE][DEBTOR_ADMIN], 1, 0);
    assert_cell(direct->withheld[WITHHELD_NO_AMOUNT][DEBTOR_AE], 1, 0);
    assert_cell(direct->eligible, 0, 0);
}

static void what_is_outside_adds_nothing(void **state) {
    (void)state;
    struct forecast forecast = {0};
    struct forecast_group group = group_of(sourced_deal(), 100);
    group.in_period = false;
    assert_true(forecast_add(&forecast, &group));
    group.signals.status = DEAL_WON;
    assert_true(forecast_add(&forecast, &group));
    group.in_period = true;
    group.signals.status = DEAL_LOST;
    assert_true(forecast_add(&forecast, &group));
    group.signals.status = DEAL_REMOVED;
    assert_true(forecast_add(&forecast, &group));
    static const struct forecast empty;
    assert_memory_equal(&forecast, &empty, sizeof forecast);
    group.signals.status = DEAL_OPEN, group.signals.undated = true;
    assert_true(forecast_add(&forecast, &group));
    group.in_period = false;
    assert_true(forecast_add(&forecast, &group));
    assert_cell(forecast.classes[CLASS_SOURCED].undated, 2, 200);
    assert_cell(forecast.classes[CLASS_SOURCED].raw, 0, 0);
}

static void wins_are_resolved_or_said_not_to_be(void **state) {
    (void)state;
    struct forecast forecast = {0};
    struct deal_signals deal = sourced_deal();
    deal.status = DEAL_WON;
    add(&forecast, deal, 40);
    deal.resolved = true;
    add(&forecast, deal, 100);
    struct forecast_group outside = group_of(deal, 60);
    outside.closed_outside_gates = outside.grandfathered = true;
    outside.signals.manager_decision = DECISION_NONE;
    assert_true(forecast_add(&forecast, &outside));
    const struct forecast_class *sourced = &forecast.classes[CLASS_SOURCED];
    assert_cell(sourced->closed_won, 1, 100);
    assert_cell(sourced->closed_unresolved[DEBTOR_AE], 1, 40);
    assert_cell(sourced->closed_unresolved[DEBTOR_PARTNER_MANAGER], 1, 60);
    assert_cell(forecast_unresolved(sourced), 2, 100);
    assert_cell(forecast.closed_outside_gates, 1, 60);
    assert_cell(sourced->grandfathered, 1, 60);
    assert_cell(sourced->raw, 0, 0);
    assert_true(forecast_check(&forecast));
}

static void late_influence_is_a_line_of_its_own(void **state) {
    (void)state;
    struct forecast forecast = {0};
    struct deal_signals deal = sourced_deal();
    deal.claim_value = ATTRIBUTION_INFLUENCED, deal.claim_late = true, deal.window_open = false;
    add(&forecast, deal, 30);
    deal.status = DEAL_WON;
    add(&forecast, deal, 12);
    deal.claim_late = false, deal.ae_decision = -1; /* lapsed, not late */
    add(&forecast, deal, 5);
    assert_cell(forecast.late_influence, 2, 42);
    assert_cell(forecast.classes[CLASS_UNATTRIBUTED].raw, 1, 30);
    assert_cell(forecast.classes[CLASS_UNATTRIBUTED].closed_won, 2, 17);
    assert_cell(forecast.classes[CLASS_INFLUENCED].raw, 0, 0);
}

static void rollups_hold_the_same_money(void **state) {
    (void)state;
    struct forecast_class class = {.closed_won = {1, 1000},
                                   .commit = {2, 200, 180},
                                   .best_case = {3, 30, 15},
                                   .pipeline = {4, 4, 1},
                                   .open_pipeline = {9, 234, 196}};
    struct forecast_bands bands;
    assert_true(forecast_bands(&class, FORECAST_INDIVIDUAL, &bands));
    assert_cell(bands.commit, 2, 200);
    assert_cell(bands.pipeline, 4, 4);
    assert_true(forecast_bands(&class, FORECAST_CUMULATIVE, &bands));
    assert_cell(bands.closed, 1, 1000);
    assert_cell(bands.commit, 3, 1200);
    assert_int_equal(bands.commit.weighted_minor, 1180);
    assert_cell(bands.best_case, 6, 1230);
    assert_int_equal(bands.best_case.weighted_minor, 1195);
    assert_cell(bands.pipeline, 9, 234); /* without closed */
    class.closed_won.amount_minor = AMOUNT_MAX;
    assert_false(forecast_bands(&class, FORECAST_CUMULATIVE, &bands));
}

static void a_total_that_cannot_be_stated_is_refused(void **state) {
    (void)state;
    struct forecast forecast = {0};
    struct forecast_group group = group_of(direct_deal(), AMOUNT_MAX);
    assert_true(forecast_add(&forecast, &group));
    group.amount_minor = 1;
    assert_false(forecast_add(&forecast, &group));
}

static void the_check_finds_a_lost_cent(void **state) {
    (void)state;
    struct forecast good = {0};
    add(&good, sourced_deal(), 100);
    struct forecast bad = good;
    bad.classes[CLASS_SOURCED].raw.amount_minor++;
    assert_false(forecast_check(&bad));
    bad = good;
    bad.classes[CLASS_SOURCED].commit.count--;
    assert_false(forecast_check(&bad));
    bad = good;
    bad.classes[CLASS_SOURCED].open_pipeline.weighted_minor--;
    assert_false(forecast_check(&bad));
    bad = good;
    bad.classes[CLASS_DIRECT].withheld[WITHHELD_STAGE_ONE][DEBTOR_AE].count = 1;
    bad.classes[CLASS_DIRECT].raw.count = 1;
    assert_false(forecast_check(&bad));
}

/* -- random deals -- */

static uint64_t random_state;

static int random_below(int bound) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (int)(random_state % (uint64_t)bound);
}

static struct forecast_group random_group(void) {
    struct deal_signals signals = {.status = 1 + random_below(4),
                                   .claim_value = random_below(4) - 1,
                                   .claim_late = !random_below(6),
                                   .claim_disputed = !random_below(6),
                                   .ae_decision = random_below(4) - 1,
                                   .manager_decision = random_below(4) - 1,
                                   .window_open = random_below(2),
                                   .contested = !random_below(5),
                                   .vendor_stage = random_below(7) - 1,
                                   .partner_stage = random_below(7) - 1,
                                   .vendor_ceiling = random_below(7) - 1,
                                   .partner_ceiling = random_below(7) - 1,
                                   .category_call = random_below(7) - 1,
                                   .stale = !random_below(4),
                                   .overdue = !random_below(4),
                                   .stalled = !random_below(4),
                                   .undated = !random_below(8),
                                   .has_amount = random_below(8),
                                   .has_rate = random_below(8),
                                   .resolved = random_below(2)};
    struct forecast_group group = group_of(signals, random_below(2000001) - 200000);
    group.in_period = random_below(5) && !signals.undated;
    group.grandfathered = !random_below(4);
    group.closed_outside_gates = !random_below(4);
    return group;
}

/* What the forecast must hold, counted flat from the assessments: a deal stands under one class and one heading. */
struct tally {
    int64_t raw[CLASS_COUNT], withheld[CLASS_COUNT], banded[CLASS_COUNT], won[CLASS_COUNT],
        undated[CLASS_COUNT];
    int64_t count, weighted[CLASS_COUNT];
};

static void tally_add(struct tally *tally, const struct forecast_group *group) {
    const struct deal_signals *s = &group->signals;
    struct deal_assessment deal = deal_assess(s);
    int64_t amount_minor = s->has_amount && s->has_rate ? group->amount_minor : 0;
    int c = deal.report_class;
    bool counts =
        s->status == DEAL_OPEN ? s->undated || group->in_period : s->status == DEAL_WON && group->in_period;
    tally->count += counts;
    if (!counts)
        return;
    if (s->status == DEAL_WON) {
        tally->won[c] += amount_minor;
    } else if (s->undated) {
        tally->undated[c] += amount_minor;
    } else {
        tally->raw[c] += amount_minor;
        if (deal.withheld) {
            tally->withheld[c] += amount_minor;
        } else {
            tally->banded[c] += amount_minor;
            tally->weighted[c] +=
                amount_weighted(group->amount_minor, policy_default.probability_bp[deal.category]);
        }
    }
}

static void check_tally(const struct forecast *forecast, const struct tally *tally) {
    int64_t count = 0;
    for (enum report_class i = CLASS_SOURCED; i < CLASS_COUNT; i++) {
        const struct forecast_class *class = &forecast->classes[i];
        struct forecast_cell withheld = forecast_withheld(class), unresolved = forecast_unresolved(class);
        struct forecast_bands one, all;
        assert_int_equal(class->raw.amount_minor, tally->raw[i]);
        assert_int_equal(withheld.amount_minor, tally->withheld[i]);
        assert_int_equal(class->eligible.amount_minor, tally->banded[i]);
        assert_int_equal(class->raw.amount_minor - withheld.amount_minor, class->eligible.amount_minor);
        assert_int_equal(class->open_pipeline.weighted_minor, tally->weighted[i]);
        assert_int_equal(class->closed_won.amount_minor + unresolved.amount_minor, tally->won[i]);
        assert_int_equal(class->undated.amount_minor, tally->undated[i]);
        count += class->raw.count + class->closed_won.count + unresolved.count + class->undated.count;
        assert_true(forecast_bands(class, FORECAST_INDIVIDUAL, &one));
        assert_true(forecast_bands(class, FORECAST_CUMULATIVE, &all));
        assert_int_equal(all.best_case.amount_minor + one.pipeline.amount_minor,
                         one.closed.amount_minor + one.commit.amount_minor + one.best_case.amount_minor +
                             one.pipeline.amount_minor);
        assert_int_equal(all.pipeline.amount_minor, class->eligible.amount_minor);
        assert_int_equal(all.commit.count, one.closed.count + one.commit.count);
    }
    assert_int_equal(count, tally->count); /* each deal in one class, under one heading */
    assert_true(forecast_check(forecast));
}

static void random_deals_add_up(void **state) {
    (void)state;
    const char *given = getenv("TANDEM_TEST_SEED");
    random_state = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("# TANDEM_TEST_SEED=%llu\n", (unsigned long long)random_state);
    if (!random_state)
        random_state = 1;
    for (int round = 0; round < 50; round++) {
        struct forecast forecast = {0};
        struct tally tally = {0};
        for (int i = 0; i < 2000; i++) {
            struct forecast_group group = random_group();
            assert_true(forecast_add(&forecast, &group));
            tally_add(&tally, &group);
        }
        check_tally(&forecast, &tally);
    }
}

/* -- headline -- */

static void the_headline_is_one_sentence(void **state) {
    struct headline headline = {.period = "2026-Q4",
                                .currency = "USD",
                                .amount_basis = "ACV",
                                .open_minor = 123456789,
                                .coverage_state = "within",
                                .remaining_ratio = "3.20",
                                .won = 2,
                                .lost = 1,
                                .deals = {"Acme", "Beta", "Cyan"}};
    assert_string_equal(
        forecast_headline(*state, &headline),
        "2026-Q4 sourced pipeline 1,234,567.89 USD ACV; coverage 3.20 of what is left of the target "
        "(within); close rate 66 % over the last four quarters (n = 3); largest by weighted amount: "
        "Acme, Beta, Cyan.");
    headline.grandfathered = 3, headline.closed_grandfathered = 2;
    assert_non_null(strstr(forecast_headline(*state, &headline),
                           "1,234,567.89 USD ACV (grandfathered deals in the period: 3); coverage"));
    assert_non_null(strstr(forecast_headline(*state, &headline), "(n = 3, 2 of them grandfathered)"));
    headline = (struct headline){.period = "2026-11",
                                 .currency = "JPY",
                                 .amount_basis = "TCV",
                                 .open_minor = -1000,
                                 .coverage_state = "no_target",
                                 .remaining_ratio = ""};
    assert_string_equal(
        forecast_headline(*state, &headline),
        "2026-11 sourced pipeline -1,000 JPY TCV; no target is set; no sourced deal closed in the last "
        "four quarters; no eligible sourced deal.");
    headline.currency = "BHD", headline.open_minor = 5, headline.coverage_state = "target_met";
    headline.deals[0] = "Acme";
    assert_non_null(
        strstr(forecast_headline(*state, &headline), "pipeline 0.005 BHD TCV; the target is met;"));
    assert_non_null(strstr(forecast_headline(*state, &headline), "weighted amount: Acme."));
    headline.currency = "USD", headline.open_minor = 100000;
    assert_non_null(strstr(forecast_headline(*state, &headline), " 1,000.00 USD"));
    headline.open_minor = 0;
    assert_non_null(strstr(forecast_headline(*state, &headline), " 0.00 USD"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_deal_lands_in_one_place),
        cmocka_unit_test(money_that_cannot_be_stated_counts_as_nothing),
        cmocka_unit_test(what_is_outside_adds_nothing),
        cmocka_unit_test(wins_are_resolved_or_said_not_to_be),
        cmocka_unit_test(late_influence_is_a_line_of_its_own),
        cmocka_unit_test(rollups_hold_the_same_money),
        cmocka_unit_test(a_total_that_cannot_be_stated_is_refused),
        cmocka_unit_test(the_check_finds_a_lost_cent),
        cmocka_unit_test(random_deals_add_up),
        cmocka_unit_test_setup_teardown(the_headline_is_one_sentence, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
