/* What needs no token: health, metrics, the contract, the dashboard, and the page of each problem. */
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "tandem/api/work.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/jws.h"
#include "tandem/http/loop.h"
#include "tandem/http/operation.h"
#include "web.h"

const struct operation livez = {
    .name = "livez", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &livez_work};
const struct operation readyz = {
    .name = "readyz", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &readyz_work};
const struct operation metrics = {
    .name = "metrics", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &metrics_work};

static const struct loop_page openapi_page = {{serve_page},
                                              {&contract[0], &contract[1], "application/json", NULL}};
const struct operation openapi_json = {
    .name = "openapi_json", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &openapi_page};

/* The dashboard and the page of a confirmation link, in the order of their names; nothing comes from elsewhere. */
#define PAGE_POLICY                                                                                          \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "         \
    "form-action 'none'; frame-ancestors 'none'"
enum web_file { WEB_CONFIRM_HTML, WEB_CONFIRM_JS, WEB_CSS, WEB_HTML, WEB_JS };

static const struct loop_page html_page = {{serve_page},
                                           {&web[WEB_HTML], NULL, "text/html; charset=utf-8", PAGE_POLICY}};
static const struct loop_page css_page = {{serve_page},
                                          {&web[WEB_CSS], NULL, "text/css; charset=utf-8", PAGE_POLICY}};
static const struct loop_page js_page = {{serve_page},
                                         {&web[WEB_JS], NULL, "text/javascript; charset=utf-8", PAGE_POLICY}};
const struct operation dashboard = {
    .name = "dashboard", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &html_page};
const struct operation dashboard_css = {
    .name = "dashboard_css", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &css_page};
const struct operation dashboard_js = {
    .name = "dashboard_js", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &js_page};

static const struct loop_page confirm_html_page = {
    {serve_page}, {&web[WEB_CONFIRM_HTML], NULL, "text/html; charset=utf-8", PAGE_POLICY}};
static const struct loop_page confirm_js_page = {
    {serve_page}, {&web[WEB_CONFIRM_JS], NULL, "text/javascript; charset=utf-8", PAGE_POLICY}};
const struct operation confirm_page = {
    .name = "confirm_page", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &confirm_html_page};
const struct operation confirm_js = {
    .name = "confirm_js", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &confirm_js_page};

/* Public keys of what the service signs; an empty set when it signs nothing. */
static void jwks_serve(struct request *request) {
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_array(&out, "keys");
    jws_write_keys(&out);
    json_array_end(&out);
    json_object_end(&out);
    work_reply(request, 200, &out, NULL);
}

static const struct loop_work jwks_work = {jwks_serve};
const struct operation jwks_json = {
    .name = "jwks_json", .lane = LANE_LOOP, .flags = OPERATION_PUBLIC, .work = &jwks_work};

/* Where a problem's `type` leads: what the code means, in the words of problem.def. */
static void problem_page_serve(struct request *request) {
    for (int problem = 0; problem < PROBLEM_COUNT; problem++) {
        const struct problem_entry *entry = problem_entry((enum problem)problem);
        if (strcmp(problem_slug(request->arena, entry->code), request->path_values[0]) != 0)
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
