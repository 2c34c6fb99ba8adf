/* Replies as workers fill them, and the only place where a fault becomes application/problem+json. */
#include <assert.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/http/request.h"

void reply_header_add(struct request *request, const char *name, const char *value) {
    struct reply_header **last = &request->reply.headers;
    while (*last)
        last = &(*last)->next;
    *last = arena_alloc(request->arena, sizeof **last);
    **last = (struct reply_header){.name = name, .value = value};
}

void reply_json(struct request *request, int status, const char *body, size_t length) {
    request->reply.status = status;
    request->reply.content_type = NULL;
    request->reply.body = body;
    request->reply.body_length = length;
}

/* RFC 6750, 3: no error code when no token was sent. */
static void add_challenge(struct request *request, enum problem problem) {
    const char *challenge = NULL;
    if (problem == PROBLEM_UNAUTHENTICATED)
        challenge = request->token_sent ? "Bearer realm=\"tandem\", error=\"invalid_token\""
                                        : "Bearer realm=\"tandem\"";
    else if (problem == PROBLEM_SIGNATURE_INVALID)
        challenge = "Signature realm=\"tandem\""; /* RFC 9110 wants some challenge with each 401 */
    else if (problem == PROBLEM_INSUFFICIENT_SCOPE)
        challenge = "Bearer realm=\"tandem\", error=\"insufficient_scope\"";
    if (challenge)
        reply_header_add(request, "WWW-Authenticate", challenge);
}

static void add_fields(struct json_out *out, const struct fault_field *fields) {
    json_array(out, "errors");
    for (const struct fault_field *field = fields; field; field = field->next) {
        json_object(out, NULL);
        json_add_text(out, "pointer", field->pointer);
        json_add_text(out, "code", field->code);
        json_add_text(out, "detail", field->detail);
        json_object_end(out);
    }
    json_array_end(out);
}

static void add_unmet(struct json_out *out, const struct fault_unmet *unmet) {
    json_array(out, "unmet");
    for (const struct fault_unmet *item = unmet; item; item = item->next) {
        json_object(out, NULL);
        json_add_text(out, "criterion", item->criterion);
        json_add_text(out, "missing", item->missing);
        json_add_text(out, "owed_by", item->owed_by);
        json_object_end(out);
    }
    json_array_end(out);
}

void reply_fault(struct request *request, const struct fault *fault) {
    const struct problem_entry *entry = problem_entry(fault->problem);
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_add_text(&out, "type",
                  arena_format(request->arena, "/problems/%s", problem_slug(request->arena, entry->code)));
    json_add_text(&out, "title", entry->title);
    json_add_integer(&out, "status", entry->status);
    json_add_text(&out, "detail", fault->detail);
    if (request->target)
        json_add_text(&out, "instance",
                      arena_copy(request->arena, request->target, strcspn(request->target, "?")));
    json_add_text(&out, "code", entry->code);
    json_add_text(&out, "request_id", request->id);
    if (fault->fields)
        add_fields(&out, fault->fields);
    if (fault->unmet)
        add_unmet(&out, fault->unmet);
    json_object_end(&out);

    const char *body = json_out_text(&out);
    request->reply = (struct reply){
        .status = entry->status,
        .content_type = "application/problem+json",
        .body = body,
        .body_length = out.length,
        .problem = entry->code,
        .cause = fault->cause,
    };
    add_challenge(request, fault->problem);
    if (fault->retry_after_s > 0)
        reply_header_add(request, "Retry-After", arena_format(request->arena, "%d", fault->retry_after_s));
}
