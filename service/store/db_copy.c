/* The text format of COPY: values end with a tab, rows with a newline, null is \N. */
#include "tandem/store/db_copy.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "db_inside.h"

enum { FIRST_SIZE = 64 * 1024, PIECE_MAX = 1 << 20 };

struct db_copy {
    struct arena *arena;
    char *bytes;
    size_t length, capacity;
};

struct db_copy *db_copy_create(struct arena *arena) {
    struct db_copy *copy = arena_alloc(arena, sizeof *copy);
    copy->arena = arena;
    return copy;
}

static void reserve(struct db_copy *copy, size_t more) {
    if (copy->capacity - copy->length >= more)
        return;
    size_t capacity = copy->capacity ? copy->capacity * 2 : FIRST_SIZE;
    while (capacity - copy->length < more)
        capacity *= 2;
    char *bytes = arena_alloc(copy->arena, capacity);
    if (copy->length)
        memcpy(bytes, copy->bytes, copy->length);
    copy->bytes = bytes;
    copy->capacity = capacity;
}

/* What would end a value or a row, or begin an escape. */
static char escape_of(char c) {
    switch (c) {
    case '\\': return '\\';
    case '\t': return 't';
    case '\n': return 'n';
    case '\r': return 'r';
    default: return 0;
    }
}

void db_copy_add(struct db_copy *copy, struct param value) {
    char buffer[sizeof((struct bound *)0)->texts[0]];
    const char *text = param_text(&value, buffer);
    reserve(copy, 2 * (text ? strlen(text) : 1) + 1);
    char *out = copy->bytes + copy->length;
    if (!text)
        out = stpcpy(out, "\\N");
    for (; text && *text; text++) {
        char escape = escape_of(*text);
        if (escape)
            *out++ = '\\';
        *out++ = escape ? escape : *text;
    }
    *out++ = '\t';
    copy->length = (size_t)(out - copy->bytes);
}

void db_copy_end_row(struct db_copy *copy) {
    assert(copy->length && copy->bytes[copy->length - 1] == '\t');
    copy->bytes[copy->length - 1] = '\n';
}

static bool bytes_put(struct db *db, const struct db_copy *copy) {
    for (size_t sent = 0, piece; sent < copy->length; sent += piece) {
        piece = copy->length - sent < PIECE_MAX ? copy->length - sent : PIECE_MAX;
        if (PQputCopyData(db->connection, copy->bytes + sent, (int)piece) != 1)
            return false;
    }
    return PQputCopyEnd(db->connection, NULL) == 1;
}

struct fault *db_copy_send(struct db *db, struct arena *arena, enum sql statement,
                           const struct db_copy *copy) {
    const char *name = db_statement(db, statement)->name;
    assert(db->in_transaction);
    PGresult *begun = PQexecPrepared(db->connection, name, 0, NULL, NULL, NULL, 0);
    if (PQresultStatus(begun) != PGRES_COPY_IN)
        return result_take(db, arena, begun, name, NULL);
    PQclear(begun);
    if (!bytes_put(db, copy))
        return fault_of_connection(db, arena, name);
    struct fault *fault = NULL;
    for (PGresult *result; (result = PQgetResult(db->connection));) {
        struct fault *found = result_take(db, arena, result, name, NULL);
        fault = fault ? fault : found;
    }
    return fault;
}
