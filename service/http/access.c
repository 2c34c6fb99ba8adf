/* One line for every request, when its answer has left or its connection is gone. Never a token, never a body. */
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/log.h"
#include "tandem/base/metrics.h"

#include "daemon.h"
#include "exchange.h"

enum { FIELDS_MAX = 32 };

struct line {
    struct log_field fields[FIELDS_MAX];
    unsigned count;
};

static void add_text(struct line *line, const char *name, const char *text) {
    if (text)
        line->fields[line->count++] = LOG_TEXT(name, text);
}

static void add_number(struct line *line, const char *name, int64_t number) {
    line->fields[line->count++] = LOG_NUMBER(name, number);
}

static void count_answer(const struct exchange *exchange, int64_t duration_us) {
    const struct routed *routed = exchange->match.routed;
    int class = exchange->request.reply.status / 100;
    if (!routed || class < 1 || class >= STATUS_CLASSES)
        return;
    histogram_observe_us(routed->duration, duration_us);
    counter_add(routed->answered[class], 1);
}

void access_record(struct exchange *exchange, bool completed) {
    const struct request *request = &exchange->request;
    const struct reply *reply = &request->reply;
    int64_t duration_us = monotonic_us() - exchange->begun_at;
    count_answer(exchange, duration_us);
    if (!exchange->server->settings.access_log)
        return;

    struct line line = {0};
    add_text(&line, "request_id", request->id);
    add_text(&line, "method", request->method);
    add_text(&line, "path", arena_copy(request->arena, request->target, strcspn(request->target, "?")));
    add_text(&line, "operation", request->operation ? request->operation->name : NULL);
    add_number(&line, "status", reply->status);
    add_text(&line, "problem", reply->problem);
    add_text(&line, "cause", reply->cause);
    add_text(&line, "refused_by",
             exchange->refused_by >= 0 ? gate_name((enum gate)exchange->refused_by) : NULL);
    add_text(&line, "tenant", request->token.tenant);
    add_text(&line, "subject", request->token.subject);
    add_text(&line, "trace", request->traceparent);
    add_number(&line, "bytes_in", (int64_t)exchange->body_received);
    add_number(&line, "bytes_out", (int64_t)reply->body_length);
    for (int gate = 0; gate < GATE_COUNT; gate++)
        if (exchange->gate_us[gate] >= 0)
            add_number(&line, arena_format(request->arena, "%s_us", gate_name((enum gate)gate)),
                       exchange->gate_us[gate]);
    if (request->started_at) {
        add_number(&line, "queue_us", request->started_at - request->queued_at);
        add_number(&line, "work_us", request->finished_at - request->started_at);
    }
    add_number(&line, "total_us", duration_us);
    if (!completed)
        add_text(&line, "ended", "connection closed before the answer was sent");
    enum log_level level = reply->status >= 500 ? LOG_ERROR : LOG_INFO;
    log_line(level, "request", line.fields, line.count);
}
