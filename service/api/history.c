/* What happened to a deal, newest first. An event holds the row as it was afterwards; what changed is the difference to
 * the image before it, column by column, as far as the table history_fields shows them to the caller's side. */
#include <string.h>

#include "history_fields.h"
#include "tandem/api/page.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"
#include "tandem/domain/role.h"
#include "tandem/http/operation.h"

struct history_query {
    struct page page;
};

static const struct field history_query_fields[] = {PAGE_FIELDS(struct history_query, page)};

static const struct shape history_shape = {
    .fields = history_query_fields,
    .field_count = sizeof history_query_fields / sizeof *history_query_fields,
    .size = sizeof(struct history_query),
    .presence_offset = SHAPE_NO_PRESENCE,
};

static struct fault *history_bind(const struct request *request, struct param *params, size_t *count) {
    const struct history_query *query = request->query;
    const char *after;
    TRY(page_after(request, &query->page, &after));
    params[0] = p_text(request->path_values[0]);
    params[1] = after ? p_text(after) : p_integer(INT64_MAX); /* the first page follows the newest event */
    params[2] = p_integer(page_rows(&query->page));
    *count = 3;
    return NULL;
}

/* -- one value of an image as JSON text -- */

/* The objects that stand behind internal ids. */
struct names {
    const struct json *people, *partners, *stages;
};

static void plain_write(struct json_out *out, const struct json *value) {
    int64_t number;
    bool truth;
    if (json_string(value))
        json_add_text(out, NULL, json_string(value));
    else if (json_integer(value, &number))
        json_add_integer(out, NULL, number);
    else if (json_boolean(value, &truth))
        json_add_boolean(out, NULL, truth);
    else
        json_add_null(out, NULL);
}

static void instant_write(struct json_out *out, const struct json *value) {
    int64_t at = INSTANT_NONE;
    if (json_string(value))
        instant_parse(json_string(value), &at);
    json_add_instant(out, NULL, at);
}

static void money_write(struct json_out *out, const struct json *value, const struct json *image) {
    struct money money = {0};
    const char *currency = json_string(json_get(image, "currency"));
    if (currency && json_integer(value, &money.amount_minor))
        strncpy(money.currency, currency, sizeof money.currency - 1);
    json_add_money(out, NULL, &money);
}

/* A person or partner {id, name}, or the key of a stage. */
static void name_write(struct json_out *out, const struct json *value, const struct json *names,
                       const char *id_member) {
    int64_t key;
    const struct json *named = json_integer(value, &key) && names
                                   ? json_get(names, arena_format(out->arena, "%lld", (long long)key))
                                   : NULL;
    if (!named || !id_member) {
        json_add_text(out, NULL, json_string(named));
        return;
    }
    json_object(out, NULL);
    json_add_text(out, id_member, json_string(json_get(named, id_member)));
    json_add_text(out, "name", json_string(json_get(named, "name")));
    json_object_end(out);
}

static const char *value_text(struct arena *arena, const struct history_field *field,
                              const struct json *image, const struct names *names) {
    struct json_out out = {.arena = arena};
    const struct json *value = image ? json_get(image, field->column) : NULL;
    int64_t code;
    switch (field->kind) {
    case HISTORY_PLAIN: plain_write(&out, value); break;
    case HISTORY_INSTANT: instant_write(&out, value); break;
    case HISTORY_CHOICE:
        json_add_choice(&out, NULL, field->choices, json_integer(value, &code) ? (int)code : -1);
        break;
    case HISTORY_MONEY: money_write(&out, value, image); break;
    case HISTORY_PERSON: name_write(&out, value, names->people, "person_id"); break;
    case HISTORY_PARTNER: name_write(&out, value, names->partners, "partner_id"); break;
    case HISTORY_STAGE: name_write(&out, value, names->stages, NULL); break;
    }
    return json_out_text(&out);
}

/* -- one event -- */

static struct fault *image_parse(struct arena *arena, const struct rows *rows, size_t index,
                                 const char *column, const struct json **image) {
    const char *text = rows_text(rows, index, column);
    *image = NULL;
    return text ? json_parse(arena, text, strlen(text), image) : NULL;
}

static struct fault *changes_write(struct json_out *out, const struct rows *rows, size_t index,
                                   enum side side) {
    struct arena *arena = out->arena;
    const char *aggregate = rows_text(rows, index, "aggregate");
    const struct json *before, *after;
    struct names names, names_before;
    TRY(image_parse(arena, rows, index, "before", &before));
    TRY(image_parse(arena, rows, index, "after", &after));
    TRY(image_parse(arena, rows, index, "people", &names.people));
    TRY(image_parse(arena, rows, index, "partners", &names.partners));
    TRY(image_parse(arena, rows, index, "stages", &names.stages));
    names_before = names;
    TRY(image_parse(arena, rows, index, "stages_before", &names_before.stages));
    json_array(out, "changes");
    for (const struct history_field *field = history_fields; field->aggregate; field++) {
        if (strcmp(field->aggregate, aggregate) != 0 || (side == SIDE_PARTNER && field->vendor_only))
            continue;
        const char *from = value_text(arena, field, before, &names_before);
        const char *to = value_text(arena, field, after, &names);
        if (strcmp(from, to) == 0)
            continue;
        json_object(out, NULL);
        json_add_text(out, "field", field->name);
        json_add_raw(out, "from", from);
        json_add_raw(out, "to", to);
        json_object_end(out);
    }
    json_array_end(out);
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
    TRY(changes_write(out, rows, index, side));
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
    const struct history_query *query = request->query;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "opportunity");
    return page_reply(request, scope, &query->page, rows, "event_id", history_row);
}

const struct operation get_history = {
    .name = "get_history",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .query = &history_shape,
    .work = &(const struct read_work){SQL_history_page, history_bind, history_answer},
};
