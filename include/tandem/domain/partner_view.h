/* What a partner itself expects of a deal: an amount and a close date of its own, beside those of the deal. They enter no
 * figure and refresh nothing. docs/rules.md, Partner's view. */
#ifndef TANDEM_DOMAIN_PARTNER_VIEW_H
#define TANDEM_DOMAIN_PARTNER_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/money.h"
#include "tandem/domain/role.h"

struct arena;
struct fault;
struct field_faults;

struct partner_view {
    struct money amount; /* without a currency: none */
    int32_t close_date;  /* DATE_NONE */
};

/* Only the partner's side says what the partner expects: not_allowed at `pointer` from anybody else. */
void partner_view_check(enum side side, const char *pointer, struct field_faults *faults);

/* DEAL_CLOSED: what was expected of a deal that is over stays as it was. `status`: enum deal_status. A CRM that owns amount
 * and close date of the deal does not own the partner's. */
struct fault *partner_view_verdict(struct arena *arena, int status);

#endif
