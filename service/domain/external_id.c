/* Linking a deal to the record of a CRM. */
#include "tandem/domain/external_id.h"

#include <string.h>

#include "tandem/base/fault.h"
#include "tandem/domain/deal.h"

struct fault *external_id_free_verdict(struct arena *arena, const struct external_id_owner *owner) {
    return owner->id ? fault_make(arena, PROBLEM_EXTERNAL_ID_EXISTS,
                                  "the deal %s (%s) has this id: change that one", owner->id, owner->name)
                     : NULL;
}

struct fault *external_id_link_verdict(struct arena *arena, const struct external_id_link *link,
                                       enum external_id_step *step) {
    *step = EXTERNAL_ID_REPEATED;
    if (link->owner.id && strcmp(link->owner.id, link->opportunity_id) == 0)
        return NULL;
    if (link->status == DEAL_REMOVED)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "the deal was removed in the CRM");
    if (link->owner.id)
        return fault_make(arena, PROBLEM_EXTERNAL_ID_EXISTS,
                          "the deal %s (%s) has this id: when both are one deal, merge them", link->owner.id,
                          link->owner.name);
    if (link->same_source_id)
        return fault_make(
            arena, PROBLEM_EXTERNAL_ID_EXISTS,
            "this deal is %s in that source already: when both records are one deal, import the "
            "other one and merge it",
            link->same_source_id);
    *step = EXTERNAL_ID_ADDED;
    return NULL;
}
