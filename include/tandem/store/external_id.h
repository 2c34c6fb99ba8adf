/* The ids under which CRMs know a deal: one on the deal leads, further ones are rows of crm_link. */
#ifndef TANDEM_STORE_EXTERNAL_ID_H
#define TANDEM_STORE_EXTERNAL_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/external_id.h"
#include "tandem/store/db.h"

/* Nobody else gives a deal an id until the transaction ends, and no import runs: taken before any deal is locked. */
struct fault *external_id_lock(struct db *db, struct arena *arena, int32_t tenant_id);

/* Who has the id of the source; nobody: NULLs. */
struct fault *external_id_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                               const char *external_id, struct external_id_owner *owner);

/* Gives the deal (internal id) the id: `leads` when it has none yet. With an event for each row. */
struct fault *external_id_give(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                               bool leads, const char *source, const char *external_id);

#endif
