/* The default policy: what a new tenant starts from. */
#include "tandem/domain/policy.h"

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
