/* The customer's account: found in one statement as a rule; locked by its keys, looked for again and made or taught
 * otherwise. Many at once go the same way together. */
#include "tandem/store/account.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/text_map.h"
#include "tandem/base/uuid.h"

/* Customers that are still looked for. */
struct search {
    struct db *db;
    struct arena *arena;
    int32_t tenant_id;
    struct account_wanted **wanted;
    size_t count;
};

static const struct column account_columns[] = {
    {"account_id", COLUMN_INTEGER, offsetof(struct account, key)},
    {"id", COLUMN_TEXT, offsetof(struct account, id)},
};

static const char *domains_of(struct arena *arena, const struct customer_keys *keys) {
    return p_texts(arena, keys->domains, keys->domain_count).text;
}

/* One of the customers' texts, each in its place. */
enum column_of { COLUMN_NAME, COLUMN_NAME_KEY, COLUMN_COUNTRY, COLUMN_DOMAINS };
static struct param texts_of(const struct search *search, enum column_of column) {
    const char **texts = arena_alloc(search->arena, search->count * sizeof *texts);
    for (size_t i = 0; i < search->count; i++) {
        const struct account_wanted *wanted = search->wanted[i];
        switch (column) {
        case COLUMN_NAME: texts[i] = wanted->name; break;
        case COLUMN_NAME_KEY: texts[i] = wanted->keys->name_key; break;
        case COLUMN_COUNTRY: texts[i] = wanted->country; break;
        case COLUMN_DOMAINS: texts[i] = domains_of(search->arena, wanted->keys); break;
        }
    }
    return p_texts(search->arena, texts, search->count);
}

/* wanted->found is zero when there is none; learns: it lacks a domain that the customer has. */
static struct fault *accounts_find(const struct search *search) {
    struct rows *rows;
    for (size_t i = 0; i < search->count; i++) {
        search->wanted[i]->found = (struct account){0};
        search->wanted[i]->learns = false;
    }
    TRY(db_query(search->db, search->arena, SQL_account_find,
                 PARAMS(p_integer(search->tenant_id), texts_of(search, COLUMN_NAME_KEY),
                        texts_of(search, COLUMN_COUNTRY), texts_of(search, COLUMN_DOMAINS)),
                 &rows));
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct account_wanted *wanted = search->wanted[rows_integer(rows, i, "place") - 1];
        rows_read(rows, i, account_columns, sizeof account_columns / sizeof *account_columns, &wanted->found);
        wanted->learns = strcmp(rows_text(rows, i, "learns"), "t") == 0;
    }
    return NULL;
}

static bool is_done(const struct account_wanted *wanted) {
    return wanted->found.key && !wanted->learns;
}

static size_t keys_count(const struct search *search) {
    size_t count = search->count;
    for (size_t i = 0; i < search->count; i++)
        count += search->wanted[i]->keys->domain_count;
    return count;
}

/* The name's key is without country: a request that leaves it open may mean the same account. */
static struct fault *keys_lock(const struct search *search) {
    const char **items = arena_alloc(search->arena, keys_count(search) * sizeof *items);
    size_t count = 0;
    struct rows *rows;
    for (size_t i = 0; i < search->count; i++) {
        const struct customer_keys *keys = search->wanted[i]->keys;
        for (size_t j = 0; j < keys->domain_count; j++)
            items[count++] = keys->domains[j];
        items[count++] = arena_format(search->arena, "name %s", keys->name_key);
    }
    return db_query(search->db, search->arena, SQL_account_keys_lock,
                    PARAMS(p_integer(search->tenant_id), p_texts(search->arena, items, count)), &rows);
}

static struct fault *accounts_insert(const struct search *search) {
    const char **ids = arena_alloc(search->arena, search->count * sizeof *ids);
    struct rows *rows;
    for (size_t i = 0; i < search->count; i++) {
        char id[UUID_TEXT_SIZE];
        uuid_make(id);
        ids[i] = arena_text(search->arena, id);
    }
    TRY(db_query(search->db, search->arena, SQL_account_insert,
                 PARAMS(p_integer(search->tenant_id), p_texts(search->arena, ids, search->count),
                        texts_of(search, COLUMN_NAME), texts_of(search, COLUMN_NAME_KEY),
                        texts_of(search, COLUMN_COUNTRY), texts_of(search, COLUMN_DOMAINS),
                        p_integer(TEXT_NORMALISER_VERSION)),
                 &rows));
    for (size_t i = 0; i < search->count; i++)
        search->wanted[i]->found = (struct account){rows_integer(rows, i, "account_id"), ids[i]};
    return NULL;
}

