/* Each lane's worker is one connection. Reads go out in batches; a write or a report is one transaction. */
#include "tandem/api/lanes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "idempotency.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"

enum { LOCK_TIMEOUT_MS = 2000 };

struct worker {
    struct db *db;
};

static struct scope_request scope_of(const struct request *request) {
    return (struct scope_request){
        .tenant = request->token.tenant,
        .subject = request->token.subject,
        .partner = request->token.partner,
        .partner_side = roles_side(request->token.roles) == SIDE_PARTNER,
        .clock_offset_us = request->clock_offset_us,
    };
}

/* -- opening and closing -- */

static void *worker_open(const struct lanes_settings *settings, const char *lane, unsigned index,
                         int timeout_ms, bool read_only) {
    struct arena *arena = arena_create();
    struct worker *worker = calloc(1, sizeof *worker);
    assert(worker);
    struct db_settings db_settings = {
        .url = settings->database_url,
        .application_name = arena_format(arena, "tandem %s %u", lane, index),
        .statement_timeout_ms = timeout_ms,
        .lock_timeout_ms = LOCK_TIMEOUT_MS,
        .read_only = read_only,
        .prepare = true,
    };
    const struct fault *fault = db_open(arena, &db_settings, &worker->db);
    if (fault) {
        LOG(LOG_ERROR, "cannot open a database connection", LOG_TEXT("lane", lane),
            LOG_TEXT("cause", fault->cause), LOG_TEXT("detail", fault->detail));
        free(worker);
        worker = NULL;
    }
    arena_destroy(arena);
    return worker;
}

static void *read_open(void *context, unsigned index) {
    const struct lanes_settings *settings = context;
    return worker_open(settings, "read", index, settings->write_timeout_ms, true);
}

static void *write_open(void *context, unsigned index) {
    const struct lanes_settings *settings = context;
    return worker_open(settings, "write", index, settings->write_timeout_ms, false);
}

static void *report_open(void *context, unsigned index) {
    const struct lanes_settings *settings = context;
    return worker_open(settings, "report", index, settings->report_timeout_ms, true);
}

static void worker_close(void *context) {
    struct worker *worker = context;
    db_close(worker->db);
    free(worker);
}

/* -- reads -- */

static struct fault *read_prepare(struct db *db, struct request *request, struct db_read *read) {
    const struct read_work *work = request->operation->work;
    int32_t tenant_id;
    TRY(tenant_find(db, request->arena, request->token.tenant, &tenant_id));
    *read = (struct db_read){
        .arena = request->arena,
        .scope_request = scope_of(request),
        .statement = work->statement,
        .params = {p_integer(tenant_id)},
    };
    size_t count = 0;
    if (work->bind)
        TRY(work->bind(request, read->params + 1, &count));
    assert(count < READ_PARAMS_MAX);
    read->param_count = count + 1;
    return NULL;
}

static struct fault *read_answer(struct request *request, const struct db_read *read) {
    const struct read_work *work = request->operation->work;
    if (read->fault)
        return read->fault;
    return work->answer(request, &read->scope, read->rows);
}

static void read_serve(void *context, struct request **requests, size_t count) {
    struct worker *worker = context;
    struct db_read reads[READ_BATCH_MAX];
    struct request *sent[READ_BATCH_MAX];
    size_t sent_count = 0;
    assert(count <= READ_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct fault *fault = read_prepare(worker->db, requests[i], &reads[sent_count]);
        if (fault)
            reply_fault(requests[i], fault);
        else
            sent[sent_count++] = requests[i];
    }
    if (sent_count > 0)
        db_read_batch(worker->db, reads, sent_count);
    for (size_t i = 0; i < sent_count; i++) {
        const struct fault *fault = read_answer(sent[i], &reads[i]);
        if (fault)
            reply_fault(sent[i], fault);
    }
}

/* -- writes and reports -- */

