/* Two accounts that are one customer. */
#include "check.h"

#include "tandem/domain/account_merge.h"

static void what_two_partners_hold_is_not_decided_by_a_merge(void **state) {
    static const struct account_rivals rivals[] = {{"r-1", "r-2", "default"}, {"r-1", "r-3", "services"}};
    struct account_merge merge = {.survivor = {"a-1"}, .merged = {"a-2"}, .rivals = rivals};
    enum account_merge_step step;
    check_problem(account_merge_verdict(*state, &merge, &step), OK, "no protection");
    assert_int_equal(step, ACCOUNT_MERGE_NEEDED);
    merge.rival_count = 2;
    struct fault *fault = account_merge_verdict(*state, &merge, &step);
    check_problem(fault, PROBLEM_NOT_MERGEABLE, "two protections");
    assert_non_null(strstr(fault->detail, "r-1 and r-2"));
    merge.merged.id = "a-1";
    check_problem(account_merge_verdict(*state, &merge, &step), PROBLEM_INVALID_FIELDS, "the same");
}

static void an_account_is_merged_once(void **state) {
    struct account_merge merge = {.survivor = {"a-1"}, .merged = {"a-2", "a-1", "One"}};
    enum account_merge_step step;
    check_problem(account_merge_verdict(*state, &merge, &step), OK, "again");
    assert_int_equal(step, ACCOUNT_MERGE_REPEATED);
    merge.merged.merged_into = "a-3", merge.merged.merged_into_name = "Three";
    struct fault *fault = account_merge_verdict(*state, &merge, &step);
    check_problem(fault, PROBLEM_INVALID_STATE, "into a third");
    assert_non_null(strstr(fault->detail, "a-3 (Three)"));
    merge = (struct account_merge){.survivor = {"a-1", "a-4", "Four"}, .merged = {"a-2"}};
    check_problem(account_merge_verdict(*state, &merge, &step), PROBLEM_INVALID_STATE,
                  "the survivor is gone");
    check_problem(account_merged_verdict(*state, NULL, NULL), OK, "its own");
}

static void no_circle_is_closed(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct account_of_merge survivor, merged;
        int64_t parent;
    } rows[] = {
        {"neither has one", {.parent = 0}, {.parent = 0}, 0},
        {"its own", {.parent = 7}, {.parent = 8}, 7},
        {"the other's", {.parent = 0}, {.parent = 8}, 8},
        {"below the other: its place", {.parent = 2, .below = true}, {.parent = 8}, 8},
        {"far below the other: its place", {.parent = 7, .below = true}, {.parent = 0}, 0},
        {"the other below it", {.parent = 0}, {.parent = 1, .below = true}, 0},
        {"the other below it, its own", {.parent = 7}, {.parent = 1, .below = true}, 7},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct account_merge merge = {.survivor = rows[i].survivor, .merged = rows[i].merged};
        check(account_merge_parent(&merge) == rows[i].parent, "%s", rows[i].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_two_partners_hold_is_not_decided_by_a_merge, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_account_is_merged_once, arena_setup, arena_teardown),
        cmocka_unit_test(no_circle_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
