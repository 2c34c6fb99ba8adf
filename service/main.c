/* tandem: one binary, one command each for what an operator does. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"serve", command_serve, "serve the API; settings from the environment"},
    {"dev", command_dev, "serve with a private PostgreSQL and ready tokens, on loopback, for development"},
    {"migrate", command_migrate, "status | up: bring the database's schema to this binary's"},
    {"token", command_token, "mint | inspect: bearer tokens"},
    {"tenant", command_tenant, "create: a tenant with its policy, stage model and first admin"},
    {"import", command_import, "load opportunities from NDJSON"},
    {"doctor", command_doctor, "check that rows and events agree"},
    {"health", command_health, "is a running service ready? exit status 0 or 1"},
    {"config", command_config, "check | dump: the settings"},
    {"routes", command_routes, "print the routes as JSON"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void help(FILE *out) {
    fprintf(out, "Usage: tandem COMMAND [OPTION...]\n"
                 "Partner pipeline that can stand beside direct pipeline in the forecast call.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(out, "\nEach command explains itself with --help. `tandem --version` prints the version.\n");
}

int main(int argc, char **argv) {
    argp_err_exit_status = 2;
    if (argc < 2) {
        help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("tandem %s\n", TANDEM_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            static char name[64]; /* what --help and messages call it */
            snprintf(name, sizeof name, "tandem %s", commands[i].name);
            argv[1] = name;
            return commands[i].run(argc - 1, argv + 1);
        }
    fprintf(stderr, "tandem: there is no command '%s'; see `tandem --help`\n", argv[1]);
    return 2;
}
