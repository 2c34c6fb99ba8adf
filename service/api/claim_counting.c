/* The claims of a locked deal as the rules see them, and the one that counts kept up with them. */
#include <string.h>

#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/merge.h"
#include "tandem/store/claim.h"

const struct claim_row *claim_of_deal(const struct opportunity_row *row, const char *claim_id) {
    for (size_t i = 0; i < row->claim_count; i++)
        if (strcmp(row->claims[i].id, claim_id) == 0)
            return &row->claims[i];
    return NULL;
}

const struct claim_row *claim_of_partner(const struct opportunity_row *row, const char *partner_id) {
    for (size_t i = 0; i < row->claim_count; i++)
        if (strcmp(row->claims[i].partner.id, partner_id) == 0)
            return &row->claims[i];
    return NULL;
}

struct fault *claim_locked(struct call *call, struct opportunity_row *row, const struct claim_row **claim) {
    const struct request *request = call->request;
    TRY(opportunity_locked(call, request->path_values[0], row));
    *claim = claim_of_deal(row, request->path_values[1]);
    return *claim ? NULL : work_not_found(call->arena, "claim");
}

static bool is_signed(const struct claim_row *claim) {
    return claim->signals.ae_decision == DECISION_SIGN && claim->signals.manager_decision == DECISION_SIGN;
}

/* Signed by both, or of history that needs no signature. */
static bool stands(const struct claim_row *claim) {
    return is_signed(claim) || claim->signals.claim_stated;
}

static bool another_is_sourced(const struct opportunity_row *row, const struct claim_row *claim) {
    for (size_t i = 0; i < row->claim_count; i++)
        if (&row->claims[i] != claim && row->claims[i].signals.claim_value == ATTRIBUTION_SOURCED &&
            stands(&row->claims[i]))
            return true;
    return false;
}

struct claim_facts claim_facts_of(const struct call *call, const struct opportunity_row *row,
                                  const struct claim_row *claim) {
    struct claim_facts facts = {
        .now = call->scope.now_at,
        .deadline_at = claim_deadline(row->window_starts_at, (int)row->window_hours),
        .status = row->signals.status,
        .resolved = row->signals.resolved,
        .has_claim = claim != NULL,
    };
    if (!claim)
        return facts;
    facts.deadline_at = row->window_ends_at == INSTANT_NONE
                            ? claim->deadline_at
                            : merge_window_end(claim->deadline_at, row->window_ends_at);
    facts.claim_kind = claim->kind;
    facts.claim_version = (int)claim->claim_version;
    facts.claim_state = claim_state(&claim->signals);
    facts.claim_value = claim->signals.claim_value;
    facts.sourced_signed = another_is_sourced(row, claim);
    return facts;
}

struct claim_standing *claim_standings(struct arena *arena, const struct opportunity_row *row, int64_t lead) {
    struct claim_standing *standings = arena_alloc(arena, (row->claim_count + 1) * sizeof *standings);
    for (size_t i = 0; i < row->claim_count; i++) {
        const struct claim_row *claim = &row->claims[i];
        standings[i] = (struct claim_standing){
            .id = claim->id,
            .value = claim->signals.claim_value,
            .kind = claim->kind,
            .signed_by_both = stands(claim),
            .disputed = claim->signals.claim_disputed,
            .late = claim->signals.claim_late,
            .of_lead = claim->partner.key == lead,
            .deadline_at = claim->deadline_at,
            .created_at = claim->created_at,
        };
    }
    return standings;
}

struct close_claim *close_claims(struct arena *arena, const struct opportunity_row *row) {
    struct close_claim *claims = arena_alloc(arena, row->claim_count * sizeof *claims);
    for (size_t i = 0; i < row->claim_count; i++)
        claims[i] = (struct close_claim){
            .id = row->claims[i].id,
            .partner_id = row->claims[i].partner.id,
            .partner_name = row->claims[i].partner.name,
            .state = claim_state(&row->claims[i].signals),
            .late = row->claims[i].signals.claim_late,
        };
    return claims;
}

struct fault *claims_settle(struct call *call, const struct opportunity_row *row,
                            const struct claim_standing *standings, size_t count, int64_t partner) {
    const struct claim_standing *counting = &standings[claim_counting(standings, count)];
    TRY(claim_stand_verdict(call->arena, counting, row->signals.status, deal_assess(&row->signals).stage));
    if (strcmp(counting->id, row->counting_claim) == 0 && counting->value == row->attribution)
        return NULL;
    return claim_count(call->db, call->arena, call->scope.tenant_id, row->key, counting->id, partner);
}
