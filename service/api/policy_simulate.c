/* simulate_policy: the forecast of a period as it is, and as it would be under other probabilities, freshness and coverage
 * bounds. The same totals are taken twice in one snapshot; nothing is written. */
#include "forecast.h"
#include "policy.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/http/operation.h"
#include "tandem/store/policy.h"

struct simulation_body {
    const char *period;
    struct policy_members_body policy;
};

static const struct field simulation_fields[] = {
    {"period", FIELD_TEXT, offsetof(struct simulation_body, period), FIELD_REQUIRED, 1, 7},
    {.name = "policy",
     .kind = FIELD_OBJECT,
     .offset = offsetof(struct simulation_body, policy),
     .flags = FIELD_REQUIRED,
     .shape = &policy_members_shape},
};
static const struct shape simulation_shape = {.fields = simulation_fields,
                                              .field_count =
                                                  sizeof simulation_fields / sizeof *simulation_fields,
                                              .size = sizeof(struct simulation_body),
                                              .presence_offset = SHAPE_NO_PRESENCE};

/* One policy and what follows from it. */
struct outcome {
    struct policy policy;
    struct forecast forecast;
    struct forecast_coverage covered;
};

static struct fault *outcome_find(struct call *call, const struct period *period, struct outcome *outcome) {
    TRY(policy_propose(call->db, call->arena, &outcome->policy));
    TRY(forecast_total(call, period, &outcome->policy, FIGURE_CLAIM_VALUES_ALL, &outcome->forecast));
    return forecast_covered(call, period, &outcome->policy, &outcome->forecast, &outcome->covered);
}

static void band_members_write(struct json_out *out, const char *name, const struct scope *scope,
                               const struct forecast_band *band) {
    json_object(out, name);
    json_add_integer(out, "count", band->count);
    forecast_amount_write(out, "amount", scope, band->amount_minor);
    forecast_amount_write(out, "weighted", scope, band->weighted_minor);
    json_object_end(out);
}

/* Both, and proposed less present. A figure that is not weighted carries its amount in full. */
static struct fault *change_write(struct json_out *out, const char *name, const struct scope *scope,
                                  const struct forecast_band *present, const struct forecast_band *proposed) {
    struct forecast_band difference = *proposed;
    difference.count -= present->count;
    if (!amount_add(&difference.amount_minor, -present->amount_minor) ||
        !amount_add(&difference.weighted_minor, -present->weighted_minor))
        return forecast_overflow(out->arena);
    if (name)
        json_object(out, name);
    band_members_write(out, "present", scope, present);
    band_members_write(out, "proposed", scope, proposed);
    band_members_write(out, "difference", scope, &difference);
    if (name)
        json_object_end(out);
    return NULL;
}

static struct forecast_band band_of(struct forecast_cell cell) {
    return (struct forecast_band){cell.count, cell.amount_minor, 0};
}

static struct fault *withheld_write(struct json_out *out, const struct scope *scope,
                                    const struct forecast_class *present,
                                    const struct forecast_class *proposed) {
    json_array(out, "withheld");
    for (enum withheld_rule rule = WITHHELD_NOT + 1; rule < WITHHELD_COUNT; rule++) {
        const struct forecast_band before = band_of(forecast_withheld_by(present, rule));
        const struct forecast_band after = band_of(forecast_withheld_by(proposed, rule));
        if (!before.count && !after.count)
            continue;
        json_object(out, NULL);
        json_add_choice(out, "rule", withheld_rules, (int)rule);
        TRY(change_write(out, NULL, scope, &before, &after));
        json_object_end(out);
    }
    json_array_end(out);
    return NULL;
}

static struct fault *class_write(struct json_out *out, const struct scope *scope, enum report_class class,
                                 const struct outcome *present, const struct outcome *proposed) {
    const struct forecast_class *before = &present->forecast.classes[class];
    const struct forecast_class *after = &proposed->forecast.classes[class];
    const struct forecast_band raw[] = {band_of(before->raw), band_of(after->raw)};
    json_object(out, choice_name(report_classes, (int)class));
    TRY(change_write(out, "raw", scope, &raw[0], &raw[1]));
    TRY(withheld_write(out, scope, before, after));
    TRY(change_write(out, "commit", scope, &before->commit, &after->commit));
    TRY(change_write(out, "best_case", scope, &before->best_case, &after->best_case));
    TRY(change_write(out, "pipeline", scope, &before->pipeline, &after->pipeline));
    TRY(change_write(out, "open_pipeline", scope, &before->open_pipeline, &after->open_pipeline));
    json_object_end(out);
    return NULL;
}

static void outcome_write(struct json_out *out, const char *name, const struct outcome *outcome) {
    const struct coverage *coverage = &outcome->covered.coverage;
    json_object(out, name);
    json_object(out, "policy");
    for (int code = 0; code < POLICY_MEMBERS; code++)
        if (!policy_members[code].fixed)
            json_add_integer(out, policy_members[code].name, policy_get(&outcome->policy, code));
    json_object_end(out);
    json_object(out, "coverage");
    json_add_text(out, "remaining_ratio", *coverage->remaining_ratio ? coverage->remaining_ratio : NULL);
    json_add_choice(out, "state", coverage_states, (int)coverage->state);
    json_object_end(out);
    json_object_end(out);
}

static struct fault *answer_write(struct json_out *out, const struct call *call, const struct period *period,
                                  const struct outcome *present, const struct outcome *proposed) {
    json_object(out, NULL);
    json_add_text(out, "period", period->name);
    json_add_instant(out, "as_of", call->scope.now_at);
    json_add_text(out, "currency", call->scope.currency);
    json_add_text(out, "amount_basis", call->scope.amount_basis);
    json_add_integer(out, "policy_version", present->policy.version);
    outcome_write(out, "present", present);
    outcome_write(out, "proposed", proposed);
    for (enum report_class class = CLASS_SOURCED; class < CLASS_COUNT; class ++)
        TRY(class_write(out, &call->scope, class, present, proposed));
    json_object_end(out);
    return NULL;
}

static struct fault *simulate_policy_serve(struct call *call) {
    const struct simulation_body *body = call->request->body;
    const struct policy_change change = policy_change_of(&body->policy);
    struct field_faults faults = {.arena = call->arena};
    struct outcome present, proposed;
    struct period period;
    TRY(policy_find(call->db, call->arena, call->scope.tenant_id, &present.policy));
    if (!period_parse(body->period, (int)call->scope.fiscal_start_month, &period))
        field_fault(&faults, "/period", "invalid_period",
                    "must be a fiscal quarter (2026-Q4) or a month (2026-11)");
    policy_proposal_check(&change, &present.policy, "/policy", &faults);
    TRY(field_faults_fault(&faults));
    proposed.policy = policy_proposed(&change, &present.policy);
    TRY(outcome_find(call, &period, &present));
    TRY(outcome_find(call, &period, &proposed));
    struct json_out out = {.arena = call->arena};
    TRY(answer_write(&out, call, &period, &present, &proposed));
    work_reply(call->request, 200, &out, NULL);
    return NULL;
}

const struct operation simulate_policy = {
    .name = "simulate_policy",
    .roles = ROLES_VENDOR,
    .lane = LANE_REPORT,
    .body = &simulation_shape,
    .work = &(const struct call_work){simulate_policy_serve},
};
