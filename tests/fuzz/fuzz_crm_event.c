/* Any signed bytes: every form's reader ends, and what it lets through is an event whole. The first byte chooses form and kind;
 * the rest is a message, and for the JSON forms its fields too. Build as fuzz_json. */
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/outbound_message.h"
#include "tandem/base/text.h"
#include "tandem/domain/crm_event.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void check_event(const struct crm_event *event) {
    require((event->state == INBOX_RECEIVED) == (event->reason == -1));
    require(event->reason == -1 || choice_name(crm_reasons, event->reason));
    require(event->state == INBOX_RECEIVED || event->state == INBOX_IGNORED || event->state == INBOX_PARKED);
    for (size_t i = 0; i < event->objects.count; i++)
        require(*event->objects.items[i] && strlen(event->objects.items[i]) <= 200);
    for (size_t i = 0; i < event->change_count; i++)
        require(event->changes[i].field > 0 && event->changes[i].field < CRM_FIELD_COUNT &&
                (!event->changes[i].value || *event->changes[i].value));
    if (event->state == INBOX_RECEIVED)
        require(event->objects.count > 0 && event->change_count > 0);
}

static void read_json(struct arena *arena, enum crm_form form, int kind, const char *bytes, size_t length) {
    const struct crm_source_maps maps = {.kind = kind};
    struct crm_message message = {.form = form, .dedupe_key = "k", .integration_user = "U"};
    struct crm_event event;
    if (json_parse(arena, bytes, length, &message.payload))
        return;
    const char *key = crm_dedupe_key(arena, form, message.payload);
    require(!key || text_is_utf8(key, strlen(key)));
    const struct json *fields = json_get(message.payload, "fields");
    message.fields = fields ? fields : message.payload;
    crm_event_read(arena, &message, &maps, &event);
    check_event(&event);
}

static void read_xml(struct arena *arena, const char *bytes, size_t length) {
    struct outbound_message message;
    const struct json *notifications;
    if (outbound_message_read(arena, bytes, length, &message))
        return;
    require(message.count > 0 && message.count <= OUTBOUND_NOTIFICATIONS_MAX);
    for (size_t i = 0; i < message.count; i++)
        require(message.ids[i]);
    /* jsonb takes a member twice, our scanner does not: what is one is read as one */
    if (!json_parse(arena, message.notifications, strlen(message.notifications), &notifications))
        require(json_length(notifications) == message.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const int kinds[] = {CRM_HUBSPOT, CRM_SALESFORCE, CRM_SALESFORCE, CRM_GENERIC};
    if (length == 0)
        return 0;
    struct arena *arena = arena_create();
    int form = FORM_HUBSPOT + bytes[0] % 5;
    if (form > FORM_GENERIC)
        read_xml(arena, (const char *)bytes + 1, length - 1);
    else
        read_json(arena, (enum crm_form)form, kinds[form - 1], (const char *)bytes + 1, length - 1);
    arena_destroy(arena);
    return 0;
}
