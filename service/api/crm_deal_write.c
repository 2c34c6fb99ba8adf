/* What a CRM owns goes onto the deal as the CRM has it; a stage of a claimed deal is only noted beside its own, and the outcome
 * goes the way of every outcome. Only what an event has changed is written, so that what people do here in between stays. */
#include <string.h>

#include "claim.h"
#include "crm_matter.h"
#include "opportunity_outcome.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/import.h"
#include "tandem/domain/opportunity.h"
#include "tandem/domain/stage.h"
#include "tandem/store/account.h"
#include "tandem/store/engagement.h"
#include "tandem/store/stage.h"

static bool changes(const struct matter *matter, int field) {
    return (matter->changes & CRM_FIELD_BIT(field)) != 0;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The account by domain, else by name, as an import finds it. */
static struct fault *account_find(struct matter *matter) {
    const struct crm_deal *deal = &matter->after;
    struct arena *arena = matter->call->arena;
    struct field_faults faults = {.arena = arena};
    struct customer_keys keys;
    struct account account;
    const char *domain = deal->account_domain;
    struct import_row row = {
        .account = {.name = deal->account_name ? deal->account_name : domain,
                    .country = deal->account_country},
        .status = DEAL_OPEN,
        .reason_code = -1,
        .closed_on = DATE_NONE,
    };
    if (!changes(matter, CRM_FIELD_ACCOUNT_NAME) || !row.account.name)
        return NULL;
    row.account.domains = (struct text_list){&domain, domain ? 1 : 0};
    import_row_check(arena, &row, &keys, &faults);
    TRY(field_faults_fault(&faults));
    TRY(account_resolve(matter->call->db, arena, matter->call->scope.tenant_id, row.account.name,
                        row.account.country, &keys, &account));
    matter->account = account.key;
    return NULL;
}

static struct fault *deal_create(struct matter *matter) {
    const struct crm_deal *deal = &matter->after;
    struct call *call = matter->call;
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    int64_t created_at = earlier(deal->created_at, call->scope.now_at);
    const struct opportunity_new new = {
        .id = arena_text(call->arena, id),
        .account = matter->account,
        .product_family = deal->product_family ? deal->product_family : "default",
        .crm_source = matter->context->source->source,
        .external_id = matter->external_id,
        .created_at = created_at,
        .values = {.name = deal->name,
                   .amount = deal->amount,
                   .close_date = deal->close_date,
                   .owner = deal->owner,
                   .category_call = deal->category,
                   .next_step = deal->next_step,
                   .crm_stage = deal->rollup,
                   .stage_entered_at = deal->rollup == -1 ? created_at : deal->stage_entered_at,
                   .refreshed_at = deal->refreshed_at == INSTANT_NONE ? created_at : deal->refreshed_at},
    };
    TRY(opportunity_insert(call->db, call->arena, call->scope.tenant_id, &new));
    if (matter->account)
        TRY(claims_contradict(call, matter->account, new.product_family, created_at,
                              claim_open_deal_reason(call->arena, new.id)));
    matter->object.deal = new.id;
    matter->object.made_deal = true;
    return NULL;
}

/* A merge has written the larger count of both rows. Where both are the CRM's alone, its own order is exact. */
static int64_t pushes_after(const struct matter *matter, int64_t stands) {
    const int64_t told = matter->after.pushes - matter->before.pushes;
    if (!matter->is_merge)
        return stands + told;
    const int64_t counted = matter->pushes_before + told;
    return matter->is_exact || counted > stands ? counted : stands;
}

/* The CRM's business times: a refresh is when somebody changed it there, never later than now. */
static void times_take(const struct matter *matter, struct opportunity_values *values) {
    const struct crm_deal *deal = &matter->after;
    bool stage_said = deal->said & CRM_FIELD_BIT(CRM_FIELD_STAGE);
    int64_t refreshed_at = earlier(deal->refreshed_at, matter->call->scope.now_at);
    if (refreshed_at > values->refreshed_at)
        values->refreshed_at = refreshed_at;
    if (stage_said && !matter->row.counting_claim &&
        (matter->object.made_deal || matter->row.crm_stage != deal->rollup))
        values->stage_entered_at = earlier(deal->stage_entered_at, matter->call->scope.now_at);
    values->pushes = pushes_after(matter, values->pushes);
}

static void values_take(const struct matter *matter, struct opportunity_values *values) {
    const struct crm_deal *deal = &matter->after;
    if (changes(matter, CRM_FIELD_NAME) && deal->name)
        values->name = deal->name;
    if (changes(matter, CRM_FIELD_AMOUNT) && !deal->amount_unreadable)
        values->amount = deal->amount;
    if (changes(matter, CRM_FIELD_CLOSE_DATE))
        values->close_date = deal->close_date;
    if (changes(matter, CRM_FIELD_STAGE) && deal->rollup != -1)
        values->crm_stage = deal->rollup;
    if (changes(matter, CRM_FIELD_OWNER) && (deal->owner || !matter->row.counting_claim))
        values->owner = deal->owner; /* of a claimed deal an owner is replaced, never lost: it signs */
    if (changes(matter, CRM_FIELD_CATEGORY))
        values->category_call = deal->category;
    if (changes(matter, CRM_FIELD_NEXT_STEP))
        values->next_step = deal->next_step;
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_values(const struct opportunity_values *a, const struct opportunity_values *b) {
    return same_text(a->name, b->name) && same_text(a->next_step, b->next_step) &&
           a->amount.amount_minor == b->amount.amount_minor &&
           strcmp(a->amount.currency, b->amount.currency) == 0 && a->close_date == b->close_date &&
           a->owner == b->owner && a->category_call == b->category_call && a->crm_stage == b->crm_stage &&
           a->stage_entered_at == b->stage_entered_at && a->refreshed_at == b->refreshed_at &&
           a->pushes == b->pushes;
}

static struct fault *outcome_say(struct matter *matter, int outcome, int32_t closed_on) {
    const struct outcome_body said = {.outcome = outcome, .closed_on = closed_on, .reason_code = -1};
    return outcome_record(matter->call->db, matter->call->arena, &matter->call->scope, matter->row.id, &said);
}

/* A removed deal comes back as it was; what the CRM has said of its outcome meanwhile is recorded, and what it has removed is
 * removed after that. */
static struct fault *outcome_take(struct matter *matter) {
    const struct crm_deal *deal = &matter->after;
    const bool comes_back = matter->before.removed && !deal->removed;
    const bool closes = changes(matter, CRM_FIELD_STAGE) &&
                        (deal->outcome != DEAL_OPEN || matter->before.outcome != DEAL_OPEN);
    if (comes_back && matter->row.signals.status == DEAL_REMOVED)
        TRY(stage_restore(matter->call->db, matter->call->arena, matter->call->scope.tenant_id,
                          matter->row.key));
    if (closes)
        TRY(outcome_say(matter, deal->outcome, deal->closed_on));
    if (deal->removed && (!matter->before.removed || closes || matter->is_merge))
        TRY(outcome_say(matter, DEAL_REMOVED, DATE_NONE));
    return NULL;
}

static struct fault *dates_take(struct matter *matter) {
    const struct crm_deal *deal = &matter->after;
    const struct crm_deal_dates dates = {
        .created_at =
            matter->object.made_deal ? earlier(deal->created_at, matter->call->scope.now_at) : INSTANT_NONE,
        .account = matter->account,
        .product_family = changes(matter, CRM_FIELD_PRODUCT_FAMILY) ? deal->product_family : NULL,
        .outcome = deal->outcome == DEAL_OPEN ? -1 : deal->outcome,
        .closed_on = matter->changes ? deal->closed_on : DATE_NONE,
    };
    return crm_deal_dates(matter->call->db, matter->call->arena, matter->call->scope.tenant_id,
                          matter->row.key, &dates);
}

/* The CRM's first engagement, by its own time and its own activity; a day without a time is the start of that day. */
static struct fault *engagement_take(struct matter *matter) {
    const struct crm_deal *deal = &matter->after;
    struct call *call = matter->call;
    int64_t engaged_at = INSTANT_NONE, account_key;
    int32_t engaged_on = DATE_NONE;
    bool known, found;
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, matter->object.deal, &found,
                         &matter->row));
    if (!deal->engaged_at || !matter->row.account.id ||
        !(date_parse(deal->engaged_at, &engaged_on) || instant_parse(deal->engaged_at, &engaged_at)))
        return NULL;
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    struct engagement engagement = {
        .id = id,
        .product_family = matter->row.product_family,
        .activity_id = deal->activity_id
                           ? deal->activity_id
                           : arena_format(call->arena, "%s/%s", matter->external_id, deal->engaged_at),
    };
    TRY(engagement_account(call->db, call->arena, call->scope.tenant_id, matter->row.account.id, engaged_at,
                           engaged_on, call->scope.time_zone, &account_key, &engagement.engaged_at));
    TRY(crm_activity_known(call->db, call->arena, call->scope.tenant_id, account_key,
                           engagement.product_family, engagement.activity_id, &known));
    if (known || engagement.engaged_at > call->scope.now_at)
        return NULL;
    TRY(engagement_insert(call->db, call->arena, call->scope.tenant_id, account_key, &engagement));
    return claims_contradict(call, account_key, engagement.product_family, engagement.engaged_at,
                             claim_engaged_reason(call->arena, engagement.activity_id));
}

