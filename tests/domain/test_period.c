/* Months and fiscal quarters for several starts of the fiscal year. */
#include "check.h"

#include "tandem/domain/period.h"

static void parses_names(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int start_month;
        const char *first_on, *last_on; /* NULL: refused */
    } rows[] = {
        {"2026-Q1", 1, "2026-01-01", "2026-03-31"},
        {"2026-Q4", 1, "2026-10-01", "2026-12-31"},
        {"2026-Q1", 2, "2025-02-01", "2025-04-30"},
        {"2026-Q4", 2, "2025-11-01", "2026-01-31"},
        {"2026-Q1", 7, "2025-07-01", "2025-09-30"},
        {"2026-Q3", 7, "2026-01-01", "2026-03-31"},
        {"2026-Q4", 7, "2026-04-01", "2026-06-30"},
        {"2026-Q1", 12, "2025-12-01", "2026-02-28"},
        {"2028-Q1", 12, "2027-12-01", "2028-02-29"},
        {"2026-11", 2, "2026-11-01", "2026-11-30"},
        {"2028-02", 1, "2028-02-01", "2028-02-29"},
        {"2027-02", 1, "2027-02-01", "2027-02-28"},
        {"2100-02", 1, "2100-02-01", "2100-02-28"},
        {"2026-12", 1, "2026-12-01", "2026-12-31"},
        {"1900-01", 1, "1900-01-01", "1900-01-31"},
        {"9998-Q4", 1, "9998-10-01", "9998-12-31"},
        {"2026-Q0", 1, NULL, NULL},
        {"2026-Q5", 1, NULL, NULL},
        {"2026-q4", 1, NULL, NULL},
        {"2026-Q44", 1, NULL, NULL},
        {"2026-00", 1, NULL, NULL},
        {"2026-13", 1, NULL, NULL},
        {"2026-1", 1, NULL, NULL},
        {"2026-111", 1, NULL, NULL},
        {"2026Q4", 1, NULL, NULL},
        {"2026-Q", 1, NULL, NULL},
        {"2026-", 1, NULL, NULL},
        {"", 1, NULL, NULL},
        {"1899-12", 1, NULL, NULL},
        {"9999-01", 1, NULL, NULL},
        {" 2026-11", 1, NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct period period = {.name = "before"};
        bool parsed = period_parse(rows[i].name, rows[i].start_month, &period);
        check(parsed == (rows[i].first_on != NULL), "%s", rows[i].name);
        if (!parsed) {
            assert_string_equal(period.name, "before");
            continue;
        }
        check(period.first_on == day(rows[i].first_on) && period.last_on == day(rows[i].last_on),
              "%s from month %d", rows[i].name, rows[i].start_month);
        assert_string_equal(period.name, rows[i].name);
    }
}

/* Every day lies in exactly the period that says so; shifting by one is the neighbour; names parse back. */
static void covers_every_day(void **state) {
    (void)state;
    static const int starts[] = {1, 2, 4, 7, 10, 12};
    for (size_t i = 0; i < COUNT(starts); i++)
        for (int kind = PERIOD_MONTH; kind <= PERIOD_QUARTER; kind++)
            for (int32_t date = day("2027-06-01"); date < day("2029-06-01"); date++) {
                struct period period = period_containing(date, kind, starts[i]), again, next;
                check(period_contains(&period, date), "day %d start %d", date, starts[i]);
                check(period_parse(period.name, starts[i], &again) && again.first_on == period.first_on, "%s",
                      period.name);
                next = period_next(&period, starts[i]);
                check(next.first_on == period.last_on + 1, "%s then %s", period.name, next.name);
                again = period_shift(&next, -1, starts[i]);
                assert_memory_equal(&again, &period, sizeof period);
            }
}

static void a_fiscal_year_is_named_by_its_end(void **state) {
    (void)state;
    assert_string_equal(period_containing(day("2026-01-31"), PERIOD_QUARTER, 1).name, "2026-Q1");
    assert_string_equal(period_containing(day("2026-01-31"), PERIOD_QUARTER, 2).name, "2026-Q4");
    assert_string_equal(period_containing(day("2026-02-01"), PERIOD_QUARTER, 2).name, "2027-Q1");
    assert_string_equal(period_containing(day("2026-06-30"), PERIOD_QUARTER, 7).name, "2026-Q4");
    assert_string_equal(period_containing(day("2026-07-01"), PERIOD_QUARTER, 7).name, "2027-Q1");
}

static void counts_weeks_left(void **state) {
    (void)state;
    struct period period;
    assert_true(period_parse("2026-Q4", 1, &period));
    assert_int_equal(period_weeks_left(&period, day("2026-12-31")), 1);
    assert_int_equal(period_weeks_left(&period, day("2026-12-25")), 1);
    assert_int_equal(period_weeks_left(&period, day("2026-12-24")), 2);
    assert_int_equal(period_weeks_left(&period, day("2027-01-01")), 0);
    assert_int_equal(period_weeks_left(&period, day("2026-10-01")), 14);
}

static void named_days_are_in_order_and_at_most_five_years(void **state) {
    static const struct {
        const char *from, *to, *fields;
    } rows[] = {
        {"2026-10-01", "2026-12-31", ""},
        {"2026-10-01", "2026-10-01", ""},
        {"2026-10-01", "2026-09-30", "?to before_from"},
        {"2024-01-01", "2028-12-31", ""}, /* two leap days */
        {"2024-01-01", "2029-01-01", "?to period_too_long"},
        {"2025-01-01", "2030-01-01", ""}, /* one */
        {"2025-01-01", "2030-01-02", "?to period_too_long"},
        {NULL, "2026-09-30", ""},
        {"2026-10-01", NULL, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field_faults faults = {.arena = *state};
        period_days_check(rows[i].from ? day(rows[i].from) : DATE_NONE,
                          rows[i].to ? day(rows[i].to) : DATE_NONE, &faults);
        check(strcmp(fields_text(*state, faults.first), rows[i].fields) == 0, "row %zu: %s", i,
              fields_text(*state, faults.first));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_names),
        cmocka_unit_test(covers_every_day),
        cmocka_unit_test(a_fiscal_year_is_named_by_its_end),
        cmocka_unit_test(counts_weeks_left),
        cmocka_unit_test(named_days_are_in_order_and_at_most_five_years),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
