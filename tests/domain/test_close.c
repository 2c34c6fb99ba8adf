/* Closing: what a win of a claimed deal needs, what lost and direct deals need, and the date's edges. */
#include "closes.h"

#include <string.h>

static void a_full_case_is_won(void **state) {
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    struct close_result result = {.backdated = true};
    check_problem(close_verdict(*state, &close, &result), OK, "a full case");
    assert_true(result.resolved);
    assert_false(result.backdated);
    find_state(states, "outcome")->vendor_confirmed = false; /* closing is the vendor's confirmation */
    check_problem(verdict(*state, &close), OK, "outcome confirmed by the partner alone");
    static const struct share whole[] = {{"p-1", 10000}};
    close.shares = whole, close.share_count = 1;
    check_problem(verdict(*state, &close), OK, "the whole share");
}

static void the_gate_of_a_win_lists_everything(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    find_state(states, "outcome")->partner_confirmed = false;
    struct fault *fault = verdict(arena, &close);
    check_problem(fault, PROBLEM_EXIT_CRITERIA_UNMET, "outcome");
    assert_string_equal(unmet_text(arena, fault->unmet), "outcome partner_confirmation partner");
    find_state(states, "handoffs")->met = false;
    find_state(states, "open_approvals")->partner_confirmed = false;
    find_state(states, "outcome")->met = false;
    close.signals.manager_decision = DECISION_NONE;
    fault = verdict(arena, &close);
    check_problem(fault, PROBLEM_EXIT_CRITERIA_UNMET, "much");
    assert_string_equal(unmet_text(arena, fault->unmet),
                        "open_approvals partner_confirmation partner, handoffs evidence vendor_and_partner, "
                        "outcome evidence vendor_and_partner, "
                        "attribution_resolved partner_manager_signature partner_manager");
}

static void a_claim_must_be_signed(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    close.signals.ae_decision = close.signals.manager_decision = -1;
    struct fault *fault = verdict(arena, &close);
    check_problem(fault, PROBLEM_CLAIM_NOT_SIGNED, "nobody signed");
    assert_string_equal(unmet_text(arena, fault->unmet),
                        "attribution_resolved both_signatures ae_and_partner_manager");
    close.signals.ae_decision = DECISION_SIGN, close.signals.manager_decision = DECISION_DECLINE;
    check_problem(verdict(arena, &close), PROBLEM_CLAIM_NOT_SIGNED, "disputed");
    close.signals.window_open = false; /* lapsed: can never be signed, is in no partner column */
    close.signals.vendor_stage = close.signals.partner_stage = 1;
    check_problem(verdict(arena, &close), OK, "lapsed");
    close.signals.claim_late = true;
    check_problem(verdict(arena, &close), OK, "late");
}

static void only_stage_four_is_won(void **state) {
    struct criterion_state states[CRITERIA];
    for (int vendor = 1; vendor <= 4; vendor++)
        for (int partner = 1; partner <= 4; partner++) {
            struct close close = good_win(states);
            close.signals.vendor_stage = vendor, close.signals.partner_stage = partner;
            check_problem(verdict(*state, &close), vendor == 4 && partner == 4 ? OK : PROBLEM_STAGE_MISMATCH,
                          "vendor %d, partner %d", vendor, partner);
            close.outcome = DEAL_LOST, close.reason_code = LOST_PRICE;
            check_problem(verdict(*state, &close), OK, "lost from vendor %d, partner %d", vendor, partner);
        }
}

static void direct_deals_pass_no_gate(void **state) {
    struct close close = {.signals = direct_deal(),
                          .outcome = DEAL_WON,
                          .reason_code = -1,
                          .closed_on = day("2026-11-20"),
                          .today = day("2026-11-20"),
                          .calendar = calendar_default,
                          .backdated_business_days = 5,
                          .closing_stage = 4};
    check_problem(verdict(*state, &close), OK, "a direct win");
    close.outcome = DEAL_LOST, close.reason_code = LOST_COMPETITOR;
    check_problem(verdict(*state, &close), OK, "a direct loss");
}

