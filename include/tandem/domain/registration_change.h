/* What bounds the sending of a registration, and what happens to it afterwards: changes asked for and made, withdrawn, its protection extended.
 * docs/rules.md, Registration. */
#ifndef TANDEM_DOMAIN_REGISTRATION_CHANGE_H
#define TANDEM_DOMAIN_REGISTRATION_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/registration.h"

struct arena;
struct fault;

/* What a reviewer may ask the partner to change; codes are the bits of a set (1 << code) in the database. */
enum registration_field {
    REGISTRATION_FIELD_CUSTOMER = 1,
    REGISTRATION_FIELD_PRODUCT_FAMILY,
    REGISTRATION_FIELD_CONTACT,
    REGISTRATION_FIELD_NEED,
    REGISTRATION_FIELD_AMOUNT,
    REGISTRATION_FIELD_CLOSE_DATE,
    REGISTRATION_FIELD_PARTNER_REP,
    REGISTRATION_FIELD_COUNT
};

extern const struct choice registration_fields[];

/* A partner's day in the tenant's zone. */
struct submission_day {
    int64_t submitted, allowed; /* `submitted` is counted up to `allowed`; 0 allowed = no cap */
    int64_t seconds_left;       /* until the tenant's midnight, rounded up */
};

/* TOO_MANY_REQUESTS until midnight, whoever the customer is. */
struct fault *registration_submit_verdict(struct arena *arena, const struct submission_day *day);

/* INVALID_STATE unless submitted; `text` (for the partner) must say something: /text. */
struct fault *registration_request_changes_verdict(struct arena *arena, int state, const char *text);

/* INVALID_STATE unless changes were asked for and are still awaited; each bit of `changed` that is not in `editable` is
 * the bad field /<name> frozen. */
struct fault *registration_resubmit_verdict(struct arena *arena, int state, unsigned editable,
                                            unsigned changed);

/* Who the customer is, as the conflict check knows it: keys, country, product family. */
struct customer_identity {
    struct customer_keys keys;
    const char *country, *product_family;
};

/* true: the resubmission keeps the stamp of the submission, because the same customer (in whatever order the domains
 * stand) is meant, or because the reviewer called the change a correction. Otherwise it queues anew. */
bool registration_keeps_stamp(const struct customer_identity *before, const struct customer_identity *after,
                              bool correction);

/* INVALID_STATE unless undecided. */
struct fault *registration_withdraw_verdict(struct arena *arena, int state);

enum { EXTENSION_DAYS_LIMIT = 365 /* whatever the policy says */ };

struct extension {
    int state;       /* enum registration_state */
    int deal_status; /* enum deal_status; of an approved registration */
    bool is_linked;  /* approved on a deal that stood already */
    int64_t days, days_max;
    const char *reason;
};

/* INVALID_STATE unless approved and protected (a linked one is not), DEAL_CLOSED unless its deal is open, INVALID_FIELDS (/days too_large, /reason
 * placeholder). */
struct fault *registration_extend_verdict(struct arena *arena, const struct extension *extension);

#endif
