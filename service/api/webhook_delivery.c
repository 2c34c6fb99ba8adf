/* Deliveries as the owner of an endpoint sees them: a test on demand, what was tried and what came of it, and once more. */
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/webhook.h"
#include "tandem/http/operation.h"
#include "tandem/store/webhook.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROLES_WEBHOOK (ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_PRM_PORTAL))

static struct fault *locked(struct call *call, int64_t *key, int *state) {
    TRY(webhook_lock(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], key,
                     state));
    return *key ? NULL : work_not_found(call->arena, "webhook endpoint");
}

/* -- send_test_event -- */

struct test_body {
    const char *note;
};
static const struct field test_fields[] = {
    {"note", FIELD_TEXT, offsetof(struct test_body, note), FIELD_REQUIRED, 1, 200},
};
static const struct shape test_shape = {test_fields, COUNT(test_fields), sizeof(struct test_body),
                                        SHAPE_NO_PRESENCE};

static struct fault *test_serve(struct call *call) {
    const struct test_body *body = call->request->body;
    const char *delivery;
    int64_t key;
    int state;
    TRY(locked(call, &key, &state));
    TRY(webhook_test(call->db, call->arena, call->scope.tenant_id, key, body->note, &delivery));
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_text(&out, "delivery_id", delivery);
    json_object_end(&out);
    work_reply(call->request, 202, &out, NULL);
    return NULL;
}

const struct operation send_test_event = {
    .name = "send_test_event",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &test_shape,
    .work = &(const struct call_work){test_serve},
};

/* -- redeliver -- */

struct redeliver_body {
    struct text_list deliveries;
};
static const struct field redeliver_fields[] = {
    {"delivery_ids", FIELD_TEXTS, offsetof(struct redeliver_body, deliveries), FIELD_REQUIRED, 1, 100},
};

static void redeliver_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct redeliver_body *body = value;
    delivery_ids_check(arena, &body->deliveries, faults);
}

static const struct shape redeliver_shape = {redeliver_fields, COUNT(redeliver_fields),
                                             sizeof(struct redeliver_body), SHAPE_NO_PRESENCE,
                                             redeliver_check};

static struct fault *redeliver_serve(struct call *call) {
    const struct redeliver_body *body = call->request->body;
    int64_t key;
    int state;
    size_t count;
    TRY(locked(call, &key, &state));
    TRY(redeliver_verdict(call->arena, state));
    TRY(delivery_again(call->db, call->arena, call->scope.tenant_id, key, &body->deliveries, &count));
    if (count < body->deliveries.count)
        return work_not_found(call->arena, "delivery to this endpoint");
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_integer(&out, "count", (int64_t)count);
    json_object_end(&out);
    work_reply(call->request, 202, &out, NULL);
    return NULL;
}

const struct operation redeliver = {
    .name = "redeliver",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &redeliver_shape,
    .work = &(const struct call_work){redeliver_serve},
};

/* -- list_deliveries -- */

struct delivery_query {
    int state;
    struct page page;
};
static const struct field query_fields[] = {
    {"state", FIELD_CHOICE, offsetof(struct delivery_query, state), .choices = delivery_states},
    PAGE_FIELDS(struct delivery_query, page),
};
static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct delivery_query),
                                         SHAPE_NO_PRESENCE};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct delivery_query *query = request->query;
    params[(*count)++] = p_text(request->path_values[0]);
    params[(*count)++] = p_choice(query->state);
    return page_bind(request, &query->page, params, count);
}

struct delivery_times {
    int64_t created_at, finished_at, due_at;
    int state;
};
static const struct column time_columns[] = {
    {"created_at", COLUMN_INSTANT, offsetof(struct delivery_times, created_at)},
    {"finished_at", COLUMN_INSTANT, offsetof(struct delivery_times, finished_at)},
    {"due_at", COLUMN_INSTANT, offsetof(struct delivery_times, due_at)},
    {"state", COLUMN_CHOICE, offsetof(struct delivery_times, state)},
};

struct attempt {
    int64_t attempted_at, status, duration_ms;
    const char *error;
};
static const struct column attempt_columns[] = {
    {"attempted_at", COLUMN_INSTANT, offsetof(struct attempt, attempted_at)},
    {"status", COLUMN_INTEGER, offsetof(struct attempt, status)},
    {"duration_ms", COLUMN_INTEGER, offsetof(struct attempt, duration_ms)},
    {"error", COLUMN_TEXT, offsetof(struct attempt, error)},
};

static void attempts_write(struct json_out *out, const struct rows *attempts) {
    json_array(out, "attempts");
    for (size_t i = 0; i < rows_count(attempts); i++) {
        struct attempt attempt;
        rows_read(attempts, i, attempt_columns, COUNT(attempt_columns), &attempt);
        json_object(out, NULL);
        json_add_instant(out, "attempted_at", attempt.attempted_at);
        if (attempt.status)
            json_add_integer(out, "status", attempt.status);
        else
            json_add_null(out, "status");
        json_add_text(out, "error", attempt.error);
        json_add_integer(out, "duration_ms", attempt.duration_ms);
        json_object_end(out);
    }
    json_array_end(out);
}

static struct fault *list_row(struct request *request, const struct scope *scope, const struct rows *rows,
                              size_t index, struct json_out *out) {
    struct delivery_times times;
    (void)request, (void)scope;
    rows_read(rows, index, time_columns, COUNT(time_columns), &times);
    json_object(out, NULL);
    json_add_text(out, "delivery_id", rows_text(rows, index, "id"));
    json_add_text(out, "event_id", rows_text(rows, index, "event"));
    json_add_text(out, "type", rows_text(rows, index, "type"));
    json_add_text(out, "opportunity_id", rows_text(rows, index, "opportunity"));
    json_add_choice(out, "state", delivery_states, times.state);
    json_add_instant(out, "due_at", times.due_at);
    json_add_instant(out, "created_at", times.created_at);
    json_add_instant(out, "finished_at", times.finished_at);
    attempts_write(out, rows_inside(request->arena, rows, index, "attempts"));
    json_object_end(out);
    return NULL;
}

/* An endpoint without a delivery is one row without an id. */
static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct delivery_query *query = request->query;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "webhook endpoint");
    if (rows_text(rows, 0, "id"))
        return page_reply(request, scope, &query->page, rows, "id", list_row);
    struct json_out out = {.arena = request->arena};
    page_begin(&out);
    page_end_whole(request, &out);
    return NULL;
}

const struct operation list_deliveries = {
    .name = "list_deliveries",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_delivery_list, list_bind, list_answer},
};
