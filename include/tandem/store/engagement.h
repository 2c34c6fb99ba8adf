/* Engagements: what a seller did on an account, as the CRM's activities prove it. They are only ever added.
 * docs/rules.md, Attribution. */
#ifndef TANDEM_STORE_ENGAGEMENT_H
#define TANDEM_STORE_ENGAGEMENT_H

#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/store/db.h"

struct fault;

/* The account's internal id (0: there is none), and the instant that is meant: `engaged_at`, or, when that is
 * INSTANT_NONE, the start of `engaged_on` in the tenant's zone. */
struct fault *engagement_account(struct db *db, struct arena *arena, int32_t tenant_id, const char *account,
                                 int64_t engaged_at, int32_t engaged_on, const char *time_zone,
                                 int64_t *account_key, int64_t *meant_at);

struct engagement {
    const char *id, *product_family, *activity_id;
    int64_t engaged_at, recorded_at;
    int64_t first_engaged_at; /* on account and family, this one included */
};

/* Inserts with its event. Fills recorded_at and first_engaged_at. ALREADY_EXISTS for the activity. Holds approvals off
 * until the transaction ends. */
struct fault *engagement_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account_key,
                                struct engagement *engagement);

/* The public ids of the deals whose claims rest on a registration for this account and family. */
struct fault *engagement_deals(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account_key,
                               const char *product_family, struct text_list *deals);

#endif
