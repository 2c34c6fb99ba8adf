/* The one place that puts declared reads on the wire: [scope_enter][read] for each, then one Sync. Without
 * BEGIN the batch is one implicit transaction, so the scope that a read set is the one it runs under, and
 * none outlives the Sync. An error aborts everything behind it: what came before is kept, the culprit runs
 * once more alone, the rest goes out as a new batch. */
#include <assert.h>

#include "db_inside.h"

static const char doing[] = "reading";

static bool statement_send(struct db *db, enum sql statement, const struct param *params, size_t count) {
    struct bound bound;
    bound_make(&bound, db, statement, params, count);
    return PQsendQueryPrepared(db->connection, bound.statement->name, bound.count, bound.values, NULL, NULL,
                               0);
}

static bool read_send(struct db *db, const struct db_read *read) {
    struct param params[5];
    return statement_send(db, SQL_scope_enter, scope_params(&read->scope_request, params), 5) &&
           statement_send(db, read->statement, read->params, read->param_count);
}

/* libpq takes answers in while it sends, so that full buffers on both sides cannot stop a large batch. */
static bool batch_send(struct db *db, const struct db_read *reads, size_t count) {
    if (!PQenterPipelineMode(db->connection))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!read_send(db, &reads[i]))
            return false;
    return PQpipelineSync(db->connection);
}

/* One statement's answer and the NULL that ends it. */
static struct fault *answer_take(struct db *db, struct arena *arena, enum sql statement, struct rows **rows) {
    struct fault *fault =
        result_take(db, arena, PQgetResult(db->connection), db_statement(db, statement)->name, rows);
    if (PQstatus(db->connection) == CONNECTION_OK)
        PQclear(PQgetResult(db->connection));
    return fault;
}

/* false: the database refused one of the two statements, and everything behind it is aborted. A refusal of
 * the caller (an unknown person) is this read's answer and stops nobody. */
static bool read_take(struct db *db, struct db_read *read) {
    struct rows *scope_rows, *rows;
    read->rows = NULL;
    read->fault = answer_take(db, read->arena, SQL_scope_enter, &scope_rows);
    if (!read->fault)
        read->fault = answer_take(db, read->arena, read->statement, &rows);
    if (read->fault)
        return false;
    read->fault = scope_of_rows(read->arena, scope_rows, &read->scope);
    if (!read->fault)
        read->rows = rows;
    return true;
}

/* Steps over the answers of aborted statements to the Sync's. */
static bool batch_end(struct db *db) {
    int missing = 0;
    while (PQstatus(db->connection) == CONNECTION_OK && missing < 2) {
        PGresult *result = PQgetResult(db->connection);
        bool synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        missing = result ? 0 : missing + 1;
        PQclear(result);
        if (synced)
            return PQexitPipelineMode(db->connection);
    }
    return false;
}

/* Runs reads from the first on; gives how many were answered. Less than count: that read's fault is set and
 * db->failure says what to make of it. */
static size_t batch_run(struct db *db, struct db_read *reads, size_t count) {
    db->failure = DB_FAILURE_NONE;
    if (!batch_send(db, reads, count)) {
        reads[0].fault = fault_of_connection(db, reads[0].arena, doing);
        return 0;
    }
    size_t answered = 0;
    while (answered < count && read_take(db, &reads[answered]))
        answered++;
    if (!batch_end(db))
        db->failure = DB_FAILURE_LOST; /* also with every answer here: the next use reopens */
    return answered;
}

/* The culprit of a batch runs once more alone: a plan or a lock of that moment may have been all it met. */
static void read_again(struct db *db, struct db_read *read) {
    struct fault *fault = db->failure == DB_FAILURE_STALE ? db_reopen(db, read->arena) : NULL;
    if (fault)
        read->fault = fault;
    else
        batch_run(db, read, 1);
}

/* Nobody can be answered: each gets the fault in its own arena. */
static void batch_refuse(struct db_read *reads, size_t count, const struct fault *fault) {
    for (size_t i = 0; i < count; i++) {
        reads[i].rows = NULL;
        reads[i].fault = fault_make(reads[i].arena, fault->problem, "%s", fault->detail);
        reads[i].fault->cause = arena_text(reads[i].arena, fault->cause);
        reads[i].fault->retry_after_s = fault->retry_after_s;
    }
}

/* A connection is renewed at most once for one batch of the caller, so that a dying server is not asked again
 * for each of its reads. */
void db_read_batch(struct db *db, struct db_read *reads, size_t count) {
    assert(!db->in_transaction && count > 0 && count <= READ_BATCH_MAX);
    struct fault *fault = db_revive(db, reads[0].arena);
    bool renewed = false;
    size_t done = 0;
    while (!fault && done < count) {
        size_t sent = count - done;
        done += batch_run(db, reads + done, sent);
        if (done == count)
            break;
        if (db->failure == DB_FAILURE_LOST) {
            fault = renewed ? reads[done].fault : db_reopen(db, reads[done].arena);
            renewed = true;
        } else {
            if (sent > 1 || db->failure == DB_FAILURE_STALE)
                read_again(db, &reads[done]);
            done++;
        }
    }
    if (fault)
        batch_refuse(reads + done, count - done, fault);
}
