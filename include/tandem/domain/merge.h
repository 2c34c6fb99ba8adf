/* Two deals that are one: which of them stays, and what of the other one goes over to it. docs/rules.md, Identity. */
#ifndef TANDEM_DOMAIN_MERGE_H
#define TANDEM_DOMAIN_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/attribution.h"
#include "tandem/domain/stage.h"

/* A deal that was merged away is not changed any more: DEAL_CLOSED, which names the one that it is. */
struct fault *merged_away_verdict(struct arena *arena, const char *merged_into);

/* One of the two, on its locked row. */
struct merge_deal {
    const char *id;
    int status;              /* enum deal_status */
    const char *merged_into; /* NULL: it is its own */
    int64_t account;         /* internal id; 0 = none */
    const char *product_family;
    bool crm_linked;
    bool has_owner, owned; /* owned: by the caller */
};

struct merge {
    bool is_machine; /* crm_sync */
    unsigned roles;
    struct merge_deal survivor, merged;
};

enum merge_step {
    MERGE_REPEATED = 1, /* it has been merged into this one */
    MERGE_NEEDED
};

/* An AE merges two deals of their own, or one of their own and one that nobody owns. Both deals are of one account (one
 * may have none) and product family, and both are open, or both won, or both lost: an outcome is never made up by a
 * merge. NOT_DEAL_OWNER, INVALID_FIELDS (/from same), DEAL_CLOSED (one was removed or merged into a third),
 * NOT_MERGEABLE with the way out. */
struct fault *merge_verdict(struct arena *arena, const struct merge *merge, enum merge_step *step);

/* What stands on the deal itself: whose word it is. */
enum merge_fields {
    MERGE_KEEPS = 1, /* a CRM owns the survivor's fields */
    MERGE_TAKES,     /* the CRM's link comes from the other one, and with it what the CRM owns */
    MERGE_FILLS      /* nobody's CRM: the survivor's own, and the other one's where it has none */
};
enum merge_fields merge_fields(const struct merge *merge);

/* The window of the deal that both are: the earlier end of both. Signatures that two have given stay; what they have not
 * both signed by then lapses. */
int64_t merge_window_end(int64_t survivor_ends_at, int64_t merged_ends_at);

/* -- claims -- */
struct merge_claim {
    struct claim_standing standing; /* of_lead: as things stand after the merge */
    int64_t partner;                /* internal id */
    const char *partner_name;
    bool of_survivor; /* before */
    bool moves;       /* out: to the other deal */
};

/* The survivor has every partner's claim. Where both deals have one of the same partner, the stronger by claim_counting,
 * of equal ones the survivor's own, stands on it, and the other one stays readable on the deal that is merged away.
 * SOURCED_CLAIM_EXISTS when two would be sourced and signed. */
struct fault *merge_claims(struct arena *arena, struct merge_claim *claims, size_t count);

/* Whether it is the survivor's after the merge. */
bool merge_claim_stays(const struct merge_claim *claim);

/* The resolution of a win: whose it is. Shares of two deals cannot be added up. */
enum merge_resolution {
    MERGE_RESOLUTION_KEEPS = 1, /* no claim has come */
    MERGE_RESOLUTION_TAKES,     /* the claims have all come, and their shares with them */
    MERGE_RESOLUTION_ENDS       /* claims of both: the owner resolves them by closing */
};
enum merge_resolution merge_resolution(const struct merge_claim *claims, size_t count);

/* -- stage -- */
/* The highest stage that the merged deal's criteria allow, at most `stage`: the first under it with something missing. */
int merge_stage(const struct criterion_state *states, size_t count, int stage);

#endif
