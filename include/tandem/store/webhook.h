/* Webhook endpoints, and deliveries as their owners see them. */
#ifndef TANDEM_STORE_WEBHOOK_H
#define TANDEM_STORE_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/store/db.h"

struct fault;

struct webhook_row {
    int64_t key, version;
    const char *id, *url;
    const char *types;    /* JSON array */
    const char *partners; /* JSON array of public ids; NULL: the tenant's own endpoint */
    int state;            /* enum webhook_state */
    const char *disabled_reason;
    int64_t disabled_at, created_at, previous_until;
};

void webhook_read(const struct rows *rows, size_t row, void *webhook);

/* By the person of the scope. `partners`: int8[] literal, NULL: the tenant's own. Gives the public id. */
struct fault *webhook_insert(struct db *db, struct arena *arena, int32_t tenant_id, const char *url,
                             const struct text_list *types, const char *partners, const char *secret,
                             const char **id);
/* *found false: there is none for this caller, or it is deleted. */
struct fault *webhook_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id, bool *found,
                           struct webhook_row *webhook);
/* The row locked; *key 0: there is none for this caller. */
struct fault *webhook_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                           int64_t *key, int *state);
/* Nothing when it is so already. `reason`: of WEBHOOK_DISABLED; else NULL. */
struct fault *webhook_set_state(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key, int state,
                                const char *reason);
/* The secret before it signs too for so many hours (0: no longer). */
struct fault *webhook_rotate(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const char *secret, int64_t hours);
struct fault *webhook_test(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                           const char *note, const char **delivery);
/* *count: how many of them are this endpoint's. */
struct fault *delivery_again(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct text_list *deliveries, size_t *count);

#endif
