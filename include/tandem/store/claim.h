/* Claims as rows, with the two decisions on each version. They are read with their deal (store/opportunity.h), and
 * changed while the deal's row is locked. */
#ifndef TANDEM_STORE_CLAIM_H
#define TANDEM_STORE_CLAIM_H

#include "tandem/store/opportunity.h"

/* In whose name. */
struct claim_partner {
    struct named partner;
    int64_t manager; /* internal id of the person who signs for the partner; 0 = nobody */
};
struct fault *claim_partner_find(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const char *partner_id, bool *found, struct claim_partner *partner);

struct claim_new {
    const char *id; /* public */
    int64_t opportunity;
    struct claim_partner by;
    int value, kind;
    const char *content_hash; /* hex */
    int64_t deadline_at, created_at;
    int64_t partner_rep; /* who acts for the partner on the deal; internal id, 0 = nobody yet */
    bool late;
    int64_t registration; /* by which it is made; internal id, 0 = by hand. The next three only with it: */
    bool sourced_passed;
    const char *sourced_reason;
    int64_t owner;            /* of a deal that has none so far; internal id */
    int model_version, stage; /* where a direct deal enters; claim_insert alone takes them */
};
/* The first claim on a deal, and the deal that becomes its partner's and counts by it. CLAIM_EXISTS. */
struct fault *claim_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                           const struct claim_new *claim);
/* One more: the deal stays as it is, its partner sees it. CLAIM_EXISTS. */
struct fault *claim_join(struct db *db, struct arena *arena, int32_t tenant_id,
                         const struct claim_new *claim);
/* The deal counts by this claim of it, and takes its value. `partner`: whose claim has changed (internal ids). */
struct fault *claim_count(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                          const char *claim_id, int64_t partner);

struct claim_renewal {
    int value, kind;
    const char *content_hash;
    bool sourced_passed;
    const char *sourced_reason; /* NULL: the rule has no say about this kind */
};
/* Makes the next version, lifts a dispute. */
struct fault *claim_renew(struct db *db, struct arena *arena, int32_t tenant_id, int64_t claim,
                          const struct claim_renewal *renewal);

/* Something speaks against it; the reason says what. */
struct fault *claim_dispute(struct db *db, struct arena *arena, int32_t tenant_id, int64_t claim,
                            const char *reason);

/* What the partner expects from now on, on its claim on the deal (internal ids). */
struct fault *claim_view_state(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                               int64_t partner, const struct partner_view *view);

struct signoff_new {
    int role, decision;
    const char *reason;
    int64_t for_person; /* internal id: whose duty it is, when it is lent; 0 = the signer's own */
    bool completes;     /* the second of two signatures */
};
/* On the claim's current version, by the person of the scope. ALREADY_SIGNED, SAME_SIGNER, CLAIM_WINDOW_CLOSED,
 * SOURCED_CLAIM_EXISTS as the last line behind the verdict. `opportunity`: the deal's internal id. */
struct fault *signoff_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                             const struct claim_row *claim, const struct signoff_new *signoff);

#endif
