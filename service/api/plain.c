/* What needs no token: health, metrics, the contract, and the page of each problem. */
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/http/loop.h"
#include "tandem/http/operation.h"

const struct operation livez = {
    .name = "livez", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &livez_work};
const struct operation readyz = {
    .name = "readyz", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &readyz_work};
const struct operation metrics = {
    .name = "metrics", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &metrics_work};

/* The contract as it was built in; its ETag is its hash. */
static void openapi_serve(struct request *request) {
    const struct embedded_file *file = &contract[0];
    char hash[SHA256_HEX_SIZE];
    sha256_hex(file->bytes, file->size, hash);
    const char *etag = arena_format(request->arena, "\"%.16s\"", hash);
    reply_json(request, 200, file->bytes, file->size);
    request->reply.etag = etag;
    if (request->if_none_match && strstr(request->if_none_match, etag))
        request->reply = (struct reply){.status = 304, .body = "", .etag = etag};
}

static const struct loop_work openapi_work = {openapi_serve};
const struct operation openapi_json = {
    .name = "openapi_json", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &openapi_work};

/* Where a problem's `type` leads: what the code means, in the words of problem.def. */
static void problem_page_serve(struct request *request) {
    for (int problem = 0; problem < PROBLEM_COUNT; problem++) {
        const struct problem_entry *entry = problem_entry((enum problem)problem);
        if (strcmp(entry->code, request->path_values[0]) != 0)
            continue;
        struct json_out out = {.arena = request->arena};
        json_object(&out, NULL);
        json_add_text(&out, "code", entry->code);
        json_add_integer(&out, "status", entry->status);
        json_add_text(&out, "title", entry->title);
        json_object_end(&out);
        work_reply(request, 200, &out, NULL);
        return;
    }
    reply_fault(request, work_not_found(request->arena, "problem"));
}

static const struct loop_work problem_page_work = {problem_page_serve};
const struct operation problem_page = {
    .name = "problem_page", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &problem_page_work};
