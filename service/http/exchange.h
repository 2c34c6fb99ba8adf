/* One request on its way through the server: the public struct request, and what only the HTTP layer knows of it. */
#ifndef TANDEM_SERVICE_HTTP_EXCHANGE_H
#define TANDEM_SERVICE_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/http/request.h"

#include "framing.h"
#include "peer.h"
#include "rate.h"
#include "router.h"

struct MHD_Connection;
struct fault;
struct server;

enum gate {
    GATE_FRAMING,
    GATE_ROUTE,
    GATE_AUTHENTICATE,
    GATE_ROLE,
    GATE_LIMITS,
    GATE_DECODE,
    GATE_LANE,
    GATE_COUNT
};

enum exchange_state {
    EXCHANGE_TARGET,  /* the request line was read */
    EXCHANGE_READING, /* the headers were judged, the body comes in */
    EXCHANGE_ON_LANE, /* suspended; the worker owns the request */
    EXCHANGE_DECIDED, /* the reply is known */
    EXCHANGE_ANSWERED
};

/* A body over the limit is read to its end and dropped up to so many times the limit; beyond that the peer is left. */
enum { BODY_DROPPED_FACTOR = 8 };

struct exchange {
    struct request request; /* first member: a request is its exchange */
    struct server *server;
    struct MHD_Connection *connection; /* NULL once it is gone */
    struct peer *peer;
    struct exchange *next; /* in the done-list or among the spare ones */
    enum exchange_state state;
    const char *version;
    int owners; /* connection and worker; counted in the event loop only */
    bool close; /* the connection ends with this reply */
    bool discard_body;

    struct framing framing; /* the headers */

    const char *query_text; /* after the ?, or NULL */
    struct match match;
    struct rate_verdict rate;

    char *body;
    uint64_t body_received;
    size_t body_capacity;
    bool spooling; /* holds a place of those that server_settings.spool_count counts */

    int64_t begun_at;
    int32_t gate_us[GATE_COUNT]; /* -1: not reached */
    int refused_by;              /* enum gate, or -1 */
};

static inline struct exchange *exchange_of(struct request *request) {
    return (struct exchange *)request;
}

/* Bytes that the body may have: the setting, and for signed requests 1 MiB at most, since nothing is known of their sender.
 * After a refusal the limit of what is read only to be dropped. */
uint64_t exchange_body_limit(const struct exchange *exchange);
struct exchange *exchange_take(struct server *server, const char *target);
/* Drops one owner; the last one gives the memory back. */
void exchange_release(struct exchange *exchange);

/* The gates, one file each. A gate refuses with a fault; a gate that sets reply.status has answered. */
struct fault *gate_framing(struct exchange *exchange);
struct fault *gate_route(struct exchange *exchange);
struct fault *gate_authenticate(struct exchange *exchange);
struct fault *gate_role(struct exchange *exchange);
struct fault *gate_limits(struct exchange *exchange);
struct fault *gate_decode(struct exchange *exchange);
struct fault *gate_lane(struct exchange *exchange);
const char *gate_name(enum gate gate);

/* Part of the decode gate; done before a long body comes. */
struct fault *exchange_decode_query(struct exchange *exchange);
/* spool.c: a file for the body that follows, and a piece of it. */
struct fault *spool_open(struct exchange *exchange);
struct fault *spool_write(struct exchange *exchange, const char *bytes, size_t length);

/* Puts the reply on the wire. false: the connection must be given up. */
bool exchange_answer(struct exchange *exchange);
void access_record(struct exchange *exchange, bool completed);

#endif
