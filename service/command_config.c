/* config and routes: what the binary was told, and what it serves. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "routes.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/db.h"

bool command_config_read(struct arena *arena, struct config *config) {
    return config_read(arena, config, stderr);
}

struct db *command_db(struct arena *arena, const char *url, const char *setting, bool prepare) {
    if (!url) {
        fprintf(stderr,
                "%s: set it to a PostgreSQL URL, for example postgresql:///tandem?host=/run/postgresql\n",
                setting);
        return NULL;
    }
    const struct db_settings settings = {
        .url = url, .application_name = "tandem command", .prepare = prepare};
    struct db *db = NULL;
    const struct fault *fault = db_open(arena, &settings, &db);
    if (!fault)
        return db;
    fprintf(stderr, "tandem: cannot open %s: %s\n", setting, fault->cause ? fault->cause : fault->detail);
    return NULL;
}

int command_config(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: tandem config check|dump\ncheck: say what would keep `serve` from starting, all at "
               "once; the database is not asked\n"
               "dump: print every setting with its value; secrets are not shown\n\n");
        config_help(stdout);
        return 0;
    }
    bool check = argc == 2 && strcmp(argv[1], "check") == 0, dump = argc == 2 && strcmp(argv[1], "dump") == 0;
    if (!check && !dump) {
        fprintf(stderr, "Usage: tandem config check|dump; see `tandem config --help`\n");
        return 2;
    }
    struct arena *arena = arena_create();
    struct config config;
    bool good = command_config_read(arena, &config);
    if (check)
        good = good && serve_check(&config);
    if (good && check)
        printf("the settings are good\n");
    if (good && dump)
        config_dump(&config, stdout);
    arena_destroy(arena);
    return good ? 0 : 1;
}

int command_routes(int argc, char **argv) {
    static const struct argp argp = {
        .doc = "Print the routes as JSON: method, path, operation, roles, lane, keyed."};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    routes_print(stdout);
    return 0;
}
