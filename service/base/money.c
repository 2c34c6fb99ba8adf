/* ISO 4217 as a table and exact arithmetic in 64 bits. Currencies withdrawn since 2018 stay in the table:
 * deals that closed in them are still reported. */
#include "tandem/base/money.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct currency {
    char code[4];
    signed char exponent;
};

static const struct currency currencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2},
    {"AWG", 2}, {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BGN", 2}, {"BHD", 3}, {"BIF", 0},
    {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BOV", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2},
    {"BYN", 2}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHE", 2}, {"CHF", 2}, {"CHW", 2}, {"CLF", 4},
    {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"COU", 2}, {"CRC", 2}, {"CUC", 2}, {"CUP", 2}, {"CVE", 2},
    {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2},
    {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2},
    {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HRK", 2}, {"HTG", 2}, {"HUF", 2},
    {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2}, {"JOD", 3},
    {"JPY", 0}, {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3},
    {"KYD", 2}, {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2}, {"LYD", 3},
    {"MAD", 2}, {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2}, {"MRU", 2},
    {"MUR", 2}, {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MXV", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2},
    {"NGN", 2}, {"NIO", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2},
    {"PGK", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2},
    {"RUB", 2}, {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2},
    {"SHP", 2}, {"SLE", 2}, {"SLL", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2},
    {"SYP", 2}, {"SZL", 2}, {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2},
    {"TTD", 2}, {"TWD", 2}, {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"USN", 2}, {"UYI", 0},
    {"UYU", 2}, {"UYW", 4}, {"UZS", 2}, {"VED", 2}, {"VES", 2}, {"VND", 0}, {"VUV", 0}, {"WST", 2},
    {"XAF", 0}, {"XCD", 2}, {"XCG", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2}, {"ZMW", 2},
    {"ZWG", 2}, {"ZWL", 2}};

static int compare_code(const void *code, const void *currency) {
    return strcmp(code, ((const struct currency *)currency)->code);
}

int currency_exponent(const char *currency) {
    const struct currency *found = bsearch(currency, currencies, sizeof currencies / sizeof *currencies,
                                           sizeof *currencies, compare_code);
    return found ? found->exponent : -1;
}

bool amount_add(int64_t *total, int64_t amount) {
    int64_t sum;
    if (__builtin_add_overflow(*total, amount, &sum) || sum > AMOUNT_MAX || sum < -AMOUNT_MAX)
        return false;
    *total = sum;
    return true;
}

int64_t amount_weighted(int64_t amount_minor, int32_t basis_points) {
    assert(basis_points >= -10000 && basis_points <= 10000);
    /* amount = whole x 10,000 + rest: each part times the basis points stays inside 64 bits. */
    int64_t rest = amount_minor % 10000 * basis_points;
    int64_t weighted = amount_minor / 10000 * basis_points + rest / 10000;
    int64_t left = rest % 10000; /* its sign is the product's */
    int64_t magnitude = left < 0 ? -left : left;
    if (magnitude > 5000 || (magnitude == 5000 && weighted % 2 != 0))
        weighted += left < 0 ? -1 : 1;
    return weighted;
}

/* -- rates -- */

/* 10^16 at most: the places of a rate and the difference of two exponents. */
static int64_t power_of_ten(int exponent) {
    int64_t power = 1;
    for (; exponent > 0; exponent--)
        power *= 10;
    return power;
}

bool rate_from_decimal(const char *text, struct rate *rate) {
    struct rate read = {0};
    bool point = false;
    if (*text < '0' || *text > '9')
        return false;
    for (int count = 0; *text; text++) {
        if (*text == '.' && !point && text[1]) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || ++count > RATE_DIGITS_MAX)
            return false;
        read.digits = read.digits * 10 + (*text - '0');
        read.places += point;
    }
    if (read.digits == 0 || read.places > RATE_PLACES_MAX)
        return false;
    *rate = read;
    return true;
}

__extension__ typedef __int128 wide;

bool amount_stated(int64_t amount_minor, const struct rate *rate, int shift, int64_t *stated_minor) {
    /* 2^53 x 10^18 x 10^4 stays inside 127 bits */
    int places = rate->places - shift;
    wide product = (wide)amount_minor * rate->digits * power_of_ten(-places);
    int64_t divisor = power_of_ten(places);
    wide whole = product / divisor;
    int64_t rest = (int64_t)(product % divisor); /* its sign is the product's */
    int64_t twice = 2 * (rest < 0 ? -rest : rest);
    if (twice > divisor || (twice == divisor && whole % 2 != 0))
        whole += rest < 0 ? -1 : 1;
    if (whole > AMOUNT_MAX || whole < -AMOUNT_MAX)
        return false;
    *stated_minor = (int64_t)whole;
    return true;
}

/* Appends a digit; false when the amount leaves the range. */
static bool take_digit(char digit, int64_t *amount) {
    *amount = *amount * 10 + (digit - '0');
    return *amount <= AMOUNT_MAX;
}

bool amount_from_decimal(const char *text, const char *currency, int64_t *amount_minor) {
    int exponent = currency_exponent(currency), places = 0;
    bool negative = *text == '-', point = false;
    int64_t amount = 0;
    text += negative;
    if (exponent < 0 || *text < '0' || *text > '9')
        return false;
    for (; *text; text++) {
        if (*text == '.' && !point && text[1]) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || (point && ++places > exponent) || !take_digit(*text, &amount))
            return false;
    }
    for (; places < exponent; places++)
        if (!take_digit('0', &amount))
            return false;
    *amount_minor = negative ? -amount : amount;
    return true;
}
