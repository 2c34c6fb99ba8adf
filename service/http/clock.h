/* The two clocks of the HTTP layer, in microseconds. */
#ifndef TANDEM_SERVICE_HTTP_CLOCK_H
#define TANDEM_SERVICE_HTTP_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* For durations and deadlines. */
static inline int64_t monotonic_us(void) {
    return clock_us(CLOCK_MONOTONIC);
}

/* Since 1970; for the dates in tokens. */
static inline int64_t wall_us(void) {
    return clock_us(CLOCK_REALTIME);
}

#endif
