/* A request, on one screen: the gates in order, and the calls by which libmicrohttpd brings a request to them. Headers
 * are judged before a byte of the body is kept; the reply is queued on a later call than the first, because a reply
 * queued on the first closes the connection (which is what a refused framing wants). */
#include "tandem/http/server.h"
#include "tandem/base/clock.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#include "daemon.h"
#include "exchange.h"

enum moment { AT_HEADERS, AT_BODY };

static const struct {
    const char *name;
    enum moment moment;
    struct fault *(*pass)(struct exchange *exchange);
} gates[GATE_COUNT] = {
    [GATE_FRAMING] = {"framing", AT_HEADERS, gate_framing},
    [GATE_ROUTE] = {"route", AT_HEADERS, gate_route},
    [GATE_AUTHENTICATE] = {"authenticate", AT_HEADERS, gate_authenticate},
    [GATE_ROLE] = {"role", AT_HEADERS, gate_role},
    [GATE_LIMITS] = {"limits", AT_HEADERS, gate_limits},
    [GATE_DECODE] = {"decode", AT_BODY, gate_decode},
    [GATE_LANE] = {"lane", AT_BODY, gate_lane},
};

const char *gate_name(enum gate gate) {
    return gates[gate].name;
}

static void exchange_refuse(struct exchange *exchange, const struct fault *fault) {
    struct request *request = &exchange->request;
    reply_fault(request, fault);
    if (fault->problem == PROBLEM_METHOD_NOT_ALLOWED)
        reply_header_add(request, "Allow", exchange->match.allow);
    if (fault->problem == PROBLEM_UNSUPPORTED_MEDIA_TYPE &&
        (request->operation->flags & OPERATION_MERGE_PATCH))
        reply_header_add(request, "Accept-Patch", "application/merge-patch+json");
}

/* Walks the gates of this moment until one refuses, answers, or gives the request to a worker, whose it is then. */
static void exchange_admit(struct exchange *exchange, enum moment moment) {
    int64_t before = monotonic_us();
    for (enum gate gate = 0; gate < GATE_COUNT; gate++) {
        if (gates[gate].moment != moment)
            continue;
        if (exchange->request.reply.status != 0)
            return;
        struct fault *fault = gates[gate].pass(exchange);
        int64_t now = monotonic_us();
        exchange->gate_us[gate] = (int32_t)(now - before);
        before = now;
        if (fault) {
            exchange->refused_by = (int)gate;
            exchange_refuse(exchange, fault);
        }
        if (exchange->state == EXCHANGE_ON_LANE)
            return;
    }
}

static void body_keep(struct exchange *exchange, const char *bytes, size_t length) {
    size_t received = (size_t)exchange->body_received, offset = received - length;
    if (received > exchange->body_capacity) {
        size_t capacity = (size_t)exchange->framing.content_length;
        if (capacity < received)
            capacity = received * 2;
        char *body = arena_alloc(exchange->request.arena, capacity + 1);
        if (offset > 0)
            memcpy(body, exchange->body, offset);
        exchange->body = body;
        exchange->body_capacity = capacity;
    }
    memcpy(exchange->body + offset, bytes, length);
}

/* Keeps what the operation may take; what comes after a refusal is read and dropped, so that the sender gets to read
 * the answer and the connection can serve the next request. false: too much to wait for. */
static bool body_take(struct exchange *exchange, const char *bytes, size_t length) {
    uint64_t limit = exchange_body_limit(exchange);
    exchange->body_received += length;
    if (exchange->request.reply.status != 0)
        return exchange->body_received / BODY_DROPPED_FACTOR <= limit;
    struct fault *fault = NULL;
    if (exchange->body_received > limit)
        fault = fault_make(exchange->request.arena, PROBLEM_BODY_TOO_LARGE,
                           "The body may have %llu bytes at most", (unsigned long long)limit);
    else if (exchange->request.body_file >= 0)
        fault = spool_write(exchange, bytes, length);
    else
        body_keep(exchange, bytes, length);
    if (fault) {
        exchange_refuse(exchange, fault);
        exchange->refused_by = GATE_LIMITS;
        exchange->body_received = 0; /* what is dropped is counted from here */
    }
    return true;
}

static enum MHD_Result answer(struct exchange *exchange) {
    return exchange_answer(exchange) ? MHD_YES : MHD_NO;
}

static enum MHD_Result headers_complete(struct exchange *exchange, const char *method, const char *version) {
    exchange->request.method = arena_text(exchange->request.arena, method);
    exchange->version = arena_text(exchange->request.arena, version);
    exchange->state = EXCHANGE_READING;
    exchange_admit(exchange, AT_HEADERS);
    /* More is to come than would be read only to be dropped: the answer leaves now, and the connection ends with it. */
    if (exchange->request.reply.status != 0 &&
        exchange->framing.content_length / BODY_DROPPED_FACTOR > exchange_body_limit(exchange))
        exchange->close = true;
    if (exchange->close)
        return answer(exchange);
    if (exchange->framing.body_follows)
        peer_enter(exchange->peer, PEER_BODY);
    return MHD_YES;
}

static enum MHD_Result body_complete(struct exchange *exchange) {
    exchange_admit(exchange, AT_BODY);
    if (exchange->state != EXCHANGE_ON_LANE)
        return answer(exchange);
    peer_enter(exchange->peer, PEER_SERVED);
    MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

/* libmicrohttpd calls once after the headers, once for every piece of the body, once after it, and again after a
 * suspended connection was resumed. */
enum MHD_Result server_call(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload, size_t *upload_size,
                            void **request_context) {
    (void)context, (void)connection, (void)url;
    struct exchange *exchange = *request_context;
    switch (exchange->state) {
    case EXCHANGE_TARGET: return headers_complete(exchange, method, version);
    case EXCHANGE_READING:
        if (*upload_size == 0)
            return body_complete(exchange);
        if (!body_take(exchange, upload, *upload_size))
            return MHD_NO;
        *upload_size = 0;
        return MHD_YES;
    case EXCHANGE_DECIDED: return answer(exchange);
    case EXCHANGE_ON_LANE:
    case EXCHANGE_ANSWERED: break;
    }
    return MHD_YES;
}
