/* One blocking connection to PostgreSQL: named statements in, rows out. The only door to libpq; no libpq type
 * here. Statements stand in service/store/<noun>.sql, are numbered by `enum sql` (statements.h, made by the
 * build) and are all prepared when a connection opens: bad SQL stops the start, not a request. */
#ifndef TANDEM_STORE_DB_H
#define TANDEM_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/money.h"

#include "statements.h"

struct arena;
struct fault;
struct db;
struct rows;

struct db_settings {
    const char *url;              /* libpq connection string or URL */
    const char *application_name; /* seen in pg_stat_activity: "tandem write 3" */
    int statement_timeout_ms;     /* 0 = none */
    int lock_timeout_ms;
    bool read_only;
    bool prepare; /* prepare all statements on open; migrator and launcher do without */
    /* Statements besides the built-in ones, numbered from SQL_COUNT on; for tests. Not copied. */
    const struct statement *extra;
    size_t extra_count;
};

struct fault *db_open(struct arena *arena, const struct db_settings *settings, struct db **db);
void db_close(struct db *db);

/* -- parameters -- */
enum param_kind { PARAM_NULL, PARAM_TEXT, PARAM_INTEGER, PARAM_BOOLEAN, PARAM_INSTANT, PARAM_DATE };

struct param {
    enum param_kind kind;
    const char *text;
    int64_t number;
};

struct param p_text(const char *text); /* NULL is SQL null; also uuid, jsonb, arrays as literals */
struct param p_integer(int64_t value);
struct param p_choice(int code); /* -1 is SQL null */
struct param p_boolean(bool value);
struct param p_instant(int64_t at);                 /* INSTANT_NONE is SQL null */
struct param p_date(int32_t date);                  /* DATE_NONE is SQL null */
struct param p_amount(const struct money *money);   /* SQL null when absent */
struct param p_currency(const struct money *money); /* SQL null when absent */
/* A text[] or int8[] literal in the arena. */
struct param p_texts(struct arena *arena, const char *const *items, size_t count);
struct param p_integers(struct arena *arena, const int64_t *items, size_t count);

#define PARAMS(...)                                                                                          \
    (const struct param[]){__VA_ARGS__}, sizeof((const struct param[]){__VA_ARGS__}) / sizeof(struct param)

/* -- statements -- */
/* Runs one prepared statement; the rows live in the arena. A violated constraint comes back as the problem
 * that service/store/constraint.c names for it; a lost connection as PROBLEM_UNAVAILABLE with Retry-After. */
struct fault *db_query(struct db *db, struct arena *arena, enum sql statement, const struct param *params,
                       size_t param_count, struct rows **rows);
/* Plain SQL text without parameters, several statements allowed; for the migrator, tests and doctor. */
struct fault *db_run(struct db *db, struct arena *arena, const char *sql, struct rows **rows);

/* -- rows -- */
enum column_kind {
    COLUMN_TEXT,     /* const char *, NULL for SQL null */
    COLUMN_INTEGER,  /* int64_t, 0 for null */
    COLUMN_CHOICE,   /* int, -1 for null */
    COLUMN_BOOLEAN,  /* bool, false for null */
    COLUMN_INSTANT,  /* int64_t, INSTANT_NONE for null */
    COLUMN_DATE,     /* int32_t, DATE_NONE for null */
    COLUMN_AMOUNT,   /* struct money's amount_minor from this column */
    COLUMN_CURRENCY, /* struct money's currency from this column; offset of the same struct money; "" for null
                      */
    COLUMN_DOUBLE,
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset; /* offsetof the target struct */
};

size_t rows_count(const struct rows *rows);
/* Reads the named columns of one row onto a struct. A column that the rows lack is our own mistake (assert).
 */
void rows_read(const struct rows *rows, size_t row, const struct column *columns, size_t column_count,
               void *target);
/* Rows that travel inside a row: a JSON array of flat objects with equal members, as json_agg makes it. SQL null is no
 * rows. Instants inside are text in the session's style (at::text). */
const struct rows *rows_inside(struct arena *arena, const struct rows *rows, size_t row, const char *column);
/* One value as text, NULL for SQL null; for results of a single column. */
const char *rows_text(const struct rows *rows, size_t row, const char *column);
int64_t rows_integer(const struct rows *rows, size_t row, const char *column);

/* -- transactions -- */
enum db_outcome { DB_COMMITTED, DB_ROLLED_BACK, DB_UNKNOWN /* COMMIT was sent, its answer was lost */ };

typedef struct fault *(*db_body)(struct db *db, struct arena *arena, void *arg);

/* Begins (READ COMMITTED; REPEATABLE READ READ ONLY for `snapshot`), runs the body, commits; rolls back on a
 * fault. Reruns the body on serialization failure and deadlock (3 times), and once on a connection that was
 * found dead before the body did anything. */
struct fault *db_transaction(struct db *db, struct arena *arena, bool snapshot, db_body body, void *arg,
                             enum db_outcome *outcome);
/* What the body has read does not stand any more: a fault upon which db_transaction runs it again, as upon a
 * serialization failure. `name` of the statement that met it, for the log. */
struct fault *db_race(struct db *db, struct arena *arena, const char *name);

#endif
