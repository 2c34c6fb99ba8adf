/* The migrator. One at a time: a session-level lock, polled with no transaction open, because a transaction
 * that waits would itself be waited for by CREATE INDEX CONCURRENTLY. The record goes in before the file's
 * SQL: even without the lock two migrators would meet at its key. */
#include <string.h>
#include <time.h>

#include "migrate_inside.h"

enum { WAIT_DEFAULT_MS = 60000, POLL_MS = 100 };

/* "tandem" in ASCII: no other program on the same database takes this lock by chance. */
#define LOCK_KEY "127961812723053"

struct step {
    const struct migration_file *file;
    const char *daemon_role;
};

/* `name` in the given quotes, those inside doubled. */
static const char *quoted(struct arena *arena, const char *name, char quote) {
    char *copy = arena_alloc(arena, 2 * strlen(name) + 3), *out = copy;
    *out++ = quote;
    for (; *name; name++) {
        if (*name == quote)
            *out++ = quote;
        *out++ = *name;
    }
    *out = quote;
    return copy;
}

/* :daemon_role and :'daemon_role', as psql reads variables. */
static const char *placeholders_replace(struct arena *arena, const char *sql, const char *daemon_role) {
    static const char word[] = ":daemon_role", literal[] = ":'daemon_role'";
    const char *out = "", *from = sql;
    for (const char *colon = sql; (colon = strchr(colon, ':'));) {
        bool is_word = !strncmp(colon, word, strlen(word)),
             is_literal = !strncmp(colon, literal, strlen(literal));
        if (is_word || is_literal) {
            const char *put = quoted(arena, daemon_role, is_word ? '"' : '\'');
            out = arena_format(arena, "%s%.*s%s", out, (int)(colon - from), from, put);
            from = colon + strlen(is_word ? word : literal);
        }
        colon++;
    }
    return arena_format(arena, "%s%s", out, from);
}

static struct fault *step_body(struct db *db, struct arena *arena, void *arg) {
    const struct step *step = arg;
    const struct embedded_file *embedded = step->file->embedded;
    const char *record =
        arena_format(arena, "insert into schema_migration (number, name, sha256) values (%d, %s, '%s')",
                     step->file->number, quoted(arena, embedded->name, '\''), step->file->sha256);
    TRY(db_run(db, arena, record, NULL));
    return db_run(db, arena, placeholders_replace(arena, embedded->bytes, step->daemon_role), NULL);
}

/* The owner of a schema may make no roles; who may is told what is missing. */
static struct fault *role_check(struct db *db, struct arena *arena, const char *daemon_role) {
    struct rows *rows;
    TRY(db_run(db, arena,
               arena_format(arena, "select exists (select from pg_roles where rolname = %s) as there",
                            quoted(arena, daemon_role, '\'')),
               &rows));
    if (!strcmp(rows_text(rows, 0, "there"), "t"))
        return NULL;
    return migrate_fault(
        arena, daemon_role,
        "there is no such role, and the service connects as it; an administrator of "
        "PostgreSQL creates it with CREATE ROLE ... LOGIN, or name another by --daemon-role");
}

static struct fault *records_prepare(struct db *db, struct arena *arena, const char *daemon_role) {
    return db_run(
        db, arena,
        arena_format(
            arena,
            "create table if not exists schema_migration (number int4 primary key, name text not null,"
            " sha256 text not null, applied_at timestamptz not null default clock_timestamp());"
            "grant select on schema_migration to %s",
            quoted(arena, daemon_role, '"')),
        NULL);
}

static struct fault *files_apply(struct db *db, struct arena *arena, const struct migration_files *files,
                                 const char *daemon_role, size_t *applied) {
    struct migration_records records;
    TRY(role_check(db, arena, daemon_role));
    TRY(migrate_said(arena, "table", records_prepare(db, arena, daemon_role)));
    TRY(migrate_said(arena, "records", migration_records_take(db, arena, &records)));
    for (size_t i = 0; i < files->count; i++)
        if (migration_state(&records, &files->items[i]) == MIGRATION_CHANGED)
            return migrate_fault(arena, files->items[i].embedded->name,
                                 "the file has changed since it was applied; restore it and add a new one");
    for (size_t i = 0; i < files->count; i++) {
        struct step step = {&files->items[i], daemon_role};
        if (migration_state(&records, step.file) == MIGRATION_APPLIED)
            continue;
        TRY(migrate_said(arena, step.file->embedded->name,
                         db_transaction(db, arena, false, step_body, &step, NULL)));
        ++*applied;
    }
    return NULL;
}

static struct fault *lock_take(struct db *db, struct arena *arena, int wait_ms) {
    for (int waited_ms = 0; waited_ms <= wait_ms; waited_ms += POLL_MS) {
        struct rows *rows;
        TRY(migrate_said(arena, "lock",
                         db_run(db, arena, "select pg_try_advisory_lock(" LOCK_KEY ") as taken", &rows)));
        if (!strcmp(rows_text(rows, 0, "taken"), "t"))
            return NULL;
        nanosleep(&(struct timespec){0, POLL_MS * 1000000L}, NULL);
    }
    return migrate_fault(arena, "lock", "another migrator is at work on this database");
}

struct fault *migrate_up(struct arena *arena, const struct migrate_settings *settings, size_t *applied) {
    size_t count = 0;
    struct migration_files files;
    struct db *db;
    TRY(migration_files_take(arena, settings->files, settings->file_count, &files));
    TRY(migrate_open(arena, settings, &db));
    struct fault *fault = lock_take(db, arena, settings->wait_ms ? settings->wait_ms : WAIT_DEFAULT_MS);
    if (!fault)
        fault = files_apply(db, arena, &files, settings->daemon_role, &count);
    db_close(db); /* gives the lock back */
    if (applied)
        *applied = count;
    return fault;
}
