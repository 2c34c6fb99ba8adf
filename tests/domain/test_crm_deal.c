#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/time.h"
#include "tandem/domain/crm_deal.h"
#include "tandem/domain/deal.h"

static struct crm_stage stages[] = {{"new", ROLLUP_DISCOVERY, -1},
                                    {"contract", ROLLUP_NEGOTIATION, -1},
                                    {"won", ROLLUP_CLOSED, DEAL_WON},
                                    {"lost", ROLLUP_CLOSED, DEAL_LOST}};
static struct crm_category calls[] = {{"COMMIT", CATEGORY_COMMIT}};
static const struct crm_source_maps maps = {
    .kind = CRM_GENERIC, .stages = {stages, 4}, .categories = {calls, 1}};

enum { TODAY = 20000 };

/* A value of day `day`; close dates say their own day. */
static struct crm_value said(int field, const char *value, int32_t day, int32_t value_on) {
    return (struct crm_value){.object = 1,
                              .field = field,
                              .value = value,
                              .occurred_at = day * DAY_US,
                              .occurred_on = day,
                              .value_on = value_on};
}

/* The deal of object 1. */
static struct crm_deal fold(const struct crm_value *values, size_t count) {
    struct arena *arena = arena_create();
    const struct crm_told told = {&maps, "USD", TODAY, values, count};
    struct crm_deal deal;
    crm_deal_fold(arena, &told, 1, true, &deal);
    arena_destroy(arena);
    return deal;
}

static void pushes_count_while_the_deal_is_open(void **state) {
    (void)state;
    const struct crm_value values[] = {
        said(CRM_FIELD_CLOSE_DATE, "x", 1, 100), said(CRM_FIELD_CLOSE_DATE, "x", 2, 101),
        said(CRM_FIELD_CLOSE_DATE, "x", 3, 90),  said(CRM_FIELD_CLOSE_DATE, "x", 4, 90),
        said(CRM_FIELD_STAGE, "won", 5, 0),      said(CRM_FIELD_CLOSE_DATE, "x", 6, 200),
        said(CRM_FIELD_STAGE, "new", 7, 0),      said(CRM_FIELD_CLOSE_DATE, "x", 8, 201)};
    static const int64_t after[] = {0, 1, 1, 1, 1, 1, 1, 2};
    for (size_t i = 0; i < COUNT(values); i++)
        check(fold(values, i + 1).pushes == after[i], "after %zu", i + 1);
}

static void a_closed_deal_has_the_day_of_its_close(void **state) {
    (void)state;
    static const struct {
        int32_t close_date, entered_on, closed_on;
    } rows[] = {{100, 110, 100},
                {110, 110, 110},
                {111, 110, 110},
                {DATE_NONE, 110, 110},
                {DATE_NONE, TODAY + 1, TODAY},
                {TODAY + 5, TODAY + 5, TODAY}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct crm_value values[] = {said(CRM_FIELD_CLOSE_DATE, "x", 1, rows[i].close_date),
                                           said(CRM_FIELD_STAGE, "lost", rows[i].entered_on, 0)};
        check(fold(values, 2).closed_on == rows[i].closed_on, "row %zu", i);
        check(fold(values, 1).closed_on == DATE_NONE, "row %zu, open", i);
    }
}

static void the_newest_word_with_a_meaning_holds(void **state) {
    (void)state;
    const struct crm_value values[] = {
        said(CRM_FIELD_STAGE, "contract", 1, 0),  said(CRM_FIELD_STAGE, "legal", 2, 0),
        said(CRM_FIELD_CATEGORY, "COMMIT", 3, 0), said(CRM_FIELD_CATEGORY, "Upside", 4, 0),
        said(CRM_FIELD_OWNER, "9", 5, 0),         said(CRM_FIELD_STAGE, "new", 6, 0)};
    struct crm_deal deal = fold(values, 5);
    assert_int_equal(deal.rollup, ROLLUP_NEGOTIATION);
    assert_string_equal(deal.unmapped_stage, "legal");
    assert_int_equal(deal.category, CATEGORY_COMMIT);
    assert_string_equal(deal.unmapped_category, "Upside");
    assert_int_equal(deal.owner, 0);
    assert_string_equal(deal.unmapped_owner, "9");
    assert_null(fold(values, 6).unmapped_stage);
}

