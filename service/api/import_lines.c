/* NDJSON of an import: the lines that come in, and those that go out. */
#include "tandem/api/import.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"

/* The bytes up to the end of the line, of which `buffer` keeps IMPORT_LINE_MAX; false: there is none. */
static bool line_read(FILE *file, char *buffer, size_t *length, bool *is_cut) {
    int byte;
    *length = 0;
    while ((byte = getc_unlocked(file)) != EOF && byte != '\n') {
        if (*length < IMPORT_LINE_MAX)
            buffer[*length] = (char)byte;
        ++*length;
    }
    *is_cut = byte == EOF;
    return byte != EOF || *length > 0;
}

size_t import_read(FILE *file, struct arena *arena, struct import_line *lines, size_t *line_number) {
    char *buffer = arena_alloc(arena, IMPORT_LINE_MAX);
    size_t count = 0, bytes = 0, length;
    bool is_cut;
    while (count < IMPORT_CHUNK_MAX && bytes < IMPORT_CHUNK_BYTES &&
           line_read(file, buffer, &length, &is_cut)) {
        ++*line_number;
        while (length > 0 && length <= IMPORT_LINE_MAX && buffer[length - 1] == '\r')
            length--;
        if (length == 0)
            continue;
        size_t kept = length < IMPORT_LINE_MAX ? length : IMPORT_LINE_MAX;
        lines[count++] = (struct import_line){*line_number, arena_copy(arena, buffer, kept), length, is_cut};
        bytes += kept;
    }
    return ferror(file) ? 0 : count;
}

void import_problem_write(struct json_out *out, const struct fault *fault) {
    if (!fault) {
        json_add_null(out, "problem");
        return;
    }
    const struct problem_entry *entry = problem_entry(fault->problem);
    json_object(out, "problem");
    json_add_text(out, "code", entry->code);
    json_add_text(out, "title", entry->title);
    json_add_text(out, "detail", fault->detail);
    json_array(out, "errors");
    for (const struct fault_field *field = fault->fields; field; field = field->next) {
        json_object(out, NULL);
        json_add_text(out, "pointer", field->pointer);
        json_add_text(out, "code", field->code);
        json_add_text(out, "detail", field->detail);
        json_object_end(out);
    }
    json_array_end(out);
    json_object_end(out);
}

void import_result_write(struct json_out *out, const struct import_result *result) {
    static const char *const words[] = {"created", "updated", "unchanged", "refused"};
    json_object(out, NULL);
    json_add_integer(out, "index", (int64_t)result->index);
    json_add_text(out, "status", words[result->outcome]);
    import_problem_write(out, result->fault);
    json_object_end(out);
}
