/* Instants and dates as numbers. An instant is microseconds since 1970-01-01T00:00:00Z in an int64_t named
 * `*_at`; a date is days since 1970-01-01 in an int32_t named `*_on` or `*_date`. The clock and time zones
 * are not here: PostgreSQL gives both. */
#ifndef TANDEM_BASE_TIME_H
#define TANDEM_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define INSTANT_NONE INT64_MIN /* absent */
#define DATE_NONE INT32_MIN
#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)

enum { INSTANT_TEXT_SIZE = 32, DATE_TEXT_SIZE = 16 };

/* RFC 3339 with any offset, at most six fraction digits, years 0001 to 9999 (in UTC, too); a leap second is
 * refused. *at is untouched on false. */
bool instant_parse(const char *text, int64_t *at);
/* "2026-11-21T22:31:03.123456Z"; a zero fraction is left out, any other has six digits. */
void instant_format(int64_t at, char out[INSTANT_TEXT_SIZE]);

/* YYYY-MM-DD, a day that exists, years 0001 to 9999. *date is untouched on false. */
bool date_parse(const char *text, int32_t *date);
void date_format(int32_t date, char out[DATE_TEXT_SIZE]);

int32_t date_from_civil(int year, int month, int day);
void date_to_civil(int32_t date, int *year, int *month, int *day);
/* 0 = Monday ... 6 = Sunday */
int date_weekday(int32_t date);

#endif
