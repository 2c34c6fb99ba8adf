/* Duties to sign that are lent for days, as rows. docs/rules.md, Attribution. */
#ifndef TANDEM_STORE_DELEGATION_H
#define TANDEM_STORE_DELEGATION_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/store/db.h"
#include "tandem/store/opportunity.h"

struct fault;

struct delegation {
    const char *id; /* public */
    struct named person, delegate;
    int duty;               /* enum signoff_role */
    int32_t from_on, to_on; /* days of the tenant, both included */
    bool active;
    int64_t version;
};

/* Of this person (internal id), locked; *key 0: there is none. */
struct fault *delegation_lock(struct db *db, struct arena *arena, int32_t tenant_id, int64_t person,
                              const char *id, int64_t *key, int64_t *version);

/* *deal: the public id of one on which the delegate is the other signer of what waits for the duty, or NULL. */
struct fault *delegation_conflict(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct delegation *delegation, const char **deal);

/* Inserts (key 0) or replaces, with its event, by the internal ids; ALREADY_EXISTS when the duty is lent for one of the
 * days already. */
struct fault *delegation_put(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct delegation *delegation);
struct fault *delegation_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                              struct delegation *delegation);

/* What the deal's owner and the partner's manager have lent to the caller for today. */
struct delegated {
    bool for_owner, for_manager;
};
struct fault *delegation_of_signer(struct db *db, struct arena *arena, int32_t tenant_id, int64_t owner,
                                   int64_t manager, struct delegated *delegated);

#endif
