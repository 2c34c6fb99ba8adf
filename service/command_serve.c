/* serve: settings, keys, database, lanes, server; then requests until a signal. */
#include <argp.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "routes.h"
#include "tandem/api/bulk.h"
#include "tandem/api/crm.h"
#include "tandem/api/event_stream.h"
#include "tandem/api/lanes.h"
#include "tandem/api/page.h"
#include "tandem/api/webhook.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/jws.h"
#include "tandem/base/log.h"
#include "tandem/http/server.h"
#include "tandem/http/token.h"
#include "tandem/jobs/courier.h"
#include "tandem/jobs/housekeeping.h"
#include "tandem/jobs/inbox.h"
#include "tandem/store/db.h"
#include "tandem/store/migrate.h"

/* The file's SHA-256 is the key, so that a secret of any form and length serves. */
static bool cursor_secret_read(const char *path) {
    uint8_t bytes[4096], secret[PAGE_SECRET_SIZE];
    if (!path) {
        random_bytes(secret, sizeof secret);
        page_set_secret(secret);
        return true;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof bytes);
    if (file >= 0)
        close(file);
    if (size < PAGE_SECRET_SIZE) {
        fprintf(
            stderr,
            "TANDEM_CURSOR_SECRET_FILE: '%s' cannot be read or has fewer than %d bytes; write random bytes "
            "there, or unset it\n",
            path, PAGE_SECRET_SIZE);
        return false;
    }
    sha256(bytes, (size_t)size, secret);
    page_set_secret(secret);
    return true;
}

/* Everything that would make serving unsafe or useless, before the port is opened. */
static bool database_checked(struct arena *arena, const char *url, bool assumes_role) {
    struct db *db = command_db(arena, url, "TANDEM_DATABASE_URL", false);
    if (!db)
        return false;
    bool fits = false;
    const struct fault *fault = migrate_current(db, arena, &fits);
    if (!fault && fits)
        fault = migrate_role_check(db, arena, assumes_role);
    db_close(db);
    if (fault)
        fprintf(stderr, "tandem: refusing to serve: %s\n", fault->detail);
    else if (!fits)
        fprintf(stderr, "tandem: the database's schema is not this version's; run `tandem migrate up`\n");
    return !fault && fits;
}

/* "https://a, https://b" in place, as a list. */
static size_t origins_split(struct arena *arena, const char *text, const char ***origins) {
    size_t count = 0;
    *origins = arena_alloc(arena, (strlen(text ? text : "") / 2 + 1) * sizeof **origins);
    char *rest = arena_text(arena, text ? text : "");
    for (char *item; (item = strsep(&rest, ", "));)
        if (*item)
            (*origins)[count++] = item;
    return count;
}

static struct server_settings settings_of(struct arena *arena, const struct config *config) {
    struct server_settings settings = server_settings_default();
    const char **origins;
    settings.origin_count = origins_split(arena, config->origins, &origins);
    settings.origins = origins;
    settings.address = config->address;
    settings.port = (uint16_t)config->port;
    settings.connection_limit = (unsigned)config->connection_limit;
    settings.connection_limit_per_address = (unsigned)config->connection_limit_per_address;
    settings.body_limit = (size_t)config->body_limit;
    settings.spool_directory = config->spool_dir;
    settings.spool_limit = (uint64_t)config->import_limit;
    settings.spool_count = (unsigned)config->bulk_threads * 2;
    settings.connection_memory = (size_t)config->connection_memory;
    settings.header_timeout_s = (unsigned)config->header_timeout_s;
    settings.body_timeout_s = (unsigned)config->body_timeout_s;
    settings.idle_timeout_s = (unsigned)config->idle_timeout_s;
    settings.drain_timeout_s = (unsigned)config->drain_timeout_s;
    settings.rate_per_s = (unsigned)config->rate_per_s;
    settings.rate_burst = (unsigned)config->rate_burst;
    settings.clock_moves = config->test_clock;
    settings.access_log = config->access_log;
    settings.routes = routes;
    settings.route_count = route_count;
    settings.ready = housekeeping_ready;
    return settings;
}

