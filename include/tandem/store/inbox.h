/* What CRMs have said, each event once. */
#ifndef TANDEM_STORE_INBOX_H
#define TANDEM_STORE_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct fault;

enum { INBOX_KEY_SIZE_MAX = 500 };

struct inbox_new {
    int64_t source_key;
    int form;               /* enum crm_form */
    const char *events;     /* a JSON array */
    const char **keys;      /* of each, at most INBOX_KEY_SIZE_MAX bytes */
    const int64_t *reasons; /* 0: it waits to be applied; else it is parked (enum crm_reason) */
    size_t count;
    int64_t clock_offset_us;
};

/* Events whose key the source has sent before are passed over: *received and *parked count the new ones. */
struct fault *inbox_insert(struct db *db, struct arena *arena, int32_t tenant_id, const struct inbox_new *new,
                           int64_t *received, int64_t *parked);

/* As it is shown. */
struct inbox_shown {
    const char *id, *source_id, *source;
    int form, state, reason; /* enum crm_form, enum inbox_state, enum crm_reason or -1 */
    const char *problem, *detail, *dedupe_key, *payload;
    int64_t attempts, received_at, settled_at;
};
/* From a row of inbox_page or inbox_by_id. */
void inbox_read(const struct rows *rows, size_t index, void *event);
/* Locked. */
struct fault *inbox_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id, bool *found,
                         struct inbox_shown *event);
/* A parked event waits again, as if it had just come; the log says who wanted it. */
struct fault *inbox_retry(struct db *db, struct arena *arena, int32_t tenant_id, const char *id);

/* -- the job -- */
struct inbox_work {
    const char *tenant, *subject; /* in whose scope the source's events are applied; subject NULL: nobody's */
    int64_t source_key;
};
/* Sources with something to apply, of all tenants. */
struct fault *inbox_work_find(struct db *db, struct arena *arena, struct inbox_work **work, size_t *count);

enum { INBOX_LEASE_S = 5, INBOX_ATTEMPTS_MAX = 5 };

struct inbox_claimed {
    int64_t key; /* internal id; 0: nothing waits */
    int64_t clock_offset_us, attempts;
    bool is_parked; /* it had been attempted too often */
};
/* The next event of a source, leased for INBOX_LEASE_S. The attempt counts when this transaction commits. */
struct fault *inbox_claim(struct db *db, struct arena *arena, int32_t tenant_id, int64_t source_key,
                          struct inbox_claimed *claimed);

struct inbox_taken {
    int form;                                  /* enum crm_form; 0: somebody else has settled it */
    const char *dedupe_key, *payload, *fields; /* JSON; fields: property to text or null */
    int64_t received_at;
};
struct fault *inbox_take(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                         struct inbox_taken *taken);
struct inbox_outcome {
    int state;           /* enum inbox_state, any but INBOX_RECEIVED */
    int reason;          /* enum crm_reason; -1: it is applied */
    const char *problem; /* of CRM_REASON_REFUSED: its code; else NULL */
    const char *detail;  /* or NULL */
};
struct fault *inbox_settle(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                           const struct inbox_outcome *outcome);
/* After a failure of ours: waits so many seconds, by the clock of the database. */
struct fault *inbox_put_off(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                            int64_t seconds);

#endif
