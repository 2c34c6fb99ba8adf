/* Reads the SOAP envelope with expat. A document type declaration stops the reader before it has any effect, so there are
 * no entities to expand or to fetch. */
#include "tandem/base/outbound_message.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/json_out.h"

#define OUTBOUND "http://soap.sforce.com/2005/09/outbound|"
#define INSTANCE "http://www.w3.org/2001/XMLSchema-instance|"

enum { AT_NOTIFICATIONS = 3, AT_NOTIFICATION, AT_OBJECT, AT_FIELD }; /* depth inside Envelope and Body */

const char outbound_message_ack[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">"
    "<soapenv:Body><notificationsResponse xmlns=\"http://soap.sforce.com/2005/09/outbound\">"
    "<Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>\n";

struct reader {
    XML_Parser parser;
    struct arena *arena;
    struct outbound_message *message;
    struct json_out out;
    const char *wrong;
    int depth;
    bool in_notifications, in_notification, in_object, nil;
    const char *organization;
    char *text; /* of the innermost element */
    size_t length, capacity;
};

static void stop(struct reader *reader, const char *wrong) {
    if (!reader->wrong)
        reader->wrong = wrong;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void doctype(void *context, const char *name, const char *system_id, const char *public_id,
                    int internal) {
    (void)name, (void)system_id, (void)public_id, (void)internal;
    stop(context, "a document type declaration is refused");
}

static const char *attribute(const char **attributes, const char *name) {
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

static const char *local(const char *name, char separator) {
    const char *last = strrchr(name, separator);
    return last ? last + 1 : name;
}

static void notification_begin(struct reader *reader) {
    if (reader->message->count == OUTBOUND_NOTIFICATIONS_MAX) {
        stop(reader, "it has too many notifications");
        return;
    }
    reader->in_notification = true;
    reader->message->ids[reader->message->count] = NULL;
    json_object(&reader->out, NULL);
    json_add_text(&reader->out, "OrganizationId", reader->organization);
}

static void object_begin(struct reader *reader, const char **attributes) {
    const char *type = attribute(attributes, INSTANCE "type");
    reader->in_object = true;
    json_add_text(&reader->out, "object_type", type ? local(type, ':') : NULL);
    json_object(&reader->out, "fields");
}

static void element_begin(void *context, const char *name, const char **attributes) {
    struct reader *reader = context;
    const char *nil = attribute(attributes, INSTANCE "nil");
    reader->depth++;
    reader->length = 0;
    reader->nil = nil && (strcmp(nil, "true") == 0 || strcmp(nil, "1") == 0);
    if (reader->depth == AT_NOTIFICATIONS)
        reader->in_notifications = strcmp(name, OUTBOUND "notifications") == 0;
    else if (reader->depth == AT_NOTIFICATION && reader->in_notifications)
        if (strcmp(name, OUTBOUND "Notification") == 0)
            notification_begin(reader);
    if (reader->depth == AT_OBJECT && reader->in_notification && strcmp(local(name, '|'), "sObject") == 0)
        object_begin(reader, attributes);
}

static void text(void *context, const char *bytes, int length) {
    struct reader *reader = context;
    size_t wanted = reader->length + (size_t)length + 1;
    if (wanted > reader->capacity) {
        char *grown = arena_alloc(reader->arena, wanted * 2);
        if (reader->length > 0)
            memcpy(grown, reader->text, reader->length);
        reader->text = grown;
        reader->capacity = wanted * 2;
    }
    memcpy(reader->text + reader->length, bytes, (size_t)length);
    reader->length += (size_t)length;
}

static void notification_end(struct reader *reader) {
    reader->in_notification = false;
    json_add_text(&reader->out, "Id", reader->message->ids[reader->message->count]);
    json_object_end(&reader->out);
    if (!reader->message->ids[reader->message->count++])
        stop(reader, "a notification has no Id");
}

static void element_end(void *context, const char *name) {
    struct reader *reader = context;
    const char *word = local(name, '|');
    const char *value = arena_copy(reader->arena, reader->text ? reader->text : "", reader->length);
    if (reader->depth == AT_FIELD && reader->in_object)
        json_add_text(&reader->out, word, reader->nil ? NULL : value);
    else if (reader->depth == AT_OBJECT && reader->in_object) {
        json_object_end(&reader->out);
        reader->in_object = false;
    } else if (reader->depth == AT_OBJECT && reader->in_notification && strcmp(word, "Id") == 0)
        reader->message->ids[reader->message->count] = value;
    else if (reader->depth == AT_NOTIFICATION && reader->in_notification)
        notification_end(reader);
    else if (reader->depth == AT_NOTIFICATION && reader->in_notifications &&
             strcmp(word, "OrganizationId") == 0)
        reader->organization = value;
    reader->length = 0;
    reader->nil = false;
    reader->depth--;
}

const char *outbound_message_read(struct arena *arena, const void *bytes, size_t length,
                                  struct outbound_message *message) {
    struct reader reader = {.arena = arena, .message = message, .out = {.arena = arena}};
    message->count = 0;
    reader.parser = XML_ParserCreateNS(NULL, '|');
    if (!reader.parser)
        return "there is no memory to read it";
    XML_SetUserData(reader.parser, &reader);
    XML_SetStartDoctypeDeclHandler(reader.parser, doctype);
    XML_SetElementHandler(reader.parser, element_begin, element_end);
    XML_SetCharacterDataHandler(reader.parser, text);
    json_array(&reader.out, NULL);
    enum XML_Status status =
        length > INT_MAX ? XML_STATUS_ERROR : XML_Parse(reader.parser, bytes, (int)length, XML_TRUE);
    XML_ParserFree(reader.parser);
    json_array_end(&reader.out);
    message->notifications = json_out_text(&reader.out);
    if (reader.wrong)
        return reader.wrong;
    if (status != XML_STATUS_OK)
        return "it is no well-formed XML";
    return message->count == 0 ? "it holds no notification" : NULL;
}
