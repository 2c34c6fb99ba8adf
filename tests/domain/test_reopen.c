/* A closed deal is open again, and where it stands then. */
#include "check.h"
#include "deals.h"

#include "tandem/domain/stage.h"

static void a_closed_deal_is_reopened_with_a_reason(void **state) {
    static const struct {
        struct reopen reopen;
        enum problem problem;
        const char *fields;
    } rows[] = {
        {{DEAL_WON, false, "the contract was annulled"}, OK, ""},
        {{DEAL_LOST, false, "they have called again"}, OK, ""},
        {{DEAL_OPEN, false, "they have called again"}, PROBLEM_INVALID_STATE, ""},
        {{DEAL_REMOVED, false, "they have called again"}, PROBLEM_INVALID_STATE, ""},
        {{DEAL_LOST, true, "they have called again"}, PROBLEM_CRM_OWNED_FIELD, ""},
        {{DEAL_LOST, false, NULL}, PROBLEM_INVALID_FIELDS, "/reason required"},
        {{DEAL_LOST, false, "n/a"}, PROBLEM_INVALID_FIELDS, "/reason placeholder"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = reopen_verdict(*state, &rows[i].reopen);
        check_problem(fault, rows[i].problem, "row %zu", i);
        assert_string_equal(fields_text(*state, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void a_reopened_deal_stands_before_the_last_stage(void **state) {
    (void)state;
    static const int rows[][4] = {{5, 5, true, 4},   {4, 5, true, 4},   {1, 5, true, 1},  {3, 3, true, 2},
                                  {-1, 0, true, -1}, {1, 1, true, 1},   {5, 5, false, 1}, {2, 5, false, 1},
                                  {1, 5, false, 1},  {-1, 0, false, -1}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(reopened_stage(rows[i][0], rows[i][1], rows[i][2]) == rows[i][3], "row %zu", i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_closed_deal_is_reopened_with_a_reason, arena_setup, arena_teardown),
        cmocka_unit_test(a_reopened_deal_stands_before_the_last_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
