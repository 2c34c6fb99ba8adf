/* Stored answers of keyed requests. */
#ifndef TANDEM_STORE_IDEMPOTENCY_H
#define TANDEM_STORE_IDEMPOTENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct idempotency_key {
    int32_t tenant_id;
    const char *subject, *method, *path, *key;
};

struct idempotency_record {
    const char *request_hash;
    int64_t status;
    const char *etag, *location; /* NULL = the answer had none */
    const char *body;
};

/* Tries the key's lock, held to the transaction's end. */
struct fault *idempotency_lock(struct db *db, struct arena *arena, const struct idempotency_key *key,
                               bool *locked);
/* Waits for it (lock_timeout applies). */
struct fault *idempotency_wait(struct db *db, struct arena *arena, const struct idempotency_key *key);
/* *found false: no answer is stored. A statement of its own, so that it sees what the lock's last holder wrote. */
struct fault *idempotency_find(struct db *db, struct arena *arena, const struct idempotency_key *key,
                               bool *found, struct idempotency_record *record);
struct fault *idempotency_insert(struct db *db, struct arena *arena, const struct idempotency_key *key,
                                 const struct idempotency_record *record);

#endif
