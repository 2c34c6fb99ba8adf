/* Who owns which field of a deal, what counts as a refresh, what is a push. docs/rules.md, Opportunities. */
#ifndef TANDEM_DOMAIN_OPPORTUNITY_H
#define TANDEM_DOMAIN_OPPORTUNITY_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/choice.h"

struct arena;
struct fault;

/* Members of a PATCH; bit sets. */
enum opportunity_field {
    OPPORTUNITY_NAME = 1,
    OPPORTUNITY_AMOUNT = 2,
    OPPORTUNITY_CLOSE_DATE = 4,
    OPPORTUNITY_OWNER = 8,
    OPPORTUNITY_CATEGORY_CALL = 16,
    OPPORTUNITY_OUTCOME = 32, /* status, closed_on, reason_code */
    OPPORTUNITY_CRM_STAGE = 64,
    OPPORTUNITY_NEXT_STEP = 128,
    OPPORTUNITY_PARTNER_MANAGER = 256,
    OPPORTUNITY_STAGE = 512,     /* co-sell; never by PATCH */
    OPPORTUNITY_EVIDENCE = 1024, /* never by PATCH */
    OPPORTUNITY_PARTNER_REP = 2048,
    OPPORTUNITY_LEAD_PARTNER = 4096
};

enum {
    OPPORTUNITY_CRM_OWNED = OPPORTUNITY_NAME | OPPORTUNITY_AMOUNT | OPPORTUNITY_CLOSE_DATE |
                            OPPORTUNITY_OWNER | OPPORTUNITY_CATEGORY_CALL | OPPORTUNITY_OUTCOME |
                            OPPORTUNITY_CRM_STAGE
};

struct opportunity_patch {
    unsigned given; /* members of the body */
    int status;     /* enum deal_status */
    bool crm_linked;
    bool is_machine; /* crm_sync */
};

/* A person on a CRM-linked deal: CRM_OWNED_FIELD with a pointer for each such member. A person on a closed
 * deal: DEAL_CLOSED. The outcome by a person: INVALID_FIELDS (closing has its own operation). Removed:
 * DEAL_CLOSED for all, but for the CRM that says its outcome and so brings it back. */
struct fault *opportunity_patch_verdict(struct arena *arena, const struct opportunity_patch *patch);

/* -- who, and with whom -- */
/* PERSON_NOT_ELIGIBLE with /owner unless the person is known, active and an AE. */
struct fault *deal_owner_verdict(struct arena *arena, bool known, bool active, unsigned roles);

struct partner_rep {
    bool known, active;
    unsigned roles;
    bool has_partner; /* the deal has a lead partner, or gets it by this request */
    bool of_partner;  /* the person stands for it */
    bool beside_lead; /* named with the claim of a partner that does not lead */
};

/* Who acts for the partner on the deal: INVALID_FIELDS (/partner_rep) on a direct deal; PERSON_NOT_ELIGIBLE unless the
 * person is known, active and a representative of that partner. */
struct fault *partner_rep_verdict(struct arena *arena, const struct partner_rep *rep);

struct lead_change {
    unsigned roles;
    bool manages_partner; /* the lead partner of now names the caller as its manager */
    int status;           /* enum deal_status */
    int claim_state;      /* enum claim_state of the new lead's claim on the deal; CLAIM_NONE: it has none */
    bool has_rep;         /* somebody of the new lead is named with it */
};

/* The partner of the first claim leads; its manager, or a leader, may hand the lead to another partner whose claim lives:
 * pending, signed or disputed. Whoever acts for the new one is named with it, because owners_named may hold up a stage.
 * NOT_PARTNER_MANAGER, DEAL_CLOSED, INVALID_FIELDS (/lead_partner, /partner_rep). */
struct fault *lead_change_verdict(struct arena *arena, const struct lead_change *change);

/* -- creation -- */
struct opportunity_creation {
    bool is_machine; /* crm_sync */
    bool has_crm_source, has_external_id;
    int64_t created_at; /* the CRM's own, INSTANT_NONE */
    int64_t now;
};

/* A CRM names its source and its id and may say when the deal was made, which is not in the future; a
 * person says neither. INVALID_FIELDS with each such pointer. */
struct fault *opportunity_create_verdict(struct arena *arena, const struct opportunity_creation *creation);

/* -- the end, as a CRM reports it -- */
struct outcome_report {
    int status;               /* enum deal_status, on the locked row */
    int outcome;              /* DEAL_WON or DEAL_LOST; DEAL_OPEN: reopened or brought back; DEAL_REMOVED */
    int reason_code;          /* enum lost_reason; -1 = none, which a lost deal of a CRM may lack */
    int32_t closed_on, today; /* DATE_NONE: not given */
    bool crm_linked;
};

enum outcome_step {
    OUTCOME_REPEATED = 1, /* the deal stands so already */
    OUTCOME_CLOSES,
    OUTCOME_TURNS, /* won becomes lost, or lost won: it is open in between */
    OUTCOME_REOPENS,
    OUTCOME_REMOVES,
    OUTCOME_RESTORES /* as it was before it was removed; then it is asked again */
};

/* A fact is recorded whatever the gates say. Refused are a day that is absent or to come, a reason for a win, a day or a
 * reason for an open or removed deal, the removal of a deal that no CRM has (INVALID_FIELDS, /outcome/...). */
struct fault *outcome_verdict(struct arena *arena, const struct outcome_report *report,
                              enum outcome_step *step);

/* What may be said of an open deal: every category but closed, every roll-up stage but closed, won and lost. */
extern const struct choice category_calls[], crm_stages[], deal_outcomes[];
/* What a CRM may say of any deal: open (again), won, lost, removed. */
extern const struct choice crm_outcomes[];

/* Amount, close date, category, stage, next step and evidence make a deal fresh; name, owner and manager do
 * not. */
bool opportunity_is_refreshed(unsigned changed);

/* The close date moved later. A date that appears or goes is none. */
bool opportunity_is_pushed(int32_t old_close_on, int32_t new_close_on);

#endif
