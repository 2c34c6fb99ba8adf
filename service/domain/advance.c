/* A stage moves up by two sides and down by one. The gate is asked about the stage that is left: the caller's
 * call confirms the caller's own items, so only the other side's confirmations can be open, and only while
 * proposing. */
#include "tandem/domain/stage.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"

#include <assert.h>
#include <string.h>

static int lower_of(int one, int other) {
    return one < other ? one : other;
}

static int higher_of(int one, int other) {
    return one > other ? one : other;
}

bool proposal_is_open(const struct proposal *proposal, int64_t now, int proposal_days) {
    return proposal->side != SIDE_NONE && !proposal->ended &&
           now <= proposal->made_at + proposal_days * DAY_US;
}

struct fault *stage_open_verdict(struct arena *arena, bool has_claim, int status) {
    if (status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED,
                          "the stages and the evidence of a closed deal stay as they are");
    if (!has_claim)
        return fault_make(arena, PROBLEM_NO_CLAIM, "a direct deal has no co-sell stage; it follows the CRM");
    return NULL;
}

static struct fault *step_verdict(struct arena *arena, const struct advance *advance) {
    int stage = lower_of(advance->vendor_stage, advance->partner_stage);
    if (advance->stage != stage)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH, "the deal is in stage %d, the request says %d",
                          stage, advance->stage);
    if (advance->to_stage != stage + 1)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH,
                          "a deal advances by one stage: from %d to %d, not to %d", stage, stage + 1,
                          advance->to_stage);
    if (advance->to_stage >= advance->last_stage)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH, "stage %d is entered by closing the deal",
                          advance->to_stage);
    return NULL;
}

/* The states as they will stand once the call has confirmed for its side. */
static struct criterion_state *confirmed_states(struct arena *arena, const struct advance *advance) {
    struct criterion_state *states = arena_alloc(arena, advance->state_count * sizeof *states);
    for (size_t i = 0; i < advance->state_count; i++) {
        states[i] = advance->states[i];
        states[i].vendor_confirmed |= advance->side == SIDE_VENDOR;
        states[i].partner_confirmed |= advance->side == SIDE_PARTNER;
    }
    return states;
}

static bool is_confirmation(const struct unmet *unmet) {
    return !strcmp(unmet->missing, "vendor_confirmation") || !strcmp(unmet->missing, "partner_confirmation");
}

static struct fault *criteria_verdict(struct arena *arena, const struct advance *advance, bool confirms) {
    struct criterion_state *states = confirmed_states(arena, advance);
    struct unmet *unmet = arena_alloc(arena, 2 * advance->state_count * sizeof *unmet);
    size_t count = readiness(states, advance->state_count, advance->stage, unmet);
    bool refused = false;
    for (size_t i = 0; i < count; i++)
        refused |= confirms || !is_confirmation(&unmet[i]);
    if (!refused)
        return NULL;
    struct fault *fault =
        fault_make(arena, PROBLEM_EXIT_CRITERIA_UNMET, "stage %d cannot be left yet", advance->stage);
    for (size_t i = 0; i < count; i++)
        fault_add_unmet(arena, fault, unmet[i].criterion, unmet[i].missing, unmet[i].owed_by);
    return fault;
}

struct fault *advance_verdict(struct arena *arena, const struct advance *advance,
                              struct advance_result *result) {
    assert(advance->side == SIDE_VENDOR || advance->side == SIDE_PARTNER);
    TRY(stage_open_verdict(arena, advance->has_claim, advance->status));
    TRY(step_verdict(arena, advance));
    const struct proposal *proposal = &advance->proposal;
    bool confirms = proposal_is_open(proposal, advance->now, advance->proposal_days) &&
                    proposal->side != advance->side && proposal->to_stage == advance->to_stage;
    TRY(criteria_verdict(arena, advance, confirms));
    *result = (struct advance_result){confirms ? ADVANCE_CONFIRMED : ADVANCE_PROPOSED, advance->vendor_stage,
                                      advance->partner_stage};
    if (confirms) {
        result->vendor_stage = higher_of(result->vendor_stage, advance->to_stage);
        result->partner_stage = higher_of(result->partner_stage, advance->to_stage);
    }
    return NULL;
}

struct fault *decline_verdict(struct arena *arena, const struct decline *decline,
                              enum decline_outcome *outcome) {
    assert(decline->side == SIDE_VENDOR || decline->side == SIDE_PARTNER);
    TRY(stage_open_verdict(arena, decline->has_claim, decline->status));
    const struct proposal *proposal = &decline->proposal;
    if (!proposal_is_open(proposal, decline->now, decline->proposal_days))
        return fault_make(arena, PROBLEM_NO_PROPOSAL,
                          "no proposal is open: a new one may be made, and lasts for %d days",
                          decline->proposal_days);
    if (proposal->to_stage != decline->to_stage)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH, "stage %d is proposed, the request says %d",
                          proposal->to_stage, decline->to_stage);
    *outcome = proposal->side == decline->side ? PROPOSAL_WITHDRAWN : PROPOSAL_DECLINED;
    struct field_faults faults = {.arena = arena};
    if (!decline->reason && *outcome == PROPOSAL_DECLINED)
        field_fault(&faults, "/reason", "required", "the side that proposed has to learn why");
    else if (decline->reason && text_is_placeholder(decline->reason))
        field_fault(&faults, "/reason", "placeholder", "the reason says nothing");
    return field_faults_fault(&faults);
}

struct fault *lower_verdict(struct arena *arena, const struct lower *lower) {
    assert(lower->side == SIDE_VENDOR || lower->side == SIDE_PARTNER);
    TRY(stage_open_verdict(arena, lower->has_claim, lower->status));
    int own_stage = lower->side == SIDE_VENDOR ? lower->vendor_stage : lower->partner_stage;
    if (lower->stage != own_stage)
        return fault_make(arena, PROBLEM_STAGE_MISMATCH, "the %s stands in stage %d, the request says %d",
                          choice_name(side_names, lower->side), own_stage, lower->stage);
    struct field_faults faults = {.arena = arena};
    if (lower->to_stage < 1 || lower->to_stage >= own_stage)
        field_fault(&faults, "/to_stage", "not_lower", "a lower stage is from 1 to %d", own_stage - 1);
    if (!lower->reason)
        field_fault(&faults, "/reason", "required", "lowering a stage needs a reason");
    else if (text_is_placeholder(lower->reason))
        field_fault(&faults, "/reason", "placeholder", "the reason says nothing");
    return field_faults_fault(&faults);
}
