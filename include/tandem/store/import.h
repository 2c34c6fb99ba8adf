/* Imported deals: a chunk of rows is staged, compared, and written where something is new or differs. */
#ifndef TANDEM_STORE_IMPORT_H
#define TANDEM_STORE_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/import.h"
#include "tandem/store/db.h"

struct fault;

struct import_counts {
    int64_t created, updated, unchanged;
};

/* Everything that follows in this transaction is recorded with the cause `import`. `roles`: a bit set, of the person of
 * the scope. */
struct fault *import_begin(struct db *db, struct arena *arena, int32_t tenant_id, unsigned *roles);

/* The vendor's person of this e-mail, else of this name; made without a login or a role when there is none, because a
 * guess would be worse. */
struct fault *import_owner(struct db *db, struct arena *arena, int32_t tenant_id, const char *name,
                           const char *email, int64_t *person_id);

/* A row with the keys of its account, and the internal ids of account and owner; 0 = none. */
struct import_staged {
    const struct import_row *row;
    const struct customer_keys *keys;
    int64_t account_id, owner_id;
};

/* The rows of a chunk, no external id twice, for what follows in this transaction; their places are 1 to `count`. */
struct fault *import_stage(struct db *db, struct arena *arena, const struct import_staged *staged,
                           size_t count);

/* A row that is not what its deal is. */
struct import_difference {
    int64_t place;
    int64_t opportunity; /* internal id; 0: the row is new */
    /* Public id of a deal with a claim that the row would close, reopen or turn, or of a removed one; else NULL: what an
     * outcome brings about there is more than a change of the row. */
    const char *claimed_id;
};
/* Of the staged rows, or only those of `places` (NULL: all). Until the transaction ends no claim can be made on a deal
 * that differs. */
struct fault *import_compare(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                             const int64_t *places, size_t place_count, struct import_difference **found,
                             size_t *count);

/* Created deals are as fresh as their creation; an update neither refreshes a deal nor touches its claim, co-sell stage or
 * evidence, nor the account and family of a claimed one. */
struct fault *import_write(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                           const struct import_difference *differences, size_t count);

/* A claimed deal (public id) whose sourced claim an imported one contradicts: that one was open before. */
struct import_contradiction {
    const char *claimed, *opportunity;
    int64_t created_at; /* of the imported one */
};
struct fault *import_contradictions(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                                    const struct import_row *const *rows, size_t count,
                                    struct import_contradiction **found, size_t *found_count);

/* Of a line that states an attribution: its deal as it stands, locked, and the partner. In the order of the lines. */
struct import_deal {
    int64_t opportunity; /* internal id; 0: the deal is new, and the members down to was_of say nothing */
    const char *id;      /* public */
    int64_t created_at;
    int status;
    bool has_claim;
    int was_stated; /* as in struct import_history */
    const char *was_partner_id, *was_of;
    bool further_id;                            /* it is a further id of a deal */
    int64_t partner, partner_manager;           /* internal ids; 0: unknown, nobody */
    const char *partner_id;                     /* public */
    int64_t window_hours, sourced_rule_version; /* of the policy in force at the go-live */
};
struct fault *import_deals(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                           const struct import_row *const *rows, size_t count, int64_t go_live_at,
                           struct import_deal **deals);

/* The claim of history, and the deal that is its partner's by it, in the first stage of a model. CLAIM_EXISTS when
 * another import stated it meanwhile. */
struct import_claim {
    const char *id; /* public */
    int value;
    const char *content_hash;
    int64_t go_live_at, deadline_at;
    struct import_standing standing;
    int model_version;
};
struct fault *import_claim(struct db *db, struct arena *arena, int32_t tenant_id,
                           const struct import_deal *deal, const struct import_claim *claim);

#endif
