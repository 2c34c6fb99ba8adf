#include "check.h"
#include "tandem/base/money.h"

/* ISO 4217, list one, by its minor units. */
static const char *const two_places =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY "
    "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MXV MYR "
    "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
    "SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";
static const char *const no_places = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
static const char *const three_places = "BHD IQD JOD KWD LYD OMR TND";
static const char *const four_places = "CLF UYW";

static void check_places(const char *codes, int places) {
    for (; codes[0]; codes += codes[3] ? 4 : 3) {
        const char code[4] = {codes[0], codes[1], codes[2], 0};
        check(currency_exponent(code) == places, "%s", code);
    }
}

static void currencies_have_their_places(void **state) {
    (void)state;
    check_places(two_places, 2);
    check_places(no_places, 0);
    check_places(three_places, 3);
    check_places(four_places, 4);
}

static void other_codes_are_no_currency(void **state) {
    (void)state;
    static const char *const rows[] = {"",    "US",  "USDX", "usd", "Usd", "AAA",
                                       "ZZZ", "XXX", "XTS",  "XAU", "DEM", "$"};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(currency_exponent(rows[i]) == -1, "'%s'", rows[i]);
}

static void totals_stay_exact_or_refuse(void **state) {
    (void)state;
    static const struct {
        int64_t total, amount, sum;
        bool good;
    } rows[] = {{0, 0, 0, true},
                {AMOUNT_MAX - 1, 1, AMOUNT_MAX, true},
                {AMOUNT_MAX, 1, 0, false},
                {AMOUNT_MAX, -1, AMOUNT_MAX - 1, true},
                {-AMOUNT_MAX + 1, -1, -AMOUNT_MAX, true},
                {-AMOUNT_MAX, -1, 0, false},
                {AMOUNT_MAX, -AMOUNT_MAX, 0, true},
                {AMOUNT_MAX, INT64_MAX, 0, false},
                {-AMOUNT_MAX, INT64_MIN, 0, false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t total = rows[i].total;
        bool good = amount_add(&total, rows[i].amount);
        check(good == rows[i].good && total == (good ? rows[i].sum : rows[i].total), "row %zu", i);
    }
}

static void weights_round_half_to_even(void **state) {
    (void)state;
    static const struct {
        int64_t amount;
        int32_t basis_points;
        int64_t weighted;
    } rows[] = {{0, 9000, 0},
                {100, 9000, 90},
                {1, 5000, 0}, /* 0.5 */
                {3, 5000, 2}, /* 1.5 */
                {5, 5000, 2}, /* 2.5 */
                {7, 5000, 4}, /* 3.5 */
                {-1, 5000, 0},
                {-3, 5000, -2},
                {-5, 5000, -2},
                {1, 5001, 1},
                {1, 4999, 0},
                {-1, 5001, -1},
                {-1, 4999, 0},
                {1, -5000, 0},
                {3, -5000, -2},
                {10000, 1, 1},
                {14999, 1, 1},
                {15000, 1, 2}, /* 1.5 */
                {25000, 1, 2}, /* 2.5 */
                {25001, 1, 3},
                {-25000, 1, -2},
                {12345, 0, 0},
                {12345, 10000, 12345},
                {AMOUNT_MAX, 10000, AMOUNT_MAX},
                {AMOUNT_MAX, 9999, INT64_C(9006298534815517)}, /* ...516.9009 */
                {INT64_MAX, 10000, INT64_MAX},
                {INT64_MIN, 10000, INT64_MIN}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        __extension__ __int128 product = (__int128)rows[i].amount * rows[i].basis_points;
        int64_t weighted = amount_weighted(rows[i].amount, rows[i].basis_points);
        __extension__ __int128 error = product - (__int128)weighted * 10000;
        check(error >= -5000 && error <= 5000, "row %zu: %lld", i, (long long)weighted);
        check((error != 5000 && error != -5000) || weighted % 2 == 0, "row %zu: %lld", i,
              (long long)weighted);
        check(weighted == rows[i].weighted, "row %zu: %lld", i, (long long)weighted);
    }
}

static void decimals_are_read_by_digits(void **state) {
    (void)state;
    static const struct {
        const char *text, *currency;
        int64_t amount_minor;
    } rows[] = {{"0", "USD", 0},
                {"1234.5", "USD", 123450},
                {"1234.56", "USD", 123456},
                {"-1234.56", "USD", -123456},
                {"-0", "USD", 0},
                {"0.07", "USD", 7},
                {"007", "USD", 700},
                {"1234", "JPY", 1234},
                {"1.234", "BHD", 1234},
                {"1.2", "BHD", 1200},
                {"1.2345", "CLF", 12345},
                {"0.29", "USD", 29},
                {"1.15", "USD", 115},
                {"90071992547409.91", "USD", AMOUNT_MAX},
                {"-90071992547409.91", "USD", -AMOUNT_MAX},
                {"9007199254740991", "JPY", AMOUNT_MAX}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t amount = -1;
        check(amount_from_decimal(rows[i].text, rows[i].currency, &amount) && amount == rows[i].amount_minor,
              "%s: %lld", rows[i].text, (long long)amount);
    }
}

static void other_texts_are_no_amount(void **state) {
    (void)state;
    static const struct {
        const char *text, *currency;
    } rows[] = {{"", "USD"},
                {"-", "USD"},
                {".", "USD"},
                {".5", "USD"},
                {"5.", "USD"},
                {"1.2.3", "USD"},
                {"1,234.5", "USD"},
                {"1234,5", "USD"},
                {"+5", "USD"},
                {"--5", "USD"},
                {" 5", "USD"},
                {"5 ", "USD"},
                {"1e3", "USD"},
                {"0x10", "USD"},
                {"NaN", "USD"},
                {"Infinity", "USD"},
                {"1.234", "USD"},
                {"1.230", "USD"},
                {"1.0", "JPY"},
                {"1.2345", "BHD"},
                {"5", "XXX"},
                {"5", ""},
                {"5$", "USD"},
                {"90071992547409.92", "USD"},
                {"9007199254740992", "JPY"},
                {"900719925474099.1", "USD"},
                {"99999999999999999999999999999999999999", "USD"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t amount = -1;
        check(!amount_from_decimal(rows[i].text, rows[i].currency, &amount) && amount == -1, "'%s' %s",
              rows[i].text, rows[i].currency);
    }
}

static void rates_are_read_by_digits(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t digits;
        int places;
    } rows[] = {
        {"1", 1, 0},
        {"1.0925", 10925, 4},
        {"0.0067", 67, 4},
        {"0.000000000001", 1, 12},
        {"007.50", 750, 2},
        {"999999999999999999", 999999999999999999, 0},
        {"123456.789012345678", 123456789012345678, 12},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate rate;
        check(rate_from_decimal(rows[i].text, &rate) && rate.digits == rows[i].digits &&
                  rate.places == rows[i].places,
              "'%s'", rows[i].text);
    }
    static const char *const others[] = {"",
                                         "0",
                                         "0.000",
                                         "-1",
                                         "+1",
                                         ".5",
                                         "5.",
                                         "1,5",
                                         "1e3",
                                         "NaN",
                                         "1.2.3",
                                         "1 ",
                                         " 1",
                                         "0x1",
                                         "1.0000000000001",
                                         "1000000000000000000",
                                         "1234567.123456789012"};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct rate rate = {.digits = -7};
        check(!rate_from_decimal(others[i], &rate) && rate.digits == -7, "'%s'", others[i]);
    }
}

