/* Accounts by the keys of a customer. Identity is the registrable domain, else normalised name and country among
 * accounts without a domain; accounts are never merged by themselves. docs/rules.md, Accounts. */
#ifndef TANDEM_STORE_ACCOUNT_H
#define TANDEM_STORE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/registration.h"
#include "tandem/store/db.h"

struct account {
    int64_t key;    /* internal id */
    const char *id; /* public */
};

/* Finds the customer's account or makes it, with its domains and their events; an account that is found learns the
 * customer's further domains. `keys` as customer_check made them; `country` may be NULL. Requests for one customer
 * wait for each other, so that none makes a second account. */
struct fault *account_resolve(struct db *db, struct arena *arena, int32_t tenant_id, const char *name,
                              const char *country, const struct customer_keys *keys, struct account *account);

/* Customers and their deals are decided about one at a time in a tenant (approving, linking, creating): held to the
 * transaction's end, and what the one before did is seen by the next statement. */
struct fault *account_tenant_lock(struct db *db, struct arena *arena, int32_t tenant_id);

/* *found false: there is no such account. */
struct fault *account_by_id(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                            bool *found, struct account *account);

#endif
