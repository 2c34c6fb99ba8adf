/* Whom the lines of an import name: accounts and owners by their words. */
#ifndef TANDEM_SERVICE_API_IMPORT_REFERENCES_H
#define TANDEM_SERVICE_API_IMPORT_REFERENCES_H

#include <stdint.h>

#include "tandem/store/import.h"

struct import_references;

struct import_references *import_references_create(void);
void import_references_destroy(struct import_references *references);

/* Fills in whom the rows name, found or made; at most IMPORT_CHUNK_MAX of them. What a transaction found or made is tentative: the
 * next call forgets it, unless it was kept after the commit. */
struct fault *import_references_resolve(struct import_references *references, struct db *db,
                                        struct arena *arena, int32_t tenant_id, struct import_staged *wanted,
                                        size_t count);
void import_references_keep(struct import_references *references);

#endif
