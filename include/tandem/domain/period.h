/* Forecast periods. A month is a calendar month ("2026-11"); a quarter is of the fiscal year, which is named
 * by the calendar year in which it ends: with fiscal start month 2, 2026-Q1 is February to April 2025.
 * docs/rules.md, Periods.
 */
#ifndef TANDEM_DOMAIN_PERIOD_H
#define TANDEM_DOMAIN_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

struct field_faults;

enum period_kind { PERIOD_MONTH = 1, PERIOD_QUARTER = 2 };

struct period {
    char name[8];              /* "2026-Q4", "2026-11" */
    int kind;                  /* enum period_kind */
    int32_t first_on, last_on; /* both inside */
};

/* Fiscal start month 1..12 everywhere. Years 1900 to 9998. false, *period untouched, for any other text. */
bool period_parse(const char *text, int fiscal_start_month, struct period *period);

struct period period_containing(int32_t date, enum period_kind kind, int fiscal_start_month);

/* The period `steps` later (earlier when negative) of the same kind. */
struct period period_shift(const struct period *period, int steps, int fiscal_start_month);
struct period period_next(const struct period *period, int fiscal_start_month);

bool period_contains(const struct period *period, int32_t date);

/* Weeks from `today` to the end of the period, a begun week counted whole; 0 once it is over. */
int period_weeks_left(const struct period *period, int32_t today);

/* -- days that a caller names, both included -- */
enum { PERIOD_DAYS_MAX = 1827 /* five years, wherever the leap days fall */ };

/* ?to before_from, period_too_long. A day that was not given is DATE_NONE, and nothing is said about it here. */
void period_days_check(int32_t from_on, int32_t to_on, struct field_faults *faults);

#endif
