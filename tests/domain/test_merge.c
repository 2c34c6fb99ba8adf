/* Two deals that are one. */
#include "check.h"

#include "tandem/domain/deal.h"
#include "tandem/domain/merge.h"
#include "tandem/domain/role.h"

static const struct merge_deal own = {"d-1", DEAL_OPEN, NULL, 1, "default", false, true, true};
static const struct merge_deal other = {"d-2", DEAL_OPEN, NULL, 1, "default", false, true, true};

static void what_fits_is_merged(void **state) {
    static const struct {
        const char *name;
        struct merge_deal survivor, merged;
        enum problem problem;
        enum merge_step step;
        const char *says;
    } rows[] = {
        {"both open",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_OPEN, NULL, 1, "a"},
         OK,
         MERGE_NEEDED,
         ""},
        {"both won", {"d-1", DEAL_WON, NULL, 1, "a"}, {"d-2", DEAL_WON, NULL, 1, "a"}, OK, MERGE_NEEDED, ""},
        {"both lost",
         {"d-1", DEAL_LOST, NULL, 1, "a"},
         {"d-2", DEAL_LOST, NULL, 1, "a"},
         OK,
         MERGE_NEEDED,
         ""},
        {"no account",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_OPEN, NULL, 0, "a"},
         OK,
         MERGE_NEEDED,
         ""},
        {"again",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_REMOVED, "d-1", 1, "b"},
         OK,
         MERGE_REPEATED,
         ""},
        {"two accounts",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_OPEN, NULL, 2, "a"},
         PROBLEM_NOT_MERGEABLE,
         0,
         "accounts first"},
        {"two families",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_OPEN, NULL, 1, "b"},
         PROBLEM_NOT_MERGEABLE,
         0,
         "a and b"},
        {"one won",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_WON, NULL, 1, "a"},
         PROBLEM_NOT_MERGEABLE,
         0,
         "one outcome first"},
        {"won, lost",
         {"d-1", DEAL_WON, NULL, 1, "a"},
         {"d-2", DEAL_LOST, NULL, 1, "a"},
         PROBLEM_NOT_MERGEABLE,
         0,
         "one outcome first"},
        {"removed",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_REMOVED, NULL, 1, "a"},
         PROBLEM_DEAL_CLOSED,
         0,
         "d-2"},
        {"both removed",
         {"d-1", DEAL_REMOVED, NULL, 1, "a"},
         {"d-2", DEAL_REMOVED, NULL, 1, "a"},
         PROBLEM_DEAL_CLOSED,
         0,
         "d-1"},
        {"merged away",
         {"d-1", DEAL_REMOVED, "d-3", 1, "a"},
         {"d-2", DEAL_OPEN, NULL, 1, "a"},
         PROBLEM_DEAL_CLOSED,
         0,
         "d-3"},
        {"into a third",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-2", DEAL_REMOVED, "d-3", 1, "a"},
         PROBLEM_DEAL_CLOSED,
         0,
         "d-3"},
        {"the same",
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         {"d-1", DEAL_OPEN, NULL, 1, "a"},
         PROBLEM_INVALID_FIELDS,
         0,
         ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct merge merge = {
            .is_machine = true, .survivor = rows[i].survivor, .merged = rows[i].merged};
        enum merge_step step;
        struct fault *fault = merge_verdict(*state, &merge, &step);
        check_problem(fault, rows[i].problem, "%s", rows[i].name);
        if (!fault)
            check(step == rows[i].step, "%s", rows[i].name);
        else if (fault->detail)
            check(strstr(fault->detail, rows[i].says), "%s: %s", rows[i].name, fault->detail);
    }
}

static void an_ae_merges_what_they_own(void **state) {
    struct merge merge = {.roles = ROLE_BIT(ROLE_AE), .survivor = own, .merged = other};
    enum merge_step step;
    check_problem(merge_verdict(*state, &merge, &step), OK, "owns both");
    merge.merged.owned = false;
    check_problem(merge_verdict(*state, &merge, &step), PROBLEM_NOT_DEAL_OWNER, "another owns the other");
    merge.merged.has_owner = false;
    check_problem(merge_verdict(*state, &merge, &step), OK, "nobody owns the other");
    merge.survivor.owned = merge.survivor.has_owner = false;
    check_problem(merge_verdict(*state, &merge, &step), PROBLEM_NOT_DEAL_OWNER, "nobody owns either");
    merge.merged.owned = merge.merged.has_owner = true;
    check_problem(merge_verdict(*state, &merge, &step), OK, "nobody owns the survivor");
    merge.survivor.has_owner = true;
    check_problem(merge_verdict(*state, &merge, &step), PROBLEM_NOT_DEAL_OWNER, "another owns the survivor");
    merge.roles = ROLE_BIT(ROLE_ADMIN);
    check_problem(merge_verdict(*state, &merge, &step), OK, "an admin");
    merge.roles = ROLE_BIT(ROLE_CRM_SYNC), merge.is_machine = true;
    check_problem(merge_verdict(*state, &merge, &step), OK, "a CRM");
}

static void the_crms_word_comes_with_its_id(void **state) {
    (void)state;
    struct merge merge = {.survivor = own, .merged = other};
    assert_int_equal(merge_fields(&merge), MERGE_FILLS);
    merge.merged.crm_linked = true;
    assert_int_equal(merge_fields(&merge), MERGE_TAKES);
    merge.survivor.crm_linked = true;
    assert_int_equal(merge_fields(&merge), MERGE_KEEPS);
    merge.merged.crm_linked = false;
    assert_int_equal(merge_fields(&merge), MERGE_KEEPS);
}

