/* merge_opportunities: the deal of the path stays, the one in the body goes over to it. Everything is read under the locks
 * of both, decided in the domain, and written in one transaction; what stays is one deal with one history. */
#include "merge.h"

#include <string.h>

#include "claim.h"
#include "merge_body.h"
#include "stage.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/time.h"
#include "tandem/http/operation.h"
#include "tandem/store/claim.h"
#include "tandem/store/merge.h"

/* Both rows, locked. */
struct pair {
    struct opportunity_row survivor, merged;
};

static struct fault *pair_lock(struct call *call, const struct deals_merging *asked, struct pair *pair) {
    const int32_t tenant_id = call->scope.tenant_id;
    bool known, other_known;
    TRY(merge_begin(call));
    TRY(merge_lock(call->db, call->arena, tenant_id, asked->survivor, asked->from));
    TRY(opportunity_find(call->db, call->arena, tenant_id, asked->survivor, &known, &pair->survivor));
    TRY(opportunity_find(call->db, call->arena, tenant_id, asked->from, &other_known, &pair->merged));
    return merge_known(call->arena, "opportunity", "unknown_opportunity", known, other_known);
}

static struct merge_deal deal_of(const struct call *call, const struct opportunity_row *row) {
    return (struct merge_deal){
        .id = row->id,
        .status = row->signals.status,
        .merged_into = row->merged_into,
        .account = row->account.key,
        .product_family = row->product_family,
        .crm_linked = row->crm_source,
        .has_owner = row->owner.key,
        .owned = row->owner.key == call->scope.person_id,
    };
}

static int64_t window_end(const struct opportunity_row *row) {
    int64_t own = claim_deadline(row->window_starts_at, (int)row->window_hours);
    return row->window_ends_at == INSTANT_NONE ? own : merge_window_end(own, row->window_ends_at);
}

/* -- claims -- */

/* Those of both deals; the rows they came from stand at the same index. */
struct claims {
    struct merge_claim *items;
    const struct claim_row **rows;
    const char **disputes; /* why the claim is disputed by the merge; NULL: it is not */
    size_t count;
};

static int64_t window_end_of(const struct pair *pair) {
    return merge_window_end(window_end(&pair->survivor), window_end(&pair->merged));
}

static void claims_add(struct call *call, struct claims *claims, const struct pair *pair, int64_t lead,
                       bool of_survivor) {
    const struct opportunity_row *row = of_survivor ? &pair->survivor : &pair->merged;
    struct claim_standing *standings = claim_standings(call->arena, row, lead);
    for (size_t i = 0; i < row->claim_count; i++) {
        standings[i].deadline_at = merge_window_end(standings[i].deadline_at, window_end_of(pair));
        claims->rows[claims->count] = &row->claims[i];
        claims->disputes[claims->count] = NULL;
        claims->items[claims->count++] = (struct merge_claim){
            .standing = standings[i],
            .partner = row->claims[i].partner.key,
            .partner_name = row->claims[i].partner.name,
            .of_survivor = of_survivor,
        };
    }
}

/* The other deal stood open when the registration came: the claim is disputed, and flips nothing. */
static struct fault *claims_contradict_each(struct call *call, const struct pair *pair,
                                            struct claims *claims) {
    struct merge_contradiction *found;
    size_t count;
    TRY(merge_contradictions(call->db, call->arena, call->scope.tenant_id, pair->survivor.key,
                             pair->merged.key, &found, &count));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < claims->count; k++) {
            const struct merge_claim *claim = &claims->items[k];
            const bool resolved =
                claim->of_survivor ? pair->survivor.signals.resolved : pair->merged.signals.resolved;
            if (claims->rows[k]->key != found[i].claim ||
                !claim_is_contradicted(claim->standing.value, claim->standing.disputed, resolved,
                                       found[i].submitted_at, found[i].created_at))
                continue;
            claims->items[k].standing.disputed = true;
            claims->disputes[k] = claim_open_deal_reason(call->arena, found[i].opportunity);
        }
    return NULL;
}

