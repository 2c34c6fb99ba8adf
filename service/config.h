/* The service's settings: one table drives the environment, the check, the dump, --help and the README. */
#ifndef TANDEM_CONFIG_H
#define TANDEM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arena;

struct config {
    const char *database_url;       /* daemon role */
    const char *owner_database_url; /* owner role: migrate, tenant, import's set-up, doctor */
    const char *jwt_keys;           /* path of the key file */
    const char *signing_key_file, *signing_keys_earlier; /* of receipts; NULL: none */
    const char *cursor_secret_file; /* 32 bytes and more; NULL: random, cursors end with the process */
    const char *crm_secrets_dir;    /* secrets of CRM sources, a directory for each tenant; NULL: none */
    const char *address;
    int64_t port;
    int64_t read_threads, write_threads, report_threads, queue_depth;
    int64_t statement_timeout_ms, report_timeout_ms, request_deadline_ms;
    int64_t body_limit, connection_limit, connection_limit_per_address, connection_memory;
    int64_t header_timeout_s, body_timeout_s, idle_timeout_s, drain_timeout_s;
    int64_t rate_per_s, rate_burst;
    const char *origins; /* CORS allow-list, separated by commas */
    int log_level;
    bool access_log;
    int64_t streams_per_tenant;
    int64_t bulk_threads, export_timeout_s, import_limit;
    const char *spool_dir;
    bool webhook_private_targets; /* development and tests */
    bool test_clock;
    const char *test_clock_file; /* seconds by which the clock of deliveries is moved; NULL: none */
    bool
        assumes_role; /* no setting: dev logs in to a given server as its owner and takes the service's role */
};

/* Reads every TANDEM_* variable. All mistakes at once, one line each with name and mend, to `errors`; false when there
 * was one. Texts live in the arena. */
bool config_read(struct arena *arena, struct config *config, FILE *errors);

/* name=value lines; secrets are shown as "(set)" . */
void config_dump(const struct config *config, FILE *out);
/* One line per setting: name, type, default, range, meaning. */
void config_help(FILE *out);

#endif
