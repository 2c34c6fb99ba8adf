/* create_confirmation_link: the vendor asks a named person of the partner to confirm, login or not. Whoever holds the token
 * acts as that person, so it is in one answer only, and neither in the store nor under the Idempotency-Key. */
#include "tandem/domain/confirmation_link.h"

#include <string.h>

#include "stage.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/opportunity.h"
#include "tandem/http/operation.h"
#include "tandem/store/confirmation_link.h"
#include "tandem/store/opportunity.h"

enum { TOKEN_BYTES = 32 };

struct link_body {
    const char *partner_rep;
    struct text_list criteria;
    bool proposal;
    int64_t expires_in_days;
};

static const struct field link_fields[] = {
    {"partner_rep", FIELD_UUID, offsetof(struct link_body, partner_rep), FIELD_REQUIRED},
    {"criteria", FIELD_TEXTS, offsetof(struct link_body, criteria), 0, 1, 20},
    {"proposal", FIELD_BOOLEAN, offsetof(struct link_body, proposal)},
    {"expires_in_days", FIELD_INTEGER, offsetof(struct link_body, expires_in_days), 0, 1, LINK_DAYS_MAX},
};
static const struct shape link_shape = {link_fields, sizeof link_fields / sizeof *link_fields,
                                        sizeof(struct link_body), SHAPE_NO_PRESENCE};

static struct fault *rep_named(struct call *call, const struct stage_deal *deal, const char *id,
                               struct person_nominee *nominee) {
    bool known;
    TRY(person_nominee_find(call->db, call->arena, call->scope.tenant_id, id, deal->lead_partner_id, &known,
                            nominee));
    const struct partner_rep rep = {
        .known = known,
        .active = nominee->active,
        .roles = nominee->roles,
        .has_partner = true,
        .of_partner = nominee->of_partner,
    };
    return partner_rep_verdict(call->arena, &rep);
}

/* The criteria that are asked about into the link, with their newest versions. */
static void asked_take(struct arena *arena, const struct stage_deal *deal, const bool *asked,
                       struct confirmation_link_new *link) {
    const char **criteria = arena_alloc(arena, deal->criterion_count * sizeof *criteria);
    int64_t *versions = arena_alloc(arena, deal->criterion_count * sizeof *versions);
    for (size_t i = 0; i < deal->criterion_count; i++)
        if (asked[i]) {
            criteria[link->count] = deal->states[i].key;
            versions[link->count++] = deal->criteria[i].evidence_version;
        }
    link->criteria = criteria;
    link->evidence_versions = versions;
}

struct made {
    const char *id, *token;
    int64_t expires_at;
    const char *person;
};

static struct json_out link_write(struct call *call, const struct stage_deal *deal,
                                  const struct confirmation_link_new *link, const struct made *made,
                                  const char *token) {
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_text(&out, "confirmation_link_id", made->id);
    json_add_text(&out, "opportunity_id", deal->id);
    json_add_text(&out, "partner_rep", made->person);
    json_array(&out, "criteria");
    for (size_t i = 0; i < link->count; i++) {
        json_object(&out, NULL);
        json_add_text(&out, "criterion", link->criteria[i]);
        json_add_integer(&out, "version", link->evidence_versions[i]);
        json_object_end(&out);
    }
    json_array_end(&out);
    json_add_text(&out, "to_stage", stage_key(deal, link->proposed_stage));
    json_add_instant(&out, "expires_at", made->expires_at);
    json_add_text(&out, "token", token);
    json_add_text(&out, "path", token ? arena_format(call->arena, "/confirm#%s", token) : NULL);
    json_object_end(&out);
    return out;
}

static struct fault *create_serve(struct call *call) {
    const struct link_body *body = call->request->body;
    struct stage_deal *deal;
    struct person_nominee rep;
    uint8_t bytes[TOKEN_BYTES];
    TRY(stage_enter(call, &deal));
    const struct link_request request = {
        .has_claim = stage_has_claim(deal),
        .status = deal->facts.signals.status,
        .criteria = body->criteria.items,
        .criterion_count = body->criteria.count,
        .asks_proposal = body->proposal,
        .proposal = deal->proposal,
        .now = call->scope.now_at,
        .proposal_days = deal->proposal_days,
        .states = deal->states,
        .state_count = deal->criterion_count,
    };
    bool *asked = arena_alloc(call->arena, deal->criterion_count * sizeof *asked);
    TRY(link_request_verdict(call->arena, &request, asked));
    TRY(rep_named(call, deal, body->partner_rep, &rep));
    random_bytes(bytes, sizeof bytes);
    struct made made = {.token = base64url_encode(call->arena, bytes, sizeof bytes),
                        .person = body->partner_rep};
    struct confirmation_link_new link = {
        .token_hash = sha256_text(call->arena, made.token, strlen(made.token)),
        .opportunity_id = deal->opportunity_id,
        .partner_id = deal->lead_partner_id,
        .person_id = rep.person,
        .proposed_stage = body->proposal ? deal->proposal.to_stage : -1,
        .proposed_at = body->proposal ? deal->proposal.made_at : INSTANT_NONE,
        .days = body->expires_in_days ? body->expires_in_days : LINK_DAYS_DEFAULT,
    };
    asked_take(call->arena, deal, asked, &link);
    TRY(confirmation_link_insert(call->db, call->arena, call->scope.tenant_id, &link, &made.id,
                                 &made.expires_at));
    struct json_out kept = link_write(call, deal, &link, &made, NULL);
    struct json_out out = link_write(call, deal, &link, &made, made.token);
    call->kept_body = json_out_text(&kept);
    work_reply(call->request, 201, &out, NULL);
    return NULL;
}

const struct operation create_confirmation_link = {
    .name = "create_confirmation_link",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &link_shape,
    .work = &(const struct call_work){create_serve},
};
