#include "check.h"
#include "tandem/base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void instants_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text, *utc;
    } rows[] = {
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        {"2026-11-21T22:31:03.123456Z", "2026-11-21T22:31:03.123456Z"},
        {"2026-11-21t22:31:03z", "2026-11-21T22:31:03Z"},
        {"2026-11-21T22:31:03.1Z", "2026-11-21T22:31:03.100000Z"},
        {"2026-11-21T22:31:03.000001Z", "2026-11-21T22:31:03.000001Z"},
        {"2026-11-21T22:31:03.000000Z", "2026-11-21T22:31:03Z"},
        {"2026-11-21T22:31:03+01:00", "2026-11-21T21:31:03Z"},
        {"2026-11-21T22:31:03-08:30", "2026-11-22T07:01:03Z"},
        {"2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00Z"},
        {"2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00Z"},
        {"2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"},
        {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
        {"9999-12-31T23:59:59+00:01", "9999-12-31T23:58:59Z"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t at = 0, again = 0;
        char utc[INSTANT_TEXT_SIZE];
        check(instant_parse(rows[i].text, &at), "%s", rows[i].text);
        instant_format(at, utc);
        check(!strcmp(utc, rows[i].utc), "%s: %s", rows[i].text, utc);
        check(instant_parse(utc, &again) && again == at, "%s", utc);
    }
}

static void bad_instants_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {"",
                                       "2026-11-21",
                                       "2026-11-21T22:31:03",
                                       "2026-11-21 22:31:03Z",
                                       "2026-11-21T22:31Z",
                                       "2026-11-21T22:31:03ZZ",
                                       " 2026-11-21T22:31:03Z",
                                       "2026-11-21T22:31:03Z ",
                                       "2026-11-21T24:00:00Z",
                                       "2026-11-21T23:60:00Z",
                                       "2026-12-31T23:59:60Z",
                                       "2026-12-31T23:59:61Z",
                                       "2026-11-21T22:31:03.Z",
                                       "2026-11-21T22:31:03.1234567Z",
                                       "2026-11-21T22:31:03,5Z",
                                       "2026-11-21T22:31:03+24:00",
                                       "2026-11-21T22:31:03+01:60",
                                       "2026-11-21T22:31:03+0100",
                                       "2026-11-21T22:31:03+01",
                                       "2026-11-21T22:31:03 +01:00",
                                       "2026-02-29T00:00:00Z",
                                       "2100-02-29T00:00:00Z",
                                       "2026-00-10T00:00:00Z",
                                       "2026-13-10T00:00:00Z",
                                       "2026-01-00T00:00:00Z",
                                       "2026-01-32T00:00:00Z",
                                       "2026-04-31T00:00:00Z",
                                       "0000-12-31T23:59:59Z",
                                       "0001-01-01T00:00:00+00:01",
                                       "9999-12-31T23:59:59-00:01",
                                       "10000-01-01T00:00:00Z",
                                       "+2026-01-01T00:00:00Z",
                                       "-001-01-01T00:00:00Z",
                                       "26-01-01T00:00:00Z",
                                       "2026-1-1T00:00:00Z",
                                       "2026-01-01T0:00:00Z",
                                       "infinity",
                                       "now",
                                       "2026-01-01T00:00:00\xe2\x88\22201:00"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t at = 42;
        check(!instant_parse(rows[i], &at) && at == 42, "'%s'", rows[i]);
    }
}

static void dates_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t date;
        int weekday;
    } rows[] = {{"1970-01-01", 0, 3},      {"1969-12-31", -1, 2},      {"2000-02-29", 11016, 1},
                {"2000-03-01", 11017, 2},  {"2026-11-21", 20778, 5},   {"2026-11-22", 20779, 6},
                {"2026-11-23", 20780, 0},  {"0001-01-01", -719162, 0}, {"9999-12-31", 2932896, 4},
                {"1900-02-28", -25509, 2}, {"1900-03-01", -25508, 3}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t date = 0;
        char text[DATE_TEXT_SIZE];
        check(date_parse(rows[i].text, &date) && date == rows[i].date, "%s: %d", rows[i].text, date);
        date_format(date, text);
        check(!strcmp(text, rows[i].text), "%s: %s", rows[i].text, text);
        check(date_weekday(date) == rows[i].weekday, "%s: %d", rows[i].text, date_weekday(date));
    }
}

static void bad_dates_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {"",
                                       "2026-02-29",
                                       "1900-02-29",
                                       "2026-11-31",
                                       "2026-00-01",
                                       "2026-13-01",
                                       "2026-01-00",
                                       "0000-01-01",
                                       "2026-1-01",
                                       "2026-01-1",
                                       "2026/01/01",
                                       "20260101",
                                       "2026-01-01 ",
                                       " 2026-01-01",
                                       "2026-01-01T00:00:00Z",
                                       "12026-01-01",
                                       "2026-01-",
                                       "2026-01",
                                       "2026-W01-1",
                                       "2026-01-0x"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t date = 42;
        check(!date_parse(rows[i], &date) && date == 42, "'%s'", rows[i]);
    }
}

/* Against the C library's own calendar, every day of 800 years. */
static void the_calendar_is_the_systems(void **state) {
    (void)state;
    for (int32_t date = -200000; date < 100000; date++) {
        time_t seconds = (time_t)date * 86400;
        struct tm system;
        gmtime_r(&seconds, &system);
        int year, month, day;
        date_to_civil(date, &year, &month, &day);
        if (year != system.tm_year + 1900 || month != system.tm_mon + 1 || day != system.tm_mday ||
            date_weekday(date) != (system.tm_wday + 6) % 7 || date_from_civil(year, month, day) != date)
            fail_msg("day %d is read as %d-%d-%d", date, year, month, day);
    }
}

static void any_number_can_be_written(void **state) {
    (void)state;
    static const int64_t rows[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, 0, -1};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[INSTANT_TEXT_SIZE];
        instant_format(rows[i], text);
        check(memchr(text, 0, sizeof text) != NULL, "row %zu", i);
    }
    static const int32_t dates[] = {INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < COUNT(dates); i++) {
        char text[DATE_TEXT_SIZE];
        date_format(dates[i], text);
        check(memchr(text, 0, sizeof text) != NULL, "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(instants_are_read),
                                       cmocka_unit_test(bad_instants_are_refused),
                                       cmocka_unit_test(dates_are_read),
                                       cmocka_unit_test(bad_dates_are_refused),
                                       cmocka_unit_test(the_calendar_is_the_systems),
                                       cmocka_unit_test(any_number_can_be_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
