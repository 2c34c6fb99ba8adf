/* The difference of two images of a row, column by column: what the table of fields shows of it to a side. */
#include <string.h>

#include "history_fields.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"
#include "tandem/store/db.h"

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

static void money_write(struct json_out *out, const struct json *value, const char *column,
                        const struct json *image) {
    struct money money = {0};
    const int prefix = (int)(strlen(column) - strlen("amount_minor"));
    const char *beside = arena_format(out->arena, "%.*scurrency", prefix, column);
    const char *currency = json_string(json_get(image, beside));
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
    case HISTORY_MONEY: money_write(&out, value, field->column, image); break;
    case HISTORY_PERSON: name_write(&out, value, names->people, "person_id"); break;
    case HISTORY_PARTNER: name_write(&out, value, names->partners, "partner_id"); break;
    case HISTORY_STAGE: name_write(&out, value, names->stages, NULL); break;
    }
    return json_out_text(&out);
}

static struct fault *image_parse(struct arena *arena, const struct rows *rows, size_t index,
                                 const char *column, const struct json **image) {
    const char *text = rows_text(rows, index, column);
    *image = NULL;
    return text ? json_parse(arena, text, strlen(text), image) : NULL;
}

struct fault *history_changes_write(struct json_out *out, const struct rows *rows, size_t index,
                                    unsigned flags, enum side side) {
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
        bool hidden = side == SIDE_PARTNER && field->flags & HISTORY_VENDOR_ONLY;
        if (strcmp(field->aggregate, aggregate) != 0 || hidden || (field->flags & flags) != flags)
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
