/* The co-sell stage model and its gates: readiness, advance, lower, close. docs/rules.md, Stages. */
#ifndef TANDEM_DOMAIN_STAGE_H
#define TANDEM_DOMAIN_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/domain/calendar.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/evidence.h"
#include "tandem/domain/role.h"

struct arena;
struct fault;
struct field_faults;

/* -- the model -- */
struct stage {
    int number; /* 1.. in a row */
    const char *key, *name;
    int rollup;  /* enum rollup: the shared stage of direct deals */
    int ceiling; /* enum category: the highest that a deal here may have */
};

struct stage_model {
    int version;
    const struct stage *stages;
    size_t stage_count;
    const struct criterion *criteria; /* ordered by stage */
    size_t criterion_count;
    int64_t created_at;
};

/* Five stages: registered, qualified, validating, negotiating, closed. */
extern const struct stage_model stage_model_default;

/* Everything for which a model is refused, with pointers into {"stages": [{..., "criteria": [...]}]}. Codes:
 * required (a stage has a criterion), repeated (a key of a stage or of a criterion), placeholder, no_discovery,
 * no_closing, closes_early, steps_back (the roll-up map), sinks (a ceiling), no_joint_qualification,
 * no_customer_confirmation, feeling, unknown_computed, not_applicable (needs of a computed criterion), only_at_close.
 * docs/rules.md, Stage model. */
void stage_model_lint(const struct stage_model *model, struct field_faults *faults);
/* What is unusual and taken: unusual_length outside 4 to 6 stages. */
void stage_model_warn(const struct stage_model *model, struct field_faults *warnings);
/* Does every word of the text name a feeling or nothing at all, one a feeling? "good fit", "interest". */
bool stage_text_is_feeling(const char *text);
/* Is this what the service computes? */
bool criterion_is_computable(const char *key);

/* -- readiness -- */
/* A criterion of one deal. For computed ones only `met`, `missing` and `owed_by` count. */
struct criterion_state {
    const char *key;
    int stage_number;
    int type;                                 /* enum evidence_type */
    bool met;                                 /* valid evidence is there; computed: it holds */
    bool vendor_confirmed, partner_confirmed; /* the current version of the evidence */
    const char *missing, *owed_by;            /* computed and not met: see criterion_compute */
};

/* What the computed criteria are computed from. */
struct stage_facts {
    struct deal_signals signals;
    int claim_kind;                   /* enum claim_kind */
    int registration_state;           /* enum registration_state; -1 without */
    int registration_verdict;         /* at its approval */
    bool conflict_resolved;           /* approved with a resolution */
    bool vendor_owner, partner_owner; /* a person is named on each side */
};

/* Fills met, missing and owed_by of a computed criterion by its key (clean_registration, owners_named,
 * attribution_resolved); leaves any other type alone. A computed key that is not known is not met. */
void criterion_compute(const struct stage_facts *facts, struct criterion_state *state);

/* `missing` is evidence, vendor_confirmation, partner_confirmation, or the reason of a computed criterion:
 * registration_not_approved, conflict_not_resolved, no_claim, ae_signature, partner_manager_signature,
 * both_signatures, claim_disputed, claim_lapsed, vendor_owner, partner_owner, both_owners,
 * attribution_not_resolved, unknown_criterion. `owed_by` is a name of the table `debtors`. */
struct unmet {
    const char *criterion, *missing, *owed_by;
};

/* Lists what is missing on the states of `stage_number`, in the order given; at most two per criterion, so
 * `out` has room for 2 x count. Returns how many. */
size_t readiness(const struct criterion_state *states, size_t count, int stage_number, struct unmet *out);

/* The first stage with something missing: where a direct deal enters when it is claimed, and the highest that a
 * deal keeps when it goes over to the model; the last stage when nothing is. */
int stage_entry(const struct stage_model *model, const struct criterion_state *states, size_t count);

/* -- advance -- */
struct proposal {
    enum side side; /* who proposed; SIDE_NONE: there is none */
    int to_stage;
    int64_t made_at;
    bool ended; /* declined, or evidence of the stage changed since */
};

/* Alive up to and including made_at + proposal_days x 24 h. */
bool proposal_is_open(const struct proposal *proposal, int64_t now, int proposal_days);

