/* The contract to look at: swagger-ui where the build had it, else, and always at /docs/plain.html, a page of our own.
 * All of it is in the binary, and nothing comes from elsewhere. */
#include <stdbool.h>
#include <string.h>

#include "docs.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/http/loop.h"
#include "tandem/http/operation.h"

/* swagger-ui's style has its icons inside, as data: addresses. */
#define DOCS_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "    \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct {
    const char *ending, *content_type, *policy;
} kinds[] = {
    {".html", "text/html; charset=utf-8", DOCS_POLICY}, {".css", "text/css; charset=utf-8", NULL},
    {".js", "text/javascript; charset=utf-8", NULL},    {"LICENSE", "text/plain; charset=utf-8", NULL},
    {"NOTICE", "text/plain; charset=utf-8", NULL},
};

static const struct embedded_file *docs_find(const char *name) {
    for (const struct embedded_file *file = docs; file < docs + docs_count; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static bool ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

static void docs_reply(struct request *request, const char *name) {
    const struct embedded_file *file = docs_find(name);
    for (size_t i = 0; file && i < sizeof kinds / sizeof *kinds; i++)
        if (ends_with(name, kinds[i].ending)) {
            struct page page = {file, docs_find(arena_format(request->arena, "%s.gz", name)),
                                kinds[i].content_type, kinds[i].policy};
            reply_page(request, &page);
            return;
        }
    reply_fault(request, work_not_found(request->arena, "file"));
}

static void docs_serve(struct request *request) {
    docs_reply(request, docs_find("swagger.html") ? "swagger.html" : "plain.html");
}

static void docs_file_serve(struct request *request) {
    docs_reply(request, request->path_values[0]);
}

static const struct loop_work docs_work = {docs_serve}, docs_file_work = {docs_file_serve};
const struct operation docs_page = {
    .name = "docs_page", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &docs_work};
const struct operation docs_file = {
    .name = "docs_file", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &docs_file_work};
