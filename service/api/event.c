/* The feed of published events, oldest first. A reader keeps the number of the last event and asks for what comes after. */
#include "tandem/api/event.h"

#include <stddef.h>

#include "tandem/api/page.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/http/operation.h"

struct event_query {
    int64_t after; /* 0: from the first */
    const char *type, *opportunity_id;
    struct page page;
};

static const struct field query_fields[] = {
    {"after", FIELD_INTEGER, offsetof(struct event_query, after), 0, 0, INT64_C(9007199254740991)},
    {"type", FIELD_TEXT, offsetof(struct event_query, type), 0, 1, 100},
    {"opportunity_id", FIELD_UUID, offsetof(struct event_query, opportunity_id)},
    PAGE_FIELDS(struct event_query, page),
};
static const struct shape query_shape = {query_fields, sizeof query_fields / sizeof *query_fields,
                                         sizeof(struct event_query), SHAPE_NO_PRESENCE};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct event_query *query = request->query;
    const char *after;
    TRY(page_after(request, &query->page, &after));
    params[0] = after ? p_text(after) : p_integer(query->after);
    params[1] = p_text(query->type);
    params[2] = p_text(query->opportunity_id);
    params[3] = p_integer(page_rows(&query->page));
    *count = 4;
    return NULL;
}

static struct fault *list_row(struct request *request, const struct scope *scope, const struct rows *rows,
                              size_t index, struct json_out *out) {
    (void)request, (void)scope;
    return event_write(out, rows, index, SIDE_VENDOR);
}

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct event_query *query = request->query;
    return page_reply(request, scope, &query->page, rows, "number", list_row);
}

const struct operation list_events = {
    .name = "list_events",
    .roles = ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_feed_page, list_bind, list_answer},
};
