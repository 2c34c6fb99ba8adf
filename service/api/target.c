/* Targets: what a class is to close in a period. Each setting is a version; the newest is in force. */
#include "tandem/store/target.h"

#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/period.h"
#include "tandem/http/operation.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void target_write(struct json_out *out, const struct scope *scope, const struct target_row *target) {
    json_object(out, NULL);
    json_add_text(out, "period", target->period);
    json_add_choice(out, "class", report_classes, target->report_class);
    json_add_money(out, "amount", &target->amount);
    json_add_text(out, "amount_basis", scope->amount_basis);
    json_add_integer(out, "version", target->version);
    work_person(out, "set_by", target->person, target->person_name);
    json_add_instant(out, "set_at", target->set_at);
    json_object_end(out);
}

/* -- put_target -- */

struct target_body {
    int report_class;
    struct money amount;
};

static const struct field target_fields[] = {
    {.name = "class",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct target_body, report_class),
     .flags = FIELD_REQUIRED,
     .choices = report_classes},
    {"amount", FIELD_MONEY, offsetof(struct target_body, amount), FIELD_REQUIRED, 1, AMOUNT_MAX},
};
static const struct shape target_shape = {target_fields, COUNT(target_fields), sizeof(struct target_body),
                                          SHAPE_NO_PRESENCE};

static struct fault *put_target_serve(struct call *call) {
    const struct target_body *body = call->request->body;
    const char *period_name = call->request->path_values[0];
    struct target_row target = {0};
    struct period period;
    bool found;
    if (!period_parse(period_name, (int)call->scope.fiscal_start_month, &period))
        return work_not_found(call->arena, "period");
    TRY(target_find(call->db, call->arena, call->scope.tenant_id, period_name, body->report_class, &target,
                    &found));
    TRY(etag_check_put(call->request, found, target.version));
    struct field_faults faults = {.arena = call->arena};
    if (strcmp(body->amount.currency, call->scope.currency) != 0)
        field_fault(&faults, "/amount/currency", "not_reporting_currency", "targets are stated in %s",
                    call->scope.currency);
    TRY(field_faults_fault(&faults));
    TRY(target_insert(call->db, call->arena, call->scope.tenant_id, period_name, body->report_class,
                      target.version + 1, &body->amount));
    int status = found ? 200 : 201;
    TRY(target_find(call->db, call->arena, call->scope.tenant_id, period_name, body->report_class, &target,
                    &found));
    struct json_out out = {.arena = call->arena};
    target_write(&out, &call->scope, &target);
    work_reply(call->request, status, &out, etag_make(call->arena, target.version, call->side, &out));
    return NULL;
}

const struct operation put_target = {
    .name = "put_target",
    .roles = ROLE_BIT(ROLE_CRO) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &target_shape,
    .work = &(const struct call_work){put_target_serve},
};

/* -- list_targets -- */

struct target_query {
    const char *period;
    struct page page;
};

static const struct field query_fields[] = {
    {"period", FIELD_TEXT, offsetof(struct target_query, period), 0, 1, 7},
    PAGE_FIELDS(struct target_query, page),
};
static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct target_query),
                                         SHAPE_NO_PRESENCE};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct target_query *query = request->query;
    struct period period;
    if (query->period && !period_parse(query->period, 1, &period)) { /* names are those of any calendar */
        struct fault *fault = fault_make(request->arena, PROBLEM_INVALID_PARAMETER,
                                         "a period is a quarter (2026-Q4) or a month (2026-11)");
        struct field_faults faults = {.arena = request->arena};
        field_fault(&faults, "?period", "invalid_period", "there is no such period");
        fault->fields = faults.first;
        return fault;
    }
    params[(*count)++] = p_text(query->period);
    return page_bind(request, &query->page, params, count);
}

static struct fault *list_row(struct request *request, const struct scope *scope, const struct rows *rows,
                              size_t index, struct json_out *out) {
    struct target_row target;
    (void)request, (void)scope;
    target_read(rows, index, &target);
    target_write(out, scope, &target);
    return NULL;
}

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct target_query *query = request->query;
    return page_reply(request, scope, &query->page, rows, "key", list_row);
}

const struct operation list_targets = {
    .name = "list_targets",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_target_list, list_bind, list_answer},
};