static int serve_with_keys(struct arena *arena, const struct config *config, struct token_keys *keys,
                           void (*started)(void *context, uint16_t port), void *context) {
    const struct lanes_settings lanes = {
        .database_url = config->database_url,
        .read_threads = (unsigned)config->read_threads,
        .write_threads = (unsigned)config->write_threads,
        .report_threads = (unsigned)config->report_threads,
        .queue_depth = (size_t)config->queue_depth,
        .write_timeout_ms = (int)config->statement_timeout_ms,
        .report_timeout_ms = (int)config->report_timeout_ms,
        .deadline_us = config->request_deadline_ms * 1000,
    };
    struct server_settings settings = settings_of(arena, config);
    crm_secrets_set_directory(config->crm_secrets_dir);
    lanes_make(&lanes, settings.lanes);
    settings.keys = keys;
    struct housekeeping *keeper = housekeeping_start(config->database_url);
    settings.ready_context = keeper;
    const struct courier_settings outbound = {
        .database_url = config->database_url,
        .private_targets = config->webhook_private_targets,
        .clock_file = config->test_clock ? config->test_clock_file : NULL,
    };
    webhook_set_open(config->webhook_private_targets);
    struct courier *courier = courier_start(&outbound);
    const struct event_stream_settings streams = {.database_url = config->database_url,
                                                  .per_tenant = (size_t)config->streams_per_tenant};
    event_streams_start(&streams);
    const struct bulk_settings bulk = {
        .database_url = config->database_url,
        .threads = (unsigned)config->bulk_threads,
        .statement_timeout_ms = (int)config->report_timeout_ms,
        .limit_us = config->export_timeout_s * INT64_C(1000000),
    };
    bulk_start(&bulk);
    struct inbox_job *inbox = inbox_job_start(config->database_url, (int)config->statement_timeout_ms);

    const char *reason = NULL;
    struct server *server = server_create(arena, &settings, &reason);
    bool drained = false;
    if (server) {
        LOG(LOG_INFO, "serving", LOG_TEXT("version", TANDEM_VERSION), LOG_TEXT("address", config->address),
            LOG_NUMBER("port", server_port(server)));
        if (started)
            started(context, server_port(server));
        drained = server_run(server);
        LOG(LOG_INFO, "stopped", LOG_TEXT("drained", drained ? "true" : "false"));
        server_destroy(server);
    } else {
        fprintf(stderr, "tandem: cannot serve: %s\n", reason);
    }
    bulk_stop();
    event_streams_stop();
    courier_stop(courier);
    inbox_job_stop(inbox);
    housekeeping_stop(keeper);
    return server && drained ? 0 : 1;
}

static bool signing_keys_read(struct arena *arena, const struct config *config) {
    const char *reason = NULL;
    if (jws_load(arena, config->signing_key_file, config->signing_keys_earlier, &reason))
        return true;
    fprintf(stderr, "TANDEM_SIGNING_KEY_FILE, TANDEM_SIGNING_KEYS_EARLIER: %s\n", reason);
    return false;
}

static bool database_named(const struct config *config) {
    if (config->database_url && *config->database_url)
        return true;
    fprintf(stderr, "TANDEM_DATABASE_URL: set it to a PostgreSQL URL, for example "
                    "postgresql:///tandem?host=/run/postgresql\n");
    return false;
}

/* NULL after a message. */
static struct token_keys *keys_read(struct arena *arena, const struct config *config) {
    const char *errors = "set it to the JSON file that names the keys of your tokens";
    struct token_keys *keys = config->jwt_keys ? token_keys_load(arena, config->jwt_keys, &errors) : NULL;
    if (!keys)
        fprintf(stderr, "TANDEM_JWT_KEYS: %s\n", errors);
    return keys;
}

/* Whatever a start needs beside the database; every mistake is told. NULL after the messages. */
static struct token_keys *serve_prepare(struct arena *arena, const struct config *config) {
    bool good = database_named(config);
    good = cursor_secret_read(config->cursor_secret_file) && good;
    good = signing_keys_read(arena, config) && good;
    struct token_keys *keys = keys_read(arena, config);
    if (good || !keys)
        return keys;
    token_keys_destroy(keys);
    return NULL;
}

bool serve_check(const struct config *config) {
    struct arena *arena = arena_create();
    struct token_keys *keys = serve_prepare(arena, config);
    bool good = keys != NULL;
    if (keys)
        token_keys_destroy(keys);
    arena_destroy(arena);
    return good;
}

int serve_run(const struct config *config, void (*started)(void *context, uint16_t port), void *context) {
    struct arena *arena = arena_create();
    int status = 1;
    log_set_level((enum log_level)config->log_level);
    struct token_keys *keys = serve_prepare(arena, config);
    if (keys && database_checked(arena, config->database_url, config->assumes_role))
        status = serve_with_keys(arena, config, keys, started, context);
    if (keys)
        token_keys_destroy(keys);
    arena_destroy(arena);
    return status;
}

int command_serve(int argc, char **argv) {
    static const struct argp argp = {
        .doc = "Serve the API until SIGTERM or SIGINT, then finish what was accepted.\n"
               "Settings come from TANDEM_* variables; `tandem config --help` lists them."};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    server_block_signals();
    struct arena *arena = arena_create();
    struct config config;
    int status = command_config_read(arena, &config) ? serve_run(&config, NULL, NULL) : 1;
    arena_destroy(arena);
    return status;
}
