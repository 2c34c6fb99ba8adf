/* Merging deals. Nothing is added up twice and nothing is made up: the other deal leaves every total, what two have
 * signed stays, and what would contradict is refused with the way out. */
#include "tandem/domain/merge.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/role.h"

struct fault *merged_away_verdict(struct arena *arena, const char *merged_into) {
    return merged_into ? fault_make(arena, PROBLEM_DEAL_CLOSED,
                                    "the deal was merged into %s: go on with that one", merged_into)
                       : NULL;
}

static struct fault *owner_verdict(struct arena *arena, const struct merge *merge) {
    if (merge->is_machine || (merge->roles & ROLE_BIT(ROLE_ADMIN)))
        return NULL;
    const struct merge_deal *survivor = &merge->survivor, *merged = &merge->merged;
    if ((survivor->owned || merged->owned) && (survivor->owned || !survivor->has_owner) &&
        (merged->owned || !merged->has_owner))
        return NULL;
    return fault_make(
        arena, PROBLEM_NOT_DEAL_OWNER,
        "an account executive merges two deals of their own, or one and another that nobody owns");
}

static struct fault *standing_verdict(struct arena *arena, const struct merge_deal *deal) {
    TRY(merged_away_verdict(arena, deal->merged_into));
    return deal->status == DEAL_REMOVED
               ? fault_make(arena, PROBLEM_DEAL_CLOSED, "the deal %s was removed in the CRM", deal->id)
               : NULL;
}

static struct fault *sameness_verdict(struct arena *arena, const struct merge_deal *survivor,
                                      const struct merge_deal *merged) {
    if (survivor->account && merged->account && survivor->account != merged->account)
        return fault_make(
            arena, PROBLEM_NOT_MERGEABLE,
            "the deals are of two accounts: merge the accounts first, when they are one customer");
    if (strcmp(survivor->product_family, merged->product_family) != 0)
        return fault_make(arena, PROBLEM_NOT_MERGEABLE,
                          "the deals are of two product families, %s and %s: these are two deals",
                          survivor->product_family, merged->product_family);
    if (survivor->status != merged->status)
        return fault_make(
            arena, PROBLEM_NOT_MERGEABLE,
            "one deal is %s, the other one %s: bring both to one outcome first (close, or reopen, the "
            "one that is behind), then merge",
            choice_name(deal_statuses, survivor->status), choice_name(deal_statuses, merged->status));
    return NULL;
}

struct fault *merge_verdict(struct arena *arena, const struct merge *merge, enum merge_step *step) {
    const struct merge_deal *survivor = &merge->survivor, *merged = &merge->merged;
    struct field_faults faults = {.arena = arena};
    if (strcmp(survivor->id, merged->id) == 0)
        field_fault(&faults, "/from", "same", "a deal is not merged into itself");
    TRY(field_faults_fault(&faults));
    TRY(merged_away_verdict(arena, survivor->merged_into));
    TRY(owner_verdict(arena, merge));
    *step = MERGE_REPEATED;
    if (merged->merged_into && strcmp(merged->merged_into, survivor->id) == 0)
        return NULL;
    TRY(standing_verdict(arena, survivor));
    TRY(standing_verdict(arena, merged));
    *step = MERGE_NEEDED;
    return sameness_verdict(arena, survivor, merged);
}

enum merge_fields merge_fields(const struct merge *merge) {
    if (merge->survivor.crm_linked)
        return MERGE_KEEPS;
    return merge->merged.crm_linked ? MERGE_TAKES : MERGE_FILLS;
}

int64_t merge_window_end(int64_t survivor_ends_at, int64_t merged_ends_at) {
    return survivor_ends_at < merged_ends_at ? survivor_ends_at : merged_ends_at;
}

bool merge_claim_stays(const struct merge_claim *claim) {
    return claim->of_survivor != claim->moves;
}

/* Of one partner: the survivor's own counts before an equal one, whatever partner leads. */
static bool is_stronger(const struct merge_claim *other, const struct merge_claim *own) {
    struct claim_standing two[] = {own->standing, other->standing};
    two[0].of_lead = true;
    two[1].of_lead = false;
    return claim_counting(two, 2) == 1;
}

static struct merge_claim *of_same_partner(struct merge_claim *claims, size_t count,
                                           const struct merge_claim *claim) {
    for (size_t i = 0; i < count; i++)
        if (claims[i].partner == claim->partner && claims[i].of_survivor != claim->of_survivor)
            return &claims[i];
    return NULL;
}

static bool is_sourced_and_signed(const struct merge_claim *claim) {
    return merge_claim_stays(claim) && claim->standing.value == ATTRIBUTION_SOURCED &&
           claim->standing.signed_by_both;
}

struct fault *merge_claims(struct arena *arena, struct merge_claim *claims, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct merge_claim *claim = &claims[i];
        struct merge_claim *other = of_same_partner(claims, count, claim);
        if (!claim->of_survivor)
            claim->moves = !other || is_stronger(claim, other);
        else
            claim->moves = other && is_stronger(other, claim);
    }
    const struct merge_claim *sourced = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_sourced_and_signed(&claims[i]))
            continue;
        if (sourced)
            return fault_make(
                arena, PROBLEM_SOURCED_CLAIM_EXISTS,
                "claims of %s and %s are both signed (or stated of history) as sourced, and a "
                "deal is sourced by one partner: a new version makes one of them influence first; "
                "history that was closed is reopened for that, and closed again",
                sourced->partner_name, claims[i].partner_name);
        sourced = &claims[i];
    }
    return NULL;
}

enum merge_resolution merge_resolution(const struct merge_claim *claims, size_t count) {
    bool comes = false, had = false;
    for (size_t i = 0; i < count; i++) {
        comes |= claims[i].moves;
        had |= claims[i].of_survivor;
    }
    if (!comes)
        return MERGE_RESOLUTION_KEEPS;
    return had ? MERGE_RESOLUTION_ENDS : MERGE_RESOLUTION_TAKES;
}

int merge_stage(const struct criterion_state *states, size_t count, int stage) {
    struct unmet unmet[2];
    for (int number = 1; number < stage; number++)
        for (size_t i = 0; i < count; i++)
            if (readiness(&states[i], 1, number, unmet) > 0)
                return number;
    return stage;
}
