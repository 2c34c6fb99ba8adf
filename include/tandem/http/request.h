/* A request that has passed the gates, and the reply that its worker fills. Owned by the connection; while it
 * is on a lane only the worker touches it. */
#ifndef TANDEM_HTTP_REQUEST_H
#define TANDEM_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct operation;

/* What a verified token says. Nothing here is known to the database yet. */
struct token {
    const char *subject;
    const char *tenant;  /* the tenant's key */
    const char *partner; /* partner id claimed, or NULL */
    unsigned roles;      /* bit set of enum role */
    int64_t expires_at;
    const char *link_hash; /* of a confirmation link in place of all that: SHA-256 in hexadecimal; or NULL */
};

/* What a signed request carries in place of a token, as sent; NULL: absent. The worker verifies it, over the raw body. */
struct request_signature {
    const char *webhook_id, *webhook_timestamp, *webhook_signature; /* Standard Webhooks */
    const char *hubspot_signature, *hubspot_timestamp;              /* HubSpot, version 3 */
};

struct reply_header {
    const char *name, *value;
    struct reply_header *next;
};

struct reply {
    int status;               /* 0 until served */
    const char *content_type; /* NULL: application/json */
    const char *body;
    size_t body_length;
    const char *etag; /* with quotes, or NULL */
    struct reply_header *headers;
    struct stream *stream; /* in place of a body: http/stream.h; or NULL */
    const char *problem;   /* code of the fault in the body, or NULL; for the access log */
    const char *cause;     /* the fault's cause; for the access log only */
};

enum { PATH_VALUES_MAX = 4 };

struct request {
    struct arena *arena;
    const struct operation *operation;
    const char *id;          /* request id, echoed */
    const char *traceparent; /* or NULL */
    const char *method;
    const char *target;                       /* raw: path and query as sent */
    const char *path_values[PATH_VALUES_MAX]; /* in the order of the template; UUIDs in lower case */
    struct token token;                       /* zero for public operations */
    bool token_sent;                          /* an Authorization header came with the request */
    struct request_signature signature;
    void *query; /* decoded by operation->query */
    void *body;  /* decoded by operation->body */
    const char *body_bytes;
    size_t body_length;
    int body_file; /* of OPERATION_SPOOLED, at its start; -1: none. Who takes it sets -1 here and closes it */
    const char *content_type;
    const char *if_match, *if_none_match; /* as sent, or NULL */
    const char *last_event_id;            /* as sent, or NULL */
    const char *idempotency_key;          /* unquoted, or NULL */
    int64_t clock_offset_us; /* moved clock of tests and demonstrations; 0 unless the setting allows it */
    int64_t deadline_at;     /* monotonic microseconds; not served at all when it passes in the queue */
    int64_t queued_at, started_at,
        finished_at; /* monotonic microseconds; set by the lane, 0 = did not happen */
    struct reply reply;
};

struct fault;

/* Replaces the reply by the fault as application/problem+json. The only place where problems become HTTP. */
void reply_fault(struct request *request, const struct fault *fault);
void reply_header_add(struct request *request, const char *name, const char *value);
/* Sets status and body; `body` lives in the arena. */
void reply_json(struct request *request, int status, const char *body, size_t length);

#endif
