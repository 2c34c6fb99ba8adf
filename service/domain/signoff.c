/* One signature of two: who may give it, on which version, until when. The order of the questions is the
 * order in which a person can mend things: first who asks, then what was seen, then time, then what is
 * already there. */
#include "tandem/domain/attribution.h"

#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/domain/role.h"

#include <stddef.h>

const struct choice signoff_roles[] = {
    {"ae", SIGNOFF_AE}, {"partner_manager", SIGNOFF_PARTNER_MANAGER}, {NULL}};

enum signoff_role signoff_role(const struct signoff *signoff) {
    const bool is_ae = signoff->roles & ROLE_BIT(ROLE_AE), is_manager = signoff->roles & ROLES_MANAGER;
    if (signoff->is_owner && is_ae)
        return SIGNOFF_AE;
    if (signoff->manages_partner && is_manager)
        return SIGNOFF_PARTNER_MANAGER;
    if (signoff->for_owner && is_ae)
        return SIGNOFF_AE;
    return is_manager ? SIGNOFF_PARTNER_MANAGER : SIGNOFF_AE;
}

bool signoff_is_lent(const struct signoff *signoff) {
    return signoff->role == SIGNOFF_AE ? signoff->for_owner && !signoff->is_owner
                                       : signoff->for_manager && !signoff->manages_partner;
}

static struct fault *signer_verdict(struct arena *arena, const struct signoff *signoff) {
    if (signoff_is_lent(signoff) &&
        (signoff->role == SIGNOFF_AE ? signoff->manages_partner : signoff->is_owner))
        return fault_make(arena, PROBLEM_SAME_SIGNER,
                          "the duty is lent to the other signer of this claim: lend it to somebody else");
    if (signoff->role == SIGNOFF_AE)
        return (signoff->is_owner || signoff->for_owner) && (signoff->roles & ROLE_BIT(ROLE_AE))
                   ? NULL
                   : fault_make(
                         arena, PROBLEM_NOT_DEAL_OWNER,
                         "the AE who owns the deal signs as AE, or to whom that is delegated for today");
    bool is_leader = signoff->roles & ROLE_BIT(ROLE_PARTNERSHIPS_LEADER);
    bool is_manager = (signoff->roles & ROLE_BIT(ROLE_PARTNER_MANAGER)) &&
                      (signoff->manages_partner || signoff->for_manager);
    return is_leader || is_manager
               ? NULL
               : fault_make(arena, PROBLEM_NOT_PARTNER_MANAGER,
                            "the manager of the claim's partner, to whom that is delegated for today, or a "
                            "partnerships leader signs as partner manager");
}

static struct fault *reason_verdict(struct arena *arena, const struct signoff *signoff) {
    struct field_faults faults = {.arena = arena};
    if (signoff->decision == DECISION_DECLINE && !signoff->reason)
        field_fault(&faults, "/reason", "required", "declining needs a reason");
    else if (signoff->reason && text_is_placeholder(signoff->reason))
        field_fault(&faults, "/reason", "placeholder", "the reason says nothing");
    return field_faults_fault(&faults);
}

static bool is_decided(int decision) {
    return decision == DECISION_SIGN || decision == DECISION_DECLINE;
}

bool signoff_completes(const struct signoff *signoff) {
    return signoff->decision == DECISION_SIGN && signoff->other_decision == DECISION_SIGN;
}

struct fault *signoff_verdict(struct arena *arena, const struct claim_facts *facts,
                              const struct signoff *signoff) {
    if (!facts->has_claim)
        return fault_make(arena, PROBLEM_NO_CLAIM, "the deal has no claim");
    TRY(signer_verdict(arena, signoff));
    TRY(claim_open_verdict(arena, facts));
    if (signoff->claim_version != facts->claim_version)
        return fault_make(arena, PROBLEM_CLAIM_VERSION_STALE,
                          "the claim is at version %d, the decision is on %d", facts->claim_version,
                          signoff->claim_version);
    TRY(claim_window_verdict(arena, facts));
    if (is_decided(signoff->own_decision))
        return fault_make(arena, PROBLEM_ALREADY_SIGNED, "%s has decided on version %d: %s",
                          choice_name(signoff_roles, signoff->role), facts->claim_version,
                          choice_name(decisions, signoff->own_decision));
    if (signoff->other_signer && signoff->other_signer == signoff->signer)
        return fault_make(arena, PROBLEM_SAME_SIGNER, "the other signature is the same person's");
    if (facts->claim_state == CLAIM_DISPUTED)
        return fault_make(arena, PROBLEM_INVALID_STATE, "the claim is disputed: it needs a new version");
    TRY(reason_verdict(arena, signoff));
    if (facts->sourced_signed && facts->claim_value == ATTRIBUTION_SOURCED && signoff_completes(signoff))
        return fault_make(
            arena, PROBLEM_SOURCED_CLAIM_EXISTS,
            "both have signed another claim as sourced; a new version of this one as influence of another "
            "kind can be signed");
    return NULL;
}
