/* doctor: does what stands in the tables follow from the events, and what a deal says of its claims from the claims? */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/attribution.h"
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

struct checks {
    bool rebuild, claims;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    (void)value;
    struct checks *checks = state->input;
    if (key == 'r')
        checks->rebuild = true;
    else if (key == 'c')
        checks->claims = true;
    else if (key == ARGP_KEY_END && !checks->rebuild && !checks->claims)
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

/* -- claims -- */

/* A claim with what its deal's row says; without a claim its id is NULL. */
struct claimed {
    const char *tenant, *opportunity;
    struct claim_pointers says;
    struct claim_standing claim;
};

#define CLAIMED(member) offsetof(struct claimed, member)
static const struct column claimed_columns[] = {
    {"tenant", COLUMN_TEXT, CLAIMED(tenant)},
    {"opportunity", COLUMN_TEXT, CLAIMED(opportunity)},
    {"counting_claim", COLUMN_TEXT, CLAIMED(says.counting_claim)},
    {"attribution", COLUMN_CHOICE, CLAIMED(says.attribution)},
    {"lead_claims", COLUMN_BOOLEAN, CLAIMED(says.lead_claims)},
    {"partners_agree", COLUMN_BOOLEAN, CLAIMED(says.partners_agree)},
    {"mark_agrees", COLUMN_BOOLEAN, CLAIMED(says.marks_agree)},
    {"id", COLUMN_TEXT, CLAIMED(claim.id)},
    {"value", COLUMN_CHOICE, CLAIMED(claim.value)},
    {"kind", COLUMN_CHOICE, CLAIMED(claim.kind)},
    {"signed_by_both", COLUMN_BOOLEAN, CLAIMED(claim.signed_by_both)},
    {"disputed", COLUMN_BOOLEAN, CLAIMED(claim.disputed)},
    {"late", COLUMN_BOOLEAN, CLAIMED(claim.late)},
    {"of_lead", COLUMN_BOOLEAN, CLAIMED(claim.of_lead)},
    {"deadline_at", COLUMN_INSTANT, CLAIMED(claim.deadline_at)},
    {"created_at", COLUMN_INSTANT, CLAIMED(claim.created_at)},
};

/* The rows of one deal, from `first` on: how many, and what of it does not follow. */
static size_t deal_check(const struct claimed *rows, size_t first, size_t count, struct arena *arena,
                         const char **wrong) {
    struct claim_standing *claims = arena_alloc(arena, (count - first) * sizeof *claims);
    struct claim_pointers says = rows[first].says;
    size_t end = first, found = 0;
    for (; end < count && strcmp(rows[end].opportunity, rows[first].opportunity) == 0; end++) {
        if (!rows[end].claim.id)
            continue;
        says.marks_agree = says.marks_agree && rows[end].says.marks_agree;
        claims[found++] = rows[end].claim;
    }
    says.marks_agree = says.marks_agree || !found;
    *wrong = claim_pointers_check(&says, claims, found);
    return end - first;
}

/* One line for each deal that says of its claims what does not follow from them. */
static struct fault *claim_check(struct db *db, struct arena *arena, bool *good) {
    struct rows *rows;
    TRY(db_run(db, arena, "select * from claim_check_rows()", &rows));
    size_t count = rows_count(rows), deals = 0, different = 0;
    struct claimed *claimed = arena_alloc(arena, count * sizeof *claimed);
    struct arena *work = arena_create();
    for (size_t i = 0; i < count; i++)
        rows_read(rows, i, claimed_columns, sizeof claimed_columns / sizeof *claimed_columns, &claimed[i]);
    for (size_t i = 0; i < count; deals++) {
        const char *wrong;
        const struct claimed *deal = &claimed[i];
        i += deal_check(claimed, i, count, work, &wrong);
        if (wrong)
            printf("tenant %s, deal %s: %s does not follow from its claims\n", deal->tenant,
                   deal->opportunity, wrong);
        different += wrong != NULL;
        arena_reset(work);
    }
    arena_destroy(work);
    printf("%zu deals with a claim, %zu of them differ\n", deals, different);
    *good = *good && different == 0;
    return NULL;
}

static struct fault *checks_run(const struct checks *checks, struct db *db, struct arena *arena, bool *good) {
    *good = true;
    if (checks->rebuild)
        TRY(rebuild_check(db, arena, good));
    return checks->claims ? claim_check(db, arena, good) : NULL;
}

int command_doctor(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"rebuild-check", 'r', NULL, 0, "recompute every row from its events and compare", 0},
        {"claim-check", 'c', NULL, 0,
         "decide again which claim each deal counts by, and who leads and sees it", 0},
        {0}};
    static const struct argp argp = {
        options, parse, NULL, "Check the database as the owner (TANDEM_OWNER_DATABASE_URL).",
        NULL,    NULL,  NULL};
    struct checks checks = {0};
    bool good = false;
    argp_parse(&argp, argc, argv, 0, NULL, &checks);
    struct arena *arena = arena_create();
    struct config config;
    struct db *db = NULL;
    if (command_config_read(arena, &config))
        db = command_db(arena, config.owner_database_url, "TANDEM_OWNER_DATABASE_URL", false);
    if (db) {
        const struct fault *fault = checks_run(&checks, db, arena, &good);
        good = good && !fault;
        if (fault)
            fprintf(stderr, "tandem: cannot check: %s\n", fault->cause ? fault->cause : fault->detail);
        db_close(db);
    }
    arena_destroy(arena);
    return good ? 0 : 1;
}
