/* A job of bulk work, as its operation sees it. */
#ifndef TANDEM_SERVICE_API_BULK_H
#define TANDEM_SERVICE_API_BULK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/api/bulk.h"
#include "tandem/http/stream.h"
#include "tandem/store/scope.h"

struct arena;
struct db;
struct fault;
struct request;

/* First member of whatever a job must know, all of it in the job's arena: the request ends before the job does. */
struct bulk_job {
    struct arena *arena;
    struct stream *stream; /* of kind STREAM_WHOLE */
    struct scope_request scope;
    int64_t until; /* monotonic microseconds: its time is over */
    bool waits;    /* for a place: its caller has sent all that it had to */
    struct bulk_job *next;
    /* In a thread of its own: writes into the stream, which is whole when it returns. A fault breaks the connection off.
     * Faults belong into `arena`, which it may reset as it goes on. */
    struct fault *(*run)(struct bulk_job *job, struct db *db, struct arena *arena);
    void (*end)(struct bulk_job *job); /* in any case, at last; NULL: there is nothing to give back */
};

/* `size` bytes, zero behind the job. */
void *bulk_job_create(const struct request *request, size_t size,
                      struct fault *(*run)(struct bulk_job *job, struct db *db, struct arena *arena));
/* Its time is over. */
bool bulk_job_late(const struct bulk_job *job);
void bulk_job_drop(struct bulk_job *job);

/* 200 with the job's stream. PROBLEM_OVERLOADED when no thread is free for a job that does not wait, or the tenant has its
 * share: all but one. Either way the job is the caller's no more. */
struct fault *bulk_answer(struct request *request, struct bulk_job *job, const char *content_type);

#endif
