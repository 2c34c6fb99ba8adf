/* What the operations on stages and evidence share: the way in, the model's keys, parts of their answers. */
#ifndef API_STAGE_H
#define API_STAGE_H

#include "tandem/api/work.h"
#include "tandem/store/stage.h"

/* Locks the deal of the path and asks whether the caller may act on it. NOT_FOUND, DEAL_CLOSED (merged), NOT_DEAL_OWNER,
 * NOT_PARTNER_MANAGER. */
struct fault *stage_enter(struct call *call, struct stage_deal **deal);

/* The criterion of the path, when evidence can be given for it now. DEAL_CLOSED, NO_CLAIM, NOT_FOUND,
 * CRITERION_COMPUTED. */
struct fault *stage_criterion_of_path(struct call *call, const struct stage_deal *deal,
                                      const struct stage_criterion **criterion);
/* The one with this key, NULL when the deal's model has none. */
struct stage_criterion *stage_criterion_find(const struct stage_deal *deal, const char *key);

/* The number of the stage with this key in the deal's model, 0 when there is none; and back. */
int stage_number(const struct stage_deal *deal, const char *key);
const char *stage_key(const struct stage_deal *deal, int number); /* NULL: no such stage */
int stage_last(const struct stage_deal *deal);
bool stage_has_claim(const struct stage_deal *deal);

/* Confirms for the caller's side what has evidence in the stages from..to and is not confirmed yet. */
struct fault *stage_confirm(struct call *call, struct stage_deal *deal, int from, int to);
/* The same for the criteria that are wanted, by index. */
struct fault *stage_confirm_only(struct call *call, struct stage_deal *deal, const bool *wanted);

/* Asks the gate about a move for the caller's side (advance_verdict), on the deal as it was read and confirmed since. */
struct fault *stage_gate(struct call *call, const struct stage_deal *deal, int stage, int to_stage,
                         struct advance_result *result);

/* Undoes the close of a won or lost deal. reason NULL: the CRM gives none. */
struct fault *stage_open_again(struct db *db, struct arena *arena, int32_t tenant_id,
                               const struct stage_deal *deal, const char *reason);

/* What a close's verdict means for the deal: its stages, flags and shares; the outcome itself is the caller's. */
struct stage_closing stage_closing_of(const struct stage_deal *deal, const struct close_result *result);
/* The attribution of a won deal is resolved as the verdict says. */
struct fault *stage_resolved(struct db *db, struct arena *arena, int32_t tenant_id,
                             const struct stage_deal *deal, const struct close_result *result);

/* Member `unmet`: what is missing to leave the stage. */
void unmet_of_stage_write(struct json_out *out, const struct stage_deal *deal, int stage);
/* Members `stage` and `proposal` (null when none is open). */
void stage_write(struct json_out *out, const struct stage_deal *deal);
void proposal_write(struct json_out *out, const struct stage_deal *deal, int64_t now_at);

#endif
