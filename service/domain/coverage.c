/* A ratio is never computed to decide: open x 100 is held against bound x remaining in 128 bits. */
#include "tandem/domain/coverage.h"

#include <stddef.h>

const struct choice coverage_states[] = {
    {"below", COVERAGE_BELOW},           {"within", COVERAGE_WITHIN},       {"above", COVERAGE_ABOVE},
    {"target_met", COVERAGE_TARGET_MET}, {"no_target", COVERAGE_NO_TARGET}, {NULL}};

const struct choice coverage_pushes[] = {{"none", PUSH_NONE},
                                         {"recruit_or_activate", PUSH_RECRUIT_OR_ACTIVATE},
                                         {"hold", PUSH_HOLD},
                                         {"convert", PUSH_CONVERT},
                                         {NULL}};

/* GCC's extension; -Wpedantic knows it by this spelling. */
__extension__ typedef __int128 wide;

static enum coverage_state compare(int64_t open_minor, int64_t remaining_minor, int lower, int upper) {
    wide open = (wide)open_minor * 100;
    if (open < (wide)remaining_minor * lower)
        return COVERAGE_BELOW;
    return open <= (wide)remaining_minor * upper ? COVERAGE_WITHIN : COVERAGE_ABOVE;
}

struct coverage coverage_assess(int64_t open_minor, bool has_target, int64_t target_minor,
                                int64_t closed_won_minor, int lower_percent, int upper_percent) {
    static const enum coverage_push pushes[] = {[COVERAGE_BELOW] = PUSH_RECRUIT_OR_ACTIVATE,
                                                [COVERAGE_WITHIN] = PUSH_HOLD,
                                                [COVERAGE_ABOVE] = PUSH_CONVERT,
                                                [COVERAGE_TARGET_MET] = PUSH_NONE,
                                                [COVERAGE_NO_TARGET] = PUSH_NONE};
    struct coverage coverage = {.state = COVERAGE_NO_TARGET};
    if (has_target && target_minor > 0) {
        ratio_format(open_minor, target_minor, coverage.gross_ratio);
        int64_t remaining_minor = target_minor - closed_won_minor;
        if (remaining_minor > 0) {
            ratio_format(open_minor, remaining_minor, coverage.remaining_ratio);
            coverage.state = compare(open_minor, remaining_minor, lower_percent, upper_percent);
        } else {
            coverage.state = COVERAGE_TARGET_MET;
        }
    }
    coverage.push = pushes[coverage.state];
    return coverage;
}
