/* Who owns a field, what refreshes a deal, what is a push. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/opportunity.h"
#include "tandem/domain/role.h"
#include "tandem/domain/stage.h"

static void a_patch_meets_the_owner_of_the_field(void **state) {
    struct arena *arena = *state;
    static const struct {
        unsigned given;
        int status;
        bool crm_linked, is_machine;
        enum problem problem;
        const char *fields;
    } rows[] = {
        {OPPORTUNITY_AMOUNT | OPPORTUNITY_OWNER, DEAL_OPEN, false, false, OK, ""},
        {OPPORTUNITY_NEXT_STEP | OPPORTUNITY_PARTNER_MANAGER, DEAL_OPEN, true, false, OK, ""},
        {OPPORTUNITY_NEXT_STEP | OPPORTUNITY_AMOUNT, DEAL_OPEN, true, false, PROBLEM_CRM_OWNED_FIELD,
         "/amount crm_owned_field"},
        {OPPORTUNITY_CRM_OWNED, DEAL_OPEN, true, false, PROBLEM_CRM_OWNED_FIELD,
         "/name crm_owned_field, /amount crm_owned_field, /close_date crm_owned_field, /owner "
         "crm_owned_field, "
         "/category_call crm_owned_field, /outcome crm_owned_field, /crm_stage crm_owned_field"},
        {OPPORTUNITY_CRM_OWNED, DEAL_OPEN, true, true, OK, ""},
        {OPPORTUNITY_OUTCOME, DEAL_WON, true, true, OK, ""},
        {OPPORTUNITY_OUTCOME, DEAL_OPEN, false, false, PROBLEM_INVALID_FIELDS, "/outcome not_patchable"},
        {OPPORTUNITY_NEXT_STEP, DEAL_WON, false, false, PROBLEM_DEAL_CLOSED, ""},
        {OPPORTUNITY_NEXT_STEP, DEAL_LOST, true, false, PROBLEM_DEAL_CLOSED, ""},
        {OPPORTUNITY_AMOUNT | OPPORTUNITY_OUTCOME, DEAL_REMOVED, true, true, OK, ""},
        {OPPORTUNITY_OUTCOME, DEAL_REMOVED, true, false, PROBLEM_DEAL_CLOSED, ""},
        {OPPORTUNITY_AMOUNT, DEAL_REMOVED, true, true, PROBLEM_DEAL_CLOSED, ""},
        {0, DEAL_OPEN, true, false, OK, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct opportunity_patch patch = {rows[i].given, rows[i].status, rows[i].crm_linked,
                                          rows[i].is_machine};
        struct fault *fault = opportunity_patch_verdict(arena, &patch);
        check_problem(fault, rows[i].problem, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void some_changes_refresh(void **state) {
    (void)state;
    static const struct {
        unsigned changed;
        bool refreshes;
    } rows[] = {
        {OPPORTUNITY_AMOUNT, true},
        {OPPORTUNITY_CLOSE_DATE, true},
        {OPPORTUNITY_CATEGORY_CALL, true},
        {OPPORTUNITY_CRM_STAGE, true},
        {OPPORTUNITY_STAGE, true},
        {OPPORTUNITY_NEXT_STEP, true},
        {OPPORTUNITY_EVIDENCE, true},
        {OPPORTUNITY_OWNER, false},
        {OPPORTUNITY_PARTNER_MANAGER, false},
        {OPPORTUNITY_NAME, false},
        {0, false},
        {OPPORTUNITY_OWNER | OPPORTUNITY_AMOUNT, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(opportunity_is_refreshed(rows[i].changed) == rows[i].refreshes, "fields %#x", rows[i].changed);
}

static void only_later_is_a_push(void **state) {
    (void)state;
    int32_t date = day("2026-12-31");
    assert_true(opportunity_is_pushed(date, date + 1));
    assert_false(opportunity_is_pushed(date, date));
    assert_false(opportunity_is_pushed(date, date - 1));
    assert_false(opportunity_is_pushed(DATE_NONE, date));
    assert_false(opportunity_is_pushed(date, DATE_NONE));
}

static void only_an_active_ae_owns_a_deal(void **state) {
    struct arena *arena = *state;
    static const struct {
        bool known, active;
        unsigned roles;
        const char *fields;
    } rows[] = {
        {true, true, ROLE_BIT(ROLE_AE), ""},
        {true, true, ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_PARTNER_MANAGER), ""},
        {true, true, ROLE_BIT(ROLE_PARTNER_MANAGER), "/owner not_an_ae"},
        {true, false, ROLE_BIT(ROLE_AE), "/owner inactive"},
        {false, false, 0, "/owner unknown_person"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = deal_owner_verdict(arena, rows[i].known, rows[i].active, rows[i].roles);
        check_problem(fault, *rows[i].fields ? PROBLEM_PERSON_NOT_ELIGIBLE : OK, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void the_partner_s_own_representative_stands_for_it(void **state) {
    struct arena *arena = *state;
    static const struct {
        struct partner_rep rep;
        enum problem problem;
        const char *fields;
    } rows[] = {
        {{true, true, ROLE_BIT(ROLE_PARTNER_REP), true, true}, OK, ""},
        {{true, true, ROLE_BIT(ROLE_PARTNER_REP), false, false},
         PROBLEM_INVALID_FIELDS,
         "/partner_rep no_partner"},
        {{true, true, ROLE_BIT(ROLE_PARTNER_REP), true, false},
         PROBLEM_PERSON_NOT_ELIGIBLE,
         "/partner_rep not_of_partner"},
        {{true, true, ROLE_BIT(ROLE_PRM_PORTAL), true, true},
         PROBLEM_PERSON_NOT_ELIGIBLE,
         "/partner_rep not_of_partner"},
        {{true, false, ROLE_BIT(ROLE_PARTNER_REP), true, true},
         PROBLEM_PERSON_NOT_ELIGIBLE,
         "/partner_rep inactive"},
        {{false, false, 0, true, false}, PROBLEM_PERSON_NOT_ELIGIBLE, "/partner_rep unknown_person"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = partner_rep_verdict(arena, &rows[i].rep);
        check_problem(fault, rows[i].problem, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void a_crm_says_where_a_deal_comes_from(void **state) {
    struct arena *arena = *state;
    enum { NOW = 1000 };
    static const struct {
        struct opportunity_creation creation;
        const char *fields;
    } rows[] = {
        {{false, false, false, INSTANT_NONE, NOW}, ""},
        {{false, true, true, 5, NOW},
         "/crm_source not_by_hand, /external_id not_by_hand, /created_at not_by_hand"},
        {{true, true, true, INSTANT_NONE, NOW}, ""},
        {{true, true, true, NOW, NOW}, ""},
        {{true, true, true, NOW + 1, NOW}, "/created_at in_future"},
        {{true, false, false, INSTANT_NONE, NOW}, "/crm_source required, /external_id required"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = opportunity_create_verdict(arena, &rows[i].creation);
        check_problem(fault, *rows[i].fields ? PROBLEM_INVALID_FIELDS : OK, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void an_outcome_is_a_fact_unless_it_cannot_be(void **state) {
    struct arena *arena = *state;
    enum { TODAY = 20000 };
    static const struct {
        struct outcome_report report;
        enum problem problem;
        enum outcome_step step;
        const char *fields;
    } rows[] = {
        {{DEAL_OPEN, DEAL_WON, -1, TODAY, TODAY}, OK, OUTCOME_CLOSES, ""},
        {{DEAL_OPEN, DEAL_WON, -1, TODAY - 400, TODAY}, OK, OUTCOME_CLOSES, ""},
        {{DEAL_OPEN, DEAL_LOST, -1, TODAY, TODAY}, OK, OUTCOME_CLOSES, ""},
        {{DEAL_OPEN, DEAL_LOST, LOST_PRICE, TODAY, TODAY}, OK, OUTCOME_CLOSES, ""},
        {{DEAL_OPEN, DEAL_WON, LOST_PRICE, TODAY + 1, TODAY},
         PROBLEM_INVALID_FIELDS,
         OUTCOME_CLOSES,
         "/outcome/closed_on in_future, /outcome/reason_code not_applicable"},
        {{DEAL_WON, DEAL_WON, -1, TODAY, TODAY}, OK, OUTCOME_REPEATED, ""},
        {{DEAL_LOST, DEAL_LOST, LOST_OTHER, TODAY, TODAY}, OK, OUTCOME_REPEATED, ""},
        {{DEAL_WON, DEAL_LOST, -1, TODAY, TODAY}, OK, OUTCOME_TURNS, ""},
        {{DEAL_LOST, DEAL_WON, -1, TODAY, TODAY}, OK, OUTCOME_TURNS, ""},
        {{DEAL_REMOVED, DEAL_WON, -1, TODAY, TODAY, true}, OK, OUTCOME_RESTORES, ""},
        {{DEAL_REMOVED, DEAL_OPEN, -1, DATE_NONE, TODAY, true}, OK, OUTCOME_RESTORES, ""},
        {{DEAL_REMOVED, DEAL_REMOVED, -1, DATE_NONE, TODAY, true}, OK, OUTCOME_REPEATED, ""},
        {{DEAL_OPEN, DEAL_REMOVED, -1, DATE_NONE, TODAY, true}, OK, OUTCOME_REMOVES, ""},
        {{DEAL_WON, DEAL_REMOVED, -1, DATE_NONE, TODAY, true}, OK, OUTCOME_REMOVES, ""},
        {{DEAL_OPEN, DEAL_REMOVED, LOST_PRICE, TODAY, TODAY, false},
         PROBLEM_INVALID_FIELDS,
         OUTCOME_REMOVES,
         "/outcome/outcome not_linked, /outcome/closed_on not_applicable, /outcome/reason_code "
         "not_applicable"},
        {{DEAL_OPEN, DEAL_WON, -1, DATE_NONE, TODAY},
         PROBLEM_INVALID_FIELDS,
         OUTCOME_CLOSES,
         "/outcome/closed_on required"},
        {{DEAL_WON, DEAL_OPEN, -1, DATE_NONE, TODAY}, OK, OUTCOME_REOPENS, ""},
        {{DEAL_OPEN, DEAL_OPEN, -1, DATE_NONE, TODAY}, OK, OUTCOME_REPEATED, ""},
        {{DEAL_LOST, DEAL_OPEN, LOST_PRICE, TODAY, TODAY},
         PROBLEM_INVALID_FIELDS,
         OUTCOME_REOPENS,
         "/outcome/closed_on not_applicable, /outcome/reason_code not_applicable"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum outcome_step step;
        struct fault *fault = outcome_verdict(arena, &rows[i].report, &step);
        check_problem(fault, rows[i].problem, "row %zu", i);
        check(step == rows[i].step, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
    }
}

static void a_manager_hands_the_lead_to_a_live_claim(void **state) {
    enum {
        AE = ROLE_BIT(ROLE_AE),
        MANAGER = ROLE_BIT(ROLE_PARTNER_MANAGER),
        LEADER = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER)
    };
    struct arena *arena = *state;
    static const struct {
        struct lead_change change;
        enum problem problem;
        const char *fields;
    } rows[] = {
        {{MANAGER, true, DEAL_OPEN, CLAIM_PENDING, true}, OK, ""},
        {{LEADER, false, DEAL_OPEN, CLAIM_SIGNED, true}, OK, ""},
        {{MANAGER, true, DEAL_OPEN, CLAIM_DISPUTED, true}, OK, ""},
        {{MANAGER, false, DEAL_OPEN, CLAIM_SIGNED, true}, PROBLEM_NOT_PARTNER_MANAGER, ""},
        {{AE, true, DEAL_OPEN, CLAIM_SIGNED, true}, PROBLEM_NOT_PARTNER_MANAGER, ""},
        {{ROLE_BIT(ROLE_CRM_SYNC), false, DEAL_OPEN, CLAIM_SIGNED, true}, PROBLEM_NOT_PARTNER_MANAGER, ""},
        {{LEADER, false, DEAL_WON, CLAIM_SIGNED, true}, PROBLEM_DEAL_CLOSED, ""},
        {{LEADER, false, DEAL_OPEN, CLAIM_LAPSED, true},
         PROBLEM_INVALID_FIELDS,
         "/lead_partner claim_lapsed"},
        {{LEADER, false, DEAL_OPEN, CLAIM_NONE, false},
         PROBLEM_INVALID_FIELDS,
         "/lead_partner no_claim, /partner_rep required"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fault *fault = lead_change_verdict(arena, &rows[i].change);
        check_problem(fault, rows[i].problem, "row %zu", i);
        assert_string_equal(fields_text(arena, fault ? fault->fields : NULL), rows[i].fields);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_patch_meets_the_owner_of_the_field, arena_setup, arena_teardown),
        cmocka_unit_test(some_changes_refresh),
        cmocka_unit_test_setup_teardown(a_manager_hands_the_lead_to_a_live_claim, arena_setup,
                                        arena_teardown),
        cmocka_unit_test(only_later_is_a_push),
        cmocka_unit_test_setup_teardown(only_an_active_ae_owns_a_deal, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_partner_s_own_representative_stands_for_it, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_crm_says_where_a_deal_comes_from, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_outcome_is_a_fact_unless_it_cannot_be, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
