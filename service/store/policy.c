/* The policy's columns onto the struct that the rules take. */
#include "tandem/store/policy.h"

#include <assert.h>

#include "tandem/base/fault.h"

#define POLICY(member) COLUMN_CHOICE, offsetof(struct policy, member)

static const struct column policy_columns[] = {
    {"policy_version", POLICY(version)},
    {"window_hours", POLICY(window_hours)},
    {"protection_days", POLICY(protection_days)},
    {"protection_extension_days", POLICY(protection_extension_days)},
    {"respond_business_days", POLICY(respond_business_days)},
    {"changes_business_days", POLICY(changes_business_days)},
    {"extension_days_max", POLICY(extension_days_max)},
    {"submissions_per_day", POLICY(submissions_per_day)},
    {"stale_hours", POLICY(stale_hours)},
    {"stalled_days", POLICY(stalled_days)},
    {"proposal_days", POLICY(proposal_days)},
    {"backdated_business_days", POLICY(backdated_business_days)},
    {"coverage_low_percent", POLICY(coverage_lower_percent)},
    {"coverage_high_percent", POLICY(coverage_upper_percent)},
    {"sourced_rule_version", POLICY(sourced_rule_version)},
    {"commit_basis_points", POLICY(probability_bp[CATEGORY_COMMIT])},
    {"best_case_basis_points", POLICY(probability_bp[CATEGORY_BEST_CASE])},
    {"pipeline_basis_points", POLICY(probability_bp[CATEGORY_PIPELINE])},
};

void policy_read(const struct rows *rows, struct policy *policy) {
    assert(rows_count(rows) == 1);
    *policy = (struct policy){.probability_bp = {[CATEGORY_CLOSED] = 10000}};
    rows_read(rows, 0, policy_columns, sizeof policy_columns / sizeof *policy_columns, policy);
}

struct fault *policy_find(struct db *db, struct arena *arena, int32_t tenant_id, struct policy *policy) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_policy_in_force, PARAMS(p_integer(tenant_id)), &rows));
    policy_read(rows, policy);
    return NULL;
}
