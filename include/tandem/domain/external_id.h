/* Under which ids CRMs know a deal. docs/rules.md, Identity. */
#ifndef TANDEM_DOMAIN_EXTERNAL_ID_H
#define TANDEM_DOMAIN_EXTERNAL_ID_H

#include <stdbool.h>

struct arena;
struct fault;

/* The deal that has an id already. */
struct external_id_owner {
    const char *id, *name; /* public; NULL: no deal has it */
};

/* For a deal that is made with the id: EXTERNAL_ID_EXISTS, which names the deal that has it. */
struct fault *external_id_free_verdict(struct arena *arena, const struct external_id_owner *owner);

struct external_id_link {
    const char *opportunity_id; /* the deal that is to have the id; public */
    int status;                 /* enum deal_status of it */
    const char *same_source_id; /* an id of the same source that the deal has; NULL: none */
    struct external_id_owner owner;
};

enum external_id_step {
    EXTERNAL_ID_REPEATED = 1, /* the deal has it */
    EXTERNAL_ID_ADDED
};

/* An id of a source means one deal, and a deal has one id of a source: two records of a CRM are two deals until they are
 * merged. DEAL_CLOSED (removed), EXTERNAL_ID_EXISTS with the way out. */
struct fault *external_id_link_verdict(struct arena *arena, const struct external_id_link *link,
                                       enum external_id_step *step);

#endif
