/* Partners: thin functions over partner.sql. */
#include "tandem/store/partner.h"

#include <assert.h>

#include "tandem/base/fault.h"
#include "tandem/base/time.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

const struct choice program_types[] = {
    {"sourcing", PROGRAM_SOURCING}, {"influence", PROGRAM_INFLUENCE}, {"both", PROGRAM_BOTH}, {NULL, 0}};

static const struct column partner_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct partner, id)},
    {"name", COLUMN_TEXT, offsetof(struct partner, name)},
    {"program_type", COLUMN_CHOICE, offsetof(struct partner, program_type)},
    {"manager", COLUMN_TEXT, offsetof(struct partner, manager)},
    {"manager_name", COLUMN_TEXT, offsetof(struct partner, manager_name)},
    {"created_at", COLUMN_INSTANT, offsetof(struct partner, created_at)},
    {"version", COLUMN_INTEGER, offsetof(struct partner, version)},
};

void partner_read(const struct rows *rows, size_t index, void *partner) {
    rows_read(rows, index, partner_columns, COLUMN_COUNT(partner_columns), partner);
}

static const struct column candidate_columns[] = {
    {"person_id", COLUMN_INTEGER, offsetof(struct manager_candidate, person)},
    {"name", COLUMN_TEXT, offsetof(struct manager_candidate, name)},
    {"roles", COLUMN_INTEGER, offsetof(struct manager_candidate, roles)},
    {"active", COLUMN_BOOLEAN, offsetof(struct manager_candidate, active)},
};

struct fault *partner_manager_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *person,
                                   struct manager_candidate *candidate) {
    struct rows *rows;
    *candidate = (struct manager_candidate){0};
    TRY(db_query(db, arena, SQL_partner_manager_candidate, PARAMS(p_integer(tenant_id), p_text(person)),
                 &rows));
    if (rows_count(rows) > 0)
        rows_read(rows, 0, candidate_columns, COLUMN_COUNT(candidate_columns), candidate);
    return NULL;
}

static const struct column made_columns[] = {
    {"created_at", COLUMN_INSTANT, offsetof(struct partner, created_at)},
    {"version", COLUMN_INTEGER, offsetof(struct partner, version)},
};

struct fault *partner_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t manager,
                             struct partner *partner) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_partner_insert,
                 PARAMS(p_integer(tenant_id), p_text(partner->id), p_text(partner->name),
                        p_integer(partner->program_type), p_integer(manager)),
                 &rows));
    rows_read(rows, 0, made_columns, COLUMN_COUNT(made_columns), partner);
    return NULL;
}

struct fault *partner_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                           int64_t *key, struct partner *partner) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_partner_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *key = rows_count(rows) > 0 ? rows_integer(rows, 0, "partner_id") : 0;
    if (*key)
        partner_read(rows, 0, partner);
    return NULL;
}

struct fault *partner_update(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct partner_change *change, int64_t *version) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_partner_update,
                 PARAMS(p_integer(tenant_id), p_integer(key), p_text(change->name),
                        p_choice(change->program_type),
                        change->manager ? p_integer(change->manager) : p_text(NULL)),
                 &rows));
    *version = rows_integer(rows, 0, "version");
    return NULL;
}

struct fault *partner_ids(struct db *db, struct arena *arena, int32_t tenant_id, const char *const *ids,
                          size_t count, int64_t *keys) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_partner_ids, PARAMS(p_integer(tenant_id), p_texts(arena, ids, count)),
                 &rows));
    assert(rows_count(rows) == count);
    for (size_t i = 0; i < count; i++)
        keys[i] = rows_integer(rows, i, "partner_id");
    return NULL;
}
