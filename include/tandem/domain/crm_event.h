/* One message of a CRM as the changes that it tells: which object, which property, what value, when, in which order.
 * No two CRMs put it alike; from here on they are the same. docs/rules.md, CRM in. */
#ifndef TANDEM_DOMAIN_CRM_EVENT_H
#define TANDEM_DOMAIN_CRM_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"

struct arena;
struct json;

enum crm_form { FORM_HUBSPOT = 1, FORM_CHANGE_DATA_CAPTURE, FORM_OUTBOUND_MESSAGE, FORM_GENERIC };
enum inbox_state { INBOX_RECEIVED = 1, INBOX_APPLIED, INBOX_SUPERSEDED, INBOX_IGNORED, INBOX_PARKED };

extern const struct choice crm_forms[], inbox_states[];

/* By which a message is known when it comes again. NULL: it is no event of this form. A generic event and an outbound
 * message have their key outside: the webhook's id, the notification's id. */
const char *crm_dedupe_key(struct arena *arena, enum crm_form form, const struct json *event);

#endif
