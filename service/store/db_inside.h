/* What the files of the database door share. The only header with libpq types; private to service/store. */
#ifndef TANDEM_STORE_DB_INSIDE_H
#define TANDEM_STORE_DB_INSIDE_H

#include <libpq-fe.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/db.h"
#include "tandem/store/scope.h"

#include "constraint.h"

enum { STATEMENT_PARAMS_MAX = 64, RERUNS_MAX = 3, TENANT_CACHE_SIZE = 256, TENANT_KEY_SIZE = 64 };

/* What the last failure means for the work around it. */
enum db_failure {
    DB_FAILURE_NONE,
    DB_FAILURE_REFUSED, /* the statement's own fault */
    DB_FAILURE_RACE,    /* serialization failure or deadlock: the same again may pass */
    DB_FAILURE_STALE,   /* a prepared statement no longer fits the schema: reopen, then again */
    DB_FAILURE_LOST,    /* no connection */
};

struct tenant_slot {
    char key[TENANT_KEY_SIZE];
    int32_t tenant_id; /* 0: known to be absent */
    int64_t until_at;  /* monotonic microseconds; only a miss ends */
};

struct db {
    PGconn *connection;
    struct db_settings settings; /* its texts belong to the db */
    bool in_transaction;
    enum db_failure failure; /* of the newest statement */
    bool *prepared; /* of the late statements, on this connection; the others are, as soon as it is open */
    struct tenant_slot tenants[TENANT_CACHE_SIZE];
};

/* -- db.c -- */
/* Closes what is left of the connection and opens it again with all its settings and statements. */
struct fault *db_reopen(struct db *db, struct arena *arena);
/* Reopens when the server has gone since the last use; nothing has been sent yet, so nothing is lost. */
struct fault *db_revive(struct db *db, struct arena *arena);
const struct statement *db_statement(const struct db *db, enum sql statement);

/* -- query.c -- */
/* The statement with its parameters as texts, in the shape that libpq takes. */
struct bound {
    const struct statement *statement;
    int count;
    const char *values[STATEMENT_PARAMS_MAX];
    char texts[STATEMENT_PARAMS_MAX][32];
};
void bound_make(struct bound *bound, const struct db *db, enum sql statement, const struct param *params,
                size_t param_count);
/* NULL for SQL null; `buffer` (INSTANT_TEXT_SIZE) holds every kind but PARAM_TEXT, which stands where it is. */
const char *param_text(const struct param *param, char *buffer);
/* A late statement is prepared by its first use. */
struct fault *statement_prepare_late(struct db *db, struct arena *arena, enum sql statement);
/* Takes the result: rows into the arena, or the fault it stands for; clears it. `name` is for the log. */
struct fault *result_take(struct db *db, struct arena *arena, PGresult *result, const char *name,
                          struct rows **rows);

/* -- fault.c of the door: db_fault.c -- */
struct fault *fault_of_result(struct db *db, struct arena *arena, const PGresult *result, const char *name);
struct fault *fault_of_connection(struct db *db, struct arena *arena, const char *doing);

/* -- row.c -- */
struct rows *rows_copy(struct arena *arena, const PGresult *result);

/* -- scope.c -- */
struct param *scope_params(const struct scope_request *request, struct param params[5]);
struct fault *scope_of_rows(struct arena *arena, const struct rows *rows, struct scope *scope);

#endif
