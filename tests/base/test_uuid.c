#include "check.h"
#include "tandem/base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void new_ids_are_version_7(void **state) {
    (void)state;
    char last[UUID_TEXT_SIZE] = "";
    for (int i = 0; i < 1000; i++) {
        char made[UUID_TEXT_SIZE], parsed[UUID_TEXT_SIZE];
        time_t before = time(NULL);
        uuid_make(made);
        check(uuid_parse(made, parsed) && !strcmp(made, parsed), "%s", made);
        check(made[14] == '7' && strchr("89ab", made[19]), "%s", made);
        check(strcmp(made, last) != 0, "%s", made);
        char ms_text[13] = "";
        memcpy(ms_text, made, 8);
        memcpy(ms_text + 8, made + 9, 4);
        long long seconds = strtoll(ms_text, NULL, 16) / 1000;
        check(seconds >= before - 1 && seconds <= time(NULL) + 1, "%s", made);
        check(strncmp(made, last, 13) >= 0, "%s behind %s", made, last);
        memcpy(last, made, sizeof last);
    }
}

static void both_cases_are_read_as_lower(void **state) {
    (void)state;
    char out[UUID_TEXT_SIZE];
    assert_true(uuid_parse("0190A0B1-C2D3-7E4F-89AB-CDEF01234567", out));
    assert_string_equal(out, "0190a0b1-c2d3-7e4f-89ab-cdef01234567");
    assert_true(uuid_parse("00000000-0000-0000-0000-000000000000", out));
}

static void other_forms_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {"",
                                       "0190a0b1-c2d3-7e4f-89ab-cdef0123456",
                                       "0190a0b1-c2d3-7e4f-89ab-cdef012345678",
                                       "0190a0b1c2d37e4f89abcdef01234567",
                                       "{0190a0b1-c2d3-7e4f-89ab-cdef01234567}",
                                       "0190a0b1-c2d3-7e4f-89ab-cdef0123456g",
                                       "0190a0b1-c2d37-e4f-89ab-cdef01234567",
                                       "0190a0b1_c2d3_7e4f_89ab_cdef01234567",
                                       " 0190a0b1-c2d3-7e4f-89ab-cdef0123456",
                                       "0190a0b1-c2d3-7e4f-89ab-cdef0123456 ",
                                       "urn:uuid:0190a0b1-c2d3-7e4f-89ab-cdef01234567"};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[UUID_TEXT_SIZE] = "untouched";
        check(!uuid_parse(rows[i], out) && !strcmp(out, "untouched"), "'%s'", rows[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(new_ids_are_version_7),
                                       cmocka_unit_test(both_cases_are_read_as_lower),
                                       cmocka_unit_test(other_forms_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
