/* What was told of an object is kept whole; the deal is what a fold over it makes, and an event changes what differs between the
 * fold without it and with it. */
#include "crm_reconcile.h"

#include "crm_matter.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/account.h"
#include "tandem/store/external_id.h"

static struct fault *fold(struct matter *matter, int64_t first, int64_t before) {
    const struct crm_context *context = matter->context;
    struct call *call = matter->call;
    struct crm_value *values;
    struct crm_told told = {
        .maps = context->maps, .currency = context->source->currency, .today = call->scope.today};
    TRY(crm_values_find(call->db, call->arena, call->scope.tenant_id, matter->object.key, first, &values,
                        &told.count));
    told.values = values;
    crm_deal_fold(call->arena, &told, matter->object.key, true, &matter->after);
    if (!matter->object.deal)
        told.count = 0;
    crm_deal_fold(call->arena, &told, before, false, &matter->before);
    return NULL;
}

struct fault *matter_settle(struct matter *matter, int64_t first, int64_t before, unsigned forced) {
    struct call *call = matter->call;
    TRY(fold(matter, first, before));
    matter->changes = crm_deal_changes(&matter->before, &matter->after) | (forced & matter->after.said);
    /* of a further id the words are kept, and nothing of the deal is this CRM's */
    bool is_further = matter->object.deal && !matter->object.leads;
    if (!is_further && (matter->object.deal || !crm_deal_missing(&matter->after))) {
        bool is_made = !matter->object.deal;
        TRY(matter_deal_write(matter));
        if (is_made && matter->object.has_merged)
            TRY(crm_object_ids(call->db, call->arena, call->scope.tenant_id, matter->row.key,
                               matter->object.key));
    }
    return crm_object_settle(call->db, call->arena, call->scope.tenant_id, matter->object.key,
                             matter->object.made_deal, matter->object.deal != NULL, &matter->after);
}

static struct fault *object_lock(struct matter *matter, const char *external_id) {
    matter->external_id = external_id;
    return crm_object_lock(matter->call->db, matter->call->arena, matter->call->scope.tenant_id,
                           matter->context->source->key, external_id, &matter->object);
}

struct fault *matter_begin(struct matter *matter, const struct crm_context *context,
                           const char *external_id) {
    struct call *call = context->call;
    *matter = (struct matter){.context = context, .call = call};
    /* before any deal: nobody else gives this id to one meanwhile, or its account to another one */
    TRY(account_tenant_lock(call->db, call->arena, call->scope.tenant_id));
    TRY(external_id_lock(call->db, call->arena, call->scope.tenant_id));
    TRY(object_lock(matter, external_id));
    matter->told_of = matter->object.key;
    if (matter->object.merged_into)
        TRY(object_lock(matter, matter->object.merged_into));
    if (matter->object.is_new && matter->object.close_date)
        return crm_value_seed(call->db, call->arena, call->scope.tenant_id, &matter->object);
    return NULL;
}

struct fault *crm_object_apply(const struct crm_context *context, const char *external_id,
                               const struct crm_event *event, const char *tie, bool *newest) {
    struct matter matter;
    struct crm_values_made made;
    struct call *call = context->call;
    if (event->changes[0].field == CRM_FIELD_MERGED)
        return crm_object_merged(context, external_id, event, tie, newest);
    TRY(matter_begin(&matter, context, external_id));
    TRY(crm_values_insert(call->db, call->arena, call->scope.tenant_id, matter.told_of, event, tie, &made));
    *newest |= made.newest > 0;
    return matter_settle(&matter, made.first, matter.object.key, 0);
}

struct fault *crm_object_reapply(const struct crm_context *context, const char *external_id) {
    struct matter matter;
    TRY(matter_begin(&matter, context, external_id));
    return matter_settle(&matter, 0, matter.object.key,
                         CRM_FIELD_BIT(CRM_FIELD_STAGE) | CRM_FIELD_BIT(CRM_FIELD_OWNER) |
                             CRM_FIELD_BIT(CRM_FIELD_CATEGORY));
}
