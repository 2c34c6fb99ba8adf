/* Connections come and go, requests begin and end on them; each phase has its deadline. A connection that is late is
 * shut down at its socket: libmicrohttpd sees the end and lets go of it in its own time. */
#include "peer.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tandem/base/clock.h"
#include "tandem/base/metrics.h"

#include "daemon.h"

enum { QUIET_US = 500000 };

void peer_enter(struct peer *peer, enum peer_phase phase) {
    peer->phase = phase;
    peer->since = monotonic_us();
}

static void peer_begin(struct server *server, struct MHD_Connection *connection, void **socket_context) {
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        abort();
    peer->descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    peer_enter(peer, PEER_FRESH);
    peer->next = server->peers;
    if (peer->next)
        peer->next->previous = peer;
    server->peers = peer;
    server->peer_count++;
    gauge_set(server->connections, server->peer_count);
    *socket_context = peer;
}

static void peer_end(struct server *server, struct peer *peer) {
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        server->peers = peer->next;
    if (peer->next)
        peer->next->previous = peer->previous;
    server->peer_count--;
    gauge_set(server->connections, server->peer_count);
    free(peer);
}

void peer_notify(void *context, struct MHD_Connection *connection, void **socket_context,
                 enum MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        peer_begin(context, connection, socket_context);
    else if (*socket_context)
        peer_end(context, *socket_context);
}

void *peer_target(void *context, const char *target, struct MHD_Connection *connection) {
    struct peer *peer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct exchange *exchange = exchange_take(context, target);
    exchange->connection = connection;
    exchange->peer = peer;
    peer->exchange = exchange;
    peer_enter(peer, PEER_HEADERS);
    return exchange;
}

void peer_completed(void *context, struct MHD_Connection *connection, void **request_context,
                    enum MHD_RequestTerminationCode code) {
    (void)context, (void)connection;
    struct exchange *exchange = *request_context;
    if (!exchange)
        return;
    *request_context = NULL;
    exchange->peer->exchange = NULL;
    if (exchange->peer->phase != PEER_ENDED)
        peer_enter(exchange->peer, PEER_IDLE);
    exchange->connection = NULL;
    exchange->peer = NULL;
    /* While a worker has it, the reply is the worker's to write and not ours to read. */
    if (exchange->state != EXCHANGE_ON_LANE)
        access_record(exchange, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    exchange_release(exchange);
}

static int64_t phase_limit_us(const struct server_settings *settings, enum peer_phase phase) {
    switch (phase) {
    case PEER_FRESH:
    case PEER_HEADERS: return settings->header_timeout_s * INT64_C(1000000);
    case PEER_BODY: return settings->body_timeout_s * INT64_C(1000000);
    case PEER_IDLE: return settings->idle_timeout_s * INT64_C(1000000);
    case PEER_SERVED:
    case PEER_ENDED:
    case PEER_PHASES: break;
    }
    return INT64_MAX;
}

/* No request of its has begun, no byte of one waits to be read, and none was on its way when it last had reason to be:
 * who got an answer without `Connection: close` may have sent the next request already. */
static bool peer_is_quiet(const struct peer *peer, int64_t now) {
    int waiting = 0;
    bool between = peer->phase == PEER_IDLE || peer->phase == PEER_FRESH;
    return between && now - peer->since > QUIET_US && ioctl(peer->descriptor, FIONREAD, &waiting) == 0 &&
           waiting == 0;
}

void peers_sweep(struct server *server, int64_t now) {
    for (struct peer *peer = server->peers; peer; peer = peer->next) {
        bool late = now - peer->since > phase_limit_us(&server->settings, peer->phase);
        bool quiet = server->draining && peer_is_quiet(peer, now);
        if (!late && !quiet)
            continue;
        /* When draining a request may still arrive in this instant: it is read, since only the reading side closes
         * once its bytes are gone. */
        shutdown(peer->descriptor, late ? SHUT_RDWR : SHUT_RD);
        if (late)
            peer_enter(peer, PEER_ENDED);
    }
    server->swept_at = now;
}
