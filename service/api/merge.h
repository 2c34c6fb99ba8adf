/* Two deals become one, whoever asks for it. */
#ifndef TANDEM_SERVICE_API_MERGE_H
#define TANDEM_SERVICE_API_MERGE_H

#include <stdbool.h>

#include "tandem/api/work.h"

struct deals_merging {
    const char *survivor, *from; /* public ids */
    const char *reason;          /* or NULL */
    bool is_machine;             /* a CRM's word: no owner is asked for */
};

/* Takes the tenant's locks and both deals'. NOT_MERGEABLE, SOURCED_CLAIM_EXISTS, DEAL_CLOSED, NOT_DEAL_OWNER with what to do
 * first; a repeated merge changes nothing. */
struct fault *deals_merge(struct call *call, const struct deals_merging *asked);

#endif
