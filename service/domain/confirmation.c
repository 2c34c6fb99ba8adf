/* A confirmation stands under one version of one piece of evidence: whoever confirms must have seen the newest. */
#include "tandem/domain/confirmation.h"

#include "tandem/base/fault.h"
#include "tandem/domain/deal.h"

struct fault *evidence_open_verdict(struct arena *arena, int status, bool has_claim,
                                    const struct criterion *criterion) {
    if (status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "the evidence of a closed deal stays as it is");
    if (!has_claim)
        return fault_make(arena, PROBLEM_NO_CLAIM, "a direct deal has no exit criteria");
    if (criterion->type == EVIDENCE_COMPUTED)
        return fault_make(arena, PROBLEM_CRITERION_COMPUTED, "%s is computed by the service", criterion->key);
    return NULL;
}

struct fault *confirmation_verdict(struct arena *arena, const struct confirmation *confirmation) {
    if (confirmation->evidence_version != confirmation->current_version)
        return fault_make(
            arena, PROBLEM_EVIDENCE_VERSION_STALE, "version %lld is the newest, the request confirms %lld",
            (long long)confirmation->current_version, (long long)confirmation->evidence_version);
    if (confirmation->confirmed)
        return fault_make(arena, PROBLEM_ALREADY_CONFIRMED, "version %lld needs no second confirmation",
                          (long long)confirmation->current_version);
    return NULL;
}
