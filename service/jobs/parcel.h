/* One delivery under way: a signed POST by libcurl. The only file of the jobs that sees libcurl's easy interface. */
#ifndef TANDEM_SERVICE_JOBS_PARCEL_H
#define TANDEM_SERVICE_JOBS_PARCEL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct delivery_row;
struct fault;
struct rows;

enum { PARCEL_TIMEOUT_MS = 10000, PARCEL_CONNECT_MS = 5000, PARCEL_ANSWER_MAX = 64 * 1024 };

struct parcel {
    struct arena *arena; /* its own: body, addresses, signatures */
    CURL *easy;
    struct curl_slist *headers;
    struct parcel *next;
    int32_t tenant_id;
    int64_t key, endpoint_key, lease, round_at, tries;
    const char *unsent; /* why it is not sent at all: the word for the list of attempts; NULL: it goes out */
    bool withdrawn;     /* for that reason */
    bool reactivates;   /* a test to a disabled endpoint */
    bool open;          /* addresses that are not public may be connected to */
    bool refused;       /* one that may not be was met */
    bool too_long;
    size_t received;
    int64_t begun_at; /* monotonic microseconds */
};

/* Row `index` of delivery_claim as a signed request, ready for the multi handle, unless `unsent`. */
struct parcel *parcel_make(const struct rows *rows, size_t index, int32_t tenant_id, bool open);

struct parcel_answer {
    int status; /* 0: none */
    bool failed;
    int64_t retry_after_s;
    int64_t duration_ms;
    const char *error; /* NULL: taken; else one word for the list of attempts */
};
struct parcel_answer parcel_answer(struct parcel *parcel, CURLcode code);
void parcel_destroy(struct parcel *parcel);

#endif
