/* People as rows: who may act, on which side, for which partners. Events name them by id, never by name. */
#ifndef TANDEM_STORE_PERSON_H
#define TANDEM_STORE_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/domain/person.h"
#include "tandem/store/db.h"

/* As it is put. */
struct person {
    const char *id;      /* public */
    const char *subject; /* of the token; NULL: bound to a login later */
    const char *name, *email;
    unsigned roles;          /* bit set of ROLE_BIT */
    const int64_t *partners; /* internal ids: one of a rep, the listed ones of a portal */
    size_t partner_count;
    struct text_list crm_owner_ids;
    bool active;
};

/* As it is shown. */
struct person_shown {
    const char *id;
    const char *subject, *name, *email; /* or NULL */
    int64_t roles;                      /* bit set of ROLE_BIT */
    const char *partner;                /* public id; NULL unless a rep */
    const char *partners;               /* JSON array of public ids: of a portal */
    const char *crm_owner_ids;          /* JSON array */
    bool active;
    int64_t erased_at; /* INSTANT_NONE: it is not */
    int64_t version;
};

/* From a row of person_by_id or person_page, into a struct person_shown. */
void person_read(const struct rows *rows, size_t index, void *person);
struct fault *person_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                          struct person_shown *person);

/* The person of a change as it stands; key 0: there is none. */
struct person_locked {
    int64_t key;
    int64_t version;
    struct person_standing standing;
    bool erased;
};
/* Changes of people wait for one another in a tenant; locks the row. */
struct fault *person_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                          struct person_locked *locked);
/* What person_change_verdict asks beside the two standings; `key` 0: a person who is not there yet. */
struct fault *person_change_facts(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                  const struct text_list *crm_owner_ids, struct person_change *change);

/* Both write their event. The constraints speak: ALREADY_EXISTS for the subject. */
struct fault *person_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct person *person, int64_t *person_id);
/* Replaces everything but the id. */
struct fault *person_replace(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct person *person);

/* Blanks what is personal of the person, in its row and wherever its name, e-mail or subject is kept beside; one event
 * for each row. docs/decisions/0006-erasure.md. */
struct fault *person_erase(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                           const char *reason);

#endif
