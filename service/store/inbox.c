/* The inbox: thin functions over inbox.sql. */
#include "tandem/store/inbox.h"

#include "tandem/base/fault.h"

struct fault *inbox_insert(struct db *db, struct arena *arena, int32_t tenant_id, const struct inbox_new *new,
                           int64_t *received, int64_t *parked) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_inbox_insert,
                 PARAMS(p_integer(tenant_id), p_integer(new->source_key), p_choice(new->form),
                        p_text(new->events), p_texts(arena, new->keys, new->count),
                        p_texts(arena, new->reasons, new->count), p_integer(new->clock_offset_us)),
                 &rows));
    *received = rows_integer(rows, 0, "received");
    *parked = rows_integer(rows, 0, "parked");
    return NULL;
}
