/* The server's own state, shared by the files that make it up: server.c (gates, life), loop.c (events), answer.c. */
#ifndef TANDEM_SERVICE_HTTP_DAEMON_H
#define TANDEM_SERVICE_HTTP_DAEMON_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tandem/http/server.h"

#include "exchange.h"
#include "peer.h"

enum { SPARE_EXCHANGES_MAX = 128 };

struct server {
    struct server_settings settings;
    struct arena *arena; /* routes and other things of the start */
    struct router *router;
    struct lane *lanes[LANE_COUNT];
    struct rate *rate;      /* NULL: no limit */
    struct rate *link_rate; /* of whoever comes with a confirmation link, by address */
    struct MHD_Daemon *daemon;
    uint16_t port;

    int poll, wake, signals; /* epoll, eventfd, signalfd */
    atomic_bool stop_asked;
    bool draining;
    int64_t drain_until; /* monotonic microseconds */
    int64_t swept_at;

    struct stream *streams;    /* open ones */
    atomic_bool streams_moved; /* one of them has something for the loop */

    struct peer *peers;
    unsigned peer_count;
    struct exchange *spare;
    unsigned spare_count;

    pthread_mutex_t done_mutex;
    struct exchange *done_first, **done_last; /* handed back by workers, not yet seen by the loop */
    struct exchange *held_first; /* done, and answered when their time comes; the earliest first */

    char policy[64]; /* RateLimit-Policy */
    struct gauge *connections;
};

/* server.c: what libmicrohttpd calls for every request. */
enum MHD_Result server_call(void *context, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload, size_t *upload_size,
                            void **request_context);

/* peer.c: its other calls. */
void *peer_target(void *context, const char *target, struct MHD_Connection *connection);
void peer_completed(void *context, struct MHD_Connection *connection, void **request_context,
                    enum MHD_RequestTerminationCode code);
void peer_notify(void *context, struct MHD_Connection *connection, void **socket_context,
                 enum MHD_ConnectionNotificationCode code);
/* Shuts down the connections whose phase has lasted too long; when draining, the idle ones too. */
void peers_sweep(struct server *server, int64_t now);

/* loop.c */
bool loop_open(struct server *server, const char **reason);
bool loop_run(struct server *server);
void loop_close(struct server *server);
/* Takes what the workers have handed back: resumes when it may be answered, or drops what has no connection any more.
 * INT64_MAX: everything may. */
void loop_take_back(struct server *server, int64_t now);
/* The lanes' `done`: from any thread. */
void loop_hand_back(void *server, struct request **requests, size_t count);

#endif
