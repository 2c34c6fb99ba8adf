/* Merging two accounts. The caller holds the tenant's lock, that of external ids, and both rows (account_merge_lock). */
#ifndef TANDEM_STORE_ACCOUNT_MERGE_H
#define TANDEM_STORE_ACCOUNT_MERGE_H

#include "tandem/domain/account_merge.h"
#include "tandem/store/account.h"

/* Waits for whoever has found one of the accounts, and locks both rows and their deals, in the order in which everybody
 * does. Public ids; whichever is not there is left out. */
struct fault *account_merge_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *one,
                                 const char *another);

/* What the verdict asks of the two (internal ids): parents, who stands below whom, protections that both run. */
struct fault *account_merge_facts(struct db *db, struct arena *arena, int32_t tenant_id, int64_t survivor,
                                  int64_t merged, struct account_merge *merge);

/* Domains, engagements, deals, registrations, children and those who were merged before go over, each row with its event;
 * name and aliases become aliases. `parent`: internal id, 0 = none. reason NULL: none is given. */
struct fault *account_merge_write(struct db *db, struct arena *arena, int32_t tenant_id, int64_t survivor,
                                  int64_t merged, int64_t parent, const char *reason);

/* What is dated at or before a registration of the account, on whose deal (public id) a sourced claim stands: an engagement,
 * or a deal that stood open then and that another partner leads, or nobody. */
struct account_contradiction {
    const char *claimed; /* the deal whose claim it speaks against */
    int64_t dated_at;
    const char *activity_id, *opportunity; /* one of the two */
};
struct fault *account_contradictions(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account,
                                     struct account_contradiction **found, size_t *count);

#endif
