/* The server: one event loop that owns every connection, the gates a request walks through, and the lanes
 * that serve it. It knows no resource and no SQL: routes and lanes are handed in. */
#ifndef TANDEM_HTTP_SERVER_H
#define TANDEM_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/http/lane.h"
#include "tandem/http/operation.h"

struct arena;
struct server;
struct token_keys;

struct server_settings {
    const char *address; /* IPv4 or IPv6 literal; NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any free one, see server_port */

    unsigned connection_limit;
    unsigned connection_limit_per_address; /* 0: none */
    /* Bytes that every open connection holds, idle ones too: a request's headers, and 2 KiB for those of its answer.
     * Longer headers are refused. */
    size_t connection_memory;
    size_t body_limit; /* bytes; more is 413 */
    const char
        *spool_directory; /* for bodies of OPERATION_SPOOLED, in files without a name; NULL: /var/tmp */
    uint64_t spool_limit; /* bytes of each; more is 413 */
    unsigned spool_count; /* that are received or served at once; a tenant has all but one. More are 503 */
    unsigned header_timeout_s; /* from the first byte of a connection or request to the end of its headers */
    unsigned body_timeout_s;   /* from the end of the headers to the end of the body */
    unsigned idle_timeout_s;   /* keep-alive between two requests, and a peer that takes no answer */
    unsigned drain_timeout_s;  /* from SIGTERM to the stop, at most */

    const char *const
        *origins; /* CORS allow-list: "https://portal.example"; other origins get no CORS header */
    size_t origin_count;
    bool clock_moves;    /* Tandem-Clock-Offset is taken; otherwise a request that carries it is refused */
    unsigned rate_per_s; /* requests per second and (tenant, subject), in the long run; 0: no limit */
    unsigned rate_burst; /* requests at once */
    bool access_log;

    const struct route *routes; /* must outlive the server, as must all texts here */
    size_t route_count;
    struct token_keys *keys;                /* may be NULL when every operation is public */
    struct lane_settings lanes[LANE_COUNT]; /* LANE_LOOP is not looked at */

    /* Asked by /readyz in the event loop: must not block. false with a reason in a few words. NULL: always
     * ready. */
    bool (*ready)(void *context, const char **reason);
    void *ready_context;
};

/* Every limit at its default; address, routes, keys, lanes and ready are the caller's. */
struct server_settings server_settings_default(void);

/* Blocks SIGTERM and SIGINT for this thread and those it starts, and ignores SIGPIPE. Call it first in main:
 * the server reads the two from a descriptor. */
void server_block_signals(void);

/* Opens the lanes' workers and the port. NULL with the reason (in the arena): a port in use, a worker that
 * did not open, a bad route, an operation without its lane. */
struct server *server_create(struct arena *arena, const struct server_settings *settings,
                             const char **reason);
uint16_t server_port(const struct server *server);

/* Serves until SIGTERM or SIGINT, then drains: not ready, no new connection, every accepted
 * request answered with `Connection: close`. true when all were answered before the drain's deadline. */
bool server_run(struct server *server);
/* After server_run, or without it. */
void server_destroy(struct server *server);

#endif
