/* One arena per request: memory is taken in order and given back all at once.
 * Nothing taken from an arena is freed by hand. */
#ifndef TANDEM_BASE_ARENA_H
#define TANDEM_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Never NULL: the process aborts when the system has no memory left. */
struct arena *arena_create(void);
void arena_destroy(struct arena *arena);

/* Gives back everything taken since creation; keeps the first block for reuse. */
void arena_reset(struct arena *arena);

/* `size` zeroed bytes, aligned for any type; never NULL. size 0 gives a unique address. */
void *arena_alloc(struct arena *arena, size_t size);

char *arena_copy(struct arena *arena, const char *bytes, size_t length); /* adds the final NUL */
char *arena_text(struct arena *arena, const char *text);                 /* NULL stays NULL */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));
char *arena_format_list(struct arena *arena, const char *format, va_list list)
    __attribute__((format(printf, 2, 0), nonnull(2)));

/* Bytes handed out since the last reset, for tests and metrics. */
size_t arena_used(const struct arena *arena);

#endif
