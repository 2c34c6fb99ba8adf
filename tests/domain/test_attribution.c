/* The strict sourced rule and the window, at their instants; claims by hand; the text that is signed. */
#include "check.h"

#include "tandem/domain/attribution.h"

static void sourced_means_strictly_first(void **state) {
    (void)state;
    const int64_t at = instant("2026-11-21T10:00:00Z");
    const struct {
        int64_t engaged_at;
        bool open_deal, passed;
        const char *reason;
    } rows[] = {
        {INSTANT_NONE, false, true, "no_engagement_known"}, {at + 1, false, true, "registered_first"},
        {at, false, false, "engaged_at_same_instant"},      {at - 1, false, false, "engaged_first"},
        {at - DAY_US, false, false, "engaged_first"},       {at + 1, true, false, "open_deal"},
        {INSTANT_NONE, true, false, "open_deal"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sourced_rule rule = sourced_rule(at, rows[i].engaged_at, rows[i].open_deal);
        check(rule.passed == rows[i].passed, "%s", rows[i].reason);
        assert_string_equal(rule.reason, rows[i].reason);
        assert_int_equal(claim_value(CLAIM_KIND_REGISTRATION, &rule, false),
                         rule.passed ? ATTRIBUTION_SOURCED : ATTRIBUTION_INFLUENCED);
        assert_int_equal(claim_value(CLAIM_KIND_INTRODUCTION, &rule, false), ATTRIBUTION_INFLUENCED);
        assert_int_equal(claim_value(CLAIM_KIND_REGISTRATION, &rule, true), ATTRIBUTION_INFLUENCED);
    }
}

static void the_window_is_inclusive(void **state) {
    (void)state;
    int64_t deadline_at = claim_deadline(instant("2026-02-20T22:31:03.000001Z"), 336);
    assert_int_equal(deadline_at, instant("2026-03-06T22:31:03.000001Z"));
    assert_true(claim_window_is_open(deadline_at - 1, deadline_at));
    assert_true(claim_window_is_open(deadline_at, deadline_at));
    assert_false(claim_window_is_open(deadline_at + 1, deadline_at));
    assert_int_equal(claim_deadline(instant("2028-02-20T00:00:00Z"), 336), instant("2028-03-05T00:00:00Z"));
}

static struct claim_facts facts_at(int64_t past_deadline) {
    int64_t deadline_at = instant("2026-12-05T10:00:00Z");
    return (struct claim_facts){
        .now = deadline_at + past_deadline, .deadline_at = deadline_at, .status = DEAL_OPEN};
}

static void a_claim_by_hand_is_made_once(void **state) {
    struct arena *arena = *state;
    static const struct {
        int64_t past_deadline;
        int kind, status;
        bool has_claim;
        enum problem problem;
        bool late;
    } rows[] = {
        {-1, CLAIM_KIND_INTRODUCTION, DEAL_OPEN, false, OK, false},
        {0, CLAIM_KIND_OTHER, DEAL_OPEN, false, OK, false},
        {1, CLAIM_KIND_TECHNICAL_VALIDATION, DEAL_OPEN, false, OK, true},
        {0, CLAIM_KIND_REGISTRATION, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS, false},
        {0, CLAIM_KIND_HISTORY, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS, false},
        {0, -1, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS, false},
        {0, CLAIM_KIND_ACCOUNT_WARMING, DEAL_OPEN, true, PROBLEM_CLAIM_EXISTS, false},
        {0, CLAIM_KIND_ACCOUNT_WARMING, DEAL_WON, false, PROBLEM_DEAL_CLOSED, false},
        {0, CLAIM_KIND_ACCOUNT_WARMING, DEAL_LOST, false, PROBLEM_DEAL_CLOSED, false},
        {0, CLAIM_KIND_ACCOUNT_WARMING, DEAL_REMOVED, false, PROBLEM_DEAL_CLOSED, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct claim_facts facts = facts_at(rows[i].past_deadline);
        facts.status = rows[i].status;
        facts.has_claim = rows[i].has_claim;
        bool late = false;
        check_problem(claim_create_verdict(arena, &facts, rows[i].kind, &late), rows[i].problem, "row %zu",
                      i);
        check(late == rows[i].late, "row %zu", i);
    }
}

static void a_new_version_needs_the_window(void **state) {
    struct arena *arena = *state;
    enum {
        REGISTRATION = CLAIM_KIND_REGISTRATION,
        HAND = CLAIM_KIND_INTRODUCTION,
        HISTORY = CLAIM_KIND_HISTORY
    };
    static const struct {
        int64_t past_deadline;
        bool has_claim;
        int was, becomes, status;
        bool resolved;
        enum problem problem;
    } rows[] = {
        {0, true, HAND, CLAIM_KIND_OTHER, DEAL_OPEN, false, OK},
        {0, true, REGISTRATION, REGISTRATION, DEAL_OPEN, false, OK},
        {0, true, REGISTRATION, HAND, DEAL_OPEN, false, OK},
        {0, true, HAND, REGISTRATION, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS},
        {0, true, HISTORY, HISTORY, DEAL_OPEN, false, OK},
        {0, true, HISTORY, HAND, DEAL_OPEN, false, OK},
        {0, true, HAND, HISTORY, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS},
        {0, true, REGISTRATION, HISTORY, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS},
        {0, true, HAND, -1, DEAL_OPEN, false, PROBLEM_INVALID_FIELDS},
        {1, true, HAND, HAND, DEAL_OPEN, false, PROBLEM_CLAIM_WINDOW_CLOSED},
        {0, false, -1, HAND, DEAL_OPEN, false, PROBLEM_NO_CLAIM},
        {0, true, HAND, HAND, DEAL_WON, false, OK},
        {0, true, HAND, HAND, DEAL_WON, true, PROBLEM_DEAL_CLOSED},
        {0, true, HAND, HAND, DEAL_LOST, false, PROBLEM_DEAL_CLOSED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct claim_facts facts = facts_at(rows[i].past_deadline);
        facts.has_claim = rows[i].has_claim;
        facts.claim_kind = rows[i].was;
        facts.status = rows[i].status;
        facts.resolved = rows[i].resolved;
        check_problem(claim_update_verdict(arena, &facts, rows[i].becomes), rows[i].problem, "row %zu", i);
    }
    struct claim_facts late = facts_at(1);
    late.has_claim = true, late.claim_kind = HAND;
    assert_string_equal(claim_update_verdict(arena, &late, HAND)->detail,
                        "the attribution window ended at 2026-12-05T10:00:00Z");
}

static void the_signed_text_holds_what_is_claimed(void **state) {
    struct arena *arena = *state;
    struct claim_identity identity = {"o-1", "p-1", "r-1", ATTRIBUTION_SOURCED, CLAIM_KIND_REGISTRATION, 1};
    const char *first = claim_content(arena, &identity);
    assert_string_equal(first,
                        "tandem_claim 1\nopportunity o-1\npartner p-1\nregistration r-1\nvalue sourced\n"
                        "kind registration\nrule_version 1\n");
    struct claim_identity other[6];
    for (size_t i = 0; i < COUNT(other); i++)
        other[i] = identity;
    other[0].opportunity_id = "o-2";
    other[1].partner_id = "p-2";
    other[2].registration_id = NULL;
    other[3].value = ATTRIBUTION_INFLUENCED;
    other[4].kind = CLAIM_KIND_OTHER;
    other[5].rule_version = 2;
    for (size_t i = 0; i < COUNT(other); i++)
        check(strcmp(first, claim_content(arena, &other[i])) != 0, "member %zu", i);
    assert_non_null(strstr(claim_content(arena, &other[2]), "registration none\n"));
}

static void what_is_dated_before_a_registration_speaks_against_its_claim(void **state) {
    (void)state;
    const int64_t at = instant("2026-11-21T10:00:00Z");
    const struct {
        int value;
        bool disputed, resolved;
        int64_t submitted_at, engaged_at;
        bool contradicted;
    } rows[] = {
        {ATTRIBUTION_SOURCED, false, false, at, at - 1, true},
        {ATTRIBUTION_SOURCED, false, false, at, at, true},
        {ATTRIBUTION_SOURCED, false, false, at, at + 1, false},
        {ATTRIBUTION_INFLUENCED, false, false, at, at - 1, false},
        {ATTRIBUTION_SOURCED, true, false, at, at - 1, false},
        {ATTRIBUTION_SOURCED, false, true, at, at - 1, false},
        {ATTRIBUTION_SOURCED, false, false, INSTANT_NONE, at, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(claim_is_contradicted(rows[i].value, rows[i].disputed, rows[i].resolved, rows[i].submitted_at,
                                    rows[i].engaged_at) == rows[i].contradicted,
              "row %zu", i);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sourced_means_strictly_first),
        cmocka_unit_test(the_window_is_inclusive),
        cmocka_unit_test(what_is_dated_before_a_registration_speaks_against_its_claim),
        cmocka_unit_test_setup_teardown(a_claim_by_hand_is_made_once, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_new_version_needs_the_window, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_signed_text_holds_what_is_claimed, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
