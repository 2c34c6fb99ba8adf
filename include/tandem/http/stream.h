/* An answer that is written while it is sent. Two own it: the event loop, which sends what is in its buffer, and whoever
 * writes into the buffer, from any one thread. The loop never waits; a reader that is too slow is given up. */
#ifndef TANDEM_HTTP_STREAM_H
#define TANDEM_HTTP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_BUFFER_SIZE = 256 * 1024, STREAM_SLOW_US = 20 * 1000 * 1000 };

enum stream_kind {
    STREAM_ENDLESS, /* events: over when its writer leaves, or when the service drains */
    /* A document: it ends by stream_end, and any other end breaks the connection off, so that its reader sees that
     * something is missing. A drain leaves it the drain's time. */
    STREAM_WHOLE,
};

struct stream;

/* With two owners: the reply that it is put into (reply.stream), and the caller. */
struct stream *stream_create(enum stream_kind kind);
/* All of it or nothing. false: the stream is over (the connection went, the service drains, the reader was too slow). */
bool stream_write(struct stream *stream, const char *bytes, size_t length);
/* The same, waiting for room: a reader that does not take it all within STREAM_SLOW_US is given up. */
bool stream_put(struct stream *stream, const char *bytes, size_t length);
/* Bytes that stream_write would take now; 0 also when the stream is over. */
size_t stream_room(struct stream *stream);
bool stream_over(struct stream *stream);
/* The service drains: the time of what is not over soon is short. */
bool stream_draining(struct stream *stream);
/* The reader gets what is in the buffer, and then the end. */
void stream_end(struct stream *stream);
/* The writer lets go of it. What was not ended is over now: after what is in the buffer. */
void stream_leave(struct stream *stream);

#endif
