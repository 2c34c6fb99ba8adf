/* What the migrator compares: the files of the binary with the records of the database. */
#include <stdlib.h>
#include <string.h>

#include "tandem/base/time.h"

#include "migrate_inside.h"
#include "migrations.h"

enum { OWNER_LOCK_TIMEOUT_MS = 10000 };

const char *const migration_state_names[] = {"pending", "applied", "changed", "unknown"};

struct fault *migrate_fault(struct arena *arena, const char *name, const char *reason) {
    return fault_make(arena, PROBLEM_UNAVAILABLE, "migration %s: %s", name, reason);
}

/* What an operator can act on stands in the cause of the door's faults. */
struct fault *migrate_said(struct arena *arena, const char *name, const struct fault *fault) {
    return fault ? migrate_fault(arena, name, fault->cause ? fault->cause : fault->detail) : NULL;
}

/* -- the files
 * ---------------------------------------------------------------------------------------------------- */
struct fault *migration_files_take(struct arena *arena, const struct embedded_file *embedded, size_t count,
                                   struct migration_files *files) {
    int previous = 0;
    if (!embedded) {
        embedded = migrations;
        count = migrations_count;
    }
    files->items = arena_alloc(arena, count * sizeof *files->items);
    files->count = count;
    for (size_t i = 0; i < count; i++) {
        struct migration_file *file = &files->items[i];
        file->embedded = &embedded[i];
        file->number = atoi(embedded[i].name);
        sha256_hex(embedded[i].bytes, embedded[i].size, file->sha256);
        if (file->number <= previous)
            return migrate_fault(arena, embedded[i].name, "its number does not follow the one before");
        previous = file->number;
    }
    return NULL;
}

/* -- the records
 * -------------------------------------------------------------------------------------------------- */
static const struct column record_columns[] = {
    {"number", COLUMN_INTEGER, offsetof(struct migration_record, number)},
    {"name", COLUMN_TEXT, offsetof(struct migration_record, name)},
    {"sha256", COLUMN_TEXT, offsetof(struct migration_record, sha256)},
    {"applied_at", COLUMN_INSTANT, offsetof(struct migration_record, applied_at)},
};

struct fault *migration_records_take(struct db *db, struct arena *arena, struct migration_records *records) {
    struct rows *rows;
    *records = (struct migration_records){0};
    TRY(db_run(db, arena, "select to_regclass('schema_migration') as present", &rows));
    if (!rows_text(rows, 0, "present"))
        return NULL;
    TRY(db_run(db, arena, "select number, name, sha256, applied_at from schema_migration order by number",
               &rows));
    records->count = rows_count(rows);
    records->items = arena_alloc(arena, records->count * sizeof *records->items);
    for (size_t i = 0; i < records->count; i++)
        rows_read(rows, i, record_columns, sizeof record_columns / sizeof *record_columns,
                  &records->items[i]);
    return NULL;
}

static const struct migration_record *record_of(const struct migration_records *records,
                                                const struct migration_file *file) {
    for (size_t i = 0; i < records->count; i++)
        if (records->items[i].number == file->number)
            return &records->items[i];
    return NULL;
}

enum migration_state migration_state(const struct migration_records *records,
                                     const struct migration_file *file) {
    const struct migration_record *record = record_of(records, file);
    if (!record)
        return MIGRATION_PENDING;
    return strcmp(record->sha256, file->sha256) ? MIGRATION_CHANGED : MIGRATION_APPLIED;
}

struct fault *migrate_open(struct arena *arena, const struct migrate_settings *settings, struct db **db) {
    struct db_settings opening = {
        .url = settings->url, .application_name = "tandem migrate", .lock_timeout_ms = OWNER_LOCK_TIMEOUT_MS};
    return migrate_said(arena, "connection", db_open(arena, &opening, db));
}

/* -- looking
 * ------------------------------------------------------------------------------------------------------ */
static int by_number(const void *a, const void *b) {
    const struct migration *left = a, *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

static size_t states_list(const struct migration_files *files, const struct migration_records *records,
                          struct migration *list) {
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        const struct migration_file *file = &files->items[i];
        const struct migration_record *record = record_of(records, file);
        list[count++] = (struct migration){file->number, file->embedded->name, migration_state(records, file),
                                           record ? record->applied_at : INSTANT_NONE};
    }
    for (size_t i = 0; i < records->count; i++) {
        const struct migration_record *record = &records->items[i];
        bool known = false;
        for (size_t j = 0; j < files->count; j++)
            known |= files->items[j].number == record->number;
        if (!known)
            list[count++] =
                (struct migration){(int)record->number, record->name, MIGRATION_UNKNOWN, record->applied_at};
    }
    qsort(list, count, sizeof *list, by_number);
    return count;
}

struct fault *migrate_status(struct arena *arena, const struct migrate_settings *settings,
                             const struct migration **list, size_t *count) {
    struct migration_files files;
    struct migration_records records;
    struct db *db;
    TRY(migration_files_take(arena, settings->files, settings->file_count, &files));
    TRY(migrate_open(arena, settings, &db));
    struct fault *fault = migrate_said(arena, "records", migration_records_take(db, arena, &records));
    db_close(db);
    TRY(fault);
    struct migration *states = arena_alloc(arena, (files.count + records.count) * sizeof *states);
    *count = states_list(&files, &records, states);
    *list = states;
    return NULL;
}

struct fault *migrate_current(struct db *db, struct arena *arena, bool *fits) {
    struct migration_files files;
    struct migration_records records;
    *fits = false;
    TRY(migration_files_take(arena, NULL, 0, &files));
    TRY(migration_records_take(db, arena, &records));
    for (size_t i = 0; i < files.count; i++)
        if (migration_state(&records, &files.items[i]) != MIGRATION_APPLIED)
            return NULL;
    *fits = true;
    return NULL;
}

struct fault *migrate_role_check(struct db *db, struct arena *arena, bool assumed) {
    const char *sql =
        arena_format(arena,
                     "select coalesce(bool_or(rolsuper), true) as super, bool_or(rolbypassrls) as bypass,"
                     " bool_or(exists (select from pg_class where relnamespace = 'public'::regnamespace"
                     "                 and pg_has_role(r.oid, relowner, 'MEMBER'))"
                     "      or exists (select from pg_database where datname = current_database()"
                     "                 and pg_has_role(r.oid, datdba, 'MEMBER'))) as owner"
                     " from pg_roles r where rolname in (current_user, %s)",
                     assumed ? "current_user" : "session_user");
    static const char *const reasons[][2] = {
        {"super", "is a superuser"},
        {"bypass", "has BYPASSRLS"},
        {"owner", "owns the database or a table, or is a member of a role that does"},
    };
    struct rows *rows;
    TRY(db_run(db, arena, sql, &rows));
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(rows_text(rows, 0, reasons[i][0]), "t"))
            return fault_make(arena, PROBLEM_UNAVAILABLE,
                              "the service's database role %s: row security would not hold for it",
                              reasons[i][1]);
    return NULL;
}
