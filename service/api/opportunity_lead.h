/* Another partner leads a deal from now on. */
#ifndef TANDEM_SERVICE_API_OPPORTUNITY_LEAD_H
#define TANDEM_SERVICE_API_OPPORTUNITY_LEAD_H

#include "tandem/api/opportunity.h"

/* On the locked deal; public ids, `partner_rep` NULL when none is named. See lead_change_verdict, partner_rep_verdict and
 * claim_stand_verdict for what is refused. */
struct fault *lead_change(struct call *call, const struct opportunity_row *row, const char *partner_id,
                          const char *partner_rep);

#endif
