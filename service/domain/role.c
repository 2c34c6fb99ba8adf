/* Roles are a bit set; the side follows from the set. */
#include "tandem/domain/role.h"

#include <stddef.h>

const struct choice role_names[] = {{"partner_rep", ROLE_PARTNER_REP},
                                    {"ae", ROLE_AE},
                                    {"partner_manager", ROLE_PARTNER_MANAGER},
                                    {"partnerships_leader", ROLE_PARTNERSHIPS_LEADER},
                                    {"cro", ROLE_CRO},
                                    {"cfo", ROLE_CFO},
                                    {"admin", ROLE_ADMIN},
                                    {"reader", ROLE_READER},
                                    {"crm_sync", ROLE_CRM_SYNC},
                                    {"prm_portal", ROLE_PRM_PORTAL},
                                    {NULL}};

const struct choice side_names[] = {{"vendor", SIDE_VENDOR}, {"partner", SIDE_PARTNER}, {NULL}};

enum side roles_side(unsigned roles) {
    if (roles & ROLES_PARTNER_SIDE)
        return SIDE_PARTNER;
    return roles & ROLES_VENDOR ? SIDE_VENDOR : SIDE_NONE;
}

bool roles_mixed(unsigned roles) {
    return (roles & ROLES_PARTNER_SIDE) && (roles & ROLES_ALL & ~(unsigned)ROLES_PARTNER_SIDE);
}
