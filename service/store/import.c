/* A chunk of imported deals travels as one JSON value; PostgreSQL finds the difference. */
#include "tandem/store/import.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/deal.h"
#include "tandem/store/person.h"

struct fault *import_begin(struct db *db, struct arena *arena, int32_t tenant_id, unsigned *roles) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_import_begin, PARAMS(p_integer(tenant_id)), &rows));
    *roles = (unsigned)rows_integer(rows, 0, "roles");
    return NULL;
}

struct fault *import_owner(struct db *db, struct arena *arena, int32_t tenant_id, const char *name,
                           const char *email, int64_t *person_id) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_import_owner_find, PARAMS(p_integer(tenant_id), p_text(email), p_text(name)),
                 &rows));
    if (rows_count(rows) > 0) {
        *person_id = rows_integer(rows, 0, "person_id");
        return NULL;
    }
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    const struct person person = {.id = id, .name = name ? name : email, .email = email, .active = true};
    return person_insert(db, arena, tenant_id, &person, person_id);
}

/* A first import fills an empty table: a plan that was made then and kept takes any index for as good as the right one,
 * and each look-up walks over all deals. So the look-up alone is planned for each chunk. */
static struct fault *import_plan(struct db *db, struct arena *arena, const char *mode) {
    struct rows *rows;
    return db_query(db, arena, SQL_import_plan, PARAMS(p_text(mode)), &rows);
}

struct fault *import_claimed(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                             const struct import_row *const *import_rows, size_t count,
                             const char **claimed) {
    const char **external_ids = arena_alloc(arena, count * sizeof *external_ids);
    int64_t *statuses = arena_alloc(arena, count * sizeof *statuses);
    for (size_t i = 0; i < count; i++) {
        external_ids[i] = import_rows[i]->external_id;
        statuses[i] = import_rows[i]->status;
        claimed[i] = NULL;
    }
    struct rows *rows;
    TRY(import_plan(db, arena, "force_custom_plan"));
    TRY(db_query(db, arena, SQL_import_outcomes,
                 PARAMS(p_integer(tenant_id), p_text(source), p_texts(arena, external_ids, count),
                        p_integers(arena, statuses, count)),
                 &rows));
    for (size_t i = 0; i < rows_count(rows); i++)
        claimed[rows_integer(rows, i, "place") - 1] = rows_text(rows, i, "claimed_id");
    return import_plan(db, arena, "force_generic_plan");
}

static void add_key(struct json_out *out, const char *name, int64_t key) {
    if (key)
        json_add_integer(out, name, key);
    else
        json_add_null(out, name);
}

static void add_row(struct json_out *out, const struct import_row *row, int64_t account_id,
                    int64_t owner_id) {
    bool has_amount = row->amount.currency[0] != '\0';
    json_object(out, NULL);
    json_add_text(out, "external_id", row->external_id);
    json_add_text(out, "name", row->name);
    add_key(out, "account_id", account_id);
    json_add_text(out, "product_family", row->product_family);
    if (has_amount)
        json_add_integer(out, "amount_minor", row->amount.amount_minor);
    json_add_text(out, "currency", has_amount ? row->amount.currency : NULL);
    json_add_date(out, "close_date", row->close_date);
    add_key(out, "owner_id", owner_id);
    json_add_instant(out, "created_at", row->created_at);
    add_key(out, "crm_stage", row->crm_stage > 0 ? row->crm_stage : 0);
    json_add_integer(out, "status", row->status);
    json_add_date(out, "closed_on", row->closed_on);
    add_key(out, "reason_code", row->reason_code > 0 ? row->reason_code : 0);
    json_object_end(out);
}

struct fault *import_chunk(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                           const struct import_row *const *import_rows, const int64_t *account_ids,
                           const int64_t *owner_ids, size_t count, struct import_counts *counts) {
    struct json_out out = {.arena = arena};
    json_array(&out, NULL);
    for (size_t i = 0; i < count; i++)
        add_row(&out, import_rows[i], account_ids[i], owner_ids[i]);
    json_array_end(&out);
    struct rows *rows;
    TRY(db_query(db, arena, SQL_import_chunk,
                 PARAMS(p_integer(tenant_id), p_text(source), p_text(json_out_text(&out))), &rows));
    counts->created = rows_integer(rows, 0, "created");
    counts->updated = rows_integer(rows, 0, "updated");
    counts->unchanged = (int64_t)count - counts->created - counts->updated;
    return NULL;
}

