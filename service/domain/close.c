/* Closing. What a person typed wrong is said first and all at once; then the date; then, for a win whose
 * claim still counts, the gates. */
#include "tandem/domain/stage.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/calendar.h"

#include <string.h>

enum { WHOLE_BP = 10000 };

const struct choice lost_reasons[] = {{"unspecified", LOST_UNSPECIFIED},
                                      {"price", LOST_PRICE},
                                      {"competitor", LOST_COMPETITOR},
                                      {"no_budget", LOST_NO_BUDGET},
                                      {"no_decision", LOST_NO_DECISION},
                                      {"timing", LOST_TIMING},
                                      {"product_fit", LOST_PRODUCT_FIT},
                                      {"duplicate", LOST_DUPLICATE},
                                      {"other", LOST_OTHER},
                                      {NULL}};

/* The gates bind deals whose claim may still be signed or is. */
static bool is_gated(const struct close *close) {
    enum claim_state state = claim_state(&close->signals);
    return close->outcome == DEAL_WON && state != CLAIM_NONE && state != CLAIM_LAPSED;
}

static void check_shares(const struct close *close, struct field_faults *faults) {
    int64_t left = WHOLE_BP;
    for (size_t i = 0; i < close->share_count; i++) {
        const struct share *share = &close->shares[i];
        const char *pointer = arena_format(faults->arena, "/shares/%zu/basis_points", i);
        if (share->basis_points < 1 || share->basis_points > WHOLE_BP)
            field_fault(faults, pointer, "out_of_range", "a share is 1 to 10000 basis points");
        else
            left -= share->basis_points;
        pointer = arena_format(faults->arena, "/shares/%zu/partner_id", i);
        if (!share->partner_id || !close->claim_partner_id ||
            strcmp(share->partner_id, close->claim_partner_id))
            field_fault(faults, pointer, "no_claim", "only the partner whose claim is signed takes a share");
    }
    if (close->share_count && left)
        field_fault(faults, "/shares", "not_whole", "the shares add up to 10000 basis points");
}

static void check_fields(const struct close *close, struct field_faults *faults) {
    if (close->outcome == DEAL_LOST && !choice_name(lost_reasons, close->reason_code))
        field_fault(faults, "/reason_code", "required", "a lost deal needs a reason code");
    if (close->outcome == DEAL_WON && choice_name(lost_reasons, close->reason_code))
        field_fault(faults, "/reason_code", "not_applicable", "a won deal has no reason code");
    if (close->closed_on == DATE_NONE)
        field_fault(faults, "/closed_on", "required", "say on which day it closed");
    else if (close->closed_on > close->today)
        field_fault(faults, "/closed_on", "in_future", "the day has not come yet");
    if (close->outcome == DEAL_WON && !close->signals.has_amount)
        field_fault(faults, "/amount", "required", "a won deal has an amount");
    if (is_gated(close))
        check_shares(close, faults);
    else if (close->share_count)
        field_fault(faults, "/shares", "not_applicable",
                    "without a claim that counts there is nothing to share");
}

static bool is_backdated(const struct close *close) {
    return business_days_between(&close->calendar, close->closed_on, close->today) >
           close->backdated_business_days;
}

/* `outcome` needs its evidence and the partner's confirmation; the vendor confirms by closing.
 * attribution_resolved is what this close brings about, so only the signatures under it are asked for. */
static size_t last_stage_unmet(const struct close *close, struct unmet *out) {
    size_t count = 0;
    for (size_t i = 0; i < close->state_count; i++) {
        struct criterion_state state = close->states[i];
        if (state.stage_number != close->closing_stage + 1 || state.type == EVIDENCE_COMPUTED)
            continue;
        state.vendor_confirmed = true;
        count += readiness(&state, 1, state.stage_number, out + count);
    }
    return count;
}

static const char *unsigned_reason(const struct close *close, const char **owed_by) {
    struct stage_facts facts = {.signals = close->signals};
    struct criterion_state state = {.key = "attribution_resolved", .type = EVIDENCE_COMPUTED};
    facts.signals.resolved = true; /* asked as if resolved: what is still missing then are signatures */
    criterion_compute(&facts, &state);
    *owed_by = state.owed_by;
    return state.missing;
}

static struct fault *gates_verdict(struct arena *arena, const struct close *close) {
    const struct deal_signals *signals = &close->signals;
    int stage =
        signals->vendor_stage < signals->partner_stage ? signals->vendor_stage : signals->partner_stage;
    if (stage != close->closing_stage)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH,
                          "a deal is won from stage %d, this one is in stage %d", close->closing_stage,
                          stage);
    struct unmet *unmet = arena_alloc(arena, 2 * close->state_count * sizeof *unmet);
    size_t count = readiness(close->states, close->state_count, close->closing_stage, unmet);
    count += last_stage_unmet(close, unmet + count);
    const char *owed_by, *signature = unsigned_reason(close, &owed_by);
    if (!count && !signature)
        return NULL;
    struct fault *fault =
        count ? fault_make(arena, PROBLEM_EXIT_CRITERIA_UNMET, "the deal cannot be closed as won yet")
              : fault_make(arena, PROBLEM_CLAIM_NOT_SIGNED, "the claim is %s",
                           choice_name(claim_states, claim_state(signals)));
    for (size_t i = 0; i < count; i++)
        fault_add_unmet(arena, fault, unmet[i].criterion, unmet[i].missing, unmet[i].owed_by);
    if (signature)
        fault_add_unmet(arena, fault, "attribution_resolved", signature, owed_by);
    return fault;
}

struct fault *close_verdict(struct arena *arena, const struct close *close, struct close_result *result) {
    if (close->signals.status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "the deal is %s",
                          choice_name(deal_statuses, close->signals.status));
    if (close->crm_owned)
        return fault_make(arena, PROBLEM_CRM_OWNED_FIELD,
                          "the CRM owns the outcome of this deal; close it there");
    struct field_faults faults = {.arena = arena};
    check_fields(close, &faults);
    TRY(field_faults_fault(&faults));
    if (is_backdated(close) && !close->is_admin)
        return fault_make(arena, PROBLEM_CLOSE_BACKDATED,
                          "a close more than %d business days back needs an admin",
                          close->backdated_business_days);
    if (is_gated(close))
        TRY(gates_verdict(arena, close));
    *result = (struct close_result){.backdated = is_backdated(close), .resolved = true};
    return NULL;
}
