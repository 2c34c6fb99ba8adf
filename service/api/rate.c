/* Rates of other currencies: what the forecast states deals by. Each setting is a version; the newest is in force. */
#include "tandem/store/rate.h"

#include <string.h>

#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"
#include "tandem/domain/rate.h"
#include "tandem/http/operation.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void rate_write(struct json_out *out, const void *item) {
    const struct rate_row *rate = item;
    json_object(out, NULL);
    json_add_text(out, "currency", rate->currency);
    json_add_date(out, "date", rate->rated_on);
    json_add_text(out, "rate", rate->rate);
    json_add_integer(out, "version", rate->version);
    work_person(out, "set_by", rate->person, rate->person_name);
    json_add_instant(out, "set_at", rate->set_at);
    json_object_end(out);
}

/* -- put_rate -- */

struct rate_body {
    const char *rate;
};

static const struct field rate_fields[] = {
    {"rate", FIELD_TEXT, offsetof(struct rate_body, rate), FIELD_REQUIRED, 1, 20},
};

static void rate_body_check(struct arena *arena, const void *value, struct field_faults *faults) {
    (void)arena;
    rate_check(((const struct rate_body *)value)->rate, faults);
}

static const struct shape rate_shape = {.fields = rate_fields,
                                        .field_count = COUNT(rate_fields),
                                        .size = sizeof(struct rate_body),
                                        .presence_offset = SHAPE_NO_PRESENCE,
                                        .check = rate_body_check};

static struct fault *put_rate_serve(struct call *call) {
    const struct rate_body *body = call->request->body;
    const char *const *path = call->request->path_values;
    struct rate_row rate = {0};
    int32_t rated_on;
    bool found;
    if (currency_exponent(path[0]) < 0)
        return work_not_found(call->arena, "currency");
    if (!date_parse(path[1], &rated_on))
        return work_not_found(call->arena, "date");
    TRY(rate_find(call->db, call->arena, call->scope.tenant_id, path[0], rated_on, &rate, &found));
    TRY(etag_check_put(call->request, found, rate.version));
    struct field_faults faults = {.arena = call->arena};
    rate_currency_check(path[0], call->scope.currency, &faults);
    TRY(field_faults_fault(&faults));
    const struct rate_row next = {
        .currency = path[0], .rated_on = rated_on, .rate = body->rate, .version = rate.version + 1};
    TRY(rate_insert(call->db, call->arena, call->scope.tenant_id, &next,
                    currency_exponent(call->scope.currency) - currency_exponent(path[0])));
    int status = found ? 200 : 201;
    TRY(rate_find(call->db, call->arena, call->scope.tenant_id, path[0], rated_on, &rate, &found));
    struct json_out out = {.arena = call->arena};
    rate_write(&out, &rate);
    work_reply(call->request, status, &out, etag_make(call->arena, rate.version, call->side, &out));
    return NULL;
}

const struct operation put_rate = {
    .name = "put_rate",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &rate_shape,
    .work = &(const struct call_work){put_rate_serve},
};

/* -- list_rates -- */

struct rate_query {
    const char *currency;
    struct page page;
};

static const struct field query_fields[] = {
    {"currency", FIELD_TEXT, offsetof(struct rate_query, currency), 0, 3, 3},
    PAGE_FIELDS(struct rate_query, page),
};
static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct rate_query),
                                         SHAPE_NO_PRESENCE};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct rate_query *query = request->query;
    params[(*count)++] = p_text(query->currency);
    return page_bind(request, &query->page, params, count);
}

static const struct page_item rate_item = {"key", sizeof(struct rate_row), rate_read, rate_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct rate_query *query = request->query;
    (void)scope;
    return page_reply_items(request, &query->page, rows, &rate_item);
}

const struct operation list_rates = {
    .name = "list_rates",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_rate_list, list_bind, list_answer},
};
