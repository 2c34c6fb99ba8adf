/* Which criteria take evidence, and when a version of it may be confirmed. docs/rules.md, Evidence. */
#ifndef TANDEM_DOMAIN_CONFIRMATION_H
#define TANDEM_DOMAIN_CONFIRMATION_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/evidence.h"

struct arena;
struct fault;

/* CRITERION_COMPUTED: what the service computes takes no evidence and no confirmation. */
struct fault *criterion_verdict(struct arena *arena, const struct criterion *criterion);

/* Evidence is given for the stage that the deal is in (the lower of its two sides) and for later ones. What a
 * stage that both sides have left rests on does not change behind their backs: STAGE_MISMATCH until one side
 * lowers. */
struct fault *evidence_stage_verdict(struct arena *arena, const struct criterion *criterion, int deal_stage);

struct confirmation {
    int64_t evidence_version; /* the one in the request */
    int64_t current_version;  /* the newest, at least 1 */
    bool confirmed;           /* the caller's side has confirmed the newest */
};

/* EVIDENCE_VERSION_STALE unless it is the newest version, ALREADY_CONFIRMED the second time. */
struct fault *confirmation_verdict(struct arena *arena, const struct confirmation *confirmation);

#endif
