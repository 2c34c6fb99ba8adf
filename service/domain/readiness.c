/* What is missing, and who owes it. A criterion is open in one of three ways: no evidence (or the computed
 * fact does not hold), the vendor has not confirmed, the partner has not confirmed. */
#include "tandem/domain/attribution.h"
#include "tandem/domain/registration.h"
#include "tandem/domain/stage.h"

#include <string.h>

/* NULL: it holds. Otherwise the reason, and who can mend it. */
static const char *claim_signed(const struct stage_facts *facts, enum debtor *debtor) {
    bool ae = facts->signals.ae_decision != DECISION_SIGN,
         manager = facts->signals.manager_decision != DECISION_SIGN;
    *debtor = DEBTOR_AE_AND_PARTNER_MANAGER;
    switch (claim_state(&facts->signals)) {
    case CLAIM_SIGNED:
    case CLAIM_STATED: return NULL;
    case CLAIM_DISPUTED: return "claim_disputed";
    case CLAIM_LAPSED: return "claim_lapsed"; /* they owed it in time; nobody can mend it now */
    case CLAIM_NONE: return "no_claim";
    case CLAIM_PENDING: break;
    }
    if (ae && manager)
        return "both_signatures";
    *debtor = ae ? DEBTOR_AE : DEBTOR_PARTNER_MANAGER;
    return ae ? "ae_signature" : "partner_manager_signature";
}

static const char *clean_registration(const struct stage_facts *facts, enum debtor *debtor) {
    if (facts->claim_kind != CLAIM_KIND_REGISTRATION)
        return claim_signed(facts, debtor);
    *debtor = DEBTOR_PARTNER_MANAGER;
    if (facts->registration_state != REGISTRATION_APPROVED)
        return "registration_not_approved";
    return facts->registration_verdict == VERDICT_CLEAR || facts->conflict_resolved ? NULL
                                                                                    : "conflict_not_resolved";
}

static const char *owners_named(const struct stage_facts *facts, enum debtor *debtor) {
    if (facts->vendor_owner && facts->partner_owner)
        return NULL;
    *debtor = facts->vendor_owner    ? DEBTOR_PARTNER
              : facts->partner_owner ? DEBTOR_VENDOR
                                     : DEBTOR_VENDOR_AND_PARTNER;
    return facts->vendor_owner ? "partner_owner" : facts->partner_owner ? "vendor_owner" : "both_owners";
}

static const char *attribution_resolved(const struct stage_facts *facts, enum debtor *debtor) {
    const char *unsigned_reason = claim_signed(facts, debtor);
    if (unsigned_reason)
        return unsigned_reason;
    *debtor = DEBTOR_AE;
    return facts->signals.resolved ? NULL : "attribution_not_resolved";
}

static const char *unknown_criterion(const struct stage_facts *facts, enum debtor *debtor) {
    (void)facts;
    *debtor = DEBTOR_ADMIN;
    return "unknown_criterion";
}

struct computed {
    const char *key;
    const char *(*missing)(const struct stage_facts *, enum debtor *);
};

static const struct computed *computed_find(const char *key) {
    static const struct computed table[] = {{"clean_registration", clean_registration},
                                            {"owners_named", owners_named},
                                            {"attribution_resolved", attribution_resolved},
                                            {NULL, unknown_criterion}};
    const struct computed *computed = table;
    while (computed->key && strcmp(computed->key, key))
        computed++;
    return computed;
}

bool criterion_is_computable(const char *key) {
    return computed_find(key)->key;
}

void criterion_compute(const struct stage_facts *facts, struct criterion_state *state) {
    if (state->type != EVIDENCE_COMPUTED)
        return;
    enum debtor debtor = DEBTOR_NONE;
    state->missing = computed_find(state->key)->missing(facts, &debtor);
    state->met = !state->missing;
    state->owed_by = state->met ? NULL : choice_name(debtors, debtor);
}

static size_t add(struct unmet *out, size_t at, const struct criterion_state *state, const char *missing,
                  const char *owed_by) {
    out[at] = (struct unmet){state->key, missing, owed_by};
    return at + 1;
}

size_t readiness(const struct criterion_state *states, size_t count, int stage_number, struct unmet *out) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct criterion_state *state = &states[i];
        if (state->stage_number != stage_number)
            continue;
        if (state->type == EVIDENCE_COMPUTED) {
            if (!state->met)
                found = add(out, found, state, state->missing, state->owed_by);
        } else if (!state->met) {
            found = add(out, found, state, "evidence", choice_name(debtors, DEBTOR_VENDOR_AND_PARTNER));
        } else {
            if (!state->vendor_confirmed)
                found = add(out, found, state, "vendor_confirmation", choice_name(debtors, DEBTOR_VENDOR));
            if (!state->partner_confirmed)
                found = add(out, found, state, "partner_confirmation", choice_name(debtors, DEBTOR_PARTNER));
        }
    }
    return found;
}

int stage_entry(const struct stage_model *model, const struct criterion_state *states, size_t count) {
    for (size_t i = 0; i < model->stage_count; i++)
        for (size_t j = 0; j < count; j++) {
            struct unmet unmet[2];
            if (readiness(&states[j], 1, model->stages[i].number, unmet))
                return model->stages[i].number;
        }
    return model->stages[model->stage_count - 1].number;
}
