/* Percent-decoding and query splitting. What comes out is UTF-8 text without control characters, so that no later step
 * meets a NUL or a second spelling of a slash. */
#include "target.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/json.h"
#include "tandem/base/text.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

const char *target_decode(struct arena *arena, const char *text, size_t length, bool query) {
    char *out = arena_alloc(arena, length + 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if ((unsigned char)c < 0x20 || c == 0x7f)
            return NULL;
        out[used++] = c;
    }
    out[used] = '\0';
    return text_is_utf8(out, used) ? out : NULL;
}

bool query_split(struct arena *arena, const char *text, struct query_pair **pairs, size_t *count) {
    *pairs = NULL;
    *count = 0;
    if (!text || !*text)
        return true;
    struct query_pair *list = arena_alloc(arena, QUERY_PAIRS_MAX * sizeof *list);
    for (const char *part = text;;) {
        size_t length = strcspn(part, "&");
        const char *equals = memchr(part, '=', length);
        size_t name_length = equals ? (size_t)(equals - part) : length;
        if (name_length == 0 || *count == QUERY_PAIRS_MAX)
            return false;
        const char *name = target_decode(arena, part, name_length, true);
        const char *value = equals ? target_decode(arena, equals + 1, length - name_length - 1, true) : "";
        if (!name || !value)
            return false;
        list[(*count)++] = (struct query_pair){.name = name, .value = value};
        if (part[length] == '\0')
            break;
        part += length + 1;
    }
    *pairs = list;
    return true;
}
