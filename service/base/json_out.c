/* The text grows by doubling inside the arena: the old half is lost until the reset, which is cheaper than
 * asking for every answer's length first. */
#include "tandem/base/json_out.h"

#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"

#include <string.h>

enum { FIRST_CAPACITY = 512 };

/* Room for `length` more bytes and the final NUL. */
static char *reserve(struct json_out *out, size_t length) {
    size_t need = out->length + length + 1;
    if (need > out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : FIRST_CAPACITY;
        while (capacity < need)
            capacity *= 2;
        char *bytes = arena_alloc(out->arena, capacity);
        if (out->length)
            memcpy(bytes, out->bytes, out->length);
        out->bytes = bytes;
        out->capacity = capacity;
    }
    return out->bytes + out->length;
}

static void append(struct json_out *out, const char *bytes, size_t length) {
    memcpy(reserve(out, length), bytes, length);
    out->length += length;
}

static void append_escape(struct json_out *out, unsigned char c) {
    static const char short_form[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    if (c >= 0x20)
        append(out, (char[]){'\\', (char)c}, 2);
    else if (short_form[c])
        append(out, (char[]){'\\', short_form[c]}, 2);
    else
        append(out, (char[]){'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]}, 6);
}

static void append_quoted(struct json_out *out, const char *text) {
    append(out, "\"", 1);
    const char *run = text;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        append(out, run, (size_t)(text - run));
        append_escape(out, c);
        run = text + 1;
    }
    append(out, run, (size_t)(text - run));
    append(out, "\"", 1);
}

/* What stands before every value: the comma and the member's name. */
static void begin_value(struct json_out *out, const char *name) {
    if (out->comma)
        append(out, ",", 1);
    out->comma = true;
    if (name) {
        append_quoted(out, name);
        append(out, ":", 1);
    }
}

static void open_bracket(struct json_out *out, const char *name, const char *bracket) {
    begin_value(out, name);
    append(out, bracket, 1);
    out->comma = false;
}

static void close_bracket(struct json_out *out, const char *bracket) {
    append(out, bracket, 1);
    out->comma = true;
}

void json_object(struct json_out *out, const char *name) {
    open_bracket(out, name, "{");
}

void json_object_end(struct json_out *out) {
    close_bracket(out, "}");
}

void json_array(struct json_out *out, const char *name) {
    open_bracket(out, name, "[");
}

void json_array_end(struct json_out *out) {
    close_bracket(out, "]");
}

void json_add_raw(struct json_out *out, const char *name, const char *raw) {
    begin_value(out, name);
    if (!raw)
        raw = "null";
    append(out, raw, strlen(raw));
}

void json_add_null(struct json_out *out, const char *name) {
    json_add_raw(out, name, NULL);
}

void json_add_boolean(struct json_out *out, const char *name, bool value) {
    json_add_raw(out, name, value ? "true" : "false");
}

void json_add_text(struct json_out *out, const char *name, const char *text) {
    begin_value(out, name);
    if (text)
        append_quoted(out, text);
    else
        append(out, "null", 4);
}

void json_add_integer(struct json_out *out, const char *name, int64_t value) {
    char digits[24];
    char *end = digits + sizeof digits, *first = end;
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        *--first = (char)('0' + magnitude % 10);
    while (magnitude /= 10);
    if (value < 0)
        *--first = '-';
    begin_value(out, name);
    append(out, first, (size_t)(end - first));
}

void json_add_date(struct json_out *out, const char *name, int32_t date) {
    char text[DATE_TEXT_SIZE];
    if (date != DATE_NONE)
        date_format(date, text);
    json_add_text(out, name, date == DATE_NONE ? NULL : text);
}

void json_add_instant(struct json_out *out, const char *name, int64_t at) {
    char text[INSTANT_TEXT_SIZE];
    if (at != INSTANT_NONE)
        instant_format(at, text);
    json_add_text(out, name, at == INSTANT_NONE ? NULL : text);
}

void json_add_money(struct json_out *out, const char *name, const struct money *money) {
    if (!money || !*money->currency) {
        json_add_null(out, name);
        return;
    }
    json_object(out, name);
    json_add_integer(out, "amount_minor", money->amount_minor);
    json_add_text(out, "currency", money->currency);
    json_object_end(out);
}

void json_add_choice(struct json_out *out, const char *name, const struct choice *choices, int code) {
    json_add_text(out, name, choice_name(choices, code));
}

void json_line_end(struct json_out *out) {
    append(out, "\n", 1);
    out->comma = false;
}

const char *json_out_text(struct json_out *out) {
    *reserve(out, 0) = 0;
    return out->bytes;
}
