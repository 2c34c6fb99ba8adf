/* The feed as it grows (text/event-stream). A request is admitted like any read; then its stream belongs to the hub. The ids are
 * the feed's numbers, so that a reader resumes with Last-Event-ID, or with `after` of list_events. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "event_stream_hub.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/http/operation.h"
#include "tandem/http/stream.h"

enum { RETRY_S = 5 };

struct stream_query {
    int64_t after;
    struct presence presence;
};
static const struct field stream_fields[] = {
    {"after", FIELD_INTEGER, offsetof(struct stream_query, after), 0, 0, INT64_C(9007199254740991)},
};
static const struct shape stream_shape = {stream_fields, sizeof stream_fields / sizeof *stream_fields,
                                          sizeof(struct stream_query),
                                          offsetof(struct stream_query, presence)};

/* The header of a browser that comes back wins over the address that it keeps; without either only what is new. */
static struct fault *begin_after(const struct request *request, int64_t newest, int64_t *after) {
    const struct stream_query *query = request->query;
    const char *id = request->last_event_id;
    *after = query->presence.given ? query->after : newest;
    if (!id || !*id)
        return NULL;
    size_t length = strlen(id);
    if (length > 15 || strspn(id, "0123456789") != length)
        return fault_make(
            request->arena, PROBLEM_INVALID_CURSOR,
            "Last-Event-ID is not one of this stream's ids; come back without it, or with `after`");
    *after = strtoll(id, NULL, 10);
    return NULL;
}

static struct listener *listener_make(const struct request *request, const struct scope *scope,
                                      int64_t after) {
    struct listener *listener = calloc(1, sizeof *listener);
    assert(listener);
    struct arena *arena = arena_create();
    *listener = (struct listener){
        .arena = arena,
        .stream = stream_create(STREAM_ENDLESS),
        .scope = work_scope_kept(arena, request),
        .tenant_id = scope->tenant_id,
        .after = after,
        .expires_at = request->token.expires_at,
    };
    return listener;
}

static struct fault *stream_answer(struct request *request, const struct scope *scope,
                                   const struct rows *rows) {
    int64_t after;
    TRY(begin_after(request, rows_integer(rows, 0, "number"), &after));
    struct listener *listener = listener_make(request, scope, after);
    struct stream *stream = listener->stream;
    stream_write(stream, "retry: 2000\n\n", 13);
    if (!event_stream_hub_add(listener)) {
        listener_free(listener);
        stream_leave(stream); /* the reply's share */
        struct fault *fault = fault_make(request->arena, PROBLEM_TOO_MANY_REQUESTS,
                                         "%zu streams of the tenant are open; close one, or read /v1/events",
                                         event_stream_hub_per_tenant());
        fault->retry_after_s = RETRY_S;
        return fault;
    }
    request->reply = (struct reply){.status = 200, .content_type = "text/event-stream", .stream = stream};
    reply_header_add(request, "X-Accel-Buffering", "no");
    return NULL;
}

const struct operation stream_events = {
    .name = "stream_events",
    .roles = ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_READ,
    .query = &stream_shape,
    .work = &(const struct read_work){SQL_feed_end, NULL, stream_answer},
};
