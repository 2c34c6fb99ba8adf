/* People as rows: who may act, on which side, for which partners. Events name them by id, never by name. */
#ifndef TANDEM_STORE_PERSON_H
#define TANDEM_STORE_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct person {
    const char *id;      /* public */
    const char *subject; /* of the token; NULL: bound to a login later */
    const char *name, *email;
    unsigned roles;          /* bit set of ROLE_BIT */
    const int64_t *partners; /* internal ids: one of a rep, the listed ones of a portal */
    size_t partner_count;
    const char *const *crm_owner_ids;
    size_t crm_owner_count;
    bool active;
};

/* Inserts with its event. The constraints speak: ALREADY_EXISTS for the id or the subject. */
struct fault *person_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct person *person, int64_t *person_id, int64_t *version);

/* Locks the person; *person_id 0 when there is none. */
struct fault *person_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                          int64_t *person_id, int64_t *version);
/* Replaces everything but the id, with its event; *version is the new one. */
struct fault *person_replace(struct db *db, struct arena *arena, int32_t tenant_id, int64_t person_id,
                             const struct person *person, int64_t *version);

#endif
