/* A line is built whole and written at once. The lock is for pipes, where a write of more than PIPE_BUF bytes
 * may be cut. What cannot be written is dropped: the log never stops the service. */
#include "tandem/base/log.h"

#include "tandem/base/arena.h"
#include "tandem/base/json_out.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic int lowest_level = LOG_INFO;
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;

void log_set_level(enum log_level level) {
    lowest_level = (int)level;
}

static int64_t clock_now(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now))
        abort();
    return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* A log line may carry what a client sent; it stays JSON whatever that was. */
static const char *printable(struct arena *arena, const char *text) {
    size_t length = strlen(text);
    if (text_is_utf8(text, length))
        return text;
    char *copy = arena_copy(arena, text, length);
    for (char *c = copy; *c; c++)
        if (*c & 0x80)
            *c = '?';
    return copy;
}

static void write_whole(const char *bytes, size_t length) {
    pthread_mutex_lock(&write_lock);
    while (length) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        if (written < 0 && errno != EINTR)
            break;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    pthread_mutex_unlock(&write_lock);
}

void log_line(enum log_level level, const char *message, const struct log_field *fields, unsigned count) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if ((int)level < lowest_level)
        return;
    struct arena *arena = arena_create();
    struct json_out line = {.arena = arena};
    json_object(&line, NULL);
    json_add_instant(&line, "time", clock_now());
    json_add_text(&line, "level", names[level]);
    json_add_text(&line, "message", printable(arena, message));
    for (unsigned i = 0; i < count; i++)
        if (fields[i].text)
            json_add_text(&line, fields[i].name, printable(arena, fields[i].text));
        else
            json_add_integer(&line, fields[i].name, fields[i].number);
    json_object_end(&line);
    write_whole(arena_format(arena, "%s\n", json_out_text(&line)), line.length + 1);
    arena_destroy(arena);
}
