/* What a policy may say: every member on both sides of its range, the order among them, and when it takes effect. */
#include "check.h"

#include "tandem/domain/policy.h"

static void the_default_policy_is_the_stated_one(void **state) {
    (void)state;
    assert_int_equal(policy_default.window_hours, 336);
    assert_int_equal(policy_default.protection_days, 90);
    assert_int_equal(policy_default.protection_extension_days, 30);
    assert_int_equal(policy_default.respond_business_days, 2);
    assert_int_equal(policy_default.changes_business_days, 10);
    assert_int_equal(policy_default.extension_days_max, 30);
    assert_int_equal(policy_default.submissions_per_day, 50);
    assert_int_equal(policy_default.stale_hours, 168);
    assert_int_equal(policy_default.proposal_days, 14);
    assert_int_equal(policy_default.backdated_business_days, 5);
    assert_int_equal(policy_default.coverage_lower_percent, 300);
    assert_int_equal(policy_default.coverage_upper_percent, 400);
    assert_int_equal(policy_default.probability_bp[CATEGORY_COMMIT], 9000);
    assert_int_equal(policy_default.probability_bp[CATEGORY_BEST_CASE], 5000);
    assert_int_equal(policy_default.probability_bp[CATEGORY_PIPELINE], 2000);
    assert_int_equal(policy_default.probability_bp[CATEGORY_OMITTED], 0);
}

static struct policy_change change_of(const struct policy *policy) {
    struct policy_change change = {.given = (2u << POLICY_MEMBERS) - 1};
    for (int code = 0; code < POLICY_MEMBERS; code++)
        change.members[code] = policy_get(policy, code);
    return change;
}

static const char *checked(struct arena *arena, const struct policy_change *change) {
    struct field_faults faults = {.arena = arena};
    policy_check(change, "/policy", &faults);
    return fields_text(arena, faults.first);
}

static void the_default_is_a_policy(void **state) {
    const struct policy_change change = change_of(&policy_default);
    assert_string_equal(checked(*state, &change), "");
    const struct policy policy = policy_of_change(&change, 7);
    assert_int_equal(policy.version, 7);
    for (int code = 0; code < POLICY_MEMBERS; code++)
        assert_int_equal(policy_get(&policy, code), policy_get(&policy_default, code));
    assert_int_equal(policy.probability_bp[CATEGORY_CLOSED], 10000);
}

static void every_member_has_a_range(void **state) {
    struct arena *arena = *state;
    for (int code = 0; code < POLICY_MEMBERS; code++) {
        const struct policy_member *member = &policy_members[code];
        const struct {
            int64_t value;
            const char *refusal;
        } rows[] = {{(int64_t)member->minimum - 1, "too_small"},
                    {member->minimum, NULL},
                    {member->maximum, NULL},
                    {(int64_t)member->maximum + 1, "too_large"}};
        for (size_t i = 0; i < COUNT(rows); i++) {
            struct policy_change change = change_of(&policy_default);
            change.members[code] = rows[i].value;
            const char *said = checked(arena, &change);
            const char *range = arena_format(arena, "/policy/%s too_", member->name);
            check((strstr(said, range) != NULL) == (rows[i].refusal != NULL), "%s: %s", member->name, said);
            check(!rows[i].refusal || strstr(said, rows[i].refusal), "%s: %s", member->name, said);
        }
    }
}

static void a_policy_is_set_whole(void **state) {
    struct arena *arena = *state;
    for (int code = 0; code < POLICY_MEMBERS; code++) {
        struct policy_change change = change_of(&policy_default);
        change.given &= ~(1u << code);
        check(!strcmp(checked(arena, &change),
                      arena_format(arena, "/policy/%s required", policy_members[code].name)),
              "%s", policy_members[code].name);
    }
    struct policy_change change = change_of(&policy_default);
    change.given &= ~(1u << POLICY_MEMBERS);
    assert_string_equal(checked(arena, &change), "/policy/calendar required");
}

