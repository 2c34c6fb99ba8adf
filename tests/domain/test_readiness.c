/* What is missing on a deal, by criterion and by side, and what facts compute. */
#include "check.h"
#include "deals.h"
#include "states.h"

#include "tandem/domain/attribution.h"
#include "tandem/domain/registration.h"

static void readiness_lists_what_is_missing_and_who_owes_it(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    struct unmet unmet[2 * CRITERIA];
    fill_states(states);
    for (int stage = 1; stage <= 5; stage++)
        assert_int_equal(readiness(states, CRITERIA, stage, unmet), 0);
    find_state(states, "need")->vendor_confirmed = false;
    find_state(states, "budget")->partner_confirmed = false;
    find_state(states, "reason_to_act")->met = false;
    find_state(states, "joint_value")->vendor_confirmed =
        find_state(states, "joint_value")->partner_confirmed = false;
    find_state(states, "handoffs")->met = false;
    static const struct unmet expected[] = {
        {"need", "vendor_confirmation", "vendor"},           {"budget", "partner_confirmation", "partner"},
        {"reason_to_act", "evidence", "vendor_and_partner"}, {"joint_value", "vendor_confirmation", "vendor"},
        {"joint_value", "partner_confirmation", "partner"},
    };
    assert_int_equal(readiness(states, CRITERIA, 2, unmet), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_string_equal(unmet[i].criterion, expected[i].criterion);
        assert_string_equal(unmet[i].missing, expected[i].missing);
        assert_string_equal(unmet[i].owed_by, expected[i].owed_by);
    }
    assert_int_equal(readiness(states, CRITERIA, 3, unmet), 0);
    assert_int_equal(readiness(states, CRITERIA, 4, unmet), 1);
}

static void a_computed_criterion_needs_no_confirmation(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    struct unmet unmet[2 * CRITERIA];
    fill_states(states);
    find_state(states, "owners_named")->vendor_confirmed = false;
    assert_int_equal(readiness(states, CRITERIA, 1, unmet), 0);
    *find_state(states, "owners_named") = (struct criterion_state){.key = "owners_named",
                                                                   .stage_number = 1,
                                                                   .type = EVIDENCE_COMPUTED,
                                                                   .missing = "partner_owner",
                                                                   .owed_by = "partner"};
    assert_int_equal(readiness(states, CRITERIA, 1, unmet), 1);
    assert_string_equal(unmet[0].missing, "partner_owner");
}

static void a_claimed_deal_enters_at_the_first_gap(void **state) {
    (void)state;
    struct criterion_state states[CRITERIA];
    fill_states(states);
    assert_int_equal(stage_entry(&stage_model_default, states, CRITERIA), 5);
    find_state(states, "close_plan")->partner_confirmed = false;
    assert_int_equal(stage_entry(&stage_model_default, states, CRITERIA), 3);
    find_state(states, "clean_registration")->met = false;
    assert_int_equal(stage_entry(&stage_model_default, states, CRITERIA), 1);
}

static void facts_compute_criteria(void **state) {
    (void)state;
    enum { CLEAN, OWNERS, RESOLVED };
    static const char *const keys[] = {"clean_registration", "owners_named", "attribution_resolved"};
    struct stage_facts good = {.signals = sourced_deal(),
                               .claim_kind = CLAIM_KIND_REGISTRATION,
                               .registration_state = REGISTRATION_APPROVED,
                               .registration_verdict = VERDICT_CLEAR,
                               .vendor_owner = true,
                               .partner_owner = true};
    good.signals.resolved = true;
    struct {
        int key;
        struct stage_facts facts;
        const char *missing, *owed_by; /* NULL: met */
    } rows[] = {
        {CLEAN, good, NULL, NULL},
        {OWNERS, good, NULL, NULL},
        {RESOLVED, good, NULL, NULL},
        {CLEAN, good, "registration_not_approved", "partner_manager"},
        {CLEAN, good, "conflict_not_resolved", "partner_manager"},
        {CLEAN, good, NULL, NULL},
        {CLEAN, good, NULL, NULL},
        {CLEAN, good, "ae_signature", "ae"},
        {OWNERS, good, "partner_owner", "partner"},
        {OWNERS, good, "vendor_owner", "vendor"},
        {OWNERS, good, "both_owners", "vendor_and_partner"},
        {RESOLVED, good, "attribution_not_resolved", "ae"},
        {RESOLVED, good, "both_signatures", "ae_and_partner_manager"},
        {RESOLVED, good, "partner_manager_signature", "partner_manager"},
        {RESOLVED, good, "claim_disputed", "ae_and_partner_manager"},
        {RESOLVED, good, "claim_lapsed", "ae_and_partner_manager"},
        {RESOLVED, good, "no_claim", "ae_and_partner_manager"},
    };
    rows[3].facts.registration_state = REGISTRATION_SUBMITTED;
    rows[4].facts.registration_verdict = VERDICT_CONTESTED;
    rows[5].facts.registration_verdict = VERDICT_CONTESTED, rows[5].facts.conflict_resolved = true;
    rows[6].facts.claim_kind = CLAIM_KIND_INTRODUCTION, rows[6].facts.registration_state = -1;
    rows[7].facts.claim_kind = CLAIM_KIND_INTRODUCTION, rows[7].facts.signals.ae_decision = DECISION_NONE;
    rows[8].facts.partner_owner = false;
    rows[9].facts.vendor_owner = false;
    rows[10].facts.vendor_owner = rows[10].facts.partner_owner = false;
    rows[11].facts.signals.resolved = false;
    rows[12].facts.signals.ae_decision = rows[12].facts.signals.manager_decision = -1;
    rows[13].facts.signals.manager_decision = DECISION_NONE;
    rows[14].facts.signals.manager_decision = DECISION_DECLINE;
    rows[15].facts.signals.manager_decision = -1, rows[15].facts.signals.window_open = false;
    rows[16].facts.signals.claim_value = -1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct criterion_state found = {.key = keys[rows[i].key], .type = EVIDENCE_COMPUTED};
        criterion_compute(&rows[i].facts, &found);
        check(found.met == !rows[i].missing, "row %zu", i);
        if (rows[i].missing) {
            assert_string_equal(found.missing, rows[i].missing);
            assert_string_equal(found.owed_by, rows[i].owed_by);
        }
    }
    struct criterion_state other = {.key = "need", .type = EVIDENCE_STATEMENT, .met = true};
    criterion_compute(&good, &other);
    assert_true(other.met); /* not computed: left alone */
    other = (struct criterion_state){.key = "weather", .type = EVIDENCE_COMPUTED, .met = true};
    criterion_compute(&good, &other);
    assert_false(other.met);
    assert_string_equal(other.missing, "unknown_criterion");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readiness_lists_what_is_missing_and_who_owes_it),
        cmocka_unit_test(a_computed_criterion_needs_no_confirmation),
        cmocka_unit_test(a_claimed_deal_enters_at_the_first_gap),
        cmocka_unit_test(facts_compute_criteria),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
