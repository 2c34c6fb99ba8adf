/* Lines of NDJSON become deals, a chunk in one transaction. A bad line harms no other: it is told and passed over. */
#ifndef TANDEM_API_IMPORT_H
#define TANDEM_API_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tandem/store/import.h"
#include "tandem/store/scope.h"

struct fault;
struct json_out;

/* Lines of a chunk, their bytes together, and the bytes of one line. */
enum { IMPORT_CHUNK_MAX = 1000, IMPORT_CHUNK_BYTES = 1 << 20, IMPORT_LINE_MAX = 64 * 1024 };

struct import_line {
    size_t index;     /* of the line in its file, from 1 */
    const char *text; /* of a line that is too long its beginning */
    size_t length;    /* as it was */
    bool is_cut;      /* the file ended before the line did */
};

enum import_outcome { IMPORT_CREATED, IMPORT_UPDATED, IMPORT_UNCHANGED, IMPORT_REFUSED };

struct import_result {
    size_t index;
    enum import_outcome outcome;
    const struct fault *fault; /* IMPORT_REFUSED: why; else NULL */
};

struct import_run {
    struct db *db; /* of the service's role */
    struct scope_request scope_request;
    const char *source;
    /* Told once for each line, when its chunk is committed, in their order. */
    void (*told)(void *context, const struct import_result *result);
    void *context;
    struct import_counts counts; /* grow with each chunk */
    size_t refused_count;
    struct import_references *references; /* between import_run_begin and import_run_end */
};

void import_run_begin(struct import_run *run);
void import_run_end(struct import_run *run);

/* At most IMPORT_CHUNK_MAX lines. A fault is of the whole run (no database, no such person): what was imported before
 * stays, and the same file again goes on where it stopped. */
struct fault *import_lines(struct import_run *run, struct arena *arena, const struct import_line *lines,
                           size_t count);

/* The same in two steps: the first needs neither run nor database, and may be taken for the next lines in another thread,
 * with an arena of its own. */
struct import_chunk;
struct import_chunk *import_decode(struct arena *arena, const struct import_line *lines, size_t count);
struct fault *import_put(struct import_run *run, struct arena *arena, struct import_chunk *chunk);

/* The next chunk of NDJSON, in the arena; 0 at the end, or when the file cannot be read (ferror). Empty lines count and are
 * passed over. `line_number`: of the last line that was read, 0 at first. `lines` has room for IMPORT_CHUNK_MAX. */
size_t import_read(FILE *file, struct arena *arena, struct import_line *lines, size_t *line_number);

/* {"index","status","problem"}; the problem of a refused line is {"code","title","detail","errors"}, else null. */
void import_result_write(struct json_out *out, const struct import_result *result);
void import_problem_write(struct json_out *out, const struct fault *fault);

#endif
