/* Deliveries as the courier sees them: leased, never locked, while they are under way. All in the scope of feed_enter. */
#ifndef TANDEM_STORE_DELIVERY_H
#define TANDEM_STORE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct fault;

/* A delivery for each endpoint that wants one of the events from place `first` to `last`. */
struct fault *delivery_fan_out(struct db *db, struct arena *arena, int32_t tenant_id, int64_t first,
                               int64_t last);

struct fault *delivery_due_tenants(struct db *db, struct arena *arena, int64_t clock_offset_us,
                                   int32_t **tenants, size_t *count);

struct delivery_limits {
    int64_t per_endpoint; /* under way at once, whoever has them */
    int64_t lease_s;
    int64_t in_all; /* to take now */
};

struct delivery_row {
    int64_t key, endpoint_key, lease;
    int64_t tries; /* of this round, before this attempt */
    int64_t round_at, created_at;
    const char *id;   /* public */
    const char *note; /* of a test; else NULL, and the event stands in the same row (api/event.h) */
    const char *event_id;
    int endpoint_state; /* enum webhook_state */
    const char *url, *secret;
    const char *previous; /* NULL: none signs any more */
    bool reduced;         /* a portal's: the partner's view */
    bool withdrawn;       /* the portal may read it no more */
};

/* Leases what is due, and gives all that is needed to send it. */
struct fault *delivery_claim(struct db *db, struct arena *arena, int32_t tenant_id,
                             const struct delivery_limits *limits, struct rows **rows);
void delivery_read(const struct rows *rows, size_t row, struct delivery_row *delivery);

struct fault *delivery_delivered_since(struct db *db, struct arena *arena, int32_t tenant_id,
                                       int64_t endpoint_key, int64_t at, bool *delivered);

struct delivery_outcome {
    int64_t key, lease;
    int state;         /* enum delivery_state */
    int64_t retry_s;   /* of DELIVERY_PENDING */
    int status;        /* 0: none */
    const char *error; /* NULL: taken */
    int64_t duration_ms;
};

/* *recorded false: the lease is somebody else's by now, and so is the outcome. */
struct fault *delivery_record(struct db *db, struct arena *arena, int32_t tenant_id,
                              const struct delivery_outcome *outcome, bool *recorded);

#endif
