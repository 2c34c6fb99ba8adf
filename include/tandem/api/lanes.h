/* The bridge between HTTP's lanes and the store: what a worker of each lane holds and how it serves. */
#ifndef TANDEM_API_LANES_H
#define TANDEM_API_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/http/lane.h"
#include "tandem/http/operation.h"

struct lanes_settings {
    const char *database_url;
    unsigned read_threads, write_threads, report_threads;
    size_t queue_depth;
    int write_timeout_ms, report_timeout_ms; /* statement_timeout of the lane; reads have the write lane's */
    int64_t deadline_us;                     /* in the queue */
};

/* Fills the read, write and report lane (index: enum lane_kind). `settings` must outlive the server. */
void lanes_make(const struct lanes_settings *settings, struct lane_settings lanes[LANE_COUNT]);

#endif
