/* One decision of two: the owner as AE, the partner's manager as partner manager. The deal's row is locked, so the
 * second signer sees the first, and a new version is either before both or after. */
#include "claim.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/role.h"
#include "tandem/http/operation.h"
#include "tandem/store/claim.h"

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
                                 const struct sign_body *body) {
    bool is_owner = row->owner.key == call->scope.person_id;
    enum signoff_role role = signoff_role(call->roles, is_owner);
    bool as_ae = role == SIGNOFF_AE;
    return (struct signoff){
        .role = role,
        .decision = body->decision,
        .claim_version = (int)body->claim_version,
        .reason = body->reason,
        .is_owner = is_owner,
        .roles = call->roles,
        .manages_partner = row->claim.partner_manager == call->scope.person_id,
        .signer = call->scope.person_id,
        .other_signer = as_ae ? row->claim.manager.signer.key : row->claim.ae.signer.key,
        .own_decision = as_ae ? row->signals.ae_decision : row->signals.manager_decision,
    };
}

static struct fault *sign_serve(struct call *call) {
    const struct sign_body *body = call->request->body;
    struct opportunity_row row;
    TRY(claim_locked(call, &row));
    const struct claim_facts facts = claim_facts_of(call, &row);
    const struct signoff signoff = signoff_of(call, &row, body);
    TRY(signoff_verdict(call->arena, &facts, &signoff));
    const struct signoff_new decided = {
        .role = (int)signoff.role,
        .decision = signoff.decision,
        .reason = signoff.reason,
    };
    TRY(signoff_insert(call->db, call->arena, call->scope.tenant_id, &row, &decided));
    return claim_answer(call, 201);
}

const struct operation sign_claim = {
    .name = "sign_claim",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &sign_shape,
    .work = &(const struct call_work){sign_serve},
};
