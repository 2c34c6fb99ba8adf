/* A lane is a bounded queue, its threads and one worker (a blocking connection, say) for each thread. What a
 * worker is and how it serves is the business of who fills the callbacks; the lane knows requests only. */
#ifndef TANDEM_HTTP_LANE_H
#define TANDEM_HTTP_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane;
struct request;

enum { LANE_BATCH_MAX = 64 };

struct lane_settings {
    const char *name;    /* "read", "write", "report"; label of its metrics */
    unsigned threads;    /* 0 = the lane is not there: no operation may name it */
    size_t queue_depth;  /* requests waiting, those being served not counted */
    size_t batch_max;    /* requests a worker takes at once: 1 to LANE_BATCH_MAX */
    int64_t deadline_us; /* from the complete request to the start of its service; then 503 */
    void *context;       /* for open */
    /* Makes the worker of thread `index`; called by lane_create in the caller's thread, used by one thread
     * only from then on. NULL refuses the start. */
    void *(*open)(void *context, unsigned index);
    /* Serves all `count` requests: on return each has a reply (reply.status is not 0). */
    void (*serve)(void *worker, struct request **requests, size_t count);
    void (*close)(void *worker);
};

/* Called in the worker's thread with requests that were served, or that met their deadline in the queue and
 * were not (reply.status is 0 and started_at is 0). From here on the lane knows them no more. */
struct lane_done {
    void (*done)(void *context, struct request **requests, size_t count);
    void *context;
};

/* NULL when a worker refused to open. */
struct lane *lane_create(const struct lane_settings *settings, const struct lane_done *done);
/* false when the queue is full or the lane is stopping: the request stays the caller's. */
bool lane_put(struct lane *lane, struct request *request);
/* Requests waiting now. */
size_t lane_waiting(struct lane *lane);
/* Serves what is queued, ends the threads, closes the workers. */
void lane_destroy(struct lane *lane);

#endif
