/* Two deals become one: thin functions over merge.sql. */
#include "tandem/store/merge.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

struct fault *merge_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *one,
                         const char *another) {
    const char *const both[] = {one, another};
    struct rows *rows;
    return db_query(db, arena, SQL_merge_lock, PARAMS(p_integer(tenant_id), p_texts(arena, both, 2)), &rows);
}

static const struct column contradiction_columns[] = {
    {"claim_id", COLUMN_INTEGER, offsetof(struct merge_contradiction, claim)},
    {"submitted_at", COLUMN_INSTANT, offsetof(struct merge_contradiction, submitted_at)},
    {"opportunity", COLUMN_TEXT, offsetof(struct merge_contradiction, opportunity)},
    {"created_at", COLUMN_INSTANT, offsetof(struct merge_contradiction, created_at)},
};

struct fault *merge_contradictions(struct db *db, struct arena *arena, int32_t tenant_id, int64_t survivor,
                                   int64_t merged, struct merge_contradiction **found, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_merge_contradictions,
                 PARAMS(p_integer(tenant_id), p_integer(survivor), p_integer(merged)), &rows));
    *count = rows_count(rows);
    *found = arena_alloc(arena, *count * sizeof **found);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, contradiction_columns,
                  sizeof contradiction_columns / sizeof *contradiction_columns, &(*found)[i]);
    return NULL;
}

static struct fault *claims_write(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct merging *merging) {
    struct rows *rows;
    if (merging->move_count)
        TRY(db_query(db, arena, SQL_merge_claims,
                     PARAMS(p_integer(tenant_id), p_integer(merging->survivor), p_integer(merging->merged),
                            p_integers(arena, merging->moves, merging->move_count)),
                     &rows));
    return merging->resolution == MERGE_RESOLUTION_ENDS
               ? db_query(db, arena, SQL_merge_unshare,
                          PARAMS(p_integer(tenant_id), p_integer(merging->survivor)), &rows)
               : NULL;
}

struct fault *merge_write(struct db *db, struct arena *arena, int32_t tenant_id,
                          const struct merging *merging) {
    struct rows *led, *rows;
    const struct param tenant = p_integer(tenant_id), survivor = p_integer(merging->survivor),
                       merged = p_integer(merging->merged), reason = p_text(merging->reason);
    TRY(claims_write(db, arena, tenant_id, merging));
    TRY(db_query(db, arena, SQL_merge_away,
                 PARAMS(tenant, survivor, merged, p_text(merging->survivor_id),
                        p_boolean(merging->survivor_linked), reason),
                 &led));
    const bool takes = merging->fields == MERGE_TAKES;
    TRY(db_query(db, arena, SQL_merge_into,
                 PARAMS(tenant, survivor, merged, p_integer(merging->fields), p_integer(merging->resolution),
                        p_text(merging->counting_claim), p_instant(merging->window_ends_at),
                        p_text(takes ? rows_text(led, 0, "crm_source") : NULL),
                        p_text(takes ? rows_text(led, 0, "external_id") : NULL), reason),
                 &rows));
    return db_query(db, arena, SQL_merge_evidence, PARAMS(tenant, survivor, merged), &rows);
}
