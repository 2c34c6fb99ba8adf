/* Claims made and renewed by hand. Whoever works on a claim holds the deal's row first, so that a signature, a new
 * version and a close never pass each other. */
#include "claim.h"

#include <string.h>

#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/opportunity.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"
#include "tandem/store/claim.h"
#include "tandem/store/registration.h"

struct fault *claim_answer(struct call *call, const char *claim_id, int status) {
    const char *opportunity_id = call->request->path_values[0];
    struct opportunity_row row;
    bool found;
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, opportunity_id, &found, &row));
    const struct claim_row *claim = claim_of_deal(&row, claim_id);
    struct json_out out = {.arena = call->arena};
    claim_write(&out, NULL, &row, claim, call->side);
    work_reply(call->request, status, &out, etag_make(call->arena, claim->claim_version, call->side, &out));
    return NULL;
}

const char *claim_content_hash(struct arena *arena, const struct claim_identity *identity) {
    const char *content = claim_content(arena, identity);
    return sha256_text(arena, content, strlen(content));
}

static const char *content_hash(struct call *call, const char *opportunity_id, const char *partner_id,
                                const char *registration_id, int value, int kind, int rule_version) {
    const struct claim_identity identity = {
        .opportunity_id = opportunity_id,
        .partner_id = partner_id,
        .registration_id = registration_id,
        .value = value,
        .kind = kind,
        .rule_version = rule_version,
    };
    return claim_content_hash(call->arena, &identity);
}

/* -- made by hand -- */

struct create_body {
    const char *partner_id;
    int kind;
    const char *partner_rep;
};

static const struct field create_fields[] = {
    {"partner_id", FIELD_UUID, offsetof(struct create_body, partner_id), FIELD_REQUIRED},
    {"kind", FIELD_CHOICE, offsetof(struct create_body, kind), FIELD_REQUIRED, .choices = claim_kinds},
    {"partner_rep", FIELD_UUID, offsetof(struct create_body, partner_rep)},
};

static const struct shape create_shape = {
    .fields = create_fields,
    .field_count = sizeof create_fields / sizeof *create_fields,
    .size = sizeof(struct create_body),
    .presence_offset = SHAPE_NO_PRESENCE,
};

static struct fault *partner_of_claim(struct call *call, const char *partner_id,
                                      struct claim_partner *partner) {
    bool known;
    TRY(claim_partner_find(call->db, call->arena, call->scope.tenant_id, partner_id, &known, partner));
    struct field_faults faults = {.arena = call->arena};
    if (!known)
        field_fault(&faults, "/partner_id", "unknown_partner", "there is no such partner");
    return field_faults_fault(&faults);
}

/* Who acts for the partner that leads. Without one the deal cannot leave its first stage; a later PATCH of the deal may
 * name it. */
static struct fault *rep_of_claim(struct call *call, const struct create_body *body,
                                  const struct opportunity_row *row, const struct claim_partner *partner,
                                  int64_t *rep) {
    struct person_nominee nominee;
    bool known;
    *rep = 0;
    if (!body->partner_rep)
        return NULL;
    TRY(person_nominee_find(call->db, call->arena, call->scope.tenant_id, body->partner_rep,
                            partner->partner.key, &known, &nominee));
    const struct partner_rep named = {
        .known = known,
        .active = nominee.active,
        .roles = nominee.roles,
        .has_partner = true,
        .of_partner = nominee.of_partner,
        .beside_lead = row->lead_partner.key != 0,
    };
    TRY(partner_rep_verdict(call->arena, &named));
    *rep = nominee.person;
    return NULL;
}

static struct fault *create_serve(struct call *call) {
    const struct create_body *body = call->request->body;
    struct opportunity_row row;
    struct claim_partner partner;
    int64_t rep;
    bool late;
    TRY(opportunity_locked(call, call->request->path_values[0], &row));
    TRY(partner_of_claim(call, body->partner_id, &partner));
    const struct deal_ties ties = {
        .owns_deal = row.owner.key == call->scope.person_id,
        .manages_partner = partner.manager == call->scope.person_id,
    };
    TRY(side_verdict(call->arena, call->roles, &ties));
    struct claim_facts facts = claim_facts_of(call, &row, NULL);
    facts.has_claim = claim_of_partner(&row, partner.partner.id) != NULL;
    TRY(claim_create_verdict(call->arena, &facts, body->kind, &late));
    TRY(rep_of_claim(call, body, &row, &partner, &rep));
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    struct claim_new claim = {
        .id = id,
        .opportunity = row.key,
        .by = partner,
        .value = ATTRIBUTION_INFLUENCED,
        .kind = body->kind,
        .content_hash = content_hash(call, row.id, partner.partner.id, NULL, ATTRIBUTION_INFLUENCED,
                                     body->kind, (int)row.sourced_rule_version),
        .deadline_at = facts.deadline_at,
        .created_at = facts.now,
        .late = late,
        .partner_rep = rep,
    };
    TRY(claim_put(call, &row, &claim));
    return claim_answer(call, id, 201);
}

