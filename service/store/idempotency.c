/* Stored answers of keyed requests. */
#include "tandem/store/idempotency.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

static const struct column record_columns[] = {
    {"request_hash", COLUMN_TEXT, offsetof(struct idempotency_record, request_hash)},
    {"status", COLUMN_INTEGER, offsetof(struct idempotency_record, status)},
    {"etag", COLUMN_TEXT, offsetof(struct idempotency_record, etag)},
    {"location", COLUMN_TEXT, offsetof(struct idempotency_record, location)},
    {"body", COLUMN_TEXT, offsetof(struct idempotency_record, body)},
};

static const char *lock_text(struct arena *arena, const struct idempotency_key *key) {
    return arena_format(arena, "idempotency\n%d\n%s\n%s\n%s\n%s", key->tenant_id, key->subject, key->method,
                        key->path, key->key);
}

struct fault *idempotency_lock(struct db *db, struct arena *arena, const struct idempotency_key *key,
                               bool *locked) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_idempotency_lock, PARAMS(p_text(lock_text(arena, key))), &rows));
    *locked = strcmp(rows_text(rows, 0, "locked"), "t") == 0;
    return NULL;
}

struct fault *idempotency_wait(struct db *db, struct arena *arena, const struct idempotency_key *key) {
    struct rows *rows;
    return db_query(db, arena, SQL_idempotency_wait, PARAMS(p_text(lock_text(arena, key))), &rows);
}

struct fault *idempotency_find(struct db *db, struct arena *arena, const struct idempotency_key *key,
                               bool *found, struct idempotency_record *record) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_idempotency_find,
                 PARAMS(p_integer(key->tenant_id), p_text(key->subject), p_text(key->method),
                        p_text(key->path), p_text(key->key)),
                 &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        rows_read(rows, 0, record_columns, sizeof record_columns / sizeof record_columns[0], record);
    return NULL;
}

struct fault *idempotency_insert(struct db *db, struct arena *arena, const struct idempotency_key *key,
                                 const struct idempotency_record *record) {
    struct rows *rows;
    return db_query(db, arena, SQL_idempotency_insert,
                    PARAMS(p_integer(key->tenant_id), p_text(key->subject), p_text(key->method),
                           p_text(key->path), p_text(key->key), p_text(record->request_hash),
                           p_integer(record->status), p_text(record->etag), p_text(record->location),
                           p_text(record->body)),
                    &rows);
}
