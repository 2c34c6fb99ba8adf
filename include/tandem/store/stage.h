/* A deal as its gates see it, and the moves that the gates allow. Every move writes its event. The caller holds
 * the deal's row (stage_lock) from before the verdict until the end of the transaction. */
#ifndef TANDEM_STORE_STAGE_H
#define TANDEM_STORE_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/stage.h"
#include "tandem/store/db.h"

/* A criterion of the deal's model beside what the deal has for it. */
struct stage_criterion {
    struct criterion rule;
    const char *name;
    const char *stage_key;
    int rollup;               /* of that stage */
    int64_t evidence_version; /* the newest; 0 = none */
    int evidence_type;        /* of that version */
};

struct stage_deal {
    int64_t opportunity_id;
    const char *id; /* public */
    int64_t version;
    int64_t owner_id, lead_partner_id, lead_partner_manager_id; /* 0 = none */
    const char *crm_source;                                     /* NULL: not linked to a CRM */
    bool leads;                 /* the caller's partner does, or it sees all */
    const char *counting_claim; /* public id; NULL: no claim */
    const char *merged_into;    /* public id of the deal that this one is; NULL: it is its own */
    int64_t stage_entered_at;
    int model_version;                              /* on which it stands; -1 = none */
    struct stage_place vendor_place, partner_place; /* in that model */
    int32_t created_on;                             /* in the tenant's zone */
    struct stage_facts facts;
    struct proposal proposal;
    const char *proposer, *proposer_name;                                  /* public id */
    int proposal_days, backdated_business_days, protection_extension_days; /* policy */
    struct calendar calendar;
    size_t criterion_count;           /* 0: no stage model */
    struct stage_criterion *criteria; /* by stage and position; every stage has one at least */
    struct criterion_state *states;   /* of the same index; computed ones are computed */
};

/* *deal NULL: there is none, or not for this caller. */
struct fault *stage_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                         struct stage_deal **deal);
/* The same, with the deal's row held until the transaction ends: it reads what the row's last holder wrote. */
struct fault *stage_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                         struct stage_deal **deal);
/* The same, with criteria and states of another version of the model than the deal's own. */
struct fault *stage_lock_in(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                            int model_version, struct stage_deal **deal);
/* The rows of SQL_stage_find; NULL when there are none. */
struct stage_deal *stage_read(struct arena *arena, const struct rows *rows);

/* A person's confirmation or new evidence makes the deal fresh; the latter ends a proposal. */
struct fault *stage_refresh(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            bool ends_proposal);
struct fault *stage_propose(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            enum side side, int to_stage);
/* Ends the open proposal. */
struct fault *stage_decline(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            enum decline_outcome outcome, const char *reason);
/* Extends the protection of the deal's registration, while that lasts. */
struct fault *stage_advance(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            const struct advance_result *result, int protection_extension_days);
/* The stages of both sides after it. */
struct fault *stage_lower(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                          int vendor_stage, int partner_stage, const char *reason);

/* The ids (public) of open claimed deals on an older version than this, in the order of the ids, after the deal `after`
 * (NULL: from the first). */
struct fault *stage_migrate_next(struct db *db, struct arena *arena, int32_t tenant_id, int model_version,
                                 const char *after, size_t limit, struct text_list *deals);
/* Ends an open proposal; refreshes nothing. */
struct fault *stage_migrate(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            int model_version, const struct migrated *migrated);

struct stage_closing {
    int outcome;     /* DEAL_WON or DEAL_LOST */
    int reason_code; /* enum lost_reason; -1 = none */
    int32_t closed_on;
    struct money amount;             /* absent: the deal's stays */
    int vendor_stage, partner_stage; /* after it; -1 = none */
    bool resolved, backdated;
    bool outside_gates; /* a CRM's win whose criteria are not met */
    const struct claim_share *shares;
    size_t share_count;
};
/* Ends the registration's protection at this instant. */
struct fault *stage_close(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                          const struct stage_closing *closing);

/* Resolves the attribution of a deal that is won; the stages of both sides after it. */
struct fault *stage_resolve(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            int vendor_stage, int partner_stage, const struct claim_share *shares,
                            size_t share_count);

/* The CRM has removed the deal: it leaves every total and keeps what it is; protections end. And brought it back, as it was
 * before; a protection that ended stays ended. */
struct fault *stage_remove(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id);
struct fault *stage_restore(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id);

/* Undoes what a close set; the stages of both sides after it, -1 = none. reason NULL: the CRM gives none. */
struct fault *stage_reopen(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                           int vendor_stage, int partner_stage, const char *reason);

#endif