static const struct column contradiction_columns[] = {
    {"claimed", COLUMN_TEXT, offsetof(struct import_contradiction, claimed)},
    {"opportunity", COLUMN_TEXT, offsetof(struct import_contradiction, opportunity)},
    {"created_at", COLUMN_INSTANT, offsetof(struct import_contradiction, created_at)},
};

struct fault *import_contradictions(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                                    const struct import_row *const *import_rows, size_t count,
                                    struct import_contradiction **found, size_t *found_count) {
    const char **external_ids = arena_alloc(arena, count * sizeof *external_ids);
    for (size_t i = 0; i < count; i++)
        external_ids[i] = import_rows[i]->external_id;
    struct rows *rows;
    TRY(import_plan(db, arena, "force_custom_plan"));
    TRY(db_query(db, arena, SQL_import_contradictions,
                 PARAMS(p_integer(tenant_id), p_text(source), p_texts(arena, external_ids, count)), &rows));
    *found_count = rows_count(rows);
    *found = arena_alloc(arena, *found_count * sizeof **found);
    for (size_t i = 0; i < *found_count; i++)
        rows_read(rows, i, contradiction_columns,
                  sizeof contradiction_columns / sizeof *contradiction_columns, &(*found)[i]);
    return import_plan(db, arena, "force_generic_plan");
}

static const struct column deal_columns[] = {
    {"opportunity_id", COLUMN_INTEGER, offsetof(struct import_deal, opportunity)},
    {"id", COLUMN_TEXT, offsetof(struct import_deal, id)},
    {"created_at", COLUMN_INSTANT, offsetof(struct import_deal, created_at)},
    {"status", COLUMN_CHOICE, offsetof(struct import_deal, status)},
    {"has_claim", COLUMN_BOOLEAN, offsetof(struct import_deal, has_claim)},
    {"was_stated", COLUMN_CHOICE, offsetof(struct import_deal, was_stated)},
    {"was_partner_id", COLUMN_TEXT, offsetof(struct import_deal, was_partner_id)},
    {"was_of", COLUMN_TEXT, offsetof(struct import_deal, was_of)},
    {"further_id", COLUMN_BOOLEAN, offsetof(struct import_deal, further_id)},
    {"partner", COLUMN_INTEGER, offsetof(struct import_deal, partner)},
    {"partner_manager", COLUMN_INTEGER, offsetof(struct import_deal, partner_manager)},
    {"partner_id", COLUMN_TEXT, offsetof(struct import_deal, partner_id)},
    {"window_hours", COLUMN_INTEGER, offsetof(struct import_deal, window_hours)},
    {"sourced_rule_version", COLUMN_INTEGER, offsetof(struct import_deal, sourced_rule_version)},
};

struct fault *import_deals(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                           const struct import_row *const *import_rows, size_t count, int64_t go_live_at,
                           struct import_deal **deals) {
    const char **external_ids = arena_alloc(arena, count * sizeof *external_ids);
    const char **partner_ids = arena_alloc(arena, count * sizeof *partner_ids);
    for (size_t i = 0; i < count; i++) {
        external_ids[i] = import_rows[i]->external_id;
        partner_ids[i] = import_rows[i]->attribution.partner_id;
    }
    struct rows *rows;
    TRY(import_plan(db, arena, "force_custom_plan"));
    TRY(db_query(db, arena, SQL_import_deals,
                 PARAMS(p_integer(tenant_id), p_text(source), p_texts(arena, external_ids, count),
                        p_texts(arena, partner_ids, count), p_instant(go_live_at)),
                 &rows));
    *deals = arena_alloc(arena, count * sizeof **deals);
    for (size_t i = 0; i < count; i++)
        rows_read(rows, i, deal_columns, sizeof deal_columns / sizeof *deal_columns, &(*deals)[i]);
    return import_plan(db, arena, "force_generic_plan");
}

struct fault *import_claim(struct db *db, struct arena *arena, int32_t tenant_id,
                           const struct import_deal *deal, const struct import_claim *claim) {
    struct rows *rows;
    return db_query(db, arena, SQL_import_claim,
                    PARAMS(p_integer(tenant_id), p_text(claim->id), p_integer(deal->opportunity),
                           p_integer(deal->partner), p_choice(claim->value), p_text(claim->content_hash),
                           p_instant(claim->go_live_at), p_instant(claim->deadline_at),
                           p_boolean(claim->standing.counts_as_stated),
                           p_choice(claim->standing.share_basis_points),
                           deal->partner_manager ? p_integer(deal->partner_manager) : p_text(NULL),
                           p_integer(claim->model_version)),
                    &rows);
}
