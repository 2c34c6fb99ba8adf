/* A chunk of imported deals travels by COPY into a temporary table; PostgreSQL finds the difference. */
#include "tandem/store/import.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/deal.h"
#include "tandem/store/db_copy.h"
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

static struct param p_key(int64_t key) {
    return key ? p_integer(key) : p_text(NULL);
}

/* In the order of import_table. */
static void row_add(struct db_copy *copy, size_t place, const struct import_staged *staged) {
    const struct import_row *row = staged->row;
    db_copy_add(copy, p_integer((int64_t)place));
    db_copy_add(copy, p_text(row->external_id));
    db_copy_add(copy, p_text(row->name));
    db_copy_add(copy, p_key(staged->account_id));
    db_copy_add(copy, p_text(row->product_family));
    db_copy_add(copy, p_amount(&row->amount));
    db_copy_add(copy, p_currency(&row->amount));
    db_copy_add(copy, p_date(row->close_date));
    db_copy_add(copy, p_key(staged->owner_id));
    db_copy_add(copy, p_instant(row->created_at));
    db_copy_add(copy, p_choice(row->crm_stage));
    db_copy_add(copy, p_integer(row->status));
    db_copy_add(copy, p_date(row->closed_on));
    db_copy_add(copy, p_choice(row->reason_code));
    db_copy_end_row(copy);
}

struct fault *import_stage(struct db *db, struct arena *arena, const struct import_staged *staged,
                           size_t count) {
    struct db_copy *copy = db_copy_create(arena);
    struct rows *rows;
    for (size_t i = 0; i < count; i++)
        row_add(copy, i + 1, &staged[i]);
    TRY(db_query(db, arena, SQL_import_table, NULL, 0, &rows));
    return db_copy_send(db, arena, SQL_import_copy, copy);
}

static const struct column difference_columns[] = {
    {"place", COLUMN_INTEGER, offsetof(struct import_difference, place)},
    {"opportunity_id", COLUMN_INTEGER, offsetof(struct import_difference, opportunity)},
    {"claimed_id", COLUMN_TEXT, offsetof(struct import_difference, claimed_id)},
};

struct fault *import_compare(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                             const int64_t *places, size_t place_count, struct import_difference **found,
                             size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_import_compare,
                 PARAMS(p_integer(tenant_id), p_text(source),
                        places ? p_integers(arena, places, place_count) : p_text(NULL)),
                 &rows));
    *count = rows_count(rows);
    *found = arena_alloc(arena, *count * sizeof **found);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, difference_columns, sizeof difference_columns / sizeof *difference_columns,
                  &(*found)[i]);
    return NULL;
}

/* The places of those that are new, or of those that are not, with their deals. */
static size_t differences_split(const struct import_difference *differences, size_t count, bool is_new,
                                int64_t *places, int64_t *opportunities) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if ((differences[i].opportunity == 0) != is_new)
            continue;
        places[found] = differences[i].place;
        opportunities[found++] = differences[i].opportunity;
    }
    return found;
}

static struct fault *rows_create(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                                 const int64_t *places, size_t count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_import_create,
                 PARAMS(p_integer(tenant_id), p_text(source), p_integers(arena, places, count)), &rows));
    return (size_t)rows_integer(rows, 0, "created") == count ? NULL : db_race(db, arena, "import_create");
}

struct fault *import_write(struct db *db, struct arena *arena, int32_t tenant_id, const char *source,
                           const struct import_difference *differences, size_t count) {
    int64_t *places = arena_alloc(arena, count * sizeof *places);
    int64_t *opportunities = arena_alloc(arena, count * sizeof *opportunities);
    struct rows *rows;
    size_t found = differences_split(differences, count, true, places, opportunities);
    if (found)
        TRY(rows_create(db, arena, tenant_id, source, places, found));
    found = differences_split(differences, count, false, places, opportunities);
    return found ? db_query(db, arena, SQL_import_update,
                            PARAMS(p_integer(tenant_id), p_integers(arena, places, found),
                                   p_integers(arena, opportunities, found)),
                            &rows)
                 : NULL;
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
    TRY(db_query(db, arena, SQL_import_contradictions,
                 PARAMS(p_integer(tenant_id), p_text(source), p_texts(arena, external_ids, count)), &rows));
    *found_count = rows_count(rows);
    *found = arena_alloc(arena, *found_count * sizeof **found);
    for (size_t i = 0; i < *found_count; i++)
        rows_read(rows, i, contradiction_columns,
                  sizeof contradiction_columns / sizeof *contradiction_columns, &(*found)[i]);
    return NULL;
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
    TRY(db_query(db, arena, SQL_import_deals,
                 PARAMS(p_integer(tenant_id), p_text(source), p_texts(arena, external_ids, count),
                        p_texts(arena, partner_ids, count), p_instant(go_live_at)),
                 &rows));
    *deals = arena_alloc(arena, count * sizeof **deals);
    for (size_t i = 0; i < count; i++)
        rows_read(rows, i, deal_columns, sizeof deal_columns / sizeof *deal_columns, &(*deals)[i]);
    return NULL;
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
