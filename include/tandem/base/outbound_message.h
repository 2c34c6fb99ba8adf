/* Salesforce's Outbound Message (SOAP) as JSON. */
#ifndef TANDEM_BASE_OUTBOUND_MESSAGE_H
#define TANDEM_BASE_OUTBOUND_MESSAGE_H

#include <stddef.h>

struct arena;

enum { OUTBOUND_NOTIFICATIONS_MAX = 100 };

struct outbound_message {
    /* A JSON array of {"Id", "OrganizationId", "object_type", "fields": {...}}, texts as they came, nil as null. The
     * message's session id is a credential and is left out. */
    const char *notifications;
    const char *ids[OUTBOUND_NOTIFICATIONS_MAX]; /* of the notifications, in order */
    size_t count;
};

/* NULL, or the reason in a few words: no XML, a document type declaration, another document, a notification without its
 * id or object, more than OUTBOUND_NOTIFICATIONS_MAX of them. */
const char *outbound_message_read(struct arena *arena, const void *bytes, size_t length,
                                  struct outbound_message *message);

/* What Salesforce takes for "received"; anything else is sent again. */
extern const char outbound_message_ack[];

#endif
