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

/* From a row of partner_page. */
void partner_read(const struct rows *rows, size_t index, struct partner *partner);

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

/* The internal ids behind public ones, in their order; 0 for one that is not there. */
struct fault *partner_ids(struct db *db, struct arena *arena, int32_t tenant_id, const char *const *ids,
                          size_t count, int64_t *keys);

#endif
