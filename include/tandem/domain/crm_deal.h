/* A deal as a CRM's values make it: a fold over all that was told, in the CRM's own order. The same values give the same deal,
 * in whatever order and however often they came. docs/rules.md, CRM in. */
#ifndef TANDEM_DOMAIN_CRM_DEAL_H
#define TANDEM_DOMAIN_CRM_DEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/money.h"
#include "tandem/domain/crm_source.h"

struct arena;

#define CRM_FIELD_BIT(field) (1u << (field))

struct crm_value {
    int64_t object;    /* internal id of the CRM's object of which it was told */
    int64_t into;      /* of CRM_FIELD_MERGED: the object that stands */
    int field;         /* enum crm_field */
    const char *value; /* as crm_value_read makes it; NULL: cleared */
    int64_t occurred_at;
    int32_t occurred_on; /* that day in the tenant's zone */
    int32_t value_on;    /* of a close date: the day in the tenant's zone; DATE_NONE */
    int64_t person;      /* of an owner: the person who has this CRM owner id; 0: nobody */
    bool is_new;         /* told by the event that is being applied */
};

/* All that was told of an object and of those that were merged into it, by order, field and tie. */
struct crm_told {
    const struct crm_source_maps *maps;
    const char *currency; /* where the CRM says none */
    int32_t today;
    const struct crm_value *values;
    size_t count;
};

struct crm_deal {
    unsigned said;   /* CRM_FIELD_BIT: at least one value that has a meaning */
    unsigned filled; /* of those: not by its own words, but by those of a deal that was merged into it */
    const char *name, *next_step, *product_family, *partner;
    const char *account_name, *account_domain, *account_country;
    const char *engaged_at, *activity_id;
    struct money amount;
    int32_t close_date;
    int64_t owner;            /* internal id; 0: nobody */
    int category;             /* enum category, -1 */
    int rollup;               /* enum rollup, -1 */
    int outcome;              /* DEAL_OPEN until a stage says otherwise */
    int32_t closed_on;        /* of a closed one */
    int64_t created_at;       /* the CRM's word, else the earliest that was told; INSTANT_NONE: nothing was */
    int64_t stage_entered_at; /* INSTANT_NONE: no stage */
    int64_t refreshed_at; /* the newest change of amount, date, category, stage or next step; INSTANT_NONE */
    int64_t pushes;       /* the close date moved later while the deal was open */
    bool removed;
    /* The newest words without a meaning; NULL: there is none. The newest one with a meaning holds meanwhile. */
    const char *unmapped_stage, *unmapped_owner, *unmapped_category;
    bool amount_unreadable; /* in its currency */
};

/* The deal of an object (internal id). `with_new` false: as it was before the event.
 * A deal closed on its close date, or, when that comes after it or is not told, on the day on which it entered the stage;
 * never after `today`. A merge is one more value in the CRM's order: what the deal that stands lacks at that place it
 * takes from the one that goes, which is the same deal from there on; only a removal stays with the object that it names. */
void crm_deal_fold(struct arena *arena, const struct crm_told *told, int64_t object, bool with_new,
                   struct crm_deal *deal);

/* What a deal lacks to stand: "name". NULL: nothing. */
const char *crm_deal_missing(const struct crm_deal *deal);

/* Fields (CRM_FIELD_BIT) in which the two differ: what the event has brought about. */
unsigned crm_deal_changes(const struct crm_deal *before, const struct crm_deal *after);

/* Where a claimed deal stands and where its CRM says it stands: roll-up stages; -1: the CRM says none, or
 * the deal has no claim. */
enum crm_drift { DRIFT_NONE, DRIFT_CRM_AHEAD, DRIFT_CRM_BEHIND };
extern const struct choice crm_drifts[];
enum crm_drift crm_drift_of(int crm_stage, int vendor_rollup, int partner_rollup);

#endif
