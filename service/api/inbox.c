/* The inbox as people see it: what came, what became of it, and another try for what was parked. */
#include "tandem/store/inbox.h"

#include "tandem/api/crm.h"
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/crm_event.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *reason_text(struct arena *arena, const struct inbox_shown *event) {
    const char *why = crm_reason_words(event->reason).why;
    return why && event->detail ? arena_format(arena, "%s: %s", why, event->detail) : why;
}

static void event_write(struct json_out *out, const void *item) {
    const struct inbox_shown *event = item;
    json_object(out, NULL);
    json_add_text(out, "event_id", event->id);
    json_add_text(out, "source_id", event->source_id);
    json_add_text(out, "source", event->source);
    json_add_choice(out, "form", crm_forms, event->form);
    json_add_text(out, "dedupe_key", event->dedupe_key);
    json_add_choice(out, "state", inbox_states, event->state);
    json_add_choice(out, "reason_code", crm_reasons, event->reason);
    json_add_text(out, "problem", event->problem);
    json_add_text(out, "reason", reason_text(out->arena, event));
    json_add_text(out, "remedy", crm_reason_words(event->reason).remedy);
    json_add_integer(out, "attempts", event->attempts);
    json_add_raw(out, "payload", event->payload);
    json_add_instant(out, "received_at", event->received_at);
    json_add_instant(out, "settled_at", event->settled_at);
    json_object_end(out);
}

/* -- list_inbox -- */

struct inbox_query {
    int state;
    const char *source_id;
    struct page page;
};

static const struct field query_fields[] = {
    {"state", FIELD_CHOICE, offsetof(struct inbox_query, state), .choices = inbox_states},
    {"source_id", FIELD_UUID, offsetof(struct inbox_query, source_id)},
    PAGE_FIELDS(struct inbox_query, page),
};
static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct inbox_query),
                                         SHAPE_NO_PRESENCE};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct inbox_query *query = request->query;
    params[(*count)++] = p_choice(query->state);
    params[(*count)++] = p_text(query->source_id);
    return page_bind(request, &query->page, params, count);
}

static const struct page_item event_item = {"id", sizeof(struct inbox_shown), inbox_read, event_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct inbox_query *query = request->query;
    (void)scope;
    return page_reply_items(request, &query->page, rows, &event_item);
}

const struct operation list_inbox = {
    .name = "list_inbox",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_inbox_page, list_bind, list_answer},
};

/* -- retry_event -- */

static struct fault *retry_serve(struct call *call) {
    const char *id = call->request->path_values[0];
    struct inbox_shown event;
    bool found;
    TRY(inbox_find(call->db, call->arena, call->scope.tenant_id, id, &found, &event));
    if (!found)
        return work_not_found(call->arena, "event");
    TRY(inbox_retry_verdict(call->arena, event.state));
    TRY(inbox_retry(call->db, call->arena, call->scope.tenant_id, id));
    TRY(inbox_find(call->db, call->arena, call->scope.tenant_id, id, &found, &event));
    struct json_out out = {.arena = call->arena};
    event_write(&out, &event);
    work_reply(call->request, 202, &out, NULL);
    return NULL;
}

const struct operation retry_event = {
    .name = "retry_event",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .work = &(const struct call_work){.serve = retry_serve, .committed = crm_ring},
};
