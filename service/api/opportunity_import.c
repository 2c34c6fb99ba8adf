/* NDJSON of any size, which was received into a file: a line of results for each line, as their chunk is committed. What was
 * told is kept; sent again, the rest goes on and the beginning is unchanged. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "tandem/api/import.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/http/operation.h"

struct import_query {
    const char *source;
};

static void source_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct import_query *query = value;
    (void)arena;
    if (query->source && !import_source_is_good(query->source))
        field_fault(faults, "?source", "invalid_name", "A source is %s.", IMPORT_SOURCE_FORM);
}

static const struct field query_fields[] = {
    {"source", FIELD_TEXT, offsetof(struct import_query, source), FIELD_REQUIRED},
};
static const struct shape query_shape = {query_fields, 1, sizeof(struct import_query), SHAPE_NO_PRESENCE,
                                         source_check};

struct import {
    struct bulk_job job;
    FILE *file;
    struct import_run run;
    size_t line_number;
    struct import_line lines[IMPORT_CHUNK_MAX];
    struct import_result results[IMPORT_CHUNK_MAX]; /* of the newest chunk, as they were told */
    size_t result_count;
    int64_t count; /* of all results */
};

static void told(void *context, const struct import_result *result) {
    struct import *import = context;
    import->results[import->result_count++] = *result;
}

static int by_index(const void *left, const void *right) {
    size_t a = ((const struct import_result *)left)->index, b = ((const struct import_result *)right)->index;
    return (a > b) - (a < b);
}

static struct fault *put(struct import *import, struct arena *arena, struct json_out *out) {
    if (out->length == 0 || stream_put(import->job.stream, json_out_text(out), out->length))
        return NULL;
    return fault_make(arena, PROBLEM_UNAVAILABLE, "the reader has gone, or took too little for too long");
}

static struct fault *results_put(struct import *import, struct arena *arena) {
    struct json_out out = {.arena = arena};
    qsort(import->results, import->result_count, sizeof *import->results, by_index);
    for (size_t i = 0; i < import->result_count; i++) {
        import_result_write(&out, &import->results[i]);
        json_line_end(&out);
    }
    import->count += (int64_t)import->result_count;
    return put(import, arena, &out);
}

/* *more false: the file is at its end. Results of what was committed are told although the chunk failed further on. */
static struct fault *chunk_import(struct import *import, struct arena *arena, bool *more) {
    size_t count = import_read(import->file, arena, import->lines, &import->line_number);
    *more = count > 0;
    if (ferror(import->file)) {
        struct fault *fault = fault_make(arena, PROBLEM_UNAVAILABLE, "The service lost what was sent");
        fault->cause = strerror(errno);
        return fault;
    }
    import->result_count = 0;
    struct fault *fault = import_lines(&import->run, arena, import->lines, count);
    TRY(results_put(import, arena));
    return fault;
}

static struct fault *lines_import(struct import *import, struct arena *arena) {
    for (bool more = true; more;) {
        arena_reset(arena);
        if (stream_draining(import->job.stream))
            return fault_make(arena, PROBLEM_UNAVAILABLE, "The service is stopping");
        if (stream_over(import->job.stream))
            return fault_make(arena, PROBLEM_UNAVAILABLE, "The sender has gone");
        TRY(chunk_import(import, arena, &more));
    }
    return NULL;
}

/* The last line says whether it is the end; one that is not breaks the connection off as well. */
static struct fault *end_put(struct import *import, struct arena *arena, const struct fault *fault) {
    const struct import_run *run = &import->run;
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    json_add_boolean(&out, "_end", !fault);
    json_add_integer(&out, "count", import->count);
    json_add_integer(&out, "created", run->counts.created);
    json_add_integer(&out, "updated", run->counts.updated);
    json_add_integer(&out, "unchanged", run->counts.unchanged);
    json_add_integer(&out, "refused", (int64_t)run->refused_count);
    import_problem_write(&out, fault);
    json_object_end(&out);
    json_line_end(&out);
    return put(import, arena, &out);
}

static struct fault *import_run(struct bulk_job *job, struct db *db, struct arena *arena) {
    struct import *import = (struct import *)job;
    import->run.db = db;
    import_run_begin(&import->run);
    struct fault *fault = import->file ? lines_import(import, arena) : NULL;
    import_run_end(&import->run);
    struct fault *untold = end_put(import, arena, fault);
    return fault ? fault : untold;
}

static void import_end(struct bulk_job *job) {
    struct import *import = (struct import *)job;
    if (import->file)
        fclose(import->file);
}

/* *file NULL: there was no body. */
static struct fault *body_take(struct request *request, FILE **file) {
    *file = NULL;
    if (request->body_file < 0)
        return NULL;
    *file = fdopen(request->body_file, "r");
    if (!*file)
        return fault_make(request->arena, PROBLEM_UNAVAILABLE, "The service cannot read what was sent");
    request->body_file = -1;
    rewind(*file);
    return NULL;
}

static struct fault *import_answer(struct request *request, const struct scope *scope,
                                   const struct rows *rows) {
    (void)scope, (void)rows;
    const struct import_query *query = request->query;
    FILE *file;
    TRY(body_take(request, &file));
    struct import *import = bulk_job_create(request, sizeof *import, import_run);
    import->job.waits = true;
    import->job.end = import_end;
    import->file = file;
    import->run.scope_request = import->job.scope;
    import->run.source = arena_text(import->job.arena, query->source);
    import->run.told = told;
    import->run.context = import;
    return bulk_answer(request, &import->job, "application/x-ndjson");
}

const struct operation import_opportunities = {
    .name = "import_opportunities",
    .roles = ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_READ,
    .flags = OPERATION_SPOOLED,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_opportunity_bulk, NULL, import_answer},
};
