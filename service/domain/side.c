/* A role says what a person may do, a tie says on which deals. One tie of the right kind is enough. */
#include "tandem/domain/side.h"

#include "tandem/base/fault.h"

enum { ROLES_EVERY_DEAL = ROLE_BIT(ROLE_PARTNERSHIPS_LEADER) | ROLE_BIT(ROLE_ADMIN) };

static bool vendor_may_act(unsigned roles, const struct deal_ties *ties) {
    return (roles & ROLES_EVERY_DEAL) || ((roles & ROLE_BIT(ROLE_AE)) && ties->owns_deal) ||
           ((roles & ROLE_BIT(ROLE_PARTNER_MANAGER)) && ties->manages_partner);
}

struct fault *lead_verdict(struct arena *arena, bool of_partner) {
    if (of_partner)
        return NULL;
    return fault_make(arena, PROBLEM_NOT_LEAD_PARTNER,
                      "another partner leads this deal; its side gives evidence and confirms stages");
}

struct fault *side_verdict(struct arena *arena, unsigned roles, const struct deal_ties *ties) {
    enum side side = roles_side(roles);
    if (side == SIDE_PARTNER)
        return lead_verdict(arena, ties->of_partner);
    if (side == SIDE_VENDOR && vendor_may_act(roles, ties))
        return NULL;
    if (side == SIDE_VENDOR && (roles & ROLE_BIT(ROLE_AE)))
        return fault_make(arena, PROBLEM_NOT_DEAL_OWNER, "an account executive acts on deals that they own");
    if (side == SIDE_VENDOR && (roles & ROLE_BIT(ROLE_PARTNER_MANAGER)))
        return fault_make(arena, PROBLEM_NOT_PARTNER_MANAGER,
                          "a partner manager acts on deals of partners that they manage");
    return fault_make(arena, PROBLEM_INSUFFICIENT_SCOPE, "the caller acts for neither side of this deal");
}

void acting_for_check(unsigned roles, struct field_faults *faults) {
    if (!(roles & ROLE_BIT(ROLE_PRM_PORTAL)))
        field_fault(faults, "/acting_for", "not_allowed", "only a portal acts for somebody");
}

bool side_confirms(unsigned roles) {
    return roles & ROLES_BOTH_SIDES;
}
