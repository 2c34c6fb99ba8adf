/* One statement, one answer. Outside a transaction a statement that no longer fits the schema is retried once
 * on a new connection; inside one the transaction as a whole is, see db_transaction.c. */
#include <assert.h>

#include "db_inside.h"

struct fault *result_take(struct db *db, struct arena *arena, PGresult *result, const char *name,
                          struct rows **rows) {
    struct fault *fault = NULL;
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        db->failure = DB_FAILURE_NONE;
        if (rows)
            *rows = rows_copy(arena, result);
        break;
    default: fault = fault_of_result(db, arena, result, name); break;
    }
    PQclear(result);
    return fault;
}

static struct fault *statement_run(struct db *db, struct arena *arena, const struct bound *bound,
                                   struct rows **rows) {
    const char *name = bound->statement->name;
    PGresult *result = PQexecPrepared(db->connection, name, bound->count, bound->values, NULL, NULL, 0);
    return result_take(db, arena, result, name, rows);
}

struct fault *statement_prepare_late(struct db *db, struct arena *arena, enum sql statement) {
    const struct statement *late = db_statement(db, statement);
    if (!late->late || db->prepared[statement])
        return NULL;
    PGresult *result = PQprepare(db->connection, late->name, late->text, 0, NULL);
    TRY(result_take(db, arena, result, arena_format(arena, "prepare %s (%s)", late->name, late->source),
                    NULL));
    db->prepared[statement] = true;
    return NULL;
}

struct fault *db_query(struct db *db, struct arena *arena, enum sql statement, const struct param *params,
                       size_t param_count, struct rows **rows) {
    struct bound bound;
    bound_make(&bound, db, statement, params, param_count);
    if (db->in_transaction) {
        TRY(statement_prepare_late(db, arena, statement));
        return statement_run(db, arena, &bound, rows);
    }
    assert(!bound.statement->late);
    TRY(db_revive(db, arena));
    struct fault *fault = statement_run(db, arena, &bound, rows);
    bool again =
        db->failure == DB_FAILURE_STALE || (db->failure == DB_FAILURE_LOST && db->settings.read_only);
    if (!fault || !again)
        return fault;
    TRY(db_reopen(db, arena));
    return statement_run(db, arena, &bound, rows);
}

struct fault *db_run(struct db *db, struct arena *arena, const char *sql, struct rows **rows) {
    if (!db->in_transaction)
        TRY(db_revive(db, arena));
    return result_take(db, arena, PQexec(db->connection, sql), "SQL text", rows);
}
