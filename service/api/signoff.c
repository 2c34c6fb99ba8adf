/* One decision of two: the owner as AE, the partner's manager as partner manager. The deal's row is locked, so the
 * second signer sees the first, and a new version is either before both or after. */
#include "claim.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/role.h"
#include "tandem/http/operation.h"
#include "tandem/store/claim.h"
#include "tandem/store/delegation.h"
#include "tandem/store/stage.h"

struct sign_body {
    int decision;
    int64_t claim_version;
    const char *reason;
};

static const struct field sign_fields[] = {
    {"decision", FIELD_CHOICE, offsetof(struct sign_body, decision), FIELD_REQUIRED, .choices = decisions},
    {"claim_version", FIELD_INTEGER, offsetof(struct sign_body, claim_version), FIELD_REQUIRED, 1, INT32_MAX},
    {"reason", FIELD_TEXT, offsetof(struct sign_body, reason)},
};

static const struct shape sign_shape = {
    .fields = sign_fields,
    .field_count = sizeof sign_fields / sizeof *sign_fields,
    .size = sizeof(struct sign_body),
    .presence_offset = SHAPE_NO_PRESENCE,
};

static struct signoff signoff_of(const struct call *call, const struct opportunity_row *row,
                                 const struct claim_row *claim, const struct delegated *delegated,
                                 const struct sign_body *body) {
    struct signoff signoff = {
        .decision = body->decision,
        .claim_version = (int)body->claim_version,
        .reason = body->reason,
        .is_owner = row->owner.key == call->scope.person_id,
        .roles = call->roles,
        .manages_partner = claim->partner_manager == call->scope.person_id,
        .for_owner = delegated->for_owner,
        .for_manager = delegated->for_manager,
        .signer = call->scope.person_id,
    };
    signoff.role = signoff_role(&signoff);
    bool as_ae = signoff.role == SIGNOFF_AE;
    signoff.other_signer = as_ae ? claim->manager.signer.key : claim->ae.signer.key;
    signoff.other_decision = as_ae ? claim->signals.manager_decision : claim->signals.ae_decision;
    signoff.own_decision = as_ae ? claim->signals.ae_decision : claim->signals.manager_decision;
    return signoff;
}

/* The second signature on what the CRM has won may be all that its attribution waits for; no stage moves by it. */
static struct fault *resolve_if_due(struct call *call, const struct opportunity_row *row,
                                    const struct claim_row *claim) {
    struct close_claim *claims = close_claims(call->arena, row);
    struct deal_signals signed_signals = claim->signals;
    signed_signals.ae_decision = signed_signals.manager_decision = DECISION_SIGN;
    claims[claim - row->claims].state = claim_state(&signed_signals);
    if (!signature_resolves(&row->signals, claims, row->claim_count))
        return NULL;
    const struct close close = {.claims = claims, .claim_count = row->claim_count};
    struct close_result result = {0};
    shares_settle(call->arena, &close, &result);
    return stage_resolve(call->db, call->arena, call->scope.tenant_id, row->key, row->signals.vendor_stage,
                         row->signals.partner_stage, result.shares, result.share_count);
}

static struct fault *sign_serve(struct call *call) {
    const struct sign_body *body = call->request->body;
    struct opportunity_row row;
    const struct claim_row *claim;
    struct delegated delegated;
    TRY(claim_locked(call, &row, &claim));
    const struct claim_facts facts = claim_facts_of(call, &row, claim);
    TRY(delegation_of_signer(call->db, call->arena, call->scope.tenant_id, row.owner.key,
                             claim->partner_manager, &delegated));
    const struct signoff signoff = signoff_of(call, &row, claim, &delegated, body);
    TRY(signoff_verdict(call->arena, &facts, &signoff));
    const struct signoff_new decided = {
        .role = (int)signoff.role,
        .decision = signoff.decision,
        .reason = signoff.reason,
        .completes = signoff_completes(&signoff),
        .for_person = !signoff_is_lent(&signoff)   ? 0
                      : signoff.role == SIGNOFF_AE ? row.owner.key
                                                   : claim->partner_manager,
    };
    struct claim_standing *standings = claim_standings(call->arena, &row, row.lead_partner.key);
    standings[claim - row.claims].signed_by_both = decided.completes;
    TRY(signoff_insert(call->db, call->arena, call->scope.tenant_id, row.key, claim, &decided));
    TRY(claims_settle(call, &row, standings, row.claim_count, claim->partner.key));
    if (decided.completes)
        TRY(resolve_if_due(call, &row, claim));
    return claim_answer(call, claim->id, 201);
}

const struct operation sign_claim = {
    .name = "sign_claim",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &sign_shape,
    .work = &(const struct call_work){sign_serve},
};
