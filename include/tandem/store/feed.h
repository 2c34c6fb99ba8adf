/* The feed of a tenant's published events: an outbox row comes with its event, its place when its transaction can be seen
 * (migrations/0024). Readers go by place: none is skipped, none repeated, a deal's events in the order of its lock. */
#ifndef TANDEM_STORE_FEED_H
#define TANDEM_STORE_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct fault;

/* Ids of tenants with events that wait for their place. */
struct fault *feed_waiting_tenants(struct db *db, struct arena *arena, int32_t **tenants, size_t *count);

/* A job enters the tenant on this transaction, its clock moved by so many microseconds. */
struct fault *feed_enter(struct db *db, struct arena *arena, int32_t tenant_id, int64_t clock_offset_us);

/* Gives places to at most `limit` waiting events of the tenant of the scope. *last 0: nothing waited, or another one gives
 * places at this moment. */
struct fault *feed_extend(struct db *db, struct arena *arena, int32_t tenant_id, int64_t limit,
                          int64_t *first, int64_t *last);

#endif
