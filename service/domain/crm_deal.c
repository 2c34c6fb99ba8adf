/* The fold: each value in turn, from the oldest to the newest. */
#include "tandem/domain/crm_deal.h"

#include <string.h>

#include "crm_fold.h"
#include "tandem/base/arena.h"
#include "tandem/base/time.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/opportunity.h"

const struct choice crm_drifts[] = {
    {"crm_ahead", DRIFT_CRM_AHEAD}, {"crm_behind", DRIFT_CRM_BEHIND}, {NULL, 0}};

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void refreshed(struct fold *fold, const struct crm_value *value, bool changed) {
    if (changed && value->occurred_at > fold->deal.refreshed_at)
        fold->deal.refreshed_at = value->occurred_at;
}

static void take_text(struct fold *fold, const struct crm_value *value, const char **target, bool refreshes) {
    refreshed(fold, value, refreshes && !same_text(*target, value->value));
    *target = value->value;
}

static void take_stage(struct fold *fold, const struct crm_value *value) {
    struct crm_deal *deal = &fold->deal;
    const struct crm_stage *stage = value->value ? crm_stage_of(fold->maps, value->value) : NULL;
    deal->unmapped_stage = stage ? NULL : value->value;
    if (!stage)
        return;
    int outcome = stage->outcome == -1 ? DEAL_OPEN : stage->outcome;
    bool changed = deal->rollup != stage->rollup || deal->outcome != outcome;
    refreshed(fold, value, changed);
    if (changed)
        deal->stage_entered_at = value->occurred_at;
    if (deal->outcome != outcome)
        fold->closed_on = value->occurred_on;
    deal->rollup = stage->rollup;
    deal->outcome = outcome;
    deal->said |= CRM_FIELD_BIT(CRM_FIELD_STAGE);
}

static void take_category(struct fold *fold, const struct crm_value *value) {
    struct crm_deal *deal = &fold->deal;
    const struct crm_category *said = value->value ? crm_category_of(fold->maps, value->value) : NULL;
    deal->unmapped_category = said ? NULL : value->value;
    if (value->value && !said)
        return;
    int category = said ? said->category : -1;
    refreshed(fold, value, deal->category != category);
    deal->category = category;
    deal->said |= CRM_FIELD_BIT(CRM_FIELD_CATEGORY);
}

static void take_owner(struct fold *fold, const struct crm_value *value) {
    struct crm_deal *deal = &fold->deal;
    deal->unmapped_owner = value->person ? NULL : value->value;
    if (value->value && !value->person)
        return;
    deal->owner = value->person;
    deal->said |= CRM_FIELD_BIT(CRM_FIELD_OWNER);
}

static void take_close_date(struct fold *fold, const struct crm_value *value) {
    struct crm_deal *deal = &fold->deal;
    refreshed(fold, value, deal->close_date != value->value_on);
    if (deal->outcome == DEAL_OPEN && opportunity_is_pushed(deal->close_date, value->value_on))
        deal->pushes++;
    deal->close_date = value->value_on;
}

static void take_created_at(struct fold *fold, const struct crm_value *value) {
    int64_t at;
    if (value->value && instant_parse(value->value, &at))
        fold->told_created_at = at;
}

static void take(struct fold *fold, const struct crm_value *value) {
    struct crm_deal *deal = &fold->deal;
    deal->filled &= ~CRM_FIELD_BIT(value->field);
    if (value->occurred_at < fold->earliest_at)
        fold->earliest_at = value->occurred_at;
    switch (value->field) {
    case CRM_FIELD_STAGE: take_stage(fold, value); return;
    case CRM_FIELD_CATEGORY: take_category(fold, value); return;
    case CRM_FIELD_OWNER: take_owner(fold, value); return;
    case CRM_FIELD_NAME:
        if (!value->value)
            return; /* a deal never loses its name */
        deal->name = value->value;
        break;
    case CRM_FIELD_AMOUNT: take_text(fold, value, &fold->amount, true); break;
    case CRM_FIELD_CURRENCY: take_text(fold, value, &fold->currency, true); break;
    case CRM_FIELD_CLOSE_DATE: take_close_date(fold, value); break;
    case CRM_FIELD_NEXT_STEP: take_text(fold, value, &deal->next_step, true); break;
    case CRM_FIELD_CREATED_AT: take_created_at(fold, value); break;
    case CRM_FIELD_PRODUCT_FAMILY: take_text(fold, value, &deal->product_family, false); break;
    case CRM_FIELD_ACCOUNT_NAME: take_text(fold, value, &deal->account_name, false); break;
    case CRM_FIELD_ACCOUNT_DOMAIN: take_text(fold, value, &deal->account_domain, false); break;
    case CRM_FIELD_ACCOUNT_COUNTRY: take_text(fold, value, &deal->account_country, false); break;
    case CRM_FIELD_PARTNER: take_text(fold, value, &deal->partner, false); break;
    case CRM_FIELD_ENGAGED_AT: take_text(fold, value, &deal->engaged_at, false); break;
    case CRM_FIELD_ACTIVITY_ID: take_text(fold, value, &deal->activity_id, false); break;
    case CRM_FIELD_REMOVED: deal->removed = value->value != NULL; break;
    default: return;
    }
    deal->said |= CRM_FIELD_BIT(value->field);
}

