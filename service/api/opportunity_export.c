/* All deals of a filter in one snapshot, page by page, no faster than the reader takes them. */
#include <string.h>

#include "bulk.h"
#include "opportunity_csv.h"
#include "opportunity_filter.h"
#include "tandem/api/opportunity.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/csv.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/uuid.h"
#include "tandem/http/operation.h"

enum { PAGE_ROWS = 200 };

enum export_format { FORMAT_NDJSON, FORMAT_CSV };

static const struct choice formats[] = {{"ndjson", FORMAT_NDJSON}, {"csv", FORMAT_CSV}, {NULL, 0}};

struct export_query {
    int format;
    struct opportunity_filter filter;
};

static const struct field query_fields[] = {
    {"format", FIELD_CHOICE, offsetof(struct export_query, format), .choices = formats},
    OPPORTUNITY_FILTER_FIELDS(struct export_query, filter),
};
static const struct shape query_shape = {query_fields, sizeof query_fields / sizeof *query_fields,
                                         sizeof(struct export_query), SHAPE_NO_PRESENCE};

struct export {
    struct bulk_job job;
    struct export_query query;
    struct arena *page;         /* of the newest page */
    char after[UUID_TEXT_SIZE]; /* the last deal that was written; "": none */
    int64_t count;
    bool begun;
};

/* -- pages -- */

static struct fault *put(struct export *export, const char *bytes, size_t length) {
    if (stream_put(export->job.stream, bytes, length))
        return NULL;
    return fault_make(export->page, PROBLEM_UNAVAILABLE,
                      "the reader has gone, or took too little for too long");
}

static struct fault *ndjson_put(struct export *export, const struct opportunity_row *deals, size_t count) {
    struct json_out out = {.arena = export->page};
    for (size_t i = 0; i < count; i++) {
        opportunity_write(&out, NULL, &deals[i], SIDE_VENDOR);
        json_line_end(&out);
    }
    return put(export, json_out_text(&out), out.length);
}

static struct fault *csv_put(struct export *export, const struct opportunity_row *deals, size_t count) {
    struct csv_out out = {.arena = export->page};
    for (size_t i = 0; i < count; i++) {
        struct json_out answer = {.arena = export->page};
        const struct json *deal;
        opportunity_write(&answer, NULL, &deals[i], SIDE_VENDOR);
        const char *text = json_out_text(&answer);
        TRY(json_parse(export->page, text, answer.length, &deal));
        opportunity_csv_line(&out, deal);
    }
    return put(export, out.bytes, out.length);
}

/* *count deals, none behind the last page. */
static struct fault *page_put(struct export *export, struct db *db, int32_t tenant_id, size_t *count) {
    struct param params[1 + OPPORTUNITY_PAGE_PARAMS] = {p_integer(tenant_id)};
    struct rows *rows;
    opportunity_page_bind(&export->query.filter, *export->after ? export->after : NULL, PAGE_ROWS,
                          params + 1);
    TRY(db_query(db, export->page, SQL_opportunity_page, params, 1 + OPPORTUNITY_PAGE_PARAMS, &rows));
    *count = rows_count(rows);
    if (*count == 0)
        return NULL;
    struct opportunity_row *deals = arena_alloc(export->page, *count * sizeof *deals);
    for (size_t i = 0; i < *count; i++)
        opportunity_read(export->page, rows, i, &deals[i]);
    memcpy(export->after, deals[*count - 1].id, sizeof export->after);
    export->count += (int64_t)*count;
    return export->query.format == FORMAT_CSV ? csv_put(export, deals, *count)
                                              : ndjson_put(export, deals, *count);
}

/* -- the whole -- */

static struct fault *begin_put(struct export *export) {
    struct csv_out out = {.arena = export->page};
    if (export->query.format != FORMAT_CSV)
        return NULL;
    opportunity_csv_header(&out);
    return put(export, out.bytes, out.length);
}

/* CSV has no line that could say it: there the end of the connection does. */
static struct fault *end_put(struct export *export) {
    struct json_out out = {.arena = export->page};
    if (export->query.format == FORMAT_CSV)
        return NULL;
    json_object(&out, NULL);
    json_add_boolean(&out, "_end", true);
    json_add_integer(&out, "count", export->count);
    json_object_end(&out);
    json_line_end(&out);
    return put(export, json_out_text(&out), out.length);
}

/* A db_body. What was sent cannot be sent again: a second run is none. */
static struct fault *snapshot_put(struct db *db, struct arena *arena, void *arg) {
    struct export *export = arg;
    struct scope scope;
    size_t count;
    if (export->begun)
        return fault_make(arena, PROBLEM_UNAVAILABLE, "the snapshot was lost");
    TRY(scope_enter(db, arena, &export->job.scope, &scope));
    export->begun = true;
    TRY(begin_put(export));
    do {
        arena_reset(export->page);
        TRY(page_put(export, db, scope.tenant_id, &count));
        if (bulk_job_late(&export->job))
            return fault_make(arena, PROBLEM_UNAVAILABLE, "the longest time of an export has passed");
    } while (count == PAGE_ROWS);
    return end_put(export);
}

static struct fault *export_run(struct bulk_job *job, struct db *db, struct arena *arena) {
    struct export *export = (struct export *)job;
    export->page = arena;
    return db_transaction(db, arena, true, snapshot_put, export, NULL);
}

static struct fault *export_answer(struct request *request, const struct scope *scope,
                                   const struct rows *rows) {
    (void)scope, (void)rows;
    struct export *export = bulk_job_create(request, sizeof *export, export_run);
    const struct export_query *query = request->query;
    export->query = *query;
    export->query.filter.owner = arena_text(export->job.arena, query->filter.owner);
    export->query.filter.partner = arena_text(export->job.arena, query->filter.partner);
    bool csv = query->format == FORMAT_CSV;
    TRY(bulk_answer(request, &export->job,
                    csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson"));
    reply_header_add(request, "Content-Disposition",
                     csv ? "attachment; filename=\"opportunities.csv\""
                         : "attachment; filename=\"opportunities.ndjson\"");
    return NULL;
}

const struct operation export_opportunities = {
    .name = "export_opportunities",
    .roles = ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_opportunity_bulk, NULL, export_answer},
};
