/* Evidence in versions, and who confirmed which: insert-only, each row with its event. */
#ifndef TANDEM_STORE_EVIDENCE_H
#define TANDEM_STORE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

/* A confirmation by one side; person NULL: not confirmed. */
struct evidence_confirmation {
    const char *person, *person_name; /* public id */
    int64_t confirmed_at;
};

/* The newest version of a criterion's evidence. */
struct evidence_row {
    const char *criterion; /* NULL: the deal has none */
    int64_t version;
    int type, side;
    const char *statement, *link, *sha256;
    const char *people, *steps; /* JSON */
    int32_t on_date;
    const char *author, *author_name; /* public id */
    int64_t given_at;
    struct evidence_confirmation vendor, partner;
};

void evidence_read(const struct rows *rows, size_t row, struct evidence_row *evidence);

/* *found false: the criterion has no evidence. */
struct fault *evidence_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                            const char *criterion, struct evidence_row *evidence, bool *found);

struct evidence_new {
    int64_t opportunity_id;
    const char *const *criteria; /* each gets a row of its own with the same body */
    size_t criterion_count;
    int type, side;
    const char *body; /* JSON: statement, link, sha256, people, date, steps */
};
struct fault *evidence_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                              const struct evidence_new *evidence);

struct confirmation_new {
    int64_t opportunity_id;
    const char *const *criteria;
    const int64_t *evidence_versions;
    size_t count;
    int side;
};
/* By the person of the scope. ALREADY_CONFIRMED. */
struct fault *confirmation_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct confirmation_new *confirmation);

#endif
