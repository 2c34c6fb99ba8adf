/* What is recorded after a registration and dated at or before it: a seller's engagement, or a deal that was open. */
#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/claim.h"
#include "tandem/store/engagement.h"

const char *claim_engaged_reason(struct arena *arena, const char *activity_id) {
    return arena_format(arena, "engaged_before_registration: activity %s", activity_id);
}

const char *claim_open_deal_reason(struct arena *arena, const char *opportunity_id) {
    return arena_format(arena, "open_deal_before_registration: opportunity %s", opportunity_id);
}

struct fault *claims_contradict_deal(struct call *call, const char *opportunity_id, int64_t dated_at,
                                     const char *reason) {
    struct opportunity_row row;
    TRY(opportunity_locked(call, opportunity_id, &row));
    struct claim_standing *standings = claim_standings(call->arena, &row, row.lead_partner.key);
    int64_t partner = 0;
    for (size_t i = 0; i < row.claim_count; i++) {
        const struct claim_row *claim = &row.claims[i];
        if (!claim_is_contradicted(claim->signals.claim_value, claim->signals.claim_disputed,
                                   row.signals.resolved, claim->registration_submitted_at, dated_at))
            continue;
        standings[i].disputed = true;
        if (!partner || standings[i].of_lead)
            partner = claim->partner.key;
        TRY(claim_dispute(call->db, call->arena, call->scope.tenant_id, claim->key, reason));
    }
    return partner ? claims_settle(call, &row, standings, row.claim_count, partner) : NULL;
}

struct fault *claims_contradict(struct call *call, int64_t account_key, const char *product_family,
                                int64_t dated_at, const char *reason) {
    struct text_list deals;
    TRY(engagement_deals(call->db, call->arena, call->scope.tenant_id, account_key, product_family, &deals));
    for (size_t i = 0; i < deals.count; i++)
        TRY(claims_contradict_deal(call, deals.items[i], dated_at, reason));
    return NULL;
}
