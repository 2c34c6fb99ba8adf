/* Who may say what a partner expects of a deal, and until when. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/partner_view.h"

static void only_the_partner_s_side_says_it(void **state) {
    static const struct {
        enum side side;
        bool refused;
    } rows[] = {{SIDE_PARTNER, false}, {SIDE_VENDOR, true}, {SIDE_NONE, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field_faults faults = {.arena = *state};
        partner_view_check(rows[i].side, "/partner_view", &faults);
        assert_int_equal(field_faults_any(&faults), rows[i].refused);
    }
}

static void a_deal_that_is_over_keeps_what_was_expected(void **state) {
    static const struct {
        int status;
        enum problem problem;
    } rows[] = {{DEAL_OPEN, OK},
                {DEAL_WON, PROBLEM_DEAL_CLOSED},
                {DEAL_LOST, PROBLEM_DEAL_CLOSED},
                {DEAL_REMOVED, PROBLEM_DEAL_CLOSED}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check_problem(partner_view_verdict(*state, rows[i].status), rows[i].problem, "status %d",
                      rows[i].status);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_partner_s_side_says_it, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_deal_that_is_over_keeps_what_was_expected, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
