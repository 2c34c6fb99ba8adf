/* What `tandem <command>` runs. Each takes its own argc and argv (argv[0] is the command's name) and returns the exit
 * status: 0 done, 1 refused or failed, 2 wrong usage. */
#ifndef TANDEM_COMMANDS_H
#define TANDEM_COMMANDS_H

#include "config.h"

struct arena;
struct db;

int command_serve(int argc, char **argv);
int command_dev(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_token(int argc, char **argv);
int command_tenant(int argc, char **argv);
int command_import(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_config(int argc, char **argv);
int command_routes(int argc, char **argv);
int command_health(int argc, char **argv);

/* -- shared between commands -- */
/* Serves until a signal; exit status. `started` (may be NULL) is told the port once requests are taken. */
int serve_run(const struct config *config, void (*started)(void *context, uint16_t port), void *context);

/* Whether a start with these settings would come as far as the database; every mistake is told on stderr. */
bool serve_check(const struct config *config);

/* Reads the settings; on a mistake prints all of them and returns false. */
bool command_config_read(struct arena *arena, struct config *config);

/* A connection for one command; NULL after a message. `url` NULL or empty: says which setting is missing. */
struct db *command_db(struct arena *arena, const char *url, const char *setting, bool prepare);

#endif
