/* get_coverage: open, eligible, sourced pipeline against the target, for a period and the one after it: recruiting
 * cannot mend a quarter of which two weeks are left. */
#include "forecast.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/http/operation.h"
#include "tandem/store/policy.h"

enum { COVERAGE_PERIODS = 2 };

/* "" is a ratio that cannot be formed. */
static void ratio_write(struct json_out *out, const char *name, const char *ratio) {
    json_add_text(out, name, *ratio ? ratio : NULL);
}

static void period_write(struct json_out *out, const struct scope *scope, const struct period *period,
                         const struct forecast_coverage *covered) {
    const struct coverage *coverage = &covered->coverage;
    json_object(out, NULL);
    json_add_text(out, "period", period->name);
    if (covered->has_target)
        forecast_amount_write(out, "target", scope, covered->target_minor);
    else
        json_add_null(out, "target");
    forecast_amount_write(out, "open", scope, covered->open_minor);
    forecast_amount_write(out, "closed_won", scope, covered->closed_won_minor);
    json_object(out, "grandfathered");
    json_add_integer(out, "count", covered->grandfathered.count);
    forecast_amount_write(out, "amount", scope, covered->grandfathered.amount_minor);
    json_object_end(out);
    ratio_write(out, "gross_ratio", coverage->gross_ratio);
    ratio_write(out, "remaining_ratio", coverage->remaining_ratio);
    json_add_choice(out, "state", coverage_states, (int)coverage->state);
    if (coverage->push == PUSH_NONE)
        json_add_null(out, "push");
    else
        json_add_choice(out, "push", coverage_pushes, (int)coverage->push);
    json_add_null(out, "needed_for_80");
    json_add_integer(out, "weeks_left", period_weeks_left(period, scope->today));
    json_add_null(out, "trend");
    json_add_text(out, "href", arena_format(out->arena, "/v1/forecast?period=%s", period->name));
    json_object_end(out);
}

static void unavailable_write(struct json_out *out) {
    json_object(out, "unavailable");
    for (int i = 0; i < COVERAGE_PERIODS; i++) {
        json_add_text(out, arena_format(out->arena, "/periods/%d/needed_for_80", i),
                      "the distribution of the period's outcome is not measured yet");
        json_add_text(out, arena_format(out->arena, "/periods/%d/trend", i),
                      "weekly snapshots are not kept yet");
    }
    json_object_end(out);
}

struct coverage_query {
    const char *period; /* NULL: the current fiscal quarter */
};

static const struct field query_fields[] = {
    {.name = "period", .kind = FIELD_TEXT, .offset = offsetof(struct coverage_query, period)},
};
static const struct shape query_shape = {.fields = query_fields,
                                         .field_count = sizeof query_fields / sizeof *query_fields,
                                         .size = sizeof(struct coverage_query),
                                         .presence_offset = SHAPE_NO_PRESENCE};

static struct fault *get_coverage_serve(struct call *call) {
    const struct coverage_query *query = call->request->query;
    int start_month = (int)call->scope.fiscal_start_month;
    struct period period = period_containing(call->scope.today, PERIOD_QUARTER, start_month);
    struct policy policy;
    if (query->period)
        TRY(forecast_period(call, query->period, &period));
    TRY(policy_find(call->db, call->arena, call->scope.tenant_id, &policy));
    struct rate_used *rates;
    size_t rate_count;
    TRY(rates_current(call->db, call->arena, call->scope.tenant_id, &rates, &rate_count));
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_array(&out, "periods");
    for (int i = 0; i < COVERAGE_PERIODS; i++, period = period_next(&period, start_month)) {
        struct forecast forecast;
        struct forecast_coverage covered;
        TRY(forecast_total(call, &period, &policy, 1u << ATTRIBUTION_SOURCED, &forecast));
        TRY(forecast_covered(call, &period, &policy, &forecast, &covered));
        period_write(&out, &call->scope, &period, &covered);
    }
    json_array_end(&out);
    json_add_instant(&out, "as_of", call->scope.now_at);
    json_add_text(&out, "amount_basis", call->scope.amount_basis);
    forecast_rates_write(&out, rates, rate_count);
    json_add_integer(&out, "policy_version", policy.version);
    unavailable_write(&out);
    json_object_end(&out);
    work_reply(call->request, 200, &out, NULL);
    return NULL;
}

const struct operation get_coverage = {
    .name = "get_coverage",
    .roles = ROLES_VENDOR | ROLE_BIT(ROLE_READER),
    .lane = LANE_REPORT,
    .query = &query_shape,
    .work = &(const struct call_work){get_coverage_serve},
};
