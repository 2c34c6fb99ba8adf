/* Claims and decisions: thin functions over claim.sql. */
#include "tandem/store/claim.h"

#include "tandem/base/fault.h"

static const struct column partner_columns[] = {
    {"partner_id", COLUMN_INTEGER, offsetof(struct claim_partner, partner.key)},
    {"id", COLUMN_TEXT, offsetof(struct claim_partner, partner.id)},
    {"name", COLUMN_TEXT, offsetof(struct claim_partner, partner.name)},
    {"manager_id", COLUMN_INTEGER, offsetof(struct claim_partner, manager)},
};

struct fault *claim_partner_find(struct db *db, struct arena *arena, int32_t tenant_id,
                                 const char *partner_id, bool *found, struct claim_partner *partner) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_claim_partner, PARAMS(p_integer(tenant_id), p_text(partner_id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        rows_read(rows, 0, partner_columns, sizeof partner_columns / sizeof *partner_columns, partner);
    return NULL;
}

static struct param id_or_null(int64_t id) {
    return id ? p_integer(id) : p_text(NULL);
}

static struct param passed_or_null(const struct claim_new *claim) {
    return claim->sourced_reason ? p_boolean(claim->sourced_passed) : p_text(NULL);
}

struct fault *claim_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                           const struct claim_new *claim) {
    struct rows *rows;
    return db_query(
        db, arena, SQL_claim_insert,
        PARAMS(p_integer(tenant_id), p_text(claim->id), p_integer(claim->opportunity),
               p_integer(claim->by.partner.key), p_choice(claim->value), p_choice(claim->kind),
               p_text(claim->content_hash), p_instant(claim->deadline_at), p_instant(claim->created_at),
               p_boolean(claim->late), id_or_null(claim->registration), passed_or_null(claim),
               p_text(claim->sourced_reason), id_or_null(claim->owner), id_or_null(claim->by.manager),
               id_or_null(claim->partner_rep), p_integer(claim->model_version), p_integer(claim->stage)),
        &rows);
}

struct fault *claim_renew(struct db *db, struct arena *arena, int32_t tenant_id, int64_t claim,
                          const struct claim_renewal *renewal) {
    struct rows *rows;
    const struct param passed = renewal->sourced_reason ? p_boolean(renewal->sourced_passed) : p_text(NULL);
    return db_query(db, arena, SQL_claim_renew,
                    PARAMS(p_integer(tenant_id), p_integer(claim), p_choice(renewal->value),
                           p_choice(renewal->kind), p_text(renewal->content_hash), passed,
                           p_text(renewal->sourced_reason)),
                    &rows);
}

struct fault *claim_join(struct db *db, struct arena *arena, int32_t tenant_id,
                         const struct claim_new *claim) {
    struct rows *rows;
    return db_query(db, arena, SQL_claim_join,
                    PARAMS(p_integer(tenant_id), p_text(claim->id), p_integer(claim->opportunity),
                           p_integer(claim->by.partner.key), p_choice(claim->value), p_choice(claim->kind),
                           p_text(claim->content_hash), p_instant(claim->deadline_at),
                           p_instant(claim->created_at), p_boolean(claim->late),
                           id_or_null(claim->registration), passed_or_null(claim),
                           p_text(claim->sourced_reason), id_or_null(claim->owner)),
                    &rows);
}

struct fault *claim_count(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                          const char *claim_id, int64_t partner) {
    struct rows *rows;
    return db_query(
        db, arena, SQL_claim_count,
        PARAMS(p_integer(tenant_id), p_integer(opportunity), p_text(claim_id), p_integer(partner)), &rows);
}

struct fault *claim_dispute(struct db *db, struct arena *arena, int32_t tenant_id, int64_t claim,
                            const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_claim_dispute,
                    PARAMS(p_integer(tenant_id), p_integer(claim), p_text(reason)), &rows);
}

struct fault *claim_view_state(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                               int64_t partner, const struct partner_view *view) {
    struct rows *rows;
    return db_query(db, arena, SQL_claim_view_state,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity), p_integer(partner),
                           p_amount(&view->amount), p_currency(&view->amount), p_date(view->close_date)),
                    &rows);
}

struct fault *signoff_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity,
                             const struct claim_row *claim, const struct signoff_new *signoff) {
    struct rows *rows;
    return db_query(db, arena, SQL_signoff_insert,
                    PARAMS(p_integer(tenant_id), p_integer(claim->key), p_integer(claim->claim_version),
                           p_choice(signoff->role), p_choice(signoff->decision), p_text(signoff->reason),
                           p_integer(opportunity), p_integer(claim->partner.key),
                           p_boolean(signoff->completes),
                           signoff->for_person ? p_integer(signoff->for_person) : p_text(NULL)),
                    &rows);
}
