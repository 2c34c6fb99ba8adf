/* Accounts by the keys of a customer. Identity is the registrable domain, else normalised name and country among
 * accounts without a domain; accounts are never merged by themselves. docs/rules.md, Accounts. */
#ifndef TANDEM_STORE_ACCOUNT_H
#define TANDEM_STORE_ACCOUNT_H

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

#endif
