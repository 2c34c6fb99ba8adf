/* The schema's way forward: numbered SQL files, built into the binary, each applied once in its own
 * transaction and recorded with its SHA-256. The owner's role applies them; the service runs as another role
 * that owns nothing. The faults of this header speak to the operator: their detail is the reason. */
#ifndef TANDEM_STORE_MIGRATE_H
#define TANDEM_STORE_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct embedded_file;
struct fault;

struct migrate_settings {
    const char *url;         /* of the owner's role */
    const char *daemon_role; /* of the service: stands for :daemon_role, in quotes for :'daemon_role' */
    int wait_ms;             /* for another migrator to finish; 0 = 60 s */
    const struct embedded_file *files; /* NULL: the ones built in; sorted by number */
    size_t file_count;
};

/* Applies what is missing, in order; `applied` counts it and may be NULL. Refuses, without changing anything,
 * when a file differs from what was applied under its number. */
struct fault *migrate_up(struct arena *arena, const struct migrate_settings *settings, size_t *applied);

enum migration_state {
    MIGRATION_PENDING,
    MIGRATION_APPLIED,
    MIGRATION_CHANGED, /* applied with other bytes */
    MIGRATION_UNKNOWN, /* applied by a newer binary */
};

struct migration {
    int number;
    const char *name;
    enum migration_state state;
    int64_t applied_at; /* INSTANT_NONE while pending */
};

extern const char
    *const migration_state_names[]; /* by enum migration_state: pending, applied, changed, unknown */

/* Every file and every record, by number; works before the first migration too. */
struct fault *migrate_status(struct arena *arena, const struct migrate_settings *settings,
                             const struct migration **migrations, size_t *count);

/* Whether this binary's files are all applied, on the service's own connection (opened without prepare, or
 * any). Newer migrations than the binary knows do not disturb: an older service goes on while a newer one is
 * rolled out. */
struct fault *migrate_current(struct db *db, struct arena *arena, bool *fits);

/* NULL when the connection's role is fit for the service: no superuser, no BYPASSRLS, no owner or member of
 * an owner of the database or of any table. Row security would not hold for such a role.
 * assumed: the role was taken after the log-in, and the one that logged in is not asked about; for development. */
struct fault *migrate_role_check(struct db *db, struct arena *arena, bool assumed);

#endif
