/* What is recorded after a registration and dated at or before it: a seller's engagement, or a deal that was open. */
#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/store/claim.h"
#include "tandem/store/engagement.h"

#include <string.h>

#define ENGAGED "engaged_before_registration: activity "
#define OPEN_DEAL "open_deal_before_registration: opportunity "

const char *claim_engaged_reason(struct arena *arena, const char *activity_id) {
    return arena_format(arena, ENGAGED "%s", activity_id);
}

const char *claim_open_deal_reason(struct arena *arena, const char *opportunity_id) {
    return arena_format(arena, OPEN_DEAL "%s", opportunity_id);
}

static const char *after(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0 ? text + strlen(start) : NULL;
}

static void dispute_write(struct json_out *out, const char *by, const char *reason, int64_t at,
                          const char *activity_id, const char *opportunity_id) {
    json_object(out, "dispute");
    json_add_text(out, "by", by);
    json_add_text(out, "reason", reason);
    json_add_text(out, "activity_id", activity_id);
    json_add_text(out, "opportunity_id", opportunity_id);
    json_add_instant(out, "disputed_at", at);
    json_object_end(out);
}

void claim_dispute_write(struct json_out *out, const struct claim_row *claim) {
    const struct deal_signals *signals = &claim->signals;
    if (signals->claim_disputed) {
        const char *activity = after(claim->dispute_reason, ENGAGED);
        dispute_write(out, activity ? "engagement" : "opportunity", claim->dispute_reason, claim->disputed_at,
                      activity, after(claim->dispute_reason, OPEN_DEAL));
    } else if (signals->ae_decision == DECISION_DECLINE) {
        dispute_write(out, "ae", claim->ae.reason, claim->ae.decided_at, NULL, NULL);
    } else if (signals->manager_decision == DECISION_DECLINE) {
        dispute_write(out, "partner_manager", claim->manager.reason, claim->manager.decided_at, NULL, NULL);
    } else {
        json_add_null(out, "dispute");
    }
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
