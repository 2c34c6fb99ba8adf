/* A partner's view belongs to the partner: the vendor reads it, and never writes it. */
#include "tandem/domain/partner_view.h"

#include "tandem/base/fault.h"
#include "tandem/domain/deal.h"

void partner_view_check(enum side side, const char *pointer, struct field_faults *faults) {
    if (side != SIDE_PARTNER)
        field_fault(faults, pointer, "not_allowed", "only the partner's side says what the partner expects");
}

struct fault *partner_view_verdict(struct arena *arena, int status) {
    if (status == DEAL_OPEN)
        return NULL;
    return fault_make(arena, PROBLEM_DEAL_CLOSED, "what was expected of a deal that is over stays as it was");
}
