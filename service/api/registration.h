/* What the files of registrations share: the answer, and the conflict check. */
#ifndef TANDEM_API_REGISTRATION_INSIDE_H
#define TANDEM_API_REGISTRATION_INSIDE_H

#include "tandem/api/work.h"
#include "tandem/domain/registration.h"
#include "tandem/store/registration.h"

struct json_out;

/* Whole for the vendor; for the partner without what the conflict check found. */
void registration_write(struct json_out *out, const struct registration *registration, enum side side);
/* Reads the registration anew and replies with it. */
struct fault *registration_answer(struct call *call, const char *id, int status);

/* The registration of the path, locked for this transaction: NOT_FOUND, PRECONDITION_FAILED by If-Match; for who decides
 * also NOT_PARTNER_MANAGER. */
struct fault *registration_take(struct call *call, struct registration *registration);
struct fault *registration_take_to_decide(struct call *call, struct registration *registration);

struct conflict_check {
    struct conflict conflict;
    const char *with; /* JSON: everything that was found, weighty or not */
    const struct candidate *candidates;
    size_t count;
};

/* What the customer, known by `keys`, collides with. Of `registration` the check needs the id, the keys of partner and
 * account, family, country and stamp; key 0 = not stored yet. */
struct fault *registration_conflict(struct call *call, const struct registration *registration,
                                    const struct customer_keys *keys, struct conflict_check *check);

/* -- an approval that names a deal -- */
struct opportunity_row;
/* What the rule asks of the locked deal. */
struct deal_link registration_link_of(const struct registration *registration,
                                      const struct opportunity_row *deal);
/* The claim on it, in its own window and by the sourced rule, and the approval without protection. `rep`: the internal id
 * of who acts for the partner; where another one leads, only once the lead is handed over. */
struct fault *registration_link_make(struct call *call, const struct registration *registration,
                                     const struct approval *approval, int64_t rep,
                                     const struct approval_facts *facts, const struct conflict_check *check,
                                     const struct opportunity_row *deal);

#endif
