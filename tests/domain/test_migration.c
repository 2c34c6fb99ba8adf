/* Deals that go over to another version of the stage model. */
#include "check.h"
#include "deals.h"
#include "states.h"

static struct migration from_three(const struct criterion_state *states) {
    return (struct migration){.model = &stage_model_default,
                              .model_version = 0,
                              .has_claim = true,
                              .status = DEAL_OPEN,
                              .vendor_stage = 3,
                              .partner_stage = 3,
                              .vendor = {"validating", ROLLUP_PROPOSAL},
                              .partner = {"validating", ROLLUP_PROPOSAL},
                              .states = states,
                              .state_count = CRITERIA};
}

static void expect(const struct migration *migration, int vendor, int partner, bool entered) {
    const struct migrated to = migration_verdict(migration);
    assert_int_equal(to.vendor_stage, vendor);
    assert_int_equal(to.partner_stage, partner);
    assert_int_equal(to.entered, entered);
}

static void only_an_open_claimed_deal_of_an_older_version_goes_over(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    fill_states(states);
    struct migration migration = from_three(states);
    assert_null(migration_obstacle(&migration));
    migration.model_version = 1;
    assert_string_equal(migration_obstacle(&migration), "on_newest");
    for (int status = DEAL_WON; status <= DEAL_REMOVED; status++) {
        migration.status = status;
        assert_string_equal(migration_obstacle(&migration), "deal_closed");
    }
    migration.has_claim = false;
    assert_string_equal(migration_obstacle(&migration), "no_claim");
}

static void what_is_met_and_confirmed_carries_a_deal(void **state) {
    (void)state;
    static const struct {
        const char *criterion; /* the first that is missing */
        int stage;
    } rows[] = {{"close_plan", 3}, {"open_approvals", 3}, {"joint_value", 2}, {"owners_named", 1}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct criterion_state states[CRITERIA];
        fill_states(states);
        find_state(states, rows[i].criterion)->met = false;
        const struct migration migration = from_three(states);
        expect(&migration, rows[i].stage, rows[i].stage, rows[i].stage != 3);
    }
    struct criterion_state states[CRITERIA];
    fill_states(states);
    find_state(states, "need")->partner_confirmed = false;
    const struct migration migration = from_three(states);
    expect(&migration, 2, 2, true);
}

static void nobody_moves_up(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    fill_states(states);
    struct migration migration = from_three(states);
    expect(&migration, 3, 3, false);
    migration.partner_stage = 2;
    migration.partner = (struct stage_place){"qualified", ROLLUP_VALIDATION};
    expect(&migration, 3, 2, false);
    find_state(states, "need")->met = false;
    expect(&migration, 2, 2, false);
    find_state(states, "owners_named")->met = false;
    expect(&migration, 1, 1, true);
    fill_states(states);
    migration.vendor = (struct stage_place){"proposing", ROLLUP_PROPOSAL};
    migration.vendor_stage = 1; /* of a shorter model: the vendor is the lower side */
    expect(&migration, 3, 2, true);
}

static void a_stage_is_known_by_its_key_and_then_by_its_rollup(void **state) {
    (void)state;
    static const struct stage stages[] = {
        {1, "registered", NULL, ROLLUP_DISCOVERY, CATEGORY_OMITTED},
        {2, "procuring", NULL, ROLLUP_NEGOTIATION, CATEGORY_BEST_CASE},
        {3, "negotiating", NULL, ROLLUP_NEGOTIATION, CATEGORY_COMMIT},
        {4, "closed", NULL, ROLLUP_CLOSED, CATEGORY_CLOSED},
    };
    const struct stage_model model = {.version = 2, .stages = stages, .stage_count = COUNT(stages)};
    const struct {
        struct stage_place stood;
        int stage;
        bool entered;
    } rows[] = {
        {{"procuring", ROLLUP_NEGOTIATION}, 2, false},   /* not on to the next of its roll-up stage */
        {{"negotiating", ROLLUP_NEGOTIATION}, 3, false}, /* as it was */
        {{"approving", ROLLUP_NEGOTIATION}, 3, false},   /* renamed */
        {{"negotiating", ROLLUP_PROPOSAL}, 1, true},     /* the same key, mapped higher */
        {{"qualified", ROLLUP_VALIDATION}, 1, true},     /* its roll-up stage is passed over */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct migration migration = {.model = &model,
                                            .model_version = 1,
                                            .has_claim = true,
                                            .status = DEAL_OPEN,
                                            .vendor_stage = 2,
                                            .partner_stage = 2,
                                            .vendor = rows[i].stood,
                                            .partner = rows[i].stood};
        expect(&migration, rows[i].stage, rows[i].stage, rows[i].entered);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_open_claimed_deal_of_an_older_version_goes_over),
        cmocka_unit_test(what_is_met_and_confirmed_carries_a_deal),
        cmocka_unit_test(nobody_moves_up),
        cmocka_unit_test(a_stage_is_known_by_its_key_and_then_by_its_rollup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
