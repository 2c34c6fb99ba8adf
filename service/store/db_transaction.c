/* A transaction is a story told by a body; this is its teller. It begins, lets the body run, ends, and tells
 * the story again when the database says that the same again may pass. */
#include <assert.h>
#include <string.h>

#include "db_inside.h"

/* A connection that was found dead here has lost nothing: it is opened again, once. */
static struct fault *transaction_begin(struct db *db, struct arena *arena, bool snapshot) {
    const char *sql =
        snapshot ? "begin isolation level repeatable read read only" : "begin isolation level read committed";
    TRY(db_revive(db, arena));
    struct fault *fault = result_take(db, arena, PQexec(db->connection, sql), "begin", NULL);
    if (fault && db->failure == DB_FAILURE_LOST) {
        TRY(db_reopen(db, arena));
        fault = result_take(db, arena, PQexec(db->connection, sql), "begin", NULL);
    }
    db->in_transaction = !fault;
    return fault;
}

/* Keeps db->failure: it says why the story ended. */
static void transaction_roll_back(struct db *db) {
    db->in_transaction = false;
    if (PQstatus(db->connection) == CONNECTION_OK)
        PQclear(PQexec(db->connection, "rollback"));
}

static struct fault *outcome_unknown(struct arena *arena, const struct fault *lost) {
    struct fault *fault = fault_make(arena, PROBLEM_UNAVAILABLE,
                                     "The connection ended before it was known whether the change was kept.");
    fault->cause = lost->cause;
    fault->retry_after_s = 1;
    return fault;
}

/* PostgreSQL answers COMMIT of an aborted transaction with ROLLBACK and no error: a body has hidden a fault
 * from us. */
static struct fault *transaction_commit(struct db *db, struct arena *arena, enum db_outcome *outcome) {
    PGresult *result = PQexec(db->connection, "commit");
    bool committed = result && !strcmp(PQcmdStatus(result), "COMMIT");
    db->in_transaction = false;
    struct fault *fault = result_take(db, arena, result, "commit", NULL);
    if (!fault && committed) {
        *outcome = DB_COMMITTED;
    } else if (!fault) {
        fault = fault_make(arena, PROBLEM_INTERNAL, "The request could not be completed.");
        fault->cause =
            "commit: the transaction had been aborted by a statement whose fault was not passed on";
    } else if (PQstatus(db->connection) != CONNECTION_OK) {
        *outcome = DB_UNKNOWN;
        fault = outcome_unknown(arena, fault);
    }
    return fault;
}

static struct fault *transaction_try(struct db *db, struct arena *arena, bool snapshot, db_body body,
                                     void *arg, enum db_outcome *outcome) {
    *outcome = DB_ROLLED_BACK;
    TRY(transaction_begin(db, arena, snapshot));
    db->failure = DB_FAILURE_NONE;
    struct fault *fault = body(db, arena, arg);
    if (!fault)
        return transaction_commit(db, arena, outcome);
    transaction_roll_back(db);
    return fault;
}

struct fault *db_transaction(struct db *db, struct arena *arena, bool snapshot, db_body body, void *arg,
                             enum db_outcome *outcome) {
    assert(!db->in_transaction);
    enum db_outcome ended;
    struct fault *fault = transaction_try(db, arena, snapshot, body, arg, &ended);
    for (int races = 0, stale = 0; fault && ended == DB_ROLLED_BACK;) {
        if (db->failure == DB_FAILURE_STALE && !stale++) {
            fault = db_reopen(db, arena);
            if (fault)
                break;
        } else if (db->failure != DB_FAILURE_RACE || races++ == RERUNS_MAX) {
            break;
        }
        fault = transaction_try(db, arena, snapshot, body, arg, &ended);
    }
    if (outcome)
        *outcome = ended;
    return fault;
}
