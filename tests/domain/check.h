/* What every test of the rules includes: cmocka with the headers it wants, checks that name their row, and looks into a
 * refusal. */
#ifndef TANDEM_TESTS_DOMAIN_CHECK_H
#define TANDEM_TESTS_DOMAIN_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define OK ((enum problem)PROBLEM_COUNT) /* no refusal */

/* Fails with the row's own words when the condition does not hold. */
#define check(condition, ...)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            print_error("%s does not hold for ", #condition);                                                \
            fail_msg(__VA_ARGS__);                                                                           \
        }                                                                                                    \
    } while (0)

static inline enum problem problem_of(const struct fault *fault) {
    return fault ? fault->problem : OK;
}

static inline const char *problem_name(enum problem problem) {
    return problem == OK ? "none" : problem_entry(problem)->code;
}

#define check_problem(fault, expected, ...)                                                                  \
    do {                                                                                                     \
        enum problem check_found = problem_of(fault);                                                        \
        if (check_found != (expected)) {                                                                     \
            print_error("%s instead of %s for ", problem_name(check_found), problem_name(expected));         \
            fail_msg(__VA_ARGS__);                                                                           \
        }                                                                                                    \
    } while (0)

/* "pointer code, pointer code" of all bad fields, in order. */
static inline const char *fields_text(struct arena *arena, const struct fault_field *field) {
    const char *text = "";
    for (; field; field = field->next)
        text = arena_format(arena, "%s%s%s %s", text, *text ? ", " : "", field->pointer, field->code);
    return text;
}

/* "criterion missing owed_by, ..." of all missing items, in order. */
static inline const char *unmet_text(struct arena *arena, const struct fault_unmet *unmet) {
    const char *text = "";
    for (; unmet; unmet = unmet->next)
        text = arena_format(arena, "%s%s%s %s %s", text, *text ? ", " : "", unmet->criterion, unmet->missing,
                            unmet->owed_by);
    return text;
}

static inline int32_t day(const char *text) {
    int32_t date = DATE_NONE;
    if (!date_parse(text, &date))
        fail_msg("%s is no date", text);
    return date;
}

static inline int64_t instant(const char *text) {
    int64_t at = INSTANT_NONE;
    if (!instant_parse(text, &at))
        fail_msg("%s is no instant", text);
    return at;
}

/* For tests that need memory: the arena is the state. */
static inline int arena_setup(void **state) {
    *state = arena_create();
    return 0;
}

static inline int arena_teardown(void **state) {
    arena_destroy(*state);
    return 0;
}

#endif
