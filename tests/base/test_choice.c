#include "check.h"
#include "tandem/base/choice.h"

static const struct choice seasons[] = {{"spring", 1}, {"autumn", 3}, {"winter", 0}, {NULL, 0}};

static void names_and_codes_meet(void **state) {
    (void)state;
    for (const struct choice *season = seasons; season->name; season++) {
        int code = -7;
        assert_true(choice_code(seasons, season->name, &code));
        assert_int_equal(code, season->code);
        assert_string_equal(choice_name(seasons, season->code), season->name);
    }
}

static void strangers_are_refused(void **state) {
    (void)state;
    static const char *const strangers[] = {"", "Spring", "sprin", "springs", " spring", "summer"};
    int code = -7;
    for (size_t i = 0; i < COUNT(strangers); i++)
        check(!choice_code(seasons, strangers[i], &code) && code == -7, "'%s'", strangers[i]);
    assert_null(choice_name(seasons, 2));
    assert_null(choice_name(seasons, -1));
    assert_null(choice_name(&seasons[3], 0)); /* an empty table */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_and_codes_meet),
                                       cmocka_unit_test(strangers_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
