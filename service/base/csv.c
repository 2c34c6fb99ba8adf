/* Cells are quoted only where they must be. */
#include "tandem/base/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tandem/base/arena.h"

enum { FIRST_CAPACITY = 4096 };

static void append(struct csv_out *out, const char *bytes, size_t length) {
    if (length == 0)
        return;
    if (out->length + length > out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : FIRST_CAPACITY;
        while (capacity < out->length + length)
            capacity *= 2;
        char *grown = arena_alloc(out->arena, capacity);
        if (out->length)
            memcpy(grown, out->bytes, out->length);
        out->bytes = grown;
        out->capacity = capacity;
    }
    memcpy(out->bytes + out->length, bytes, length);
    out->length += length;
}

static void cell_begin(struct csv_out *out) {
    if (out->comma)
        append(out, ",", 1);
    out->comma = true;
}

static bool is_formula(const char *text) {
    return *text != '\0' && strchr("=+-@\t\r'", *text) != NULL;
}

static void append_quoted(struct csv_out *out, const char *text) {
    append(out, "\"", 1);
    for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
        append(out, text, (size_t)(quote - text));
        append(out, "\"\"", 2);
    }
    append(out, text, strlen(text));
    append(out, "\"", 1);
}

void csv_add_text(struct csv_out *out, const char *text) {
    cell_begin(out);
    if (!text)
        text = "";
    const char *guarded = is_formula(text) ? arena_format(out->arena, "'%s", text) : text;
    if (strpbrk(guarded, ",\"\r\n"))
        append_quoted(out, guarded);
    else
        append(out, guarded, strlen(guarded));
}

void csv_add_integer(struct csv_out *out, int64_t value) {
    char text[24];
    cell_begin(out);
    append(out, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
}

void csv_line_end(struct csv_out *out) {
    append(out, "\r\n", 2);
    out->comma = false;
}
