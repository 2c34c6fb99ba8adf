/* Deals: one row shape for answers and rules (view deal_sheet), and the statements that change them. Locks are always taken in this order: opportunity, then claim, then the rest. */
#ifndef TANDEM_STORE_OPPORTUNITY_H
#define TANDEM_STORE_OPPORTUNITY_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/money.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/partner_view.h"
#include "tandem/store/db.h"

struct fault;

/* Somebody or something by the internal id (0 = none) and the public one (NULL = none). */
struct named {
    int64_t key;
    const char *id, *name;
};

/* One decision on a claim's current version; the decision itself is in the claim's signals. */
struct signoff_row {
    struct named signer;
    struct named owed; /* whose duty it was, when it was lent to the signer; no id otherwise */
    const char *reason;
    int64_t decided_at;
};

/* What the partner itself expects of the deal. */
struct partner_view_row {
    struct partner_view stated;
    int64_t stated_at;
    int64_t version; /* 0: never stated, and nothing else is set */
};

struct claim_row {
    int64_t key;           /* internal id */
    const char *id;        /* public */
    int64_t claim_version; /* what is signed */
    int kind;              /* enum claim_kind */
    int stated_value;      /* history: enum attribution as it was loaded; -1 */
    struct deal_signals
        signals; /* what claim_state reads: value, late, stated, disputed, decisions, window; no more is set */
    struct named partner;
    int64_t partner_manager; /* the person whom the claim's partner names as its manager; 0 = nobody */
    int64_t deadline_at, created_at;
    const char *dispute_reason; /* what was recorded later and speaks against it */
    int64_t disputed_at;
    bool sourced_passed;
    const char *sourced_reason; /* NULL: made by hand */
    int64_t share_basis_points; /* at close */
    struct partner_view_row view;
    int64_t registration_key; /* 0 = by hand */
    const char *registration_id;
    int64_t registration_submitted_at;
    struct signoff_row ae, manager;
};

struct opportunity_row {
    int64_t key;    /* internal id */
    const char *id; /* public */
    int64_t version;
    const char *name;
    struct named account;
    const char *account_country;
    const char *product_family;
    struct money amount;
    int32_t close_date;
    struct named owner;
    const char *owner_email;
    /* without id and name where another partner than the caller's leads */
    struct named partner_manager;
    struct named partner_rep;
    struct named lead_partner;
    bool leads; /* the caller's partner leads, or the caller sees all; false without a lead partner */
    int64_t lead_partner_manager; /* the person whom the lead partner names as its manager */
    int attribution;
    const char *crm_source;   /* linked to a CRM, whose id leads; NULL: not linked */
    const char *external_ids; /* JSON array of {source, external_id}, the one that leads first; NULL: none */
    int crm_stage;            /* enum rollup, -1 */
    const char *next_step;
    int64_t model_version; /* 0 without a claim, as the stages are */
    const char *vendor_stage_key, *partner_stage_key;
    int vendor_stage_rollup, partner_stage_rollup;
    int64_t stage_entered_at;
    int proposed_by_side; /* enum side, -1: no proposal */
    int64_t proposed_stage;
    int64_t proposed_by; /* internal id */
    int64_t proposed_at;
    int64_t created_at, refreshed_at;
    int64_t pushes;
    int32_t closed_on;
    int64_t closed_at;
    int reason_code; /* enum lost_reason, -1 */
    int64_t resolved_at;
    bool outside_gates, backdated, grandfathered;
    const char *merged_into;  /* public id of the deal that this one is; NULL: it is its own */
    int64_t window_ends_at;   /* after a merge, of what two have not signed; INSTANT_NONE */
    int64_t window_starts_at; /* with window_hours: the deadline of a claim that is made now */
    int64_t window_hours;
    int64_t sourced_rule_version;
    int64_t first_engaged_at;
    const char *counting_claim; /* public id of the one that counts; NULL: a direct deal */
    struct claim_row *claims;   /* those that the caller sees, the earliest first */
    size_t claim_count;
    struct deal_signals
        signals; /* status, stages, flags ...; of the claim that counts, when the caller sees that */
};

/* From a row of any statement that selects the columns of deal_sheet. */
void opportunity_read(struct arena *arena, const struct rows *rows, size_t index,
                      struct opportunity_row *row);

/* *found false: there is none, or not for this caller. */
struct fault *opportunity_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                               bool *found, struct opportunity_row *row);
/* Locks the deal for this transaction, then reads it in a snapshot of its own: what another writer committed while
 * this one waited (a signature, a new claim version) is seen. */
struct fault *opportunity_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                               bool *found, struct opportunity_row *row);

/* What an update may change. */
struct opportunity_values {
    const char *name;
    struct money amount;
    int32_t close_date;
    int64_t owner;     /* internal id; 0 = nobody */
    int category_call; /* -1: no call */
    const char *next_step;
    int crm_stage; /* -1: not said */
    int64_t stage_entered_at, refreshed_at;
    int64_t pushes;
    int64_t partner_rep; /* internal id; 0 = nobody */
};

/* As they stand. */
struct opportunity_values opportunity_values_of(const struct opportunity_row *row);

struct opportunity_new {
    const char *id;  /* public */
    int64_t account; /* internal id; 0 = none */
    const char *product_family;
    const char *crm_source, *external_id;
    int64_t created_at;
    struct opportunity_values values; /* without pushes */
};

/* Both write the row's event. EXTERNAL_ID_EXISTS when the CRM's id is taken. */
struct fault *opportunity_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct opportunity_new *opportunity);
struct fault *opportunity_update(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                 const struct opportunity_values *values);

/* Another partner leads: with its manager (0 = nobody) and its representative; ends a proposal. Internal ids. */
struct fault *opportunity_lead(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                               int64_t partner, int64_t partner_manager, int64_t partner_rep);

/* *found false: there is no such person. */
struct person_nominee {
    int64_t person; /* internal id */
    bool active;
    unsigned roles;
    bool of_partner; /* of the partner that was asked for */
};
struct fault *person_nominee_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                  int64_t partner, bool *found, struct person_nominee *nominee);

#endif
