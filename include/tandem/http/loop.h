/* Work done in the event loop itself (LANE_LOOP): it must not block, so it has no database. An operation of
 * this lane points its `work` to one of these. */
#ifndef TANDEM_HTTP_LOOP_H
#define TANDEM_HTTP_LOOP_H

#include <stdbool.h>

struct embedded_file;
struct request;

struct loop_work {
    void (*serve)(struct request *request); /* fills request->reply */
};

/* GET /livez: 200 while the loop turns. */
extern const struct loop_work livez_work;
/* GET /readyz: 200 when server_settings.ready says so and the service is not draining, else 503 with the
 * reason. */
extern const struct loop_work readyz_work;
/* GET /metrics: Prometheus text 0.0.4. */
extern const struct loop_work metrics_work;

/* A file built into the binary (the contract, a page). */
struct page {
    const struct embedded_file *file;
    const struct embedded_file *compressed; /* the same by gzip, for whoever accepts it; NULL: none */
    const char *content_type;
    const char *content_security_policy; /* NULL: none */
};

/* The ETag is the hash of the bytes sent; a matching If-None-Match is answered 304. Nothing is copied. */
void reply_page(struct request *request, const struct page *page);

/* An operation that is one page. Put it around a loop_work of serve_page:
 *   static const struct loop_page openapi_page = {{serve_page}, {.file = &contract[0], ...}}; */
struct loop_page {
    struct loop_work work; /* .serve = serve_page; first member */
    struct page page;
};

void serve_page(struct request *request);

/* Does an Accept-Encoding (NULL: none was sent) take gzip? By name or by `*`, unless its weight is 0 (RFC 9110, 12.5.3). */
bool accepts_gzip(const char *accept_encoding);

#endif
