/* The customer's account: found in one statement as a rule; locked by its keys, looked for again and made or taught
 * otherwise. */
#include "tandem/store/account.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/uuid.h"

struct search {
    int32_t tenant_id;
    const char *name, *country;
    const struct customer_keys *keys;
    struct param domains;
};

static const struct column account_columns[] = {
    {"account_id", COLUMN_INTEGER, offsetof(struct account, key)},
    {"id", COLUMN_TEXT, offsetof(struct account, id)},
};

/* *account is zero when there is none; *learns: it lacks a domain that the customer has. */
static struct fault *account_find(struct db *db, struct arena *arena, const struct search *search,
                                  struct account *account, bool *learns) {
    struct rows *rows;
    *account = (struct account){0};
    *learns = false;
    TRY(db_query(db, arena, SQL_account_find,
                 PARAMS(p_integer(search->tenant_id), search->domains, p_text(search->keys->name_key),
                        p_text(search->country)),
                 &rows));
    if (rows_count(rows) == 0)
        return NULL;
    rows_read(rows, 0, account_columns, sizeof account_columns / sizeof *account_columns, account);
    *learns = strcmp(rows_text(rows, 0, "learns"), "t") == 0;
    return NULL;
}

/* The name's key is without country: a request that leaves it open may mean the same account. */
static struct fault *keys_lock(struct db *db, struct arena *arena, const struct search *search) {
    const struct customer_keys *keys = search->keys;
    const char **items = arena_alloc(arena, (keys->domain_count + 1) * sizeof *items);
    struct rows *rows;
    for (size_t i = 0; i < keys->domain_count; i++)
        items[i] = keys->domains[i];
    items[keys->domain_count] = arena_format(arena, "name %s", keys->name_key);
    return db_query(db, arena, SQL_account_keys_lock,
                    PARAMS(p_integer(search->tenant_id), p_texts(arena, items, keys->domain_count + 1)),
                    &rows);
}

static struct fault *account_insert(struct db *db, struct arena *arena, const struct search *search,
                                    struct account *account) {
    char id[UUID_TEXT_SIZE];
    struct rows *rows;
    uuid_make(id);
    TRY(db_query(db, arena, SQL_account_insert,
                 PARAMS(p_integer(search->tenant_id), p_text(id), p_text(search->name),
                        p_text(search->keys->name_key), p_text(search->country), search->domains,
                        p_integer(TEXT_NORMALISER_VERSION)),
                 &rows));
    account->key = rows_integer(rows, 0, "account_id");
    account->id = arena_text(arena, id);
    return NULL;
}

struct fault *account_resolve(struct db *db, struct arena *arena, int32_t tenant_id, const char *name,
                              const char *country, const struct customer_keys *keys,
                              struct account *account) {
    const struct search search = {tenant_id, name, country, keys,
                                  p_texts(arena, keys->domains, keys->domain_count)};
    struct rows *rows;
    bool learns;
    TRY(db_query(db, arena, SQL_account_merge_share, PARAMS(p_integer(tenant_id)), &rows));
    TRY(account_find(db, arena, &search, account, &learns));
    if (account->key && !learns)
        return NULL;
    TRY(keys_lock(db, arena, &search));
    TRY(account_find(db, arena, &search, account, &learns));
    if (!account->key)
        return account_insert(db, arena, &search, account);
    if (!learns)
        return NULL;
    return db_query(db, arena, SQL_account_domains_learn,
                    PARAMS(p_integer(tenant_id), p_integer(account->key), search.domains,
                           p_integer(TEXT_NORMALISER_VERSION)),
                    &rows);
}

struct fault *account_tenant_lock(struct db *db, struct arena *arena, int32_t tenant_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_account_tenant_lock, PARAMS(p_integer(tenant_id)), &rows);
}

struct fault *account_by_id(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                            bool *found, struct account *account) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        rows_read(rows, 0, account_columns, sizeof account_columns / sizeof *account_columns, account);
    return NULL;
}
