/* Who may act on a deal for the vendor or for its partner. docs/rules.md, People. */
#ifndef TANDEM_DOMAIN_SIDE_H
#define TANDEM_DOMAIN_SIDE_H

#include <stdbool.h>

#include "tandem/domain/role.h"

struct arena;
struct fault;
struct field_faults;

/* What ties the caller to the deal, on the locked row. */
struct deal_ties {
    bool owns_deal;       /* is its owner */
    bool manages_partner; /* is the manager of its lead partner */
    bool of_partner;      /* is a representative or portal of its lead partner */
};

/* For the vendor: an AE on the deals they own, a partner manager on the deals of partners they manage, the
 * partnerships leader and the admin on all (which operations an admin reaches is the operation's business).
 * For the partner: whoever represents the lead partner. NULL, NOT_DEAL_OWNER (an AE), NOT_PARTNER_MANAGER,
 * NOT_LEAD_PARTNER or INSUFFICIENT_SCOPE. */
struct fault *side_verdict(struct arena *arena, unsigned roles, const struct deal_ties *ties);

/* What a deal's stage rests on is between the vendor and the partner that leads: NOT_LEAD_PARTNER for another one that
 * claims the deal. */
struct fault *lead_verdict(struct arena *arena, bool of_partner);

/* Somebody stands behind a portal only: /acting_for not_allowed for the caller of any other role. */
void acting_for_check(unsigned roles, struct field_faults *faults);

/* May these roles confirm evidence for a side? An admin acts, but confirms for nobody. */
bool side_confirms(unsigned roles);

#endif
