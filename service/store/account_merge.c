/* Two accounts become one: thin functions over account_merge.sql. */
#include "tandem/store/account_merge.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

struct fault *account_merge_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *one,
                                 const char *another) {
    const char *const both[] = {one, another};
    const struct param ids = p_texts(arena, both, 2);
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_merge_wait, PARAMS(p_integer(tenant_id)), &rows));
    TRY(db_query(db, arena, SQL_account_merge_rows, PARAMS(p_integer(tenant_id), ids), &rows));
    return db_query(db, arena, SQL_account_merge_deals, PARAMS(p_integer(tenant_id), ids), &rows);
}

struct fault *account_merge_facts(struct db *db, struct arena *arena, int32_t tenant_id, int64_t survivor,
                                  int64_t merged, struct account_merge *merge) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_merge_facts,
                 PARAMS(p_integer(tenant_id), p_integer(survivor), p_integer(merged)), &rows));
    merge->survivor.parent = rows_integer(rows, 0, "survivor_parent");
    merge->merged.parent = rows_integer(rows, 0, "merged_parent");
    const size_t count = rows_count(rows);
    struct account_rivals *rivals = arena_alloc(arena, count * sizeof *rivals);
    merge->rivals = rivals;
    merge->rival_count = 0;
    for (size_t i = 0; i < count; i++)
        if (rows_text(rows, i, "survivors"))
            rivals[merge->rival_count++] =
                (struct account_rivals){rows_text(rows, i, "survivors"), rows_text(rows, i, "others"),
                                        rows_text(rows, i, "product_family")};
    TRY(account_is_below(db, arena, tenant_id, survivor, merged, &merge->survivor.below));
    return account_is_below(db, arena, tenant_id, merged, survivor, &merge->merged.below);
}

struct fault *account_merge_write(struct db *db, struct arena *arena, int32_t tenant_id, int64_t survivor,
                                  int64_t merged, int64_t parent, const char *reason) {
    const struct param tenant = p_integer(tenant_id), into = p_integer(survivor), from = p_integer(merged);
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_merge_protections, PARAMS(tenant, into, from), &rows));
    TRY(db_query(db, arena, SQL_account_merge_away, PARAMS(tenant, into, from, p_text(reason)), &rows));
    return db_query(db, arena, SQL_account_merge_into,
                    PARAMS(tenant, into, from, parent ? p_integer(parent) : p_text(NULL), p_text(reason)),
                    &rows);
}

static const struct column contradiction_columns[] = {
    {"claimed", COLUMN_TEXT, offsetof(struct account_contradiction, claimed)},
    {"dated_at", COLUMN_INSTANT, offsetof(struct account_contradiction, dated_at)},
    {"activity_id", COLUMN_TEXT, offsetof(struct account_contradiction, activity_id)},
    {"opportunity", COLUMN_TEXT, offsetof(struct account_contradiction, opportunity)},
};

struct fault *account_contradictions(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account,
                                     struct account_contradiction **found, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_account_contradictions, PARAMS(p_integer(tenant_id), p_integer(account)),
                 &rows));
    *count = rows_count(rows);
    *found = arena_alloc(arena, *count * sizeof **found);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, contradiction_columns,
                  sizeof contradiction_columns / sizeof *contradiction_columns, &(*found)[i]);
    return NULL;
}
