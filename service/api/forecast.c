/* get_forecast: totals of one period, read in one snapshot. PostgreSQL groups, the domain judges, forecast_answer.c
 * writes. */
#include "forecast.h"

#include <assert.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/http/operation.h"
#include "tandem/store/policy.h"
#include "tandem/store/target.h"

enum { CLOSE_RATE_QUARTERS = 4 };

struct fault *forecast_period(const struct call *call, const char *text, struct period *period) {
    if (period_parse(text, (int)call->scope.fiscal_start_month, period))
        return NULL;
    struct field_faults faults = {.arena = call->arena};
    field_fault(&faults, "?period", "invalid_period",
                "Must be a fiscal quarter (2026-Q4) or a month (2026-11).");
    struct fault *fault = fault_make(call->arena, PROBLEM_INVALID_PARAMETER, "1 query parameter is bad");
    fault->fields = faults.first;
    return fault;
}

struct fault *forecast_overflow(struct arena *arena) {
    return fault_make(arena, PROBLEM_AMOUNT_OVERFLOW,
                      "a total of the period leaves the range in which amounts are exact");
}

struct fault *forecast_total(struct call *call, const struct period *period, const struct policy *policy,
                             unsigned claim_values, struct forecast *forecast) {
    struct forecast_group *groups;
    size_t count;
    TRY(forecast_groups(call->db, call->arena, call->scope.tenant_id, period, policy, claim_values, &groups,
                        &count));
    *forecast = (struct forecast){0};
    for (size_t i = 0; i < count; i++)
        if (!forecast_add(forecast, &groups[i]))
            return forecast_overflow(call->arena);
    assert(forecast_check(forecast));
    return NULL;
}

struct fault *forecast_covered(struct call *call, const struct period *period, const struct policy *policy,
                               const struct forecast *forecast, struct forecast_coverage *covered) {
    const struct forecast_class *sourced = &forecast->classes[CLASS_SOURCED];
    struct target_row target = {0};
    bool found;
    TRY(target_find(call->db, call->arena, call->scope.tenant_id, period->name, CLASS_SOURCED, &target,
                    &found));
    *covered = (struct forecast_coverage){
        .has_target = found && strcmp(target.amount.currency, call->scope.currency) == 0,
        .target_minor = target.amount.amount_minor,
        .open_minor = sourced->eligible.amount_minor,
        .closed_won_minor = sourced->closed_won.amount_minor,
        .grandfathered = sourced->grandfathered,
    };
    covered->coverage = coverage_assess(covered->open_minor, covered->has_target, covered->target_minor,
                                        covered->closed_won_minor, policy->coverage_lower_percent,
                                        policy->coverage_upper_percent);
    return NULL;
}

/* Sourced deals that were closed in the last four whole fiscal quarters. */
static struct fault *close_rate_find(struct call *call, struct headline *headline) {
    int start_month = (int)call->scope.fiscal_start_month;
    const struct period now = period_containing(call->scope.today, PERIOD_QUARTER, start_month);
    const struct period first = period_shift(&now, -CLOSE_RATE_QUARTERS, start_month);
    struct forecast_group *groups;
    size_t count;
    TRY(forecast_outcomes(call->db, call->arena, call->scope.tenant_id, first.first_on, now.first_on - 1,
                          &groups, &count));
    for (size_t i = 0; i < count; i++)
        if (deal_assess(&groups[i].signals).report_class == CLASS_SOURCED) {
            *(groups[i].signals.status == DEAL_WON ? &headline->won : &headline->lost) += groups[i].count;
            headline->closed_grandfathered += groups[i].grandfathered ? groups[i].count : 0;
        }
    return NULL;
}

static struct fault *divergences_find(struct call *call, const struct period *period,
                                      const struct policy *policy, struct forecast_answer *answer) {
    struct divergent_deal *deals;
    size_t count, found = 0;
    TRY(forecast_divergent(call->db, call->arena, call->scope.tenant_id, period, &deals, &count));
    struct forecast_divergence *divergences = arena_alloc(call->arena, count * sizeof *divergences);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(deals[i].partner, deals[i - 1].partner) != 0)
            divergences[found++] = (struct forecast_divergence){deals[i].partner, deals[i].partner_name, {0}};
        if (!divergence_add(&divergences[found - 1].sum, &deals[i].group, policy->probability_bp))
            return forecast_overflow(call->arena);
    }
    answer->divergences = divergences;
    answer->divergence_count = found;
    return NULL;
}

static struct fault *headline_make(struct call *call, const struct period *period,
                                   const struct forecast_coverage *covered,
                                   const struct forecast_drivers *drivers, const char **text) {
    struct headline headline = {
        .period = period->name,
        .currency = call->scope.currency,
        .amount_basis = call->scope.amount_basis,
        .open_minor = covered->open_minor,
        .grandfathered = covered->grandfathered.count,
        .coverage_state = choice_name(coverage_states, (int)covered->coverage.state),
        .remaining_ratio = covered->coverage.remaining_ratio,
    };
    for (size_t i = 0; i < drivers->count; i++)
        headline.deals[i] = drivers->items[i].deal.name;
    TRY(close_rate_find(call, &headline));
    *text = forecast_headline(call->arena, &headline);
    return NULL;
}

struct forecast_query {
    const char *period;
    int rollup; /* -1: individual */
};

static const struct field query_fields[] = {
    {.name = "period",
     .kind = FIELD_TEXT,
     .offset = offsetof(struct forecast_query, period),
     .flags = FIELD_REQUIRED},
    {.name = "rollup",
     .kind = FIELD_CHOICE,
     .offset = offsetof(struct forecast_query, rollup),
     .choices = forecast_rollups},
};
static const struct shape query_shape = {.fields = query_fields,
                                         .field_count = sizeof query_fields / sizeof *query_fields,
                                         .size = sizeof(struct forecast_query),
                                         .presence_offset = SHAPE_NO_PRESENCE};

static struct fault *get_forecast_serve(struct call *call) {
    const struct forecast_query *query = call->request->query;
    struct period period;
    struct policy policy;
    struct forecast forecast;
    struct forecast_coverage covered;
    struct forecast_drivers drivers;
    struct rate_used *rates;
    struct forecast_answer answer = {
        .scope = &call->scope,
        .period = &period,
        .policy = &policy,
        .forecast = &forecast,
        .drivers = &drivers,
        .rollup = query->rollup == -1 ? FORECAST_INDIVIDUAL : (enum forecast_rollup)query->rollup,
    };
    TRY(forecast_period(call, query->period, &period));
    TRY(policy_find(call->db, call->arena, call->scope.tenant_id, &policy));
    TRY(forecast_total(call, &period, &policy, FIGURE_CLAIM_VALUES_ALL, &forecast));
    TRY(forecast_covered(call, &period, &policy, &forecast, &covered));
    TRY(forecast_drivers_find(call, &period, &policy, &drivers));
    TRY(headline_make(call, &period, &covered, &drivers, &answer.headline));
    TRY(divergences_find(call, &period, &policy, &answer));
    answer.has_target = covered.has_target;
    TRY(rates_current(call->db, call->arena, call->scope.tenant_id, &rates, &answer.rate_count));
    answer.rates = rates;
    struct json_out out = {.arena = call->arena};
    TRY(forecast_write(&out, &answer));
    work_reply(call->request, 200, &out, NULL);
    return NULL;
}

const struct operation get_forecast = {
    .name = "get_forecast",
    .roles = ROLES_VENDOR | ROLE_BIT(ROLE_READER),
    .lane = LANE_REPORT,
    .query = &query_shape,
    .work = &(const struct call_work){get_forecast_serve},
};
