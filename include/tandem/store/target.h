/* Targets by period and report class, in versions that are never changed. docs/rules.md, Coverage. */
#ifndef TANDEM_STORE_TARGET_H
#define TANDEM_STORE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/money.h"
#include "tandem/store/db.h"

struct target_row {
    const char *period; /* "2026-Q4" */
    int report_class;   /* enum report_class */
    int64_t version;
    struct money amount;
    const char *person, *person_name; /* who set it; public id */
    int64_t set_at;
};

void target_read(const struct rows *rows, size_t row, struct target_row *target);

/* The version in force; *found false: none was ever set. */
struct fault *target_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *period,
                          int report_class, struct target_row *target, bool *found);

/* One more version, by the person of the scope. PRECONDITION_FAILED when that version was just made by another. */
struct fault *target_insert(struct db *db, struct arena *arena, int32_t tenant_id, const char *period,
                            int report_class, int64_t version, const struct money *amount);

#endif
