/* What a change of a person must leave behind: an admin, one meaning for each CRM owner id, and sides that the history
 * can rely on. docs/rules.md, People. */
#ifndef TANDEM_DOMAIN_PERSON_H
#define TANDEM_DOMAIN_PERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "tandem/domain/role.h"

struct arena;
struct fault;

struct person_standing {
    unsigned roles; /* bit set of ROLE_BIT */
    bool active;
    bool has_subject; /* of a login */
};

struct person_change {
    bool is_new; /* nothing stood before */
    bool erased; /* what stood before is blank for ever */
    struct person_standing before, after;
    bool other_admin; /* another active admin with a login stays */
    /* For each CRM owner id of the change in its order: the public id of another active person who has it, or NULL. */
    const char *const *owner_ids_taken_by;
    size_t owner_id_count;
};

/* NULL, or the first that holds: INVALID_STATE (erased), INVALID_FIELDS (/roles other_side: the history names sides, so nobody changes theirs),
 * LAST_ADMIN, ALREADY_EXISTS with every id that is taken (/crm_owner_ids/N). */
struct fault *person_change_verdict(struct arena *arena, const struct person_change *change);

/* Erasing: INVALID_STATE for oneself (another admin does it), LAST_ADMIN. Of a person who is erased nothing is asked. */
struct fault *person_erase_verdict(struct arena *arena, const struct person_change *change, bool is_self);

#endif
