/* One JSON line per event, to stderr. Library code never logs: main, the access log and the jobs do. */
#ifndef TANDEM_BASE_LOG_H
#define TANDEM_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_field {
    const char *name;
    const char *text; /* NULL: `number` is the value */
    int64_t number;
};

static inline struct log_field log_text(const char *name, const char *text) {
    return (struct log_field){name, text ? text : "", 0};
}
#define LOG_TEXT(name, value) log_text((name), (value)) /* NULL is written as "" */
#define LOG_NUMBER(name, value) ((struct log_field){(name), 0, (int64_t)(value)})

void log_set_level(enum log_level level);
/* {"time":..., "level":..., "message":..., fields...}; one write(2), lines of several threads never mix. */
void log_line(enum log_level level, const char *message, const struct log_field *fields, unsigned count);
#define LOG(level, message, ...)                                                                             \
    log_line((level), (message), (const struct log_field[]){__VA_ARGS__},                                    \
             sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
