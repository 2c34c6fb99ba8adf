/* One message of a CRM as the changes that it tells: which object, which property, what value, when, in which order.
 * No two CRMs put it alike; from here on they are the same. docs/rules.md, CRM in. */
#ifndef TANDEM_DOMAIN_CRM_EVENT_H
#define TANDEM_DOMAIN_CRM_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/base/json.h"
#include "tandem/domain/crm_source.h"

struct arena;
struct fault;

enum crm_form { FORM_HUBSPOT = 1, FORM_CHANGE_DATA_CAPTURE, FORM_OUTBOUND_MESSAGE, FORM_GENERIC };
enum inbox_state { INBOX_RECEIVED = 1, INBOX_APPLIED, INBOX_SUPERSEDED, INBOX_IGNORED, INBOX_PARKED };

/* Why an event is superseded, ignored or parked. Codes are those of the database. */
enum crm_reason {
    CRM_REASON_OLDER = 1,
    CRM_REASON_NOT_A_DEAL,
    CRM_REASON_OWN_CHANGE,
    CRM_REASON_NOTHING_OF_INTEREST,
    CRM_REASON_NOT_JSON,
    CRM_REASON_NOT_AN_EVENT,
    CRM_REASON_UNREADABLE_VALUE,
    CRM_REASON_GAP,
    CRM_REASON_TOO_MANY_ATTEMPTS,
    CRM_REASON_REFUSED, /* by a rule; the problem says by which */
    CRM_REASON_COUNT
};

extern const struct choice crm_forms[], inbox_states[], crm_reasons[];

/* In words: why it is so, and what to do about it; remedy NULL: nothing. */
struct crm_reason_words {
    const char *why, *remedy;
};
struct crm_reason_words crm_reason_words(int reason);

/* By which a message is known when it comes again. NULL: it is no event of this form. A generic event and an outbound
 * message have their key outside: the webhook's id, the notification's id. */
const char *crm_dedupe_key(struct arena *arena, enum crm_form form, const struct json *event);

/* Only what is parked is tried again: INVALID_STATE. */
struct fault *inbox_retry_verdict(struct arena *arena, int state);

struct crm_message {
    enum crm_form form;
    const struct json *payload;
    const struct json *fields; /* property to text or null, numbers in their own digits; NULL: it has none */
    const char *dedupe_key;
    int64_t received_at;          /* microseconds */
    const char *integration_user; /* whose changes are ours; NULL: nobody's */
};

struct crm_change {
    int field;         /* enum crm_field */
    const char *value; /* normalised; NULL: cleared */
};

/* What happens to an event: applied, ignored or parked, and why. */
struct crm_event {
    int state;                /* INBOX_RECEIVED: to be applied; INBOX_IGNORED; INBOX_PARKED */
    int reason;               /* enum crm_reason, of the latter two; -1 */
    const char *detail;       /* of an unreadable value: which; or NULL */
    struct text_list objects; /* the ids of the deals in the CRM */
    struct crm_change *changes;
    size_t change_count;
    int64_t occurred_at;
    int64_t order_major, order_minor;
};

/* Ignored: not_a_deal, own_change, nothing_of_interest. Parked: not_an_event, unreadable_value, gap (the CRM has lost what
 * changed). A removal is a change of CRM_FIELD_REMOVED; a merge one of CRM_FIELD_MERGED of each deal that went. */
void crm_event_read(struct arena *arena, const struct crm_message *message,
                    const struct crm_source_maps *maps, struct crm_event *event);

/* A value as every CRM would say it: dates and instants by RFC 3339 (milliseconds since 1970, "+0000"), decimals without
 * idle zeros, empty as NULL. false: it is none of the field. */
bool crm_value_read(struct arena *arena, int field, const char *text, const char **value);

#endif
