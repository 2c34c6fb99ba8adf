/* Business days and the answer's due time; 2026-11-20 is a Friday. */
#include "check.h"

#include "tandem/domain/calendar.h"

static void adds_business_days(void **state) {
    (void)state;
    static const struct {
        const char *from;
        int days;
        const char *to;
    } rows[] = {
        {"2026-11-20", 0, "2026-11-20"},  {"2026-11-21", 0, "2026-11-21"},  {"2026-11-20", 1, "2026-11-23"},
        {"2026-11-21", 1, "2026-11-23"},  {"2026-11-22", 1, "2026-11-23"},  {"2026-11-23", 1, "2026-11-24"},
        {"2026-11-19", 2, "2026-11-23"},  {"2026-11-20", 5, "2026-11-27"},  {"2026-11-21", 5, "2026-11-27"},
        {"2026-11-22", 5, "2026-11-27"},  {"2026-11-22", 6, "2026-11-30"},  {"2026-11-20", 10, "2026-12-04"},
        {"2026-11-23", -1, "2026-11-20"}, {"2026-11-22", -1, "2026-11-20"}, {"2026-11-21", -1, "2026-11-20"},
        {"2026-11-27", -5, "2026-11-20"}, {"2026-11-22", -5, "2026-11-16"}, {"2026-11-21", -5, "2026-11-16"},
        {"2028-02-28", 1, "2028-02-29"},  {"2027-02-26", 1, "2027-03-01"},  {"2026-12-31", 1, "2027-01-01"},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(date_add_business_days(&calendar_default, day(rows[i].from), rows[i].days) == day(rows[i].to),
              "%s + %d = %s", rows[i].from, rows[i].days, rows[i].to);
}

static void counts_business_days(void **state) {
    (void)state;
    static const struct {
        const char *from, *to;
        int days;
    } rows[] = {
        {"2026-11-20", "2026-11-20", 0},  {"2026-11-20", "2026-11-22", 0},  {"2026-11-20", "2026-11-23", 1},
        {"2026-11-21", "2026-11-23", 1},  {"2026-11-20", "2026-11-27", 5},  {"2026-11-20", "2026-11-30", 6},
        {"2026-11-23", "2026-11-20", -1}, {"2026-11-27", "2026-11-20", -5}, {"2024-02-28", "2024-03-01", 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(business_days_between(&calendar_default, day(rows[i].from), day(rows[i].to)) == rows[i].days,
              "%s to %s", rows[i].from, rows[i].to);
}

/* Adding and counting agree on every day of a leap year, against a walk day by day, whatever the week and the
 * holidays. */
static void agrees_with_a_walk(void **state) {
    (void)state;
    const int32_t holidays[] = {day("2028-01-01"), day("2028-02-29"), day("2028-05-05"), day("2028-05-06"),
                                day("2028-12-25"), day("2028-12-26"), day("2029-01-01")};
    const struct calendar calendars[] = {
        calendar_default,
        {.work_days = 0x1f, .holidays = holidays, .holiday_count = COUNT(holidays)},
        {.work_days = 0x4f, .holidays = holidays, .holiday_count = COUNT(holidays)}, /* Sunday to Thursday */
        {.work_days = 0x7f},
        {.work_days = 0x04, .holidays = holidays, .holiday_count = 1},
    };
    for (size_t i = 0; i < COUNT(calendars); i++)
        for (int32_t from = day("2028-01-01"); from < day("2029-01-01"); from++) {
            const struct calendar *calendar = &calendars[i];
            int32_t walked = from;
            for (int days = 1; days <= 15; days++) {
                do
                    walked++;
                while (!date_is_business_day(calendar, walked));
                check(date_add_business_days(calendar, from, days) == walked, "%zu: day %d + %d", i, from,
                      days);
                check(business_days_between(calendar, from, walked) == days, "%zu: day %d to %d", i, from,
                      walked);
                check(business_days_between(calendar, walked, from) == -days, "%zu: day %d back", i, walked);
            }
        }
}

/* 2026-12-25 is a Friday. */
static void the_week_and_the_holidays_are_the_tenants(void **state) {
    (void)state;
    const int32_t holidays[] = {day("2026-12-25"), day("2026-12-26"), day("2026-12-28")};
    const struct calendar london = {
        .work_days = 0x1f, .holidays = holidays, .holiday_count = COUNT(holidays)};
    const struct calendar riyadh = {.work_days = 0x4f};
    static const struct {
        const char *on;
        bool london, riyadh;
    } rows[] = {
        {"2026-12-24", true, true},  {"2026-12-25", false, false}, {"2026-12-26", false, false},
        {"2026-12-27", false, true}, {"2026-12-28", false, true},  {"2026-12-29", true, true},
        {"2026-12-31", true, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(date_is_business_day(&london, day(rows[i].on)) == rows[i].london, "London %s", rows[i].on);
        check(date_is_business_day(&riyadh, day(rows[i].on)) == rows[i].riyadh, "Riyadh %s", rows[i].on);
    }
    check(date_add_business_days(&london, day("2026-12-24"), 1) == day("2026-12-29"), "over the holidays");
    check(date_add_business_days(&riyadh, day("2026-12-24"), 1) == day("2026-12-27"), "Thursday, Sunday");
    check(business_days_between(&london, day("2026-12-24"), day("2026-12-31")) == 3, "three are left");
    /* a holiday on a day off takes nothing away a second time */
    check(business_days_between(&london, day("2026-12-25"), day("2026-12-27")) == 0, "a free weekend");
    struct local_time due =
        registration_due(&london, (struct local_time){day("2026-12-24"), 15 * HOUR_US}, 2);
    check(due.date == day("2026-12-30") && due.time_of_day_us == 15 * HOUR_US, "due over the holidays");
    due = registration_due(&london, (struct local_time){day("2026-12-25"), 15 * HOUR_US}, 2);
    check(due.date == day("2026-12-31") && due.time_of_day_us == 0, "submitted on a holiday");
    due = registration_due(&riyadh, (struct local_time){day("2026-12-25"), 15 * HOUR_US}, 2);
    check(due.date == day("2026-12-29") && due.time_of_day_us == 0, "submitted on the Friday");
}

static void respond_by_keeps_the_time_of_day(void **state) {
    (void)state;
    static const struct {
        const char *on;
        int64_t hour;
        int days;
        const char *due_on;
        int64_t due_hour;
    } rows[] = {
        {"2026-11-16", 15, 2, "2026-11-18", 15}, {"2026-11-19", 9, 2, "2026-11-23", 9},
        {"2026-11-20", 23, 2, "2026-11-24", 23}, {"2026-11-21", 15, 2, "2026-11-25", 0},
        {"2026-11-22", 23, 2, "2026-11-25", 0},  {"2026-11-22", 0, 0, "2026-11-23", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct local_time submitted = {day(rows[i].on), rows[i].hour * HOUR_US};
        struct local_time due = registration_due(&calendar_default, submitted, rows[i].days);
        check(due.date == day(rows[i].due_on) && due.time_of_day_us == rows[i].due_hour * HOUR_US, "%s %d h",
              rows[i].on, (int)rows[i].hour);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_business_days),
        cmocka_unit_test(counts_business_days),
        cmocka_unit_test(agrees_with_a_walk),
        cmocka_unit_test(the_week_and_the_holidays_are_the_tenants),
        cmocka_unit_test(respond_by_keeps_the_time_of_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
