/* Who acts for which side of a deal, and which version of evidence they may confirm. */
#include "check.h"

#include "tandem/domain/confirmation.h"
#include "tandem/domain/side.h"
#include "tandem/domain/stage.h"

static void a_tie_of_the_right_kind_is_needed(void **state) {
    enum {
        REP = ROLE_BIT(ROLE_PARTNER_REP),
        PORTAL = ROLE_BIT(ROLE_PRM_PORTAL),
        AE = ROLE_BIT(ROLE_AE),
        MANAGER = ROLE_BIT(ROLE_PARTNER_MANAGER),
        LEADER = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER)
    };
    static const struct {
        unsigned roles;
        struct deal_ties ties;
        enum problem problem;
    } rows[] = {
        {AE, {.owns_deal = true}, OK},
        {AE, {.manages_partner = true}, PROBLEM_NOT_DEAL_OWNER},
        {AE, {.of_partner = true}, PROBLEM_NOT_DEAL_OWNER},
        {MANAGER, {.manages_partner = true}, OK},
        {MANAGER, {.owns_deal = true}, PROBLEM_NOT_PARTNER_MANAGER},
        {AE | MANAGER, {.owns_deal = true}, OK},
        {AE | MANAGER, {.manages_partner = true}, OK},
        {AE | MANAGER, {0}, PROBLEM_NOT_DEAL_OWNER},
        {LEADER, {0}, OK},
        {ROLE_BIT(ROLE_ADMIN), {0}, OK},
        {REP, {.of_partner = true}, OK},
        {REP, {.owns_deal = true, .manages_partner = true}, PROBLEM_NOT_LEAD_PARTNER},
        {PORTAL, {.of_partner = true}, OK},
        {PORTAL, {0}, PROBLEM_NOT_LEAD_PARTNER},
        {ROLE_BIT(ROLE_CFO), {.owns_deal = true}, PROBLEM_INSUFFICIENT_SCOPE},
        {ROLE_BIT(ROLE_CRM_SYNC), {.owns_deal = true}, PROBLEM_INSUFFICIENT_SCOPE},
        {ROLE_BIT(ROLE_READER), {.of_partner = true}, PROBLEM_INSUFFICIENT_SCOPE},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check_problem(side_verdict(*state, rows[i].roles, &rows[i].ties), rows[i].problem, "row %zu", i);
    assert_true(side_confirms(AE) && side_confirms(REP) && side_confirms(PORTAL) && side_confirms(LEADER));
    assert_false(side_confirms(ROLE_BIT(ROLE_ADMIN)) || side_confirms(ROLE_BIT(ROLE_CRO)));
}

static void evidence_is_given_to_open_claimed_deals(void **state) {
    static const struct criterion need = {"need", 2, EVIDENCE_STATEMENT, 0};
    static const struct criterion owners = {"owners_named", 1, EVIDENCE_COMPUTED, 0};
    check_problem(criterion_verdict(*state, &need), OK, "a statement");
    check_problem(criterion_verdict(*state, &owners), PROBLEM_CRITERION_COMPUTED, "computed");
    check_problem(stage_open_verdict(*state, true, DEAL_OPEN), OK, "open and claimed");
    check_problem(stage_open_verdict(*state, false, DEAL_OPEN), PROBLEM_NO_CLAIM, "direct");
    for (int status = DEAL_WON; status <= DEAL_REMOVED; status++)
        check_problem(stage_open_verdict(*state, true, status), PROBLEM_DEAL_CLOSED, "status %d", status);
}

static void what_a_left_stage_rests_on_stays(void **state) {
    static const struct criterion need = {"need", 2, EVIDENCE_STATEMENT, 0};
    check_problem(evidence_stage_verdict(*state, &need, 1), OK, "ahead of its stage");
    check_problem(evidence_stage_verdict(*state, &need, 2), OK, "in its stage");
    check_problem(evidence_stage_verdict(*state, &need, 3), PROBLEM_STAGE_MISMATCH, "after its stage");
}

static void only_the_newest_version_is_confirmed_once(void **state) {
    static const struct {
        struct confirmation confirmation;
        enum problem problem;
    } rows[] = {
        {{3, 3, false}, OK},
        {{2, 3, false}, PROBLEM_EVIDENCE_VERSION_STALE},
        {{4, 3, false}, PROBLEM_EVIDENCE_VERSION_STALE},
        {{2, 3, true}, PROBLEM_EVIDENCE_VERSION_STALE},
        {{3, 3, true}, PROBLEM_ALREADY_CONFIRMED},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check_problem(confirmation_verdict(*state, &rows[i].confirmation), rows[i].problem, "row %zu", i);
}

static void somebody_stands_behind_a_portal_only(void **state) {
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct field_faults faults = {.arena = *state};
        acting_for_check(ROLE_BIT(role), &faults);
        assert_int_equal(field_faults_any(&faults), role != ROLE_PRM_PORTAL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tie_of_the_right_kind_is_needed, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(evidence_is_given_to_open_claimed_deals, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(what_a_left_stage_rests_on_stays, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(somebody_stands_behind_a_portal_only, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(only_the_newest_version_is_confirmed_once, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
