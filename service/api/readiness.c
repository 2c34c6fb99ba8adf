/* What the deal's stage asks for, what is there, what is missing and who owes it. */
#include "stage.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"

/* null for a computed criterion: there is nothing to confirm. */
static void confirmed_write(struct json_out *out, const char *name, const struct criterion_state *state,
                            bool confirmed) {
    if (state->type == EVIDENCE_COMPUTED)
        json_add_null(out, name);
    else
        json_add_boolean(out, name, confirmed);
}

static void criterion_write(struct json_out *out, const struct stage_criterion *criterion,
                            const struct criterion_state *state) {
    bool computed = state->type == EVIDENCE_COMPUTED;
    json_object(out, NULL);
    json_add_text(out, "criterion", state->key);
    json_add_text(out, "name", criterion->name);
    json_add_choice(out, "type", evidence_types, state->type);
    json_add_boolean(out, "met",
                     state->met && (computed || (state->vendor_confirmed && state->partner_confirmed)));
    if (criterion->evidence_version > 0)
        json_add_integer(out, "evidence_version", criterion->evidence_version);
    else
        json_add_null(out, "evidence_version");
    confirmed_write(out, "vendor_confirmed", state, state->vendor_confirmed);
    confirmed_write(out, "partner_confirmed", state, state->partner_confirmed);
    json_object_end(out);
}

static void criteria_write(struct json_out *out, const struct stage_deal *deal, int stage) {
    json_array(out, "criteria");
    for (size_t i = 0; i < deal->criterion_count; i++)
        if (deal->states[i].stage_number == stage)
            criterion_write(out, &deal->criteria[i], &deal->states[i]);
    json_array_end(out);
}

static void unmet_write(struct json_out *out, const struct unmet *unmet, size_t count) {
    json_array(out, "unmet");
    for (size_t i = 0; i < count; i++) {
        json_object(out, NULL);
        json_add_text(out, "criterion", unmet[i].criterion);
        json_add_text(out, "missing", unmet[i].missing);
        json_add_text(out, "owed_by", unmet[i].owed_by);
        json_object_end(out);
    }
    json_array_end(out);
}

void unmet_of_stage_write(struct json_out *out, const struct stage_deal *deal, int stage) {
    struct unmet *unmet = arena_alloc(out->arena, 2 * deal->criterion_count * sizeof *unmet);
    unmet_write(out, unmet, readiness(deal->states, deal->criterion_count, stage, unmet));
}

static struct fault *readiness_bind(const struct request *request, struct param *params, size_t *count) {
    params[0] = p_text(request->path_values[0]);
    params[1] = p_text(NULL); /* in the deal's own model */
    *count = 2;
    return NULL;
}

static struct fault *readiness_answer(struct request *request, const struct scope *scope,
                                      const struct rows *rows) {
    const struct stage_deal *deal = stage_read(request->arena, rows);
    if (!deal)
        return work_not_found(request->arena, "opportunity");
    TRY(lead_verdict(request->arena, deal->leads));
    if (!stage_has_claim(deal))
        return fault_make(request->arena, PROBLEM_NO_CLAIM, "a direct deal has no exit criteria");
    int stage = deal_assess(&deal->facts.signals).stage;
    struct unmet *unmet = arena_alloc(request->arena, 2 * deal->criterion_count * sizeof *unmet);
    size_t unmet_count = readiness(deal->states, deal->criterion_count, stage, unmet);
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_add_text(&out, "opportunity_id", deal->id);
    stage_write(&out, deal);
    json_add_text(&out, "next_stage", stage_key(deal, stage + 1));
    json_add_boolean(&out, "ready", unmet_count == 0);
    criteria_write(&out, deal, stage);
    unmet_write(&out, unmet, unmet_count);
    proposal_write(&out, deal, scope->now_at);
    json_object_end(&out);
    work_reply(request, 200, &out, NULL);
    return NULL;
}

const struct operation get_readiness = {
    .name = "get_readiness",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_stage_find, readiness_bind, readiness_answer},
};
