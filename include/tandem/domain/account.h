/* Changing what is known of an account. docs/rules.md, Accounts. */
#ifndef TANDEM_DOMAIN_ACCOUNT_H
#define TANDEM_DOMAIN_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct fault;

struct account_domain {
    const char *domain;                   /* registrable */
    bool own;                             /* the account has it already */
    const char *taken_by, *taken_by_name; /* another account: public id and name; NULL: nobody */
};

struct account_change {
    const struct account_domain *domains; /* those that are given, in their order */
    size_t domain_count;
    const char *lost_domain; /* one that the account has and that is not given; NULL: none */
    bool parent_unknown;     /* the given parent is no account */
    bool parent_below;       /* the given parent is the account itself, or stands below it */
};

/* NULL, or the first that holds: INVALID_FIELDS (/domains not_removable, /parent unknown_account or cycle),
 * ALREADY_EXISTS with every domain that another account has (/domains/N taken). */
struct fault *account_change_verdict(struct arena *arena, const struct account_change *change);

#endif
