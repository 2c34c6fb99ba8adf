/* What a CRM owns goes onto the deal as the CRM has it; a stage of a claimed deal is only noted beside its own, and the outcome
 * goes the way of every outcome. Only what an event has changed is written, so that what people do here in between stays. */
#include "crm_reconcile.h"

#include <string.h>

#include "claim.h"
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
#include "tandem/store/crm_object.h"
#include "tandem/store/engagement.h"
#include "tandem/store/external_id.h"

/* One object on its way to its deal. */
struct matter {
    const struct crm_context *context;
    struct call *call;
    const char *external_id;
    struct crm_object object;
    struct crm_deal before, after;
    unsigned changes; /* CRM_FIELD_BIT */
    int64_t account;  /* internal id; 0: none that is new */
    struct opportunity_row row;
    bool is_reapplied; /* without an event */
};

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
    values->pushes += deal->pushes - matter->before.pushes;
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

static struct fault *outcome_take(struct matter *matter) {
    const struct crm_deal *deal = &matter->after;
    bool said = changes(matter, CRM_FIELD_STAGE) &&
                (deal->outcome != DEAL_OPEN || matter->before.outcome != DEAL_OPEN);
    const struct outcome_body outcome = {
        .outcome = deal->outcome, .closed_on = deal->closed_on, .reason_code = -1};
    return said ? outcome_record(matter->call->db, matter->call->arena, &matter->call->scope, matter->row.id,
                                 &outcome)
                : NULL;
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

static struct fault *deal_take(struct matter *matter) {
    struct call *call = matter->call;
    bool found;
    TRY(opportunity_lock(call->db, call->arena, call->scope.tenant_id, matter->object.deal, &found,
                         &matter->row));
    const struct opportunity_patch patch = {
        .status = matter->row.signals.status, .crm_linked = true, .is_machine = true};
    if (matter->is_reapplied && patch.status == DEAL_REMOVED)
        return NULL; /* nobody asks for it */
    if (matter->changes)
        TRY(opportunity_patch_verdict(call->arena, &patch));
    TRY(outcome_take(matter));
    TRY(values_write(matter));
    TRY(dates_take(matter));
    return engagement_take(matter);
}

static struct fault *removal_verdict(const struct matter *matter) {
    if (!changes(matter, CRM_FIELD_REMOVED))
        return NULL;
    return fault_make(matter->call->arena, PROBLEM_INVALID_STATE,
                      "removal: the deal was removed or restored in the CRM");
}

/* With the object locked and its values kept. `forced`: fields whose words have got a meaning. */
static struct fault *matter_settle(struct matter *matter, int64_t inbox_key, unsigned forced) {
    const struct crm_context *context = matter->context;
    struct call *call = matter->call;
    struct crm_value *values;
    size_t count;
    TRY(crm_values_find(call->db, call->arena, call->scope.tenant_id, matter->object.key, inbox_key, &values,
                        &count));
    crm_deal_fold(context->maps, context->source->currency, call->scope.today, values, count, true,
                  &matter->after);
    crm_deal_fold(context->maps, context->source->currency, call->scope.today, values,
                  matter->object.deal ? count : 0, false, &matter->before);
    matter->changes = crm_deal_changes(&matter->before, &matter->after) | (forced & matter->after.said);
    if (matter->object.deal &&
        !matter->object.leads) /* a further id: kept, and nothing of the deal is this CRM's */
        return crm_object_settle(call->db, call->arena, call->scope.tenant_id, matter->object.key, false,
                                 true, &matter->after);
    TRY(removal_verdict(matter));
    if (!crm_deal_missing(&matter->after) || matter->object.deal) {
        if (matter->changes & CRM_FIELD_BIT(CRM_FIELD_ACCOUNT_NAME) || !matter->object.deal)
            TRY(account_tenant_lock(call->db, call->arena, call->scope.tenant_id));
        TRY(account_find(matter));
        if (!matter->object.deal)
            TRY(deal_create(matter));
        TRY(deal_take(matter));
    }
    return crm_object_settle(call->db, call->arena, call->scope.tenant_id, matter->object.key,
                             matter->object.made_deal, matter->object.deal != NULL, &matter->after);
}

static struct fault *matter_begin(struct matter *matter, const struct crm_context *context,
                                  const char *external_id) {
    *matter = (struct matter){.context = context, .call = context->call, .external_id = external_id};
    /* before any deal: nobody else gives this id to one meanwhile */
    TRY(external_id_lock(matter->call->db, matter->call->arena, matter->call->scope.tenant_id));
    return crm_object_lock(matter->call->db, matter->call->arena, matter->call->scope.tenant_id,
                           context->source->key, external_id, &matter->object);
}

struct fault *crm_object_apply(const struct crm_context *context, const char *external_id,
                               const struct crm_event *event, const char *tie, int64_t inbox_key,
                               bool *newest) {
    struct matter matter;
    int64_t count;
    TRY(matter_begin(&matter, context, external_id));
    if (matter.object.is_new && matter.object.close_date)
        TRY(crm_value_seed(matter.call->db, matter.call->arena, matter.call->scope.tenant_id,
                           &matter.object));
    TRY(crm_values_insert(matter.call->db, matter.call->arena, matter.call->scope.tenant_id,
                          matter.object.key, event, tie, inbox_key, &count));
    *newest |= count > 0;
    return matter_settle(&matter, inbox_key, 0);
}

struct fault *crm_object_reapply(const struct crm_context *context, const char *external_id) {
    struct matter matter;
    TRY(matter_begin(&matter, context, external_id));
    matter.is_reapplied = true;
    return matter_settle(&matter, 0,
                         CRM_FIELD_BIT(CRM_FIELD_STAGE) | CRM_FIELD_BIT(CRM_FIELD_OWNER) |
                             CRM_FIELD_BIT(CRM_FIELD_CATEGORY));
}
