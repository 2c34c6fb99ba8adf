/* Rows on their way out: copied into the request's arena at once, so that nobody above holds memory of libpq,
 * then read by name onto structs. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/json.h"
#include "tandem/base/time.h"

#include "db_inside.h"

struct rows {
    size_t count, width;
    const char **names;
    const char **values; /* row by row; NULL is SQL null */
};

static char *value_copy(char **free_at, const char *bytes, size_t length) {
    char *copy = *free_at;
    memcpy(copy, bytes, length);
    copy[length] = 0;
    *free_at += length + 1;
    return copy;
}

/* One block for the pointers, one for all text. */
struct rows *rows_copy(struct arena *arena, const PGresult *result) {
    int count = PQntuples(result), width = PQnfields(result);
    struct rows *rows = arena_alloc(arena, sizeof *rows);
    rows->count = (size_t)count;
    rows->width = (size_t)width;
    rows->names = arena_alloc(arena, (rows->count + 1) * rows->width * sizeof *rows->names);
    rows->values = rows->names + width;

    size_t size = 0;
    for (int column = 0; column < width; column++) {
        size += strlen(PQfname(result, column)) + 1;
        for (int row = 0; row < count; row++)
            size += (size_t)PQgetlength(result, row, column) + 1;
    }
    char *free_at = arena_alloc(arena, size);
    for (int column = 0; column < width; column++)
        rows->names[column] = value_copy(&free_at, PQfname(result, column), strlen(PQfname(result, column)));
    for (int row = 0; row < count; row++)
        for (int column = 0; column < width; column++)
            if (!PQgetisnull(result, row, column))
                rows->values[row * width + column] = value_copy(&free_at, PQgetvalue(result, row, column),
                                                                (size_t)PQgetlength(result, row, column));
    return rows;
}

size_t rows_count(const struct rows *rows) {
    return rows->count;
}

/* Readers mostly name the columns in the order of the statement: the search starts after the last hit. */
static size_t column_find(const struct rows *rows, const char *name, size_t start) {
    for (size_t i = 0; i < rows->width; i++) {
        size_t index = (start + i) % rows->width;
        if (!strcmp(rows->names[index], name))
            return index;
    }
    assert(!"the rows have this column");
    return 0;
}

static int64_t integer_of(const char *text) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    assert(!*end && !errno);
    return value;
}

/* "2026-11-21 22:31:03.5+00" in the session's fixed style; infinity stands for no instant. */
static int64_t instant_of(const char *text) {
    char rfc[INSTANT_TEXT_SIZE + 8];
    size_t length = strlen(text);
    if (strstr(text, "infinity"))
        return INSTANT_NONE;
    assert(length > 13 && length < INSTANT_TEXT_SIZE && !strcmp(text + length - 3, "+00"));
    memcpy(rfc, text, length - 3);
    rfc[10] = 'T';
    rfc[length - 3] = 'Z';
    rfc[length - 2] = 0;
    int64_t at;
    bool valid = instant_parse(rfc, &at);
    assert(valid);
    return valid ? at : INSTANT_NONE;
}

static int32_t date_of(const char *text) {
    int32_t date;
    if (strstr(text, "infinity"))
        return DATE_NONE;
    bool valid = date_parse(text, &date);
    assert(valid);
    return valid ? date : DATE_NONE;
}

static void currency_set(struct money *money, const char *text) {
    assert(!text || strlen(text) < sizeof money->currency);
    strcpy(money->currency, text ? text : "");
}

static void value_set(const char *text, enum column_kind kind, void *at) {
    switch (kind) {
    case COLUMN_TEXT: *(const char **)at = text; break;
    case COLUMN_INTEGER: *(int64_t *)at = text ? integer_of(text) : 0; break;
    case COLUMN_CHOICE: *(int *)at = text ? (int)integer_of(text) : -1; break;
    case COLUMN_BOOLEAN: *(bool *)at = text && *text == 't'; break;
    case COLUMN_INSTANT: *(int64_t *)at = text ? instant_of(text) : INSTANT_NONE; break;
    case COLUMN_DATE: *(int32_t *)at = text ? date_of(text) : DATE_NONE; break;
    case COLUMN_AMOUNT: ((struct money *)at)->amount_minor = text ? integer_of(text) : 0; break;
    case COLUMN_CURRENCY: currency_set(at, text); break;
    case COLUMN_DOUBLE: *(double *)at = text ? strtod(text, NULL) : 0; break;
    }
}

void rows_read(const struct rows *rows, size_t row, const struct column *columns, size_t column_count,
               void *target) {
    assert(row < rows->count);
    const char **values = rows->values + row * rows->width;
    size_t index = rows->width - 1;
    for (const struct column *column = columns; column < columns + column_count; column++) {
        index = column_find(rows, column->name, index + 1);
        value_set(values[index], column->kind, (char *)target + column->offset);
    }
}

const char *rows_text(const struct rows *rows, size_t row, const char *column) {
    assert(row < rows->count);
    return rows->values[row * rows->width + column_find(rows, column, 0)];
}

int64_t rows_integer(const struct rows *rows, size_t row, const char *column) {
    const char *text = rows_text(rows, row, column);
    return text ? integer_of(text) : 0;
}

/* As PostgreSQL would have sent it alone. */
static const char *inside_text(struct arena *arena, const struct json *value) {
    int64_t number;
    bool truth;
    if (json_integer(value, &number))
        return arena_format(arena, "%lld", (long long)number);
    if (json_boolean(value, &truth))
        return truth ? "t" : "f";
    return json_string(value);
}

static void inside_names(struct rows *inside, struct arena *arena, const struct json *object) {
    for (const struct json *member = json_first(object); member; member = json_next(member))
        inside->width++;
    inside->names = arena_alloc(arena, (inside->count + 1) * inside->width * sizeof *inside->names);
    inside->values = inside->names + inside->width;
    const struct json *member = json_first(object);
    for (size_t i = 0; i < inside->width; i++, member = json_next(member))
        inside->names[i] = json_name(member);
}

const struct rows *rows_inside(struct arena *arena, const struct rows *rows, size_t row, const char *column) {
    struct rows *inside = arena_alloc(arena, sizeof *inside);
    const char *text = rows_text(rows, row, column);
    const struct json *array = NULL;
    *inside = (struct rows){0};
    struct fault *fault = text ? json_parse(arena, text, strlen(text), &array) : NULL;
    assert(!fault);
    if (!array || fault)
        return inside;
    inside->count = json_length(array);
    const struct json *object = json_first(array);
    inside_names(inside, arena, object);
    for (size_t i = 0; i < inside->count; i++, object = json_next(object)) {
        const struct json *member = json_first(object);
        for (size_t j = 0; j < inside->width; j++, member = json_next(member))
            inside->values[i * inside->width + j] = inside_text(arena, member);
    }
    return inside;
}
