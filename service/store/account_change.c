/* Accounts as they are shown and changed: thin functions over account.sql. */
#include <assert.h>
#include <string.h>

#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/store/account.h"

static const struct column shown_columns[] = {
    {"account_id", COLUMN_INTEGER, offsetof(struct account_shown, key)},
    {"id", COLUMN_TEXT, offsetof(struct account_shown, id)},
    {"name", COLUMN_TEXT, offsetof(struct account_shown, name)},
    {"country", COLUMN_TEXT, offsetof(struct account_shown, country)},
    {"aliases", COLUMN_TEXT, offsetof(struct account_shown, aliases)},
    {"domains", COLUMN_TEXT, offsetof(struct account_shown, domains)},
    {"parent", COLUMN_TEXT, offsetof(struct account_shown, parent)},
    {"parent_name", COLUMN_TEXT, offsetof(struct account_shown, parent_name)},
    {"merged_into", COLUMN_TEXT, offsetof(struct account_shown, merged_into)},
    {"merged_into_name", COLUMN_TEXT, offsetof(struct account_shown, merged_into_name)},
    {"created_at", COLUMN_INSTANT, offsetof(struct account_shown, created_at)},
    {"version", COLUMN_INTEGER, offsetof(struct account_shown, version)},
};

void account_read(const struct rows *rows, size_t index, void *account) {
    rows_read(rows, index, shown_columns, sizeof shown_columns / sizeof *shown_columns, account);
}

struct fault *account_find_shown(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                 bool *found, struct account_shown *account) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_shown_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        account_read(rows, 0, account);
    return NULL;
}

struct fault *account_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id, bool *found,
                           struct account_shown *account) {
    struct rows *rows;
    TRY(account_tenant_lock(db, arena, tenant_id));
    TRY(db_query(db, arena, SQL_account_row_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    return account_find_shown(db, arena, tenant_id, id, found, account);
}

struct fault *account_domain_owners(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                    const char *const *names, size_t count, struct account_domain *domains) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_domain_owners,
                 PARAMS(p_integer(tenant_id), p_texts(arena, names, count)), &rows));
    assert(rows_count(rows) == count);
    for (size_t i = 0; i < count; i++) {
        const int64_t owner = rows_integer(rows, i, "account_id");
        const bool taken = owner && owner != key;
        domains[i] = (struct account_domain){
            .domain = names[i],
            .own = owner == key,
            .taken_by = taken ? rows_text(rows, i, "id") : NULL,
            .taken_by_name = taken ? rows_text(rows, i, "name") : NULL,
        };
    }
    return NULL;
}

struct fault *account_is_below(struct db *db, struct arena *arena, int32_t tenant_id, int64_t parent,
                               int64_t key, bool *below) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_ancestors,
                 PARAMS(p_integer(tenant_id), p_integer(parent), p_integer(key)), &rows));
    *below = strcmp(rows_text(rows, 0, "holds"), "t") == 0;
    return NULL;
}

static struct param texts_or_null(struct arena *arena, const struct text_list *list) {
    return list ? p_texts(arena, list->items, list->count) : p_text(NULL);
}

struct fault *account_update(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct account_values *values) {
    struct rows *rows;
    return db_query(db, arena, SQL_account_update,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_text(values->name),
                           p_text(values->name_key), texts_or_null(arena, values->aliases),
                           texts_or_null(arena, values->alias_keys), p_boolean(values->parent_given),
                           values->parent ? p_integer(values->parent) : p_text(NULL),
                           texts_or_null(arena, &values->new_domains), p_integer(TEXT_NORMALISER_VERSION)),
                    &rows);
}
