/* A connection as the loop watches it: libmicrohttpd's own time-out is an idle timer that every dripped byte renews, so
 * each phase of a connection has a deadline of ours. */
#ifndef TANDEM_SERVICE_HTTP_PEER_H
#define TANDEM_SERVICE_HTTP_PEER_H

#include <stdint.h>

struct exchange;

enum peer_phase {
    PEER_FRESH,   /* accepted; no request line yet */
    PEER_IDLE,    /* kept alive between two requests */
    PEER_HEADERS, /* request line read */
    PEER_BODY,
    PEER_SERVED, /* on a lane, or the answer goes out: no deadline of ours */
    PEER_ENDED,  /* shut down by us; libmicrohttpd will notice */
    PEER_PHASES
};

struct peer {
    struct peer *previous, *next;
    struct exchange *exchange; /* the current one, or NULL */
    int descriptor;
    enum peer_phase phase;
    int64_t since; /* monotonic microseconds: when the phase began */
};

void peer_enter(struct peer *peer, enum peer_phase phase);

#endif
