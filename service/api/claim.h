/* What the operations on a claim have in common. */
#ifndef TANDEM_SERVICE_API_CLAIM_H
#define TANDEM_SERVICE_API_CLAIM_H

#include "tandem/api/opportunity.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/stage.h"

/* What a signature stands under: the hash of claim_content. */
const char *claim_content_hash(struct arena *arena, const struct claim_identity *identity);

/* NULL when the deal has no such claim, or no claim of that partner (public ids). */
const struct claim_row *claim_of_deal(const struct opportunity_row *row, const char *claim_id);
const struct claim_row *claim_of_partner(const struct opportunity_row *row, const char *partner_id);

/* The deal and the claim of the request's path, locked; work_not_found when either is not there. */
struct fault *claim_locked(struct call *call, struct opportunity_row *row, const struct claim_row **claim);
/* As the rules ask for them; without a claim (NULL), with the deadline that one would have. */
struct claim_facts claim_facts_of(const struct call *call, const struct opportunity_row *row,
                                  const struct claim_row *claim);

struct claim_new;
/* Makes the claim on the locked deal: the first one brings a direct deal into the first stage with something missing and
 * fills claim->stage and model_version; another one changes neither lead nor stage. CLAIM_EXISTS. */
struct fault *claim_put(struct call *call, const struct opportunity_row *row, struct claim_new *claim);

/* How the deal's claims stand, in the order of the row, for a deal that `lead` (internal id) leads; room for one more. */
struct claim_standing *claim_standings(struct arena *arena, const struct opportunity_row *row, int64_t lead);
/* Points the deal to the claim that counts after a change of them, by the rule; the claims as they stand then. Writes only
 * when the pointer or the attribution moves. STAGE_MISMATCH. `partner`: whose claim has changed (internal id). */
struct fault *claims_settle(struct call *call, const struct opportunity_row *row,
                            const struct claim_standing *standings, size_t count, int64_t partner);

/* What is dated at or before a registration (`dated_at`) and recorded after it makes the sourced claim that rests on it
 * disputed, with the reason; nothing else changes. On one deal (public id), or on all of account and family. */
struct fault *claims_contradict_deal(struct call *call, const char *opportunity_id, int64_t dated_at,
                                     const char *reason);
struct fault *claims_contradict(struct call *call, int64_t account_key, const char *product_family,
                                int64_t dated_at, const char *reason);
/* The two reasons there are: an engagement, and a deal that was open when the registration came. */
const char *claim_engaged_reason(struct arena *arena, const char *activity_id);
const char *claim_open_deal_reason(struct arena *arena, const char *opportunity_id);

/* Member `dispute`: who or what speaks against the claim's current version; null when nothing does. */
void claim_dispute_write(struct json_out *out, const struct claim_row *claim);

/* The deal's claims as its close sees them, in the order of the row. */
struct close_claim *close_claims(struct arena *arena, const struct opportunity_row *row);

/* The claim as it is now, with the ETag of its version. */
struct fault *claim_answer(struct call *call, const char *claim_id, int status);

#endif
