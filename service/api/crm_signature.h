/* Who may speak for a CRM: whoever signs with a secret of its source. */
#ifndef TANDEM_SERVICE_API_CRM_SIGNATURE_H
#define TANDEM_SERVICE_API_CRM_SIGNATURE_H

#include <stdbool.h>

#include "tandem/api/crm.h"
#include "tandem/api/work.h"
#include "tandem/store/crm_source.h"

/* The secret of this name among the tenant's, without the line's end. false: there is no readable one. */
bool crm_secret_read(struct arena *arena, const char *tenant, const char *name, const char **secret);
/* Is the text a secret that a source of this kind (enum crm_kind) signs with? */
bool crm_secret_fits(struct arena *arena, int kind, const char *secret);

/* For call_work.enter: finds the address of the path, verifies the raw body and enters the scope of the source's tenant and
 * person. SIGNATURE_INVALID in the same words whatever is wrong; UNAVAILABLE when the source's person cannot act, so that
 * the CRM comes again. */
struct fault *crm_enter(struct call *call);
/* The address that crm_enter found. */
struct fault *crm_address_of(struct call *call, struct crm_address *address);

#endif
