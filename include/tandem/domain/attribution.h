/* Attribution: the strict sourced rule, the window, claims and their two signatures. docs/rules.md,
 * Attribution. */
#ifndef TANDEM_DOMAIN_ATTRIBUTION_H
#define TANDEM_DOMAIN_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/domain/deal.h"

struct arena;
struct fault;

/* Codes are those of the database. */
enum claim_kind {
    CLAIM_KIND_REGISTRATION = 1,
    CLAIM_KIND_INTRODUCTION,
    CLAIM_KIND_ACCOUNT_WARMING,
    CLAIM_KIND_TECHNICAL_VALIDATION,
    CLAIM_KIND_OTHER,
    CLAIM_KIND_HISTORY /* of a deal from before the go-live, as it was stated */
};
enum signoff_role { SIGNOFF_AE = 1, SIGNOFF_PARTNER_MANAGER };

extern const struct choice claim_kinds[], signoff_roles[];

/* -- the strict sourced rule -- */
/* Reasons: registered_first, no_engagement_known; engaged_first, engaged_at_same_instant, open_deal. */
struct sourced_rule {
    bool passed;
    const char *reason;
};

/* Passed when the registration was submitted strictly before any seller engaged on the account and family,
 * and no opportunity for them was open then. Equal fails; unknown (INSTANT_NONE) passes. A date without a
 * time is the start of that day, which the caller has made an instant. The open deal is asked first. */
struct sourced_rule sourced_rule(int64_t submitted_at, int64_t first_engaged_at,
                                 bool open_deal_at_submission);

/* An engagement that was recorded after the registration and is dated at or before it speaks against a sourced claim.
 * `submitted_at`: INSTANT_NONE for a claim by hand. What is disputed or resolved already stays as it is. */
bool claim_is_contradicted(int claim_value, bool disputed, bool resolved, int64_t submitted_at,
                           int64_t engaged_at);

/* An open deal that has been told stays said, whoever leads it since and whatever it was merged into: by the rule when the
 * claim was made, or by the dispute that is being settled. Either reason may be NULL. */
bool open_deal_is_said(const char *sourced_reason, const char *dispute_reason);

/* Sourced only by a registration that passes, in time; everything else is influence. `late`: first made after the window. */
enum attribution claim_value(int claim_kind, const struct sourced_rule *rule, bool late);

/* -- the window -- */
int64_t claim_deadline(int64_t created_at, int window_hours);
/* Inclusive: open at the deadline itself, over a microsecond later. */
bool claim_window_is_open(int64_t now, int64_t deadline_at);

/* -- claims -- */
/* The deal and its claim as they stand on the locked rows. */
struct claim_facts {
    int64_t now;
    int64_t deadline_at; /* the deal's, stored at its creation */
    int status;          /* enum deal_status */
    bool resolved;       /* attribution resolved at close */
    bool has_claim;      /* creation: the partner has one on this deal; the members below only with it */
    int claim_kind;      /* enum claim_kind */
    int claim_version;   /* the current one */
    int claim_state;     /* enum claim_state */
    int claim_value;     /* enum attribution */
    bool sourced_signed; /* another claim on the deal is sourced and carries both signatures */
};

/* A claim made by hand. DEAL_CLOSED, CLAIM_EXISTS (one for each partner), INVALID_FIELDS (/kind: registration is made
 * by an approval only, history by an import). *late: made after the window: late_influence. It is influence always. */
struct fault *claim_create_verdict(struct arena *arena, const struct claim_facts *facts, int kind,
                                   bool *late);

/* A new version, which voids signatures and lifts a dispute. NO_CLAIM, DEAL_CLOSED (resolved, lost or
 * removed), CLAIM_WINDOW_CLOSED (the detail says when it ended), INVALID_FIELDS (/kind: a claim made by hand
 * cannot become a registration; a registration's or history's claim keeps its kind or becomes influence of another). Whether the deal still
 * stands on a claim afterwards is asked by claim_stand_verdict. */
struct fault *claim_update_verdict(struct arena *arena, const struct claim_facts *facts, int kind);

/* Parts of the verdicts, for operations of their own: DEAL_CLOSED once the attribution is resolved, or the
 * deal is lost or removed; CLAIM_WINDOW_CLOSED after the deadline. */
struct fault *claim_open_verdict(struct arena *arena, const struct claim_facts *facts);
struct fault *claim_window_verdict(struct arena *arena, const struct claim_facts *facts);

