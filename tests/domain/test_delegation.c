/* Who lends a duty to sign, to whom, for which days. Each row spoils one thing of a good delegation. */
#include "check.h"

#include "tandem/domain/attribution.h"
#include "tandem/domain/delegation.h"
#include "tandem/domain/role.h"

enum {
    PERSON = 1,
    DELEGATE = 2,
    ADMIN = 3,
    AE = ROLE_BIT(ROLE_AE),
    MANAGER = ROLE_BIT(ROLE_PARTNER_MANAGER),
    LEADER = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER)
};

static struct delegation_request good(void) {
    return (struct delegation_request){
        .duty = SIGNOFF_AE,
        .from_on = 100,
        .to_on = 110,
        .active = true,
        .today = 110, /* the last day is a day */
        .person = {PERSON, true, AE},
        .delegate = {DELEGATE, true, AE},
        .caller = PERSON,
        .caller_roles = AE,
    };
}

static void expect(struct arena *arena, const struct delegation_request *request, enum problem problem,
                   const char *pointer, const char *code, const char *what) {
    struct fault *fault = delegation_verdict(arena, request);
    check_problem(fault, problem, "%s", what);
    if (!pointer)
        return;
    assert_string_equal(fault->fields->pointer, pointer);
    assert_string_equal(fault->fields->code, code);
}

static void the_person_or_an_admin_delegates(void **state) {
    struct delegation_request request = good();
    expect(*state, &request, OK, NULL, NULL, "the person");
    request.caller = ADMIN, request.caller_roles = ROLE_BIT(ROLE_ADMIN);
    expect(*state, &request, OK, NULL, NULL, "an admin");
    request.caller_roles = LEADER | AE | MANAGER;
    expect(*state, &request, PROBLEM_INSUFFICIENT_SCOPE, NULL, NULL, "somebody else");
}

static void the_days_are_to_come(void **state) {
    struct delegation_request request = good();
    request.from_on = request.to_on;
    expect(*state, &request, OK, NULL, NULL, "one day, today");
    request.today++;
    expect(*state, &request, PROBLEM_INVALID_FIELDS, "/to", "in_past", "the day after the last");
    request.active = false;
    expect(*state, &request, OK, NULL, NULL, "ending what is over");
    request.from_on++;
    expect(*state, &request, PROBLEM_INVALID_FIELDS, "/to", "before_from", "the last day before the first");
}

static void both_have_a_fitting_role(void **state) {
    struct delegation_request request = good();
    request.delegate.roles = MANAGER | LEADER;
    expect(*state, &request, PROBLEM_PERSON_NOT_ELIGIBLE, "/delegate", "missing_role", "no ae");
    request = good(), request.duty = SIGNOFF_PARTNER_MANAGER;
    expect(*state, &request, PROBLEM_PERSON_NOT_ELIGIBLE, "/duty", "missing_role", "not the person's duty");
    request.person.roles = MANAGER, request.delegate.roles = LEADER;
    expect(*state, &request, OK, NULL, NULL, "a leader signs as manager");
    request = good(), request.delegate.active = false;
    expect(*state, &request, PROBLEM_PERSON_NOT_ELIGIBLE, "/delegate", "inactive_person", "left");
    request = good(), request.delegate.person = 0;
    expect(*state, &request, PROBLEM_PERSON_NOT_ELIGIBLE, "/delegate", "unknown_person", "nobody");
    request = good(), request.delegate.person = PERSON;
    expect(*state, &request, PROBLEM_PERSON_NOT_ELIGIBLE, "/delegate", "same_person", "to itself");
    request.active = false;
    expect(*state, &request, PROBLEM_PERSON_NOT_ELIGIBLE, "/delegate", "same_person", "ended, to itself");
    request = good(), request.active = false, request.delegate.active = false;
    expect(*state, &request, OK, NULL, NULL, "ending asks only who the delegate is");
}

static void never_to_the_other_signer(void **state) {
    struct delegation_request request = good();
    request.conflicting_deal = "01939f00-0000-7000-8000-0000000000d4";
    expect(*state, &request, PROBLEM_SAME_SIGNER, NULL, NULL, "manages the partner of a claim that waits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_person_or_an_admin_delegates, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_days_are_to_come, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(both_have_a_fitting_role, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(never_to_the_other_signer, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
