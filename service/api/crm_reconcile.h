/* From what a CRM has told of an object to the deal here. */
#ifndef TANDEM_SERVICE_API_CRM_RECONCILE_H
#define TANDEM_SERVICE_API_CRM_RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/api/work.h"
#include "tandem/domain/crm_event.h"
#include "tandem/store/crm_source.h"

struct crm_context {
    struct call *call; /* the scope of the source's person; no request */
    const struct crm_source_row *source;
    const struct crm_source_maps *maps;
};

/* Keeps the event's changes of one object (the CRM's id) and brings the deal to what they make of it, by the rules of every
 * other way in. *newest: some change is the newest of its field. A refusal is the event's. */
struct fault *crm_object_apply(const struct crm_context *context, const char *external_id,
                               const struct crm_event *event, const char *tie, bool *newest);
/* The same without an event: words of the object have got a meaning. */
struct fault *crm_object_reapply(const struct crm_context *context, const char *external_id);

#endif