/* -- which claim counts -- */
/* One of the claims on a deal. */
struct claim_standing {
    const char *id;      /* public */
    int value;           /* enum attribution */
    int kind;            /* enum claim_kind */
    bool signed_by_both; /* or stated: history that was closed when it was loaded needs no signature */
    bool disputed, late;
    bool of_lead; /* of the partner that leads the deal */
    int64_t deadline_at, created_at;
};

/* The one of `count` claims (1 at least) by which the deal is reported: what both signed and nothing disputes, then what
 * both signed, then what may still be signed, then what came late. In each of these sourced comes first; of unsigned
 * ones the later deadline before that, and the lead partner's, the earliest and the smallest id after it. The clock has
 * no say: unsigned claims of one window lapse together. */
size_t claim_counting(const struct claim_standing *claims, size_t count);

/* What a deal's row says about its claims. */
struct claim_pointers {
    const char *counting_claim; /* public id; NULL */
    int attribution;
    bool lead_claims;    /* the partner that leads is one of them that claim */
    bool partners_agree; /* it is seen by exactly those that claim */
    bool marks_agree;    /* signed_at of each claim stands where two have signed its version */
};
/* The first member of the row that does not follow from the claims (0 or more): counting_claim, attribution,
 * lead_partner_id, partner_ids, signed_at; NULL when all do. */
const char *claim_pointers_check(const struct claim_pointers *pointers, const struct claim_standing *claims,
                                 size_t count);

/* A stage after the first stands on a registration, or on a claim of another kind with both signatures. */
bool claim_carries(int kind, bool signed_by_both);

/* A deal that has left stage 1 stands on the claim that counts, which carries it.
 * STAGE_MISMATCH, until one side lowers, when it would stand on another. `stage`: the lower of its two sides. */
struct fault *claim_stand_verdict(struct arena *arena, const struct claim_standing *counting, int status,
                                  int stage);

/* -- signatures -- */
struct signoff {
    enum signoff_role role;
    int decision;         /* enum decision */
    int claim_version;    /* the one in the request */
    const char *reason;   /* needed to decline */
    bool is_owner;        /* the signer owns the deal */
    unsigned roles;       /* the signer's */
    bool manages_partner; /* the claim's partner names the signer as its manager */
    bool for_owner;       /* the owner has lent the duty to the signer for today */
    bool for_manager;     /* the partner's manager has */
    int64_t signer;       /* person ids; 0 = none */
    int64_t other_signer; /* who has decided in the other role on the current version */
    int other_decision;   /* and how; DECISION_NONE or -1: not yet */
    int own_decision;     /* of this role on the current version; DECISION_NONE or -1: not yet */
};

/* Which of the two the signer signs as, by roles and ties: what is its own first (the owner with the role ae as AE, the
 * partner's manager as manager), then what is lent to it, then a leader as manager. So whoever is one signer is never
 * the other by delegation. Else as AE, or as manager with such a role, which the verdict refuses. */
enum signoff_role signoff_role(const struct signoff *signoff);
/* Signs what is another's duty, which is lent to it: the answer and the history say whose. */
bool signoff_is_lent(const struct signoff *signoff);

/* NULL, or the first that holds: NO_CLAIM, NOT_DEAL_OWNER / NOT_PARTNER_MANAGER, DEAL_CLOSED (resolved, lost
 * or removed), CLAIM_VERSION_STALE, CLAIM_WINDOW_CLOSED, ALREADY_SIGNED, SAME_SIGNER, INVALID_STATE
 * (disputed: a new version is needed), INVALID_FIELDS (/reason), SOURCED_CLAIM_EXISTS (both would have signed a second
 * sourced claim on the deal). */
struct fault *signoff_verdict(struct arena *arena, const struct claim_facts *facts,
                              const struct signoff *signoff);
/* The decision is the second of two signatures. */
bool signoff_completes(const struct signoff *signoff);

/* -- content -- */
struct claim_identity {
    const char *opportunity_id, *partner_id;
    const char *registration_id; /* NULL = made by hand */
    int value;                   /* enum attribution */
    int kind;                    /* enum claim_kind */
    int rule_version;            /* struct policy's sourced_rule_version */
};

/* The text whose SHA-256 both sign: one "name value" line each, LF at every end, in a fixed order. Amount,
 * date, owner and the names of people are not in it, so that their changes void nothing. */
const char *claim_content(struct arena *arena, const struct claim_identity *identity);

#endif
