/* CSV out (RFC 4180): cells one after the other, lines end with CRLF. */
#ifndef TANDEM_BASE_CSV_H
#define TANDEM_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Start from {.arena = arena}. */
struct csv_out {
    struct arena *arena;
    char *bytes; /* the finished text so far, without a final NUL */
    size_t length, capacity;
    bool comma; /* the next cell needs one */
};

/* What somebody typed. A spreadsheet takes a cell that begins with = + - @ tab or CR for a formula: such a text, and one
 * that begins with an apostrophe, gets an apostrophe in front. Whoever takes one apostrophe off the front has the text
 * again. NULL is an empty cell. */
void csv_add_text(struct csv_out *out, const char *text);
void csv_add_integer(struct csv_out *out, int64_t value);
void csv_line_end(struct csv_out *out);

#endif