static struct fault *account_teach(const struct search *search, const struct account_wanted *wanted) {
    struct rows *rows;
    return db_query(search->db, search->arena, SQL_account_domains_learn,
                    PARAMS(p_integer(search->tenant_id), p_integer(wanted->found.key),
                           p_text(domains_of(search->arena, wanted->keys)),
                           p_integer(TEXT_NORMALISER_VERSION)),
                    &rows);
}

/* Whether one of the customer's keys is among those that are there. */
static bool keys_meet(const struct text_map *taken, const char *name, const struct customer_keys *keys) {
    int64_t number;
    bool meet = text_map_find(taken, name, &number);
    for (size_t i = 0; i < keys->domain_count; i++)
        meet = meet || text_map_find(taken, keys->domains[i], &number);
    return meet;
}

static void keys_take(struct text_map *taken, const char *name, const struct customer_keys *keys) {
    bool added;
    text_map_put(taken, name, &added);
    for (size_t i = 0; i < keys->domain_count; i++)
        text_map_put(taken, keys->domains[i], &added);
}

/* What is made for one customer is what the next one may find: whoever shares a key with one before it that is not done
 * stays in `search`, whatever was found for it. Gives those whose account is to be made or taught now. */
static struct search search_split(struct search *search) {
    struct search first = *search;
    struct text_map *taken = text_map_create(search->arena, keys_count(search));
    size_t left = 0;
    first.wanted = arena_alloc(search->arena, search->count * sizeof(struct account_wanted *));
    first.count = 0;
    for (size_t i = 0; i < search->count; i++) {
        struct account_wanted *wanted = search->wanted[i];
        const char *name = arena_format(search->arena, "name %s", wanted->keys->name_key);
        bool waits = keys_meet(taken, name, wanted->keys);
        if (waits)
            search->wanted[left++] = wanted;
        else if (!is_done(wanted))
            first.wanted[first.count++] = wanted;
        if (waits || !is_done(wanted))
            keys_take(taken, name, wanted->keys);
    }
    search->count = left;
    return first;
}

/* Those that are still learning learn; what is not there yet is made. */
static struct fault *accounts_write(struct search *search) {
    size_t left = 0;
    for (size_t i = 0; i < search->count; i++)
        if (!search->wanted[i]->found.key)
            search->wanted[left++] = search->wanted[i];
        else if (search->wanted[i]->learns)
            TRY(account_teach(search, search->wanted[i]));
    search->count = left;
    return left ? accounts_insert(search) : NULL;
}

struct fault *accounts_resolve(struct db *db, struct arena *arena, int32_t tenant_id,
                               struct account_wanted *wanted, size_t count) {
    struct search search = {db, arena, tenant_id, arena_alloc(arena, count * sizeof(struct account_wanted *)),
                            count};
    struct rows *rows;
    for (size_t i = 0; i < count; i++)
        search.wanted[i] = &wanted[i];
    TRY(db_query(db, arena, SQL_account_merge_share, PARAMS(p_integer(tenant_id)), &rows));
    while (search.count) {
        TRY(accounts_find(&search));
        struct search first = search_split(&search);
        if (!first.count)
            break;
        TRY(keys_lock(&first));
        TRY(accounts_find(&first));
        TRY(accounts_write(&first));
    }
    return NULL;
}

struct fault *account_resolve(struct db *db, struct arena *arena, int32_t tenant_id, const char *name,
                              const char *country, const struct customer_keys *keys,
                              struct account *account) {
    struct account_wanted wanted = {.name = name, .country = country, .keys = keys};
    TRY(accounts_resolve(db, arena, tenant_id, &wanted, 1));
    *account = wanted.found;
    return NULL;
}

struct fault *accounts_merged(struct db *db, struct arena *arena, int32_t tenant_id, int64_t *keys,
                              size_t count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_merges, PARAMS(p_integer(tenant_id), p_integers(arena, keys, count)),
                 &rows));
    for (size_t i = 0; i < rows_count(rows); i++)
        for (size_t j = 0; j < count; j++)
            if (keys[j] == rows_integer(rows, i, "account_id"))
                keys[j] = rows_integer(rows, i, "merged_into_id");
    return NULL;
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
