/* Deliveries: thin functions over webhook.sql. */
#include "tandem/store/delivery.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#define DELIVERY(member) offsetof(struct delivery_row, member)

static const struct column delivery_columns[] = {
    {"webhook_delivery_id", COLUMN_INTEGER, DELIVERY(key)},
    {"webhook_endpoint_id", COLUMN_INTEGER, DELIVERY(endpoint_key)},
    {"lease", COLUMN_INTEGER, DELIVERY(lease)},
    {"tries", COLUMN_INTEGER, DELIVERY(tries)},
    {"round_at", COLUMN_INSTANT, DELIVERY(round_at)},
    {"delivery_created_at", COLUMN_INSTANT, DELIVERY(created_at)},
    {"delivery", COLUMN_TEXT, DELIVERY(id)},
    {"note", COLUMN_TEXT, DELIVERY(note)},
    {"id", COLUMN_TEXT, DELIVERY(event_id)},
    {"endpoint_state", COLUMN_CHOICE, DELIVERY(endpoint_state)},
    {"url", COLUMN_TEXT, DELIVERY(url)},
    {"secret", COLUMN_TEXT, DELIVERY(secret)},
    {"previous", COLUMN_TEXT, DELIVERY(previous)},
    {"reduced", COLUMN_BOOLEAN, DELIVERY(reduced)},
    {"withdrawn", COLUMN_BOOLEAN, DELIVERY(withdrawn)},
};

void delivery_read(const struct rows *rows, size_t row, struct delivery_row *delivery) {
    rows_read(rows, row, delivery_columns, sizeof delivery_columns / sizeof *delivery_columns, delivery);
}

struct fault *delivery_fan_out(struct db *db, struct arena *arena, int32_t tenant_id, int64_t first,
                               int64_t last) {
    struct rows *rows;
    return db_query(db, arena, SQL_webhook_fan_out,
                    PARAMS(p_integer(tenant_id), p_integer(first), p_integer(last)), &rows);
}

struct fault *delivery_due_tenants(struct db *db, struct arena *arena, int64_t clock_offset_us,
                                   int32_t **tenants, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_webhook_due_tenants, PARAMS(p_integer(clock_offset_us)), &rows));
    *count = rows_count(rows);
    *tenants = arena_alloc(arena, (*count + 1) * sizeof **tenants);
    for (size_t i = 0; i < *count; i++)
        (*tenants)[i] = (int32_t)rows_integer(rows, i, "tenant_id");
    return NULL;
}

struct fault *delivery_claim(struct db *db, struct arena *arena, int32_t tenant_id,
                             const struct delivery_limits *limits, struct rows **rows) {
    struct rows *claimed;
    TRY(db_query(db, arena, SQL_delivery_claim,
                 PARAMS(p_integer(tenant_id), p_integer(limits->per_endpoint), p_integer(limits->lease_s),
                        p_integer(limits->in_all)),
                 &claimed));
    size_t count = rows_count(claimed);
    int64_t *keys = arena_alloc(arena, count * sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = rows_integer(claimed, i, "webhook_delivery_id");
    return db_query(db, arena, SQL_delivery_sheet,
                    PARAMS(p_integer(tenant_id), p_integers(arena, keys, count)), rows);
}

struct fault *delivery_delivered_since(struct db *db, struct arena *arena, int32_t tenant_id,
                                       int64_t endpoint_key, int64_t at, bool *delivered) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_delivery_delivered_since,
                 PARAMS(p_integer(tenant_id), p_integer(endpoint_key), p_instant(at)), &rows));
    *delivered = rows_text(rows, 0, "delivered")[0] == 't';
    return NULL;
}

struct fault *delivery_record(struct db *db, struct arena *arena, int32_t tenant_id,
                              const struct delivery_outcome *outcome, bool *recorded) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_delivery_record,
                 PARAMS(p_integer(tenant_id), p_integer(outcome->key), p_integer(outcome->lease),
                        p_choice(outcome->state), p_integer(outcome->retry_s),
                        outcome->status ? p_integer(outcome->status) : p_text(NULL), p_text(outcome->error),
                        p_integer(outcome->duration_ms)),
                 &rows));
    *recorded = rows_count(rows) > 0;
    return NULL;
}
