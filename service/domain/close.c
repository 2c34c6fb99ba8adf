/* Closing. What a person typed wrong is said first and all at once; then the date; then, for a win whose
 * claim still counts, the gates. */
#include "tandem/domain/stage.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/calendar.h"

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

static const char *day_text(struct arena *arena, int32_t day) {
    char text[DATE_TEXT_SIZE];
    date_format(day, text);
    return arena_text(arena, text);
}

static void check_fields(const struct close *close, struct field_faults *faults) {
    if (close->outcome == DEAL_LOST && !choice_name(lost_reasons, close->reason_code))
        field_fault(faults, "/reason_code", "required", "a lost deal needs a reason code");
    if (close->outcome == DEAL_LOST && close->reason_code == LOST_UNSPECIFIED)
        field_fault(faults, "/reason_code", "not_by_hand", "only a CRM closes without saying why");
    if (close->outcome == DEAL_WON && choice_name(lost_reasons, close->reason_code))
        field_fault(faults, "/reason_code", "not_applicable", "a won deal has no reason code");
    if (close->closed_on == DATE_NONE)
        field_fault(faults, "/closed_on", "required", "say on which day it closed");
    else if (close->closed_on > close->today)
        field_fault(faults, "/closed_on", "in_future", "the day has not come yet");
    else if (close->closed_on < close->created_on)
        field_fault(faults, "/closed_on", "before_creation", "the deal was created on %s",
                    day_text(faults->arena, close->created_on));
    if (close->outcome == DEAL_WON && !close->signals.has_amount)
        field_fault(faults, "/amount", "required", "a won deal has an amount");
    if (is_gated(close))
        shares_check(close, faults);
    else if (close->share_count)
        field_fault(faults, "/shares", "not_applicable",
                    "without a claim that counts there is nothing to share");
}

static bool is_too_far_back(const struct close *close, int32_t day) {
    return business_days_between(&close->calendar, day, close->today) > close->backdated_business_days;
}

static bool is_backdated(const struct close *close) {
    return is_too_far_back(close, close->closed_on);
}

/* Only asked of a close that is backdated; today is never too far back. */
static struct fault *backdated(struct arena *arena, const struct close *close) {
    int32_t day = close->closed_on;
    while (is_too_far_back(close, day))
        day++;
    return fault_make(
        arena, PROBLEM_CLOSE_BACKDATED,
        "a close more than %d business days back needs an admin; the last day without one is %s",
        close->backdated_business_days, day_text(arena, day));
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

static struct fault *not_signed(struct arena *arena, const struct close *close) {
    char ends_at[INSTANT_TEXT_SIZE];
    instant_format(close->deadline_at, ends_at);
    return fault_make(arena, PROBLEM_CLAIM_NOT_SIGNED, "the claim is %s; the window to sign it %s at %s",
                      choice_name(claim_states, claim_state(&close->signals)),
                      close->signals.window_open ? "ends" : "ended", ends_at);
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
              : not_signed(arena, close);
    for (size_t i = 0; i < count; i++)
        fault_add_unmet(arena, fault, unmet[i].criterion, unmet[i].missing, unmet[i].owed_by);
    if (signature)
        fault_add_unmet(arena, fault, "attribution_resolved", signature, owed_by);
    return fault;
}

static bool is_resolution(const struct close *close) {
    return close->signals.status == DEAL_WON && close->outcome == DEAL_WON && !close->signals.resolved &&
           claim_state(&close->signals) != CLAIM_NONE;
}

/* What is given has to be what the deal says. */
static void check_resolution(const struct close *close, struct field_faults *faults) {
    if (choice_name(lost_reasons, close->reason_code))
        field_fault(faults, "/reason_code", "not_applicable", "a won deal has no reason code");
    if (close->closed_on != DATE_NONE && close->closed_on != close->was_closed_on)
        field_fault(faults, "/closed_on", "differs", "the deal was won on another day; leave it out");
    if (close->amount_differs)
        field_fault(faults, "/amount", "differs", "the deal was won with another amount; leave it out");
    if (claim_shares(claim_state(&close->signals)))
        shares_check(close, faults);
}

static struct fault *resolution_verdict(struct arena *arena, const struct close *close,
                                        struct close_result *result) {
    struct field_faults faults = {.arena = arena};
    check_resolution(close, &faults);
    TRY(field_faults_fault(&faults));
    const char *owed_by, *signature = unsigned_reason(close, &owed_by);
    if (signature) {
        struct fault *fault = not_signed(arena, close);
        fault_add_unmet(arena, fault, "attribution_resolved", signature, owed_by);
        return fault;
    }
    const bool through_gates = !close->was_outside_gates && claim_state(&close->signals) == CLAIM_SIGNED;
    *result = (struct close_result){.resolution = true, .resolved = true, .last_stage = through_gates};
    shares_settle(arena, close, result);
    return NULL;
}

struct fault *close_verdict(struct arena *arena, const struct close *close, struct close_result *result) {
    if (is_resolution(close))
        return resolution_verdict(arena, close, result);
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
        return backdated(arena, close);
    bool gated = is_gated(close);
    if (gated)
        TRY(gates_verdict(arena, close));
    *result = (struct close_result){.backdated = is_backdated(close), .resolved = true, .last_stage = gated};
    if (gated)
        shares_settle(arena, close, result);
    return NULL;
}

void close_report(struct arena *arena, const struct close *close, struct close_result *result) {
    bool gated = is_gated(close);
    bool due = gated && attribution_is_due(close->claims, close->claim_count);
    *result = (struct close_result){.backdated = is_backdated(close),
                                    .outside_gates = gated && gates_verdict(arena, close),
                                    .resolved = !gated || due};
    result->last_stage = due && !result->outside_gates;
    if (due)
        shares_settle(arena, close, result);
}
