/* The answer of a deal, shared by every operation that ends with one. */
#ifndef TANDEM_API_OPPORTUNITY_H
#define TANDEM_API_OPPORTUNITY_H

#include "tandem/api/work.h"
#include "tandem/store/opportunity.h"

/* Finds and locks the deal, or work_not_found; DEAL_CLOSED when it was merged into another one. */
struct fault *opportunity_locked(struct call *call, const char *opportunity_id, struct opportunity_row *row);

/* Re-reads the deal and replies with it and its ETag: whole to the vendor and machines, reduced to the partner. */
struct fault *opportunity_answer(struct call *call, const char *opportunity_id, int status);

/* The deal, or the claim of a deal, as a member of an object (name NULL: of an array, or the root). */
void opportunity_write(struct json_out *out, const char *name, const struct opportunity_row *row,
                       enum side side);
void claim_write(struct json_out *out, const char *name, const struct opportunity_row *row,
                 const struct claim_row *claim, enum side side);

/* The members of a deal that stands in a list under a figure, into the open object. */
void opportunity_line_write(struct json_out *out, const struct opportunity_row *row,
                            const struct deal_assessment *deal);

#endif
