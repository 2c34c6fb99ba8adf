/* Each form's reader. What they find is put into the same words; a property that is no field of a deal is passed over. */
#include <string.h>

#include "crm_event_forms.h"
#include "tandem/base/arena.h"
#include "tandem/base/json.h"
#include "tandem/base/time.h"
#include "tandem/domain/crm_event.h"

enum { CHANGES_MAX = 64, RECORDS_MAX = 100 };

struct reader {
    struct arena *arena;
    const struct crm_message *message;
    const struct crm_source_maps *maps;
    struct crm_event *event;
    const char *object_type, *user;
    bool is_removal, is_gap;
};

static void set_aside(struct crm_event *event, int state, enum crm_reason reason) {
    if (event->state != INBOX_RECEIVED)
        return;
    event->state = state;
    event->reason = (int)reason;
}

static void add_object(struct reader *reader, const char *id) {
    struct text_list *objects = &reader->event->objects;
    if (id && *id && strlen(id) <= 200 && objects->count < RECORDS_MAX)
        objects->items[objects->count++] = id;
    else
        set_aside(reader->event, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT);
}

static void unreadable(struct reader *reader, int field, const char *text) {
    const char *name = choice_name(crm_fields, field);
    if (reader->event->state == INBOX_RECEIVED && name)
        reader->event->detail = arena_format(reader->arena, "%s: \"%.100s\"", name, text);
    set_aside(reader->event, INBOX_PARKED, CRM_REASON_UNREADABLE_VALUE);
}

static void add_change(struct reader *reader, int field, const char *text) {
    struct crm_event *event = reader->event;
    const char *value;
    if (event->change_count == CHANGES_MAX || !crm_value_read(reader->arena, field, text, &value))
        unreadable(reader, field, text);
    else
        event->changes[event->change_count++] = (struct crm_change){field, value};
}

static bool has_change(const struct crm_event *event, int field) {
    for (size_t i = 0; i < event->change_count; i++)
        if (event->changes[i].field == field)
            return true;
    return false;
}

static bool listed(const struct json *names, const char *name) {
    for (const struct json *item = json_first(names); item; item = json_next(item))
        if (json_string(item) && strcmp(json_string(item), name) == 0)
            return true;
    return false;
}

/* `only`: an array of the names that count; NULL: all. */
static void add_fields(struct reader *reader, const struct json *only, bool nulls) {
    for (const struct json *member = json_first(reader->message->fields); member;
         member = json_next(member)) {
        const char *name = json_name(member), *text = json_string(member);
        int field = crm_field_of(reader->maps, name);
        if (field && (text || nulls) && (!only || listed(only, name)))
            add_change(reader, field, text);
    }
}

static void created(struct reader *reader, int64_t at) {
    char text[INSTANT_TEXT_SIZE];
    instant_format(at, text);
    if (!has_change(reader->event, CRM_FIELD_CREATED_AT))
        add_change(reader, CRM_FIELD_CREATED_AT, text);
}

/* `id` is `into` from now on; the same one on both sides says nothing. */
static void add_merged(struct reader *reader, const char *id, const char *into) {
    if (!id || !into || strcmp(id, into) != 0)
        add_object(reader, id);
}

static void add_merge(struct reader *reader, const char *into) {
    if (into && *into)
        add_change(reader, CRM_FIELD_MERGED, into);
    else
        set_aside(reader->event, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT);
}

/* What stands is the primary, or a record that the merge has made. The primary goes first: what the new one lacks comes
 * from it before the others. */
static void hubspot_merge(struct reader *reader) {
    const struct json *payload = reader->message->payload, *merged = json_get(payload, "mergedObjectIds");
    const char *primary = crm_text(reader->arena, json_get(payload, "primaryObjectId"));
    const char *made = crm_text(reader->arena, json_get(payload, "newObjectId"));
    const char *into = made ? made : primary;
    add_merged(reader, primary, into);
    for (const struct json *id = json_first(merged); id; id = json_next(id))
        add_merged(reader, crm_text(reader->arena, id), into);
    add_merge(reader, into);
}

