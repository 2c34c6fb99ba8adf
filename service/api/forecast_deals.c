/* explain_forecast: the deals under a figure. The rules decide which deals those are, so the period is read in batches
 * until the page is full; only then are the deals of the page read whole. */
#include "forecast.h"
#include "tandem/api/opportunity.h"
#include "tandem/api/page.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/http/operation.h"
#include "tandem/store/policy.h"

enum { BATCH_GROWTH = 4, BATCH_MAX = 4096 };

struct deals_query {
    const char *period;
    struct figure figure;
    struct page page;
    /* no parameters: filled when served */
    struct policy policy;
    struct rate_used *rates;
    size_t rate_count;
};

#define FIGURE(text, member, table)                                                                          \
    {                                                                                                        \
        .name = text, .kind = FIELD_CHOICE, .offset = offsetof(struct deals_query, figure.member),           \
        .choices = table                                                                                     \
    }

static const struct field query_fields[] = {
    {.name = "period",
     .kind = FIELD_TEXT,
     .offset = offsetof(struct deals_query, period),
     .flags = FIELD_REQUIRED},
    FIGURE("class", report_class, report_classes),
    FIGURE("category", line, figure_lines),
    FIGURE("rollup", rollup, forecast_rollups),
    FIGURE("withheld", withheld, figure_withheld),
    FIGURE("owed_by", owed_by, debtors),
    {"divergent", FIELD_BOOLEAN, offsetof(struct deals_query, figure.divergent)},
    {"partner", FIELD_UUID, offsetof(struct deals_query, figure.partner)},
    PAGE_FIELDS(struct deals_query, page),
};
static const struct shape query_shape = {.fields = query_fields,
                                         .field_count = sizeof query_fields / sizeof *query_fields,
                                         .size = sizeof(struct deals_query),
                                         .presence_offset = SHAPE_NO_PRESENCE};

/* The internal ids of the figure's next deals, at most `wanted`. */
static struct fault *figure_find(struct call *call, const struct period *period, const struct figure *figure,
                                 const char *after, size_t wanted, int64_t *keys, size_t *found) {
    const struct figure_reach reach = figure_reach(figure);
    size_t limit = wanted, count;
    *found = 0;
    do {
        struct forecast_deal *deals;
        TRY(forecast_scan(call->db, call->arena, call->scope.tenant_id, period, &reach, after, limit, &deals,
                          &count));
        for (size_t i = 0; i < count && *found < wanted; i++) {
            const struct deal_assessment assessment = deal_assess(&deals[i].group.signals);
            if (figure_holds(figure, &deals[i].group, &assessment))
                keys[(*found)++] = deals[i].key;
        }
        if (count < limit)
            return NULL;
        after = deals[count - 1].id;
        limit = limit * BATCH_GROWTH < BATCH_MAX ? limit * BATCH_GROWTH : BATCH_MAX;
    } while (*found < wanted);
    return NULL;
}

static void links_write(struct json_out *out, const struct opportunity_row *row) {
    static const char *const parts[] = {"claims", "evidence", "history"};
    json_add_text(out, "href", arena_format(out->arena, "/v1/opportunities/%s", row->id));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        json_add_text(out, arena_format(out->arena, "%s_href", parts[i]),
                      arena_format(out->arena, "/v1/opportunities/%s/%s", row->id, parts[i]));
}

static struct forecast_group group_of(const struct opportunity_row *row) {
    return (struct forecast_group){
        .signals = row->signals,
        .in_period = !(row->signals.status == DEAL_OPEN && row->signals.undated),
        .grandfathered = row->grandfathered,
        .closed_outside_gates = row->outside_gates,
        .count = 1,
        .amount_minor = row->amount.amount_minor,
    };
}

static const struct rate_used *rate_of(const struct deals_query *query, int64_t key) {
    for (size_t i = 0; i < query->rate_count; i++)
        if (query->rates[i].key == key)
            return &query->rates[i];
    return NULL;
}

/* The amount in the tenant's currency by the rate, to the cent as the totals have it. */
static struct fault *amount_state(struct arena *arena, const struct scope *scope,
                                  const struct rate_used *used, int64_t *amount_minor) {
    struct rate rate;
    int shift = currency_exponent(scope->currency) - currency_exponent(used->currency);
    if (!rate_from_decimal(used->rate, &rate) || !amount_stated(*amount_minor, &rate, shift, amount_minor))
        return forecast_overflow(arena);
    return NULL;
}

/* One deal of the page; the query carries what a share is weighed by. */
static struct fault *deal_write(struct request *request, const struct scope *scope, const struct rows *rows,
                                size_t index, struct json_out *out) {
    const struct deals_query *query = request->query;
    struct opportunity_row row;
    opportunity_read(request->arena, rows, index, &row);
    const struct deal_assessment assessment = deal_assess(&row.signals);
    struct forecast_group group = group_of(&row);
    const struct rate_used *rate = rate_of(query, row.key);
    if (rate)
        TRY(amount_state(request->arena, scope, rate, &group.amount_minor));
    const struct figure_share share = figure_share(&group, &assessment, query->policy.probability_bp);
    json_object(out, NULL);
    opportunity_line_write(out, &row, &assessment);
    forecast_amount_write(out, "counted", scope, share.amount_minor);
    if (share.is_weighted)
        forecast_amount_write(out, "weighted", scope, share.weighted_minor);
    else
        json_add_null(out, "weighted");
    json_add_text(out, "amount_basis", scope->amount_basis);
    forecast_rate_write(out, "rate", rate);
    links_write(out, &row);
    json_object_end(out);
    return NULL;
}

static struct fault *explain_forecast_serve(struct call *call) {
    struct deals_query *query = call->request->query;
    struct period period;
    const char *after;
    struct rows *rows;
    size_t wanted = (size_t)page_rows(&query->page), found;
    int64_t *keys = arena_alloc(call->arena, wanted * sizeof *keys);
    TRY(forecast_period(call, query->period, &period));
    TRY(page_after(call->request, &query->page, &after));
    TRY(policy_find(call->db, call->arena, call->scope.tenant_id, &query->policy));
    TRY(figure_find(call, &period, &query->figure, after, wanted, keys, &found));
    TRY(rates_of_deals(call->db, call->arena, call->scope.tenant_id, keys, found, &query->rates,
                       &query->rate_count));
    TRY(forecast_sheets(call->db, call->arena, call->scope.tenant_id, keys, found, &rows));
    return page_reply(call->request, &call->scope, &query->page, rows, "id", deal_write);
}

const struct operation explain_forecast = {
    .name = "explain_forecast",
    .roles = ROLES_VENDOR,
    .lane = LANE_REPORT,
    .query = &query_shape,
    .work = &(const struct call_work){explain_forecast_serve},
};
