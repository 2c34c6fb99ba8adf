#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/metrics.h"

#include <pthread.h>

static void families_stand_together(void **state) {
    struct counter *get = counter_register("t_requests_total", "method=\"GET\"", "Requests.");
    struct gauge *queue = gauge_register("t_queue", "", "Waiting requests.");
    struct counter *post = counter_register("t_requests_total", "method=\"POST\"", "Requests.");
    assert_ptr_equal(counter_register("t_requests_total", "method=\"GET\"", "Requests."), get);
    assert_ptr_not_equal(get, post);
    counter_add(get, 3);
    counter_add(get, 4);
    counter_add(post, 1);
    gauge_set(queue, 9);
    gauge_add(queue, -11);
    const char *text = metrics_text(*state);
    assert_non_null(strstr(text, "# HELP t_requests_total Requests.\n# TYPE t_requests_total counter\n"
                                 "t_requests_total{method=\"GET\"} 7\nt_requests_total{method=\"POST\"} 1\n"
                                 "# HELP t_queue Waiting requests.\n# TYPE t_queue gauge\nt_queue -2\n"));
}

static void histograms_count_up_to_their_bounds(void **state) {
    struct histogram *plain = histogram_register("t_seconds", "", "Time.");
    struct histogram *lane = histogram_register("t_seconds", "lane=\"read\"", "Time.");
    static const int64_t times_us[] = {0, 100, 101, 250, 1000000, 10000000, 10000001};
    for (size_t i = 0; i < COUNT(times_us); i++)
        histogram_observe_us(plain, times_us[i]);
    histogram_observe_us(lane, 1500);
    const char *text = metrics_text(*state);
    assert_non_null(strstr(text, "# TYPE t_seconds histogram\nt_seconds_bucket{le=\"0.0001\"} 2\n"
                                 "t_seconds_bucket{le=\"0.00025\"} 4\nt_seconds_bucket{le=\"0.0005\"} 4\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"0.5\"} 4\nt_seconds_bucket{le=\"1\"} 5\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{le=\"10\"} 6\nt_seconds_bucket{le=\"+Inf\"} 7\n"
                                 "t_seconds_sum 21.000452\nt_seconds_count 7\n"));
    assert_non_null(strstr(text, "t_seconds_bucket{lane=\"read\",le=\"0.001\"} 0\n"
                                 "t_seconds_bucket{lane=\"read\",le=\"0.0025\"} 1\n"));
    assert_non_null(
        strstr(text, "t_seconds_sum{lane=\"read\"} 0.001500\nt_seconds_count{lane=\"read\"} 1\n"));
}

enum { THREADS = 4, ROUNDS = 10000 };

static void *count_much(void *unused) {
    (void)unused;
    struct counter *counter = counter_register("t_threads_total", "", "Rounds.");
    for (int i = 0; i < ROUNDS; i++)
        counter_add(counter, 1);
    return NULL;
}

static void threads_lose_no_count(void **state) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_non_null(strstr(metrics_text(*state), "\nt_threads_total 40000\n"));
}

static int set_up(void **state) {
    *state = arena_create();
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(families_stand_together),
                                       cmocka_unit_test(histograms_count_up_to_their_bounds),
                                       cmocka_unit_test(threads_lose_no_count)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
