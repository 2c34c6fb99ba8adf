/* From PostgreSQL's words to ours. The caller hears a problem and a sentence that says nothing of the
 * database; the cause for the log has SQLSTATE, statement and the server's first sentence, never its detail,
 * which holds row data. */
#include <stdlib.h>
#include <string.h>

#include "db_inside.h"

struct state_entry {
    const char *state; /* SQLSTATE, or its class of two characters */
    enum db_failure failure;
    enum problem problem;
    const char *detail;
};

/* The first match counts. Whatever is not here is our mistake. */
static const struct state_entry states[] = {
    {"40001", DB_FAILURE_RACE, PROBLEM_OVERLOADED, "Too many changes met here at once; try again."},
    {"40P01", DB_FAILURE_RACE, PROBLEM_OVERLOADED, "Too many changes met here at once; try again."},
    {"0A000", DB_FAILURE_STALE, PROBLEM_INTERNAL, "The request could not be completed."},
    {"26000", DB_FAILURE_STALE, PROBLEM_INTERNAL, "The request could not be completed."},
    {"55P03", DB_FAILURE_REFUSED, PROBLEM_DEADLINE_EXCEEDED,
     "Another change held what this one needs for too long."},
    {"57014", DB_FAILURE_REFUSED, PROBLEM_DEADLINE_EXCEEDED, "The work took longer than its limit."},
    {"57P", DB_FAILURE_LOST, PROBLEM_UNAVAILABLE, "The database is restarting."},
    {"25P03", DB_FAILURE_LOST, PROBLEM_UNAVAILABLE, "The database ended an idle transaction."},
    {"25006", DB_FAILURE_LOST, PROBLEM_UNAVAILABLE, "The database takes no changes at the moment."},
    {"08", DB_FAILURE_LOST, PROBLEM_UNAVAILABLE, "The database cannot be reached."},
    {"53", DB_FAILURE_LOST, PROBLEM_UNAVAILABLE, "The database has no room for more work."},
    {"", DB_FAILURE_REFUSED, PROBLEM_INTERNAL, "The request could not be completed."},
};

static const struct state_entry *state_find(const char *state) {
    const struct state_entry *entry = states;
    while (strncmp(entry->state, state, strlen(entry->state)))
        entry++;
    return entry;
}

static const char *field(const PGresult *result, int code) {
    const char *text = PQresultErrorField(result, code);
    return text ? text : "";
}

/* libpq's own messages end with a newline. */
static const char *message_of(struct arena *arena, const PGconn *connection) {
    const char *message = PQerrorMessage(connection);
    return arena_copy(arena, message, strcspn(message, "\n"));
}

struct fault *fault_of_connection(struct db *db, struct arena *arena, const char *doing) {
    db->failure = DB_FAILURE_LOST;
    struct fault *fault = fault_make(arena, PROBLEM_UNAVAILABLE, "The database cannot be reached.");
    fault->cause = arena_format(arena, "%s: %s", doing, message_of(arena, db->connection));
    fault->retry_after_s = 1;
    return fault;
}

struct fault *db_race(struct db *db, struct arena *arena, const char *name) {
    const struct state_entry *entry = state_find("40001");
    db->failure = entry->failure;
    struct fault *fault = fault_make(arena, entry->problem, "%s", entry->detail);
    fault->cause = arena_format(arena, "%s: another transaction was first", name);
    fault->retry_after_s = 1;
    return fault;
}

struct fault *fault_of_result(struct db *db, struct arena *arena, const PGresult *result, const char *name) {
    const char *state = field(result, PG_DIAG_SQLSTATE);
    if (!*state || PQstatus(db->connection) != CONNECTION_OK)
        return fault_of_connection(db, arena, name);

    const char *constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    const struct constraint_problem *known = *constraint ? constraint_problem(constraint) : NULL;
    const struct state_entry *entry = state_find(state);
    struct fault *fault = fault_make(arena, known ? known->problem : entry->problem, "%s",
                                     known ? known->detail : entry->detail);
    db->failure = entry->failure;
    fault->cause =
        arena_format(arena, "%s: SQLSTATE %s%s%s: %s", name, state, *constraint ? " constraint " : "",
                     constraint, field(result, PG_DIAG_MESSAGE_PRIMARY));
    if (!known && problem_entry(entry->problem)->status == 503)
        fault->retry_after_s = 1;
    return fault;
}