static void probabilities_and_bounds_are_in_order(void **state) {
    static const struct {
        int commit, best_case, pipeline, low, high;
        const char *said;
    } rows[] = {
        {9000, 5000, 2000, 300, 400, ""},
        {5000, 5000, 5000, 300, 300, ""},
        {4999, 5000, 2000, 300, 400, "/policy/commit_basis_points out_of_order"},
        {9000, 1999, 2000, 300, 400, "/policy/best_case_basis_points out_of_order"},
        {9000, 5000, 2000, 401, 400, "/policy/coverage_high_percent out_of_order"},
        {1, 2, 3, 2, 1,
         "/policy/commit_basis_points out_of_order, /policy/best_case_basis_points out_of_order, "
         "/policy/coverage_high_percent out_of_order"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct policy_change change = change_of(&policy_default);
        change.members[POLICY_COMMIT_BASIS_POINTS] = rows[i].commit;
        change.members[POLICY_BEST_CASE_BASIS_POINTS] = rows[i].best_case;
        change.members[POLICY_PIPELINE_BASIS_POINTS] = rows[i].pipeline;
        change.members[POLICY_COVERAGE_LOW_PERCENT] = rows[i].low;
        change.members[POLICY_COVERAGE_HIGH_PERCENT] = rows[i].high;
        check(!strcmp(checked(*state, &change), rows[i].said), "row %zu: %s", i, checked(*state, &change));
    }
}

static void a_holiday_stands_once(void **state) {
    const struct holiday holidays[] = {{day("2026-12-25"), "Christmas Day"},
                                       {day("2026-12-26"), "Boxing Day"},
                                       {day("2026-12-25"), "Again"}};
    struct policy_change change = change_of(&policy_default);
    change.holidays = holidays;
    change.holiday_count = 2;
    assert_string_equal(checked(*state, &change), "");
    change.holiday_count = 3;
    assert_string_equal(checked(*state, &change), "/policy/calendar/holidays/2/date repeated");
}

static void what_is_fixed_earlier_is_not_simulated(void **state) {
    struct arena *arena = *state;
    static const enum policy_member_code taken[] = {
        POLICY_STALE_HOURS,           POLICY_STALLED_DAYS,        POLICY_COVERAGE_LOW_PERCENT,
        POLICY_COVERAGE_HIGH_PERCENT, POLICY_COMMIT_BASIS_POINTS, POLICY_BEST_CASE_BASIS_POINTS,
        POLICY_PIPELINE_BASIS_POINTS};
    for (int code = 0; code <= POLICY_MEMBERS; code++) {
        struct policy_change change = change_of(&policy_default);
        struct field_faults faults = {.arena = arena};
        bool is_taken = false;
        for (size_t i = 0; i < COUNT(taken); i++)
            is_taken = is_taken || taken[i] == (enum policy_member_code)code;
        change.given = 1u << code;
        policy_proposal_check(&change, &policy_default, "/policy", &faults);
        const char *name = code < POLICY_MEMBERS ? policy_members[code].name : "calendar";
        const char *refusal = arena_format(arena, "/policy/%s not_simulated", name);
        check(!strcmp(fields_text(arena, faults.first), is_taken ? "" : refusal), "%s", name);
    }
}

static void a_proposal_is_laid_over_what_is_in_force(void **state) {
    struct arena *arena = *state;
    struct policy_change change = {.given = 1u << POLICY_COMMIT_BASIS_POINTS};
    struct field_faults faults = {.arena = arena};
    change.members[POLICY_COMMIT_BASIS_POINTS] = 5000;
    policy_proposal_check(&change, &policy_default, "/policy", &faults);
    assert_null(faults.first);
    const struct policy policy = policy_proposed(&change, &policy_default);
    assert_int_equal(policy.probability_bp[CATEGORY_COMMIT], 5000);
    assert_int_equal(policy.probability_bp[CATEGORY_BEST_CASE], 5000);
    assert_int_equal(policy.window_hours, 336);
    change.members[POLICY_COMMIT_BASIS_POINTS] = 4999; /* under best case as it is in force */
    policy_proposal_check(&change, &policy_default, "/policy", &faults);
    assert_string_equal(fields_text(arena, faults.first), "/policy/commit_basis_points out_of_order");
}

static void a_policy_takes_effect_later(void **state) {
    const int64_t now = instant("2026-11-26T12:00:00Z");
    static const struct {
        int64_t after_us;
        const char *said;
    } rows[] = {{-1, "/effective_at not_in_future"}, {0, "/effective_at not_in_future"}, {1, ""}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field_faults faults = {.arena = *state};
        policy_effective_check(now + rows[i].after_us, now, &faults);
        check(!strcmp(fields_text(*state, faults.first), rows[i].said), "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_policy_is_the_stated_one),
        cmocka_unit_test(the_default_is_a_policy),
        cmocka_unit_test(every_member_has_a_range),
        cmocka_unit_test(a_policy_is_set_whole),
        cmocka_unit_test(probabilities_and_bounds_are_in_order),
        cmocka_unit_test(a_holiday_stands_once),
        cmocka_unit_test(a_policy_takes_effect_later),
        cmocka_unit_test(what_is_fixed_earlier_is_not_simulated),
        cmocka_unit_test(a_proposal_is_laid_over_what_is_in_force),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
