/* The default policy, and what a policy may say: one row for each whole number, then what no single row can tell. */
#include "tandem/domain/policy.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"

const struct policy policy_default = {
    .version = 1,
    .window_hours = 14 * 24,
    .protection_days = 90,
    .protection_extension_days = 30,
    .respond_business_days = 2,
    .changes_business_days = 10,
    .extension_days_max = 30,
    .submissions_per_day = 50,
    .stale_hours = 7 * 24,
    .stalled_days = 45,
    .proposal_days = 14,
    .backdated_business_days = 5,
    .coverage_lower_percent = 300,
    .coverage_upper_percent = 400,
    .sourced_rule_version = 1,
    .probability_bp = {[CATEGORY_PIPELINE] = 2000,
                       [CATEGORY_BEST_CASE] = 5000,
                       [CATEGORY_COMMIT] = 9000,
                       [CATEGORY_CLOSED] = 10000},
};

#define AT(member) offsetof(struct policy, member)

const struct policy_member policy_members[POLICY_MEMBERS] = {
    [POLICY_WINDOW_HOURS] = {"window_hours", AT(window_hours), 1, 8760, "it is fixed when a deal is created"},
    [POLICY_PROTECTION_DAYS] = {"protection_days", AT(protection_days), 1, 1095,
                                "it is fixed when a registration is approved"},
    [POLICY_PROTECTION_EXTENSION_DAYS] = {"protection_extension_days", AT(protection_extension_days), 1, 365,
                                          "it counts at the next confirmed advance"},
    [POLICY_RESPOND_BUSINESS_DAYS] = {"respond_business_days", AT(respond_business_days), 1, 60,
                                      "it is fixed when a registration is submitted"},
    [POLICY_CHANGES_BUSINESS_DAYS] = {"changes_business_days", AT(changes_business_days), 1, 120,
                                      "it is fixed when changes are asked for"},
    [POLICY_EXTENSION_DAYS_MAX] = {"extension_days_max", AT(extension_days_max), 1, 365,
                                   "it counts when a protection is extended"},
    [POLICY_SUBMISSIONS_PER_DAY] = {"submissions_per_day", AT(submissions_per_day), 0, 100000,
                                    "it counts when a registration is submitted"},
    [POLICY_STALE_HOURS] = {"stale_hours", AT(stale_hours), 1, 8760},
    [POLICY_STALLED_DAYS] = {"stalled_days", AT(stalled_days), 1, 1825},
    [POLICY_PROPOSAL_DAYS] = {"proposal_days", AT(proposal_days), 1, 365,
                              "it says how long a proposal waits, and no figure rests on it"},
    [POLICY_BACKDATED_BUSINESS_DAYS] = {"backdated_business_days", AT(backdated_business_days), 0, 260,
                                        "it counts when a deal is closed"},
    [POLICY_COVERAGE_LOW_PERCENT] = {"coverage_low_percent", AT(coverage_lower_percent), 1, 10000},
    [POLICY_COVERAGE_HIGH_PERCENT] = {"coverage_high_percent", AT(coverage_upper_percent), 1, 10000},
    [POLICY_SOURCED_RULE_VERSION] = {"sourced_rule_version", AT(sourced_rule_version), 1, 1,
                                     "it is fixed when a registration is submitted"},
    [POLICY_COMMIT_BASIS_POINTS] = {"commit_basis_points", AT(probability_bp[CATEGORY_COMMIT]), 0, 10000},
    [POLICY_BEST_CASE_BASIS_POINTS] = {"best_case_basis_points", AT(probability_bp[CATEGORY_BEST_CASE]), 0,
                                       10000},
    [POLICY_PIPELINE_BASIS_POINTS] = {"pipeline_basis_points", AT(probability_bp[CATEGORY_PIPELINE]), 0,
                                      10000},
};

int policy_get(const struct policy *policy, enum policy_member_code code) {
    return *(const int *)(const void *)((const char *)policy + policy_members[code].offset);
}

void policy_set(struct policy *policy, enum policy_member_code code, int value) {
    *(int *)(void *)((char *)policy + policy_members[code].offset) = value;
}

/* -- a change -- */

static bool is_given(const struct policy_change *change, enum policy_member_code code) {
    return change->given >> code & 1;
}

static const char *member_pointer(const char *prefix, enum policy_member_code code,
                                  struct field_faults *faults) {
    return arena_format(faults->arena, "%s/%s", prefix, policy_members[code].name);
}

