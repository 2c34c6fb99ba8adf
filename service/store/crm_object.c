/* Objects of CRMs: thin functions over crm_object.sql. */
#include "tandem/store/crm_object.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

enum { CHANGES_MAX = 64 };

static const struct column object_columns[] = {
    {"crm_object_id", COLUMN_INTEGER, offsetof(struct crm_object, key)},
    {"made_deal", COLUMN_BOOLEAN, offsetof(struct crm_object, made_deal)},
    {"is_new", COLUMN_BOOLEAN, offsetof(struct crm_object, is_new)},
    {"merged_into", COLUMN_TEXT, offsetof(struct crm_object, merged_into)},
    {"has_merged", COLUMN_BOOLEAN, offsetof(struct crm_object, has_merged)},
};
static const struct column deal_columns[] = {
    {"opportunity_id", COLUMN_INTEGER, offsetof(struct crm_object, deal_key)},
    {"id", COLUMN_TEXT, offsetof(struct crm_object, deal)},
    {"close_date", COLUMN_TEXT, offsetof(struct crm_object, close_date)},
    {"created_at", COLUMN_INSTANT, offsetof(struct crm_object, deal_created_at)},
    {"leads", COLUMN_BOOLEAN, offsetof(struct crm_object, leads)},
};

struct fault *crm_object_lock(struct db *db, struct arena *arena, int32_t tenant_id, int64_t source_key,
                              const char *external_id, struct crm_object *object) {
    struct rows *rows;
    *object = (struct crm_object){0};
    TRY(db_query(db, arena, SQL_crm_object_make,
                 PARAMS(p_integer(tenant_id), p_integer(source_key), p_text(external_id)), &rows));
    TRY(db_query(db, arena, SQL_crm_object_lock,
                 PARAMS(p_integer(tenant_id), p_integer(source_key), p_text(external_id)), &rows));
    rows_read(rows, 0, object_columns, COLUMN_COUNT(object_columns), object);
    TRY(db_query(db, arena, SQL_crm_deal_of,
                 PARAMS(p_integer(tenant_id), p_integer(source_key), p_text(external_id)), &rows));
    if (rows_count(rows) > 0)
        rows_read(rows, 0, deal_columns, COLUMN_COUNT(deal_columns), object);
    return NULL;
}

static const struct column made_columns[] = {
    {"first", COLUMN_INTEGER, offsetof(struct crm_values_made, first)},
    {"newest", COLUMN_INTEGER, offsetof(struct crm_values_made, newest)},
};

struct fault *crm_values_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t object_key,
                                const struct crm_event *event, const char *tie,
                                struct crm_values_made *made) {
    int64_t fields[CHANGES_MAX];
    const char *values[CHANGES_MAX];
    struct rows *rows;
    for (size_t i = 0; i < event->change_count; i++) {
        fields[i] = event->changes[i].field;
        values[i] = event->changes[i].value;
    }
    TRY(db_query(db, arena, SQL_crm_value_insert,
                 PARAMS(p_integer(tenant_id), p_integer(object_key),
                        p_integers(arena, fields, event->change_count),
                        p_texts(arena, values, event->change_count), p_instant(event->occurred_at),
                        p_integer(event->order_major), p_integer(event->order_minor), p_text(tie)),
                 &rows));
    rows_read(rows, 0, made_columns, COLUMN_COUNT(made_columns), made);
    return NULL;
}

struct fault *crm_value_seed(struct db *db, struct arena *arena, int32_t tenant_id,
                             const struct crm_object *object) {
    struct crm_change change = {CRM_FIELD_CLOSE_DATE, object->close_date};
    const struct crm_event before = {.changes = &change,
                                     .change_count = 1,
                                     .occurred_at = object->deal_created_at,
                                     .order_major = -INT64_MAX};
    struct crm_values_made made;
    return crm_values_insert(db, arena, tenant_id, object->key, &before, "before", &made);
}

