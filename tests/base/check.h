/* What every test of the base layer includes: cmocka with the headers it wants, and table checks that name
 * the row. */
#ifndef TANDEM_TESTS_BASE_CHECK_H
#define TANDEM_TESTS_BASE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Fails with the row's own words when the condition does not hold. */
#define check(condition, ...)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            print_error("%s does not hold for ", #condition);                                                \
            fail_msg(__VA_ARGS__);                                                                           \
        }                                                                                                    \
    } while (0)

#endif
