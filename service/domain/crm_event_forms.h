/* What the readers of CRM messages share. */
#ifndef TANDEM_SERVICE_DOMAIN_CRM_EVENT_FORMS_H
#define TANDEM_SERVICE_DOMAIN_CRM_EVENT_FORMS_H

struct arena;
struct json;

/* A text, or a whole number as text; NULL for anything else. */
const char *crm_text(struct arena *arena, const struct json *value);
/* The fields of a Change Data Capture event with their ChangeEventHeader, with or without the streaming envelope. */
const struct json *change_payload(const struct json *event);

#endif
