/* The credit rule as a partner reads it: one sentence or two for each step, written from the same policy that the
 * verdicts take, so that the words cannot promise what the rules do not keep. */
#include "tandem/domain/credit_rule.h"

#include "tandem/base/arena.h"
#include "tandem/domain/policy.h"

enum { DAY_HOURS = 24 };

static const char *hours_text(struct arena *arena, int hours) {
    return hours % DAY_HOURS == 0 ? arena_format(arena, "%d days", hours / DAY_HOURS)
                                  : arena_format(arena, "%d hours", hours);
}

static const char *submissions_text(struct arena *arena, int per_day) {
    return per_day > 0 ? arena_format(arena, "A partner submits up to %d registrations a day.", per_day)
                       : "A partner submits any number of registrations a day.";
}

void credit_rule(struct arena *arena, const struct policy *policy,
                 struct credit_sentence sentences[CREDIT_SENTENCES]) {
    const struct credit_sentence written[CREDIT_SENTENCES] = {
        {"first_in_time",
         "Of several registrations for one customer and product family the first in time has the credit. The "
         "service's own stamp decides, to the microsecond."},
        {"submissions", submissions_text(arena, policy->submissions_per_day)},
        {"response", arena_format(arena, "A registration is answered within %d business days.",
                                  policy->respond_business_days)},
        {"changes",
         arena_format(
             arena,
             "Changes that are asked for come within %d business days, or the registration expires. A "
             "registration keeps its stamp when the customer stays the same or a mistake is corrected; "
             "otherwise it gets a new one.",
             policy->changes_business_days)},
        {"protection",
         arena_format(
             arena,
             "An approved registration is protected for %d days, and for %d more after each step that "
             "both sides confirm. When the protection ends, the deal and its signed claim stay.",
             policy->protection_days, policy->protection_extension_days)},
        {"sourced", "A deal is sourced by the partner when the registration came before any seller's "
                    "recorded engagement "
                    "with the customer about the product family, and no deal about it was open. At the same "
                    "instant is not "
                    "before."},
        {"influenced", "A partner that came later and moved the deal has influenced it; this is claimed with "
                       "what the partner "
                       "did, and is never added to what was sourced."},
        {"signatures",
         arena_format(
             arena,
             "A claim counts when the deal's AE and the partner's manager have both signed it within %s "
             "of the deal's creation. The window never extends.",
             hours_text(arena, policy->window_hours))},
        {"counted_once", "A deal counts once: as sourced when a signed claim is sourced, else as influenced. "
                         "What is not signed "
                         "in time is credited to nobody."},
    };
    for (size_t i = 0; i < CREDIT_SENTENCES; i++)
        sentences[i] = written[i];
}
