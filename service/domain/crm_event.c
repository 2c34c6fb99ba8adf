/* What the forms have in common, and the keys by which a repeated message is known. */
#include "tandem/domain/crm_event.h"

#include <inttypes.h>

#include "crm_event_forms.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"

const struct choice crm_forms[] = {{"hubspot", FORM_HUBSPOT},
                                   {"change_data_capture", FORM_CHANGE_DATA_CAPTURE},
                                   {"outbound_message", FORM_OUTBOUND_MESSAGE},
                                   {"generic", FORM_GENERIC},
                                   {NULL, 0}};
const struct choice inbox_states[] = {{"received", INBOX_RECEIVED},     {"applied", INBOX_APPLIED},
                                      {"superseded", INBOX_SUPERSEDED}, {"ignored", INBOX_IGNORED},
                                      {"parked", INBOX_PARKED},         {NULL, 0}};

const struct choice crm_reasons[] = {{"older", CRM_REASON_OLDER},
                                     {"not_a_deal", CRM_REASON_NOT_A_DEAL},
                                     {"own_change", CRM_REASON_OWN_CHANGE},
                                     {"nothing_of_interest", CRM_REASON_NOTHING_OF_INTEREST},
                                     {"not_json", CRM_REASON_NOT_JSON},
                                     {"not_an_event", CRM_REASON_NOT_AN_EVENT},
                                     {"unreadable_value", CRM_REASON_UNREADABLE_VALUE},
                                     {"gap", CRM_REASON_GAP},
                                     {"too_many_attempts", CRM_REASON_TOO_MANY_ATTEMPTS},
                                     {"refused", CRM_REASON_REFUSED},
                                     {NULL, 0}};

struct crm_reason_words crm_reason_words(int reason) {
    static const struct crm_reason_words words[CRM_REASON_COUNT] = {
        [CRM_REASON_OLDER] = {"everything that it tells is known, or a newer word is", NULL},
        [CRM_REASON_NOT_A_DEAL] = {"it is about no object that is a deal in this source", NULL},
        [CRM_REASON_OWN_CHANGE] = {"our own user made this change in the CRM", NULL},
        [CRM_REASON_NOTHING_OF_INTEREST] = {"it changes no property that is a field of a deal", NULL},
        [CRM_REASON_NOT_JSON] = {"the signed bytes are no JSON",
                                 "mend the sender and have it send the event again; this one stays as it is"},
        [CRM_REASON_NOT_AN_EVENT] =
            {"it lacks what every event of this form has, or names no deal",
             "mend the sender and have it send the event again; this one stays as it is"},
        [CRM_REASON_UNREADABLE_VALUE] =
            {"a value is none of its field",
             "correct the value in the CRM, which sends a new event; or, when the property is another field, "
             "correct the source's `fields` and try this event again"},
        [CRM_REASON_GAP] = {"the CRM has lost what changed",
                            "read the deal in the CRM and import it, or change it there once more"},
        [CRM_REASON_TOO_MANY_ATTEMPTS] =
            {"applying it was begun again and again and never came to an end",
             "look into the service's log for what ended it, then try the event again"},
        [CRM_REASON_REFUSED] = {"the rules refuse it",
                                "do what the refusal asks for, then try the event again"},
    };
    return reason > 0 && reason < CRM_REASON_COUNT ? words[reason] : (struct crm_reason_words){NULL, NULL};
}

const char *crm_text(struct arena *arena, const struct json *value) {
    int64_t number;
    if (json_integer(value, &number))
        return arena_format(arena, "%" PRId64, number);
    return json_string(value);
}

static const char *hubspot_key(struct arena *arena, const struct json *event) {
    const char *portal = crm_text(arena, json_get(event, "portalId"));
    const char *type = json_string(json_get(event, "subscriptionType"));
    const struct json *stands = json_get(event, "primaryObjectId"), *told = json_get(event, "objectId");
    const char *object = crm_text(arena, told ? told : stands); /* a merge need not name one */
    const char *id = crm_text(arena, json_get(event, "eventId"));
    const char *occurred = crm_text(arena, json_get(event, "occurredAt"));
    const char *property = json_string(json_get(event, "propertyName"));
    if (!portal || !type || !object || !id || !occurred)
        return NULL;
    return arena_format(arena, "%s/%s/%s/%s/%s/%s", portal, type, object, id, occurred,
                        property ? property : "");
}

const struct json *change_payload(const struct json *event) {
    const struct json *data = json_get(event, "data");
    const struct json *payload = json_get(data ? data : event, "payload");
    return payload ? payload : event;
}

static const char *capture_key(struct arena *arena, const struct json *event) {
    const struct json *header = json_get(change_payload(event), "ChangeEventHeader");
    const char *transaction = json_string(json_get(header, "transactionKey"));
    const char *commit = crm_text(arena, json_get(header, "commitNumber"));
    const char *sequence = crm_text(arena, json_get(header, "sequenceNumber"));
    const char *type = json_string(json_get(header, "changeType"));
    if (!transaction || !commit || !sequence || !type)
        return NULL;
    return arena_format(arena, "%s/%s/%s/%s", transaction, commit, sequence, type);
}

struct fault *inbox_retry_verdict(struct arena *arena, int state) {
    if (state == INBOX_PARKED)
        return NULL;
    return fault_make(arena, PROBLEM_INVALID_STATE, "the event is not parked: there is nothing to try again");
}

const char *crm_dedupe_key(struct arena *arena, enum crm_form form, const struct json *event) {
    switch (form) {
    case FORM_HUBSPOT: return hubspot_key(arena, event);
    case FORM_CHANGE_DATA_CAPTURE: return capture_key(arena, event);
    case FORM_OUTBOUND_MESSAGE:
    case FORM_GENERIC: break;
    }
    return NULL;
}
