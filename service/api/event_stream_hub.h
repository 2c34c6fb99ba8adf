/* The listeners of the event streams: made by requests, served and taken away by the one thread of event_stream_hub.c. */
#ifndef TANDEM_SERVICE_API_EVENT_STREAM_HUB_H
#define TANDEM_SERVICE_API_EVENT_STREAM_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/store/scope.h"

struct arena;
struct stream;

struct listener {
    struct listener *next;
    struct arena *arena; /* the texts of the scope */
    struct stream *stream;
    struct scope_request scope;
    int32_t tenant_id;
    int64_t after;      /* the last number that was written */
    int64_t spoken_at;  /* monotonic microseconds */
    int64_t expires_at; /* of the token; instant */
};

/* The hub's from now on. false: it is stopping, or the tenant has as many as it may have. */
bool event_stream_hub_add(struct listener *listener);
size_t event_stream_hub_per_tenant(void);
void listener_free(struct listener *listener);

#endif
