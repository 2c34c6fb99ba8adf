/* migrate: the schema's state, and its way forward. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/store/migrate.h"
#include "tandem/store/private.h"

struct arguments {
    const char *verb, *daemon_role;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case 'r': arguments->daemon_role = value; break;
    case ARGP_KEY_ARG:
        if (arguments->verb)
            argp_usage(state);
        arguments->verb = value;
        break;
    case ARGP_KEY_END:
        if (!arguments->verb ||
            (strcmp(arguments->verb, "status") != 0 && strcmp(arguments->verb, "up") != 0))
            argp_usage(state);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static struct fault *status_print(struct arena *arena, const struct migrate_settings *settings) {
    const struct migration *migrations;
    size_t count;
    TRY(migrate_status(arena, settings, &migrations, &count));
    for (size_t i = 0; i < count; i++) {
        char at[INSTANT_TEXT_SIZE] = "";
        if (migrations[i].applied_at != INSTANT_NONE)
            instant_format(migrations[i].applied_at, at);
        printf("%04d  %-8s  %-27s  %s\n", migrations[i].number, migration_state_names[migrations[i].state],
               at, migrations[i].name);
    }
    return NULL;
}

static struct fault *up(struct arena *arena, const struct migrate_settings *settings) {
    size_t applied = 0;
    TRY(migrate_up(arena, settings, &applied));
    printf("%zu applied\n", applied);
    return NULL;
}

int command_migrate(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"daemon-role", 'r', "ROLE", 0,
         "the service's role, which gets its grants; default " PRIVATE_DAEMON_ROLE, 0},
        {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "status\nup",
                                     "Show the schema's migrations, or apply the missing ones, as the owner "
                                     "(TANDEM_OWNER_DATABASE_URL).",
                                     NULL,
                                     NULL,
                                     NULL};
    struct arguments arguments = {.daemon_role = PRIVATE_DAEMON_ROLE};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    struct arena *arena = arena_create();
    struct config config;
    int status = 1;
    if (!command_config_read(arena, &config)) {
        status = 1;
    } else if (!config.owner_database_url) {
        fprintf(stderr, "TANDEM_OWNER_DATABASE_URL: set it to the database as the owner of its schema\n");
    } else {
        const struct migrate_settings settings = {.url = config.owner_database_url,
                                                  .daemon_role = arguments.daemon_role};
        const struct fault *fault =
            strcmp(arguments.verb, "up") == 0 ? up(arena, &settings) : status_print(arena, &settings);
        if (fault)
            fprintf(stderr, "tandem: cannot migrate: %s\n", fault->detail);
        status = fault ? 1 : 0;
    }
    arena_destroy(arena);
    return status;
}
