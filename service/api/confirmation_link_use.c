/* What the holder of a confirmation link sees, and the one decision that it is good for. The holder is the person whom the
 * link was made for: the same verdicts and statements as for somebody with a login. */
#include <string.h>

#include "evidence.h"
#include "stage.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/confirmation_link.h"
#include "tandem/http/operation.h"
#include "tandem/store/confirmation_link.h"

/* -- is it still what was asked? -- */

static struct link_item item_of(const struct stage_deal *deal, const struct link_asked *asked) {
    const struct stage_criterion *criterion = stage_criterion_find(deal, asked->criterion);
    return (struct link_item){
        .criterion = asked->criterion,
        .asked_version = asked->evidence_version,
        .current_version = criterion ? criterion->evidence_version : 0,
        .confirmed = criterion && deal->states[criterion - deal->criteria].partner_confirmed,
    };
}

/* deal NULL: the partner no longer sees it. */
static struct fault *use_verdict(struct call *call, const struct confirmation_link *link,
                                 const struct stage_deal *deal) {
    struct link_item *items = arena_alloc(call->arena, link->asked_count * sizeof *items);
    struct link_use use = {
        .used_at = link->used_at,
        .replaced = link->replaced_at != INSTANT_NONE,
        .expires_at = link->expires_at,
        .now = call->scope.now_at,
        .asked_stage = link->proposed_stage,
        .asked_at = link->proposed_at,
    };
    if (deal) {
        for (size_t i = 0; i < link->asked_count; i++)
            items[i] = item_of(deal, &link->asked[i]);
        use.leads = deal->leads;
        use.has_claim = stage_has_claim(deal);
        use.status = deal->facts.signals.status;
        use.items = items;
        use.item_count = link->asked_count;
        use.now_open = deal->proposal;
        use.proposal_days = deal->proposal_days;
    }
    return link_use_verdict(call->arena, &use);
}

/* -- get_confirmation_link -- */

static struct fault *asked_write(struct call *call, const struct confirmation_link *link,
                                 const struct stage_deal *deal, struct json_out *out) {
    json_array(out, "evidence");
    for (size_t i = 0; i < link->asked_count; i++) {
        const struct stage_criterion *criterion = stage_criterion_find(deal, link->asked[i].criterion);
        struct evidence_row row;
        bool found;
        TRY(evidence_find(call->db, call->arena, call->scope.tenant_id, deal->id, criterion->rule.key, &row,
                          &found));
        json_object(out, NULL);
        json_add_text(out, "name", criterion->name);
        evidence_write(out, "evidence", &row);
        json_object_end(out);
    }
    json_array_end(out);
    return NULL;
}

static struct fault *get_serve(struct call *call) {
    struct confirmation_link link;
    struct stage_deal *deal = NULL;
    TRY(confirmation_link_find(call->db, call->arena, call->scope.tenant_id, call->request->token.link_hash,
                               &link));
    if (link.opportunity)
        TRY(stage_find(call->db, call->arena, call->scope.tenant_id, link.opportunity, &deal));
    TRY(use_verdict(call, &link, deal));
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_text(&out, "confirmation_link_id", link.id);
    json_add_text(&out, "opportunity_id", link.opportunity);
    json_add_text(&out, "name", link.opportunity_name);
    json_add_text(&out, "customer", link.account_name);
    work_person(&out, "partner_rep", link.person, link.person_name);
    work_person(&out, "asked_by", link.creator, link.creator_name);
    json_add_instant(&out, "asked_at", link.created_at);
    json_add_instant(&out, "expires_at", link.expires_at);
    proposal_write(&out, link.proposed_stage == -1 ? &(struct stage_deal){0} : deal, call->scope.now_at);
    TRY(asked_write(call, &link, deal, &out));
    json_object_end(&out);
    work_reply(call->request, 200, &out, NULL);
    return NULL;
}

/* Not in the read lane, whose batches are scoped by tenants that are known beforehand. */
const struct operation get_confirmation_link = {
    .name = "get_confirmation_link",
    .lane = LANE_REPORT,
    .flags = OPERATION_LINK,
    .work = &(const struct call_work){get_serve},
};

