/* What the HTTP layer must know of an operation: a row of facts. The gates read it; how the work is done is
 * api/'s. */
#ifndef TANDEM_HTTP_OPERATION_H
#define TANDEM_HTTP_OPERATION_H

#include <stddef.h>

struct shape;

enum lane_kind {
    LANE_LOOP,   /* answered in the event loop without the database */
    LANE_READ,   /* declared reads, pipelined in batches */
    LANE_WRITE,  /* one transaction each */
    LANE_REPORT, /* long reads with their own time-out */
    LANE_COUNT
};

enum operation_flag {
    OPERATION_PUBLIC = 1,              /* no token */
    OPERATION_KEYED = 2,               /* needs Idempotency-Key */
    OPERATION_IF_MATCH = 4,            /* needs If-Match */
    OPERATION_IF_MATCH_PUT = 8,        /* a PUT: needs If-Match to replace or If-None-Match: * to create */
    OPERATION_MERGE_PATCH = 16,        /* body is application/merge-patch+json; otherwise application/json */
    OPERATION_KEY_OR_EXTERNAL_ID = 32, /* create_registration: `external_id` in the body stands for the key */
    OPERATION_RAW_BODY =
        64, /* body is bytes of any media type (signed receivers, imports): body_bytes, no decode */
    OPERATION_LINK =
        128, /* the bearer token is a confirmation link's: it names the person, and no role is asked */
    OPERATION_EVEN_TIME =
        256, /* no answer leaves before EVEN_TIME_MS: how long the work took tells nothing of what it found */
    OPERATION_SIGNED =
        512, /* no token: the worker verifies the signature over the raw body before all else */
    OPERATION_SPOOLED = 1024, /* body is application/x-ndjson of any size, in a file: body_file, no decode */
};

/* From the last byte of the request. Longer than the work takes on a service that is not overloaded, and no longer than a
 * full one takes anyway, so that it costs no throughput; docs/performance.md. */
enum { EVEN_TIME_MS = 30 };

struct operation {
    const char *name; /* = operationId in the contract = the name of its object in C */
    unsigned roles;   /* bit set of enum role; the caller needs one of them */
    enum lane_kind lane;
    unsigned flags;            /* enum operation_flag */
    const struct shape *body;  /* NULL: a body is refused */
    const struct shape *query; /* NULL: any query parameter is refused */
    const void
        *work; /* how its lane serves it; see api/work.h (LANE_LOOP: a struct loop_work of http/loop.h) */
};

/* One line of service/routes.def. `{name}` in the path takes one segment: ids are UUIDs, other names plain
 * text. */
struct route {
    const char *method;
    const char *path;
    const struct operation *operation;
};

#endif
