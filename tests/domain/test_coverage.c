/* Coverage on both sides of 3.00 and 4.00, to one minor unit, and where doubles and 64 bits would fail. */
#include "check.h"

#include "tandem/domain/coverage.h"

static void the_state_follows_the_remaining_ratio(void **state) {
    (void)state;
    static const struct {
        int64_t open, target, won;
        const char *coverage, *push, *gross, *remaining;
    } rows[] = {
        {2999, 1000, 0, "below", "recruit_or_activate", "2.99", "2.99"},
        {3000, 1000, 0, "within", "hold", "3.00", "3.00"},
        {3001, 1000, 0, "within", "hold", "3.00", "3.00"},
        {3999, 1000, 0, "within", "hold", "3.99", "3.99"},
        {4000, 1000, 0, "within", "hold", "4.00", "4.00"},
        {4001, 1000, 0, "above", "convert", "4.00", "4.00"},
        {2250, 1000, 250, "within", "hold", "2.25", "3.00"},
        {2249, 1000, 250, "below", "recruit_or_activate", "2.24", "2.99"},
        {3000, 1000, 250, "within", "hold", "3.00", "4.00"},
        {3001, 1000, 250, "above", "convert", "3.00", "4.00"},
        {0, 1000, 0, "below", "recruit_or_activate", "0.00", "0.00"},
        {9, 1000, 0, "below", "recruit_or_activate", "0.00", "0.00"},
        {-1500, 1000, 0, "below", "recruit_or_activate", "-1.50", "-1.50"},
        {5, 1000, 999, "above", "convert", "0.00", "5.00"},
        {5000, 1000, 1000, "target_met", "none", "5.00", ""},
        {5000, 1000, 1001, "target_met", "none", "5.00", ""},
        {5000, 0, 0, "no_target", "none", "", ""},
        {5000, -1, 0, "no_target", "none", "", ""},
        /* 2^53 - 1 and its neighbours: a double could not tell these from the bound */
        {9007199254740990, 3002399751580330, 0, "within", "hold", "3.00", "3.00"},
        {9007199254740989, 3002399751580330, 0, "below", "recruit_or_activate", "2.99", "2.99"},
        {9007199254740991, 3002399751580330, 0, "within", "hold", "3.00", "3.00"},
        {9007199254740988, 2251799813685247, 0, "within", "hold", "4.00", "4.00"},
        {9007199254740989, 2251799813685247, 0, "above", "convert", "4.00", "4.00"},
        {9007199254740991, 1, 0, "above", "convert", "9007199254740991.00", "9007199254740991.00"},
        {1, 1, -9007199254740991, "below", "recruit_or_activate", "1.00", "0.00"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct coverage found = coverage_assess(rows[i].open, true, rows[i].target, rows[i].won, 300, 400);
        assert_string_equal(choice_name(coverage_states, found.state), rows[i].coverage);
        assert_string_equal(choice_name(coverage_pushes, found.push), rows[i].push);
        assert_string_equal(found.gross_ratio, rows[i].gross);
        assert_string_equal(found.remaining_ratio, rows[i].remaining);
    }
}

static void without_a_target_there_is_no_state(void **state) {
    (void)state;
    struct coverage found = coverage_assess(5000, false, 1000, 0, 300, 400);
    assert_int_equal(found.state, COVERAGE_NO_TARGET);
    assert_int_equal(found.push, PUSH_NONE);
    assert_string_equal(found.gross_ratio, "");
}

static void the_bounds_are_the_policys(void **state) {
    (void)state;
    assert_int_equal(coverage_assess(2499, true, 1000, 0, 250, 350).state, COVERAGE_BELOW);
    assert_int_equal(coverage_assess(2500, true, 1000, 0, 250, 350).state, COVERAGE_WITHIN);
    assert_int_equal(coverage_assess(3500, true, 1000, 0, 250, 350).state, COVERAGE_WITHIN);
    assert_int_equal(coverage_assess(3501, true, 1000, 0, 250, 350).state, COVERAGE_ABOVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_follows_the_remaining_ratio),
        cmocka_unit_test(without_a_target_there_is_no_state),
        cmocka_unit_test(the_bounds_are_the_policys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
