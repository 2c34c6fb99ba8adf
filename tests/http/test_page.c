/* Who takes a page compressed: Accept-Encoding by name, by `*` and by weight. */
#include "check.h"

#include "tandem/http/loop.h"

static void test_gzip_is_taken_by_name_or_by_star_unless_its_weight_is_0(void **state) {
    (void)state;
    static const char *const taken[] = {"gzip",         "GZip",           "br, gzip", "br,gzip;q=0.5",
                                        "gzip;q=1.000", "gzip ; q=0.001", "*",        "br, *;q=0.1",
                                        "*;q=0, gzip",  " ,, gzip"};
    static const char *const refused[] = {"",         "br",          "identity", "gzip;q=0", "gzip; q=0.000",
                                          "xgzip, x", "gzip;q=0, *", "*;q=0",    ",",        ";"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (!accepts_gzip(taken[i]))
            fail_msg("%s takes gzip", taken[i]);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (accepts_gzip(refused[i]))
            fail_msg("%s does not take gzip", refused[i]);
    assert_false(accepts_gzip(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip_is_taken_by_name_or_by_star_unless_its_weight_is_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
