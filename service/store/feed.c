/* The feed: thin functions over feed.sql. */
#include "tandem/store/feed.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

struct fault *feed_waiting_tenants(struct db *db, struct arena *arena, int32_t **tenants, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_feed_waiting_tenants, NULL, 0, &rows));
    *count = rows_count(rows);
    *tenants = arena_alloc(arena, (*count + 1) * sizeof **tenants);
    for (size_t i = 0; i < *count; i++)
        (*tenants)[i] = (int32_t)rows_integer(rows, i, "tenant_id");
    return NULL;
}

struct fault *feed_enter(struct db *db, struct arena *arena, int32_t tenant_id, int64_t clock_offset_us) {
    struct rows *rows;
    return db_query(db, arena, SQL_feed_enter, PARAMS(p_integer(tenant_id), p_integer(clock_offset_us)),
                    &rows);
}

struct fault *feed_extend(struct db *db, struct arena *arena, int32_t tenant_id, int64_t limit,
                          int64_t *first, int64_t *last) {
    struct rows *rows;
    *first = *last = 0;
    TRY(db_query(db, arena, SQL_feed_head_make, PARAMS(p_integer(tenant_id)), &rows));
    TRY(db_query(db, arena, SQL_feed_lock, PARAMS(p_integer(tenant_id)), &rows));
    if (rows_count(rows) == 0)
        return NULL;
    TRY(db_query(db, arena, SQL_feed_extend, PARAMS(p_integer(tenant_id), p_integer(limit)), &rows));
    *first = rows_integer(rows, 0, "first");
    *last = rows_integer(rows, 0, "last");
    return NULL;
}
