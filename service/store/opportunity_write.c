/* Deals come into being and change; each row's version leaves its event in the same statement. */
#include "tandem/base/fault.h"
#include "tandem/store/opportunity.h"

static struct param p_key(int64_t key) {
    return key ? p_integer(key) : p_text(NULL);
}

struct opportunity_values opportunity_values_of(const struct opportunity_row *row) {
    return (struct opportunity_values){
        .name = row->name,
        .amount = row->amount,
        .close_date = row->close_date,
        .owner = row->owner.key,
        .category_call = row->signals.category_call,
        .next_step = row->next_step,
        .crm_stage = row->crm_stage,
        .stage_entered_at = row->stage_entered_at,
        .refreshed_at = row->refreshed_at,
        .pushes = row->pushes,
        .partner_rep = row->partner_rep.key,
    };
}

struct fault *opportunity_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const struct opportunity_new *new) {
    const struct opportunity_values *values = &new->values;
    struct rows *rows;
    return db_query(db, arena, SQL_opportunity_insert,
                    PARAMS(p_integer(tenant_id), p_text(new->id), p_key(new->account),
                           p_text(new->product_family), p_text(new->crm_source), p_text(new->external_id),
                           p_instant(new->created_at), p_text(values->name), p_amount(&values->amount),
                           p_currency(&values->amount), p_date(values->close_date), p_key(values->owner),
                           p_choice(values->category_call), p_text(values->next_step),
                           p_choice(values->crm_stage), p_instant(values->stage_entered_at),
                           p_instant(values->refreshed_at)),
                    &rows);
}

struct fault *opportunity_update(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                 const struct opportunity_values *values) {
    struct rows *rows;
    return db_query(db, arena, SQL_opportunity_update,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_text(values->name),
                           p_amount(&values->amount), p_currency(&values->amount), p_date(values->close_date),
                           p_key(values->owner), p_choice(values->category_call), p_text(values->next_step),
                           p_choice(values->crm_stage), p_instant(values->stage_entered_at),
                           p_instant(values->refreshed_at), p_integer(values->pushes),
                           p_key(values->partner_rep)),
                    &rows);
}

struct fault *opportunity_lead(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                               int64_t partner, int64_t partner_manager, int64_t partner_rep) {
    struct rows *rows;
    return db_query(db, arena, SQL_opportunity_lead,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_integer(partner), p_key(partner_manager),
                           p_key(partner_rep)),
                    &rows);
}

static const struct column nominee_columns[] = {
    {"person_id", COLUMN_INTEGER, offsetof(struct person_nominee, person)},
    {"active", COLUMN_BOOLEAN, offsetof(struct person_nominee, active)},
    {"of_partner", COLUMN_BOOLEAN, offsetof(struct person_nominee, of_partner)},
};

struct fault *person_nominee_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                  int64_t partner, bool *found, struct person_nominee *nominee) {
    struct rows *rows;
    *nominee = (struct person_nominee){0};
    TRY(db_query(db, arena, SQL_person_nominee, PARAMS(p_integer(tenant_id), p_text(id), p_key(partner)),
                 &rows));
    *found = rows_count(rows) > 0;
    if (*found) {
        rows_read(rows, 0, nominee_columns, sizeof nominee_columns / sizeof *nominee_columns, nominee);
        nominee->roles = (unsigned)rows_integer(rows, 0, "roles");
    }
    return NULL;
}
