/* The response commitment: how each registration was answered, and the share that was answered in time.
 * docs/rules.md, Registration. */
#ifndef TANDEM_DOMAIN_RESPONSE_H
#define TANDEM_DOMAIN_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/ratio.h"

enum response {
    RESPONSE_IN_TIME,
    RESPONSE_LATE,
    RESPONSE_OVERDUE,   /* not answered, and past due */
    RESPONSE_NOT_DUE,   /* not answered, still in time */
    RESPONSE_WITHDRAWN, /* by the partner before any answer */
    RESPONSE_COUNT
};

/* Of the newest stamp: a resubmission that gets a new one is due anew, and not answered. */
struct response_signals {
    int state;     /* enum registration_state */
    bool answered; /* a decision or a request for changes has come */
    bool
        past_respond_by; /* the first of these, without one the clock, is later than respond_by; that instant is not */
};

enum response response_assess(const struct response_signals *signals);

/* 1 in time, 0 not (late, or overdue before it comes), -1 nothing to judge: not due yet, or withdrawn. */
int response_in_time(enum response response);

/* Counts of registrations by enum response. */
struct response_tally {
    int64_t counts[RESPONSE_COUNT];
};

void response_add(struct response_tally *tally, const struct response_signals *signals, int64_t count);

/* Every registration of the tally stands in one of its counts. */
int64_t response_total(const struct response_tally *tally);

/* In time of those that are judged, as "0.95"; "" when there is none. */
void response_share(const struct response_tally *tally, char share[RATIO_TEXT_SIZE]);

#endif