static void a_window_only_shortens(void **state) {
    (void)state;
    assert_int_equal(merge_window_end(10, 11), 10);
    assert_int_equal(merge_window_end(11, 10), 10);
    assert_int_equal(merge_window_end(10, 10), 10);
}

enum { SOURCED = ATTRIBUTION_SOURCED, INFLUENCED = ATTRIBUTION_INFLUENCED };

static struct merge_claim claim_of(bool of_survivor, int64_t partner, int value, bool both, bool disputed) {
    return (struct merge_claim){
        .standing = {.id = of_survivor ? "b" : "a",
                     .value = value,
                     .signed_by_both = both,
                     .disputed = disputed,
                     .deadline_at = 5,
                     .created_at = of_survivor ? 2 : 1},
        .partner = partner,
        .partner_name = partner == 1 ? "One" : "Two",
        .of_survivor = of_survivor,
    };
}

static void the_stronger_claim_of_a_partner_stands(void **state) {
    static const struct {
        int own_value, other_value;
        bool own_signed, other_signed, own_disputed, other_disputed, changes;
    } rows[] = {
        {INFLUENCED, INFLUENCED, false, false, false, false,
         false}, /* equal: the survivor's own, though later */
        {SOURCED, SOURCED, true, true, false, false, false},
        {INFLUENCED, INFLUENCED, false, true, false, false, true},
        {INFLUENCED, INFLUENCED, true, false, false, false, false},
        {INFLUENCED, SOURCED, false, false, false, false, true},
        {INFLUENCED, SOURCED, true, false, false, false, false},
        {SOURCED, SOURCED, true, true, true, false, true},
        {SOURCED, SOURCED, true, true, true, true, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct merge_claim claims[] = {
            claim_of(true, 1, rows[i].own_value, rows[i].own_signed, rows[i].own_disputed),
            claim_of(false, 1, rows[i].other_value, rows[i].other_signed, rows[i].other_disputed)};
        check_problem(merge_claims(*state, claims, 2), OK, "row %zu", i);
        check(claims[0].moves == rows[i].changes && claims[1].moves == rows[i].changes, "row %zu", i);
        check(merge_claim_stays(&claims[0]) != merge_claim_stays(&claims[1]), "row %zu", i);
    }
}

static void every_partners_claim_goes_over_and_one_is_sourced(void **state) {
    struct merge_claim claims[] = {claim_of(true, 1, SOURCED, true, false),
                                   claim_of(false, 2, SOURCED, true, false),
                                   claim_of(false, 3, INFLUENCED, true, false)};
    struct fault *fault = merge_claims(*state, claims, 3);
    check_problem(fault, PROBLEM_SOURCED_CLAIM_EXISTS, "two are signed as sourced");
    assert_non_null(strstr(fault->detail, "One and Two"));
    claims[1].standing.signed_by_both = false;
    check_problem(merge_claims(*state, claims, 3), OK, "one is signed");
    assert_true(!claims[0].moves && claims[1].moves && claims[2].moves);
}

static void shares_of_two_deals_are_not_added_up(void **state) {
    struct merge_claim claims[] = {claim_of(true, 1, SOURCED, true, false),
                                   claim_of(false, 2, INFLUENCED, true, false)};
    merge_claims(*state, claims, 2);
    assert_int_equal(merge_resolution(claims, 2), MERGE_RESOLUTION_ENDS);
    assert_int_equal(merge_resolution(claims, 1), MERGE_RESOLUTION_KEEPS);
    assert_int_equal(merge_resolution(claims + 1, 1), MERGE_RESOLUTION_TAKES);
    assert_int_equal(merge_resolution(NULL, 0), MERGE_RESOLUTION_KEEPS);
    claims[1] = claim_of(false, 1, INFLUENCED, false, false); /* weaker, so it stays behind */
    merge_claims(*state, claims, 2);
    assert_int_equal(merge_resolution(claims, 2), MERGE_RESOLUTION_KEEPS);
}

static void a_stage_whose_criteria_are_open_is_left(void **state) {
    struct criterion_state states[] = {
        {"clean_registration", 1, EVIDENCE_COMPUTED, .met = true},
        {"need", 2, EVIDENCE_STATEMENT, .met = true, .vendor_confirmed = true, .partner_confirmed = true},
        {"close_plan", 3, EVIDENCE_CHECKLIST},
    };
    (void)state;
    assert_int_equal(merge_stage(states, 3, 3), 3);
    assert_int_equal(merge_stage(states, 3, 4), 3);
    states[1].partner_confirmed = false;
    assert_int_equal(merge_stage(states, 3, 3), 2);
    assert_int_equal(merge_stage(states, 3, 2), 2);
    states[0].met = false;
    assert_int_equal(merge_stage(states, 3, 3), 1);
    assert_int_equal(merge_stage(states, 3, 1), 1);
}

static void a_deal_that_was_merged_away_says_where(void **state) {
    check_problem(merged_away_verdict(*state, NULL), OK, "its own");
    struct fault *fault = merged_away_verdict(*state, "d-7");
    check_problem(fault, PROBLEM_DEAL_CLOSED, "merged away");
    assert_non_null(strstr(fault->detail, "d-7"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_fits_is_merged, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_ae_merges_what_they_own, arena_setup, arena_teardown),
        cmocka_unit_test(the_crms_word_comes_with_its_id),
        cmocka_unit_test(a_window_only_shortens),
        cmocka_unit_test_setup_teardown(the_stronger_claim_of_a_partner_stands, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(every_partners_claim_goes_over_and_one_is_sourced, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(shares_of_two_deals_are_not_added_up, arena_setup, arena_teardown),
        cmocka_unit_test(a_stage_whose_criteria_are_open_is_left),
        cmocka_unit_test_setup_teardown(a_deal_that_was_merged_away_says_where, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
