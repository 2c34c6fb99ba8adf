/* dev: everything a first run needs, on loopback. A private PostgreSQL (or the server of TANDEM_DATABASE_URL), the schema,
 * a demonstration tenant, keys and tokens; then it serves. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "dev.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/http/server.h"
#include "tandem/store/db.h"
#include "tandem/store/migrate.h"
#include "tandem/store/private.h"

struct arguments {
    const char *data_dir;
    int64_t port;
};

struct dev {
    struct arena *arena;
    const char *directory; /* absolute */
    struct config config;
    struct private *server;
};

static error_t parse(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    char *end;
    switch (key) {
    case 'd': arguments->data_dir = value; break;
    case 'p':
        arguments->port = strtoll(value, &end, 10);
        if (*end || end == value || arguments->port < 0 || arguments->port > 65535)
            argp_error(state, "--port takes 0 to 65535");
        break;
    case ARGP_KEY_ARG: argp_usage(state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* Others may pass through, so that the database's own user reaches its part; the files in it are closed to them. */
static bool directory_make(struct dev *dev, const char *path) {
    char absolute[PATH_MAX];
    if ((mkdir(path, 0711) != 0 && errno != EEXIST) || !realpath(path, absolute)) {
        fprintf(stderr, "tandem: cannot make the data directory %s: %s\n", path, strerror(errno));
        return false;
    }
    dev->directory = arena_text(dev->arena, absolute);
    return true;
}

/* A given server is used as its owner; requests go through the role that owns nothing. */
static struct fault *given_server(struct dev *dev) {
    struct config *config = &dev->config;
    if (config->owner_database_url)
        return NULL;
    config->owner_database_url = config->database_url;
    config->assumes_role = true;
    const char *join = strchr(config->database_url, '?') ? "&" : "?";
    bool is_url = strstr(config->database_url, "://") != NULL;
    config->database_url = is_url ? arena_format(dev->arena, "%s%soptions=-c%%20role%%3D" PRIVATE_DAEMON_ROLE,
                                                 config->database_url, join)
                                  : arena_format(dev->arena, "%s options='-c role=" PRIVATE_DAEMON_ROLE "'",
                                                 config->database_url);
    struct db *db = command_db(dev->arena, config->owner_database_url, "TANDEM_DATABASE_URL", false);
    if (!db)
        return fault_make(dev->arena, PROBLEM_UNAVAILABLE, "the given database cannot be used");
    struct rows *rows;
    struct fault *fault =
        db_run(db, dev->arena,
               "do $$ begin if not exists (select from pg_roles where rolname = '" PRIVATE_DAEMON_ROLE
               "') then create role " PRIVATE_DAEMON_ROLE "; end if;"
               " if not pg_has_role(current_user, '" PRIVATE_DAEMON_ROLE "', 'member') then"
               " grant " PRIVATE_DAEMON_ROLE " to current_user; end if; end $$",
               &rows);
    db_close(db);
    return fault;
}

static struct fault *private_begin(struct dev *dev, const char *directory) {
    const struct private_settings settings = {.directory = directory};
    TRY(private_start(dev->arena, &settings, &dev->server));
    dev->config.owner_database_url = private_owner_url(dev->server);
    dev->config.database_url = private_daemon_url(dev->server);
    return NULL;
}

static struct fault *schema_differs(struct dev *dev, bool *differs) {
    const struct migrate_settings settings = {.url = dev->config.owner_database_url,
                                              .daemon_role = PRIVATE_DAEMON_ROLE};
    const struct migration *migrations;
    size_t count;
    *differs = false;
    TRY(migrate_status(dev->arena, &settings, &migrations, &count));
    for (size_t i = 0; i < count; i++)
        *differs |= migrations[i].state == MIGRATION_CHANGED;
    return NULL;
}

/* What an earlier version made for a first look cannot be carried over when its schema was another one
 * (docs/decisions/0005): it is set aside, never deleted, and the look begins anew. */
static struct fault *private_server(struct dev *dev) {
    const char *directory = arena_format(dev->arena, "%s/postgresql", dev->directory);
    bool differs;
    TRY(private_begin(dev, directory));
    TRY(schema_differs(dev, &differs));
    if (!differs)
        return NULL;
    private_stop(dev->server);
    dev->server = NULL;
    const char *aside = arena_format(dev->arena, "%s-%lld", directory, (long long)time(NULL));
    if (rename(directory, aside) != 0)
        return fault_make(dev->arena, PROBLEM_UNAVAILABLE,
                          "cannot set the earlier version's data aside as %s: %s", aside, strerror(errno));
    fprintf(stderr, "tandem: the data of an earlier version was set aside in %s\n", aside);
    return private_begin(dev, directory);
}

static struct fault *database_prepare(struct dev *dev) {
    TRY(dev->config.database_url ? given_server(dev) : private_server(dev));
    const struct migrate_settings settings = {.url = dev->config.owner_database_url,
                                              .daemon_role = PRIVATE_DAEMON_ROLE};
    TRY(migrate_up(dev->arena, &settings, NULL));
    struct db *owner = command_db(dev->arena, dev->config.owner_database_url, "TANDEM_DATABASE_URL", true);
    struct db *db = command_db(dev->arena, dev->config.database_url, "TANDEM_DATABASE_URL", true);
    struct fault *fault = owner && db ? dev_seed(dev->arena, owner, db)
                                      : fault_make(dev->arena, PROBLEM_UNAVAILABLE, "the database went away");
    if (owner)
        db_close(owner);
    if (db)
        db_close(db);
    return fault;
}

static void announce(void *context, uint16_t port) {
    struct dev *dev = context;
    dev_announce(dev->arena, dev->directory, dev->config.jwt_keys, port);
}

static int dev_run(struct dev *dev, const struct arguments *arguments) {
    if (!command_config_read(dev->arena, &dev->config) || !directory_make(dev, arguments->data_dir))
        return 1;
    const struct fault *fault = database_prepare(dev);
    if (fault) {
        fprintf(stderr, "tandem: cannot start: %s%s%s\n", fault->detail, fault->cause ? ": " : "",
                fault->cause ? fault->cause : "");
        return 1;
    }
    dev->config.jwt_keys = dev_keys(dev->arena, dev->directory);
    if (!dev->config.signing_key_file)
        dev->config.signing_key_file = dev_signing_key(dev->arena, dev->directory);
    dev->config.address = "127.0.0.1";
    dev->config.test_clock = true;
    dev->config.webhook_private_targets = true;
    if (arguments->port >= 0)
        dev->config.port = arguments->port;
    return dev->config.jwt_keys ? serve_run(&dev->config, announce, dev) : 1;
}

int command_dev(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"data-dir", 'd', "DIRECTORY", 0, "where database, keys and dev.env live; default ./tandem-data", 0},
        {"port", 'p', "PORT", 0, "default: TANDEM_PORT, else 8080; 0 = any free one", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        NULL,
        "Serve for development, on loopback only: a private PostgreSQL, the schema, a "
        "demonstration tenant and a token for each role. With TANDEM_DATABASE_URL that "
        "server is used instead.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {.data_dir = "tandem-data", .port = -1};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    server_block_signals();
    struct dev dev = {.arena = arena_create()};
    int status = dev_run(&dev, &arguments);
    private_stop(dev.server);
    arena_destroy(dev.arena);
    return status;
}
