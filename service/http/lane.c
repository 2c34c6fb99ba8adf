/* A ring of waiting requests under one lock. A worker takes up to batch_max of them, sets aside those whose deadline
 * has passed, serves the rest, and hands all of them back in one go. */
#include "tandem/http/lane.h"
#include "tandem/base/clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tandem/base/metrics.h"
#include "tandem/http/request.h"

struct lane_thread {
    struct lane *lane;
    void *worker;
    pthread_t thread;
};

struct lane {
    struct lane_settings settings;
    struct lane_done done;
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct request **ring;
    size_t head, count;
    bool stopping;
    struct lane_thread *threads;
    unsigned opened, started;
    struct gauge *waiting;
    struct counter *refused, *expired;
    struct histogram *waited;
};

/* Blocks for the next batch; 0 when the lane stops and nothing is left. */
static size_t batch_take(struct lane *lane, struct request **batch) {
    pthread_mutex_lock(&lane->mutex);
    while (lane->count == 0 && !lane->stopping)
        pthread_cond_wait(&lane->filled, &lane->mutex);
    size_t taken = 0;
    while (lane->count > 0 && taken < lane->settings.batch_max) {
        batch[taken++] = lane->ring[lane->head];
        lane->head = (lane->head + 1) % lane->settings.queue_depth;
        lane->count--;
    }
    pthread_mutex_unlock(&lane->mutex);
    return taken;
}

/* Moves the requests that may still be served to the front and counts them. */
static size_t batch_live(struct lane *lane, struct request **batch, size_t count, int64_t now) {
    size_t live = 0;
    for (size_t i = 0; i < count; i++) {
        struct request *request = batch[i];
        histogram_observe_us(lane->waited, now - request->queued_at);
        if (now >= request->deadline_at) {
            counter_add(lane->expired, 1);
            continue;
        }
        request->started_at = now;
        batch[i] = batch[live];
        batch[live++] = request;
    }
    return live;
}

static void *lane_work(void *argument) {
    struct lane_thread *self = argument;
    struct lane *lane = self->lane;
    struct request *batch[LANE_BATCH_MAX];
    size_t count;
    while ((count = batch_take(lane, batch)) > 0) {
        gauge_add(lane->waiting, -(int64_t)count);
        size_t live = batch_live(lane, batch, count, monotonic_us());
        if (live > 0)
            lane->settings.serve(self->worker, batch, live);
        int64_t finished_at = monotonic_us();
        for (size_t i = 0; i < live; i++) {
            assert(batch[i]->reply.status != 0);
            batch[i]->finished_at = finished_at;
        }
        lane->done.done(lane->done.context, batch, count);
    }
    return NULL;
}

static void lane_register(struct lane *lane) {
    char labels[64];
    snprintf(labels, sizeof labels, "lane=\"%s\"", lane->settings.name);
    lane->waiting = gauge_register("tandem_lane_waiting", labels, "Requests waiting for a worker");
    lane->refused = counter_register("tandem_lane_refused_total", labels, "Requests refused by a full queue");
    lane->expired =
        counter_register("tandem_lane_expired_total", labels, "Requests whose deadline passed in the queue");
    lane->waited = histogram_register("tandem_lane_wait_seconds", labels, "Time in the queue");
}

struct lane *lane_create(const struct lane_settings *settings, const struct lane_done *done) {
    assert(settings->threads > 0 && settings->queue_depth > 0);
    assert(settings->batch_max > 0 && settings->batch_max <= LANE_BATCH_MAX);
    struct lane *lane = calloc(1, sizeof *lane);
    struct lane_thread *threads = calloc(settings->threads, sizeof *threads);
    struct request **ring = calloc(settings->queue_depth, sizeof(struct request *));
    if (!lane || !threads || !ring)
        abort();
    lane->settings = *settings;
    lane->done = *done;
    lane->threads = threads;
    lane->ring = ring;
    pthread_mutex_init(&lane->mutex, NULL);
    pthread_cond_init(&lane->filled, NULL);
    lane_register(lane);

    bool ready = true;
    for (unsigned i = 0; i < settings->threads && ready; i++) {
        threads[i] = (struct lane_thread){.lane = lane, .worker = settings->open(settings->context, i)};
        ready = threads[i].worker != NULL;
        lane->opened += ready;
    }
    for (unsigned i = 0; i < settings->threads && ready; i++) {
        ready = pthread_create(&threads[i].thread, NULL, lane_work, &threads[i]) == 0;
        lane->started += ready;
    }
    if (!ready) {
        lane_destroy(lane);
        return NULL;
    }
    return lane;
}

bool lane_put(struct lane *lane, struct request *request) {
    request->queued_at = monotonic_us();
    request->deadline_at = request->queued_at + lane->settings.deadline_us;
    pthread_mutex_lock(&lane->mutex);
    bool room = lane->count < lane->settings.queue_depth && !lane->stopping;
    if (room) {
        lane->ring[(lane->head + lane->count) % lane->settings.queue_depth] = request;
        lane->count++;
        pthread_cond_signal(&lane->filled);
    }
    pthread_mutex_unlock(&lane->mutex);
    if (room)
        gauge_add(lane->waiting, 1);
    else
        counter_add(lane->refused, 1);
    return room;
}

size_t lane_waiting(struct lane *lane) {
    pthread_mutex_lock(&lane->mutex);
    size_t count = lane->count;
    pthread_mutex_unlock(&lane->mutex);
    return count;
}

void lane_destroy(struct lane *lane) {
    pthread_mutex_lock(&lane->mutex);
    lane->stopping = true;
    pthread_cond_broadcast(&lane->filled);
    pthread_mutex_unlock(&lane->mutex);
    for (unsigned i = 0; i < lane->started; i++)
        pthread_join(lane->threads[i].thread, NULL);
    for (unsigned i = 0; i < lane->opened; i++)
        lane->settings.close(lane->threads[i].worker);
    pthread_cond_destroy(&lane->filled);
    pthread_mutex_destroy(&lane->mutex);
    free(lane->ring);
    free(lane->threads);
    free(lane);
}
