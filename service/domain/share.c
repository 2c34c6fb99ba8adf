/* How partners share what a win resolves. A claim that two have not signed, and no history states, has no part in it, so a
 * share for one says why it has none. */
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/stage.h"

#include <string.h>

enum { WHOLE_BP = 10000 };

static size_t claims_in(const struct close_claim *claims, size_t count, enum claim_state state) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += claims[i].state == state;
    return found;
}

static size_t claims_sharing(const struct close_claim *claims, size_t count) {
    return claims_in(claims, count, CLAIM_SIGNED) + claims_in(claims, count, CLAIM_STATED);
}

bool attribution_is_due(const struct close_claim *claims, size_t count) {
    return claims_sharing(claims, count) == 1 && claims_in(claims, count, CLAIM_PENDING) == 0 &&
           claims_in(claims, count, CLAIM_DISPUTED) == 0;
}

bool signature_resolves(const struct deal_signals *signals, const struct close_claim *claims, size_t count) {
    return signals->status == DEAL_WON && !signals->resolved && attribution_is_due(claims, count);
}

static const struct close_claim *claim_of(const struct close *close, const char *partner_id) {
    for (size_t i = 0; partner_id && i < close->claim_count; i++)
        if (strcmp(close->claims[i].partner_id, partner_id) == 0)
            return &close->claims[i];
    return NULL;
}

static const struct share *share_of(const struct close *close, const char *partner_id, size_t count) {
    for (size_t i = 0; partner_id && i < count; i++)
        if (close->shares[i].partner_id && strcmp(close->shares[i].partner_id, partner_id) == 0)
            return &close->shares[i];
    return NULL;
}

static void check_partner(const struct close *close, size_t index, struct field_faults *faults) {
    const char *pointer = arena_format(faults->arena, "/shares/%zu/partner_id", index);
    const char *partner_id = close->shares[index].partner_id;
    const struct close_claim *claim = claim_of(close, partner_id);
    if (share_of(close, partner_id, index))
        field_fault(faults, pointer, "repeated", "the partner has its share already");
    else if (!claim)
        field_fault(faults, pointer, "no_claim", "the partner has no claim on this deal");
    else if (claim->late)
        field_fault(faults, pointer, "claim_late", "the partner's claim came after the window");
    else if (claim->state == CLAIM_PENDING)
        field_fault(faults, pointer, "claim_pending", "two have to sign the partner's claim first");
    else if (claim->state == CLAIM_DISPUTED)
        field_fault(faults, pointer, "claim_disputed", "the partner's claim is disputed");
    else if (claim->state == CLAIM_LAPSED)
        field_fault(faults, pointer, "claim_lapsed", "the partner's claim was not signed inside the window");
}

static const char *sharing_names(const struct close *close, struct arena *arena) {
    const char *names = "";
    for (size_t i = 0; i < close->claim_count; i++)
        if (claim_shares(close->claims[i].state))
            names = arena_format(arena, "%s%s%s (%s)", names, *names ? ", " : "",
                                 close->claims[i].partner_name, close->claims[i].partner_id);
    return names;
}

void shares_check(const struct close *close, struct field_faults *faults) {
    int64_t left = WHOLE_BP;
    for (size_t i = 0; i < close->share_count; i++) {
        int64_t basis_points = close->shares[i].basis_points;
        if (basis_points < 1 || basis_points > WHOLE_BP)
            field_fault(faults, arena_format(faults->arena, "/shares/%zu/basis_points", i), "out_of_range",
                        "a share is 1 to 10000 basis points");
        else
            left -= basis_points;
        check_partner(close, i, faults);
    }
    if (close->share_count && left)
        field_fault(faults, "/shares", "not_whole", "the shares add up to 10000 basis points");
    if (!close->share_count && claims_sharing(close->claims, close->claim_count) > 1)
        field_fault(faults, "/shares", "required",
                    "several partners have a claim that is signed or stated, say how they share the deal: %s",
                    sharing_names(close, faults->arena));
}

void shares_settle(struct arena *arena, const struct close *close, struct close_result *result) {
    struct claim_share *settled = arena_alloc(arena, close->claim_count * sizeof *settled);
    for (size_t i = 0; i < close->claim_count; i++) {
        const struct close_claim *claim = &close->claims[i];
        if (!claim_shares(claim->state))
            continue;
        const struct share *given = share_of(close, claim->partner_id, close->share_count);
        settled[result->share_count++] = (struct claim_share){
            .claim_id = claim->id,
            .basis_points = given                ? given->basis_points
                            : close->share_count ? 0
                                                 : WHOLE_BP,
        };
    }
    result->shares = settled;
}
