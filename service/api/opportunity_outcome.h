/* The outcome of a deal as its CRM reports it. */
#ifndef TANDEM_SERVICE_API_OPPORTUNITY_OUTCOME_H
#define TANDEM_SERVICE_API_OPPORTUNITY_OUTCOME_H

#include "tandem/api/work.h"
#include "tandem/base/json.h"
#include "tandem/base/money.h"

struct outcome_body {
    int outcome;         /* DEAL_WON, DEAL_LOST, DEAL_REMOVED, or DEAL_OPEN: reopened or brought back */
    int32_t closed_on;   /* of a closed deal */
    struct money amount; /* absent: the deal's stays */
    int reason_code;     /* enum lost_reason, -1 */
};

extern const struct shape outcome_shape;

/* Ends, turns, reopens, removes or brings back the deal, which the caller has locked; nothing when it stands so already. */
struct fault *outcome_record(struct db *db, struct arena *arena, const struct scope *scope,
                             const char *opportunity_id, const struct outcome_body *body);

#endif
