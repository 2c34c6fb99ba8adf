/* The plain pages: alive, ready, metrics. */
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/json_out.h"
#include "tandem/base/metrics.h"
#include "tandem/http/loop.h"
#include "tandem/http/operation.h"
#include "tandem/http/token.h"

#include "daemon.h"
#include "exchange.h"

static void reply_status(struct request *request, int status, const char *state, const char *reason) {
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_add_text(&out, "status", state);
    if (reason)
        json_add_text(&out, "reason", reason);
    json_object_end(&out);
    const char *body = json_out_text(&out);
    reply_json(request, status, body, out.length);
}

static void serve_livez(struct request *request) {
    static const char alive[] = "{\"status\":\"alive\"}";
    reply_json(request, 200, alive, sizeof alive - 1);
}

static void serve_readyz(struct request *request) {
    const struct server *server = exchange_of(request)->server;
    const struct server_settings *settings = &server->settings;
    const char *reason = "draining";
    bool ready = !server->draining && (!settings->ready || settings->ready(settings->ready_context, &reason));
    if (ready && settings->keys && !token_keys_ready(settings->keys)) {
        ready = false;
        reason = "the issuer's keys have not been fetched yet";
    }
    reply_status(request, ready ? 200 : 503, ready ? "ready" : "not_ready", ready ? NULL : reason);
    if (!ready)
        reply_header_add(request, "Retry-After", "1");
}

static void serve_metrics(struct request *request) {
    const char *text = metrics_text(request->arena);
    reply_json(request, 200, text, strlen(text));
    request->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
}

const struct loop_work livez_work = {serve_livez};
const struct loop_work readyz_work = {serve_readyz};
const struct loop_work metrics_work = {serve_metrics};