static void range_check(const struct policy_change *change, enum policy_member_code code, const char *prefix,
                        struct field_faults *faults) {
    const struct policy_member *member = &policy_members[code];
    const char *pointer = member_pointer(prefix, code, faults);
    if (change->members[code] < member->minimum)
        field_fault(faults, pointer, "too_small", "must be %d to %d", member->minimum, member->maximum);
    else if (change->members[code] > member->maximum)
        field_fault(faults, pointer, "too_large", "must be %d to %d", member->minimum, member->maximum);
}

/* Told at the member that should be the larger one. */
static void order_check(const struct policy_change *change, enum policy_member_code larger,
                        enum policy_member_code smaller, const char *prefix, struct field_faults *faults) {
    if (is_given(change, larger) && is_given(change, smaller) &&
        change->members[larger] < change->members[smaller])
        field_fault(faults, arena_format(faults->arena, "%s/%s", prefix, policy_members[larger].name),
                    "out_of_order", "must be no less than %s", policy_members[smaller].name);
}

static void holidays_check(const struct policy_change *change, const char *prefix,
                           struct field_faults *faults) {
    for (size_t i = 0; i < change->holiday_count; i++)
        for (size_t before = 0; before < i; before++)
            if (change->holidays[i].date != DATE_NONE &&
                change->holidays[i].date == change->holidays[before].date) {
                field_fault(faults, arena_format(faults->arena, "%s/calendar/holidays/%zu/date", prefix, i),
                            "repeated", "the day stands in the list already");
                break;
            }
}

static void orders_check(const struct policy_change *change, const char *prefix,
                         struct field_faults *faults) {
    order_check(change, POLICY_COMMIT_BASIS_POINTS, POLICY_BEST_CASE_BASIS_POINTS, prefix, faults);
    order_check(change, POLICY_BEST_CASE_BASIS_POINTS, POLICY_PIPELINE_BASIS_POINTS, prefix, faults);
    order_check(change, POLICY_COVERAGE_HIGH_PERCENT, POLICY_COVERAGE_LOW_PERCENT, prefix, faults);
}

void policy_check(const struct policy_change *change, const char *prefix, struct field_faults *faults) {
    for (int code = 0; code < POLICY_MEMBERS; code++)
        if (is_given(change, code))
            range_check(change, code, prefix, faults);
        else
            field_fault(faults, member_pointer(prefix, code, faults), "required",
                        "a policy is set whole: say what this member is");
    if (!(change->given >> POLICY_MEMBERS & 1))
        field_fault(faults, arena_format(faults->arena, "%s/calendar", prefix), "required",
                    "a policy is set whole: say what this member is");
    orders_check(change, prefix, faults);
    holidays_check(change, prefix, faults);
}

void policy_effective_check(int64_t effective_at, int64_t now_at, struct field_faults *faults) {
    if (effective_at != INSTANT_NONE && effective_at <= now_at)
        field_fault(faults, "/effective_at", "not_in_future",
                    "a policy takes effect after it is set, so that nobody's window changes behind them");
}

static void proposal_member_check(const struct policy_change *change, enum policy_member_code code,
                                  const char *prefix, struct field_faults *faults) {
    if (!is_given(change, code))
        return;
    if (policy_members[code].fixed)
        field_fault(faults, member_pointer(prefix, code, faults), "not_simulated",
                    "%s; only what the forecast takes as of the read can be tried out",
                    policy_members[code].fixed);
    else
        range_check(change, code, prefix, faults);
}

void policy_proposal_check(const struct policy_change *change, const struct policy *in_force,
                           const char *prefix, struct field_faults *faults) {
    struct policy_change whole = *change;
    for (int code = 0; code < POLICY_MEMBERS; code++) {
        proposal_member_check(change, code, prefix, faults);
        if (!is_given(change, code))
            whole.members[code] = policy_get(in_force, code);
        whole.given |= 1u << code;
    }
    if (change->given >> POLICY_MEMBERS & 1)
        field_fault(faults, arena_format(faults->arena, "%s/calendar", prefix), "not_simulated",
                    "it fixes due days when they arise; only what the forecast takes as of the read can be "
                    "tried out");
    orders_check(&whole, prefix, faults);
}

struct policy policy_proposed(const struct policy_change *change, const struct policy *in_force) {
    struct policy policy = *in_force;
    for (int code = 0; code < POLICY_MEMBERS; code++)
        if (is_given(change, code))
            policy_set(&policy, code, (int)change->members[code]);
    return policy;
}

struct policy policy_of_change(const struct policy_change *change, int version) {
    struct policy policy = {.version = version, .probability_bp = {[CATEGORY_CLOSED] = 10000}};
    for (int code = 0; code < POLICY_MEMBERS; code++)
        policy_set(&policy, code, (int)change->members[code]);
    return policy;
}
