/* What CRMs have told of their deals, value by value, and the deal that each means here. */
#ifndef TANDEM_STORE_CRM_OBJECT_H
#define TANDEM_STORE_CRM_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/crm_deal.h"
#include "tandem/domain/crm_event.h"
#include "tandem/store/db.h"

struct fault;

struct crm_object {
    int64_t key;            /* internal id */
    bool made_deal;         /* the deal came into being from here */
    bool is_new;            /* nothing was told of it before */
    int64_t deal_key;       /* internal id of the deal; 0: there is none yet */
    const char *deal;       /* its public id; NULL */
    const char *close_date; /* of that deal, as text; or NULL */
    int64_t deal_created_at;
    bool leads;              /* the id is the deal's first: what this CRM says counts */
    const char *merged_into; /* the id of the object that it is; NULL: it stands */
    bool has_merged;         /* others are this one */
};

/* Makes it on its first event, locks it, and finds the deal that its id means. */
struct fault *crm_object_lock(struct db *db, struct arena *arena, int32_t tenant_id, int64_t source_key,
                              const char *external_id, struct crm_object *object);

/* The changes of an event, each kept once. */
struct crm_values_made {
    int64_t first;  /* internal id of the first one; 0: they were all there */
    int64_t newest; /* how many are the newest that was told of their field */
};
struct fault *crm_values_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t object_key,
                                const struct crm_event *event, const char *tie, struct crm_values_made *made);
/* The close date that a deal had before its CRM's first event, as the oldest value. */
struct fault *crm_value_seed(struct db *db, struct arena *arena, int32_t tenant_id,
                             const struct crm_object *object);
/* All of them in the CRM's order, with those of the objects that were merged into it; new from `first` on, 0: none is. */
struct fault *crm_values_find(struct db *db, struct arena *arena, int32_t tenant_id, int64_t object_key,
                              int64_t first, struct crm_value **values, size_t *count);

/* One object is another one from now on (internal ids). `takes_deal`: the deal that it made is that one's. */
struct fault *crm_object_merge(struct db *db, struct arena *arena, int32_t tenant_id, int64_t gone,
                               int64_t stands, bool takes_deal);
/* Ids of the object that stands and of those that it is mean its deal (internal id): its own leads, when one of them did. */
struct fault *crm_object_ids(struct db *db, struct arena *arena, int32_t tenant_id, int64_t deal,
                             int64_t stands);

struct fault *crm_object_settle(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                bool made_deal, bool stands, const struct crm_deal *deal);
/* An object whose words have got a meaning since; NULL: there is none. */
struct fault *crm_object_due(struct db *db, struct arena *arena, int32_t tenant_id, int64_t source_key,
                             const char **external_id);
/* The maps of a source (public id) have changed: what had no meaning is asked again. */
struct fault *crm_object_remap(struct db *db, struct arena *arena, int32_t tenant_id, const char *source_id);

/* Of a deal (internal id): what the CRM alone says of a direct one (INSTANT_NONE, 0, NULL: as it is), and the day on which
 * it closed when it stands so (`outcome`: DEAL_WON or DEAL_LOST). */
struct crm_deal_dates {
    int64_t created_at;
    int64_t account; /* internal id */
    const char *product_family;
    int outcome;
    int32_t closed_on;
};
struct fault *crm_deal_dates(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct crm_deal_dates *dates);
struct fault *crm_activity_known(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account_key,
                                 const char *product_family, const char *activity_id, bool *known);
/* Everything that follows in this transaction is recorded with the cause `crm`. */
struct fault *crm_begin(struct db *db, struct arena *arena);

#endif