static struct fault *claims_take(struct call *call, const struct pair *pair, struct claims *claims) {
    const struct opportunity_row *survivor = &pair->survivor, *merged = &pair->merged;
    const int64_t lead = survivor->lead_partner.key ? survivor->lead_partner.key : merged->lead_partner.key;
    const size_t room = survivor->claim_count + merged->claim_count;
    *claims = (struct claims){
        .items = arena_alloc(call->arena, room * sizeof *claims->items),
        .rows = arena_alloc(call->arena, room * sizeof *claims->rows),
        .disputes = arena_alloc(call->arena, room * sizeof *claims->disputes),
    };
    claims_add(call, claims, pair, lead, true);
    claims_add(call, claims, pair, lead, false);
    TRY(claims_contradict_each(call, pair, claims));
    return merge_claims(call->arena, claims->items, claims->count);
}

/* Of those that the survivor has afterwards, the one that counts; NULL: it has none. */
static const char *claims_counting(struct arena *arena, const struct claims *claims) {
    struct claim_standing *standings = arena_alloc(arena, claims->count * sizeof *standings);
    size_t count = 0;
    for (size_t i = 0; i < claims->count; i++)
        if (merge_claim_stays(&claims->items[i]))
            standings[count++] = claims->items[i].standing;
    return count ? standings[claim_counting(standings, count)].id : NULL;
}

static struct fault *claims_dispute(struct call *call, const struct claims *claims) {
    for (size_t i = 0; i < claims->count; i++)
        if (claims->disputes[i] && merge_claim_stays(&claims->items[i]))
            TRY(claim_dispute(call->db, call->arena, call->scope.tenant_id, claims->rows[i]->key,
                              claims->disputes[i]));
    return NULL;
}

/* -- the merge -- */

static struct merging merging_of(struct call *call, const struct pair *pair, const struct merge *merge,
                                 const struct claims *claims, const char *reason) {
    int64_t *moves = arena_alloc(call->arena, claims->count * sizeof *moves);
    struct merging merging = {
        .survivor = pair->survivor.key,
        .merged = pair->merged.key,
        .survivor_id = pair->survivor.id,
        .survivor_linked = pair->survivor.crm_source,
        .moves = moves,
        .fields = merge_fields(merge),
        .resolution = merge_resolution(claims->items, claims->count),
        .counting_claim = claims_counting(call->arena, claims),
        .window_ends_at = window_end_of(pair),
        .reason = reason,
    };
    for (size_t i = 0; i < claims->count; i++)
        if (claims->items[i].moves)
            moves[merging.move_count++] = claims->rows[i]->key;
    return merging;
}

/* A stage that the criteria of both together do not carry is left by both sides. */
static struct fault *stage_settle(struct call *call, const char *opportunity_id) {
    struct stage_deal *deal;
    TRY(stage_find(call->db, call->arena, call->scope.tenant_id, opportunity_id, &deal));
    const struct deal_signals *signals = &deal->facts.signals;
    if (signals->status != DEAL_OPEN || !stage_has_claim(deal))
        return NULL;
    const int lower = deal_assess(signals).stage;
    const int highest = merge_stage(deal->states, deal->criterion_count, lower);
    if (highest == lower)
        return NULL;
    return stage_lower(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, highest, highest,
                       "after the merge criteria of this stage are open");
}

struct fault *deals_merge(struct call *call, const struct deals_merging *asked) {
    struct pair pair;
    struct claims claims;
    enum merge_step step;
    TRY(pair_lock(call, asked, &pair));
    const struct merge merge = {
        .is_machine = asked->is_machine,
        .roles = call->roles,
        .survivor = deal_of(call, &pair.survivor),
        .merged = deal_of(call, &pair.merged),
    };
    TRY(merge_verdict(call->arena, &merge, &step));
    if (step == MERGE_NEEDED) {
        TRY(claims_take(call, &pair, &claims));
        const struct merging merging = merging_of(call, &pair, &merge, &claims, asked->reason);
        TRY(claims_dispute(call, &claims));
        TRY(merge_write(call->db, call->arena, call->scope.tenant_id, &merging));
        TRY(stage_settle(call, pair.survivor.id));
    }
    return NULL;
}

static struct fault *merge_serve(struct call *call) {
    const struct merge_body *body = call->request->body;
    const struct deals_merging asked = {
        .survivor = call->request->path_values[0],
        .from = body->from,
        .reason = body->reason,
        .is_machine = call->roles & ROLE_BIT(ROLE_CRM_SYNC),
    };
    TRY(deals_merge(call, &asked));
    return opportunity_answer(call, asked.survivor, 200);
}

const struct operation merge_opportunities = {
    .name = "merge_opportunities",
    .roles = ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_CRM_SYNC) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &merge_body_shape,
    .work = &(const struct call_work){merge_serve},
};
