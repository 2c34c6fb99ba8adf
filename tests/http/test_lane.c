/* The lane's queue: bounds, order, batches, deadlines, stopping. A worker that waits at a gate makes the moments
 * certain. */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/clock.h"
#include "tandem/http/lane.h"
#include "tandem/http/request.h"

enum { REQUESTS = 40 };

struct scene {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool open;        /* the gate at which every worker waits */
    unsigned waiting; /* workers at the gate */
    unsigned opened, closed;
    size_t batches[REQUESTS];
    size_t batch_count;
    struct request *returned[REQUESTS];
    size_t returned_count;
    int refuse_index; /* the worker that cannot open, or -1 */
};

static void *open_worker(void *context, unsigned index) {
    struct scene *scene = context;
    if ((int)index == scene->refuse_index)
        return NULL;
    scene->opened++;
    return scene;
}

static void close_worker(void *worker) {
    ((struct scene *)worker)->closed++;
}

static void serve(void *worker, struct request **requests, size_t count) {
    struct scene *scene = worker;
    pthread_mutex_lock(&scene->mutex);
    scene->waiting++;
    pthread_cond_broadcast(&scene->changed);
    while (!scene->open)
        pthread_cond_wait(&scene->changed, &scene->mutex);
    scene->waiting--;
    scene->batches[scene->batch_count++] = count;
    pthread_mutex_unlock(&scene->mutex);
    for (size_t i = 0; i < count; i++)
        requests[i]->reply.status = 200;
}

static void done(void *context, struct request **requests, size_t count) {
    struct scene *scene = context;
    pthread_mutex_lock(&scene->mutex);
    for (size_t i = 0; i < count; i++)
        scene->returned[scene->returned_count++] = requests[i];
    pthread_cond_broadcast(&scene->changed);
    pthread_mutex_unlock(&scene->mutex);
}

static void await_waiting(struct scene *scene, unsigned count) {
    pthread_mutex_lock(&scene->mutex);
    while (scene->waiting < count)
        pthread_cond_wait(&scene->changed, &scene->mutex);
    pthread_mutex_unlock(&scene->mutex);
}

static void gate_open(struct scene *scene) {
    pthread_mutex_lock(&scene->mutex);
    scene->open = true;
    pthread_cond_broadcast(&scene->changed);
    pthread_mutex_unlock(&scene->mutex);
}

static struct lane *lane_make(struct scene *scene, unsigned threads, size_t depth, size_t batch,
                              int64_t deadline_us) {
    *scene = (struct scene){.refuse_index = -1};
    pthread_mutex_init(&scene->mutex, NULL);
    pthread_cond_init(&scene->changed, NULL);
    const struct lane_settings settings = {
        .name = "test",
        .threads = threads,
        .queue_depth = depth,
        .batch_max = batch,
        .deadline_us = deadline_us,
        .context = scene,
        .open = open_worker,
        .serve = serve,
        .close = close_worker,
    };
    return lane_create(&settings, &(struct lane_done){done, scene});
}

static void test_bounds_order_and_batches(void **state) {
    (void)state;
    struct scene scene;
    struct request requests[REQUESTS] = {0};
    struct lane *lane = lane_make(&scene, 1, 20, 16, 3600 * INT64_C(1000000));
    assert_true(lane_put(lane, &requests[0]));
    await_waiting(&scene, 1);
    for (int i = 1; i <= 20; i++)
        assert_true(lane_put(lane, &requests[i]));
    assert_false(lane_put(lane, &requests[21]));
    assert_int_equal(lane_waiting(lane), 20);
    gate_open(&scene);
    lane_destroy(lane); /* serves what is queued before it ends */
    assert_int_equal(scene.returned_count, 21);
    for (int i = 0; i <= 20; i++) {
        assert_ptr_equal(scene.returned[i], &requests[i]);
        assert_int_equal(requests[i].reply.status, 200);
        assert_true(requests[i].queued_at <= requests[i].started_at &&
                    requests[i].started_at <= requests[i].finished_at);
    }
    assert_int_equal(scene.batch_count, 3);
    assert_int_equal(scene.batches[0], 1);
    assert_int_equal(scene.batches[1], 16);
    assert_int_equal(scene.batches[2], 4);
    assert_int_equal(scene.closed, 1);
}

static void test_a_deadline_in_the_queue(void **state) {
    (void)state;
    struct scene scene;
    struct request requests[4] = {0};
    struct lane *lane = lane_make(&scene, 1, 8, 4, 3600 * INT64_C(1000000));
    assert_true(lane_put(lane, &requests[0]));
    await_waiting(&scene, 1);
    for (int i = 1; i < 4; i++)
        assert_true(lane_put(lane, &requests[i]));
    requests[2].deadline_at = monotonic_us(); /* has passed when the worker looks */
    gate_open(&scene);
    lane_destroy(lane);
    assert_int_equal(scene.returned_count, 4);
    assert_int_equal(scene.batches[1], 2);
    assert_int_equal(requests[1].reply.status, 200);
    assert_int_equal(requests[3].reply.status, 200);
    assert_int_equal(requests[2].reply.status, 0);
    assert_int_equal(requests[2].started_at, 0);
    assert_int_equal(requests[2].finished_at, 0);
}

static void test_threads_work_side_by_side(void **state) {
    (void)state;
    struct scene scene;
    struct request requests[REQUESTS] = {0};
    struct lane *lane = lane_make(&scene, 4, REQUESTS, 1, 3600 * INT64_C(1000000));
    for (int i = 0; i < REQUESTS; i++)
        assert_true(lane_put(lane, &requests[i]));
    await_waiting(&scene, 4);
    gate_open(&scene);
    lane_destroy(lane);
    assert_int_equal(scene.returned_count, REQUESTS);
    assert_int_equal(scene.batch_count, REQUESTS);
    assert_int_equal(scene.opened, 4);
    assert_int_equal(scene.closed, 4);
}

static void test_a_worker_that_cannot_open_refuses_the_start(void **state) {
    (void)state;
    struct scene scene = {.refuse_index = 2};
    const struct lane_settings settings = {"test", 4, 1, 1, 1, &scene, open_worker, serve, close_worker};
    assert_null(lane_create(&settings, &(struct lane_done){done, &scene}));
    assert_int_equal(scene.opened, 2);
    assert_int_equal(scene.closed, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_order_and_batches),
        cmocka_unit_test(test_a_deadline_in_the_queue),
        cmocka_unit_test(test_threads_work_side_by_side),
        cmocka_unit_test(test_a_worker_that_cannot_open_refuses_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
