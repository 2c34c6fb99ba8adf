/* One thread beside the lanes that brings events out: it gives waiting events their place in the feed (store/feed.h) and
 * delivers them to webhook endpoints. Replicas may run one each. */
#ifndef TANDEM_JOBS_COURIER_H
#define TANDEM_JOBS_COURIER_H

#include <stdbool.h>

struct courier;

struct courier_settings {
    const char *database_url;
    bool
        private_targets; /* development and tests: http, and addresses that are not public, are delivered to */
    const char
        *clock_file; /* tests: holds the seconds by which the clock of deliveries is moved; NULL: none */
};

struct courier *courier_start(const struct courier_settings *settings);
/* Ends what is under way, at the latest when its time-out ends. What was not told is told after the next start. */
void courier_stop(struct courier *courier);

#endif