static bool milliseconds(const struct json *value, int64_t *at) {
    int64_t number;
    if (!json_integer(value, &number) || number <= 0 || number > INT64_C(253402300799999))
        return false;
    *at = number * 1000;
    return true;
}

/* "deal.propertyChange", or "object.propertyChange" with the type beside it. */
static void hubspot_read(struct reader *reader) {
    const struct json *payload = reader->message->payload;
    const char *type = json_string(json_get(payload, "subscriptionType"));
    const char *action = type ? strchr(type, '.') : NULL;
    const char *source = crm_text(reader->arena, json_get(payload, "sourceId"));
    if (!action || !milliseconds(json_get(payload, "occurredAt"), &reader->event->occurred_at)) {
        set_aside(reader->event, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT);
        return;
    }
    reader->event->order_major = reader->event->occurred_at;
    reader->object_type = arena_copy(reader->arena, type, (size_t)(action - type));
    if (strcmp(reader->object_type, "object") == 0)
        reader->object_type = crm_text(reader->arena, json_get(payload, "objectTypeId"));
    if (!crm_is_deal(reader->maps, reader->object_type))
        return;
    reader->user = source && strncmp(source, "userId:", 7) == 0 ? source + 7 : source;
    if (strcmp(action, ".merge") == 0)
        hubspot_merge(reader);
    else
        add_object(reader, crm_text(reader->arena, json_get(payload, "objectId")));
    reader->is_removal = strcmp(action, ".deletion") == 0 || strcmp(action, ".privacyDeletion") == 0;
    if (strcmp(action, ".creation") == 0)
        created(reader, reader->event->occurred_at);
    else if (strcmp(action, ".restore") == 0)
        add_change(reader, CRM_FIELD_REMOVED, NULL);
    else if (strcmp(action, ".propertyChange") == 0)
        add_fields(reader, NULL, true);
}

static void capture_read(struct reader *reader) {
    const struct json *header = json_get(change_payload(reader->message->payload), "ChangeEventHeader");
    const char *type = json_string(json_get(header, "changeType"));
    const struct json *changed = json_get(header, "changedFields");
    struct crm_event *event = reader->event;
    if (!type || !milliseconds(json_get(header, "commitTimestamp"), &event->occurred_at) ||
        !json_integer(json_get(header, "commitNumber"), &event->order_major) ||
        !json_integer(json_get(header, "sequenceNumber"), &event->order_minor)) {
        set_aside(event, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT);
        return;
    }
    reader->object_type = json_string(json_get(header, "entityName"));
    reader->user = json_string(json_get(header, "commitUser"));
    for (const struct json *id = json_first(json_get(header, "recordIds")); id; id = json_next(id))
        add_object(reader, json_string(id));
    reader->is_gap = strncmp(type, "GAP_", 4) == 0;
    reader->is_removal = strcmp(type, "DELETE") == 0;
    if (strcmp(type, "CREATE") == 0) {
        add_fields(reader, NULL, false);
        created(reader, event->occurred_at);
    } else if (strcmp(type, "UPDATE") == 0) {
        add_fields(reader, json_length(changed) > 0 ? changed : NULL, json_length(changed) > 0);
    } else if (strcmp(type, "UNDELETE") == 0) {
        add_change(reader, CRM_FIELD_REMOVED, NULL);
        add_fields(reader, NULL, false);
    }
}

