/* An approval that names a deal which stands already: no deal is made and nothing is protected; the partner's claim joins it,
 * by the rule of its registration and in the window of the deal. */
#include <string.h>

#include "claim.h"
#include "registration.h"
#include "tandem/base/fault.h"
#include "tandem/base/uuid.h"
#include "tandem/store/claim.h"

struct deal_link registration_link_of(const struct registration *registration,
                                      const struct opportunity_row *deal) {
    return (struct deal_link){
        .deal = deal->id,
        .same_account = deal->account.key == registration->account_key,
        .same_family = strcmp(deal->product_family, registration->product_family) == 0,
        .status = deal->signals.status,
        .has_claim = claim_of_partner(deal, registration->partner) != NULL,
        .owner = deal->owner.key,
    };
}

static struct fault *link_claim(struct call *call, const struct registration *registration,
                                const struct approval *approval, int64_t rep,
                                const struct approval_facts *facts, const struct opportunity_row *deal) {
    const struct sourced_rule rule =
        sourced_rule(registration->submitted_at, facts->first_known_at, facts->open_deal);
    const struct claim_facts now = claim_facts_of(call, deal, NULL);
    const bool late = !claim_window_is_open(now.now, now.deadline_at);
    const struct claim_identity identity = {
        .opportunity_id = deal->id,
        .partner_id = registration->partner,
        .registration_id = registration->id,
        .value = claim_value(CLAIM_KIND_REGISTRATION, &rule, late),
        .kind = CLAIM_KIND_REGISTRATION,
        .rule_version = (int)facts->sourced_rule_version,
    };
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    struct claim_new claim = {
        .id = id,
        .opportunity = deal->key,
        .by = {{.key = registration->partner_key, .id = registration->partner},
               approval->partner_manager.person},
        .value = identity.value,
        .kind = identity.kind,
        .content_hash = claim_content_hash(call->arena, &identity),
        .deadline_at = now.deadline_at,
        .created_at = now.now,
        .late = late,
        .partner_rep = rep,
        .registration = registration->key,
        .sourced_passed = rule.passed,
        .sourced_reason = rule.reason,
        .owner = approval->ae.person,
    };
    return claim_put(call, deal, &claim);
}

struct fault *registration_link_make(struct call *call, const struct registration *registration,
                                     const struct approval *approval, int64_t rep,
                                     const struct approval_facts *facts, const struct conflict_check *check,
                                     const struct opportunity_row *deal) {
    const struct linked linked = {
        .registration_key = registration->key,
        .opportunity = deal->key,
        .verdict = check->conflict.verdict,
        .verdict_rule = check->conflict.rule,
        .conflict_with = check->with,
        .resolution_reason = approval->resolution_reason,
    };
    TRY(link_claim(call, registration, approval, rep, facts, deal));
    return registration_link(call->db, call->arena, call->scope.tenant_id, &linked);
}