static void only_a_change_refreshes(void **state) {
    (void)state;
    const struct crm_value values[] = {
        said(CRM_FIELD_NAME, "a", 1, 0),     said(CRM_FIELD_AMOUNT, "5", 2, 0),
        said(CRM_FIELD_AMOUNT, "5", 3, 0),   said(CRM_FIELD_OWNER, "9", 4, 0),
        said(CRM_FIELD_STAGE, "new", 5, 0),  said(CRM_FIELD_STAGE, "new", 6, 0),
        said(CRM_FIELD_NEXT_STEP, "c", 7, 0)};
    static const int64_t day[] = {-1, 2, 2, 2, 5, 5, 7};
    for (size_t i = 0; i < COUNT(values); i++)
        check(fold(values, i + 1).refreshed_at == (day[i] < 0 ? INSTANT_NONE : day[i] * DAY_US), "after %zu",
              i + 1);
    assert_int_equal(fold(values, 7).stage_entered_at, 5 * DAY_US);
    assert_int_equal(fold(values, 7).created_at, 1 * DAY_US);
}

static void an_amount_is_read_in_its_currency(void **state) {
    (void)state;
    const struct crm_value values[] = {said(CRM_FIELD_AMOUNT, "12.5", 1, 0),
                                       said(CRM_FIELD_CURRENCY, "BHD", 2, 0),
                                       said(CRM_FIELD_CURRENCY, "JPY", 3, 0)};
    assert_int_equal(fold(values, 1).amount.amount_minor, 1250);
    assert_int_equal(fold(values, 2).amount.amount_minor, 12500);
    assert_true(fold(values, 3).amount_unreadable);
    assert_string_equal(fold(values, 3).amount.currency, "");
}

static struct crm_value of(int64_t object, struct crm_value value) {
    value.object = object;
    return value;
}

static struct crm_value merged(int64_t object, int64_t into, int32_t day) {
    return (struct crm_value){
        .object = object, .into = into, .field = CRM_FIELD_MERGED, .value = "x", .occurred_at = day * DAY_US};
}

static void a_merge_fills_what_is_missing_at_its_place(void **state) {
    (void)state;
    const struct crm_value values[] = {
        of(2, said(CRM_FIELD_NAME, "two", 1, 0)),
        of(2, said(CRM_FIELD_AMOUNT, "7", 1, 0)),
        of(2, said(CRM_FIELD_CLOSE_DATE, "x", 2, 100)),
        of(2, said(CRM_FIELD_CLOSE_DATE, "x", 3, 101)),
        said(CRM_FIELD_NAME, "one", 4, 0),
        said(CRM_FIELD_CLOSE_DATE, "x", 4, 89),
        said(CRM_FIELD_CLOSE_DATE, "x", 5, 90),
        merged(2, 1, 6),
        said(CRM_FIELD_CLOSE_DATE, "x", 7, 95),      /* a push of the deal that both are */
        of(2, said(CRM_FIELD_NEXT_STEP, "c", 8, 0)), /* the old id leads there */
        said(CRM_FIELD_AMOUNT, NULL, 9, 0),
    };
    struct crm_deal deal = fold(values, 10);
    assert_string_equal(deal.name, "one");
    assert_int_equal(deal.amount.amount_minor, 700);
    assert_int_equal(deal.close_date, 95);
    assert_int_equal(deal.pushes, 2);
    assert_int_equal(deal.created_at, 1 * DAY_US);
    assert_string_equal(deal.next_step, "c");
    assert_true(deal.filled == CRM_FIELD_BIT(CRM_FIELD_AMOUNT));
    assert_string_equal(fold(values, 11).amount.currency, "");
    assert_int_equal(fold(values, 8).refreshed_at, 5 * DAY_US);
    assert_int_equal(fold(values, 8).pushes, 1); /* one of each, and not two */
}

