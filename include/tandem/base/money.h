/* Money in minor units of an ISO 4217 currency. Arithmetic is exact; two currencies are never added. */
#ifndef TANDEM_BASE_MONEY_H
#define TANDEM_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#define AMOUNT_MAX ((INT64_C(1) << 53) - 1) /* magnitude of one amount; exact in every JSON reader */

struct money {
    int64_t amount_minor;
    char currency[4]; /* "" = absent */
};

/* Decimal places of the currency (JPY 0, USD 2, BHD 3), or -1 when ISO 4217 has no such currency. */
int currency_exponent(const char *currency);

/* total += amount. false, total untouched, when the sum leaves +-AMOUNT_MAX. */
bool amount_add(int64_t *total, int64_t amount);

/* amount x basis_points / 10,000, rounded half to even; |basis_points| <= 10,000. */
int64_t amount_weighted(int64_t amount_minor, int32_t basis_points);

/* -- rates -- */
enum { RATE_DIGITS_MAX = 18, RATE_PLACES_MAX = 12 };

/* Units of one currency for a unit of another: digits / 10^places, more than 0. */
struct rate {
    int64_t digits;
    int places;
};

/* "1.0925": at most RATE_DIGITS_MAX digits, RATE_PLACES_MAX of them after the point, by digits, never through double.
 * false when it is no such number or is 0. */
bool rate_from_decimal(const char *text, struct rate *rate);

/* The amount x the rate in minor units of the other currency, rounded half to even. `shift`: the other currency's
 * exponent less the amount's own (EUR to JPY -2, JPY to BHD 3). The SQL function of the same name says the same.
 * false, *stated_minor untouched, when it leaves +-AMOUNT_MAX. */
bool amount_stated(int64_t amount_minor, const struct rate *rate, int shift, int64_t *stated_minor);

/* A decimal string of the currency ("1234.5") to minor units, by digits, never through double. false when it
 * is no number, has more places than the currency, or is too large. */
bool amount_from_decimal(const char *text, const char *currency, int64_t *amount_minor);

#endif
