/* The two clocks of the machine, in microseconds. What happened when is the database's clock (scope_enter). */
#ifndef TANDEM_BASE_CLOCK_H
#define TANDEM_BASE_CLOCK_H

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

/* When so many milliseconds will have passed, for a wait on the monotonic clock. */
static inline struct timespec monotonic_after_ms(int64_t ms) {
    const int64_t until = monotonic_us() + ms * 1000;
    return (struct timespec){until / 1000000, until % 1000000 * 1000};
}

/* Since 1970; for the dates in tokens. */
static inline int64_t wall_us(void) {
    return clock_us(CLOCK_REALTIME);
}

#endif
