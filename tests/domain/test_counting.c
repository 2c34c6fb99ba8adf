/* Which of several claims counts, and on which one a deal may stand. */
#include "check.h"

#include "tandem/domain/attribution.h"

#include <string.h>

enum { S = ATTRIBUTION_SOURCED, I = ATTRIBUTION_INFLUENCED };

/* In falling order: each counts before all that stand below it. */
static const struct claim_standing ladder[] = {
    {"signed, sourced", S, 1, .signed_by_both = true, .created_at = 9},
    {"signed, influenced, of the lead", I, 2, .signed_by_both = true, .of_lead = true, .created_at = 9},
    {"signed, influenced, earlier", I, 2, .signed_by_both = true, .deadline_at = 1, .created_at = 3},
    {"signed, influenced, later", I, 2, .signed_by_both = true, .deadline_at = 2, .created_at = 4},
    {"disputed, sourced", S, 1, .signed_by_both = true, .disputed = true, .created_at = 9},
    {"disputed, influenced", I, 2, .signed_by_both = true, .disputed = true, .of_lead = true,
     .created_at = 1},
    {"unsigned, later deadline", I, 2, .deadline_at = 101, .created_at = 9},
    {"unsigned, sourced", S, 1, .deadline_at = 100, .created_at = 9},
    {"unsigned, of the lead", I, 2, .deadline_at = 100, .of_lead = true, .created_at = 9},
    {"unsigned, earliest", I, 2, .deadline_at = 100, .created_at = 1},
    {"unsigned, id a", I, 2, .deadline_at = 100, .created_at = 2, .disputed = true},
    {"unsigned, id b", I, 2, .deadline_at = 100, .created_at = 2},
    {"late, of the lead", I, 2, .late = true, .of_lead = true, .deadline_at = 100, .created_at = 102},
    {"late, earlier", I, 2, .late = true, .deadline_at = 100, .created_at = 101},
    {"late, later", I, 2, .late = true, .deadline_at = 100, .created_at = 102},
};

static void the_stronger_claim_counts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(ladder); i++)
        for (size_t j = i + 1; j < COUNT(ladder); j++) {
            const struct claim_standing falling[] = {ladder[i], ladder[j]}, rising[] = {ladder[j], ladder[i]};
            check(claim_counting(falling, 2) == 0, "%s before %s", ladder[i].id, ladder[j].id);
            check(claim_counting(rising, 2) == 1, "%s before %s", ladder[i].id, ladder[j].id);
        }
    assert_int_equal(claim_counting(ladder, COUNT(ladder)), 0);
    assert_int_equal(claim_counting(ladder + 5, COUNT(ladder) - 5), 0);
    assert_int_equal(claim_counting(ladder + COUNT(ladder) - 1, 1), 0);
}

static void a_deal_stands_on_a_registration_or_on_signatures(void **state) {
    static const struct {
        int kind, status, stage;
        bool signed_by_both;
        enum problem problem;
    } rows[] = {
        {CLAIM_KIND_INTRODUCTION, DEAL_OPEN, 1, false, OK},
        {CLAIM_KIND_INTRODUCTION, DEAL_OPEN, 2, false, PROBLEM_STAGE_MISMATCH},
        {CLAIM_KIND_INTRODUCTION, DEAL_OPEN, 2, true, OK},
        {CLAIM_KIND_REGISTRATION, DEAL_OPEN, 4, false, OK},
        {CLAIM_KIND_OTHER, DEAL_OPEN, 4, false, PROBLEM_STAGE_MISMATCH},
        {CLAIM_KIND_OTHER, DEAL_WON, 4, false, OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct claim_standing counting = {
            .id = "c", .value = I, .kind = rows[i].kind, .signed_by_both = rows[i].signed_by_both};
        check_problem(claim_stand_verdict(*state, &counting, rows[i].status, rows[i].stage), rows[i].problem,
                      "row %zu", i);
    }
}

static void a_deal_says_of_its_claims_what_follows(void **state) {
    (void)state;
    const struct claim_standing claims[] = {
        {"c-1", I, 2, .created_at = 1, .deadline_at = 9, .of_lead = true},
        {"c-2", S, 1, .created_at = 2, .deadline_at = 9, .signed_by_both = true},
    };
    static const struct {
        struct claim_pointers says;
        size_t count;
        const char *wrong;
    } rows[] = {
        {{"c-2", S, true, true, true}, 2, NULL},
        {{"c-1", S, true, true, true}, 2, "counting_claim"},
        {{NULL, S, true, true, true}, 2, "counting_claim"},
        {{"c-2", I, true, true, true}, 2, "attribution"},
        {{"c-2", S, false, true, true}, 2, "lead_partner_id"},
        {{"c-2", S, true, false, true}, 2, "partner_ids"},
        {{"c-2", S, true, true, false}, 2, "signed_at"},
        {{"c-1", I, true, true, true}, 1, NULL},
        {{NULL, 0, false, true, true}, 0, NULL},
        {{"c-1", 0, false, true, true}, 0, "counting_claim"},
        {{NULL, I, false, true, true}, 0, "attribution"},
        {{NULL, 0, true, true, true}, 0, "lead_partner_id"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *wrong = claim_pointers_check(&rows[i].says, claims, rows[i].count);
        check(wrong == rows[i].wrong || (wrong && rows[i].wrong && strcmp(wrong, rows[i].wrong) == 0),
              "row %zu: %s", i, wrong ? wrong : "nothing");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stronger_claim_counts),
        cmocka_unit_test(a_deal_says_of_its_claims_what_follows),
        cmocka_unit_test_setup_teardown(a_deal_stands_on_a_registration_or_on_signatures, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