static void bad_fields_are_told_at_once(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    static const struct share shares[] = {{"p-1", 6000}, {"p-2", 3999}};
    close.reason_code = LOST_PRICE, close.closed_on = day("2026-11-21"), close.signals.has_amount = false;
    close.shares = shares, close.share_count = 2;
    struct fault *fault = verdict(arena, &close);
    check_problem(fault, PROBLEM_INVALID_FIELDS, "everything wrong");
    assert_string_equal(fields_text(arena, fault->fields),
                        "/reason_code not_applicable, /closed_on in_future, /amount required, "
                        "/shares/1/partner_id no_claim, /shares not_whole");
    close = good_win(states);
    close.outcome = DEAL_LOST, close.closed_on = DATE_NONE, close.shares = shares, close.share_count = 2;
    assert_string_equal(fields_text(arena, verdict(arena, &close)->fields),
                        "/reason_code required, /closed_on required, /shares not_applicable");
    static const struct share over[] = {{"p-1", 10001}, {NULL, 0}};
    close = good_win(states);
    close.shares = over, close.share_count = 2;
    assert_string_equal(fields_text(arena, verdict(arena, &close)->fields),
                        "/shares/0/basis_points out_of_range, /shares/1/basis_points out_of_range, "
                        "/shares/1/partner_id no_claim, /shares not_whole");
}

static void five_business_days_back_is_the_edge(void **state) {
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    struct close_result result;
    close.closed_on = day("2026-11-13"); /* the Friday before: five business days */
    check_problem(close_verdict(*state, &close, &result), OK, "five");
    assert_false(result.backdated);
    close.closed_on = day("2026-11-12");
    struct fault *fault = close_verdict(*state, &close, &result);
    check_problem(fault, PROBLEM_CLOSE_BACKDATED, "six");
    assert_non_null(strstr(fault->detail, "2026-11-13"));
    close.closed_on = day("2026-10-01");
    assert_non_null(strstr(verdict(*state, &close)->detail, "2026-11-13"));
    close.closed_on = day("2026-11-12");
    close.is_admin = true;
    check_problem(close_verdict(*state, &close, &result), OK, "six by an admin");
    assert_true(result.backdated);
}

static void nothing_closes_before_it_was_created(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    close.created_on = close.closed_on;
    check_problem(verdict(arena, &close), OK, "on the day of its creation");
    close.created_on++;
    struct fault *fault = verdict(arena, &close);
    assert_string_equal(fields_text(arena, fault->fields), "/closed_on before_creation");
    assert_non_null(strstr(fault->fields->detail, "2026-11-21"));
}

static void a_person_says_why_a_deal_was_lost(void **state) {
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    close.outcome = DEAL_LOST, close.reason_code = LOST_UNSPECIFIED;
    assert_string_equal(fields_text(*state, verdict(*state, &close)->fields), "/reason_code not_by_hand");
    for (close.reason_code = LOST_PRICE; close.reason_code <= LOST_OTHER; close.reason_code++)
        check_problem(verdict(*state, &close), OK, "reason %d", close.reason_code);
}

static void a_closed_or_crm_owned_deal_is_left_alone(void **state) {
    struct criterion_state states[CRITERIA];
    for (int status = DEAL_WON; status <= DEAL_REMOVED; status++) {
        struct close close = good_win(states);
        close.signals.status = status;
        close.signals.resolved = true;
        check_problem(verdict(*state, &close), PROBLEM_DEAL_CLOSED, "status %d", status);
    }
    struct close close = good_win(states);
    close.crm_owned = true;
    check_problem(verdict(*state, &close), PROBLEM_CRM_OWNED_FIELD, "the CRM's outcome");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_case_is_won, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_gate_of_a_win_lists_everything, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_claim_must_be_signed, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(only_stage_four_is_won, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(direct_deals_pass_no_gate, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bad_fields_are_told_at_once, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(five_business_days_back_is_the_edge, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_closed_or_crm_owned_deal_is_left_alone, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(nothing_closes_before_it_was_created, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_person_says_why_a_deal_was_lost, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
