/* Calendar arithmetic on the proleptic Gregorian calendar, in days and microseconds. A year is counted from
 * March, so that the leap day is its last day and months have lengths a line can fit; 400 years are one era
 * of 146,097 days. */
#include "tandem/base/time.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DAYS_PER_ERA = 146097, DAYS_TO_EPOCH = 719468 /* 0000-03-01 to 1970-01-01 */ };

#define INSTANT_FIRST (-INT64_C(62135596800) * SECOND_US)    /* 0001-01-01T00:00:00Z */
#define INSTANT_LAST (INT64_C(253402300800) * SECOND_US - 1) /* 9999-12-31T23:59:59.999999Z */

static int64_t divide_down(int64_t value, int64_t by) {
    return value / by - (value % by < 0);
}

int32_t date_from_civil(int year, int month, int day) {
    year -= month <= 2;
    int era = (int)divide_down(year, 400);
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

void date_to_civil(int32_t date, int *year, int *month, int *day) {
    int64_t days = (int64_t)date + DAYS_TO_EPOCH;
    int64_t era = divide_down(days, DAYS_PER_ERA);
    int day_of_era = (int)(days - era * DAYS_PER_ERA);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month = shifted_month + (shifted_month < 10 ? 3 : -9);
    *year = (int)(year_of_era + era * 400) + (*month <= 2);
}

int date_weekday(int32_t date) {
    int64_t since_monday = (int64_t)date + 3; /* 1970-01-01 was a Thursday */
    return (int)(since_monday - divide_down(since_monday, 7) * 7);
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Exactly `count` digits in minimum..maximum; moves *text behind them. */
static bool take_number(const char **text, int count, int minimum, int maximum, int *out) {
    int value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        value = value * 10 + (**text - '0');
    }
    *out = value;
    return value >= minimum && value <= maximum;
}

static bool take_one(const char **text, const char *any_of) {
    if (!**text || !strchr(any_of, **text))
        return false;
    ++*text;
    return true;
}

static bool take_date(const char **text, int32_t *date) {
    int year, month, day;
    if (!take_number(text, 4, 1, 9999, &year) || !take_one(text, "-") ||
        !take_number(text, 2, 1, 12, &month) || !take_one(text, "-") ||
        !take_number(text, 2, 1, days_in_month(year, month), &day))
        return false;
    *date = date_from_civil(year, month, day);
    return true;
}

static bool take_time(const char **text, int64_t *us) {
    int hour, minute, second, digits = 0;
    int64_t fraction = 0;
    if (!take_number(text, 2, 0, 23, &hour) || !take_one(text, ":") ||
        !take_number(text, 2, 0, 59, &minute) || !take_one(text, ":") ||
        !take_number(text, 2, 0, 59, &second))
        return false;
    if (take_one(text, ".")) {
        for (int digit; **text >= '0' && **text <= '9'; digits++) {
            if (digits == 6 || !take_number(text, 1, 0, 9, &digit))
                return false;
            fraction = fraction * 10 + digit;
        }
        if (!digits)
            return false;
        for (; digits < 6; digits++)
            fraction *= 10;
    }
    *us = (hour * INT64_C(3600) + minute * 60 + second) * SECOND_US + fraction;
    return true;
}

static bool take_offset(const char **text, int64_t *us) {
    *us = 0;
    if (take_one(text, "Zz"))
        return true;
    int hour, minute, sign = **text == '-' ? -1 : 1;
    if (!take_one(text, "+-") || !take_number(text, 2, 0, 23, &hour) || !take_one(text, ":") ||
        !take_number(text, 2, 0, 59, &minute))
        return false;
    *us = sign * (hour * INT64_C(60) + minute) * 60 * SECOND_US;
    return true;
}

bool instant_parse(const char *text, int64_t *at) {
    int32_t date;
    int64_t time_us, offset_us;
    if (!take_date(&text, &date) || !take_one(&text, "Tt") || !take_time(&text, &time_us) ||
        !take_offset(&text, &offset_us) || *text)
        return false;
    int64_t parsed = date * DAY_US + time_us - offset_us;
    if (parsed < INSTANT_FIRST || parsed > INSTANT_LAST)
        return false;
    *at = parsed;
    return true;
}

void instant_format(int64_t at, char out[INSTANT_TEXT_SIZE]) {
    int64_t date = divide_down(at, DAY_US);
    int64_t us = (at % DAY_US + DAY_US) % DAY_US;
    char day[DATE_TEXT_SIZE];
    date_format((int32_t)date, day);
    int second = (int)(us / SECOND_US), fraction = (int)(us % SECOND_US);
    int length = snprintf(out, INSTANT_TEXT_SIZE, "%.12sT%02d:%02d:%02d", day, second / 3600,
                          second / 60 % 60, second % 60);
    snprintf(out + length, (size_t)(INSTANT_TEXT_SIZE - length), fraction ? ".%06dZ" : "Z", fraction);
}

bool date_parse(const char *text, int32_t *date) {
    int32_t parsed;
    if (!take_date(&text, &parsed) || *text)
        return false;
    *date = parsed;
    return true;
}

void date_format(int32_t date, char out[DATE_TEXT_SIZE]) {
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    snprintf(out, DATE_TEXT_SIZE, "%04d-%02d-%02d", year, month, day);
}
