/* Which of the claims on a deal counts. Each question sorts harder than all that follow it; the first that tells two
 * claims apart decides. */
#include "tandem/domain/attribution.h"

#include <string.h>

#include "tandem/base/fault.h"

/* 0 is the strongest. */
static int standing_rank(const struct claim_standing *claim) {
    if (claim->late)
        return 3;
    if (claim->signed_by_both)
        return claim->disputed ? 1 : 0;
    return 2;
}

static int first_of(bool a, bool b) {
    return (int)b - (int)a;
}

static int sooner(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

/* Under 0: a counts before b. */
static int standing_compare(const struct claim_standing *a, const struct claim_standing *b) {
    int rank = standing_rank(a);
    int order = rank - standing_rank(b);
    bool is_signed = rank < 2;
    if (!order && !is_signed)
        order = sooner(b->deadline_at, a->deadline_at);
    if (!order)
        order = first_of(a->value == ATTRIBUTION_SOURCED, b->value == ATTRIBUTION_SOURCED);
    if (!order)
        order = first_of(a->of_lead, b->of_lead);
    if (!order)
        order = sooner(a->created_at, b->created_at);
    return order ? order : strcmp(a->id, b->id);
}

size_t claim_counting(const struct claim_standing *claims, size_t count) {
    size_t counting = 0;
    for (size_t i = 1; i < count; i++)
        if (standing_compare(&claims[i], &claims[counting]) < 0)
            counting = i;
    return counting;
}

const char *claim_pointers_check(const struct claim_pointers *pointers, const struct claim_standing *claims,
                                 size_t count) {
    const struct claim_standing *counting = count ? &claims[claim_counting(claims, count)] : NULL;
    const char *said = pointers->counting_claim;
    if (counting ? !said || strcmp(said, counting->id) != 0 : said != NULL)
        return "counting_claim";
    if (pointers->attribution != (counting ? counting->value : ATTRIBUTION_NONE))
        return "attribution";
    if (pointers->lead_claims != (counting != NULL))
        return "lead_partner_id";
    if (!pointers->partners_agree)
        return "partner_ids";
    return pointers->marks_agree ? NULL : "signed_at";
}

bool claim_carries(int kind, bool signed_by_both) {
    return kind == CLAIM_KIND_REGISTRATION || signed_by_both;
}

struct fault *claim_stand_verdict(struct arena *arena, const struct claim_standing *counting, int status,
                                  int stage) {
    if (status != DEAL_OPEN || stage <= 1 || claim_carries(counting->kind, counting->signed_by_both))
        return NULL;
    return fault_make(
        arena, PROBLEM_STAGE_MISMATCH,
        "the deal stands in stage %d on a claim, and would stand on one by hand that two have not signed; "
        "lower a side to stage 1 first",
        stage);
}
