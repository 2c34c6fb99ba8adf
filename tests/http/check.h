/* cmocka in the order in which its header wants the others. */
#ifndef TANDEM_TESTS_HTTP_CHECK_H
#define TANDEM_TESTS_HTTP_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
