/* What the migrator's two files share: the files, the records in the database, and how they compare. */
#ifndef TANDEM_STORE_MIGRATE_INSIDE_H
#define TANDEM_STORE_MIGRATE_INSIDE_H

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/embedded.h"
#include "tandem/base/fault.h"
#include "tandem/store/db.h"
#include "tandem/store/migrate.h"

struct migration_file {
    int number;
    char sha256[SHA256_HEX_SIZE];
    const struct embedded_file *embedded;
};

struct migration_files {
    struct migration_file *items;
    size_t count;
};

struct migration_record {
    int64_t number;
    const char *name, *sha256;
    int64_t applied_at;
};

struct migration_records {
    struct migration_record *items;
    size_t count;
};

struct fault *migrate_fault(struct arena *arena, const char *name, const char *reason);
/* The fault in the operator's words; NULL stays NULL. */
struct fault *migrate_said(struct arena *arena, const char *name, const struct fault *fault);
/* `embedded` NULL: the files built in. */
struct fault *migration_files_take(struct arena *arena, const struct embedded_file *embedded, size_t count,
                                   struct migration_files *files);
/* A database without the table has no records. */
struct fault *migration_records_take(struct db *db, struct arena *arena, struct migration_records *records);
enum migration_state migration_state(const struct migration_records *records,
                                     const struct migration_file *file);
/* The owner's connection. */
struct fault *migrate_open(struct arena *arena, const struct migrate_settings *settings, struct db **db);

#endif
