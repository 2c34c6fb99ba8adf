/* Names by which one request is found again in the logs of two organisations. */
#ifndef TANDEM_SERVICE_HTTP_TRACE_H
#define TANDEM_SERVICE_HTTP_TRACE_H

struct arena;

/* The caller's Request-Id when it is 1 to 64 of A-Z a-z 0-9 . _ -, else a new one. */
const char *trace_request_id(struct arena *arena, const char *sent);
/* W3C Trace Context: the caller's trace with a span of ours, or a new trace when `sent` is NULL or no traceparent. */
const char *trace_parent(struct arena *arena, const char *sent);

#endif
