/* Who listens to the feed: one thread reads it for all of them, on one connection, and writes into their streams. */
#ifndef TANDEM_API_EVENT_STREAM_H
#define TANDEM_API_EVENT_STREAM_H

#include <stddef.h>

struct event_stream_settings {
    const char *database_url;
    size_t per_tenant; /* streams open at once; more are refused with 429 */
};

/* Once, before requests come; and after the last one. */
void event_streams_start(const struct event_stream_settings *settings);
void event_streams_stop(void);

#endif
