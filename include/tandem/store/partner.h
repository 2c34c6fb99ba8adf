/* Partners as rows. Each names the person who signs for it. */
#ifndef TANDEM_STORE_PARTNER_H
#define TANDEM_STORE_PARTNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/store/db.h"

struct fault;

/* Codes are those of the database. An influence partner is not graded on sourced deals. */
enum program_type { PROGRAM_SOURCING = 1, PROGRAM_INFLUENCE, PROGRAM_BOTH };

extern const struct choice program_types[];

struct partner {
    const char *id, *name;
    int program_type; /* enum program_type */
    const char *manager, *manager_name;
    int64_t created_at;
    int64_t version;
};

/* From a row of partner_page, into a struct partner. */
void partner_read(const struct rows *rows, size_t index, void *partner);

struct manager_candidate {
    int64_t person; /* internal id; 0: there is no such person */
    const char *name;
    int64_t roles;
    bool active;
};

struct fault *partner_manager_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *person,
                                   struct manager_candidate *candidate);

/* Inserts with its event and fills created_at and version. ALREADY_EXISTS for the name. */
struct fault *partner_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t manager,
                             struct partner *partner);

/* Locks the partner; *key 0: there is none. */
struct fault *partner_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                           int64_t *key, struct partner *partner);

/* Only what is given changes. A new manager takes over the deals of the one before that are not resolved. */
struct partner_change {
    const char *name; /* NULL: as it is */
    int program_type; /* -1: as it is */
    int64_t manager;  /* internal id; 0: as it is */
};
/* With an event for each changed row; *version is the partner's new one. ALREADY_EXISTS for the name. */
struct fault *partner_update(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct partner_change *change, int64_t *version);

/* The internal ids behind public ones, in their order; 0 for one that is not there. */
struct fault *partner_ids(struct db *db, struct arena *arena, int32_t tenant_id, const char *const *ids,
                          size_t count, int64_t *keys);

#endif