static const struct column value_columns[] = {
    {"crm_object_id", COLUMN_INTEGER, offsetof(struct crm_value, object)},
    {"into", COLUMN_INTEGER, offsetof(struct crm_value, into)},
    {"value", COLUMN_TEXT, offsetof(struct crm_value, value)},
    {"occurred_at", COLUMN_INSTANT, offsetof(struct crm_value, occurred_at)},
    {"occurred_on", COLUMN_DATE, offsetof(struct crm_value, occurred_on)},
    {"value_on", COLUMN_DATE, offsetof(struct crm_value, value_on)},
    {"field", COLUMN_CHOICE, offsetof(struct crm_value, field)},
    {"person", COLUMN_INTEGER, offsetof(struct crm_value, person)},
    {"is_new", COLUMN_BOOLEAN, offsetof(struct crm_value, is_new)},
};

struct fault *crm_values_find(struct db *db, struct arena *arena, int32_t tenant_id, int64_t object_key,
                              int64_t first, struct crm_value **values, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_crm_values,
                 PARAMS(p_integer(tenant_id), p_integer(object_key), first ? p_integer(first) : p_text(NULL)),
                 &rows));
    *count = rows_count(rows);
    *values = arena_alloc(arena, *count * sizeof **values);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, value_columns, COLUMN_COUNT(value_columns), &(*values)[i]);
    return NULL;
}

struct fault *crm_object_merge(struct db *db, struct arena *arena, int32_t tenant_id, int64_t gone,
                               int64_t stands, bool takes_deal) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_object_merge,
                    PARAMS(p_integer(tenant_id), p_integer(gone), p_integer(stands), p_boolean(takes_deal)),
                    &rows);
}

struct fault *crm_object_ids(struct db *db, struct arena *arena, int32_t tenant_id, int64_t deal,
                             int64_t stands) {
    const struct param params[] = {p_integer(tenant_id), p_integer(deal), p_integer(stands)};
    struct rows *rows;
    TRY(db_query(db, arena, SQL_crm_object_lead, params, 3, &rows));
    return db_query(db, arena, SQL_crm_object_link, params, 3, &rows);
}

struct fault *crm_object_settle(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                bool made_deal, bool stands, const struct crm_deal *deal) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_object_settle,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_boolean(made_deal),
                           p_text(stands ? NULL : crm_deal_missing(deal)), p_text(deal->unmapped_stage),
                           p_text(deal->unmapped_owner), p_text(deal->unmapped_category),
                           p_text(deal->partner)),
                    &rows);
}

struct fault *crm_object_due(struct db *db, struct arena *arena, int32_t tenant_id, int64_t source_key,
                             const char **external_id) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_crm_object_due, PARAMS(p_integer(tenant_id), p_integer(source_key)), &rows));
    *external_id = rows_count(rows) > 0 ? rows_text(rows, 0, "external_id") : NULL;
    return NULL;
}

struct fault *crm_object_remap(struct db *db, struct arena *arena, int32_t tenant_id, const char *source_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_object_remap, PARAMS(p_integer(tenant_id), p_text(source_id)), &rows);
}

struct fault *crm_deal_dates(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct crm_deal_dates *dates) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_deal_dates,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_instant(dates->created_at),
                           p_date(dates->closed_on),
                           dates->account ? p_integer(dates->account) : p_text(NULL),
                           p_text(dates->product_family), p_choice(dates->outcome)),
                    &rows);
}

struct fault *crm_activity_known(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account_key,
                                 const char *product_family, const char *activity_id, bool *known) {
    struct rows *rows;
    TRY(db_query(
        db, arena, SQL_crm_activity_known,
        PARAMS(p_integer(tenant_id), p_integer(account_key), p_text(product_family), p_text(activity_id)),
        &rows));
    *known = strcmp(rows_text(rows, 0, "known"), "t") == 0;
    return NULL;
}

struct fault *crm_begin(struct db *db, struct arena *arena) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_cause, NULL, 0, &rows);
}
