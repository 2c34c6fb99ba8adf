/* One token bucket for each (tenant, subject). Used in the event loop only. */
#ifndef TANDEM_SERVICE_HTTP_RATE_H
#define TANDEM_SERVICE_HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate;

enum { RATE_CALLERS_MAX = 10000 /* the longest unseen make room */ };

struct rate_verdict {
    bool counted; /* false: no limit applies */
    bool allowed;
    unsigned left;    /* requests that may follow at once */
    unsigned reset_s; /* seconds until the bucket is full */
    unsigned retry_s; /* seconds until one more is allowed; at least 1 */
};

/* per_s and burst at least 1. */
/* Whoever comes with a confirmation link is nobody's login: each address may try so often, on every service. */
enum { LINK_RATE_PER_S = 10, LINK_RATE_BURST = 300 };

struct rate *rate_create(unsigned per_s, unsigned burst);
void rate_destroy(struct rate *rate);
struct rate_verdict rate_take(struct rate *rate, const char *tenant, const char *subject, int64_t now);

#endif
