/* The forecast as JSON. Every figure carries the address of exactly its deals; what cannot be said yet is null, and
 * `unavailable` names it with the reason. */
#include "forecast.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"

void forecast_amount_write(struct json_out *out, const char *name, const struct scope *scope,
                           int64_t amount_minor) {
    struct money money = {.amount_minor = amount_minor};
    strncpy(money.currency, scope->currency, sizeof money.currency - 1);
    json_add_money(out, name, &money);
}

void forecast_rate_write(struct json_out *out, const char *name, const struct rate_used *rate) {
    if (!rate) {
        json_add_null(out, name);
        return;
    }
    json_object(out, name);
    json_add_text(out, "currency", rate->currency);
    json_add_date(out, "date", rate->rated_on);
    json_add_text(out, "rate", rate->rate);
    json_object_end(out);
}

void forecast_rates_write(struct json_out *out, const struct rate_used *rates, size_t count) {
    json_array(out, "rates");
    for (size_t i = 0; i < count; i++)
        forecast_rate_write(out, NULL, &rates[i]);
    json_array_end(out);
}

/* -- addresses -- */

/* `report_class` 0: all classes; `filter` starts with & or is empty. */
static const char *href_of(struct json_out *out, const struct forecast_answer *answer,
                           enum report_class report_class, const char *filter) {
    const char *class = report_class ? choice_name(report_classes, (int)report_class) : NULL;
    return arena_format(out->arena, "/v1/forecast/deals?period=%s%s%s%s", answer->period->name,
                        class ? "&class=" : "", class ? class : "", filter);
}

static const char *line_filter(struct json_out *out, enum figure_line line, const char *more) {
    return arena_format(out->arena, "&category=%s%s", choice_name(figure_lines, (int)line), more);
}

/* -- figures -- */

static void cell_members_write(struct json_out *out, const struct forecast_answer *answer,
                               const struct forecast_cell *cell) {
    json_add_integer(out, "count", cell->count);
    forecast_amount_write(out, "amount", answer->scope, cell->amount_minor);
}

static void cell_write(struct json_out *out, const char *name, const struct forecast_answer *answer,
                       const struct forecast_cell *cell, enum report_class report_class, const char *filter) {
    json_object(out, name);
    cell_members_write(out, answer, cell);
    json_add_text(out, "href", href_of(out, answer, report_class, filter));
    json_object_end(out);
}

static void band_write(struct json_out *out, const struct forecast_answer *answer, enum report_class class,
                       enum figure_line line, const struct forecast_band *band) {
    const bool cumulative = answer->rollup == FORECAST_CUMULATIVE && line != FIGURE_OPEN_PIPELINE;
    json_object(out, choice_name(figure_lines, (int)line));
    json_add_integer(out, "count", band->count);
    forecast_amount_write(out, "amount", answer->scope, band->amount_minor);
    forecast_amount_write(out, "weighted", answer->scope, band->weighted_minor);
    json_add_text(
        out, "href",
        href_of(out, answer, class, line_filter(out, line, cumulative ? "&rollup=cumulative" : "")));
    json_object_end(out);
}

/* One line for each rule and each who can recover it. */
static void withheld_write(struct json_out *out, const struct forecast_answer *answer,
                           enum report_class report_class, const struct forecast_class *class) {
    json_array(out, "withheld");
    for (int rule = WITHHELD_NOT + 1; rule < WITHHELD_COUNT; rule++)
        for (int debtor = DEBTOR_NONE + 1; debtor < DEBTOR_COUNT; debtor++) {
            const struct forecast_cell *cell = &class->withheld[rule][debtor];
            if (!cell->count)
                continue;
            const char *rule_name = choice_name(withheld_rules, rule),
                       *owed_by = choice_name(debtors, debtor);
            json_object(out, NULL);
            json_add_text(out, "rule", rule_name);
            cell_members_write(out, answer, cell);
            json_add_text(out, "owed_by", owed_by);
            json_add_text(out, "href",
                          href_of(out, answer, report_class,
                                  arena_format(out->arena, "&withheld=%s&owed_by=%s", rule_name, owed_by)));
            json_object_end(out);
        }
    json_array_end(out);
}

