/* The strict reader in front of cJSON: it builds nothing and refuses everything that RFC 8259 does not allow,
 * or that two readers might read in two ways. One pass over the text. Repeated members: the names of all open
 * objects lie on one stack; at an object's end its part is sorted and neighbours are compared, so that no
 * choice of names makes it slow. */
#include "tandem/base/json.h"

#include "json_scan.h"
#include "tandem/base/arena.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

struct scan {
    struct arena *arena;
    const char *start, *end, *at;
    unsigned depth;
    size_t values;
    struct json_names names;
    struct long_number *long_numbers;
    const char *reason;
};

static bool refuse(struct scan *scan, const char *at, const char *reason) {
    scan->reason =
        at < scan->end
            ? arena_format(scan->arena, "%s at byte %zu", reason, (size_t)(at - scan->start))
            : arena_format(scan->arena, "the text ends early, at byte %zu", (size_t)(at - scan->start));
    return false;
}

/* 0 at the end; a NUL in the text is refused wherever it is looked at. */
static char peek(const struct scan *scan) {
    return scan->at < scan->end ? *scan->at : 0;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void skip_space(struct scan *scan) {
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool take(struct scan *scan, char c, const char *reason) {
    if (scan->at == scan->end || *scan->at != c)
        return refuse(scan, scan->at, reason);
    scan->at++;
    return true;
}

static bool skip_escape(struct scan *scan) {
    const char *at = scan->at;
    if (scan->end - at < 2)
        return refuse(scan, scan->end, "");
    if (at[1] == 'u')
        return json_take_unicode(&scan->at, scan->end) >= 0 || refuse(scan, at, "bad \\u escape");
    if (!at[1] || !strchr("\"\\/bfnrt", at[1]))
        return refuse(scan, at, "unknown escape");
    scan->at += 2;
    return true;
}

/* Moves behind a string; *text is what stands between the quotes, as written. */
static bool skip_string(struct scan *scan, struct json_name *text, bool *escaped) {
    *escaped = false;
    if (!take(scan, '"', "a string is expected"))
        return false;
    text->at = text->bytes = scan->at;
    while (scan->at < scan->end && *scan->at != '"') {
        if ((unsigned char)*scan->at < 0x20)
            return refuse(scan, scan->at, "control character in a string");
        if (*scan->at != '\\') {
            scan->at++;
            continue;
        }
        *escaped = true;
        if (!skip_escape(scan))
            return false;
    }
    text->length = (size_t)(scan->at - text->bytes);
    return take(scan, '"', "the string does not end");
}

static bool skip_name(struct scan *scan) {
    struct json_name name;
    bool escaped;
    if (!skip_string(scan, &name, &escaped))
        return false;
    json_names_push(&scan->names, &name, escaped);
    return true;
}

static bool skip_digits(struct scan *scan) {
    if (!is_digit(peek(scan)))
        return refuse(scan, scan->at, "a digit is expected");
    while (is_digit(peek(scan)))
        scan->at++;
    return true;
}

static bool is_finite(struct scan *scan, const char *number, size_t length) {
    char few[JSON_NUMBER_MAX + 1] = "";
    if (length <= JSON_NUMBER_MAX)
        return isfinite(strtod(memcpy(few, number, length), NULL));
    struct long_number *found = arena_alloc(scan->arena, sizeof *found);
    *found = (struct long_number){(size_t)(number - scan->start), length, scan->long_numbers};
    scan->long_numbers = found;
    return isfinite(strtod(arena_copy(scan->arena, number, length), NULL));
}

static bool skip_number(struct scan *scan) {
    const char *number = scan->at;
    bool exponent = false;
    if (peek(scan) == '-')
        scan->at++;
    if (peek(scan) == '0') {
        scan->at++;
        if (is_digit(peek(scan)))
            return refuse(scan, scan->at, "a digit behind a leading zero");
    } else if (!skip_digits(scan)) {
        return false;
    }
    if (peek(scan) == '.') {
        scan->at++;
        if (!skip_digits(scan))
            return false;
    }
    if (peek(scan) == 'e' || peek(scan) == 'E') {
        exponent = true;
        scan->at++;
        if (peek(scan) == '+' || peek(scan) == '-')
            scan->at++;
        if (!skip_digits(scan))
            return false;
    }
    size_t length = (size_t)(scan->at - number);
    if ((exponent || length > JSON_NUMBER_MAX) && !is_finite(scan, number, length))
        return refuse(scan, number, "number out of range");
    return true;
}

static bool skip_word(struct scan *scan, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length))
        return refuse(scan, scan->at, "a value is expected");
    scan->at += length;
    return true;
}

static bool skip_value(struct scan *scan);

/* The members or items up to `close`, whose opening bracket is at the scanner's place. */
static bool skip_children(struct scan *scan, char close) {
    if (scan->depth++ == JSON_DEPTH_MAX)
        return refuse(scan, scan->at, "nested too deeply");
    scan->at++;
    skip_space(scan);
    for (bool first = true; peek(scan) != close; first = false) {
        if (!first) {
            if (!take(scan, ',', "a comma or the closing bracket is expected"))
                return false;
            skip_space(scan);
        }
        if (close == '}') {
            if (!skip_name(scan))
                return false;
            skip_space(scan);
            if (!take(scan, ':', "a colon is expected"))
                return false;
        }
        if (!skip_value(scan))
            return false;
    }
    scan->at++;
    scan->depth--;
    return true;
}

static bool skip_object(struct scan *scan, size_t first) {
    if (!skip_children(scan, '}'))
        return false;
    const char *repeated = json_names_pop(&scan->names, first);
    return !repeated || refuse(scan, repeated, "repeated member");
}

/* A value and the space around it. */
static bool skip_value(struct scan *scan) {
    struct json_name text;
    bool escaped, good;
    size_t first = scan->names.count;
    skip_space(scan);
    if (scan->values++ == JSON_MEMBERS_MAX)
        return refuse(scan, scan->at, "too many values");
    switch (peek(scan)) {
    case '{': good = skip_object(scan, first); break;
    case '[': good = skip_children(scan, ']'); break;
    case '"': good = skip_string(scan, &text, &escaped); break;
    case 't': good = skip_word(scan, "true"); break;
    case 'f': good = skip_word(scan, "false"); break;
    case 'n': good = skip_word(scan, "null"); break;
    default:
        good = peek(scan) == '-' || is_digit(peek(scan)) ? skip_number(scan)
                                                         : refuse(scan, scan->at, "a value is expected");
    }
    skip_space(scan);
    return good;
}

const char *json_scan_numbers(struct arena *arena, const char *bytes, size_t length,
                              struct long_number **numbers) {
    if (!length)
        bytes = ""; /* no body may be no address */
    struct scan scan = {
        .arena = arena, .names = {.arena = arena}, .start = bytes, .at = bytes, .end = bytes + length};
    const uint8_t *bad = u8_check((const uint8_t *)bytes, length);
    if (bad)
        refuse(&scan, (const char *)bad, "bytes that are not UTF-8");
    else if (skip_value(&scan) && scan.at < scan.end)
        refuse(&scan, scan.at, "text behind the value");
    *numbers = scan.long_numbers;
    return scan.reason;
}

const char *json_scan(struct arena *arena, const char *bytes, size_t length) {
    struct long_number *ignored;
    return json_scan_numbers(arena, bytes, length, &ignored);
}
