/* What a change of a person must leave behind. */
#include "check.h"

#include "tandem/domain/person.h"

enum {
    REP = ROLE_BIT(ROLE_PARTNER_REP),
    PORTAL = ROLE_BIT(ROLE_PRM_PORTAL),
    AE = ROLE_BIT(ROLE_AE),
    ADMIN = ROLE_BIT(ROLE_ADMIN),
    READER = ROLE_BIT(ROLE_READER)
};

static void a_person_keeps_its_side(void **state) {
    static const struct {
        unsigned before, after;
        enum problem problem;
    } rows[] = {
        {0, REP, OK},
        {0, AE, OK},
        {AE, AE | ADMIN, OK},
        {AE, READER, OK},
        {REP, PORTAL, OK},
        {0, REP, PROBLEM_INVALID_FIELDS}, /* an imported owner has no role yet, and is the vendor's */

        {AE, REP, PROBLEM_INVALID_FIELDS},
        {REP, AE, PROBLEM_INVALID_FIELDS},
        {READER, PORTAL, PROBLEM_INVALID_FIELDS},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct person_change change = {
            .is_new = i < 2,
            .before = {rows[i].before, true, true},
            .after = {rows[i].after, true, true},
            .other_admin = true,
        };
        check_problem(person_change_verdict(*state, &change), rows[i].problem, "row %zu", i);
    }
}

static void an_admin_who_can_come_in_stays(void **state) {
    static const struct {
        struct person_standing before, after;
        bool other_admin;
        enum problem problem;
    } rows[] = {
        {{ADMIN, true, true}, {AE, true, true}, false, PROBLEM_LAST_ADMIN},
        {{ADMIN, true, true}, {ADMIN, false, true}, false, PROBLEM_LAST_ADMIN},
        {{ADMIN, true, true}, {ADMIN, true, false}, false, PROBLEM_LAST_ADMIN},
        {{ADMIN, true, true}, {AE, true, true}, true, OK},
        {{ADMIN, true, true}, {ADMIN | AE, true, true}, false, OK},
        {{ADMIN, false, true}, {AE, false, true}, false, OK}, /* was none that could come in */
        {{AE, true, true}, {AE, false, true}, false, OK},
        {{0, false, false}, {AE, true, true}, false, OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct person_change change = {
            .before = rows[i].before, .after = rows[i].after, .other_admin = rows[i].other_admin};
        check_problem(person_change_verdict(*state, &change), rows[i].problem, "row %zu", i);
    }
}

static void a_crm_owner_id_means_one_active_person(void **state) {
    const char *const taken[] = {NULL, "p-2", "p-3"};
    struct person_change change = {
        .after = {AE, true, true}, .owner_ids_taken_by = taken, .owner_id_count = 3};
    struct fault *fault = person_change_verdict(*state, &change);
    check_problem(fault, PROBLEM_ALREADY_EXISTS, "two are taken");
    assert_string_equal(fault->fields->pointer, "/crm_owner_ids/1");
    assert_string_equal(fault->fields->next->pointer, "/crm_owner_ids/2");
    change.owner_id_count = 1;
    check_problem(person_change_verdict(*state, &change), OK, "the first is free");
    change.owner_id_count = 3;
    change.after.active = false; /* who is not active owns nothing that the CRM sends */
    check_problem(person_change_verdict(*state, &change), OK, "inactive");
}

static void an_erased_person_stays_erased(void **state) {
    struct person_change change = {.before = {ADMIN, true, true}, .after = {ADMIN, false, false}};
    check_problem(person_erase_verdict(*state, &change, false), PROBLEM_LAST_ADMIN, "the last admin");
    change.other_admin = true;
    check_problem(person_erase_verdict(*state, &change, false), OK, "one of two admins");
    check_problem(person_erase_verdict(*state, &change, true), PROBLEM_INVALID_STATE, "oneself");
    change.before = (struct person_standing){AE, false, false}, change.erased = true;
    check_problem(person_erase_verdict(*state, &change, false), OK, "again: nothing is left to do");
    change.after = (struct person_standing){AE, true, true};
    check_problem(person_change_verdict(*state, &change), PROBLEM_INVALID_STATE, "back again");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_person_keeps_its_side, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_admin_who_can_come_in_stays, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_crm_owner_id_means_one_active_person, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_erased_person_stays_erased, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
