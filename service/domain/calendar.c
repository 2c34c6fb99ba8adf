/* Adding walks day by day: a rule asks for a year of business days at most, and holidays are few. Counting may span
 * decades, so whole weeks are counted by division, and the holidays in between are taken off. */
#include "tandem/domain/calendar.h"

#include <assert.h>

#include "tandem/base/time.h"

enum { WEEK = 7, MONDAY_TO_FRIDAY = 0x1f };

const struct calendar calendar_default = {.work_days = MONDAY_TO_FRIDAY};

const struct choice weekdays[] = {{"monday", 0}, {"tuesday", 1},  {"wednesday", 2}, {"thursday", 3},
                                  {"friday", 4}, {"saturday", 5}, {"sunday", 6},    {NULL}};

static bool is_work_day(const struct calendar *calendar, int32_t date) {
    return calendar->work_days >> date_weekday(date) & 1;
}

static bool is_holiday(const struct calendar *calendar, int32_t date) {
    size_t low = 0, high = calendar->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle] < date)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->holiday_count && calendar->holidays[low] == date;
}

bool date_is_business_day(const struct calendar *calendar, int32_t date) {
    return is_work_day(calendar, date) && !is_holiday(calendar, date);
}

int32_t date_add_business_days(const struct calendar *calendar, int32_t date, int days) {
    assert(calendar->work_days);
    int step = days < 0 ? -1 : 1;
    for (int left = days; left; left -= step)
        do
            date += step;
        while (!date_is_business_day(calendar, date));
    return date;
}

static int32_t work_days_between(const struct calendar *calendar, int32_t from, int32_t to) {
    int32_t weeks = (to - from) / WEEK;
    int32_t count = 0;
    for (int weekday = 0; weekday < WEEK; weekday++)
        count += (int32_t)(calendar->work_days >> weekday & 1) * weeks;
    for (int32_t date = from + weeks * WEEK + 1; date <= to; date++)
        count += is_work_day(calendar, date);
    return count;
}

int32_t business_days_between(const struct calendar *calendar, int32_t from, int32_t to) {
    if (to < from)
        return -business_days_between(calendar, to, from);
    int32_t count = work_days_between(calendar, from, to);
    for (size_t i = 0; i < calendar->holiday_count; i++)
        if (calendar->holidays[i] > from && calendar->holidays[i] <= to)
            count -= is_work_day(calendar, calendar->holidays[i]);
    return count;
}

struct local_time registration_due(const struct calendar *calendar, struct local_time from,
                                   int business_days) {
    if (!date_is_business_day(calendar, from.date))
        from = (struct local_time){.date = date_add_business_days(calendar, from.date, 1)};
    from.date = date_add_business_days(calendar, from.date, business_days);
    return from;
}