struct advance {
    int stage, to_stage; /* in the request */
    enum side side;      /* the caller's; never SIDE_NONE */
    bool has_claim;
    int status; /* enum deal_status */
    int vendor_stage, partner_stage;
    int last_stage; /* of the model; entered by closing only */
    struct proposal proposal;
    /* with the evidence that the call carries; other stages are passed over */
    const struct criterion_state *states;
    size_t state_count;
    int64_t now;
    int proposal_days;
};

/* DEAL_CLOSED, NO_CLAIM: the stages and the evidence of other deals do not change. The first question of every
 * verdict below except close. */
struct fault *stage_open_verdict(struct arena *arena, bool has_claim, int status);

enum advance_outcome { ADVANCE_PROPOSED = 1, ADVANCE_CONFIRMED };

struct advance_result {
    enum advance_outcome outcome;
    int vendor_stage, partner_stage; /* after it; a proposal raises neither side */
};

/* The call confirms the caller's own open items of the stage (the caller stores that), so they never count as
 * missing here. With an open proposal of the other side for the same stage it confirms; else it proposes
 * (again from the same side: renews). Refusals: NO_CLAIM, DEAL_CLOSED, STAGE_MISMATCH (the deal stands
 * elsewhere, or more than one stage, or the last one), EXIT_CRITERIA_UNMET with every missing item; a
 * proposal may leave the other side's confirmations open, nothing else. */
struct fault *advance_verdict(struct arena *arena, const struct advance *advance,
                              struct advance_result *result);

/* -- decline -- */
struct decline {
    enum side side;
    bool has_claim;
    int status;
    int to_stage;       /* in the request: the proposal that the caller has seen */
    const char *reason; /* NULL: none */
    struct proposal proposal;
    int64_t now;
    int proposal_days;
};

enum decline_outcome { PROPOSAL_DECLINED = 1, PROPOSAL_WITHDRAWN };

/* The other side declines an open proposal and says why; the side that made it takes it back, with a reason or without.
 * Neither side moves. NO_CLAIM, DEAL_CLOSED, NO_PROPOSAL, STAGE_MISMATCH (it is for another stage), INVALID_FIELDS
 * (/reason). */
struct fault *decline_verdict(struct arena *arena, const struct decline *decline,
                              enum decline_outcome *outcome);

/* -- lower -- */
struct lower {
    enum side side;
    bool has_claim;
    int status;
    int vendor_stage, partner_stage;
    int stage, to_stage; /* in the request: the side's own stage now, and the lower one */
    const char *reason;
};

/* A side lowers its own stage alone. NO_CLAIM, DEAL_CLOSED, STAGE_MISMATCH, INVALID_FIELDS (/to_stage,
 * /reason). */
struct fault *lower_verdict(struct arena *arena, const struct lower *lower);

/* -- migration to another version of the model -- */
/* Where a side stands, in the model that the deal leaves. */
struct stage_place {
    const char *key;
    int rollup; /* enum rollup */
};

struct migration {
    const struct stage_model *model; /* the one that the deal goes over to */
    int model_version;               /* the deal's own; -1: it has none */
    bool has_claim;
    int status;                      /* enum deal_status */
    int vendor_stage, partner_stage; /* numbers, in the deal's own */
    struct stage_place vendor, partner;
    /* of the criteria of `model`, with the deal's evidence of the same key */
    const struct criterion_state *states;
    size_t state_count;
};

/* Why the deal stays as it is: no_claim, deal_closed, on_newest; NULL when it goes over. */
const char *migration_obstacle(const struct migration *migration);

struct migrated {
    int vendor_stage, partner_stage; /* numbers, in the new model */
    bool entered;                    /* the deal stands in another stage than before */
};

/* Each side stands at stage_entry at the highest, and never above where it stood: neither in a later roll-up stage
 * nor beyond the stage of the same key. A stage that has another key and the same roll-up stage is the same one,
 * renamed, unless the new model has the old key as well. */
struct migrated migration_verdict(const struct migration *migration);

/* -- close -- */
/* Codes are those of the database. */
enum lost_reason {
    LOST_UNSPECIFIED = 1, /* from a CRM without one */
    LOST_PRICE,
    LOST_COMPETITOR,
    LOST_NO_BUDGET,
    LOST_NO_DECISION,
    LOST_TIMING,
    LOST_PRODUCT_FIT,
    LOST_DUPLICATE, /* stays outside the win rate */
    LOST_OTHER
};
extern const struct choice lost_reasons[];

