/* Ids of CRMs: thin functions over external_id.sql. */
#include "tandem/store/external_id.h"

#include "tandem/base/fault.h"

struct fault *external_id_lock(struct db *db, struct arena *arena, int32_t tenant_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_external_id_lock, PARAMS(p_integer(tenant_id)), &rows);
}

struct fault *external_id_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                               const char *external_id, struct external_id_owner *owner) {
    struct rows *rows;
    *owner = (struct external_id_owner){0};
    TRY(db_query(db, arena, SQL_external_id_find,
                 PARAMS(p_integer(tenant_id), p_text(source), p_text(external_id)), &rows));
    if (rows_count(rows) > 0)
        *owner = (struct external_id_owner){rows_text(rows, 0, "id"), rows_text(rows, 0, "name")};
    return NULL;
}

struct fault *external_id_give(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                               bool leads, const char *source, const char *external_id) {
    struct rows *rows;
    return db_query(db, arena, leads ? SQL_external_id_lead : SQL_external_id_add,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity), p_text(source), p_text(external_id)),
                    &rows);
}