const struct operation create_claim = {
    .name = "create_claim",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &create_shape,
    .work = &(const struct call_work){create_serve},
};

/* -- a new version -- */

static const struct field update_fields[] = {
    {"kind", FIELD_CHOICE, 0, FIELD_REQUIRED, .choices = claim_kinds},
};

static const struct shape update_shape = {
    .fields = update_fields,
    .field_count = 1,
    .size = sizeof(int),
    .presence_offset = SHAPE_NO_PRESENCE,
};

/* A registration's claim is put to the sourced rule again, the one of its submission, with every engagement and every
 * deal that is known by now. That a deal was open then stays said, though the partner may lead that deal since. */
static struct fault *renewal_of(struct call *call, const struct opportunity_row *row,
                                const struct claim_row *claim, int kind, struct claim_renewal *renewal) {
    int rule_version = (int)row->sourced_rule_version;
    *renewal = (struct claim_renewal){.value = ATTRIBUTION_INFLUENCED, .kind = kind};
    if (kind == CLAIM_KIND_HISTORY)
        renewal->value = claim->stated_value;
    if (claim->registration_key) {
        const struct registration registration = {
            .account_key = row->account.key,
            .product_family = row->product_family,
            .submitted_at = claim->registration_submitted_at,
            .partner_key = claim->partner.key,
        };
        struct approval_facts facts;
        TRY(registration_approval_facts(call->db, call->arena, call->scope.tenant_id, &registration, &facts));
        const bool said = open_deal_is_said(claim->sourced_reason, claim->dispute_reason);
        const struct sourced_rule rule =
            sourced_rule(claim->registration_submitted_at, row->first_engaged_at, said || facts.open_deal);
        renewal->value = claim_value(kind, &rule, false); /* the window is open */
        renewal->sourced_passed = rule.passed;
        renewal->sourced_reason = rule.reason;
        rule_version = (int)facts.sourced_rule_version;
    }
    renewal->content_hash = content_hash(call, row->id, claim->partner.id, claim->registration_id,
                                         renewal->value, kind, rule_version);
    return NULL;
}

static struct fault *update_serve(struct call *call) {
    const int kind = *(const int *)call->request->body;
    struct opportunity_row row;
    const struct claim_row *claim;
    TRY(claim_locked(call, &row, &claim));
    const struct deal_ties ties = {
        .owns_deal = row.owner.key == call->scope.person_id,
        .manages_partner = claim->partner_manager == call->scope.person_id,
    };
    const struct claim_facts facts = claim_facts_of(call, &row, claim);
    TRY(side_verdict(call->arena, call->roles, &ties));
    TRY(etag_check(call->request, claim->claim_version));
    TRY(claim_update_verdict(call->arena, &facts, kind));
    struct claim_renewal renewal;
    TRY(renewal_of(call, &row, claim, kind, &renewal));
    struct claim_standing *standings = claim_standings(call->arena, &row, row.lead_partner.key);
    struct claim_standing *renewed = &standings[claim - row.claims];
    renewed->value = renewal.value;
    renewed->kind = renewal.kind;
    renewed->signed_by_both = renewed->disputed = false;
    TRY(claim_renew(call->db, call->arena, call->scope.tenant_id, claim->key, &renewal));
    TRY(claims_settle(call, &row, standings, row.claim_count, claim->partner.key));
    return claim_answer(call, claim->id, 200);
}

const struct operation update_claim = {
    .name = "update_claim",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH | OPERATION_MERGE_PATCH,
    .body = &update_shape,
    .work = &(const struct call_work){update_serve},
};

/* -- reading -- */

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    params[0] = p_text(request->path_values[0]);
    *count = 1;
    return NULL;
}

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    (void)scope;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "opportunity");
    struct opportunity_row row;
    struct json_out out = {.arena = request->arena};
    opportunity_read(request->arena, rows, 0, &row);
    page_begin(&out);
    for (size_t i = 0; i < row.claim_count; i++)
        claim_write(&out, NULL, &row, &row.claims[i], SIDE_VENDOR);
    page_end_whole(request, &out);
    return NULL;
}

const struct operation list_claims = {
    .name = "list_claims",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_opportunity_by_id, list_bind, list_answer},
};
