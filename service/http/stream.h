/* The loop's side of a stream. All of it is called in the event loop. */
#ifndef TANDEM_SERVICE_HTTP_STREAM_H
#define TANDEM_SERVICE_HTTP_STREAM_H

#include <stdbool.h>

struct MHD_Connection;
struct MHD_Response;
struct server;
struct stream;

/* The response that sends the stream on this connection, from now on the loop's. NULL: no memory. */
struct MHD_Response *stream_response(struct server *server, struct stream *stream,
                                     struct MHD_Connection *connection, int descriptor);
/* Resumes connections whose stream has something for them, and hangs up on readers that were given up. */
void streams_turn(struct server *server);
/* Endless streams end after what is in their buffer; the writers of the others hear of it. */
void streams_drain(struct server *server);
/* Nothing is sent any more: what is not whole by now never will be. */
void streams_break(struct server *server);
/* The reply's share of a stream that was never sent. */
void stream_drop(struct stream *stream);

#endif
