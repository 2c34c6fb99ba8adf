/* doctor: does what stands in the tables follow from the events? */
#include <argp.h>
#include <stdio.h>

#include "commands.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/db.h"

struct finding {
    const char *aggregate;
    int64_t current_rows, without_event, without_row, different, gaps;
};

static const struct column finding_columns[] = {
    {"aggregate", COLUMN_TEXT, offsetof(struct finding, aggregate)},
    {"current_rows", COLUMN_INTEGER, offsetof(struct finding, current_rows)},
    {"without_event", COLUMN_INTEGER, offsetof(struct finding, without_event)},
    {"without_row", COLUMN_INTEGER, offsetof(struct finding, without_row)},
    {"different", COLUMN_INTEGER, offsetof(struct finding, different)},
    {"gaps", COLUMN_INTEGER, offsetof(struct finding, gaps)},
};

static error_t parse(int key, char *value, struct argp_state *state) {
    (void)value;
    bool *rebuild_check = state->input;
    if (key == 'r')
        *rebuild_check = true;
    else if (key == ARGP_KEY_END && !*rebuild_check)
        argp_usage(state);
    else if (key != ARGP_KEY_END)
        return ARGP_ERR_UNKNOWN;
    return 0;
}

/* One line per table; true when every row is what its events say. */
static struct fault *rebuild_check(struct db *db, struct arena *arena, bool *good) {
    struct rows *rows;
    TRY(db_run(db, arena, "select * from rebuild_check()", &rows));
    *good = true;
    printf("%-16s %10s %14s %12s %10s %6s\n", "table", "rows", "without event", "without row", "different",
           "gaps");
    for (size_t i = 0; i < rows_count(rows); i++) {
        struct finding finding;
        rows_read(rows, i, finding_columns, sizeof finding_columns / sizeof finding_columns[0], &finding);
        printf("%-16s %10lld %14lld %12lld %10lld %6lld\n", finding.aggregate,
               (long long)finding.current_rows, (long long)finding.without_event,
               (long long)finding.without_row, (long long)finding.different, (long long)finding.gaps);
        *good = *good && finding.without_event + finding.without_row + finding.different + finding.gaps == 0;
    }
    printf("%s\n", *good ? "rows and events agree" : "ROWS AND EVENTS DISAGREE");
    return NULL;
}

int command_doctor(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"rebuild-check", 'r', NULL, 0, "recompute every row from its events and compare", 0}, {0}};
    static const struct argp argp = {
        options, parse, NULL, "Check the database as the owner (TANDEM_OWNER_DATABASE_URL).",
        NULL,    NULL,  NULL};
    bool wanted = false, good = false;
    argp_parse(&argp, argc, argv, 0, NULL, &wanted);
    struct arena *arena = arena_create();
    struct config config;
    struct db *db = NULL;
    if (command_config_read(arena, &config))
        db = command_db(arena, config.owner_database_url, "TANDEM_OWNER_DATABASE_URL", false);
    if (db) {
        const struct fault *fault = rebuild_check(db, arena, &good);
        if (fault)
            fprintf(stderr, "tandem: cannot check: %s\n", fault->cause ? fault->cause : fault->detail);
        db_close(db);
    }
    arena_destroy(arena);
    return good ? 0 : 1;
}
