/* Webhook endpoints: thin functions over webhook.sql. */
#include "tandem/store/webhook.h"

#include "tandem/base/fault.h"

#define WEBHOOK(member) offsetof(struct webhook_row, member)

static const struct column webhook_columns[] = {
    {"webhook_endpoint_id", COLUMN_INTEGER, WEBHOOK(key)},
    {"version", COLUMN_INTEGER, WEBHOOK(version)},
    {"id", COLUMN_TEXT, WEBHOOK(id)},
    {"url", COLUMN_TEXT, WEBHOOK(url)},
    {"types", COLUMN_TEXT, WEBHOOK(types)},
    {"partners", COLUMN_TEXT, WEBHOOK(partners)},
    {"state", COLUMN_CHOICE, WEBHOOK(state)},
    {"disabled_reason", COLUMN_TEXT, WEBHOOK(disabled_reason)},
    {"disabled_at", COLUMN_INSTANT, WEBHOOK(disabled_at)},
    {"created_at", COLUMN_INSTANT, WEBHOOK(created_at)},
    {"previous_until", COLUMN_INSTANT, WEBHOOK(previous_until)},
};

void webhook_read(const struct rows *rows, size_t row, void *webhook) {
    rows_read(rows, row, webhook_columns, sizeof webhook_columns / sizeof *webhook_columns, webhook);
}

struct fault *webhook_insert(struct db *db, struct arena *arena, int32_t tenant_id, const char *url,
                             const struct text_list *types, const char *partners, const char *secret,
                             const char **id) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_webhook_insert,
                 PARAMS(p_integer(tenant_id), p_text(url), p_texts(arena, types->items, types->count),
                        p_text(partners), p_text(secret)),
                 &rows));
    *id = rows_text(rows, 0, "id");
    return NULL;
}

struct fault *webhook_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id, bool *found,
                           struct webhook_row *webhook) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_webhook_find, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        webhook_read(rows, 0, webhook);
    return NULL;
}

struct fault *webhook_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                           int64_t *key, int *state) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_webhook_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    bool found = rows_count(rows) > 0;
    *key = found ? rows_integer(rows, 0, "webhook_endpoint_id") : 0;
    *state = found ? (int)rows_integer(rows, 0, "state") : 0;
    return NULL;
}

struct fault *webhook_set_state(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key, int state,
                                const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_webhook_set_state,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_choice(state), p_text(reason)), &rows);
}

struct fault *webhook_rotate(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const char *secret, int64_t hours) {
    struct rows *rows;
    return db_query(db, arena, SQL_webhook_rotate,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_text(secret), p_integer(hours)), &rows);
}

struct fault *webhook_test(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                           const char *note, const char **delivery) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_webhook_test, PARAMS(p_integer(tenant_id), p_integer(key), p_text(note)),
                 &rows));
    *delivery = rows_text(rows, 0, "id");
    return NULL;
}

struct fault *delivery_again(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct text_list *deliveries, size_t *count) {
    struct rows *rows;
    TRY(db_query(
        db, arena, SQL_delivery_again,
        PARAMS(p_integer(tenant_id), p_integer(key), p_texts(arena, deliveries->items, deliveries->count)),
        &rows));
    *count = rows_count(rows);
    return NULL;
}
