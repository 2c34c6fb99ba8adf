/* A quarter is counted as a running number of three-month blocks, a month as a running number of months; a
 * period is made from that number, so parsing, containing and shifting share one construction. */
#include "tandem/domain/period.h"

#include "tandem/base/fault.h"
#include "tandem/base/time.h"

#include <assert.h>
#include <stddef.h>

enum { YEAR_FIRST = 1900, YEAR_LAST = 9998, MONTHS = 12, QUARTER_MONTHS = 3, WEEK = 7 };

/* Months since year 0 of the first month of a fiscal year: the year in which it ends names it. */
static int fiscal_year_start(int year, int start_month) {
    return (start_month == 1 ? year : year - 1) * MONTHS + start_month - 1;
}

static int32_t month_first_on(int month_number) {
    return date_from_civil(month_number / MONTHS, month_number % MONTHS + 1, 1);
}

static void write_digits(char *out, int count, int value) {
    for (int i = count - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
}

static struct period month_make(int month_number) {
    struct period period = {.name = "0000-00",
                            .kind = PERIOD_MONTH,
                            .first_on = month_first_on(month_number),
                            .last_on = month_first_on(month_number + 1) - 1};
    write_digits(period.name, 4, month_number / MONTHS);
    write_digits(period.name + 5, 2, month_number % MONTHS + 1);
    return period;
}

/* `quarter_number` = fiscal year x 4 + quarter from 0. */
static struct period quarter_make(int quarter_number, int start_month) {
    int year = quarter_number / 4, quarter = quarter_number % 4;
    int month_number = fiscal_year_start(year, start_month) + quarter * QUARTER_MONTHS;
    struct period period = {.name = "0000-Q0",
                            .kind = PERIOD_QUARTER,
                            .first_on = month_first_on(month_number),
                            .last_on = month_first_on(month_number + QUARTER_MONTHS) - 1};
    write_digits(period.name, 4, year);
    write_digits(period.name + 6, 1, quarter + 1);
    return period;
}

/* Exactly `count` digits, or -1. */
static int read_digits(const char *text, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + text[i] - '0';
    }
    return value;
}

bool period_parse(const char *text, int start_month, struct period *period) {
    assert(start_month >= 1 && start_month <= MONTHS);
    int year = read_digits(text, 4);
    if (year < YEAR_FIRST || year > YEAR_LAST || text[4] != '-')
        return false;
    if (text[5] == 'Q') {
        if (text[6] < '1' || text[6] > '4' || text[7])
            return false;
        *period = quarter_make(year * 4 + text[6] - '1', start_month);
        return true;
    }
    int month = read_digits(text + 5, 2);
    if (month < 1 || month > MONTHS || text[7])
        return false;
    *period = month_make(year * MONTHS + month - 1);
    return true;
}

struct period period_containing(int32_t date, enum period_kind kind, int start_month) {
    assert(start_month >= 1 && start_month <= MONTHS);
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    if (kind == PERIOD_MONTH)
        return month_make(year * MONTHS + month - 1);
    int months_in = year * MONTHS + month - 1 - fiscal_year_start(year, start_month);
    return quarter_make(year * 4 + months_in / QUARTER_MONTHS,
                        start_month); /* past the end: the year after */
}

struct period period_shift(const struct period *period, int steps, int start_month) {
    int year = read_digits(period->name, 4);
    if (period->kind == PERIOD_MONTH)
        return month_make(year * MONTHS + read_digits(period->name + 5, 2) - 1 + steps);
    return quarter_make(year * 4 + period->name[6] - '1' + steps, start_month);
}

struct period period_next(const struct period *period, int start_month) {
    return period_shift(period, 1, start_month);
}

bool period_contains(const struct period *period, int32_t date) {
    return date >= period->first_on && date <= period->last_on;
}

int period_weeks_left(const struct period *period, int32_t today) {
    int32_t days = period->last_on - today + 1;
    return days > 0 ? (days + WEEK - 1) / WEEK : 0;
}

void period_days_check(int32_t from_on, int32_t to_on, struct field_faults *faults) {
    if (from_on == DATE_NONE || to_on == DATE_NONE)
        return;
    if (to_on < from_on)
        field_fault(faults, "?to", "before_from", "the last day is not before the first");
    else if (to_on - from_on >= PERIOD_DAYS_MAX)
        field_fault(faults, "?to", "period_too_long", "a period has at most %d days, five years",
                    PERIOD_DAYS_MAX);
}