/* What the way of outcomes dates by its own clock is dated by the CRM's afterwards. */
static struct fault *values_write(struct matter *matter) {
    struct call *call = matter->call;
    struct opportunity_row row;
    bool found;
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, matter->object.deal, &found, &row));
    const struct opportunity_values stands = opportunity_values_of(&row);
    struct opportunity_values wanted = stands;
    wanted.refreshed_at = matter->row.refreshed_at;
    values_take(matter, &wanted);
    times_take(matter, &wanted);
    if (same_values(&stands, &wanted))
        return NULL;
    return opportunity_update(call->db, call->arena, call->scope.tenant_id, matter->row.key, &wanted);
}

/* An import may have told what no event has: from a merged one the deal gets what it lacks, and nothing else. */
static void gaps_only(struct matter *matter) {
    const struct opportunity_row *row = &matter->row;
    const struct {
        int field;
        bool stands;
    } rows[] = {
        {CRM_FIELD_NAME, true},
        {CRM_FIELD_AMOUNT, row->amount.currency[0]},
        {CRM_FIELD_CLOSE_DATE, row->close_date != DATE_NONE},
        {CRM_FIELD_STAGE, row->crm_stage != -1 || row->signals.status != DEAL_OPEN},
        {CRM_FIELD_OWNER, row->owner.key},
        {CRM_FIELD_CATEGORY, row->signals.category_call != -1},
        {CRM_FIELD_ACCOUNT_NAME, row->account.key},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].stands && (matter->after.filled & ~matter->before.said & CRM_FIELD_BIT(rows[i].field)))
            matter->changes &= ~CRM_FIELD_BIT(rows[i].field);
}

struct fault *matter_deal_write(struct matter *matter) {
    struct call *call = matter->call;
    bool found;
    if (matter->object.deal && (matter->after.filled & matter->changes)) {
        TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, matter->object.deal, &found,
                             &matter->row));
        gaps_only(matter);
    }
    TRY(account_find(matter)); /* before the deal is locked */
    if (!matter->object.deal)
        TRY(deal_create(matter));
    TRY(opportunity_lock(call->db, call->arena, call->scope.tenant_id, matter->object.deal, &found,
                         &matter->row));
    TRY(outcome_take(matter));
    TRY(values_write(matter));
    TRY(dates_take(matter));
    return engagement_take(matter);
}
