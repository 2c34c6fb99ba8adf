/* The answer of a deal, laid flat: each column is the name of a place in it, so that CSV and JSON cannot say two things. */
#include "opportunity_csv.h"

#include "tandem/base/arena.h"
#include "tandem/base/csv.h"
#include "tandem/base/json.h"

enum { STEPS_MAX = 2 };

struct csv_column {
    const char *name;
    const char *path[STEPS_MAX]; /* of a list of objects its first one, the one that leads */
};

static const struct csv_column columns[] = {
    {"opportunity_id", {"opportunity_id"}},
    {"crm_source", {"external_ids", "source"}},
    {"external_id", {"external_ids", "external_id"}},
    {"name", {"name"}},
    {"account_id", {"account", "account_id"}},
    {"account_name", {"account", "name"}},
    {"account_country", {"account", "country"}},
    {"product_family", {"product_family"}},
    {"amount_minor", {"amount", "amount_minor"}},
    {"currency", {"amount", "currency"}},
    {"close_date", {"close_date"}},
    {"owner_id", {"owner", "person_id"}},
    {"owner_name", {"owner", "name"}},
    {"owner_email", {"owner", "email"}},
    {"partner_manager_id", {"partner_manager", "person_id"}},
    {"partner_manager_name", {"partner_manager", "name"}},
    {"partner_rep_id", {"partner_rep", "person_id"}},
    {"partner_rep_name", {"partner_rep", "name"}},
    {"lead_partner_id", {"lead_partner", "partner_id"}},
    {"lead_partner_name", {"lead_partner", "name"}},
    {"attribution", {"attribution"}},
    {"report_class", {"report_class"}},
    {"stage", {"stage", "key"}},
    {"stage_number", {"stage", "number"}},
    {"stage_rollup", {"stage", "rollup"}},
    {"stage_vendor", {"stage", "vendor"}},
    {"stage_partner", {"stage", "partner"}},
    {"stage_entered_at", {"stage", "entered_at"}},
    {"crm_stage", {"crm_stage"}},
    {"category_call", {"category_call"}},
    {"category", {"category"}},
    {"withheld_rule", {"withheld_by", "rule"}},
    {"withheld_owed_by", {"withheld_by", "owed_by"}},
    {"flags", {"flags"}},
    {"next_step", {"next_step"}},
    {"first_engaged_at", {"first_engaged_at"}},
    {"created_at", {"created_at"}},
    {"refreshed_at", {"refreshed_at"}},
    {"pushes", {"pushes"}},
    {"status", {"status"}},
    {"closed_on", {"closed_on"}},
    {"reason_code", {"reason_code"}},
    {"merged_into", {"merged_into"}},
    {"version", {"version"}},
};

void opportunity_csv_header(struct csv_out *out) {
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        csv_add_text(out, columns[i].name);
    csv_line_end(out);
}

static const struct json *place_find(const struct json *deal, const struct csv_column *column) {
    const struct json *value = deal;
    for (size_t i = 0; i < STEPS_MAX && column->path[i]; i++)
        value = json_get(json_is_array(value) ? json_item(value, 0) : value, column->path[i]);
    return value;
}

/* Words, with a space between them. */
static void add_words(struct csv_out *out, const struct json *words) {
    const char *text = "";
    for (const struct json *word = json_first(words); word; word = json_next(word))
        text = arena_format(out->arena, "%s%s%s", text, *text ? " " : "", json_string(word));
    csv_add_text(out, text);
}

void opportunity_csv_line(struct csv_out *out, const struct json *deal) {
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const struct json *value = place_find(deal, &columns[i]);
        int64_t number;
        if (json_integer(value, &number))
            csv_add_integer(out, number);
        else if (json_is_array(value))
            add_words(out, value);
        else
            csv_add_text(out, json_string(value));
    }
    csv_line_end(out);
}
