/* What CRMs have said, each event once. */
#ifndef TANDEM_STORE_INBOX_H
#define TANDEM_STORE_INBOX_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct fault;

struct inbox_new {
    int64_t source_key;
    int form;                   /* enum crm_form */
    const char *events;         /* a JSON array */
    const char *const *keys;    /* of each */
    const char *const *reasons; /* NULL: it waits to be applied; else it is parked with this reason */
    size_t count;
    int64_t clock_offset_us;
};

/* Events whose key the source has sent before are passed over: *received and *parked count the new ones. */
struct fault *inbox_insert(struct db *db, struct arena *arena, int32_t tenant_id, const struct inbox_new *new,
                           int64_t *received, int64_t *parked);

#endif
