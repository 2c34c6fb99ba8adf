/* An answer without an end (text/event-stream). Two own it: the event loop, which sends what is in its buffer, and whoever
 * writes into the buffer, from any one thread. Neither waits for the other: a reader that is too slow is given up. */
#ifndef TANDEM_HTTP_STREAM_H
#define TANDEM_HTTP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_BUFFER_SIZE = 256 * 1024, STREAM_SLOW_US = 20 * 1000 * 1000 };

struct stream;

/* With two owners: the reply that it is put into (reply.stream), and the caller. */
struct stream *stream_create(void);
/* All of it or nothing. false: the stream is over (the connection went, the service drains, the reader was too slow). */
bool stream_write(struct stream *stream, const char *bytes, size_t length);
/* Bytes that stream_write would take now; 0 also when the stream is over. */
size_t stream_room(struct stream *stream);
bool stream_over(struct stream *stream);
/* The reader gets what is in the buffer, and then the end. */
void stream_end(struct stream *stream);
/* The writer's end: ends it, and lets go of it. */
void stream_leave(struct stream *stream);

#endif
