/* Delegations: thin functions over delegation.sql. */
#include "tandem/store/delegation.h"

#include <assert.h>

#include "tandem/base/fault.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

struct fault *delegation_lock(struct db *db, struct arena *arena, int32_t tenant_id, int64_t person,
                              const char *id, int64_t *key, int64_t *version) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_delegation_lock, PARAMS(p_integer(tenant_id), p_integer(person), p_text(id)),
                 &rows));
    bool found = rows_count(rows) > 0;
    *key = found ? rows_integer(rows, 0, "delegation_id") : 0;
    *version = found ? rows_integer(rows, 0, "version") : 0;
    return NULL;
}

struct fault *delegation_conflict(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct delegation *delegation, const char **deal) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_delegation_conflict,
                 PARAMS(p_integer(tenant_id), p_choice(delegation->duty), p_integer(delegation->person.key),
                        p_integer(delegation->delegate.key)),
                 &rows));
    *deal = rows_count(rows) > 0 ? rows_text(rows, 0, "id") : NULL;
    return NULL;
}

struct fault *delegation_put(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct delegation *delegation) {
    struct rows *rows;
    if (key)
        return db_query(db, arena, SQL_delegation_replace,
                        PARAMS(p_integer(tenant_id), p_integer(key), p_integer(delegation->delegate.key),
                               p_choice(delegation->duty), p_date(delegation->from_on),
                               p_date(delegation->to_on), p_boolean(delegation->active)),
                        &rows);
    return db_query(db, arena, SQL_delegation_insert,
                    PARAMS(p_integer(tenant_id), p_text(delegation->id), p_integer(delegation->person.key),
                           p_integer(delegation->delegate.key), p_choice(delegation->duty),
                           p_date(delegation->from_on), p_date(delegation->to_on),
                           p_boolean(delegation->active)),
                    &rows);
}

static const struct column delegation_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct delegation, id)},
    {"person", COLUMN_TEXT, offsetof(struct delegation, person.id)},
    {"person_name", COLUMN_TEXT, offsetof(struct delegation, person.name)},
    {"delegate", COLUMN_TEXT, offsetof(struct delegation, delegate.id)},
    {"delegate_name", COLUMN_TEXT, offsetof(struct delegation, delegate.name)},
    {"duty", COLUMN_CHOICE, offsetof(struct delegation, duty)},
    {"from_on", COLUMN_DATE, offsetof(struct delegation, from_on)},
    {"to_on", COLUMN_DATE, offsetof(struct delegation, to_on)},
    {"active", COLUMN_BOOLEAN, offsetof(struct delegation, active)},
    {"version", COLUMN_INTEGER, offsetof(struct delegation, version)},
};

struct fault *delegation_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                              struct delegation *delegation) {
    struct rows *rows;
    *delegation = (struct delegation){0};
    TRY(db_query(db, arena, SQL_delegation_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    assert(rows_count(rows) == 1); /* of this transaction */
    rows_read(rows, 0, delegation_columns, COLUMN_COUNT(delegation_columns), delegation);
    return NULL;
}

static const struct column delegated_columns[] = {
    {"for_owner", COLUMN_BOOLEAN, offsetof(struct delegated, for_owner)},
    {"for_manager", COLUMN_BOOLEAN, offsetof(struct delegated, for_manager)},
};

struct fault *delegation_of_signer(struct db *db, struct arena *arena, int32_t tenant_id, int64_t owner,
                                   int64_t manager, struct delegated *delegated) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_delegation_of_signer,
                 PARAMS(p_integer(tenant_id), p_integer(owner), p_integer(manager)), &rows));
    rows_read(rows, 0, delegated_columns, COLUMN_COUNT(delegated_columns), delegated);
    return NULL;
}
