/* JSON in: a strict scanner in front of cJSON, then a table of fields onto a struct, collecting every error
 * with its pointer. cJSON is seen in one file only. */
#ifndef TANDEM_BASE_JSON_H
#define TANDEM_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct choice;
struct fault;
struct field_faults;
struct json; /* a parsed value */

enum { JSON_DEPTH_MAX = 32, JSON_MEMBERS_MAX = 10000 /* values in one document */ };

/* RFC 8259 strictly: grammar, UTF-8, depth, no repeated member, no NUL, numbers finite. NULL, or the reason
 * with its byte offset (arena text). */
const char *json_scan(struct arena *arena, const char *bytes, size_t length);

/* Scans, then parses. PROBLEM_MALFORMED_JSON on the scanner's word. */
struct fault *json_parse(struct arena *arena, const char *bytes, size_t length, const struct json **value);

enum field_kind {
    FIELD_TEXT, /* const char *; bounds in characters; trimmed; control characters refused; never empty when
                   required */
    FIELD_INTEGER,  /* int64_t; bounds in value; whole numbers up to 2^53-1 only */
    FIELD_BOOLEAN,  /* bool */
    FIELD_CHOICE,   /* int: the choice's code */
    FIELD_UUID,     /* const char * of 36 lower-case characters */
    FIELD_DATE,     /* int32_t */
    FIELD_INSTANT,  /* int64_t */
    FIELD_MONEY,    /* struct money; {"amount_minor","currency"}; bounds in minor units */
    FIELD_CURRENCY, /* const char * of 3 */
    FIELD_EMAIL,    /* const char * */
    FIELD_COUNTRY,  /* const char * of 2, ISO 3166-1 alpha-2 form, upper case */
    FIELD_OBJECT,   /* the nested struct itself, by `shape` */
    FIELD_TEXTS,    /* struct text_list; bounds in items */
    FIELD_OBJECTS,  /* struct object_list of `shape`; bounds in items */
    FIELD_CHOICES,  /* unsigned: bit set (1 << code); bounds in items */
};

enum field_flag {
    FIELD_REQUIRED = 1, /* absent or null is an error; with NULLABLE null is none */
    FIELD_NULLABLE = 2, /* null is allowed and clears (merge-patch) */
    FIELD_LINES = 4,    /* text: tabs and line breaks are allowed inside */
};

struct text_list {
    const char **items;
    size_t count;
};

struct object_list {
    void *items; /* count structs of the shape's size, in a row */
    size_t count;
};

struct shape;

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset; /* offsetof the target struct */
    unsigned flags;
    int64_t minimum, maximum; /* both 0 = the kind's default bounds (text: 1..1000, lists: 0..100) */
    const struct choice *choices;
    const struct shape *shape;
};

/* Which members the sender gave, by index in the shape's fields. Give the struct one of these to tell absent
 * from null from value. */
struct presence {
    uint64_t given; /* with a value or null */
    uint64_t null;
};

#define SHAPE_NO_PRESENCE ((size_t)-1)

struct shape {
    const struct field *fields;
    size_t field_count;
    size_t size;            /* sizeof the target struct */
    size_t presence_offset; /* offset of its struct presence, or SHAPE_NO_PRESENCE */
    /* NULL, or what a table cannot say (either this or that member; a customer's domain is its own). Only of the
     * outermost shape of a body, or of a query. Sees whatever was taken, "none" (and NULL list items) for the rest; what it says
     * about a place that was refused already is dropped. */
    void (*check)(struct arena *arena, const void *value, struct field_faults *faults);
};

/* The codes of a bad field: required, not_nullable, unknown_member, wrong_type, too_short, too_long,
 * too_small, too_large, too_few, too_many, repeated, control_character, not_whole, unknown_choice,
 * invalid_uuid, invalid_date, invalid_instant, invalid_currency, invalid_email, invalid_country; for a query
 * also unknown_parameter, not_utf8. */

/* Decodes into `target` (shape->size bytes). Absent fields read as the kind's "none": NULL, 0, false,
 * DATE_NONE, INSTANT_NONE, choice -1, empty list or money; bytes that no field names are zero. Unknown
 * members are errors. On a fault `target` is undefined. PROBLEM_INVALID_FIELDS with every bad field. */
struct fault *json_decode(struct arena *arena, const struct json *value, const struct shape *shape,
                          void *target);

/* The same for query parameters (names and values already percent-decoded); PROBLEM_INVALID_PARAMETER,
 * pointers "?name". Only TEXT, INTEGER, BOOLEAN, CHOICE, UUID, DATE, INSTANT and EMAIL. A repeated parameter
 * is an error. */
struct query_pair {
    const char *name, *value;
};
struct fault *query_decode(struct arena *arena, const struct query_pair *pairs, size_t count,
                           const struct shape *shape, void *target);

/* Looking into a parsed value without a shape (token claims, stored bodies). NULL when absent or of another
 * kind; a NULL value is of no kind. */
const struct json *json_get(const struct json *object, const char *name);
const char *json_string(const struct json *value);
bool json_integer(const struct json *value, int64_t *out); /* whole, up to 2^53-1; 1.0 and 1e3 are whole */
bool json_number(const struct json *value, double *out);
bool json_boolean(const struct json *value, bool *out);
bool json_is_null(const struct json *value);
bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
size_t json_length(const struct json *array); /* 0 for anything that is no array */
const struct json *json_item(const struct json *array, size_t index);

/* Walking the members or items in the sender's order: json_item starts over each time. NULL at the end. */
const struct json *json_first(const struct json *value);
const struct json *json_next(const struct json *value);
const char *json_name(const struct json *value); /* a member's; NULL for an item */

#endif