static void a_removal_stays_with_the_object_that_it_names(void **state) {
    (void)state;
    static const struct {
        int64_t object;
        int32_t day;
        bool removed;
    } rows[] = {{2, 1, false}, {2, 9, false}, {1, 1, true}, {1, 9, true}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct crm_value merge = merged(2, 1, 5);
        const struct crm_value gone = of(rows[i].object, said(CRM_FIELD_REMOVED, "removed", rows[i].day, 0));
        const struct crm_value values[] = {rows[i].day < 5 ? gone : merge, rows[i].day < 5 ? merge : gone};
        check(fold(values, 2).removed == rows[i].removed, "row %zu", i);
    }
}

static void merges_in_a_row_and_in_a_ring_end(void **state) {
    (void)state;
    const struct crm_value row[] = {of(3, said(CRM_FIELD_NAME, "three", 1, 0)), merged(3, 2, 2),
                                    of(2, said(CRM_FIELD_AMOUNT, "7", 3, 0)), merged(2, 1, 4),
                                    of(3, said(CRM_FIELD_NEXT_STEP, "c", 5, 0))};
    assert_string_equal(fold(row, 5).name, "three");
    assert_int_equal(fold(row, 5).amount.amount_minor, 700);
    assert_string_equal(fold(row, 5).next_step, "c");
    const struct crm_value ring[] = {merged(1, 2, 1), merged(2, 1, 2), merged(1, 1, 3),
                                     said(CRM_FIELD_NAME, "ring", 4, 0)};
    assert_string_equal(fold(ring, 4).name, "ring");
}

static void a_deal_needs_a_name(void **state) {
    (void)state;
    const struct crm_value values[] = {said(CRM_FIELD_AMOUNT, "5", 1, 0), said(CRM_FIELD_NAME, "a", 2, 0),
                                       said(CRM_FIELD_NAME, NULL, 3, 0)};
    for (size_t i = 1; i <= COUNT(values); i++) {
        struct crm_deal deal = fold(values, i);
        check((crm_deal_missing(&deal) == NULL) == (i > 1), "after %zu", i);
    }
}

static void drift_is_told_from_the_lower_side(void **state) {
    (void)state;
    static const struct {
        int crm, vendor, partner;
        enum crm_drift drift;
    } rows[] = {{2, 2, 3, DRIFT_NONE},  {3, 2, 3, DRIFT_CRM_AHEAD}, {1, 2, 3, DRIFT_CRM_BEHIND},
                {2, 3, 2, DRIFT_NONE},  {5, 4, 4, DRIFT_CRM_AHEAD}, {-1, 2, 2, DRIFT_NONE},
                {2, -1, -1, DRIFT_NONE}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(crm_drift_of(rows[i].crm, rows[i].vendor, rows[i].partner) == rows[i].drift, "row %zu", i);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pushes_count_while_the_deal_is_open),
                                       cmocka_unit_test(a_closed_deal_has_the_day_of_its_close),
                                       cmocka_unit_test(the_newest_word_with_a_meaning_holds),
                                       cmocka_unit_test(only_a_change_refreshes),
                                       cmocka_unit_test(an_amount_is_read_in_its_currency),
                                       cmocka_unit_test(a_merge_fills_what_is_missing_at_its_place),
                                       cmocka_unit_test(a_removal_stays_with_the_object_that_it_names),
                                       cmocka_unit_test(merges_in_a_row_and_in_a_ring_end),
                                       cmocka_unit_test(a_deal_needs_a_name),
                                       cmocka_unit_test(drift_is_told_from_the_lower_side)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