static void unresolved_write(struct json_out *out, const struct forecast_answer *answer,
                             enum report_class report_class, const struct forecast_class *class) {
    const struct forecast_cell unresolved = forecast_unresolved(class);
    json_object(out, "closed_unresolved");
    cell_members_write(out, answer, &unresolved);
    json_array(out, "owed");
    for (int debtor = DEBTOR_NONE + 1; debtor < DEBTOR_COUNT; debtor++) {
        const struct forecast_cell *cell = &class->closed_unresolved[debtor];
        if (!cell->count)
            continue;
        const char *owed_by = choice_name(debtors, debtor);
        json_object(out, NULL);
        json_add_text(out, "owed_by", owed_by);
        cell_members_write(out, answer, cell);
        json_add_text(out, "href",
                      href_of(out, answer, report_class,
                              line_filter(out, FIGURE_CLOSED_UNRESOLVED,
                                          arena_format(out->arena, "&owed_by=%s", owed_by))));
        json_object_end(out);
    }
    json_array_end(out);
    json_add_text(out, "href",
                  href_of(out, answer, report_class, line_filter(out, FIGURE_CLOSED_UNRESOLVED, "")));
    json_object_end(out);
}

static struct fault *class_write(struct json_out *out, const struct forecast_answer *answer,
                                 enum report_class report_class) {
    const struct forecast_class *class = &answer->forecast->classes[report_class];
    struct forecast_bands bands;
    if (!forecast_bands(class, answer->rollup, &bands))
        return forecast_overflow(out->arena);
    json_object(out, choice_name(report_classes, (int)report_class));
    cell_write(out, "raw", answer, &class->raw, report_class, "");
    withheld_write(out, answer, report_class, class);
    cell_write(out, "eligible", answer, &class->eligible, report_class, "&withheld=none");
    cell_write(out, "closed_won", answer, &class->closed_won, report_class,
               line_filter(out, FIGURE_CLOSED_WON, ""));
    unresolved_write(out, answer, report_class, class);
    band_write(out, answer, report_class, FIGURE_COMMIT, &bands.commit);
    band_write(out, answer, report_class, FIGURE_BEST_CASE, &bands.best_case);
    band_write(out, answer, report_class, FIGURE_PIPELINE, &bands.pipeline);
    band_write(out, answer, report_class, FIGURE_OPEN_PIPELINE, &class->open_pipeline);
    json_object(out, "weighted");
    forecast_amount_write(out, "stated", answer->scope, class->open_pipeline.weighted_minor);
    json_add_null(out, "measured");
    json_object_end(out);
    json_add_null(out, "range");
    json_add_null(out, "chance_to_hit");
    json_add_null(out, "call");
    cell_write(out, "grandfathered", answer, &class->grandfathered, report_class,
               line_filter(out, FIGURE_GRANDFATHERED, ""));
    json_add_text(out, "href", href_of(out, answer, report_class, ""));
    json_object_end(out);
    return NULL;
}

/* -- beside the classes -- */

static struct fault *over_classes(struct arena *arena, const struct forecast *forecast, size_t offset,
                                  struct forecast_cell *sum) {
    *sum = (struct forecast_cell){0};
    for (enum report_class i = CLASS_SOURCED; i < CLASS_COUNT; i++) {
        const struct forecast_cell *cell = (const void *)((const char *)&forecast->classes[i] + offset);
        sum->count += cell->count;
        if (!amount_add(&sum->amount_minor, cell->amount_minor))
            return forecast_overflow(arena);
    }
    return NULL;
}

