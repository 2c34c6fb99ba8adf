/* Deciding on a registration: the locks, the facts a verdict needs, and the one statement that makes it so. */
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/registration.h"
#include "tandem/store/account.h"
#include "tandem/store/registration.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

struct fault *registration_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                bool *found, bool *manages) {
    struct rows *rows;
    TRY(account_tenant_lock(db, arena, tenant_id));
    TRY(db_query(db, arena, SQL_registration_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    *manages = *found && strcmp(rows_text(rows, 0, "manages"), "t") == 0;
    return NULL;
}

static const struct column nominee_columns[] = {
    {"part", COLUMN_TEXT, offsetof(struct nominee_row, part)},
    {"person_id", COLUMN_INTEGER, offsetof(struct nominee_row, person)},
    {"roles", COLUMN_INTEGER, offsetof(struct nominee_row, roles)},
    {"active", COLUMN_BOOLEAN, offsetof(struct nominee_row, active)},
    {"manages", COLUMN_BOOLEAN, offsetof(struct nominee_row, manages)},
    {"of_partner", COLUMN_BOOLEAN, offsetof(struct nominee_row, of_partner)},
};

struct fault *registration_nominees(struct db *db, struct arena *arena, int32_t tenant_id,
                                    int64_t partner_key, const char *ae, const char *partner_manager,
                                    const char *rep, const char *rep_email, struct nominee_row **nominees,
                                    size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_registration_nominees,
                 PARAMS(p_integer(tenant_id), p_text(ae), p_text(partner_manager), p_text(rep),
                        p_text(rep_email), p_integer(partner_key)),
                 &rows));
    *count = rows_count(rows);
    *nominees = arena_alloc(arena, *count * sizeof **nominees);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, nominee_columns, COLUMN_COUNT(nominee_columns), &(*nominees)[i]);
    return NULL;
}

static const struct column facts_columns[] = {
    {"window_hours", COLUMN_INTEGER, offsetof(struct approval_facts, window_hours)},
    {"protection_days", COLUMN_INTEGER, offsetof(struct approval_facts, protection_days)},
    {"sourced_rule_version", COLUMN_INTEGER, offsetof(struct approval_facts, sourced_rule_version)},
    {"model_version", COLUMN_INTEGER, offsetof(struct approval_facts, model_version)},
    {"first_known_at", COLUMN_INSTANT, offsetof(struct approval_facts, first_known_at)},
    {"contradicting_activity", COLUMN_TEXT, offsetof(struct approval_facts, contradicting_activity)},
    {"contradicted_at", COLUMN_INSTANT, offsetof(struct approval_facts, contradicted_at)},
    {"open_deal", COLUMN_BOOLEAN, offsetof(struct approval_facts, open_deal)},
};

struct fault *registration_approval_facts(struct db *db, struct arena *arena, int32_t tenant_id,
                                          const struct registration *registration,
                                          struct approval_facts *facts) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_registration_approval_facts,
                 PARAMS(p_integer(tenant_id), p_integer(registration->account_key),
                        p_text(registration->product_family), p_instant(registration->submitted_at),
                        p_integer(registration->partner_key)),
                 &rows));
    rows_read(rows, 0, facts_columns, COLUMN_COUNT(facts_columns), facts);
    return NULL;
}

struct fault *registration_approve(struct db *db, struct arena *arena, int32_t tenant_id,
                                   const struct approved *approved) {
    struct rows *rows;
    return db_query(
        db, arena, SQL_registration_approve,
        PARAMS(p_integer(tenant_id), p_integer(approved->registration_key),
               approved->rep_key ? p_integer(approved->rep_key) : p_text(NULL), p_text(approved->rep_id),
               p_text(approved->rep_name), p_text(approved->rep_email), p_text(approved->opportunity_id),
               p_text(approved->name), p_integer(approved->ae_key), p_integer(approved->partner_manager_key),
               p_integer(approved->attribution), p_integer(approved->model_version),
               p_text(approved->claim_id), p_integer(CLAIM_KIND_REGISTRATION), p_text(approved->content_hash),
               p_instant(approved->deadline_at), p_boolean(approved->sourced_passed),
               p_text(approved->sourced_reason), p_integer(REGISTRATION_APPROVED),
               p_integer(approved->protection_days), p_choice(approved->verdict),
               p_text(approved->verdict_rule), p_text(approved->conflict_with),
               p_choice(approved->resolution), p_text(approved->resolution_reason)),
        &rows);
}

struct fault *registration_reject(struct db *db, struct arena *arena, int32_t tenant_id,
                                  int64_t registration_key, int reason_code, const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_registration_reject,
                    PARAMS(p_integer(tenant_id), p_integer(registration_key),
                           p_integer(REGISTRATION_REJECTED), p_integer(reason_code), p_text(reason)),
                    &rows);
}

struct fault *registration_rep_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t partner,
                                      const char *name, const char *email, int64_t *key) {
    char id[UUID_TEXT_SIZE];
    struct rows *rows;
    uuid_make(id);
    TRY(db_query(db, arena, SQL_registration_rep_insert,
                 PARAMS(p_integer(tenant_id), p_integer(partner), p_text(id), p_text(name), p_text(email)),
                 &rows));
    *key = rows_integer(rows, 0, "person_id");
    return NULL;
}

struct fault *registration_link(struct db *db, struct arena *arena, int32_t tenant_id,
                                const struct linked *linked) {
    struct rows *rows;
    return db_query(db, arena, SQL_registration_link,
                    PARAMS(p_integer(tenant_id), p_integer(linked->registration_key),
                           p_integer(REGISTRATION_APPROVED), p_choice(linked->verdict),
                           p_text(linked->verdict_rule), p_text(linked->conflict_with),
                           p_integer(RESOLUTION_LINKED), p_text(linked->resolution_reason),
                           p_integer(linked->opportunity)),
                    &rows);
}