/* Only operations that create or move something keep answers; on others the header means nothing. */
static bool is_keyed(const struct request *request) {
    return request->idempotency_key &&
           (request->operation->flags & (OPERATION_KEYED | OPERATION_KEY_OR_EXTERNAL_ID));
}

static struct fault *enter(struct call *call) {
    const struct request *request = call->request;
    const struct call_work *work = request->operation->work;
    assert(work->enter || !(request->operation->flags & OPERATION_SIGNED));
    if (work->enter)
        return work->enter(call);
    const struct scope_request scope_request = scope_of(request);
    if (request->token.link_hash)
        return scope_enter_by_link(call->db, call->arena, request->token.link_hash, request->clock_offset_us,
                                   &call->scope);
    return scope_enter(call->db, call->arena, &scope_request, &call->scope);
}

/* One run of the operation inside its transaction; may run again after a serialization failure, so it starts afresh. */
static struct fault *call_body(struct db *db, struct arena *arena, void *arg) {
    struct request *request = arg;
    const struct call_work *work = request->operation->work;
    struct call call = {
        .request = request,
        .arena = arena,
        .db = db,
        .roles = request->token.roles,
        .side = roles_side(request->token.roles),
    };
    bool replayed = false;
    request->reply = (struct reply){0};
    TRY(enter(&call));
    if (is_keyed(request))
        TRY(idempotency_begin(&call, &replayed));
    if (replayed)
        return NULL;
    TRY(work->serve(&call));
    assert(request->reply.status != 0);
    if (is_keyed(request))
        TRY(idempotency_record(&call));
    return NULL;
}

static struct fault *write_one(struct worker *worker, struct request *request) {
    enum db_outcome outcome;
    struct fault *fault = db_transaction(worker->db, request->arena, false, call_body, request, &outcome);
    /* COMMIT's answer was lost: with a key the record tells whether it took effect; never rerun blindly. */
    if (fault && outcome == DB_UNKNOWN && is_keyed(request)) {
        enum db_outcome looked;
        return db_transaction(worker->db, request->arena, false, idempotency_recover, request, &looked);
    }
    return fault;
}

static void write_serve(void *context, struct request **requests, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct call_work *work = requests[i]->operation->work;
        const struct fault *fault = write_one(context, requests[i]);
        if (fault)
            reply_fault(requests[i], fault);
        else if (work->committed)
            work->committed();
    }
}

static void report_serve(void *context, struct request **requests, size_t count) {
    struct worker *worker = context;
    for (size_t i = 0; i < count; i++) {
        enum db_outcome outcome;
        const struct fault *fault =
            db_transaction(worker->db, requests[i]->arena, true, call_body, requests[i], &outcome);
        if (fault)
            reply_fault(requests[i], fault);
    }
}

void lanes_make(const struct lanes_settings *settings, struct lane_settings lanes[LANE_COUNT]) {
    union { /* the lane hands the context back unchanged; nobody writes through it */
        const struct lanes_settings *given;
        void *context;
    } shared = {.given = settings};
    const struct lane_settings read = {
        .name = "read",
        .threads = settings->read_threads,
        .queue_depth = settings->queue_depth,
        .batch_max = READ_BATCH_MAX,
        .deadline_us = settings->deadline_us,
        .context = shared.context,
        .open = read_open,
        .serve = read_serve,
        .close = worker_close,
    };
    lanes[LANE_READ] = read;

    lanes[LANE_WRITE] = read;
    lanes[LANE_WRITE].name = "write";
    lanes[LANE_WRITE].threads = settings->write_threads;
    lanes[LANE_WRITE].batch_max = 1;
    lanes[LANE_WRITE].open = write_open;
    lanes[LANE_WRITE].serve = write_serve;

    lanes[LANE_REPORT] = lanes[LANE_WRITE];
    lanes[LANE_REPORT].name = "report";
    lanes[LANE_REPORT].threads = settings->report_threads;
    lanes[LANE_REPORT].open = report_open;
    lanes[LANE_REPORT].serve = report_serve;
}
