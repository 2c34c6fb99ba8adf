/* Reading deals: one, and pages of them, newest first. */
#include <string.h>

#include "opportunity_filter.h"
#include "tandem/api/etag.h"
#include "tandem/api/opportunity.h"
#include "tandem/api/page.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/http/operation.h"

static struct fault *get_bind(const struct request *request, struct param *params, size_t *count) {
    params[0] = p_text(request->path_values[0]);
    *count = 1;
    return NULL;
}

static struct fault *get_answer(struct request *request, const struct scope *scope, const struct rows *rows) {
    (void)scope;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "opportunity");
    enum side side = roles_side(request->token.roles);
    struct opportunity_row row;
    struct json_out out = {.arena = request->arena};
    opportunity_read(request->arena, rows, 0, &row);
    opportunity_write(&out, NULL, &row, side);
    work_reply(request, 200, &out, etag_make(request->arena, row.version, side, &out));
    return NULL;
}

const struct operation get_opportunity = {
    .name = "get_opportunity",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_opportunity_by_id, get_bind, get_answer},
};

const struct choice listed_flags[] = {{"grandfathered", 1}, {"backdated", 2}, {"closed_outside_gates", 3},
                                      {"divergent", 4},     {"undated", 5},   {NULL}};

struct list_query {
    struct page page;
    struct opportunity_filter filter;
};

static const struct field list_fields[] = {
    PAGE_FIELDS(struct list_query, page),
    OPPORTUNITY_FILTER_FIELDS(struct list_query, filter),
};

static const struct shape list_shape = {
    .fields = list_fields,
    .field_count = sizeof list_fields / sizeof *list_fields,
    .size = sizeof(struct list_query),
    .presence_offset = SHAPE_NO_PRESENCE,
};

/* The first page follows what no id reaches. */
static const char AFTER_ALL[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

void opportunity_page_bind(const struct opportunity_filter *filter, const char *after, int64_t rows,
                           struct param params[OPPORTUNITY_PAGE_PARAMS]) {
    const struct param all[OPPORTUNITY_PAGE_PARAMS] = {
        p_text(after ? after : AFTER_ALL),
        p_choice(filter->status),
        p_choice(filter->attribution),
        p_text(filter->owner),
        p_text(filter->partner),
        p_instant(filter->updated_since),
        p_integer(rows),
        p_choice(filter->flag),
    };
    memcpy(params, all, sizeof all);
}

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct list_query *query = request->query;
    const char *after;
    TRY(page_after(request, &query->page, &after));
    opportunity_page_bind(&query->filter, after, page_rows(&query->page), params);
    *count = OPPORTUNITY_PAGE_PARAMS;
    return NULL;
}

static struct fault *list_row(struct request *request, const struct scope *scope, const struct rows *rows,
                              size_t index, struct json_out *out) {
    (void)scope;
    struct opportunity_row row;
    opportunity_read(request->arena, rows, index, &row);
    opportunity_write(out, NULL, &row, roles_side(request->token.roles));
    return NULL;
}

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct list_query *query = request->query;
    return page_reply(request, scope, &query->page, rows, "id", list_row);
}

const struct operation list_opportunities = {
    .name = "list_opportunities",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_READ,
    .query = &list_shape,
    .work = &(const struct read_work){SQL_opportunity_page, list_bind, list_answer},
};
