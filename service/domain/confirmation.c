/* A confirmation stands under one version of one piece of evidence: whoever confirms must have seen the newest. */
#include "tandem/domain/confirmation.h"

#include "tandem/base/fault.h"

struct fault *criterion_verdict(struct arena *arena, const struct criterion *criterion) {
    if (criterion->type == EVIDENCE_COMPUTED)
        return fault_make(arena, PROBLEM_CRITERION_COMPUTED, "%s is computed by the service", criterion->key);
    return NULL;
}

struct fault *evidence_stage_verdict(struct arena *arena, const struct criterion *criterion, int deal_stage) {
    if (criterion->stage_number < deal_stage)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH,
                          "the deal has left stage %d on the evidence for %s; lower a side to stage %d first",
                          criterion->stage_number, criterion->key, criterion->stage_number);
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
