/* Coverage: open, eligible, sourced pipeline against the target, compared exactly in integers. docs/rules.md,
 * Coverage. */
#ifndef TANDEM_DOMAIN_COVERAGE_H
#define TANDEM_DOMAIN_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/domain/ratio.h"

enum coverage_state {
    COVERAGE_BELOW = 1,
    COVERAGE_WITHIN,
    COVERAGE_ABOVE,
    COVERAGE_TARGET_MET,
    COVERAGE_NO_TARGET
};
enum coverage_push { PUSH_NONE, PUSH_RECRUIT_OR_ACTIVATE, PUSH_HOLD, PUSH_CONVERT };

extern const struct choice coverage_states[], coverage_pushes[];

struct coverage {
    enum coverage_state state; /* by the remaining ratio */
    enum coverage_push push;
    /* open / target and open / (target - closed won): "3.20". Without a target both are "";
     * once it is met the second is. */
    char gross_ratio[RATIO_TEXT_SIZE], remaining_ratio[RATIO_TEXT_SIZE];
};

/* Minor units of one currency; the bounds are percents of the remaining target (policy: 300 and 400). A
 * target that is absent, 0 or less is no target. Open under the lower bound: below; from it to the upper
 * bound, both included: within; over it: above. Ratios are truncated, the comparison is not. */
struct coverage coverage_assess(int64_t open_minor, bool has_target, int64_t target_minor,
                                int64_t closed_won_minor, int lower_percent, int upper_percent);

#endif
