/* A duty to sign, lent to somebody else for days. docs/rules.md, Attribution. */
#ifndef TANDEM_DOMAIN_DELEGATION_H
#define TANDEM_DOMAIN_DELEGATION_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct fault;

struct delegation_party {
    int64_t person; /* internal id; 0: there is no such person */
    bool active;
    unsigned roles; /* bit set of ROLE_BIT */
};

struct delegation_request {
    int duty;               /* enum signoff_role */
    int32_t from_on, to_on; /* days of the tenant, both included */
    bool active;            /* false: it is being ended */
    int32_t today;
    struct delegation_party person, delegate;
    int64_t caller; /* internal id */
    unsigned caller_roles;
    const char *conflicting_deal; /* public id of a deal on which the delegate is the other signer, or NULL */
};

/* NULL, or the first that holds: INSUFFICIENT_SCOPE (neither the person nor an admin), INVALID_FIELDS (/to: before_from,
 * in_past), PERSON_NOT_ELIGIBLE (/duty, /delegate: unknown_person, inactive_person, missing_role, same_person),
 * SAME_SIGNER. One that ends may lie in the past, and asks of the delegate only who it is. */
struct fault *delegation_verdict(struct arena *arena, const struct delegation_request *request);

#endif
