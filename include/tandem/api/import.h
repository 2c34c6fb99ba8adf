/* Lines of NDJSON become deals, a chunk in one transaction. A bad line harms no other: it is told and passed over. */
#ifndef TANDEM_API_IMPORT_H
#define TANDEM_API_IMPORT_H

#include <stddef.h>

#include "tandem/store/import.h"
#include "tandem/store/scope.h"

struct fault;

enum { IMPORT_CHUNK_MAX = 1000 };

struct import_line {
    size_t index; /* of the line in its file, from 1 */
    const char *text;
    size_t length;
};

struct import_run {
    struct db *db; /* of the service's role */
    struct scope_request scope_request;
    const char *source;
    /* Told for each line that is not imported. */
    void (*refused)(void *context, size_t index, const struct fault *fault);
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

/* {"index","status":"refused","problem":{...}} for one line. */
const char *import_refusal_json(struct arena *arena, size_t index, const struct fault *fault);

#endif
