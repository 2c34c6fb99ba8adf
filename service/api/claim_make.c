/* A claim that is made on a deal which stands already, by hand or by a registration that names it: the first one makes the
 * deal its partner's, others join it. */
#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/registration.h"
#include "tandem/domain/stage.h"
#include "tandem/store/claim.h"
#include "tandem/store/stage_model.h"

/* Where a direct deal enters the newest model by its first claim: nobody has signed, and nobody could give evidence; a
 * registration whose conflict was settled is clean. */
static struct fault *direct_deal_enters(struct call *call, const struct opportunity_row *row,
                                        struct claim_new *claim) {
    const struct stage_model *model;
    struct stage_facts facts = {.signals = row->signals,
                                .claim_kind = claim->kind,
                                .registration_state = claim->registration ? REGISTRATION_APPROVED : -1,
                                .registration_verdict = -1,
                                .conflict_resolved = claim->registration != 0,
                                .vendor_owner = row->owner.key != 0 || claim->owner != 0,
                                .partner_owner = claim->partner_rep != 0};
    facts.signals.claim_value = claim->value;
    facts.signals.claim_late = claim->late;
    facts.signals.window_open = !claim->late;
    TRY(stage_model_newest(call->db, call->arena, call->scope.tenant_id, &model));
    struct criterion_state *states = arena_alloc(call->arena, model->criterion_count * sizeof *states);
    for (size_t i = 0; i < model->criterion_count; i++) {
        const struct criterion *rule = &model->criteria[i];
        states[i] = (struct criterion_state){rule->key, rule->stage_number, rule->type};
        criterion_compute(&facts, &states[i]);
    }
    claim->model_version = model->version;
    claim->stage = stage_entry(model, states, model->criterion_count);
    return NULL;
}

/* A claim that joins others changes neither who leads nor where the deal stands; it may be the one that counts. */
static struct fault *join_others(struct call *call, const struct opportunity_row *row,
                                 const struct claim_new *claim) {
    struct claim_standing *standings = claim_standings(call->arena, row, row->lead_partner.key);
    standings[row->claim_count] = (struct claim_standing){
        .id = claim->id,
        .value = claim->value,
        .kind = claim->kind,
        .late = claim->late,
        .deadline_at = claim->deadline_at,
        .created_at = claim->created_at,
    };
    TRY(claim_join(call->db, call->arena, call->scope.tenant_id, claim));
    return claims_settle(call, row, standings, row->claim_count + 1, claim->by.partner.key);
}

struct fault *claim_put(struct call *call, const struct opportunity_row *row, struct claim_new *claim) {
    if (row->claim_count > 0)
        return join_others(call, row, claim);
    TRY(direct_deal_enters(call, row, claim));
    return claim_insert(call->db, call->arena, call->scope.tenant_id, claim);
}
