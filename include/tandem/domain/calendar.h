/* Business days of a tenant's calendar: its work week without its holidays. Dates and times of day are local, in the
 * tenant's zone; the caller converts to and from instants. docs/rules.md, Calendar. */
#ifndef TANDEM_DOMAIN_CALENDAR_H
#define TANDEM_DOMAIN_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/base/choice.h"

struct calendar {
    unsigned work_days;      /* bit set of 1 << weekday (0 = Monday); never empty */
    const int32_t *holidays; /* ascending, each once */
    size_t holiday_count;
};

/* Monday to Friday, no holidays: what a new tenant starts from. */
extern const struct calendar calendar_default;

extern const struct choice weekdays[];

bool date_is_business_day(const struct calendar *calendar, int32_t date);

/* The n-th business day after `date`; before it for a negative n; `date` itself, business day or not, for 0.
 * With Monday to Friday: Friday + 1 = Saturday + 1 = Sunday + 1 = Monday. */
int32_t date_add_business_days(const struct calendar *calendar, int32_t date, int days);

/* Business days d with from < d <= to; negative (counted the other way) when `to` is before `from`.
 * With Monday to Friday: Friday to Monday = 1; Friday to Sunday = 0. */
int32_t business_days_between(const struct calendar *calendar, int32_t from, int32_t to);

struct local_time {
    int32_t date;           /* days since 1970-01-01 */
    int64_t time_of_day_us; /* 0 .. DAY_US - 1 */
};

/* When somebody's answer about a registration is due (the first decision after the submission, the partner's changes
 * after the request): `business_days` later at the same local time of day. What starts on a day off counts from the
 * start (00:00) of the next business day: Saturday 15:00 + 2 = Wednesday 00:00. */
struct local_time registration_due(const struct calendar *calendar, struct local_time from,
                                   int business_days);

#endif
