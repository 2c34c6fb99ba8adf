/* A deal as the rules see it at one instant. PostgreSQL turns stored instants into signals against the
 * request's one clock (view deal_signal); everything that is decided from them is decided here, the same for
 * one deal on the screen and for a million in the forecast (deals with equal signals are assessed once).
 * docs/rules.md, Forecast. */
#ifndef TANDEM_DOMAIN_DEAL_H
#define TANDEM_DOMAIN_DEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/choice.h"

/* Codes are those of the database. Choice tables: deal_statuses, attributions, report_classes, categories,
 * rollups, claim_states, decisions, withheld_rules, debtors. */
enum deal_status { DEAL_OPEN = 1, DEAL_WON, DEAL_LOST, DEAL_REMOVED };
enum attribution { ATTRIBUTION_NONE = 0, ATTRIBUTION_SOURCED = 1, ATTRIBUTION_INFLUENCED = 2 };
enum report_class { CLASS_SOURCED = 1, CLASS_INFLUENCED, CLASS_DIRECT, CLASS_UNATTRIBUTED, CLASS_COUNT };
/* Ordered: the lower of two is the more careful one. */
enum category {
    CATEGORY_OMITTED = 1,
    CATEGORY_PIPELINE,
    CATEGORY_BEST_CASE,
    CATEGORY_COMMIT,
    CATEGORY_CLOSED
};
enum rollup { ROLLUP_DISCOVERY = 1, ROLLUP_VALIDATION, ROLLUP_PROPOSAL, ROLLUP_NEGOTIATION, ROLLUP_CLOSED };
enum claim_state {
    CLAIM_NONE = 0,
    CLAIM_PENDING = 1,
    CLAIM_SIGNED,
    CLAIM_DISPUTED,
    CLAIM_LAPSED,
    CLAIM_STATED
};
enum decision { DECISION_NONE = 0, DECISION_SIGN = 1, DECISION_DECLINE };

extern const struct choice deal_statuses[], attributions[], report_classes[], categories[], rollups[],
    claim_states[], decisions[], withheld_rules[], debtors[];

/* In the order in which they are asked: the first that holds withholds the deal. */
enum withheld_rule {
    WITHHELD_NOT = 0,
    WITHHELD_CONTESTED,
    WITHHELD_AWAITING_SIGNATURE,
    WITHHELD_DISPUTED,
    WITHHELD_STAGE_ONE,
    WITHHELD_OMITTED,
    WITHHELD_STALE,
    WITHHELD_OVERDUE,
    WITHHELD_NO_AMOUNT,
    WITHHELD_NO_RATE,
    WITHHELD_COUNT
};

/* Who can recover what is withheld or missing. */
enum debtor {
    DEBTOR_NONE = 0,
    DEBTOR_AE,
    DEBTOR_PARTNER_MANAGER,
    DEBTOR_AE_AND_PARTNER_MANAGER,
    DEBTOR_VENDOR,
    DEBTOR_PARTNER,
    DEBTOR_VENDOR_AND_PARTNER,
    DEBTOR_ADMIN,
    DEBTOR_COUNT
};

struct deal_signals {
    int status;          /* enum deal_status */
    int claim_value;     /* ATTRIBUTION_SOURCED, _INFLUENCED, or -1: the deal has no claim */
    bool claim_late;     /* the claim was first made after the window: late_influence */
    bool claim_stated;   /* history that was closed when it was loaded: it counts as it was stated */
    bool claim_disputed; /* what is dated before the registration was told after it */
    int ae_decision;     /* on the claim's current version; -1 or DECISION_NONE: not yet */
    int manager_decision;
    bool window_open; /* now <= deadline */
    bool contested;   /* another partner's undecided registration for account and family came earlier */
    int vendor_stage; /* co-sell stage 1.. of each side; -1 or 0 without a claim */
    int partner_stage;
    int vendor_ceiling; /* the category ceiling of each side's stage, from the deal's model; -1 without */
    int partner_ceiling;
    int category_call; /* the CRM's or the AE's call; -1 = none, read as pipeline */
    bool stale;        /* now > refreshed + policy */
    bool overdue;      /* open, and the close date is before today in the tenant's zone */
    bool stalled;      /* in its stage longer than the policy's days */
    bool undated;      /* no close date */
    bool has_amount;
    bool has_rate; /* the amount can be stated in the tenant's currency */
    bool resolved; /* attribution resolved at close */
};

struct deal_assessment {
    enum claim_state claim_state;
    enum report_class report_class;
    int stage;              /* the lower of the two sides; 0 without a claim */
    enum category category; /* effective: the call under every ceiling; CATEGORY_CLOSED when won or lost */
    enum withheld_rule withheld; /* WITHHELD_NOT for closed deals */
    enum debtor debtor;  /* who can recover what is withheld or closed_unresolved; DEBTOR_NONE otherwise */
    const char *owed_by; /* the debtor's name in the table `debtors`; NULL for DEBTOR_NONE */
    bool divergent;      /* the sides stand in different stages */
    bool
        closed_unresolved; /* won in a partner class, and not both resolved and signed (or stated of history) */
};

/* Pure and total: every combination of signals has an assessment. */
struct deal_assessment deal_assess(const struct deal_signals *signals);

/* Claims: pending -> signed | disputed | lapsed. A signature counts on the current version only. A decline,
 * or what is dated before the registration and told later, disputes; the end of the window lapses what is not signed by
 * both or is disputed, because no new version can settle it any more; a late one has lapsed. History that was closed
 * when it was loaded is none of these: stated, and signed by nobody. */
enum claim_state claim_state(const struct deal_signals *signals);
/* Signed, or stated: its partner has a share in the win. */
bool claim_shares(enum claim_state state);

#endif
