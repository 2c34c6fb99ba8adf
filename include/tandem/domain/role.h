/* Roles and sides (docs/rules.md, People). A caller stands on one side; roles of two sides in one token are
 * refused. */
#ifndef TANDEM_DOMAIN_ROLE_H
#define TANDEM_DOMAIN_ROLE_H

#include "tandem/base/choice.h"

enum role {
    ROLE_PARTNER_REP,
    ROLE_AE,
    ROLE_PARTNER_MANAGER,
    ROLE_PARTNERSHIPS_LEADER,
    ROLE_CRO,
    ROLE_CFO,
    ROLE_ADMIN,
    ROLE_READER,
    ROLE_CRM_SYNC,
    ROLE_PRM_PORTAL,
    ROLE_COUNT
};

/* Sets of roles are bit sets of (1 << role). */
#define ROLE_BIT(role) (1u << (role))

enum role_set {
    ROLES_PARTNER_SIDE = ROLE_BIT(ROLE_PARTNER_REP) | ROLE_BIT(ROLE_PRM_PORTAL),
    ROLES_MANAGER = ROLE_BIT(ROLE_PARTNER_MANAGER) | ROLE_BIT(ROLE_PARTNERSHIPS_LEADER),
    ROLES_VENDOR =
        ROLE_BIT(ROLE_AE) | ROLES_MANAGER | ROLE_BIT(ROLE_CRO) | ROLE_BIT(ROLE_CFO) | ROLE_BIT(ROLE_ADMIN),
    ROLES_BOTH_SIDES = ROLE_BIT(ROLE_AE) | ROLES_MANAGER | ROLES_PARTNER_SIDE,
    ROLES_ALL = (1u << ROLE_COUNT) - 1
};

enum side { SIDE_NONE, SIDE_VENDOR, SIDE_PARTNER };

extern const struct choice role_names[];
extern const struct choice side_names[]; /* vendor, partner */

/* SIDE_PARTNER when any role is of the partner side, SIDE_VENDOR when a human vendor role is there, else
 * SIDE_NONE (machines without a side: reader, crm_sync). */
enum side roles_side(unsigned roles);
/* true when roles of the partner side stand beside any other role: such a token is refused. */
bool roles_mixed(unsigned roles);

#endif
