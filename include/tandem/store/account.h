/* Accounts by the keys of a customer. Identity is the registrable domain, else normalised name and country among
 * accounts without a domain; accounts are never merged by themselves. docs/rules.md, Accounts. */
#ifndef TANDEM_STORE_ACCOUNT_H
#define TANDEM_STORE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/account.h"
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

/* The same for many, as if they came one after the other, in fewer statements. */
struct account_wanted {
    const char *name, *country;
    const struct customer_keys *keys;
    struct account found;
    bool learns; /* for store/account.c */
};
struct fault *accounts_resolve(struct db *db, struct arena *arena, int32_t tenant_id,
                               struct account_wanted *wanted, size_t count);

/* Internal ids that were found earlier: whatever was merged away since becomes the account that it is. None is merged
 * before this transaction ends when accounts_resolve was called in it. */
struct fault *accounts_merged(struct db *db, struct arena *arena, int32_t tenant_id, int64_t *keys,
                              size_t count);

/* Customers and their deals are decided about one at a time in a tenant (approving, linking, creating): held to the
 * transaction's end, and what the one before did is seen by the next statement. */
struct fault *account_tenant_lock(struct db *db, struct arena *arena, int32_t tenant_id);

/* *found false: there is no such account. One that was merged away is the one that it is. */
struct fault *account_by_id(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                            bool *found, struct account *account);

/* As it is shown. */
struct account_shown {
    int64_t key;
    const char *id, *name, *country;
    const char *aliases, *domains;              /* JSON arrays */
    const char *parent, *parent_name;           /* or NULL */
    const char *merged_into, *merged_into_name; /* the account that it is; NULL: its own */
    int64_t created_at, version;
};
/* From a row of account_shown_by_id or account_page, into a struct account_shown: what a page_item takes. */
void account_read(const struct rows *rows, size_t index, void *account);
struct fault *account_find_shown(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                 bool *found, struct account_shown *account);
/* The same, locked, while nobody else decides about accounts in the tenant. */
struct fault *account_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id, bool *found,
                           struct account_shown *account);

/* Who has each of `count` domains; `domains` has room for them. */
struct fault *account_domain_owners(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                    const char *const *names, size_t count, struct account_domain *domains);
/* *below: `parent` is the account `key`, or stands below it. */
struct fault *account_is_below(struct db *db, struct arena *arena, int32_t tenant_id, int64_t parent,
                               int64_t key, bool *below);

/* Only what is given changes. */
struct account_values {
    const char *name, *name_key;                  /* NULL: as it is */
    const struct text_list *aliases, *alias_keys; /* NULL: as they are */
    bool parent_given;
    int64_t parent;               /* 0: none */
    struct text_list new_domains; /* in addition */
};
/* With an event for each row. ALREADY_EXISTS for a name or a domain that was taken meanwhile. */
struct fault *account_update(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                             const struct account_values *values);

#endif
