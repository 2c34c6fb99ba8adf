/* What the scanner, its stack of names and the parser share. */
#ifndef TANDEM_SERVICE_BASE_JSON_SCAN_H
#define TANDEM_SERVICE_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { JSON_NUMBER_MAX = 63 /* characters that cJSON 1.7.15 reads of one number */ };

/* A number with more characters than that. */
struct long_number {
    size_t offset, length;
    struct long_number *next;
};

/* json_scan that also tells where the long numbers stand; NULL when there are none. */
const char *json_scan_numbers(struct arena *arena, const char *bytes, size_t length,
                              struct long_number **numbers);

struct json_name {
    const char *bytes; /* escapes resolved once it is on the stack */
    size_t length;
    const char *at; /* where it stands in the text */
};

/* Start from {.arena = arena}. */
struct json_names {
    struct arena *arena;
    struct json_name *items;
    size_t count, capacity;
};

void json_names_push(struct json_names *names, const struct json_name *name, bool escaped);
/* Drops the names from `first` on; gives the place of a repeated one, or NULL. */
const char *json_names_pop(struct json_names *names, size_t first);

/* The character of the \uXXXX (or pair of them) whose backslash is at *at, which moves behind it; -1 when it
 * is none: bad digits, a surrogate alone, U+0000. */
int32_t json_take_unicode(const char **at, const char *end);

#endif
