/* What an admin says of a CRM: which of its properties is which field of a deal, and what its stages and categories mean.
 * What is not said is never guessed. docs/rules.md, CRM in. */
#ifndef TANDEM_DOMAIN_CRM_SOURCE_H
#define TANDEM_DOMAIN_CRM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "tandem/base/choice.h"
#include "tandem/base/json.h"

struct arena;
struct field_faults;

enum crm_kind { CRM_HUBSPOT = 1, CRM_SALESFORCE, CRM_GENERIC };

/* What a CRM may say of a deal. Codes are those of the database. */
enum crm_field {
    CRM_FIELD_NAME = 1,
    CRM_FIELD_AMOUNT,
    CRM_FIELD_CURRENCY,
    CRM_FIELD_CLOSE_DATE,
    CRM_FIELD_STAGE,
    CRM_FIELD_OWNER,
    CRM_FIELD_CATEGORY,
    CRM_FIELD_NEXT_STEP,
    CRM_FIELD_CREATED_AT,
    CRM_FIELD_PRODUCT_FAMILY,
    CRM_FIELD_ACCOUNT_NAME,
    CRM_FIELD_ACCOUNT_DOMAIN,
    CRM_FIELD_ACCOUNT_COUNTRY,
    CRM_FIELD_PARTNER, /* compared with who has a claim; it attributes nothing */
    CRM_FIELD_ENGAGED_AT,
    CRM_FIELD_ACTIVITY_ID,
    CRM_FIELD_REMOVED, /* of no property: the object itself is gone */
    CRM_FIELD_MERGED,  /* of no property: the object is another one, whose id is the value */
    CRM_FIELD_COUNT
};

extern const struct choice crm_kinds[], crm_fields[]; /* crm_fields: those that a property may be */

struct crm_property {
    const char *property;
    int field; /* enum crm_field */
};

struct crm_stage {
    const char *value;
    int rollup;  /* enum rollup */
    int outcome; /* DEAL_WON or DEAL_LOST with ROLLUP_CLOSED, else -1 */
};

struct crm_category {
    const char *value;
    int category; /* enum category, never closed */
};

struct crm_partner {
    const char *value;
    const char *partner_id; /* public */
};

struct crm_source_maps {
    int kind;
    struct text_list object_types; /* empty: those of the kind */
    struct object_list fields;     /* struct crm_property, beside those of the kind and before them */
    struct object_list stages;     /* struct crm_stage */
    struct object_list categories; /* struct crm_category */
    struct object_list partners;   /* struct crm_partner */
};

/* Each value, property and object type once; an outcome with the closed stage and only there. Pointers /stages/0/... */
void crm_maps_check(struct arena *arena, const struct crm_source_maps *maps, struct field_faults *faults);

/* The field that a property is: by the source's own list, else by the kind's. 0: none. */
int crm_field_of(const struct crm_source_maps *maps, const char *property);
/* Is an object of this type a deal? */
bool crm_is_deal(const struct crm_source_maps *maps, const char *object_type);
/* NULL: unmapped. */
const struct crm_stage *crm_stage_of(const struct crm_source_maps *maps, const char *value);
const struct crm_category *crm_category_of(const struct crm_source_maps *maps, const char *value);

/* A file's name inside the tenant's directory of secrets: letters, digits, '.', '_' and '-', not beginning with a point. */
bool crm_secret_name_is_plain(const char *name);

#endif
