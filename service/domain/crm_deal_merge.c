/* What a deal that stands takes from the one that was merged into it: where it has nothing itself. */
#include <string.h>

#include "crm_fold.h"
#include "tandem/base/time.h"

int64_t fold_created_at(const struct fold *fold) {
    int64_t own = fold->told_created_at == INSTANT_NONE ? fold->earliest_at : fold->told_created_at;
    return own < fold->merged_created_at ? own : fold->merged_created_at;
}

static void fill_said(struct crm_deal *deal, const struct crm_deal *from, unsigned fields) {
    deal->said |= from->said & fields;
    deal->filled |= from->said & fields;
}

static void fill_text(struct crm_deal *deal, const struct crm_deal *from, int field, const char **target,
                      const char *text) {
    if (*target || !text)
        return;
    *target = text;
    fill_said(deal, from, CRM_FIELD_BIT(field));
}

static void fill_stage(struct fold *fold, const struct fold *from) {
    struct crm_deal *deal = &fold->deal;
    if (deal->rollup != -1)
        return;
    if (!deal->unmapped_stage)
        deal->unmapped_stage = from->deal.unmapped_stage;
    deal->rollup = from->deal.rollup;
    deal->outcome = from->deal.outcome;
    deal->stage_entered_at = from->deal.stage_entered_at;
    fill_said(deal, &from->deal, CRM_FIELD_BIT(CRM_FIELD_STAGE));
    fold->closed_on = from->closed_on;
}

static void fill_people_and_calls(struct crm_deal *deal, const struct crm_deal *from) {
    if (!deal->owner) {
        deal->owner = from->owner;
        deal->unmapped_owner = deal->unmapped_owner ? deal->unmapped_owner : from->unmapped_owner;
        fill_said(deal, from, CRM_FIELD_BIT(CRM_FIELD_OWNER));
    }
    if (deal->category == -1) {
        deal->category = from->category;
        deal->unmapped_category = deal->unmapped_category ? deal->unmapped_category : from->unmapped_category;
        fill_said(deal, from, CRM_FIELD_BIT(CRM_FIELD_CATEGORY));
    }
}

/* An account is one thing: of two none is put together. */
static void fill_account(struct crm_deal *deal, const struct crm_deal *from) {
    if (deal->account_name || deal->account_domain)
        return;
    deal->account_name = from->account_name;
    deal->account_domain = from->account_domain;
    deal->account_country = from->account_country;
    fill_said(deal, from,
              (CRM_FIELD_BIT(CRM_FIELD_ACCOUNT_NAME) | CRM_FIELD_BIT(CRM_FIELD_ACCOUNT_DOMAIN) |
               CRM_FIELD_BIT(CRM_FIELD_ACCOUNT_COUNTRY)));
}

/* The first engagement of both. */
static void fill_engagement(struct crm_deal *deal, const struct crm_deal *from) {
    if (!from->engaged_at || (deal->engaged_at && strcmp(deal->engaged_at, from->engaged_at) <= 0))
        return;
    deal->engaged_at = from->engaged_at;
    deal->activity_id = from->activity_id;
}

void fold_merge(struct fold *fold, const struct fold *from) {
    struct crm_deal *deal = &fold->deal;
    const struct crm_deal *other = &from->deal;
    const int64_t created = fold_created_at(from);
    fill_text(deal, other, CRM_FIELD_NAME, &deal->name, other->name);
    fill_text(deal, other, CRM_FIELD_NEXT_STEP, &deal->next_step, other->next_step);
    fill_text(deal, other, CRM_FIELD_PRODUCT_FAMILY, &deal->product_family, other->product_family);
    fill_text(deal, other, CRM_FIELD_PARTNER, &deal->partner, other->partner);
    if (!fold->amount) {
        fold->currency = from->amount ? from->currency : fold->currency;
        fill_text(deal, other, CRM_FIELD_AMOUNT, &fold->amount, from->amount);
    }
    if (deal->close_date == DATE_NONE) {
        deal->close_date = other->close_date;
        fill_said(deal, other, CRM_FIELD_BIT(CRM_FIELD_CLOSE_DATE));
    }
    fill_stage(fold, from);
    fill_people_and_calls(deal, other);
    fill_account(deal, other);
    fill_engagement(deal, other);
    deal->pushes = deal->pushes > other->pushes ? deal->pushes : other->pushes;
    deal->refreshed_at = deal->refreshed_at > other->refreshed_at ? deal->refreshed_at : other->refreshed_at;
    fold->merged_created_at = created < fold->merged_created_at ? created : fold->merged_created_at;
}
