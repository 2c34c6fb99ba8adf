/* What a line of an import may say. */
#include "import_item.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/stage.h"

static const struct field account_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct customer, name), FIELD_REQUIRED, 1, 200},
    {"country", FIELD_COUNTRY, offsetof(struct customer, country)},
    {"domains", FIELD_TEXTS, offsetof(struct customer, domains), 0, 0, 20},
};
static const struct shape account_shape = {account_fields, sizeof account_fields / sizeof *account_fields,
                                           sizeof(struct customer), SHAPE_NO_PRESENCE};

struct owner {
    const char *name;
};
static const struct field owner_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct owner, name), FIELD_REQUIRED, 1, 200}};
static const struct shape owner_shape = {owner_fields, 1, sizeof(struct owner), SHAPE_NO_PRESENCE};

/* Open, won or lost: a line never removes a deal. */
static const struct choice line_statuses[] = {
    {"open", DEAL_OPEN}, {"won", DEAL_WON}, {"lost", DEAL_LOST}, {NULL, 0}};

/* What history was: a deal of nobody's states nothing. */
static const struct choice stated_attributions[] = {
    {"sourced", ATTRIBUTION_SOURCED}, {"influenced", ATTRIBUTION_INFLUENCED}, {NULL, 0}};

#define STATED(member) offsetof(struct import_attribution, member)
static const struct field attribution_fields[] = {
    {"value", FIELD_CHOICE, STATED(value), FIELD_REQUIRED, 0, 0, stated_attributions},
    {"partner_id", FIELD_UUID, STATED(partner_id), FIELD_REQUIRED},
};
static const struct shape attribution_shape = {attribution_fields, 2, sizeof(struct import_attribution),
                                               SHAPE_NO_PRESENCE};

#define ROW(member) offsetof(struct import_row, member)
static const struct field row_fields[] = {
    {"external_id", FIELD_TEXT, ROW(external_id), FIELD_REQUIRED, 1, 200},
    {"name", FIELD_TEXT, ROW(name), FIELD_REQUIRED, 1, 200},
    {"account", FIELD_OBJECT, ROW(account), 0, 0, 0, NULL, &account_shape},
    {"product_family", FIELD_TEXT, ROW(product_family), 0, 1, 100},
    {"owner", FIELD_OBJECT, ROW(owner_name), 0, 0, 0, NULL, &owner_shape},
    {"owner_email", FIELD_EMAIL, ROW(owner_email)},
    {"amount", FIELD_MONEY, ROW(amount), 0, 0, AMOUNT_MAX},
    {"close_date", FIELD_DATE, ROW(close_date)},
    {"created_at", FIELD_INSTANT, ROW(created_at)},
    {"crm_stage", FIELD_CHOICE, ROW(crm_stage), 0, 0, 0, rollups},
    {"status", FIELD_CHOICE, ROW(status), FIELD_REQUIRED, 0, 0, line_statuses},
    {"closed_on", FIELD_DATE, ROW(closed_on)},
    {"reason_code", FIELD_CHOICE, ROW(reason_code), 0, 0, 0, lost_reasons},
    {"attribution", FIELD_OBJECT, ROW(attribution), 0, 0, 0, NULL, &attribution_shape},
};
static const struct shape row_shape = {row_fields, sizeof row_fields / sizeof *row_fields,
                                       sizeof(struct import_row), SHAPE_NO_PRESENCE};

static struct fault *row_decode(struct arena *arena, const struct import_line *line,
                                struct import_item *item) {
    const struct json *value;
    struct field_faults faults = {.arena = arena};
    if (line->length > IMPORT_LINE_MAX)
        return fault_make(arena, PROBLEM_BODY_TOO_LARGE, "A line may have %d bytes at most", IMPORT_LINE_MAX);
    TRY(json_parse(arena, line->text, line->length, &value));
    TRY(json_decode(arena, value, &row_shape, &item->row));
    import_row_check(arena, &item->row, &item->keys, &faults);
    return field_faults_fault(&faults);
}

void import_item_decode(struct arena *arena, const struct import_line *line, struct import_item *item) {
    *item = (struct import_item){.index = line->index};
    item->unreadable = row_decode(arena, line, item);
}
