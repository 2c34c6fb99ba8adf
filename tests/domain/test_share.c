/* How the claims of a won deal share it, and when it is resolved. */
#include "closes.h"

#include <string.h>

static const char *shares_text(struct arena *arena, const struct close_result *result) {
    const char *text = "";
    for (size_t i = 0; i < result->share_count; i++)
        text = arena_format(arena, "%s%s%s %d", text, *text ? ", " : "", result->shares[i].claim_id,
                            (int)result->shares[i].basis_points);
    return text;
}

/* Two signed, one that waits, one of each kind that takes nothing. */
static const struct close_claim many[] = {
    {"c-1", "p-1", "Northwind", CLAIM_SIGNED, false}, {"c-2", "p-2", "Southgate", CLAIM_SIGNED, false},
    {"c-3", "p-3", "Eastmoor", CLAIM_PENDING, false}, {"c-4", "p-4", "Westray", CLAIM_LAPSED, false},
    {"c-5", "p-5", "Midland", CLAIM_LAPSED, true},    {"c-6", "p-6", "Highfell", CLAIM_DISPUTED, false},
};
enum { MANY = sizeof many / sizeof *many };

static void signed_claims_share_ten_thousand(void **state) {
    struct arena *arena = *state;
    static const struct {
        const char *faults; /* NULL: taken, as `settled` says */
        const char *settled;
        struct share shares[3];
        size_t count;
    } rows[] = {
        {NULL, "c-1 6000, c-2 4000", {{"p-1", 6000}, {"p-2", 4000}}, 2},
        {NULL, "c-1 1, c-2 9999", {{"p-2", 9999}, {"p-1", 1}}, 2},
        {NULL, "c-1 0, c-2 10000", {{"p-2", 10000}}, 1},
        {"/shares not_whole", NULL, {{"p-1", 6000}, {"p-2", 3999}}, 2},
        {"/shares not_whole", NULL, {{"p-1", 6000}, {"p-2", 4001}}, 2},
        {"/shares/1/basis_points out_of_range, /shares not_whole", NULL, {{"p-1", 6000}, {"p-2", 10001}}, 2},
        {"/shares/1/basis_points out_of_range", NULL, {{"p-1", 10000}, {"p-2", 0}}, 2},
        {"/shares/1/partner_id repeated", NULL, {{"p-1", 6000}, {"p-1", 4000}}, 2},
        {"/shares/1/partner_id repeated", NULL, {{"p-1", 5000}, {"p-1", 1000}, {"p-2", 4000}}, 3},
        {"/shares/1/partner_id claim_pending", NULL, {{"p-1", 6000}, {"p-3", 4000}}, 2},
        {"/shares/0/partner_id claim_lapsed", NULL, {{"p-4", 6000}, {"p-1", 4000}}, 2},
        {"/shares/1/partner_id claim_late", NULL, {{"p-1", 6000}, {"p-5", 4000}}, 2},
        {"/shares/1/partner_id claim_disputed", NULL, {{"p-1", 6000}, {"p-6", 4000}}, 2},
        {"/shares/1/partner_id no_claim", NULL, {{"p-1", 6000}, {"p-7", 4000}}, 2},
        {"/shares required", NULL, {{NULL, 0}}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct criterion_state states[CRITERIA];
        struct close close = good_win(states);
        struct close_result result;
        close.claims = many, close.claim_count = MANY;
        close.shares = rows[i].shares, close.share_count = rows[i].count;
        struct fault *fault = close_verdict(arena, &close, &result);
        check_problem(fault, rows[i].faults ? PROBLEM_INVALID_FIELDS : OK, "row %zu", i);
        if (rows[i].faults)
            assert_string_equal(fields_text(arena, fault->fields), rows[i].faults);
        else
            assert_string_equal(shares_text(arena, &result), rows[i].settled);
    }
}

static void shares_that_are_missing_are_told_with_the_partners(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    close.claims = many, close.claim_count = MANY;
    const char *detail = verdict(arena, &close)->fields->detail;
    assert_non_null(strstr(detail, "Northwind (p-1), Southgate (p-2)"));
    assert_null(strstr(detail, "Eastmoor"));
}

static void the_one_signed_claim_takes_all(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    struct close_result result;
    close.claims = many + 1, close.claim_count = MANY - 1;
    check_problem(close_verdict(arena, &close, &result), OK, "one of many");
    assert_string_equal(shares_text(arena, &result), "c-2 10000");
    close.outcome = DEAL_LOST, close.reason_code = LOST_PRICE;
    check_problem(close_verdict(arena, &close, &result), OK, "lost");
    assert_string_equal(shares_text(arena, &result), "");
}

static struct close won_before(struct criterion_state states[CRITERIA]) {
    struct close close = good_win(states);
    close.signals.status = DEAL_WON;
    close.was_closed_on = day("2026-11-02"), close.closed_on = DATE_NONE;
    return close;
}

static void a_won_deal_is_resolved_once_it_is_signed(void **state) {
    struct arena *arena = *state;
    struct criterion_state states[CRITERIA];
    struct close close = won_before(states);
    struct close_result result;
    find_state(states, "handoffs")->met = false, close.signals.vendor_stage = 1;
    close.crm_owned = true, close.was_outside_gates = true;
    check_problem(close_verdict(arena, &close, &result), OK, "outside the gates, owned by the CRM");
    assert_true(result.resolution && result.resolved);
    assert_false(result.last_stage || result.backdated);
    assert_string_equal(shares_text(arena, &result), "c-1 10000");
    close.was_outside_gates = false, close.closed_on = close.was_closed_on;
    check_problem(close_verdict(arena, &close, &result), OK, "the same day, long ago, by no admin");
    assert_true(result.last_stage);
    close.claims = many, close.claim_count = MANY;
    assert_string_equal(fields_text(arena, verdict(arena, &close)->fields), "/shares required");
    close.closed_on++, close.amount_differs = true, close.reason_code = LOST_PRICE;
    assert_string_equal(fields_text(arena, verdict(arena, &close)->fields),
                        "/reason_code not_applicable, /closed_on differs, /amount differs, /shares required");
    close = won_before(states), close.outcome = DEAL_LOST, close.reason_code = LOST_PRICE;
    check_problem(verdict(arena, &close), PROBLEM_DEAL_CLOSED, "lost instead");
    close = won_before(states), close.signals.resolved = true;
    check_problem(verdict(arena, &close), PROBLEM_DEAL_CLOSED, "resolved");
    close = won_before(states), close.signals.claim_value = -1;
    check_problem(verdict(arena, &close), PROBLEM_DEAL_CLOSED, "direct");
}

/* Two deals of history that were one: what each stated takes part without a signature, and the deal passed no gates. */
static void what_history_states_has_a_share(void **state) {
    struct arena *arena = *state;
    static const struct close_claim two[] = {{"c-1", "p-1", "Northwind", CLAIM_STATED, false},
                                             {"c-2", "p-2", "Southgate", CLAIM_SIGNED, false}};
    static const struct share shares[] = {{"p-1", 7000}, {"p-2", 3000}};
    struct criterion_state states[CRITERIA];
    struct close close = won_before(states);
    struct close_result result;
    close.signals.claim_stated = true;
    close.claims = two, close.claim_count = 2;
    check_problem(close_verdict(arena, &close, &result), PROBLEM_INVALID_FIELDS,
                  "nobody says how they share");
    close.shares = shares, close.share_count = 2;
    check_problem(close_verdict(arena, &close, &result), OK, "both have a share");
    assert_string_equal(shares_text(arena, &result), "c-1 7000, c-2 3000");
    assert_true(result.resolved && !result.last_stage);
    assert_false(attribution_is_due(two, 2));
    assert_true(attribution_is_due(two, 1));
}

static void what_is_not_signed_is_not_resolved(void **state) {
    struct arena *arena = *state;
    static const struct {
        const char *unmet, *detail;
        int ae, manager;
        bool window_open, late;
    } rows[] = {
        {"partner_manager_signature partner_manager", "pending; the window to sign it ends at", DECISION_SIGN,
         -1, true, false},
        {"both_signatures ae_and_partner_manager", "pending; the window to sign it ends at", -1, -1, true,
         false},
        {"claim_disputed ae_and_partner_manager", "disputed; the window to sign it ends at", DECISION_DECLINE,
         -1, true, false},
        {"claim_lapsed ae_and_partner_manager", "lapsed; the window to sign it ended at", DECISION_SIGN, -1,
         false, false},
        {"claim_lapsed ae_and_partner_manager", "lapsed; the window to sign it ended at", DECISION_SIGN,
         DECISION_SIGN, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct criterion_state states[CRITERIA];
        struct close close = won_before(states);
        close.signals.ae_decision = rows[i].ae, close.signals.manager_decision = rows[i].manager;
        close.signals.window_open = rows[i].window_open, close.signals.claim_late = rows[i].late;
        close.deadline_at = 0;
        struct fault *fault = verdict(arena, &close);
        check_problem(fault, PROBLEM_CLAIM_NOT_SIGNED, "row %zu", i);
        assert_string_equal(unmet_text(arena, fault->unmet),
                            arena_format(arena, "attribution_resolved %s", rows[i].unmet));
        assert_non_null(strstr(fault->detail, rows[i].detail));
        assert_non_null(strstr(fault->detail, "1970-01-01T00:00:00"));
    }
}

static void a_reported_win_resolves_when_one_is_signed_and_none_may_be(void **state) {
    static const struct {
        bool due;
        size_t count;
        struct close_claim claims[3];
    } rows[] = {
        {true, 1, {{.state = CLAIM_SIGNED}}},
        {true, 3, {{.state = CLAIM_LAPSED}, {.state = CLAIM_SIGNED}, {.state = CLAIM_LAPSED, .late = true}}},
        {false, 1, {{.state = CLAIM_PENDING}}},
        {false, 1, {{.state = CLAIM_LAPSED}}},
        {false, 2, {{.state = CLAIM_SIGNED}, {.state = CLAIM_PENDING}}},
        {false, 2, {{.state = CLAIM_SIGNED}, {.state = CLAIM_DISPUTED}}},
        {false, 2, {{.state = CLAIM_SIGNED}, {.state = CLAIM_SIGNED}}},
        {false, 0, {{.state = CLAIM_NONE}}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct criterion_state states[CRITERIA];
        struct close close = good_win(states);
        struct close_result result;
        assert_int_equal(attribution_is_due(rows[i].claims, rows[i].count), rows[i].due);
        close.claims = rows[i].claims, close.claim_count = rows[i].count;
        close_report(*state, &close, &result);
        assert_false(result.outside_gates);
        assert_int_equal(result.resolved, rows[i].due);
        assert_int_equal(result.last_stage, rows[i].due);
        find_state(states, "handoffs")->met = false;
        close_report(*state, &close, &result);
        assert_true(result.outside_gates);
        assert_int_equal(result.resolved, rows[i].due);
        assert_false(result.last_stage);
        struct deal_signals signals = close.signals;
        assert_false(signature_resolves(&signals, rows[i].claims, rows[i].count));
        signals.status = DEAL_WON;
        assert_int_equal(signature_resolves(&signals, rows[i].claims, rows[i].count), rows[i].due);
        signals.resolved = true;
        assert_false(signature_resolves(&signals, rows[i].claims, rows[i].count));
    }
}

static void a_reported_outcome_without_a_claim_that_counts_is_resolved(void **state) {
    struct criterion_state states[CRITERIA];
    struct close close = good_win(states);
    struct close_result result;
    close.outcome = DEAL_LOST, close.signals.vendor_stage = 1;
    close_report(*state, &close, &result);
    assert_true(result.resolved && !result.outside_gates && !result.last_stage && !result.share_count);
    close.outcome = DEAL_WON, close.signals.ae_decision = -1, close.signals.window_open = false;
    close_report(*state, &close, &result);
    assert_true(result.resolved && !result.outside_gates && !result.last_stage && !result.share_count);
    close.closed_on = day("2026-11-12");
    close_report(*state, &close, &result);
    assert_true(result.backdated);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(signed_claims_share_ten_thousand, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(shares_that_are_missing_are_told_with_the_partners, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_one_signed_claim_takes_all, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_won_deal_is_resolved_once_it_is_signed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(what_history_states_has_a_share, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_signed_is_not_resolved, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_reported_win_resolves_when_one_is_signed_and_none_may_be,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_reported_outcome_without_a_claim_that_counts_is_resolved,
                                        arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
