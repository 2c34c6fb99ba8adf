/* What may be changed of an account. */
#include "check.h"

#include "tandem/domain/account.h"

static void domains_only_grow_and_are_one_account_s_own(void **state) {
    const struct account_domain domains[] = {
        {.domain = "own.example", .own = true},
        {.domain = "free.example"},
        {.domain = "taken.example", .taken_by = "a-2", .taken_by_name = "Two"},
    };
    struct account_change change = {.domains = domains, .domain_count = 2};
    check_problem(account_change_verdict(*state, &change), OK, "an own and a free one");
    change.domain_count = 3;
    struct fault *fault = account_change_verdict(*state, &change);
    check_problem(fault, PROBLEM_ALREADY_EXISTS, "another's");
    assert_string_equal(fault->fields->pointer, "/domains/2");
    assert_non_null(strstr(fault->fields->detail, "Two (a-2)"));
    change.lost_domain = "old.example";
    fault = account_change_verdict(*state, &change);
    check_problem(fault, PROBLEM_INVALID_FIELDS, "one is left out");
    assert_string_equal(fault->fields->code, "not_removable");
}

static void parents_stand_in_no_circle(void **state) {
    struct account_change change = {.parent_below = true};
    struct fault *fault = account_change_verdict(*state, &change);
    check_problem(fault, PROBLEM_INVALID_FIELDS, "below");
    assert_string_equal(fault->fields->code, "cycle");
    change.parent_unknown = true;
    assert_string_equal(account_change_verdict(*state, &change)->fields->code, "unknown_account");
    change = (struct account_change){0};
    check_problem(account_change_verdict(*state, &change), OK, "nothing is given");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(domains_only_grow_and_are_one_account_s_own, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(parents_stand_in_no_circle, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
