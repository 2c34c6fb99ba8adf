/* A connection: opened with everything that statements rely on (time zone, encoding, time-outs, prepared
 * statements), and opened anew when the server or a proxy has closed it. */
#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/log.h"

#include "db_inside.h"

enum { BUILT_IN = SQL_COUNT };

const struct statement *db_statement(const struct db *db, enum sql statement) {
    size_t index = (size_t)statement;
    if (index < BUILT_IN)
        return &sql_statements[index];
    assert(index < BUILT_IN + db->settings.extra_count);
    return &db->settings.extra[index - BUILT_IN];
}

/* The default writes whole messages to stderr, with row data in their detail. Ours keeps the sentence. */
static void notice_receive(void *arg, const PGresult *result) {
    (void)arg;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    bool warning = severity && !strcmp(severity, "WARNING");
    LOG(warning ? LOG_WARNING : LOG_DEBUG, "PostgreSQL notice",
        LOG_TEXT("sqlstate", PQresultErrorField(result, PG_DIAG_SQLSTATE)),
        LOG_TEXT("notice", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
}

/* What stands before the URL is a default that the URL may change; what stands after it is fixed. */
static PGconn *connect_with(const struct db_settings *settings) {
    const char *const names[] = {"connect_timeout",
                                 "keepalives",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "target_session_attrs",
                                 "dbname",
                                 "application_name",
                                 "client_encoding",
                                 NULL};
    const char *const values[] = {"3",
                                  "1",
                                  "30",
                                  "5",
                                  "3",
                                  "10000",
                                  settings->read_only ? "any" : "read-write",
                                  settings->url,
                                  settings->application_name,
                                  "UTF8",
                                  NULL};
    return PQconnectdbParams(names, values, 1);
}

/* Every statement is prepared and small: planning it anew (a deal's sheet takes 50 ms) or compiling it (a page takes
 * 800 ms instead of 10) costs more than any plan could win. */
static struct fault *session_set(struct db *db, struct arena *arena) {
    const struct db_settings *settings = &db->settings;
    const char *sql = arena_format(arena,
                                   "set timezone to 'UTC'; set datestyle to 'ISO, YMD';"
                                   "set search_path to public, pg_temp; set statement_timeout to %d;"
                                   "set lock_timeout to %d; set default_transaction_read_only to %s;"
                                   "set idle_in_transaction_session_timeout to 30000;"
                                   "set jit to off; set plan_cache_mode to force_generic_plan",
                                   settings->statement_timeout_ms, settings->lock_timeout_ms,
                                   settings->read_only ? "on" : "off");
    return result_take(db, arena, PQexec(db->connection, sql), "session settings", NULL);
}

/* All prepares travel in one round trip; the answers come in order, the first refusal aborts the rest. */
static struct fault *statements_prepare(struct db *db, struct arena *arena) {
    size_t count = BUILT_IN + db->settings.extra_count;
    if (!PQenterPipelineMode(db->connection))
        return fault_of_connection(db, arena, "preparing statements");
    for (size_t i = 0; i < count; i++) {
        const struct statement *statement = db_statement(db, (enum sql)i);
        if (statement->late)
            continue;
        if (!PQsendPrepare(db->connection, statement->name, statement->text, 0, NULL))
            return fault_of_connection(db, arena, "preparing statements");
    }
    if (!PQpipelineSync(db->connection))
        return fault_of_connection(db, arena, "preparing statements");
    struct fault *fault = NULL;
    for (size_t i = 0; i < count && !fault; i++) {
        const struct statement *statement = db_statement(db, (enum sql)i);
        if (statement->late)
            continue;
        const char *name = arena_format(arena, "prepare %s (%s)", statement->name, statement->source);
        fault = result_take(db, arena, PQgetResult(db->connection), name, NULL);
        PQclear(PQgetResult(db->connection));
    }
    if (fault)
        return fault;
    PQclear(PQgetResult(db->connection));
    if (!PQexitPipelineMode(db->connection))
        return fault_of_connection(db, arena, "preparing statements");
    return NULL;
}

static struct fault *connection_open(struct db *db, struct arena *arena) {
    db->connection = connect_with(&db->settings);
    if (PQstatus(db->connection) != CONNECTION_OK)
        return fault_of_connection(db, arena, "connecting");
    PQsetNoticeReceiver(db->connection, notice_receive, NULL);
    TRY(session_set(db, arena));
    return db->settings.prepare ? statements_prepare(db, arena) : NULL;
}

/* A connection that did not come up whole is closed at once, so that the next use tries again. */
struct fault *db_reopen(struct db *db, struct arena *arena) {
    assert(!db->in_transaction);
    PQfinish(db->connection);
    db->failure = DB_FAILURE_NONE;
    memset(db->prepared, 0, BUILT_IN + db->settings.extra_count);
    struct fault *fault = connection_open(db, arena);
    if (fault) {
        PQfinish(db->connection);
        db->connection = NULL;
    }
    return fault;
}

/* A closed socket stays readable: what the server said last is taken in, then its end is seen. */
static bool connection_alive(const struct db *db) {
    if (db->failure == DB_FAILURE_LOST || PQstatus(db->connection) != CONNECTION_OK)
        return false;
    struct pollfd descriptor = {PQsocket(db->connection), POLLIN, 0};
    while (poll(&descriptor, 1, 0) > 0)
        if (!PQconsumeInput(db->connection) || PQstatus(db->connection) != CONNECTION_OK)
            return false;
    return true;
}

struct fault *db_revive(struct db *db, struct arena *arena) {
    return connection_alive(db) ? NULL : db_reopen(db, arena);
}

static char *text_keep(const char *text) {
    char *copy = strdup(text ? text : "");
    if (!copy)
        abort();
    return copy;
}

struct fault *db_open(struct arena *arena, const struct db_settings *settings, struct db **db) {
    struct db *opened = calloc(1, sizeof *opened);
    if (!opened)
        abort();
    opened->settings = *settings;
    opened->prepared = calloc(BUILT_IN + settings->extra_count, sizeof *opened->prepared);
    if (!opened->prepared)
        abort();
    opened->settings.url = text_keep(settings->url);
    opened->settings.application_name = text_keep(settings->application_name);
    struct fault *fault = db_reopen(opened, arena);
    if (fault)
        db_close(opened);
    else
        *db = opened;
    return fault;
}

void db_close(struct db *db) {
    if (!db)
        return;
    PQfinish(db->connection);
    free((char *)(uintptr_t)db->settings.url);
    free((char *)(uintptr_t)db->settings.application_name);
    free(db->prepared);
    free(db);
}