struct share {
    const char *partner_id;
    int64_t basis_points;
};

/* A claim on the deal that closes. */
struct close_claim {
    const char *id, *partner_id, *partner_name; /* public ids */
    enum claim_state state;
    bool late; /* then it has lapsed */
};

/* What a signed claim takes: 0..10,000, together 10,000. */
struct claim_share {
    const char *claim_id;
    int64_t basis_points;
};

struct close {
    struct deal_signals signals;
    int outcome;     /* DEAL_WON or DEAL_LOST */
    int reason_code; /* enum lost_reason; -1 = not given */
    int32_t closed_on, today;
    int32_t created_on; /* in the tenant's zone */
    struct calendar calendar;
    int backdated_business_days; /* policy */
    bool is_admin;
    bool crm_owned;    /* the deal is CRM-linked and the caller is a person */
    int closing_stage; /* the stage before the last: 4 */
    const struct criterion_state *states;
    size_t state_count;
    const struct close_claim *claims; /* all of the deal */
    size_t claim_count;
    int64_t deadline_at; /* of the claim that counts */
    const struct share *shares;
    size_t share_count; /* 0: the one signed claim takes 10,000 */
    /* of a deal that is won already */
    int32_t was_closed_on;
    bool was_outside_gates;
    bool amount_differs; /* an amount is given, and another one than the deal's */
};

struct close_result {
    bool resolution;    /* the deal was won already: nothing but its attribution changes */
    bool backdated;     /* more than the policy's business days back */
    bool outside_gates; /* a CRM's win whose criteria are not met */
    bool resolved;      /* the attribution is resolved by this close */
    bool last_stage;    /* both sides stand in the model's last stage after it */
    const struct claim_share *shares;
    size_t share_count; /* 0: there is nothing to share, or it is not resolved */
};

/* DEAL_CLOSED, CRM_OWNED_FIELD, INVALID_FIELDS (/reason_code, /closed_on, /amount, /shares...),
 * CLOSE_BACKDATED, and for a win of a deal whose claim still counts (pending, disputed, signed):
 * STAGE_MISMATCH, EXIT_CRITERIA_UNMET with every missing item (the closing stage's criteria, the partner's
 * confirmation of `outcome`, signatures), or CLAIM_NOT_SIGNED when the signatures are all that is missing.
 * Direct deals, and deals whose claim lapsed or came late, pass no gate. A lost deal passes none either, and
 * needs a reason. A win of a deal that is won and unresolved resolves it, also where the CRM owns the outcome:
 * INVALID_FIELDS for what says otherwise than the deal, CLAIM_NOT_SIGNED. */
struct fault *close_verdict(struct arena *arena, const struct close *close, struct close_result *result);

/* What an outcome brings about that is a fact and cannot be refused. */
void close_report(struct arena *arena, const struct close *close, struct close_result *result);

/* A win resolves without an act when one claim is signed and no other still can be: the one takes all. */
bool attribution_is_due(const struct close_claim *claims, size_t count);
/* Does a signature resolve the deal? It is won and unresolved, and due with the claims as they stand after it. */
bool signature_resolves(const struct deal_signals *signals, const struct close_claim *claims, size_t count);

/* Only claims that are signed, or stated as history, take a share. Codes: out_of_range, repeated, no_claim, claim_pending, claim_disputed,
 * claim_lapsed, claim_late (/shares/N/...), not_whole, and required when several are signed (/shares). */
void shares_check(const struct close *close, struct field_faults *faults);
/* One for each such claim; those that are left out take 0. */
void shares_settle(struct arena *arena, const struct close *close, struct close_result *result);

/* -- reopen -- */
struct reopen {
    int status;     /* enum deal_status */
    bool crm_owned; /* the deal is CRM-linked and the caller is a person */
    const char *reason;
};

/* INVALID_STATE unless won or lost, CRM_OWNED_FIELD, INVALID_FIELDS (/reason). */
struct fault *reopen_verdict(struct arena *arena, const struct reopen *reopen);

/* Where a side stands when the deal is open again: the last stage is entered by closing only, so whoever is in it
 * stood before it. A claim that no longer carries a stage (claim_carries: a win whose claim was renewed and not signed
 * again) leads back to the first. A side without a stage (-1) stays without. */
int reopened_stage(int stage, int last_stage, bool carried);

#endif
