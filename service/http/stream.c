/* A buffer between two threads. The loop copies out of it when libmicrohttpd asks for content, and suspends the connection
 * when it is empty (an empty answer would make libmicrohttpd ask again at once, for ever); the writer's bytes wake the loop,
 * which resumes it. A connection that is suspended does not see its client leave: the writer's heartbeat does. */
#include "tandem/http/stream.h"
#include "tandem/base/clock.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon.h"
#include "stream.h"

enum { BLOCK_SIZE = 16 * 1024 };

struct stream {
    enum stream_kind kind;
    pthread_mutex_t mutex;
    pthread_cond_t moved; /* there is room, or it is over */
    int owners;
    char *bytes; /* STREAM_BUFFER_SIZE */
    size_t start, length;
    bool ended; /* nothing is written any more; what is in the buffer still goes out */
    bool given_up;
    bool broken; /* what is in the buffer is not all that there was to say */
    bool draining;
    int64_t moved_at; /* when the reader last took something, or the buffer was empty */

    /* the loop's */
    struct server *server; /* NULL until it is sent */
    struct MHD_Connection *connection;
    int descriptor;
    bool suspended;
    struct stream *previous, *next;
};

struct stream *stream_create(enum stream_kind kind) {
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream || !(stream->bytes = malloc(STREAM_BUFFER_SIZE)))
        abort();
    stream->kind = kind;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&stream->moved, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&stream->mutex, NULL);
    stream->owners = 2;
    return stream;
}

/* With the mutex held. */
static void break_off(struct stream *stream) {
    stream->broken |= !stream->ended && stream->kind == STREAM_WHOLE;
    stream->ended = true;
    pthread_cond_signal(&stream->moved);
}

static void owner_leave(struct stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    break_off(stream);
    bool last = --stream->owners == 0;
    pthread_mutex_unlock(&stream->mutex);
    if (!last)
        return;
    pthread_mutex_destroy(&stream->mutex);
    pthread_cond_destroy(&stream->moved);
    free(stream->bytes);
    free(stream);
}

/* -- the writer's side -- */

static void wake(struct stream *stream) {
    if (!stream->server)
        return;
    atomic_store(&stream->server->streams_moved, true);
    eventfd_write(stream->server->wake, 1);
}

static size_t room(struct stream *stream) {
    return stream->ended ? 0 : STREAM_BUFFER_SIZE - stream->length;
}

static void put(struct stream *stream, const char *bytes, size_t length) {
    size_t end = (stream->start + stream->length) % STREAM_BUFFER_SIZE;
    size_t first = STREAM_BUFFER_SIZE - end < length ? STREAM_BUFFER_SIZE - end : length;
    memcpy(stream->bytes + end, bytes, first);
    memcpy(stream->bytes, bytes + first, length - first);
    stream->length += length;
}

/* Bytes lie there and nobody has taken any for too long. */
static bool is_slow(const struct stream *stream, int64_t now) {
    return stream->length > 0 && now - stream->moved_at > STREAM_SLOW_US;
}

static void give_up(struct stream *stream) {
    stream->given_up = true;
    break_off(stream);
    wake(stream);
}

bool stream_write(struct stream *stream, const char *bytes, size_t length) {
    pthread_mutex_lock(&stream->mutex);
    int64_t now = monotonic_us();
    if (stream->length == 0)
        stream->moved_at = now;
    if (length > room(stream) || is_slow(stream, now))
        give_up(stream);
    else
        put(stream, bytes, length);
    bool good = !stream->ended;
    wake(stream);
    pthread_mutex_unlock(&stream->mutex);
    return good;
}

/* With the mutex held; false: it has been too long. */
static bool room_wait(struct stream *stream, int64_t until) {
    const struct timespec time = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};
    return pthread_cond_timedwait(&stream->moved, &stream->mutex, &time) != ETIMEDOUT;
}

bool stream_put(struct stream *stream, const char *bytes, size_t length) {
    int64_t until = monotonic_us() + STREAM_SLOW_US;
    pthread_mutex_lock(&stream->mutex);
    while (length > 0 && !stream->ended) {
        size_t taken = room(stream) < length ? room(stream) : length;
        put(stream, bytes, taken);
        bytes += taken;
        length -= taken;
        wake(stream);
        if (length > 0 && !room_wait(stream, until))
            give_up(stream);
    }
    bool good = !stream->ended;
    pthread_mutex_unlock(&stream->mutex);
    return good;
}