static struct fault *lines_write(struct json_out *out, const struct forecast_answer *answer) {
    const struct forecast *forecast = answer->forecast;
    struct forecast_cell undated, grandfathered;
    TRY(over_classes(out->arena, forecast, offsetof(struct forecast_class, undated), &undated));
    TRY(over_classes(out->arena, forecast, offsetof(struct forecast_class, grandfathered), &grandfathered));
    const struct {
        enum figure_line line;
        const struct forecast_cell *cell;
    } lines[] = {
        {FIGURE_UNDATED, &undated},
        {FIGURE_CLOSED_OUTSIDE_GATES, &forecast->closed_outside_gates},
        {FIGURE_LATE_INFLUENCE, &forecast->late_influence},
        {FIGURE_GRANDFATHERED, &grandfathered},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cell_write(out, choice_name(figure_lines, (int)lines[i].line), answer, lines[i].cell, 0,
                   line_filter(out, lines[i].line, ""));
    return NULL;
}

static void divergences_write(struct json_out *out, const struct forecast_answer *answer) {
    json_array(out, "divergence");
    for (size_t i = 0; i < answer->divergence_count; i++) {
        const struct forecast_divergence *divergence = &answer->divergences[i];
        const struct divergence *sum = &divergence->sum;
        json_object(out, NULL);
        json_object(out, "partner");
        json_add_text(out, "partner_id", divergence->partner);
        json_add_text(out, "name", divergence->partner_name);
        json_object_end(out);
        json_add_integer(out, "count", sum->count);
        forecast_amount_write(out, "amount", answer->scope, sum->amount_minor);
        forecast_amount_write(out, "weighted_vendor", answer->scope, sum->weighted_vendor);
        forecast_amount_write(out, "weighted_partner", answer->scope, sum->weighted_partner);
        forecast_amount_write(out, "difference", answer->scope, sum->weighted_vendor - sum->weighted_partner);
        json_add_text(out, "href",
                      href_of(out, answer, 0,
                              arena_format(out->arena, "&divergent=true&partner=%s", divergence->partner)));
        json_object_end(out);
    }
    json_array_end(out);
}

static void drivers_write(struct json_out *out, const struct forecast_answer *answer) {
    json_array(out, "drivers");
    for (size_t i = 0; i < answer->drivers->count; i++) {
        const struct forecast_driver *driver = &answer->drivers->items[i];
        json_object(out, NULL);
        json_add_text(out, "basis", "largest_weighted");
        json_add_text(out, "opportunity_id", driver->deal.id);
        json_add_text(out, "name", driver->deal.name);
        json_add_choice(out, "category", categories, (int)driver->assessment.category);
        forecast_amount_write(out, "amount", answer->scope, driver->share.amount_minor);
        forecast_amount_write(out, "weighted", answer->scope, driver->share.weighted_minor);
        json_add_text(out, "href", arena_format(out->arena, "/v1/opportunities/%s", driver->deal.id));
        json_object_end(out);
    }
    json_array_end(out);
}

static void probability_write(struct json_out *out, const struct policy *policy) {
    json_object(out, "stated_probability");
    json_add_integer(out, "commit_basis_points", policy->probability_bp[CATEGORY_COMMIT]);
    json_add_integer(out, "best_case_basis_points", policy->probability_bp[CATEGORY_BEST_CASE]);
    json_add_integer(out, "pipeline_basis_points", policy->probability_bp[CATEGORY_PIPELINE]);
    json_object_end(out);
}

static void warnings_write(struct json_out *out, const struct forecast_answer *answer) {
    struct forecast_cell without_rate = {0}, undated = {0};
    for (enum report_class i = CLASS_SOURCED; i < CLASS_COUNT; i++) {
        without_rate.count += forecast_withheld_by(&answer->forecast->classes[i], WITHHELD_NO_RATE).count;
        undated.count += answer->forecast->classes[i].undated.count;
    }
    const struct {
        bool raised;
        const char *code, *detail;
    } warnings[] = {
        {true, "stated_probabilities",
         "Weighted amounts rest on stated probabilities, not on measured ones."},
        {!answer->has_target, "no_target", "No sourced target is set for the period: there is no coverage."},
        {without_rate.count > 0, "amounts_without_rate",
         "Deals in a currency without a rate are counted, their money is not: an admin sets the rate."},
        {undated.count > 0, "undated_deals", "Open deals without a close date stand in no total."},
    };
    json_array(out, "warnings");
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        if (!warnings[i].raised)
            continue;
        json_object(out, NULL);
        json_add_text(out, "code", warnings[i].code);
        json_add_text(out, "detail", warnings[i].detail);
        json_object_end(out);
    }
    json_array_end(out);
}

static void unavailable_write(struct json_out *out) {
    static const char *const members[][2] = {
        {"weighted/measured", "probabilities are not measured yet"},
        {"range", "the distribution of the period's outcome is not computed yet"},
        {"chance_to_hit", "the distribution of the period's outcome is not computed yet"},
        {"call", "calls are not submitted here yet"},
    };
    json_object(out, "unavailable");
    for (enum report_class class = CLASS_SOURCED; class < CLASS_COUNT; class ++)
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
            json_add_text(
                out,
                arena_format(out->arena, "/%s/%s", choice_name(report_classes, (int)class), members[i][0]),
                members[i][1]);
    json_add_text(out, "/since_last_week", "weekly snapshots are not kept yet");
    json_object_end(out);
}

struct fault *forecast_write(struct json_out *out, const struct forecast_answer *answer) {
    json_object(out, NULL);
    json_add_text(out, "headline", answer->headline);
    json_add_text(out, "period", answer->period->name);
    json_add_instant(out, "as_of", answer->scope->now_at);
    json_add_instant(out, "known_at", answer->scope->now_at);
    json_add_text(out, "currency", answer->scope->currency);
    json_add_text(out, "amount_basis", answer->scope->amount_basis);
    forecast_rates_write(out, answer->rates, answer->rate_count);
    json_add_integer(out, "policy_version", answer->policy->version);
    json_add_choice(out, "rollup", forecast_rollups, (int)answer->rollup);
    probability_write(out, answer->policy);
    for (enum report_class class = CLASS_SOURCED; class < CLASS_COUNT; class ++)
        TRY(class_write(out, answer, class));
    TRY(lines_write(out, answer));
    divergences_write(out, answer);
    drivers_write(out, answer);
    json_add_null(out, "since_last_week");
    warnings_write(out, answer);
    unavailable_write(out);
    json_object_end(out);
    return NULL;
}
