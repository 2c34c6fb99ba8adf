/* What a link was made for is frozen in it. It never means more than the person was shown, so any change ends it. */
#include "tandem/domain/confirmation_link.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"

const struct choice link_decisions[] = {{"confirm", LINK_CONFIRM}, {"decline", LINK_DECLINE}, {NULL}};

/* -- making one -- */

static const struct criterion_state *state_find(const struct link_request *request, const char *key) {
    for (size_t i = 0; i < request->state_count; i++)
        if (strcmp(request->states[i].key, key) == 0)
            return &request->states[i];
    return NULL;
}

static void criterion_check(const struct link_request *request, size_t index, bool *asked,
                            struct field_faults *faults) {
    const char *key = request->criteria[index];
    const char *pointer = arena_format(faults->arena, "/criteria/%zu", index);
    const struct criterion_state *state = state_find(request, key);
    if (!state)
        field_fault(faults, pointer, "unknown_choice", "the stage model has no criterion %s", key);
    else if (state->type == EVIDENCE_COMPUTED)
        field_fault(faults, pointer, "computed", "%s is computed by the service", key);
    else if (!state->met)
        field_fault(faults, pointer, "no_evidence", "there is no evidence for %s yet: give it first", key);
    else if (state->partner_confirmed)
        field_fault(faults, pointer, "already_confirmed", "the partner has confirmed %s", key);
    else if (asked[state - request->states])
        field_fault(faults, pointer, "repeated", "%s is named already", key);
    else
        asked[state - request->states] = true;
}

static void stage_ask(const struct link_request *request, int stage, bool *asked) {
    for (size_t i = 0; i < request->state_count; i++) {
        const struct criterion_state *state = &request->states[i];
        if (state->stage_number == stage && state->type != EVIDENCE_COMPUTED && state->met &&
            !state->partner_confirmed)
            asked[i] = true;
    }
}

struct fault *link_request_verdict(struct arena *arena, const struct link_request *request, bool *asked) {
    struct field_faults faults = {.arena = arena};
    TRY(stage_open_verdict(arena, request->has_claim, request->status));
    memset(asked, 0, request->state_count * sizeof *asked);
    if (!request->criterion_count && !request->asks_proposal)
        field_fault(&faults, "/criteria", "required",
                    "name the criteria to confirm, or ask for the open proposal by \"proposal\": true");
    for (size_t i = 0; i < request->criterion_count; i++)
        criterion_check(request, i, asked, &faults);
    TRY(field_faults_fault(&faults));
    if (!request->asks_proposal)
        return NULL;
    const struct proposal *proposal = &request->proposal;
    if (!proposal_is_open(proposal, request->now, request->proposal_days) || proposal->side != SIDE_VENDOR)
        return fault_make(arena, PROBLEM_NO_PROPOSAL,
                          "the vendor has no open proposal: propose to advance first, then make the link");
    stage_ask(request, proposal->to_stage - 1, asked);
    return NULL;
}

/* -- using it -- */

static struct fault *superseded(struct arena *arena, const char *what) {
    return fault_make(arena, PROBLEM_LINK_SUPERSEDED, "%s; ask the sender for a new link", what);
}

static struct fault *deal_verdict(struct arena *arena, const struct link_use *use) {
    if (!use->leads)
        return superseded(arena, "another partner leads the deal now");
    if (use->status != DEAL_OPEN || !use->has_claim)
        return superseded(arena, "the deal is closed");
    return NULL;
}

static struct fault *items_verdict(struct arena *arena, const struct link_use *use) {
    size_t left = 0;
    for (size_t i = 0; i < use->item_count; i++) {
        const struct link_item *item = &use->items[i];
        if (item->asked_version != item->current_version)
            return superseded(arena,
                              arena_format(arena, "the evidence for %s has changed since", item->criterion));
        left += !item->confirmed;
    }
    if (!left && use->asked_stage == -1)
        return superseded(arena, "the partner's side has confirmed all of it meanwhile");
    return NULL;
}

static struct fault *proposal_verdict(struct arena *arena, const struct link_use *use) {
    const struct proposal *proposal = &use->now_open;
    if (use->asked_stage == -1)
        return NULL;
    if (!proposal_is_open(proposal, use->now, use->proposal_days) || proposal->side != SIDE_VENDOR ||
        proposal->to_stage != use->asked_stage || proposal->made_at != use->asked_at)
        return superseded(arena, "the proposal has ended");
    return NULL;
}

struct fault *link_use_verdict(struct arena *arena, const struct link_use *use) {
    char at[INSTANT_TEXT_SIZE];
    if (use->used_at != INSTANT_NONE) {
        instant_format(use->used_at, at);
        return fault_make(arena, PROBLEM_LINK_USED, "the link was used at %s, and works once", at);
    }
    if (use->now > use->expires_at) {
        instant_format(use->expires_at, at);
        return fault_make(arena, PROBLEM_LINK_EXPIRED, "the link expired at %s; ask the sender for a new one",
                          at);
    }
    if (use->replaced)
        return superseded(arena, "a newer link asks the same person");
    TRY(deal_verdict(arena, use));
    TRY(proposal_verdict(arena, use));
    return items_verdict(arena, use);
}

struct fault *link_decision_verdict(struct arena *arena, int decision, const char *reason) {
    struct field_faults faults = {.arena = arena};
    if (decision == LINK_DECLINE && !reason)
        field_fault(&faults, "/reason", "required", "the side that asks has to learn why");
    else if (reason && text_is_placeholder(reason))
        field_fault(&faults, "/reason", "placeholder", "the reason says nothing");
    return field_faults_fault(&faults);
}
