/* The common ground of everything that moves a deal between stages or changes what a move rests on. */
#include "stage.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/confirmation.h"
#include "tandem/domain/merge.h"
#include "tandem/domain/side.h"
#include "tandem/store/evidence.h"

struct fault *stage_enter(struct call *call, struct stage_deal **deal) {
    TRY(stage_lock(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], deal));
    if (!*deal)
        return work_not_found(call->arena, "opportunity");
    TRY(merged_away_verdict(call->arena, (*deal)->merged_into));
    const struct deal_ties ties = {
        .owns_deal = (*deal)->owner_id == call->scope.person_id,
        .manages_partner = (*deal)->lead_partner_manager_id == call->scope.person_id,
        .of_partner = call->side == SIDE_PARTNER && (*deal)->leads,
    };
    return side_verdict(call->arena, call->roles, &ties);
}

struct stage_criterion *stage_criterion_find(const struct stage_deal *deal, const char *key) {
    for (size_t i = 0; i < deal->criterion_count; i++)
        if (strcmp(deal->criteria[i].rule.key, key) == 0)
            return &deal->criteria[i];
    return NULL;
}

struct fault *stage_criterion_of_path(struct call *call, const struct stage_deal *deal,
                                      const struct stage_criterion **criterion) {
    TRY(stage_open_verdict(call->arena, stage_has_claim(deal), deal->facts.signals.status));
    *criterion = stage_criterion_find(deal, call->request->path_values[1]);
    if (!*criterion)
        return work_not_found(call->arena, "criterion");
    return criterion_verdict(call->arena, &(*criterion)->rule);
}

int stage_number(const struct stage_deal *deal, const char *key) {
    for (size_t i = 0; i < deal->criterion_count; i++)
        if (strcmp(deal->criteria[i].stage_key, key) == 0)
            return deal->criteria[i].rule.stage_number;
    return 0;
}

static const struct stage_criterion *stage_find_number(const struct stage_deal *deal, int number) {
    for (size_t i = 0; i < deal->criterion_count; i++)
        if (deal->criteria[i].rule.stage_number == number)
            return &deal->criteria[i];
    return NULL;
}

const char *stage_key(const struct stage_deal *deal, int number) {
    const struct stage_criterion *criterion = stage_find_number(deal, number);
    return criterion ? criterion->stage_key : NULL;
}

int stage_last(const struct stage_deal *deal) {
    return deal->criterion_count ? deal->criteria[deal->criterion_count - 1].rule.stage_number : 0;
}

bool stage_has_claim(const struct stage_deal *deal) {
    return deal->counting_claim != NULL;
}

static bool is_open_item(const struct stage_deal *deal, size_t index, enum side side) {
    const struct criterion_state *state = &deal->states[index];
    return state->met && deal->criteria[index].evidence_version > 0 &&
           !(side == SIDE_VENDOR ? state->vendor_confirmed : state->partner_confirmed);
}

struct fault *stage_confirm_only(struct call *call, struct stage_deal *deal, const bool *wanted) {
    const char **criteria = arena_alloc(call->arena, deal->criterion_count * sizeof *criteria);
    int64_t *versions = arena_alloc(call->arena, deal->criterion_count * sizeof *versions);
    size_t count = 0;
    for (size_t i = 0; i < deal->criterion_count; i++) {
        struct criterion_state *state = &deal->states[i];
        if (!wanted[i] || !is_open_item(deal, i, call->side))
            continue;
        criteria[count] = state->key;
        versions[count++] = deal->criteria[i].evidence_version;
        *(call->side == SIDE_VENDOR ? &state->vendor_confirmed : &state->partner_confirmed) = true;
    }
    if (!count)
        return NULL;
    const struct confirmation_new confirmation = {deal->opportunity_id, criteria, versions, count,
                                                  (int)call->side};
    return confirmation_insert(call->db, call->arena, call->scope.tenant_id, &confirmation);
}

struct fault *stage_confirm(struct call *call, struct stage_deal *deal, int from, int to) {
    bool *wanted = arena_alloc(call->arena, deal->criterion_count * sizeof *wanted);
    for (size_t i = 0; i < deal->criterion_count; i++)
        wanted[i] = deal->states[i].stage_number >= from && deal->states[i].stage_number <= to;
    return stage_confirm_only(call, deal, wanted);
}

struct fault *stage_gate(struct call *call, const struct stage_deal *deal, int stage, int to_stage,
                         struct advance_result *result) {
    const struct deal_signals *signals = &deal->facts.signals;
    const struct advance advance = {
        .stage = stage,
        .to_stage = to_stage,
        .side = call->side,
        .has_claim = stage_has_claim(deal),
        .status = signals->status,
        .vendor_stage = signals->vendor_stage,
        .partner_stage = signals->partner_stage,
        .last_stage = stage_last(deal),
        .proposal = deal->proposal,
        .states = deal->states,
        .state_count = deal->criterion_count,
        .now = call->scope.now_at,
        .proposal_days = deal->proposal_days,
    };
    return advance_verdict(call->arena, &advance, result);
}

struct stage_closing stage_closing_of(const struct stage_deal *deal, const struct close_result *result) {
    const struct deal_signals *signals = &deal->facts.signals;
    return (struct stage_closing){
        .vendor_stage = result->last_stage ? stage_last(deal) : signals->vendor_stage,
        .partner_stage = result->last_stage ? stage_last(deal) : signals->partner_stage,
        .resolved = result->resolved,
        .backdated = result->backdated,
        .outside_gates = result->outside_gates,
        .shares = result->shares,
        .share_count = result->share_count,
    };
}

struct fault *stage_resolved(struct db *db, struct arena *arena, int32_t tenant_id,
                             const struct stage_deal *deal, const struct close_result *result) {
    const struct stage_closing closing = stage_closing_of(deal, result);
    return stage_resolve(db, arena, tenant_id, deal->opportunity_id, closing.vendor_stage,
                         closing.partner_stage, closing.shares, closing.share_count);
}

void stage_write(struct json_out *out, const struct stage_deal *deal) {
    const struct deal_signals *signals = &deal->facts.signals;
    int number = deal_assess(signals).stage;
    json_object(out, "stage");
    json_add_text(out, "key", stage_key(deal, number));
    json_add_integer(out, "number", number);
    json_add_choice(out, "rollup", rollups, stage_find_number(deal, number)->rollup);
    json_add_text(out, "vendor", stage_key(deal, signals->vendor_stage));
    json_add_text(out, "partner", stage_key(deal, signals->partner_stage));
    json_add_instant(out, "entered_at", deal->stage_entered_at);
    json_object_end(out);
}

void proposal_write(struct json_out *out, const struct stage_deal *deal, int64_t now_at) {
    const struct proposal *proposal = &deal->proposal;
    if (!proposal_is_open(proposal, now_at, deal->proposal_days)) {
        json_add_null(out, "proposal");
        return;
    }
    json_object(out, "proposal");
    json_add_text(out, "to_stage", stage_key(deal, proposal->to_stage));
    json_add_choice(out, "side", side_names, (int)proposal->side);
    work_person(out, "person", deal->proposer, deal->proposer_name);
    json_add_instant(out, "proposed_at", proposal->made_at);
    json_add_instant(out, "expires_at", proposal->made_at + deal->proposal_days * DAY_US);
    json_object_end(out);
}