size_t stream_room(struct stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    size_t left = room(stream);
    pthread_mutex_unlock(&stream->mutex);
    return left;
}

bool stream_over(struct stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    bool over = stream->ended;
    pthread_mutex_unlock(&stream->mutex);
    return over;
}

bool stream_draining(struct stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    bool draining = stream->draining;
    pthread_mutex_unlock(&stream->mutex);
    return draining;
}

void stream_end(struct stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    stream->ended = true;
    wake(stream);
    pthread_mutex_unlock(&stream->mutex);
}

void stream_leave(struct stream *stream) {
    pthread_mutex_lock(&stream->mutex);
    break_off(stream);
    wake(stream);
    pthread_mutex_unlock(&stream->mutex);
    owner_leave(stream);
}

/* -- the loop's side -- */

static ssize_t stream_read(void *context, uint64_t position, char *bytes, size_t limit) {
    struct stream *stream = context;
    (void)position;
    pthread_mutex_lock(&stream->mutex);
    size_t length = stream->length < limit ? stream->length : limit;
    if (length > STREAM_BUFFER_SIZE - stream->start)
        length = STREAM_BUFFER_SIZE - stream->start;
    memcpy(bytes, stream->bytes + stream->start, length);
    stream->start = (stream->start + length) % STREAM_BUFFER_SIZE;
    stream->length -= length;
    stream->moved_at = monotonic_us();
    if (length > 0)
        pthread_cond_signal(&stream->moved);
    bool over = length == 0 && stream->ended;
    ssize_t end = stream->broken ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    if (length == 0 && !over) {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
    }
    pthread_mutex_unlock(&stream->mutex);
    return over ? end : (ssize_t)length;
}

static void stream_forget(void *context) {
    struct stream *stream = context;
    if (stream->previous)
        stream->previous->next = stream->next;
    else
        stream->server->streams = stream->next;
    if (stream->next)
        stream->next->previous = stream->previous;
    pthread_mutex_lock(&stream->mutex);
    stream->server = NULL;
    pthread_mutex_unlock(&stream->mutex);
    owner_leave(stream);
}

/* With the mutex held. */
static void drain(struct stream *stream) {
    stream->draining = true;
    if (stream->kind == STREAM_ENDLESS)
        break_off(stream);
    wake(stream);
}

struct MHD_Response *stream_response(struct server *server, struct stream *stream,
                                     struct MHD_Connection *connection, int descriptor) {
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, stream_read, stream, stream_forget);
    if (!response)
        return NULL;
    pthread_mutex_lock(&stream->mutex);
    stream->server = server;
    stream->connection = connection;
    stream->descriptor = descriptor;
    if (server->draining)
        drain(stream);
    pthread_mutex_unlock(&stream->mutex);
    stream->next = server->streams;
    if (stream->next)
        stream->next->previous = stream;
    server->streams = stream;
    return response;
}

void streams_turn(struct server *server) {
    if (!atomic_exchange(&server->streams_moved, false))
        return;
    for (struct stream *stream = server->streams; stream; stream = stream->next) {
        pthread_mutex_lock(&stream->mutex);
        bool resumed = stream->suspended && (stream->length > 0 || stream->ended);
        if (resumed)
            stream->suspended = false;
        bool given_up = stream->given_up;
        pthread_mutex_unlock(&stream->mutex);
        if (given_up)
            shutdown(stream->descriptor, SHUT_RDWR);
        if (resumed)
            MHD_resume_connection(stream->connection);
    }
}

void streams_drain(struct server *server) {
    for (struct stream *stream = server->streams; stream; stream = stream->next) {
        pthread_mutex_lock(&stream->mutex);
        drain(stream);
        pthread_mutex_unlock(&stream->mutex);
    }
    streams_turn(server);
}

void streams_break(struct server *server) {
    for (struct stream *stream = server->streams; stream; stream = stream->next) {
        pthread_mutex_lock(&stream->mutex);
        break_off(stream);
        wake(stream);
        pthread_mutex_unlock(&stream->mutex);
    }
    streams_turn(server);
}

void stream_drop(struct stream *stream) {
    owner_leave(stream);
}
