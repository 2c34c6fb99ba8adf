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

/* It is half of a deal's identity, so it is kept to what nobody can misread. */
#define IMPORT_SOURCE_FORM "1 to 63 letters, digits, '-', '_' or '.'"
bool import_source_is_good(const char *source);

/* Which attribution a line of history states, and whose. */
struct import_attribution {
    int value; /* enum attribution; -1: the line states none */
    const char *partner_id;
};

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
    struct import_attribution attribution;
};

/* What the table of fields cannot say: a closed deal has a day, an open one has none; a reason is of a lost deal; an
 * account has a name and domains that are its own. Fills what follows: lost without a reason is `unspecified`, a closed
 * deal stands in the roll-up stage closed, the family is `default`. `keys` of the account when it has one. */
void import_row_check(struct arena *arena, struct import_row *row, struct customer_keys *keys,
                      struct field_faults *faults);

/* Nothing is created or closed in the future. `today` in the tenant's zone. */
void import_row_check_clock(const struct import_row *row, int64_t now_at, int32_t today,
                            struct field_faults *faults);

/* -- history -- */
/* A line that states an attribution, and the deal as it stands. */
struct import_history {
    const struct import_attribution *stated;
    bool partner_known;
    int64_t created_at; /* the deal's own when it is known already, else the line's, else now */
    int64_t go_live_at;
    bool has_claim;
    int was_stated;                      /* enum attribution with which it was loaded; -1: it was not */
    const char *was_partner_id, *was_of; /* whose: public id and name */
    bool further_id;                     /* the line's id is a further one of a deal, which is not followed */
};

/* Deals from before the go-live are loaded once with their attribution: *again when this very statement stands, or
 * the line is not followed. Codes:
 * /attribution/partner_id unknown_partner; /attribution already_stated (another statement stands), claimed (partners have
 * claimed the deal), not_history (created at the go-live or after it). */
void import_history_check(const struct import_history *history, struct field_faults *faults, bool *again);

/* What a claim of history holds. A closed deal counts as stated, without signatures, and the partner of a won one takes
 * all of it; an open one is signed like any within the window, which starts at the go-live. */
struct import_standing {
    bool counts_as_stated;
    int share_basis_points; /* -1: none */
};
struct import_standing import_standing_of(int status);

/* Who may import: admin, crm_sync. */
bool import_allowed(unsigned roles);

#endif
