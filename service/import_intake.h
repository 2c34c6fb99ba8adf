/* Lines of NDJSON on their way into an import: a chunk is read and decoded while the one before it is written. */
#ifndef TANDEM_SERVICE_IMPORT_INTAKE_H
#define TANDEM_SERVICE_IMPORT_INTAKE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "tandem/api/import.h"

/* A chunk of lines, read and decoded into an arena of its own. */
struct intake {
    FILE *file;
    struct arena *arena;
    struct import_line lines[IMPORT_CHUNK_MAX];
    size_t count; /* 0: the file has ended */
    struct import_chunk *chunk;
    size_t line_number; /* of the last line that was read */
    off_t bytes;        /* up to its end; -1: of no file */
    int error;          /* errno; 0: none */
    bool is_cut;        /* it has no line break */
};

struct intake *intake_create(FILE *file);
void intake_destroy(struct intake *intake);

/* Goes on in the file where the other one ended. */
void intake_follow(struct intake *intake, const struct intake *before);
/* Takes the next lines, at most a chunk; what was there is gone. Empty lines are counted and passed over. The start routine
 * of a thread; one at a time. */
void *intake_fill(void *intake);

#endif
