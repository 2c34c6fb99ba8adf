/* Which deal an id of a CRM means. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/external_id.h"

static void an_id_means_one_deal(void **state) {
    static const struct {
        struct external_id_link link;
        enum problem problem;
        enum external_id_step step;
        const char *says;
    } rows[] = {
        {{"d-1", DEAL_OPEN, NULL, {0}}, OK, EXTERNAL_ID_ADDED, NULL},
        {{"d-1", DEAL_WON, NULL, {0}}, OK, EXTERNAL_ID_ADDED, NULL},
        {{"d-1", DEAL_OPEN, "D-9", {"d-1", "One"}}, OK, EXTERNAL_ID_REPEATED, NULL},
        {{"d-1", DEAL_REMOVED, "D-9", {"d-1", "One"}}, OK, EXTERNAL_ID_REPEATED, NULL},
        {{"d-1", DEAL_OPEN, NULL, {"d-2", "Two"}}, PROBLEM_EXTERNAL_ID_EXISTS, 0, "d-2 (Two)"},
        {{"d-1", DEAL_OPEN, "D-9", {"d-2", "Two"}}, PROBLEM_EXTERNAL_ID_EXISTS, 0, "merge them"},
        {{"d-1", DEAL_OPEN, "D-9", {0}}, PROBLEM_EXTERNAL_ID_EXISTS, 0, "D-9"},
        {{"d-1", DEAL_REMOVED, NULL, {0}}, PROBLEM_DEAL_CLOSED, 0, "removed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum external_id_step step;
        struct fault *fault = external_id_link_verdict(*state, &rows[i].link, &step);
        check_problem(fault, rows[i].problem, "row %zu", i);
        if (fault)
            assert_non_null(strstr(fault->detail, rows[i].says));
        else
            assert_int_equal(step, rows[i].step);
    }
}

static void a_new_deal_needs_a_free_id(void **state) {
    check_problem(external_id_free_verdict(*state, &(struct external_id_owner){0}), OK, "nobody has it");
    const struct external_id_owner owner = {"d-2", "Two"};
    struct fault *fault = external_id_free_verdict(*state, &owner);
    check_problem(fault, PROBLEM_EXTERNAL_ID_EXISTS, "another has it");
    assert_non_null(strstr(fault->detail, "d-2 (Two)"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_id_means_one_deal, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_new_deal_needs_a_free_id, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
