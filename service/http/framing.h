/* The raw message: headers as sent, judged before anything else looks at them, because libmicrohttpd 0.9.75 is silent
 * about what lets two readers of one byte stream disagree. */
#ifndef TANDEM_SERVICE_HTTP_FRAMING_H
#define TANDEM_SERVICE_HTTP_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Headers that the service reads; each may come once only. */
enum header {
    HEADER_HOST,
    HEADER_CONTENT_LENGTH,
    HEADER_TRANSFER_ENCODING,
    HEADER_AUTHORIZATION,
    HEADER_CONTENT_TYPE,
    HEADER_IDEMPOTENCY_KEY,
    HEADER_IF_MATCH,
    HEADER_IF_NONE_MATCH,
    HEADER_CLOCK_OFFSET,
    HEADER_LAST_EVENT_ID,
    HEADER_REQUEST_ID,
    HEADER_TRACEPARENT,
    HEADER_ORIGIN,
    HEADER_PREFLIGHT_METHOD,
    HEADER_WEBHOOK_ID,
    HEADER_WEBHOOK_TIMESTAMP,
    HEADER_WEBHOOK_SIGNATURE,
    HEADER_HUBSPOT_SIGNATURE,
    HEADER_HUBSPOT_TIMESTAMP,
    HEADER_COUNT
};

struct framing {
    struct arena *arena;
    const char *values[HEADER_COUNT]; /* in the arena; NULL when absent */
    const char *wrong;                /* the first offence, or NULL */
    uint64_t content_length;
    bool body_follows;
};

/* Takes one header. */
void framing_header(struct framing *framing, const char *name, size_t name_length, const char *value,
                    size_t value_length);
/* After the last header: judges them together with the request line. Returns framing->wrong. */
const char *framing_verdict(struct framing *framing, const char *method, const char *target,
                            const char *version);

#endif
