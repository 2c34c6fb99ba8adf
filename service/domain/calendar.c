/* Weeks have five business days, so whole weeks are counted by division and the rest by walking at most a
 * week. */
#include "tandem/domain/calendar.h"

#include "tandem/base/time.h"

enum { FRIDAY = 4, WEEK = 7, BUSINESS_WEEK = 5 };

bool date_is_business_day(int32_t date) {
    return date_weekday(date) <= FRIDAY;
}

int32_t date_add_business_days(int32_t date, int days) {
    int step = days < 0 ? -1 : 1;
    date += days / BUSINESS_WEEK * WEEK;
    for (int left = days % BUSINESS_WEEK; left; left -= step)
        do
            date += step;
        while (!date_is_business_day(date));
    /* Whole weeks from a weekend end on a weekend: the last business day counted lies towards the start. */
    if (days && days % BUSINESS_WEEK == 0)
        while (!date_is_business_day(date))
            date -= step;
    return date;
}

/* Of a date before which `days` days (0 to 6) are left to count, those that are business days. */
static int32_t count_rest(int32_t from, int32_t to) {
    int32_t count = 0;
    while (from < to)
        count += date_is_business_day(++from);
    return count;
}

int32_t business_days_between(int32_t from, int32_t to) {
    if (to < from)
        return -business_days_between(to, from);
    int32_t weeks = (to - from) / WEEK;
    return weeks * BUSINESS_WEEK + count_rest(from + weeks * WEEK, to);
}

struct local_time registration_due(struct local_time from, int business_days) {
    if (!date_is_business_day(from.date))
        from = (struct local_time){.date = date_add_business_days(from.date, 1)};
    from.date = date_add_business_days(from.date, business_days);
    return from;
}