/* The whole record as it stood when Salesforce sent it; what it does not date is dated by its coming. */
static void outbound_read(struct reader *reader) {
    const struct json *fields = json_get(reader->message->payload, "fields");
    const char *stamp = json_string(json_get(fields, "SystemModstamp")), *text;
    const char *deleted = json_string(json_get(fields, "IsDeleted"));
    if (!stamp)
        stamp = json_string(json_get(fields, "LastModifiedDate"));
    reader->event->occurred_at = reader->message->received_at;
    if (stamp && crm_value_read(reader->arena, CRM_FIELD_CREATED_AT, stamp, &text) && text)
        instant_parse(text, &reader->event->occurred_at);
    reader->event->order_major = reader->event->occurred_at;
    reader->object_type = json_string(json_get(reader->message->payload, "object_type"));
    reader->user = json_string(json_get(fields, "LastModifiedById"));
    add_object(reader, json_string(json_get(fields, "Id")));
    if (deleted)
        add_change(reader, CRM_FIELD_REMOVED, strcmp(deleted, "true") == 0 ? "removed" : NULL);
    add_fields(reader, NULL, true);
}

static void generic_read(struct reader *reader) {
    const struct json *payload = reader->message->payload, *data = json_get(payload, "data");
    const char *type = json_string(json_get(payload, "type"));
    const char *action = type ? strrchr(type, '.') : NULL;
    const char *at = json_string(json_get(payload, "timestamp"));
    if (!action || !at || !instant_parse(at, &reader->event->occurred_at)) {
        set_aside(reader->event, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT);
        return;
    }
    reader->event->order_major = reader->event->occurred_at;
    json_integer(json_get(data, "sequence"), &reader->event->order_minor);
    reader->object_type = arena_copy(reader->arena, type, (size_t)(action - type));
    reader->user = json_string(json_get(data, "origin"));
    reader->is_removal = strcmp(action, ".removed") == 0;
    const char *id = json_string(json_get(data, "external_id")),
               *into = json_string(json_get(data, "merged_into"));
    if (!crm_is_deal(reader->maps, reader->object_type))
        return;
    if (strcmp(action, ".merged") == 0) {
        add_merged(reader, id, into);
        add_merge(reader, into);
        return;
    }
    add_object(reader, id);
    if (strcmp(action, ".restored") == 0)
        add_change(reader, CRM_FIELD_REMOVED, NULL);
    else if (!reader->is_removal)
        add_fields(reader, NULL, true);
}

static void verdict(struct reader *reader) {
    struct crm_event *event = reader->event;
    const char *ours = reader->message->integration_user;
    if (event->state == INBOX_PARKED && event->reason == CRM_REASON_NOT_AN_EVENT)
        return;
    if (!crm_is_deal(reader->maps, reader->object_type))
        event->state = INBOX_IGNORED, event->reason = CRM_REASON_NOT_A_DEAL;
    else if (ours && reader->user && strcmp(ours, reader->user) == 0)
        event->state = INBOX_IGNORED, event->reason = CRM_REASON_OWN_CHANGE;
    else if (reader->is_gap)
        set_aside(event, INBOX_PARKED, CRM_REASON_GAP);
    else if (event->objects.count == 0)
        set_aside(event, INBOX_PARKED, CRM_REASON_NOT_AN_EVENT);
    else if (event->change_count == 0)
        set_aside(event, INBOX_IGNORED, CRM_REASON_NOTHING_OF_INTEREST);
}

void crm_event_read(struct arena *arena, const struct crm_message *message,
                    const struct crm_source_maps *maps, struct crm_event *event) {
    struct reader reader = {.arena = arena, .message = message, .maps = maps, .event = event};
    *event = (struct crm_event){.state = INBOX_RECEIVED, .reason = -1};
    event->objects.items = arena_alloc(arena, RECORDS_MAX * sizeof *event->objects.items);
    event->changes = arena_alloc(arena, CHANGES_MAX * sizeof *event->changes);
    switch (message->form) {
    case FORM_HUBSPOT: hubspot_read(&reader); break;
    case FORM_CHANGE_DATA_CAPTURE: capture_read(&reader); break;
    case FORM_OUTBOUND_MESSAGE: outbound_read(&reader); break;
    case FORM_GENERIC: generic_read(&reader); break;
    }
    if (reader.is_removal)
        add_change(&reader, CRM_FIELD_REMOVED, "removed");
    verdict(&reader);
}
