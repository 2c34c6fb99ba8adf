/* What a rate may be. */
#include "check.h"

#include "tandem/domain/rate.h"

static void a_rate_is_an_exact_decimal_of_another_currency(void **state) {
    static const struct {
        const char *text, *currency, *said;
    } rows[] = {
        {"1.0925", "EUR", ""},
        {"0.000000000001", "EUR", ""},
        {"0", "EUR", "/rate invalid_rate"},
        {"1.0000000000001", "EUR", "/rate invalid_rate"},
        {"about 1", "EUR", "/rate invalid_rate"},
        {NULL, "EUR", ""},
        {"1", "USD", "/rate reporting_currency"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct field_faults faults = {.arena = *state};
        rate_check(rows[i].text, &faults);
        rate_currency_check(rows[i].currency, "USD", &faults);
        check(!strcmp(fields_text(*state, faults.first), rows[i].said), "row %zu", i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_an_exact_decimal_of_another_currency),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
