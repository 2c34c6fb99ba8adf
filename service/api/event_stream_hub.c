/* One thread for all streams. It looks every 200 ms for what is new to each listener, in the listener's own scope: who loses
 * access, loses the stream. */
#include "event_stream_hub.h"

#include "tandem/api/event_stream.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tandem/api/event.h"
#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/metrics.h"
#include "tandem/base/time.h"
#include "tandem/http/stream.h"

enum { LOOK_MS = 200, HEARTBEAT_S = 15, PAGE_ROWS = 50, STATEMENT_TIMEOUT_MS = 5000 };

static struct {
    struct event_stream_settings settings;
    struct db *db;
    struct arena *arena;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
    struct listener *listeners; /* added by requests, taken away by the thread */
    struct gauge *open;
} hub = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* -- writing -- */

static void heartbeat(struct listener *listener) {
    int64_t now = monotonic_us();
    bool due = now - listener->spoken_at >= HEARTBEAT_S * SECOND_US;
    const char *text = due && stream_room(listener->stream) >= 16 ? ": here\n\n" : "";
    stream_write(listener->stream, text,
                 strlen(text)); /* nothing at all still finds out a reader that is too slow */
    if (*text)
        listener->spoken_at = now;
}

/* As many events as there is room for; the rest waits for the next look. true: there may be more. */
static struct fault *events_write(struct listener *listener, const struct rows *rows, struct arena *arena,
                                  bool *more) {
    size_t count = rows_count(rows);
    *more = count == PAGE_ROWS;
    for (size_t i = 0; i < count; i++) {
        struct json_out out = {.arena = arena};
        TRY(event_write(&out, rows, i, SIDE_VENDOR));
        int64_t number = rows_integer(rows, i, "number");
        const char *text = arena_format(arena, "id: %lld\nevent: %s\ndata: %s\n\n", (long long)number,
                                        rows_text(rows, i, "kind"), json_out_text(&out));
        if (strlen(text) > stream_room(listener->stream)) {
            *more = false;
            return NULL;
        }
        if (!stream_write(listener->stream, text, strlen(text)))
            return NULL;
        listener->after = number;
        listener->spoken_at = monotonic_us();
    }
    return NULL;
}

/* -- looking -- */

static void read_make(struct db_read *read, const struct listener *listener) {
    *read = (struct db_read){
        .arena = hub.arena,
        .scope_request = listener->scope,
        .statement = SQL_feed_page,
        .params = {p_integer(listener->tenant_id), p_integer(listener->after), p_text(NULL), p_text(NULL),
                   p_integer(PAGE_ROWS)},
        .param_count = 5,
    };
}

static bool is_refused(const struct fault *fault) {
    return fault->problem == PROBLEM_UNKNOWN_PERSON || fault->problem == PROBLEM_UNAUTHENTICATED;
}

static bool database_there(void) {
    const struct db_settings settings = {
        .url = hub.settings.database_url,
        .application_name = "tandem streams",
        .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
        .lock_timeout_ms = STATEMENT_TIMEOUT_MS,
        .read_only = true,
        .prepare = true,
    };
    return hub.db || !db_open(hub.arena, &settings, &hub.db);
}

/* A database that is away leaves the streams open: what was missed is read when it is back. */
static bool batch_look(struct listener **listeners, size_t count) {
    struct db_read reads[READ_BATCH_MAX];
    bool more = false;
    arena_reset(hub.arena);
    if (!database_there())
        return false;
    for (size_t i = 0; i < count; i++)
        read_make(&reads[i], listeners[i]);
    db_read_batch(hub.db, reads, count);
    for (size_t i = 0; i < count; i++) {
        bool own_more = false;
        const struct fault *fault = reads[i].fault;
        if (!fault)
            fault = events_write(listeners[i], reads[i].rows, hub.arena, &own_more);
        if (fault && is_refused(fault))
            stream_end(listeners[i]->stream);
        more |= own_more;
    }
    return more;
}

static bool all_look(struct listener *first) {
    struct listener *batch[READ_BATCH_MAX];
    size_t count = 0;
    bool more = false;
    for (struct listener *listener = first; listener; listener = listener->next) {
        heartbeat(listener);
        if (wall_us() >= listener->expires_at)
            stream_end(listener->stream);
        if (stream_over(listener->stream))
            continue;
        batch[count++] = listener;
        if (count == READ_BATCH_MAX) {
            more |= batch_look(batch, count);
            count = 0;
        }
    }
    if (count > 0)
        more |= batch_look(batch, count);
    return more;
}

void listener_free(struct listener *listener) {
    stream_leave(listener->stream);
    arena_destroy(listener->arena);
    free(listener);
}

/* With the mutex held. */
static void over_take_away(void) {
    int64_t open = 0;
    for (struct listener **at = &hub.listeners; *at;) {
        struct listener *listener = *at;
        if (hub.stopping || stream_over(listener->stream)) {
            *at = listener->next;
            listener_free(listener);
        } else {
            at = &listener->next;
            open++;
        }
    }
    gauge_set(hub.open, open);
}

/* The list grows at its head only, and only the thread itself takes away: it may walk without the mutex. */
static void *hub_run(void *context) {
    (void)context;
    pthread_mutex_lock(&hub.mutex);
    for (bool more = false; !hub.stopping;) {
        const struct timespec until = monotonic_after_ms(more ? 0 : LOOK_MS);
        pthread_cond_clockwait(&hub.wake, &hub.mutex, CLOCK_MONOTONIC, &until);
        struct listener *first = hub.listeners;
        pthread_mutex_unlock(&hub.mutex);
        more = all_look(first);
        pthread_mutex_lock(&hub.mutex);
        over_take_away();
    }
    over_take_away();
    pthread_mutex_unlock(&hub.mutex);
    return NULL;
}

bool event_stream_hub_add(struct listener *listener) {
    pthread_mutex_lock(&hub.mutex);
    size_t count = 0;
    for (const struct listener *other = hub.listeners; other; other = other->next)
        count += other->tenant_id == listener->tenant_id && !stream_over(other->stream);
    bool added = !hub.stopping && count < hub.settings.per_tenant;
    if (added) {
        listener->spoken_at = monotonic_us();
        listener->next = hub.listeners;
        hub.listeners = listener;
        pthread_cond_signal(&hub.wake);
    }
    pthread_mutex_unlock(&hub.mutex);
    return added;
}

size_t event_stream_hub_per_tenant(void) {
    return hub.settings.per_tenant;
}

void event_streams_start(const struct event_stream_settings *settings) {
    hub.settings = *settings;
    hub.stopping = false;
    hub.arena = arena_create();
    hub.open = gauge_register("tandem_event_streams", "", "Open streams of events");
    int failed = pthread_create(&hub.thread, NULL, hub_run, NULL);
    assert(!failed);
    (void)failed;
}

void event_streams_stop(void) {
    pthread_mutex_lock(&hub.mutex);
    hub.stopping = true;
    pthread_cond_signal(&hub.wake);
    pthread_mutex_unlock(&hub.mutex);
    pthread_join(hub.thread, NULL);
    if (hub.db)
        db_close(hub.db);
    hub.db = NULL;
    arena_destroy(hub.arena);
}
