/* Two accounts that are one customer. docs/rules.md, Accounts. */
#ifndef TANDEM_DOMAIN_ACCOUNT_MERGE_H
#define TANDEM_DOMAIN_ACCOUNT_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct fault;

/* An account that was merged away is not changed any more: INVALID_STATE, which names the one that it is. */
struct fault *account_merged_verdict(struct arena *arena, const char *merged_into, const char *name);

struct account_of_merge {
    const char *id;                             /* public */
    const char *merged_into, *merged_into_name; /* NULL: its own */
    int64_t parent;                             /* internal id; 0 = none */
    bool below;                                 /* it stands below the other one */
};

/* Registrations of both accounts for one product family whose protections both run. */
struct account_rivals {
    const char *survivors, *others; /* public ids */
    const char *product_family;
};

struct account_merge {
    struct account_of_merge survivor, merged;
    const struct account_rivals *rivals;
    size_t rival_count;
};

enum account_merge_step {
    ACCOUNT_MERGE_REPEATED = 1, /* it has been merged into this one */
    ACCOUNT_MERGE_NEEDED
};

/* INVALID_FIELDS (/from same), INVALID_STATE (one was merged into a third), NOT_MERGEABLE: two protections would stand for
 * one account and family; names both registrations. */
struct fault *account_merge_verdict(struct arena *arena, const struct account_merge *merge,
                                    enum account_merge_step *step);

/* The survivor's parent afterwards (0 = none): its own, unless that stands below the other one, whose place it takes then;
 * without one the other's, unless that is the survivor or stands below it. So no circle is closed. */
int64_t account_merge_parent(const struct account_merge *merge);

#endif
