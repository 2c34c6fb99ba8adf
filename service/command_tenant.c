/* tenant create: a tenant with everything it needs for its first request. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/store/db.h"
#include "tandem/store/tenant.h"

enum long_option { OPTION_ADMIN_SUBJECT = 256, OPTION_ADMIN_NAME, OPTION_ADMIN_EMAIL };

struct arguments {
    bool create;
    struct tenant_new tenant;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    struct tenant_new *tenant = &arguments->tenant;
    switch (key) {
    case 'k': tenant->key = value; break;
    case 'n': tenant->name = value; break;
    case 'c': tenant->currency = value; break;
    case 'b': tenant->amount_basis = value; break;
    case 'z': tenant->time_zone = value; break;
    case 'f': tenant->fiscal_start_month = strtoll(value, NULL, 10); break;
    case 'g':
        if (!instant_parse(value, &tenant->go_live_at))
            argp_error(state, "--go-live-at takes an RFC 3339 instant, for example 2026-01-01T00:00:00Z");
        break;
    case OPTION_ADMIN_SUBJECT: tenant->admin.subject = value; break;
    case OPTION_ADMIN_NAME: tenant->admin.name = value; break;
    case OPTION_ADMIN_EMAIL: tenant->admin.email = value; break;
    case ARGP_KEY_ARG:
        if (strcmp(value, "create") != 0 || arguments->create)
            argp_usage(state);
        arguments->create = true;
        break;
    case ARGP_KEY_END:
        if (!arguments->create)
            argp_usage(state);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void fault_print(const struct fault *fault) {
    /* the cause is for who must mend the database; a refusal explains itself */
    bool refusal = problem_entry(fault->problem)->status < 500;
    fprintf(stderr, "tandem: cannot create the tenant: %s\n",
            fault->cause && !refusal ? fault->cause : fault->detail);
    for (const struct fault_field *field = fault->fields; field; field = field->next)
        fprintf(stderr, "  %s: %s\n", field->pointer, field->detail);
}

int command_tenant(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"key", 'k', "KEY", 0, "what tokens name: a-z, 0-9, - and _", 0},
        {"name", 'n', "TEXT", 0, "default: the key", 0},
        {"currency", 'c', "CODE", 0, "reporting currency, ISO 4217; default USD", 0},
        {"amount-basis", 'b', "TEXT", 0, "printed with every figure; default ACV", 0},
        {"time-zone", 'z', "ZONE", 0, "IANA name; default UTC", 0},
        {"fiscal-start-month", 'f', "MONTH", 0, "1 to 12; default 1", 0},
        {"go-live-at", 'g', "INSTANT", 0, "deals created before are history; default now", 0},
        {"admin-subject", OPTION_ADMIN_SUBJECT, "TEXT", 0, "subject of the first admin's tokens", 0},
        {"admin-name", OPTION_ADMIN_NAME, "TEXT", 0, "default: the subject", 0},
        {"admin-email", OPTION_ADMIN_EMAIL, "ADDRESS", 0, NULL, 0},
        {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "create",
                                     "Create a tenant with the default policy and stage model and its first "
                                     "admin, as the owner (TANDEM_OWNER_DATABASE_URL).",
                                     NULL,
                                     NULL,
                                     NULL};
    struct arguments arguments = {
        .tenant = {
            .currency = "USD", .time_zone = "UTC", .fiscal_start_month = 1, .go_live_at = INSTANT_NONE}};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct arena *arena = arena_create();
    struct config config;
    struct db *db = NULL;
    int status = 1;
    if (command_config_read(arena, &config))
        db = command_db(arena, config.owner_database_url, "TANDEM_OWNER_DATABASE_URL", true);
    if (db) {
        const struct fault *fault = tenant_create(db, arena, &arguments.tenant);
        if (fault)
            fault_print(fault);
        else
            printf("tenant %s created\n", arguments.tenant.key);
        status = fault ? 1 : 0;
        db_close(db);
    }
    arena_destroy(arena);
    return status;
}