/* -- use_confirmation_link -- */

struct use_body {
    int decision;
    const char *reason;
};

static const struct field use_fields[] = {
    {"decision", FIELD_CHOICE, offsetof(struct use_body, decision), FIELD_REQUIRED,
     .choices = link_decisions},
    {"reason", FIELD_TEXT, offsetof(struct use_body, reason), 0, 1, 1000},
};
static const struct shape use_shape = {use_fields, sizeof use_fields / sizeof *use_fields,
                                       sizeof(struct use_body), SHAPE_NO_PRESENCE};

static struct fault *link_confirm(struct call *call, const struct confirmation_link *link,
                                  struct stage_deal *deal) {
    bool *wanted = arena_alloc(call->arena, deal->criterion_count * sizeof *wanted);
    struct advance_result result;
    memset(wanted, 0, deal->criterion_count * sizeof *wanted);
    for (size_t i = 0; i < link->asked_count; i++)
        wanted[stage_criterion_find(deal, link->asked[i].criterion) - deal->criteria] = true;
    TRY(stage_confirm_only(call, deal, wanted));
    if (link->proposed_stage == -1)
        return stage_refresh(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, false);
    TRY(stage_gate(call, deal, link->proposed_stage - 1, link->proposed_stage, &result));
    return stage_advance(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, &result,
                         deal->protection_extension_days);
}

static struct fault *link_decline(struct call *call, const struct confirmation_link *link,
                                  const struct stage_deal *deal, const char *reason) {
    enum decline_outcome outcome;
    if (link->proposed_stage == -1)
        return NULL; /* the link's own event tells it */
    const struct decline decline = {
        .side = call->side,
        .has_claim = stage_has_claim(deal),
        .status = deal->facts.signals.status,
        .to_stage = link->proposed_stage,
        .reason = reason,
        .proposal = deal->proposal,
        .now = call->scope.now_at,
        .proposal_days = deal->proposal_days,
    };
    TRY(decline_verdict(call->arena, &decline, &outcome));
    return stage_decline(call->db, call->arena, call->scope.tenant_id, deal->opportunity_id, outcome, reason);
}

static void use_answer(struct call *call, const struct confirmation_link *link, const struct stage_deal *deal,
                       int decision) {
    bool advanced = decision == LINK_CONFIRM && link->proposed_stage != -1;
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_text(&out, "confirmation_link_id", link->id);
    json_add_choice(&out, "decision", link_decisions, decision);
    json_add_instant(&out, "decided_at", call->scope.now_at);
    json_add_text(&out, "advanced_to", advanced ? stage_key(deal, link->proposed_stage) : NULL);
    json_object_end(&out);
    work_reply(call->request, 200, &out, NULL);
}

static struct fault *use_serve(struct call *call) {
    const struct use_body *body = call->request->body;
    const char *hash = call->request->token.link_hash;
    const int32_t tenant_id = call->scope.tenant_id;
    struct confirmation_link link;
    struct stage_deal *deal = NULL;
    TRY(confirmation_link_lock(call->db, call->arena, tenant_id, hash));
    TRY(confirmation_link_find(call->db, call->arena, tenant_id, hash, &link));
    if (link.opportunity)
        TRY(stage_lock(call->db, call->arena, tenant_id, link.opportunity, &deal));
    TRY(use_verdict(call, &link, deal));
    TRY(link_decision_verdict(call->arena, body->decision, body->reason));
    if (body->decision == LINK_CONFIRM)
        TRY(link_confirm(call, &link, deal));
    else
        TRY(link_decline(call, &link, deal, body->reason));
    TRY(confirmation_link_use(call->db, call->arena, tenant_id, link.key, body->decision, body->reason));
    use_answer(call, &link, deal, body->decision);
    return NULL;
}

const struct operation use_confirmation_link = {
    .name = "use_confirmation_link",
    .lane = LANE_WRITE,
    .flags = OPERATION_LINK,
    .body = &use_shape,
    .work = &(const struct call_work){use_serve},
};
