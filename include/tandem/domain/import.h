/* A deal as a CRM's export has it: one line of `tandem import`. docs/rules.md, Import. */
#ifndef TANDEM_DOMAIN_IMPORT_H
#define TANDEM_DOMAIN_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/json.h"
#include "tandem/base/money.h"
#include "tandem/domain/registration.h"

struct arena;
struct field_faults;

struct import_row {
    const char *external_id, *name;
    struct customer account; /* its name is NULL: the row has no account */
    const char *product_family;
    const char *owner_name, *owner_email;
    struct money amount;
    int32_t close_date;
    int64_t created_at; /* INSTANT_NONE: the time of the first import */
    int crm_stage;      /* enum rollup; -1 */
    int status;         /* DEAL_OPEN, DEAL_WON, DEAL_LOST */
    int32_t closed_on;
    int reason_code; /* enum lost_reason; -1 */
};

/* What the table of fields cannot say: a closed deal has a day, an open one has none; a reason is of a lost deal; an
 * account has a name and domains that are its own. Fills what follows: lost without a reason is `unspecified`, a closed
 * deal stands in the roll-up stage closed, the family is `default`. `keys` of the account when it has one. */
void import_row_check(struct arena *arena, struct import_row *row, struct customer_keys *keys,
                      struct field_faults *faults);

/* Nothing is created or closed in the future. `today` in the tenant's zone. */
void import_row_check_clock(const struct import_row *row, int64_t now_at, int32_t today,
                            struct field_faults *faults);

/* Who may import: admin, crm_sync. */
bool import_allowed(unsigned roles);

#endif
