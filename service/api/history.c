/* What happened to a deal, newest first. An event holds the row as it was afterwards; what changed is the difference to
 * the image before it, column by column, as far as the table history_fields shows them to the caller's side. */
#include <string.h>

#include "history_fields.h"
#include "tandem/api/page.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/role.h"
#include "tandem/http/operation.h"

static struct fault *history_bind(const struct request *request, struct param *params, size_t *count) {
    const char *after;
    TRY(page_after(request, request->query, &after));
    params[0] = p_text(request->path_values[0]);
    params[1] = after ? p_text(after) : p_integer(INT64_MAX); /* the first page follows the newest event */
    params[2] = p_integer(page_rows(request->query));
    *count = 3;
    return NULL;
}

static void actor_write(struct json_out *out, const struct rows *rows, size_t index) {
    const char *actor = rows_text(rows, index, "actor");
    if (!actor) {
        json_add_null(out, "actor");
        return;
    }
    json_object(out, "actor");
    json_add_text(out, "person_id", actor);
    json_add_text(out, "name", rows_text(rows, index, "actor_name"));
    json_object_end(out);
}

struct event_times {
    int64_t effective_at, recorded_at;
};

static const struct column time_columns[] = {
    {"effective_at", COLUMN_INSTANT, offsetof(struct event_times, effective_at)},
    {"recorded_at", COLUMN_INSTANT, offsetof(struct event_times, recorded_at)},
};

/* The one reason that a side gives to the other: why it declined a proposal. */
static const char *told_reason(const struct rows *rows, size_t index) {
    bool told = strcmp(rows_text(rows, index, "kind"), "opportunity.proposal_declined") == 0;
    return told ? rows_text(rows, index, "reason") : NULL;
}

static struct fault *history_row(struct request *request, const struct scope *scope, const struct rows *rows,
                                 size_t index, struct json_out *out) {
    (void)scope;
    enum side side = roles_side(request->token.roles);
    struct event_times times;
    rows_read(rows, index, time_columns, sizeof time_columns / sizeof *time_columns, &times);
    json_object(out, NULL);
    json_add_text(out, "event_id", rows_text(rows, index, "id"));
    json_add_text(out, "kind", rows_text(rows, index, "kind"));
    json_add_instant(out, "effective_at", times.effective_at);
    json_add_instant(out, "recorded_at", times.recorded_at);
    json_add_text(out, "aggregate", rows_text(rows, index, "aggregate"));
    json_add_integer(out, "version", rows_integer(rows, index, "aggregate_version"));
    TRY(history_changes_write(out, rows, index, 0, side));
    if (side == SIDE_PARTNER) {
        json_add_choice(out, "side", side_names,
                        roles_side((unsigned)rows_integer(rows, index, "actor_roles")));
        json_add_text(out, "reason", told_reason(rows, index));
    } else {
        actor_write(out, rows, index);
        json_add_raw(out, "acting_for", rows_text(rows, index, "acting_for"));
        json_add_text(out, "cause", rows_text(rows, index, "cause"));
        json_add_text(out, "reason", rows_text(rows, index, "reason"));
    }
    json_object_end(out);
    return NULL;
}

/* A deal has an event at least, and each page but the first follows from one that said there was more. */
static struct fault *history_answer(struct request *request, const struct scope *scope,
                                    const struct rows *rows) {
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "opportunity");
    return page_reply(request, scope, request->query, rows, "event_id", history_row);
}

const struct operation get_history = {
    .name = "get_history",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .query = &page_query,
    .work = &(const struct read_work){SQL_history_page, history_bind, history_answer},
};
