/* What every answer has in common. */
#include "tandem/api/work.h"

#include <stdbool.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"

struct scope_request work_scope_kept(struct arena *arena, const struct request *request) {
    return (struct scope_request){
        .tenant = arena_text(arena, request->token.tenant),
        .subject = arena_text(arena, request->token.subject),
        .clock_offset_us = request->clock_offset_us,
    };
}

/* If-None-Match of a GET: any listed tag that equals ours, weak or strong. */
static bool etag_listed(const char *list, const char *etag) {
    if (!list || !etag)
        return false;
    const char *found = strstr(list, etag);
    return list[strspn(list, " \t")] == '*' || found;
}

void work_reply(struct request *request, int status, struct json_out *body, const char *etag) {
    const char *text = json_out_text(body);
    reply_json(request, status, text, body->length);
    request->reply.etag = etag;
    bool reading = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    if (reading && status == 200 && etag_listed(request->if_none_match, etag)) {
        request->reply.status = 304;
        request->reply.body = "";
        request->reply.body_length = 0;
    }
}

void work_reply_created(struct request *request, const char *collection, const char *id,
                        struct json_out *body, const char *etag) {
    work_reply(request, 201, body, etag);
    reply_header_add(request, "Location", arena_format(request->arena, "/v1/%s/%s", collection, id));
}

void work_person(struct json_out *out, const char *name, const char *person_id, const char *person_name) {
    if (!person_id) {
        json_add_null(out, name);
        return;
    }
    json_object(out, name);
    json_add_text(out, "person_id", person_id);
    json_add_text(out, "name", person_name);
    json_object_end(out);
}

struct fault *work_not_found(struct arena *arena, const char *noun) {
    return fault_make(arena, PROBLEM_NOT_FOUND, "there is no such %s", noun);
}
