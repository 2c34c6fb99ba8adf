/* The gates that are short: each takes what the one before it left and refuses or goes on. Rate, media types and
 * preconditions stand in limits.c, tokens in token.c. */
#include <microhttpd.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/role.h"
#include "tandem/http/loop.h"
#include "tandem/http/token.h"

#include "daemon.h"
#include "exchange.h"
#include "target.h"
#include "trace.h"

enum { ANSWER_HEADERS_MAX = 2048 };

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length) {
    (void)kind;
    framing_header(context, name, name_length, value ? value : "", value_length);
    return MHD_YES;
}

/* Request and answer share the connection's memory; an answer whose headers do not fit is never sent. */
static bool headers_crowd_the_answer(const struct exchange *exchange) {
    size_t used =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    return used + ANSWER_HEADERS_MAX > exchange->server->settings.connection_memory;
}

struct fault *gate_framing(struct exchange *exchange) {
    struct request *request = &exchange->request;
    struct framing *framing = &exchange->framing;
    framing->arena = request->arena;
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, take_header, framing);
    request->id = trace_request_id(request->arena, framing->values[HEADER_REQUEST_ID]);
    request->traceparent = trace_parent(request->arena, framing->values[HEADER_TRACEPARENT]);
    request->content_type = framing->values[HEADER_CONTENT_TYPE];
    request->if_match = framing->values[HEADER_IF_MATCH];
    request->if_none_match = framing->values[HEADER_IF_NONE_MATCH];
    request->last_event_id = framing->values[HEADER_LAST_EVENT_ID];
    request->signature = (struct request_signature){
        framing->values[HEADER_WEBHOOK_ID],        framing->values[HEADER_WEBHOOK_TIMESTAMP],
        framing->values[HEADER_WEBHOOK_SIGNATURE], framing->values[HEADER_HUBSPOT_SIGNATURE],
        framing->values[HEADER_HUBSPOT_TIMESTAMP],
    };
    request->token_sent = framing->values[HEADER_AUTHORIZATION] != NULL;
    const char *wrong = framing_verdict(framing, request->method, request->target, exchange->version);
    if (!wrong && headers_crowd_the_answer(exchange))
        wrong = "the headers are too long";
    if (!wrong)
        return NULL;
    exchange->close = true;
    return fault_make(request->arena, PROBLEM_MALFORMED_REQUEST, "%s", wrong);
}

/* OPTIONS on a path that exists, preflight or not: nothing to authenticate, nothing to do. */
static void answer_options(struct exchange *exchange) {
    exchange->request.reply = (struct reply){.status = 204};
    reply_header_add(&exchange->request, "Allow", exchange->match.allow);
}

struct fault *gate_route(struct exchange *exchange) {
    struct request *request = &exchange->request;
    struct match *match = &exchange->match;
    size_t length = strcspn(request->target, "?");
    exchange->query_text = request->target[length] ? request->target + length + 1 : NULL;
    const char *path = arena_copy(request->arena, request->target, length);
    TRY(router_match(exchange->server->router, request->arena, request->method, path, match));
    if (!match->allow)
        return fault_make(request->arena, PROBLEM_NOT_FOUND, "Nothing is served at this path");
    if (!match->routed && strcmp(request->method, "OPTIONS") == 0) {
        answer_options(exchange);
        return NULL;
    }
    if (!match->routed)
        return fault_make(request->arena, PROBLEM_METHOD_NOT_ALLOWED, "This path takes %s", match->allow);
    request->operation = match->routed->route->operation;
    memcpy(request->path_values, match->path_values, sizeof request->path_values);
    return NULL;
}

struct fault *gate_authenticate(struct exchange *exchange) {
    static const char scheme[] = "Bearer ";
    struct request *request = &exchange->request;
    const char *sent = exchange->framing.values[HEADER_AUTHORIZATION];
    if (request->operation->flags & (OPERATION_PUBLIC | OPERATION_SIGNED))
        return NULL; /* a signature needs the body: its lane verifies it before anything else */
    if (!sent)
        return fault_make(request->arena, PROBLEM_UNAUTHENTICATED, "Send a bearer token in Authorization");
    if (strncasecmp(sent, scheme, strlen(scheme)) != 0)
        return fault_make(request->arena, PROBLEM_UNAUTHENTICATED,
                          "Authorization has another scheme than Bearer");
    const char *text = sent + strlen(scheme);
    if (request->operation->flags & OPERATION_LINK) {
        request->token.roles = ROLE_BIT(ROLE_PARTNER_REP);
        request->token.link_hash = sha256_text(request->arena, text, strlen(text));
        return NULL;
    }
    return token_verify(exchange->server->settings.keys, request->arena, text, strlen(text), wall_us(),
                        &request->token);
}

struct fault *gate_role(struct exchange *exchange) {
    const struct request *request = &exchange->request;
    if ((request->operation->flags & (OPERATION_PUBLIC | OPERATION_SIGNED | OPERATION_LINK)) ||
        (request->operation->roles & request->token.roles))
        return NULL;
    return fault_make(request->arena, PROBLEM_INSUFFICIENT_SCOPE, "None of the token's roles may %s",
                      request->operation->name);
}

struct fault *exchange_decode_query(struct exchange *exchange) {
    struct request *request = &exchange->request;
    static const struct shape nothing = {.presence_offset = SHAPE_NO_PRESENCE};
    const struct shape *shape = request->operation->query ? request->operation->query : &nothing;
    struct query_pair *pairs;
    size_t count;
    if (!query_split(request->arena, exchange->query_text, &pairs, &count))
        return fault_make(request->arena, PROBLEM_INVALID_PARAMETER,
                          "The query is not name=value pairs of percent-encoded UTF-8, %d at most",
                          QUERY_PAIRS_MAX);
    request->query = arena_alloc(request->arena, shape->size);
    return query_decode(request->arena, pairs, count, shape, request->query);
}

struct fault *gate_decode(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const struct shape *shape = request->operation->body;
    request->body_bytes = exchange->body;
    request->body_length = (size_t)exchange->body_received;
    if (!request->query)
        TRY(exchange_decode_query(exchange));
    if (!shape || (request->operation->flags & OPERATION_RAW_BODY))
        return NULL;
    /* No body reads as an empty object, so that the answer names every field that is missing. */
    bool absent = exchange->body_received == 0;
    const struct json *value;
    TRY(json_parse(request->arena, absent ? "{}" : exchange->body, absent ? 2 : exchange->body_received,
                   &value));
    request->body = arena_alloc(request->arena, shape->size);
    return json_decode(request->arena, value, shape, request->body);
}

struct fault *gate_lane(struct exchange *exchange) {
    struct request *request = &exchange->request;
    const struct operation *operation = request->operation;
    if (operation->lane == LANE_LOOP) {
        const struct loop_work *work = operation->work;
        work->serve(request);
        return NULL;
    }
    if (lane_put(exchange->server->lanes[operation->lane], request)) {
        exchange->owners++;
        exchange->state = EXCHANGE_ON_LANE;
        return NULL;
    }
    struct fault *fault = fault_make(request->arena, PROBLEM_OVERLOADED, "The queue is full");
    fault->retry_after_s = 1;
    return fault;
}
