/* Repeated members. The names of all objects that are open lie on one stack; at an object's end its part is
 * sorted and neighbours are compared, so that no choice of names makes it slow. Names are compared with their
 * escapes resolved: "a" and "\u0061" are one member. */
#include "json_scan.h"

#include "tandem/base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The value of four hexadecimal digits, or -1. */
static int hex4(const char *digits, const char *end) {
    int value = 0;
    if (end - digits < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

int32_t json_take_unicode(const char **at, const char *end) {
    int high = hex4(*at + 2, end);
    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return -1;
    *at += 6;
    if (high < 0xd800 || high > 0xdbff)
        return high;
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return -1;
    int low = hex4(*at + 2, end);
    if (low < 0xdc00 || low > 0xdfff)
        return -1;
    *at += 6;
    return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
}

/* Resolves the escapes of a name that the scanner has passed. */
static void resolve_escapes(struct arena *arena, struct json_name *name) {
    const char *from = name->bytes, *end = from + name->length;
    char *copy = arena_alloc(arena, name->length + 1), *to = copy;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] == 'u') {
            int32_t character = json_take_unicode(&from, end);
            to += u8_uctomb((uint8_t *)to, (ucs4_t)character, end - from + 6);
        } else {
            const char *kinds = "bfnrt", *kind = strchr(kinds, from[1]);
            *to++ = kind ? "\b\f\n\r\t"[kind - kinds] : from[1];
            from += 2;
        }
    }
    name->bytes = copy;
    name->length = (size_t)(to - copy);
}

void json_names_push(struct json_names *names, const struct json_name *name, bool escaped) {
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 32;
        struct json_name *items = arena_alloc(names->arena, capacity * sizeof *items);
        if (names->count)
            memcpy(items, names->items, names->count * sizeof *items);
        names->items = items;
        names->capacity = capacity;
    }
    struct json_name *pushed = &names->items[names->count++];
    *pushed = *name;
    if (escaped)
        resolve_escapes(names->arena, pushed);
}

static int compare_names(const void *a, const void *b) {
    const struct json_name *one = a, *other = b;
    if (one->length != other->length)
        return one->length < other->length ? -1 : 1;
    return memcmp(one->bytes, other->bytes, one->length);
}

const char *json_names_pop(struct json_names *names, size_t first) {
    size_t count = names->count - first;
    names->count = first;
    if (count < 2)
        return NULL;
    struct json_name *items = names->items + first;
    qsort(items, count, sizeof *items, compare_names);
    for (size_t i = 1; i < count; i++)
        if (!compare_names(&items[i - 1], &items[i]))
            return items[i - 1].at > items[i].at ? items[i - 1].at : items[i].at;
    return NULL;
}
