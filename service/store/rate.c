/* Rates: thin functions over rate.sql. */
#include "tandem/store/rate.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct column rate_columns[] = {
    {"currency", COLUMN_TEXT, offsetof(struct rate_row, currency)},
    {"rated_on", COLUMN_DATE, offsetof(struct rate_row, rated_on)},
    {"rate", COLUMN_TEXT, offsetof(struct rate_row, rate)},
    {"rate_version", COLUMN_INTEGER, offsetof(struct rate_row, version)},
    {"set_at", COLUMN_INSTANT, offsetof(struct rate_row, set_at)},
    {"person", COLUMN_TEXT, offsetof(struct rate_row, person)},
    {"person_name", COLUMN_TEXT, offsetof(struct rate_row, person_name)},
};

static const struct column used_columns[] = {
    {"currency", COLUMN_TEXT, offsetof(struct rate_used, currency)},
    {"rated_on", COLUMN_DATE, offsetof(struct rate_used, rated_on)},
    {"rate", COLUMN_TEXT, offsetof(struct rate_used, rate)},
};

void rate_read(const struct rows *rows, size_t row, void *rate) {
    rows_read(rows, row, rate_columns, COUNT(rate_columns), rate);
}

struct fault *rate_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *currency,
                        int32_t rated_on, struct rate_row *rate, bool *found) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_rate_find, PARAMS(p_integer(tenant_id), p_text(currency), p_date(rated_on)),
                 &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        rate_read(rows, 0, rate);
    return NULL;
}

struct fault *rate_insert(struct db *db, struct arena *arena, int32_t tenant_id, const struct rate_row *rate,
                          int shift) {
    struct rows *rows;
    return db_query(db, arena, SQL_rate_insert,
                    PARAMS(p_integer(tenant_id), p_text(rate->currency), p_date(rate->rated_on),
                           p_integer(rate->version), p_text(rate->rate), p_integer(shift)),
                    &rows);
}

static void used_read(struct arena *arena, const struct rows *rows, bool of_deals, struct rate_used **rates,
                      size_t *count) {
    *count = rows_count(rows);
    *rates = arena_alloc(arena, *count * sizeof **rates);
    for (size_t i = 0; i < *count; i++) {
        rows_read(rows, i, used_columns, COUNT(used_columns), &(*rates)[i]);
        if (of_deals)
            (*rates)[i].key = rows_integer(rows, i, "opportunity_id");
    }
}

struct fault *rates_current(struct db *db, struct arena *arena, int32_t tenant_id, struct rate_used **rates,
                            size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_rate_current, PARAMS(p_integer(tenant_id)), &rows));
    used_read(arena, rows, false, rates, count);
    return NULL;
}

struct fault *rates_of_deals(struct db *db, struct arena *arena, int32_t tenant_id, const int64_t *keys,
                             size_t key_count, struct rate_used **rates, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_rate_of_deals,
                 PARAMS(p_integer(tenant_id), p_integers(arena, keys, key_count)), &rows));
    used_read(arena, rows, true, rates, count);
    return NULL;
}
