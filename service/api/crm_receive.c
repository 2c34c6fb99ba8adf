/* The receivers: what a CRM signed is kept, each event once, and answered; applying it is a job's. What cannot be read as
 * an event is kept too, parked, because a CRM that is refused only sends it again. */
#include <string.h>

#include "crm_signature.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/outbound_message.h"
#include "tandem/base/text.h"
#include "tandem/domain/crm_event.h"
#include "tandem/http/operation.h"
#include "tandem/store/inbox.h"

/* A key that an index cannot hold stands by its hash: whoever sends it would send it for ever. */
static const char *key_kept(struct arena *arena, const char *key) {
    return strlen(key) <= INBOX_KEY_SIZE_MAX
               ? key
               : arena_format(arena, "sha256/%s", sha256_text(arena, key, strlen(key)));
}

static struct fault *keep(struct call *call, struct inbox_new *new, int64_t *received, int64_t *parked) {
    struct crm_address address;
    TRY(crm_address_of(call, &address));
    for (size_t i = 0; i < new->count; i++)
        new->keys[i] = key_kept(call->arena, new->keys[i]);
    new->source_key = address.source_key;
    new->clock_offset_us = call->request->clock_offset_us;
    return inbox_insert(call->db, call->arena, call->scope.tenant_id, new, received, parked);
}

static void answer(struct call *call, size_t count, int64_t received, int64_t parked) {
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_integer(&out, "received", received);
    json_add_integer(&out, "parked", parked);
    json_add_integer(&out, "repeated", (int64_t)count - received - parked);
    json_object_end(&out);
    work_reply(call->request, 200, &out, NULL);
}

/* The body as one JSON text; bytes that are no text in base64. */
static const char *body_quoted(struct call *call) {
    const char *bytes = call->request->body_bytes ? call->request->body_bytes : "";
    size_t length = call->request->body_length;
    bool plain = text_is_utf8(bytes, length) && !memchr(bytes, '\0', length);
    struct json_out out = {.arena = call->arena};
    json_array(&out, NULL);
    json_add_text(&out, NULL,
                  plain ? arena_copy(call->arena, bytes, length)
                        : base64url_encode(call->arena, bytes, length));
    json_array_end(&out);
    return json_out_text(&out);
}

static const char *body_key(struct call *call, size_t index) {
    const char *bytes = call->request->body_bytes ? call->request->body_bytes : "";
    return arena_format(call->arena, "body/%s/%zu",
                        sha256_text(call->arena, bytes, call->request->body_length), index);
}

static struct fault *keep_unreadable(struct call *call, enum crm_form form) {
    const char *key = body_key(call, 0);
    const int64_t reason = CRM_REASON_NOT_JSON;
    struct inbox_new new = {
        .form = form, .events = body_quoted(call), .keys = &key, .reasons = &reason, .count = 1};
    int64_t received, parked;
    TRY(keep(call, &new, &received, &parked));
    answer(call, 1, received, parked);
    return NULL;
}

/* An array of events, or one. `only_key`: of the one that a message of this form is; NULL: each has its own. */
static struct fault *keep_events(struct call *call, enum crm_form form, const char *only_key) {
    const struct request *request = call->request;
    const struct json *value;
    if (json_parse(call->arena, request->body_bytes ? request->body_bytes : "", request->body_length, &value))
        return keep_unreadable(call, form);
    bool many = json_is_array(value) && !only_key;
    size_t count = many ? json_length(value) : 1, i = 0;
    const char **keys = arena_alloc(call->arena, count * sizeof *keys);
    int64_t *reasons = arena_alloc(call->arena, count * sizeof *reasons);
    for (const struct json *event = many ? json_first(value) : value; event && i < count;
         event = many ? json_next(event) : NULL, i++) {
        const char *key = only_key ? only_key : crm_dedupe_key(call->arena, form, event);
        keys[i] = key ? key : body_key(call, i);
        reasons[i] = key ? 0 : CRM_REASON_NOT_AN_EVENT;
    }
    const char *body = arena_copy(call->arena, request->body_bytes, request->body_length);
    struct inbox_new new = {.form = form,
                            .events = many ? body : arena_format(call->arena, "[%s]", body),
                            .keys = keys,
                            .reasons = reasons,
                            .count = count};
    int64_t received, parked;
    TRY(keep(call, &new, &received, &parked));
    answer(call, count, received, parked);
    return NULL;
}

static struct fault *hubspot_serve(struct call *call) {
    return keep_events(call, FORM_HUBSPOT, NULL);
}

static struct fault *generic_serve(struct call *call) {
    return keep_events(call, FORM_GENERIC,
                       arena_format(call->arena, "webhook/%s", call->request->signature.webhook_id));
}

static bool is_xml(const struct request *request) {
    const char *body = request->body_bytes ? request->body_bytes : "";
    if (request->body_length >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0)
        body += 3;
    return body[strspn(body, " \t\r\n")] == '<';
}

static struct fault *outbound_message_serve(struct call *call) {
    struct outbound_message message;
    const char *wrong =
        outbound_message_read(call->arena, call->request->body_bytes, call->request->body_length, &message);
    if (wrong)
        return fault_make(call->arena, PROBLEM_MALFORMED_REQUEST, "The message cannot be read: %s.", wrong);
    int64_t *reasons = arena_alloc(call->arena, message.count * sizeof *reasons);
    memset(reasons, 0, message.count * sizeof *reasons);
    for (size_t i = 0; i < message.count; i++)
        message.ids[i] = arena_format(call->arena, "notification/%s", message.ids[i]);
    struct inbox_new new = {.form = FORM_OUTBOUND_MESSAGE,
                            .events = message.notifications,
                            .keys = message.ids,
                            .reasons = reasons,
                            .count = message.count};
    int64_t received, parked;
    TRY(keep(call, &new, &received, &parked));
    reply_json(call->request, 200, outbound_message_ack, strlen(outbound_message_ack));
    call->request->reply.content_type = "text/xml; charset=utf-8";
    return NULL;
}

static struct fault *salesforce_serve(struct call *call) {
    return is_xml(call->request) ? outbound_message_serve(call)
                                 : keep_events(call, FORM_CHANGE_DATA_CAPTURE, NULL);
}

const struct operation receive_hubspot = {
    .name = "receive_hubspot",
    .lane = LANE_WRITE,
    .flags = OPERATION_SIGNED | OPERATION_RAW_BODY,
    .work = &(const struct call_work){hubspot_serve, crm_enter, crm_ring},
};

const struct operation receive_salesforce = {
    .name = "receive_salesforce",
    .lane = LANE_WRITE,
    .flags = OPERATION_SIGNED | OPERATION_RAW_BODY,
    .work = &(const struct call_work){salesforce_serve, crm_enter, crm_ring},
};

const struct operation receive_crm_events = {
    .name = "receive_crm_events",
    .lane = LANE_WRITE,
    .flags = OPERATION_SIGNED | OPERATION_RAW_BODY,
    .work = &(const struct call_work){generic_serve, crm_enter, crm_ring},
};
