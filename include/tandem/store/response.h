/* Registrations of a period, counted by how they were answered. */
#ifndef TANDEM_STORE_RESPONSE_H
#define TANDEM_STORE_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/response.h"
#include "tandem/store/db.h"

struct fault;

/* Registrations of one partner with equal signals. */
struct response_group {
    const char *partner, *partner_name; /* public id */
    struct response_signals signals;
    int64_t count;
};

/* Those submitted from from_on to to_on, both included, days of the zone; the groups of a partner stand together, partners
 * by name. */
struct fault *response_groups(struct db *db, struct arena *arena, int32_t tenant_id, int32_t from_on,
                              int32_t to_on, const char *time_zone, struct response_group **groups,
                              size_t *count);

#endif
