/* The reply on the wire: body without a copy, and the headers that every answer carries. */
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tandem/domain/role.h"

#include "daemon.h"
#include "exchange.h"
#include "stream.h"

static const char exposed_headers[] = "ETag, Link, Location, Request-Id, Retry-After, RateLimit, "
                                      "RateLimit-Policy, Idempotent-Replayed, Server-Timing";

static void add(struct MHD_Response *response, const char *name, const char *value) {
    if (value)
        MHD_add_response_header(response, name, value);
}

static bool origin_listed(const struct server_settings *settings, const char *origin) {
    for (size_t i = 0; origin && i < settings->origin_count; i++)
        if (strcmp(settings->origins[i], origin) == 0)
            return true;
    return false;
}

static void add_cors(struct MHD_Response *response, const struct exchange *exchange) {
    const struct server_settings *settings = &exchange->server->settings;
    const char *origin = exchange->framing.values[HEADER_ORIGIN];
    if (settings->origin_count == 0)
        return;
    add(response, "Vary", "Origin");
    if (!origin_listed(settings, origin))
        return;
    add(response, "Access-Control-Allow-Origin", origin);
    if (!exchange->framing.values[HEADER_PREFLIGHT_METHOD]) {
        add(response, "Access-Control-Expose-Headers", exposed_headers);
        return;
    }
    for (const struct reply_header *each = exchange->request.reply.headers; each; each = each->next)
        if (strcmp(each->name, "Allow") == 0)
            add(response, "Access-Control-Allow-Methods", each->value);
    add(response, "Access-Control-Allow-Headers",
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Request-Id, "
        "traceparent");
    add(response, "Access-Control-Max-Age", "600");
}

static void add_rate(struct MHD_Response *response, const struct exchange *exchange) {
    if (!exchange->rate.counted)
        return;
    char text[64];
    snprintf(text, sizeof text, "\"caller\";r=%u;t=%u", exchange->rate.left, exchange->rate.reset_s);
    add(response, "RateLimit", text);
    add(response, "RateLimit-Policy", exchange->server->policy);
}

/* A partner does not learn how long the work took: that could tell a conflict from a clear customer. */
static void add_timing(struct MHD_Response *response, const struct exchange *exchange) {
    const struct request *request = &exchange->request;
    int64_t gates_us = 0;
    for (int gate = 0; gate < GATE_COUNT; gate++)
        gates_us += exchange->gate_us[gate] > 0 ? exchange->gate_us[gate] : 0;
    char text[128];
    int length = snprintf(text, sizeof text, "gates;dur=%.3f", (double)gates_us / 1000);
    if (request->started_at && roles_side(request->token.roles) != SIDE_PARTNER)
        snprintf(text + length, sizeof text - (size_t)length, ", queue;dur=%.3f, work;dur=%.3f",
                 (double)(request->started_at - request->queued_at) / 1000,
                 (double)(request->finished_at - request->started_at) / 1000);
    add(response, "Server-Timing", text);
}

static void add_headers(struct MHD_Response *response, const struct exchange *exchange) {
    const struct reply *reply = &exchange->request.reply;
    if (exchange->refused_by ==
        GATE_FRAMING) { /* nothing of the message is trusted, and there may be no room for more */
        add(response, "Content-Type", reply->content_type);
        add(response, "Request-Id", exchange->request.id);
        add(response, "Connection", "close");
        return;
    }
    bool cache_control = false;
    for (const struct reply_header *each = reply->headers; each; each = each->next) {
        add(response, each->name, each->value);
        cache_control |= strcasecmp(each->name, "Cache-Control") == 0;
    }
    if (reply->body_length > 0 || reply->stream)
        add(response, "Content-Type", reply->content_type ? reply->content_type : "application/json");
    add(response, "ETag", reply->etag);
    add(response, "Request-Id", exchange->request.id);
    add(response, "traceparent", exchange->request.traceparent);
    add(response, "X-Content-Type-Options", "nosniff");
    if (!cache_control)
        add(response, "Cache-Control", "no-store");
    add_rate(response, exchange);
    add_cors(response, exchange);
    add_timing(response, exchange);
    if (exchange->close || exchange->server->draining)
        add(response, "Connection", "close");
}

bool exchange_answer(struct exchange *exchange) {
    const struct reply *reply = &exchange->request.reply;
    /* The bytes are the arena's, which outlives the answer; libmicrohttpd's type wants them writable. */
    union {
        const char *given;
        void *taken;
    } body = {.given = reply->body_length > 0 ? reply->body : ""};
    struct stream *stream = exchange->request.reply.stream;
    struct MHD_Response *response =
        stream ? stream_response(exchange->server, stream, exchange->connection, exchange->peer->descriptor)
               : MHD_create_response_from_buffer(reply->body_length, body.taken, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return false;
    add_headers(response, exchange);
    exchange->request.reply.stream = NULL; /* the response's now */
    exchange->state = EXCHANGE_ANSWERED;
    peer_enter(exchange->peer, PEER_SERVED);
    enum MHD_Result queued = MHD_queue_response(exchange->connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    return queued == MHD_YES;
}
