/* One stream, read by one thread at a time into arenas that take turns. */
#include "import_intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/arena.h"

static void intake_read(struct intake *intake) {
    intake->count = import_read(intake->file, intake->arena, intake->lines, &intake->line_number);
    intake->error = ferror(intake->file) ? errno : 0;
    intake->bytes = ftello(intake->file);
    if (intake->count)
        intake->is_cut = intake->lines[intake->count - 1].is_cut;
}

void *intake_fill(void *arg) {
    struct intake *intake = arg;
    arena_reset(intake->arena);
    intake_read(intake);
    intake->chunk = import_decode(intake->arena, intake->lines, intake->count);
    return NULL;
}

void intake_follow(struct intake *intake, const struct intake *before) {
    intake->line_number = before->line_number;
    intake->is_cut = before->is_cut;
}

struct intake *intake_create(FILE *file) {
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake)
        abort();
    intake->file = file;
    intake->arena = arena_create();
    return intake;
}

void intake_destroy(struct intake *intake) {
    arena_destroy(intake->arena);
    free(intake);
}
