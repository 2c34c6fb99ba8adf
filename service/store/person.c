/* People: thin functions over person.sql. */
#include "tandem/store/person.h"

#include <assert.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

static const struct column shown_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct person_shown, id)},
    {"subject", COLUMN_TEXT, offsetof(struct person_shown, subject)},
    {"name", COLUMN_TEXT, offsetof(struct person_shown, name)},
    {"email", COLUMN_TEXT, offsetof(struct person_shown, email)},
    {"roles", COLUMN_INTEGER, offsetof(struct person_shown, roles)},
    {"partner", COLUMN_TEXT, offsetof(struct person_shown, partner)},
    {"partners", COLUMN_TEXT, offsetof(struct person_shown, partners)},
    {"crm_owner_ids", COLUMN_TEXT, offsetof(struct person_shown, crm_owner_ids)},
    {"active", COLUMN_BOOLEAN, offsetof(struct person_shown, active)},
    {"erased_at", COLUMN_INSTANT, offsetof(struct person_shown, erased_at)},
    {"version", COLUMN_INTEGER, offsetof(struct person_shown, version)},
};

void person_read(const struct rows *rows, size_t index, void *person) {
    rows_read(rows, index, shown_columns, COLUMN_COUNT(shown_columns), person);
}

struct fault *person_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                          struct person_shown *person) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    assert(rows_count(rows) == 1); /* of this transaction */
    person_read(rows, 0, person);
    return NULL;
}

struct locked_row {
    struct person_locked locked;
    int64_t roles;
};

static const struct column locked_columns[] = {
    {"person_id", COLUMN_INTEGER, offsetof(struct locked_row, locked.key)},
    {"version", COLUMN_INTEGER, offsetof(struct locked_row, locked.version)},
    {"roles", COLUMN_INTEGER, offsetof(struct locked_row, roles)},
    {"active", COLUMN_BOOLEAN, offsetof(struct locked_row, locked.standing.active)},
    {"has_subject", COLUMN_BOOLEAN, offsetof(struct locked_row, locked.standing.has_subject)},
    {"erased", COLUMN_BOOLEAN, offsetof(struct locked_row, locked.erased)},
};

struct fault *person_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                          struct person_locked *locked) {
    struct locked_row row = {0};
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_change_lock, PARAMS(p_integer(tenant_id)), &rows));
    TRY(db_query(db, arena, SQL_person_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    if (rows_count(rows) > 0)
        rows_read(rows, 0, locked_columns, COLUMN_COUNT(locked_columns), &row);
    row.locked.standing.roles = (unsigned)row.roles;
    *locked = row.locked;
    return NULL;
}

struct fault *person_change_facts(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                  const struct text_list *crm_owner_ids, struct person_change *change) {
    const struct param person = key ? p_integer(key) : p_text(NULL);
    const char **taken_by = arena_alloc(arena, crm_owner_ids->count * sizeof *taken_by);
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_other_admin, PARAMS(p_integer(tenant_id), person), &rows));
    change->other_admin = strcmp(rows_text(rows, 0, "stays"), "t") == 0;
    TRY(db_query(
        db, arena, SQL_person_owner_ids,
        PARAMS(p_integer(tenant_id), person, p_texts(arena, crm_owner_ids->items, crm_owner_ids->count)),
        &rows));
    assert(rows_count(rows) == crm_owner_ids->count);
    for (size_t i = 0; i < crm_owner_ids->count; i++)
        taken_by[i] = rows_text(rows, i, "person");
    change->owner_ids_taken_by = taken_by;
    change->owner_id_count = crm_owner_ids->count;
    return NULL;
}

struct fault *person_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct person *person, int64_t *person_id) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_insert,
                 PARAMS(p_integer(tenant_id), p_text(person->id), p_text(person->subject),
                        p_text(person->name), p_text(person->email), p_integer(person->roles),
                        p_integers(arena, person->partners, person->partner_count),
                        p_texts(arena, person->crm_owner_ids.items, person->crm_owner_ids.count),
                        p_boolean(person->active)),
                 &rows));
    *person_id = rows_integer(rows, 0, "person_id");
    return NULL;
}

struct fault *person_replace(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct person *person) {
    struct rows *rows;
    return db_query(db, arena, SQL_person_replace,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_text(person->subject),
                           p_text(person->name), p_text(person->email), p_integer(person->roles),
                           p_integers(arena, person->partners, person->partner_count),
                           p_texts(arena, person->crm_owner_ids.items, person->crm_owner_ids.count),
                           p_boolean(person->active)),
                    &rows);
}

/* The traces first: they are found by what the row still says. */
struct fault *person_erase(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                           const char *reason) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_erase_traces, PARAMS(p_integer(tenant_id), p_integer(key)), &rows));
    return db_query(db, arena, SQL_person_erase, PARAMS(p_integer(tenant_id), p_integer(key), p_text(reason)),
                    &rows);
}
