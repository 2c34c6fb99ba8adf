/* Two objects of a CRM are one: their deals are merged by the rules of every merge, and the id of the one that went leads to the
 * one that stands, whatever comes first. */
#include <string.h>

#include "crm_matter.h"
#include "merge.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/deal.h"
#include "tandem/store/merge.h"
#include "tandem/store/stage.h"

/* A CRM removes what it merges, and may say so first: the merge goes before. */
static struct fault *removed_restore(struct call *call, const char *deal, struct opportunity_row *row) {
    bool found;
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, deal, &found, row));
    return row->signals.status == DEAL_REMOVED
               ? stage_restore(call->db, call->arena, call->scope.tenant_id, row->key)
               : NULL;
}

static struct fault *deals_of_both_merge(struct matter *stands, const struct matter *gone) {
    struct call *call = stands->call;
    struct opportunity_row survivor, merged;
    const struct deals_merging asked = {
        .survivor = stands->object.deal,
        .from = gone->object.deal,
        .reason = arena_format(call->arena, "%s was merged into %s in %s", gone->external_id,
                               stands->external_id, stands->context->source->source),
        .is_machine = true,
    };
    TRY(merge_lock(call->db, call->arena, call->scope.tenant_id, asked.survivor, asked.from));
    TRY(removed_restore(call, asked.survivor, &survivor));
    TRY(removed_restore(call, asked.from, &merged));
    TRY(deals_merge(call, &asked));
    stands->is_merge = true;
    stands->is_exact = stands->object.made_deal && gone->object.made_deal;
    stands->pushes_before = survivor.pushes;
    return NULL;
}

/* Both objects and their deals become one. *before: the object whose deal it was until now. */
static struct fault *objects_merge(struct matter *stands, const struct matter *gone, int64_t *before) {
    struct call *call = stands->call;
    const int32_t tenant_id = call->scope.tenant_id;
    const char *one = stands->object.deal, *other = gone->object.deal;
    const bool two = one && other && strcmp(one, other) != 0,
               takes_deal = !two && other && gone->object.leads;
    if (two)
        TRY(deals_of_both_merge(stands, gone));
    TRY(crm_object_merge(call->db, call->arena, tenant_id, gone->object.key, stands->object.key, takes_deal));
    if (takes_deal)
        *before = gone->object.key;
    if (!one && !other)
        return NULL;
    return crm_object_ids(call->db, call->arena, tenant_id,
                          one ? stands->object.deal_key : gone->object.deal_key, stands->object.key);
}

static struct fault *once_verdict(const struct matter *gone, const struct matter *stands) {
    if (gone->told_of == gone->object.key)
        return NULL;
    return fault_make(
        stands->call->arena, PROBLEM_NOT_MERGEABLE,
        "the CRM has merged this record into %s before, and says %s now: merge those two there, "
        "or merge the deals here",
        gone->external_id, stands->external_id);
}

struct fault *crm_object_merged(const struct crm_context *context, const char *external_id,
                                const struct crm_event *event, const char *tie, bool *newest) {
    struct call *call = context->call;
    struct matter stands, gone;
    struct crm_values_made made;
    TRY(matter_begin(&stands, context, event->changes[0].value));
    TRY(matter_begin(&gone, context, external_id));
    int64_t before = stands.object.key;
    TRY(crm_values_insert(call->db, call->arena, call->scope.tenant_id, gone.told_of, event, tie, &made));
    *newest |= made.newest > 0;
    if (gone.object.key != stands.object.key) {
        TRY(once_verdict(&gone, &stands));
        TRY(objects_merge(&stands, &gone, &before));
        TRY(crm_object_lock(call->db, call->arena, call->scope.tenant_id, context->source->key,
                            stands.external_id, &stands.object));
    }
    return matter_settle(&stands, made.first, before, 0);
}
