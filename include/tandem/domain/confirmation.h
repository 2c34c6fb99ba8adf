/* When evidence may be given to a deal, and when a version of it may be confirmed. docs/rules.md, Evidence. */
#ifndef TANDEM_DOMAIN_CONFIRMATION_H
#define TANDEM_DOMAIN_CONFIRMATION_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/evidence.h"

struct arena;
struct fault;

/* Evidence is given to open deals that have a claim, for any stage of their model. DEAL_CLOSED, NO_CLAIM,
 * CRITERION_COMPUTED. */
struct fault *evidence_open_verdict(struct arena *arena, int status, bool has_claim,
                                    const struct criterion *criterion);

struct confirmation {
    int64_t evidence_version; /* the one in the request */
    int64_t current_version;  /* the newest, at least 1 */
    bool confirmed;           /* the caller's side has confirmed the newest */
};

/* EVIDENCE_VERSION_STALE unless it is the newest version, ALREADY_CONFIRMED the second time. */
struct fault *confirmation_verdict(struct arena *arena, const struct confirmation *confirmation);

#endif
