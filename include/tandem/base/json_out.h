/* JSON out: an append-only writer. Commas are its business, nesting is the caller's. Integers are written
 * exactly. Members with a "none" value (NULL, DATE_NONE, INSTANT_NONE, money without currency) are written as
 * null. */
#ifndef TANDEM_BASE_JSON_OUT_H
#define TANDEM_BASE_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct choice;
struct money;

struct json_out {
    struct arena *arena;
    char *bytes;
    size_t length, capacity;
    bool comma; /* the next value needs one */
};

/* Start from {.arena = arena}. */
void json_object(struct json_out *out, const char *name); /* name NULL inside arrays and at the root */
void json_object_end(struct json_out *out);
void json_array(struct json_out *out, const char *name);
void json_array_end(struct json_out *out);

void json_add_text(struct json_out *out, const char *name, const char *text);
void json_add_integer(struct json_out *out, const char *name, int64_t value);
void json_add_boolean(struct json_out *out, const char *name, bool value);
void json_add_null(struct json_out *out, const char *name);
void json_add_date(struct json_out *out, const char *name, int32_t date);
void json_add_instant(struct json_out *out, const char *name, int64_t at);
void json_add_money(struct json_out *out, const char *name, const struct money *money);
void json_add_choice(struct json_out *out, const char *name, const struct choice *choices, int code);
/* `raw` is JSON already (from PostgreSQL); NULL is null. */
void json_add_raw(struct json_out *out, const char *name, const char *raw);

/* A line of NDJSON is over: what follows is a document of its own. */
void json_line_end(struct json_out *out);

/* The finished text, NUL-terminated, in the arena; its length is out->length. */
const char *json_out_text(struct json_out *out);

#endif
