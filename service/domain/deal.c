/* The one place where signals become a judgement. Each question is one function; the withheld rules are asked
 * in the order of their enum, and the first that holds names the debt. Rules about claims and co-sell stages
 * are asked only of the two partner classes. */
#include "tandem/domain/deal.h"

#include <stddef.h>

static bool has_claim(const struct deal_signals *s) {
    return s->claim_value == ATTRIBUTION_SOURCED || s->claim_value == ATTRIBUTION_INFLUENCED;
}

static bool signed_by_both(const struct deal_signals *s) {
    return s->ae_decision == DECISION_SIGN && s->manager_decision == DECISION_SIGN;
}

enum claim_state claim_state(const struct deal_signals *s) {
    if (!has_claim(s))
        return CLAIM_NONE;
    if (s->claim_stated)
        return CLAIM_STATED;
    if (s->claim_late)
        return CLAIM_LAPSED;
    if (signed_by_both(s) && !s->claim_disputed)
        return CLAIM_SIGNED;
    if (!s->window_open)
        return CLAIM_LAPSED;
    if (s->claim_disputed || s->ae_decision == DECISION_DECLINE || s->manager_decision == DECISION_DECLINE)
        return CLAIM_DISPUTED;
    return CLAIM_PENDING;
}

bool claim_shares(enum claim_state state) {
    return state == CLAIM_SIGNED || state == CLAIM_STATED;
}

static enum report_class deal_class(const struct deal_signals *s, enum claim_state state) {
    if (state == CLAIM_NONE)
        return CLASS_DIRECT;
    if (state == CLAIM_LAPSED)
        return CLASS_UNATTRIBUTED;
    return s->claim_value == ATTRIBUTION_SOURCED ? CLASS_SOURCED : CLASS_INFLUENCED;
}

static bool is_partner_class(enum report_class report_class) {
    return report_class == CLASS_SOURCED || report_class == CLASS_INFLUENCED;
}

/* A side that says nothing stands in the first stage. */
static int side_stage(int stage) {
    return stage > 0 ? stage : 1;
}

static int deal_stage(const struct deal_signals *s) {
    if (!has_claim(s))
        return 0;
    int vendor = side_stage(s->vendor_stage), partner = side_stage(s->partner_stage);
    return vendor < partner ? vendor : partner;
}

/* What the side's stage allows; a ceiling that is not known allows nothing. */
static enum category category_under(enum category category, int ceiling) {
    if (ceiling < CATEGORY_OMITTED)
        return CATEGORY_OMITTED;
    return ceiling < (int)category ? (enum category)ceiling : category;
}

static enum category deal_category(const struct deal_signals *s, enum report_class report_class) {
    if (s->status == DEAL_WON || s->status == DEAL_LOST)
        return CATEGORY_CLOSED;
    if (s->status != DEAL_OPEN)
        return CATEGORY_OMITTED;
    enum category category = s->category_call >= CATEGORY_OMITTED && s->category_call <= CATEGORY_COMMIT
                                 ? (enum category)s->category_call
                                 : CATEGORY_PIPELINE;
    if (is_partner_class(report_class)) {
        category = category_under(category, s->vendor_ceiling);
        category = category_under(category, s->partner_ceiling);
    }
    return s->stalled ? category_under(category, CATEGORY_PIPELINE) : category;
}

/* Only asked of a pending claim: one signature at least is missing, and none was declined. */
static enum debtor missing_signer(const struct deal_signals *s) {
    bool ae = s->ae_decision != DECISION_SIGN, manager = s->manager_decision != DECISION_SIGN;
    return ae && manager ? DEBTOR_AE_AND_PARTNER_MANAGER : ae ? DEBTOR_AE : DEBTOR_PARTNER_MANAGER;
}

static enum debtor side_in_stage_one(const struct deal_signals *s) {
    bool vendor = side_stage(s->vendor_stage) == 1, partner = side_stage(s->partner_stage) == 1;
    return vendor && partner ? DEBTOR_VENDOR_AND_PARTNER : vendor ? DEBTOR_VENDOR : DEBTOR_PARTNER;
}

static enum withheld_rule withhold(enum withheld_rule rule, enum debtor debtor, enum debtor *owed_by) {
    *owed_by = debtor;
    return rule;
}

static enum withheld_rule deal_withheld(const struct deal_signals *s, const struct deal_assessment *deal,
                                        enum debtor *owed_by) {
    if (is_partner_class(deal->report_class)) {
        if (s->contested)
            return withhold(WITHHELD_CONTESTED, DEBTOR_PARTNER_MANAGER, owed_by);
        if (deal->claim_state == CLAIM_PENDING)
            return withhold(WITHHELD_AWAITING_SIGNATURE, missing_signer(s), owed_by);
        if (deal->claim_state == CLAIM_DISPUTED)
            return withhold(WITHHELD_DISPUTED, DEBTOR_AE_AND_PARTNER_MANAGER, owed_by);
        if (deal->stage <= 1)
            return withhold(WITHHELD_STAGE_ONE, side_in_stage_one(s), owed_by);
    }
    if (deal->category == CATEGORY_OMITTED) /* by the call, or by a ceiling that a later stage may have */
        return withhold(WITHHELD_OMITTED,
                        s->category_call == CATEGORY_OMITTED ? DEBTOR_AE : DEBTOR_VENDOR_AND_PARTNER,
                        owed_by);
    if (s->stale)
        return withhold(WITHHELD_STALE, DEBTOR_AE, owed_by);
    if (s->overdue)
        return withhold(WITHHELD_OVERDUE, DEBTOR_AE, owed_by);
    if (!s->has_amount)
        return withhold(WITHHELD_NO_AMOUNT, DEBTOR_AE, owed_by);
    if (!s->has_rate)
        return withhold(WITHHELD_NO_RATE, DEBTOR_ADMIN, owed_by);
    return withhold(WITHHELD_NOT, DEBTOR_NONE, owed_by);
}

/* Of a won deal: signatures first, then the owner, who resolves the attribution. */
static enum debtor unresolved_debtor(const struct deal_signals *s, enum claim_state state) {
    switch (state) {
    case CLAIM_PENDING: return missing_signer(s);
    case CLAIM_DISPUTED: return DEBTOR_AE_AND_PARTNER_MANAGER;
    default: return DEBTOR_AE;
    }
}

struct deal_assessment deal_assess(const struct deal_signals *s) {
    struct deal_assessment deal = {.claim_state = claim_state(s), .stage = deal_stage(s)};
    deal.report_class = deal_class(s, deal.claim_state);
    deal.category = deal_category(s, deal.report_class);
    deal.divergent = deal.stage && side_stage(s->vendor_stage) != side_stage(s->partner_stage);
    if (s->status == DEAL_OPEN)
        deal.withheld = deal_withheld(s, &deal, &deal.debtor);
    if (s->status == DEAL_WON && is_partner_class(deal.report_class) &&
        !(claim_shares(deal.claim_state) && s->resolved)) {
        deal.closed_unresolved = true;
        deal.debtor = unresolved_debtor(s, deal.claim_state);
    }
    deal.owed_by = choice_name(debtors, deal.debtor);
    return deal;
}