static void amount_state(struct crm_deal *deal, const char *amount, const char *currency) {
    if (!amount)
        return;
    if (amount_from_decimal(amount, currency, &deal->amount.amount_minor))
        memcpy(deal->amount.currency, currency, sizeof deal->amount.currency);
    else
        deal->amount_unreadable = true;
}

static int32_t close_day(const struct fold *fold, int32_t today) {
    int32_t day = fold->deal.close_date;
    if (day == DATE_NONE || day > fold->closed_on)
        day = fold->closed_on;
    return day > today ? today : day;
}

/* -- merges -- */

static struct fold fold_begin(const struct crm_told *told, int64_t object) {
    return (struct fold){.object = object,
                         .maps = told->maps,
                         .closed_on = DATE_NONE,
                         .earliest_at = INT64_MAX,
                         .told_created_at = INSTANT_NONE,
                         .merged_created_at = INT64_MAX,
                         .deal = {
                             .close_date = DATE_NONE,
                             .closed_on = DATE_NONE,
                             .category = -1,
                             .rollup = -1,
                             .outcome = DEAL_OPEN,
                             .created_at = INSTANT_NONE,
                             .stage_entered_at = INSTANT_NONE,
                             .refreshed_at = INSTANT_NONE,
                         }};
}

struct folds {
    const struct crm_told *told;
    struct fold *items;
    size_t count;
};

static struct fold *fold_of(struct folds *folds, int64_t object) {
    for (size_t i = 0; i < folds->count; i++)
        if (folds->items[i].object == object)
            return &folds->items[i];
    folds->items[folds->count] = fold_begin(folds->told, object);
    return &folds->items[folds->count++];
}

static struct fold *standing(struct fold *fold) {
    while (fold->into)
        fold = fold->into;
    return fold;
}

static void merge(struct fold *gone, struct fold *stands) {
    if (gone->into || gone == stands)
        return; /* it is that one already, or would be itself */
    fold_merge(stands, gone);
    gone->into = stands;
}

void crm_deal_fold(struct arena *arena, const struct crm_told *told, int64_t object, bool with_new,
                   struct crm_deal *deal) {
    /* each value names one object, and a merge two */
    struct folds folds = {told, arena_alloc(arena, (2 * told->count + 1) * sizeof *folds.items), 0};
    for (size_t i = 0; i < told->count; i++) {
        const struct crm_value *value = &told->values[i];
        if (value->is_new && !with_new)
            continue;
        struct fold *fold = fold_of(&folds, value->object);
        if (value->field == CRM_FIELD_MERGED)
            merge(fold, standing(fold_of(&folds, value->into)));
        else
            take(value->field == CRM_FIELD_REMOVED ? fold : standing(fold), value);
    }
    const struct fold *fold = standing(fold_of(&folds, object));
    *deal = fold->deal;
    amount_state(deal, fold->amount, fold->currency ? fold->currency : told->currency);
    if (deal->outcome != DEAL_OPEN)
        deal->closed_on = close_day(fold, told->today);
    if (fold_created_at(fold) != INT64_MAX)
        deal->created_at = fold_created_at(fold);
}

const char *crm_deal_missing(const struct crm_deal *deal) {
    return deal->name ? NULL : "name";
}

unsigned crm_deal_changes(const struct crm_deal *before, const struct crm_deal *after) {
    const struct {
        int field;
        bool differs;
    } rows[] = {
        {CRM_FIELD_NAME, !same_text(before->name, after->name)},
        {CRM_FIELD_AMOUNT, before->amount.amount_minor != after->amount.amount_minor ||
                               strcmp(before->amount.currency, after->amount.currency) != 0},
        {CRM_FIELD_CLOSE_DATE, before->close_date != after->close_date},
        {CRM_FIELD_STAGE, before->rollup != after->rollup || before->outcome != after->outcome},
        {CRM_FIELD_OWNER, before->owner != after->owner},
        {CRM_FIELD_CATEGORY, before->category != after->category},
        {CRM_FIELD_NEXT_STEP, !same_text(before->next_step, after->next_step)},
        {CRM_FIELD_PRODUCT_FAMILY, !same_text(before->product_family, after->product_family)},
        {CRM_FIELD_ACCOUNT_NAME, !same_text(before->account_name, after->account_name) ||
                                     !same_text(before->account_domain, after->account_domain) ||
                                     !same_text(before->account_country, after->account_country)},
        {CRM_FIELD_ENGAGED_AT, !same_text(before->engaged_at, after->engaged_at)},
        {CRM_FIELD_REMOVED, before->removed != after->removed},
    };
    unsigned changes = after->said & ~before->said;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].differs)
            changes |= CRM_FIELD_BIT(rows[i].field);
    return changes;
}

enum crm_drift crm_drift_of(int crm_stage, int vendor_rollup, int partner_rollup) {
    int ours = vendor_rollup < partner_rollup ? vendor_rollup : partner_rollup;
    if (crm_stage == -1 || ours == -1 || crm_stage == ours)
        return DRIFT_NONE;
    return crm_stage > ours ? DRIFT_CRM_AHEAD : DRIFT_CRM_BEHIND;
}
