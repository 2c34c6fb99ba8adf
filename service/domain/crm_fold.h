/* A deal on its way through the values that a CRM has told. */
#ifndef TANDEM_SERVICE_DOMAIN_CRM_FOLD_H
#define TANDEM_SERVICE_DOMAIN_CRM_FOLD_H

#include "tandem/domain/crm_deal.h"

struct fold {
    int64_t object;
    struct fold *into; /* it is that one; NULL: it stands */
    const struct crm_source_maps *maps;
    struct crm_deal deal;
    const char *amount, *currency;
    int32_t closed_on; /* the day on which it entered a closed stage */
    int64_t earliest_at, told_created_at;
    int64_t merged_created_at; /* the earliest creation of those that were merged into it; INT64_MAX */
};

/* The CRM's word, else the earliest that was told, of all that were merged; INT64_MAX: nothing was. */
int64_t fold_created_at(const struct fold *fold);

/* What `fold` lacks comes from the other one; nothing is added up twice. */
void fold_merge(struct fold *fold, const struct fold *from);

#endif
