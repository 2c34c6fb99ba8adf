/* The bucket's level is kept as the instant at which it will be full again: one number, no refill timer. */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#define SECOND INT64_C(1000000)

struct bucket {
    UT_hash_handle hh;
    int64_t full_at; /* monotonic microseconds */
    char key[];      /* tenant, NUL, subject */
};

struct rate {
    int64_t cost; /* microseconds that one request takes to refill */
    int64_t depth;
    struct bucket *buckets; /* in the order of their last request */
};

struct rate *rate_create(unsigned per_s, unsigned burst) {
    struct rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        abort();
    rate->cost = SECOND / per_s > 0 ? SECOND / per_s : 1;
    rate->depth = rate->cost * burst;
    return rate;
}

static void bucket_drop(struct rate *rate, struct bucket *bucket) {
    HASH_DEL(rate->buckets, bucket);
    free(bucket);
}

void rate_destroy(struct rate *rate) {
    struct bucket *bucket, *next;
    HASH_ITER(hh, rate->buckets, bucket, next)
    bucket_drop(rate, bucket);
    free(rate);
}

/* The caller's bucket, moved to the end of the order. */
static struct bucket *bucket_of(struct rate *rate, const char *tenant, const char *subject) {
    size_t tenant_length = strlen(tenant) + 1, length = tenant_length + strlen(subject);
    struct bucket *bucket = malloc(sizeof *bucket + length);
    if (!bucket)
        abort();
    memcpy(bucket->key, tenant, tenant_length);
    memcpy(bucket->key + tenant_length, subject, length - tenant_length);
    bucket->full_at = 0;

    struct bucket *known = NULL;
    HASH_FIND(hh, rate->buckets, bucket->key, length, known);
    if (known) {
        bucket->full_at = known->full_at;
        bucket_drop(rate, known);
    } else if (HASH_COUNT(rate->buckets) >= RATE_CALLERS_MAX) {
        bucket_drop(rate, rate->buckets);
    }
    HASH_ADD_KEYPTR(hh, rate->buckets, bucket->key, length, bucket);
    return bucket;
}

static unsigned seconds_up(int64_t microseconds) {
    return (unsigned)((microseconds + SECOND - 1) / SECOND);
}

struct rate_verdict rate_take(struct rate *rate, const char *tenant, const char *subject, int64_t now) {
    struct bucket *bucket = bucket_of(rate, tenant, subject);
    int64_t full_at = (bucket->full_at > now ? bucket->full_at : now) + rate->cost;
    int64_t missing = full_at - now;
    bool allowed = missing <= rate->depth;
    if (allowed)
        bucket->full_at = full_at;
    else
        missing -= rate->cost;
    unsigned retry_s = allowed ? 0 : seconds_up(missing + rate->cost - rate->depth);
    return (struct rate_verdict){
        .counted = true,
        .allowed = allowed,
        .left = (unsigned)((rate->depth - missing) / rate->cost),
        .reset_s = seconds_up(missing),
        .retry_s = retry_s,
    };
}
