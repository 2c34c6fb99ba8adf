/* The forecast's rows onto groups and deals. Whatever these statements return lies in the period or has no date, so a
 * row's own word on it is not asked again. */
#include "tandem/store/forecast.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/domain/stage.h"
#include "tandem/store/deal_signal.h"

#define GROUP(member) offsetof(struct forecast_group, member)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct column mark_columns[] = {
    {"grandfathered", COLUMN_BOOLEAN, GROUP(grandfathered)},
    {"outside_gates", COLUMN_BOOLEAN, GROUP(closed_outside_gates)},
    {"amount_minor", COLUMN_INTEGER, GROUP(amount_minor)},
};

static const struct column sum_columns[] = {
    {"deals", COLUMN_INTEGER, GROUP(count)},
    {"weighted_commit", COLUMN_INTEGER, GROUP(weighted_commit)},
    {"weighted_best_case", COLUMN_INTEGER, GROUP(weighted_best_case)},
    {"weighted_pipeline", COLUMN_INTEGER, GROUP(weighted_pipeline)},
};

static const struct column deal_columns[] = {
    {"opportunity_id", COLUMN_INTEGER, offsetof(struct forecast_deal, key)},
    {"id", COLUMN_TEXT, offsetof(struct forecast_deal, id)},
};

static void group_read(const struct rows *rows, size_t row, struct forecast_group *group) {
    deal_signals_read(rows, row, &group->signals);
    rows_read(rows, row, mark_columns, COUNT(mark_columns), group);
    group->in_period = !(group->signals.status == DEAL_OPEN && group->signals.undated);
    group->count = 1;
}

struct fault *forecast_groups(struct db *db, struct arena *arena, int32_t tenant_id,
                              const struct period *period, const struct policy *policy, unsigned claim_values,
                              struct forecast_group **groups, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_forecast_planner, NULL, 0, &rows));
    TRY(db_query(db, arena, SQL_forecast_groups,
                 PARAMS(p_integer(tenant_id), p_date(period->first_on), p_date(period->last_on),
                        p_integer(policy->probability_bp[CATEGORY_COMMIT]),
                        p_integer(policy->probability_bp[CATEGORY_BEST_CASE]),
                        p_integer(policy->probability_bp[CATEGORY_PIPELINE]), p_integer(claim_values)),
                 &rows));
    *count = rows_count(rows);
    *groups = arena_alloc(arena, *count * sizeof **groups);
    for (size_t i = 0; i < *count; i++) {
        group_read(rows, i, &(*groups)[i]);
        rows_read(rows, i, sum_columns, COUNT(sum_columns), &(*groups)[i]);
    }
    return NULL;
}

struct fault *forecast_outcomes(struct db *db, struct arena *arena, int32_t tenant_id, int32_t first_on,
                                int32_t last_on, struct forecast_group **groups, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_forecast_outcomes,
                 PARAMS(p_integer(tenant_id), p_date(first_on), p_date(last_on), p_choice(LOST_DUPLICATE)),
                 &rows));
    *count = rows_count(rows);
    *groups = arena_alloc(arena, *count * sizeof **groups);
    for (size_t i = 0; i < *count; i++) {
        deal_signals_read(rows, i, &(*groups)[i].signals);
        rows_read(rows, i, mark_columns, 1, &(*groups)[i]); /* grandfathered alone */
        (*groups)[i].count = rows_integer(rows, i, "deals");
    }
    return NULL;
}

static void deals_read(struct arena *arena, const struct rows *rows, struct forecast_deal **deals,
                       size_t *count) {
    *count = rows_count(rows);
    *deals = arena_alloc(arena, *count * sizeof **deals);
    for (size_t i = 0; i < *count; i++) {
        rows_read(rows, i, deal_columns, COUNT(deal_columns), &(*deals)[i]);
        group_read(rows, i, &(*deals)[i].group);
    }
}

struct fault *forecast_scan(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct period *period, const struct figure_reach *reach, const char *after,
                            size_t limit, struct forecast_deal **deals, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_forecast_scan,
                 PARAMS(p_integer(tenant_id), p_date(period->first_on), p_date(period->last_on),
                        p_boolean(reach->open), p_boolean(reach->undated), p_boolean(reach->won),
                        p_integer(reach->claim_values), p_text(after), p_integer((int64_t)limit),
                        p_boolean(reach->divergent), p_text(reach->partner)),
                 &rows));
    deals_read(arena, rows, deals, count);
    return NULL;
}

struct fault *forecast_divergent(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct period *period, struct divergent_deal **deals, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_forecast_divergent,
                 PARAMS(p_integer(tenant_id), p_date(period->first_on), p_date(period->last_on)), &rows));
    *count = rows_count(rows);
    *deals = arena_alloc(arena, *count * sizeof **deals);
    for (size_t i = 0; i < *count; i++) {
        (*deals)[i].partner = rows_text(rows, i, "partner");
        (*deals)[i].partner_name = rows_text(rows, i, "partner_name");
        group_read(rows, i, &(*deals)[i].group);
    }
    return NULL;
}

struct fault *forecast_largest(struct db *db, struct arena *arena, int32_t tenant_id,
                               const struct period *period, const struct policy *policy, const char *currency,
                               const struct forecast_deal *after, size_t limit, struct forecast_deal **deals,
                               size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_forecast_largest,
                 PARAMS(p_integer(tenant_id), p_date(period->first_on), p_date(period->last_on),
                        p_text(currency), p_integer(policy->probability_bp[CATEGORY_COMMIT]),
                        p_integer(policy->probability_bp[CATEGORY_BEST_CASE]),
                        p_integer(policy->probability_bp[CATEGORY_PIPELINE]),
                        p_integer(after ? after->at_most : INT64_MAX),
                        p_integer(after ? after->key : INT64_MAX), p_integer((int64_t)limit)),
                 &rows));
    deals_read(arena, rows, deals, count);
    for (size_t i = 0; i < *count; i++) {
        (*deals)[i].name = rows_text(rows, i, "name");
        (*deals)[i].at_most = rows_integer(rows, i, "at_most");
    }
    return NULL;
}

struct fault *forecast_sheets(struct db *db, struct arena *arena, int32_t tenant_id, const int64_t *keys,
                              size_t count, struct rows **rows) {
    return db_query(db, arena, SQL_opportunity_by_keys,
                    PARAMS(p_integer(tenant_id), p_integers(arena, keys, count)), rows);
}
