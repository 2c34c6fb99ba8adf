/* CRM sources: thin functions over crm_source.sql. */
#include "tandem/store/crm_source.h"

#include <assert.h>

#include "tandem/base/fault.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

static const struct column source_columns[] = {
    {"crm_source_id", COLUMN_INTEGER, offsetof(struct crm_source_row, key)},
    {"id", COLUMN_TEXT, offsetof(struct crm_source_row, id)},
    {"source", COLUMN_TEXT, offsetof(struct crm_source_row, source)},
    {"kind", COLUMN_CHOICE, offsetof(struct crm_source_row, kind)},
    {"person", COLUMN_TEXT, offsetof(struct crm_source_row, person)},
    {"person_name", COLUMN_TEXT, offsetof(struct crm_source_row, person_name)},
    {"secret_current", COLUMN_TEXT, offsetof(struct crm_source_row, secret_current)},
    {"secret_previous", COLUMN_TEXT, offsetof(struct crm_source_row, secret_previous)},
    {"public_url", COLUMN_TEXT, offsetof(struct crm_source_row, public_url)},
    {"currency", COLUMN_TEXT, offsetof(struct crm_source_row, currency)},
    {"object_types", COLUMN_TEXT, offsetof(struct crm_source_row, object_types)},
    {"fields", COLUMN_TEXT, offsetof(struct crm_source_row, fields)},
    {"stages", COLUMN_TEXT, offsetof(struct crm_source_row, stages)},
    {"categories", COLUMN_TEXT, offsetof(struct crm_source_row, categories)},
    {"partners", COLUMN_TEXT, offsetof(struct crm_source_row, partners)},
    {"integration_user", COLUMN_TEXT, offsetof(struct crm_source_row, integration_user)},
    {"version", COLUMN_INTEGER, offsetof(struct crm_source_row, version)},
};

void crm_source_read(const struct rows *rows, size_t index, void *row) {
    rows_read(rows, index, source_columns, COLUMN_COUNT(source_columns), row);
}

struct fault *crm_source_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                              bool *found, struct crm_source_row *row) {
    struct rows *rows;
    *row = (struct crm_source_row){0};
    TRY(db_query(db, arena, SQL_crm_source_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        crm_source_read(rows, 0, row);
    return NULL;
}

struct fault *crm_source_by_key(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                struct crm_source_row *row) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_crm_source_by_key, PARAMS(p_integer(tenant_id), p_integer(key)), &rows));
    assert(rows_count(rows) == 1); /* nothing is ever deleted */
    crm_source_read(rows, 0, row);
    return NULL;
}

struct fault *crm_source_lock(struct db *db, struct arena *arena, int32_t tenant_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_source_lock, PARAMS(p_integer(tenant_id)), &rows);
}

struct fault *crm_source_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                const struct crm_source_row *row, int64_t person) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_source_insert,
                    PARAMS(p_integer(tenant_id), p_text(row->id), p_text(row->source), p_choice(row->kind),
                           p_integer(person), p_text(row->secret_current), p_text(row->secret_previous),
                           p_text(row->public_url), p_text(row->currency), p_text(row->object_types),
                           p_text(row->fields), p_text(row->stages), p_text(row->categories),
                           p_text(row->integration_user), p_text(row->partners)),
                    &rows);
}

struct fault *crm_source_replace(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct crm_source_row *row, int64_t person) {
    struct rows *rows;
    return db_query(db, arena, SQL_crm_source_replace,
                    PARAMS(p_integer(tenant_id), p_text(row->id), p_integer(person),
                           p_text(row->secret_current), p_text(row->secret_previous), p_text(row->public_url),
                           p_text(row->currency), p_text(row->object_types), p_text(row->fields),
                           p_text(row->stages), p_text(row->categories), p_text(row->integration_user),
                           p_text(row->partners)),
                    &rows);
}

static const struct column address_columns[] = {
    {"tenant_id", COLUMN_INTEGER, offsetof(struct crm_address, tenant_id)},
    {"tenant", COLUMN_TEXT, offsetof(struct crm_address, tenant)},
    {"subject", COLUMN_TEXT, offsetof(struct crm_address, subject)},
    {"crm_source_id", COLUMN_INTEGER, offsetof(struct crm_address, source_key)},
    {"kind", COLUMN_CHOICE, offsetof(struct crm_address, kind)},
    {"secret_current", COLUMN_TEXT, offsetof(struct crm_address, secret_current)},
    {"secret_previous", COLUMN_TEXT, offsetof(struct crm_address, secret_previous)},
    {"public_url", COLUMN_TEXT, offsetof(struct crm_address, public_url)},
    {"now_at", COLUMN_INSTANT, offsetof(struct crm_address, now_at)},
};

struct fault *crm_address_find(struct db *db, struct arena *arena, const char *id, int64_t clock_offset_us,
                               bool *found, struct crm_address *address) {
    struct rows *rows;
    *address = (struct crm_address){0};
    TRY(db_query(db, arena, SQL_crm_source_of, PARAMS(p_text(id), p_integer(clock_offset_us)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        rows_read(rows, 0, address_columns, COLUMN_COUNT(address_columns), address);
    return NULL;
}
