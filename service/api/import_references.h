/* Whom the lines of an import name: accounts and owners by their words. */
#ifndef TANDEM_SERVICE_API_IMPORT_REFERENCES_H
#define TANDEM_SERVICE_API_IMPORT_REFERENCES_H

#include <stdint.h>

#include "tandem/domain/import.h"

struct arena;
struct db;
struct fault;
struct import_references;

struct import_references *import_references_create(void);
void import_references_destroy(struct import_references *references);

/* At the start of every try of a chunk: what a rolled back one found or made is forgotten. */
void import_references_begin(struct import_references *references);
/* After the chunk's commit: the next chunks may count on it. */
void import_references_keep(struct import_references *references);

/* The keys of the row's account and owner, found or made; 0 = the row names none. */
struct fault *import_references_resolve(struct import_references *references, struct db *db,
                                        struct arena *arena, int32_t tenant_id, const struct import_row *row,
                                        const struct customer_keys *keys, int64_t *account_id,
                                        int64_t *owner_id);

#endif
