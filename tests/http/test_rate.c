/* The token bucket on both sides of its edges; time is handed in. */
#include "check.h"

#include <stdio.h>

#include "rate.h"

static const int64_t second = 1000000;

static void test_burst_then_rate(void **state) {
    (void)state;
    struct rate *rate = rate_create(10, 3);
    int64_t now = 50 * second;
    for (unsigned left = 3; left-- > 0;) {
        struct rate_verdict verdict = rate_take(rate, "t", "s", now);
        assert_true(verdict.allowed);
        assert_int_equal(verdict.left, left);
    }
    struct rate_verdict refused = rate_take(rate, "t", "s", now);
    assert_false(refused.allowed);
    assert_int_equal(refused.retry_s, 1);
    assert_false(rate_take(rate, "t", "s", now + second / 10 - 1).allowed);
    assert_true(rate_take(rate, "t", "s", now + second / 10).allowed);
    assert_false(rate_take(rate, "t", "s", now + second / 10).allowed);
    assert_int_equal(rate_take(rate, "t", "s", now + 100 * second).left, 2);
    rate_destroy(rate);
}

static void test_a_refusal_costs_nothing(void **state) {
    (void)state;
    struct rate *rate = rate_create(1, 1);
    assert_true(rate_take(rate, "t", "s", second).allowed);
    for (int i = 0; i < 100; i++)
        assert_false(rate_take(rate, "t", "s", second + i).allowed);
    assert_true(rate_take(rate, "t", "s", 2 * second).allowed);
    rate_destroy(rate);
}

static void test_tenant_and_subject_do_not_run_together(void **state) {
    (void)state;
    struct rate *rate = rate_create(1, 1);
    assert_true(rate_take(rate, "ab", "c", second).allowed);
    assert_true(rate_take(rate, "a", "bc", second).allowed);
    assert_false(rate_take(rate, "ab", "c", second).allowed);
    rate_destroy(rate);
}

static void test_the_longest_unseen_makes_room(void **state) {
    (void)state;
    struct rate *rate = rate_create(1, 1);
    char subject[16];
    for (int i = 0; i < RATE_CALLERS_MAX; i++) {
        snprintf(subject, sizeof subject, "%d", i);
        assert_true(rate_take(rate, "t", subject, second).allowed);
    }
    assert_false(rate_take(rate, "t", "0", second).allowed); /* seen again: 1 is now the longest unseen */
    assert_true(rate_take(rate, "t", "new", second).allowed);
    assert_false(rate_take(rate, "t", "0", second).allowed);
    assert_true(rate_take(rate, "t", "1", second).allowed);
    rate_destroy(rate);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_rate),
        cmocka_unit_test(test_a_refusal_costs_nothing),
        cmocka_unit_test(test_tenant_and_subject_do_not_run_together),
        cmocka_unit_test(test_the_longest_unseen_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
