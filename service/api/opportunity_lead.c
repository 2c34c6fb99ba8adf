/* Handing the lead of a deal to another partner that claims it. What the former one confirmed stands, and the new one may
 * lower its side; a proposal that is open ends, because it was made to somebody else. */
#include "opportunity_lead.h"

#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/opportunity.h"

static struct fault *rep_of_lead(struct call *call, const struct claim_row *claim, const char *partner_rep,
                                 int64_t *rep) {
    struct person_nominee nominee;
    bool known;
    TRY(person_nominee_find(call->db, call->arena, call->scope.tenant_id, partner_rep, claim->partner.key,
                            &known, &nominee));
    const struct partner_rep named = {
        .known = known,
        .active = nominee.active,
        .roles = nominee.roles,
        .has_partner = true,
        .of_partner = nominee.of_partner,
    };
    *rep = nominee.person;
    return partner_rep_verdict(call->arena, &named);
}

struct fault *lead_change(struct call *call, const struct opportunity_row *row, const char *partner_id,
                          const char *partner_rep) {
    const struct claim_row *claim = claim_of_partner(row, partner_id);
    const struct lead_change change = {
        .roles = call->roles,
        .manages_partner = row->lead_partner_manager == call->scope.person_id,
        .status = row->signals.status,
        .claim_state = claim ? claim_state(&claim->signals) : CLAIM_NONE,
        .has_rep = partner_rep != NULL,
    };
    int64_t rep;
    TRY(lead_change_verdict(call->arena, &change));
    TRY(rep_of_lead(call, claim, partner_rep, &rep));
    TRY(opportunity_lead(call->db, call->arena, call->scope.tenant_id, row->key, claim->partner.key,
                         claim->partner_manager, rep));
    const struct claim_standing *standings = claim_standings(call->arena, row, claim->partner.key);
    return claims_settle(call, row, standings, row->claim_count, claim->partner.key);
}
