/* One object of a CRM on its way to its deal: the one that stands, with all that it is. */
#ifndef TANDEM_SERVICE_API_CRM_MATTER_H
#define TANDEM_SERVICE_API_CRM_MATTER_H

#include "crm_reconcile.h"
#include "tandem/store/crm_object.h"
#include "tandem/store/opportunity.h"

struct matter {
    const struct crm_context *context;
    struct call *call;
    const char *external_id;  /* of the object that stands */
    struct crm_object object; /* that one */
    int64_t told_of; /* internal id of the object that the event names: that one, or one that it is */
    struct crm_deal before, after;
    unsigned changes; /* CRM_FIELD_BIT */
    int64_t account;  /* internal id; 0: none that is new */
    struct opportunity_row row;
    /* A merge of two deals: */
    bool is_merge;
    bool is_exact;         /* both came into being from this CRM */
    int64_t pushes_before; /* of the one that stays */
};

/* Takes the tenant's locks, and finds and locks the object. */
struct fault *matter_begin(struct matter *matter, const struct crm_context *context, const char *external_id);
/* With the values kept: brings the deal to them. `first`: internal id of the first value that is new, 0: none is; `before`: the
 * object whose deal it was until now; `forced`: fields whose words have got a meaning. */
struct fault *matter_settle(struct matter *matter, int64_t first, int64_t before, unsigned forced);
/* The object's deal gets what has changed; it is made when there is none. */
struct fault *matter_deal_write(struct matter *matter);
/* crm_object_apply of a merge: the object is the one that the event's only change names. */
struct fault *crm_object_merged(const struct crm_context *context, const char *external_id,
                                const struct crm_event *event, const char *tie, bool *newest);

#endif