static void stated_amounts_round_half_to_even(void **state) {
    (void)state;
    static const struct {
        int64_t amount_minor;
        const char *rate, *from, *to;
        int64_t stated_minor;
    } rows[] = {
        {100, "1.0925", "EUR", "USD", 109}, /* 109.25 */
        {2, "0.25", "EUR", "USD", 0},       /* 0.5 */
        {6, "0.25", "EUR", "USD", 2},       /* 1.5 */
        {10, "0.25", "EUR", "USD", 2},      /* 2.5 */
        {-10, "0.25", "EUR", "USD", -2},
        {-6, "0.25", "EUR", "USD", -2},
        {10, "0.250000000001", "EUR", "USD", 3},
        {10, "0.249999999999", "EUR", "USD", 2},
        {1000, "0.0067", "JPY", "USD", 670}, /* 1,000 yen are 6.70 dollars */
        {670, "149.25", "USD", "JPY", 1000}, /* 999.975 */
        {1000, "2.65", "BHD", "USD", 265},   /* one dinar of 1,000 fils */
        {265, "0.377", "USD", "BHD", 999},   /* 0.99905 */
        {1, "0.0025", "JPY", "BHD", 2},      /* 2.5 fils */
        {3, "0.0025", "JPY", "BHD", 8},      /* 7.5 fils */
        {0, "1.5", "EUR", "USD", 0},
        {AMOUNT_MAX, "1", "EUR", "USD", AMOUNT_MAX},
        {-AMOUNT_MAX, "1", "EUR", "USD", -AMOUNT_MAX},
        {AMOUNT_MAX, "0.000000000001", "EUR", "USD", 9007},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate rate;
        int64_t stated = -7;
        int shift = currency_exponent(rows[i].to) - currency_exponent(rows[i].from);
        assert_true(rate_from_decimal(rows[i].rate, &rate));
        check(amount_stated(rows[i].amount_minor, &rate, shift, &stated) && stated == rows[i].stated_minor,
              "%lld %s at %s in %s: %lld", (long long)rows[i].amount_minor, rows[i].from, rows[i].rate,
              rows[i].to, (long long)stated);
    }
    static const struct {
        int64_t amount_minor;
        const char *rate;
        int shift;
    } others[] = {{AMOUNT_MAX, "1.000000000001", 0},
                  {-AMOUNT_MAX, "2", 0},
                  {AMOUNT_MAX, "999999999999999999", 4},
                  {-AMOUNT_MAX, "999999999999999999", 4},
                  {AMOUNT_MAX, "1", 1}};
    for (size_t i = 0; i < COUNT(others); i++) {
        struct rate rate;
        int64_t stated = -7;
        assert_true(rate_from_decimal(others[i].rate, &rate));
        check(!amount_stated(others[i].amount_minor, &rate, others[i].shift, &stated) && stated == -7,
              "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_have_their_places), cmocka_unit_test(other_codes_are_no_currency),
        cmocka_unit_test(totals_stay_exact_or_refuse),  cmocka_unit_test(weights_round_half_to_even),
        cmocka_unit_test(decimals_are_read_by_digits),  cmocka_unit_test(other_texts_are_no_amount),
        cmocka_unit_test(rates_are_read_by_digits),     cmocka_unit_test(stated_amounts_round_half_to_even)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
