/* What the operations on a claim have in common. */
#ifndef TANDEM_SERVICE_API_CLAIM_H
#define TANDEM_SERVICE_API_CLAIM_H

#include "tandem/api/opportunity.h"
#include "tandem/domain/attribution.h"

/* What a signature stands under: the hash of claim_content. */
const char *claim_content_hash(struct arena *arena, const struct claim_identity *identity);

/* The deal and the claim of the request's path, locked; work_not_found when either is not there. */
struct fault *claim_locked(struct call *call, struct opportunity_row *row);
/* As the rules ask for them; without a claim, with the deadline that one would have. */
struct claim_facts claim_facts_of(const struct call *call, const struct opportunity_row *row);
/* The claim of the request's deal as it is now, with the ETag of its version. */
struct fault *claim_answer(struct call *call, int status);

#endif
