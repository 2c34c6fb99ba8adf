/* Who is acting on which tenant, as PostgreSQL hears it; and the cache of tenants' ids. */
#include <string.h>

#include "tandem/base/clock.h"
#include "tandem/base/time.h"

#include "db_inside.h"

struct param *scope_params(const struct scope_request *request, struct param params[5]) {
    params[0] = p_text(request->tenant);
    params[1] = p_text(request->subject);
    params[2] = p_boolean(request->partner_side);
    params[3] = p_text(request->partner);
    params[4] = p_integer(request->clock_offset_us);
    return params;
}

static struct fault *tenant_unknown(struct arena *arena) {
    return fault_make(arena, PROBLEM_UNAUTHENTICATED, "The token's tenant is not known here.");
}

struct scope_row {
    struct scope scope;
    int64_t tenant_id;
};

static const struct column scope_columns[] = {
    {"tenant_id", COLUMN_INTEGER, offsetof(struct scope_row, tenant_id)},
    {"person_id", COLUMN_INTEGER, offsetof(struct scope_row, scope.person_id)},
    {"person", COLUMN_TEXT, offsetof(struct scope_row, scope.person)},
    {"partners", COLUMN_TEXT, offsetof(struct scope_row, scope.partners)},
    {"now_at", COLUMN_INSTANT, offsetof(struct scope_row, scope.now_at)},
    {"today", COLUMN_DATE, offsetof(struct scope_row, scope.today)},
    {"time_zone", COLUMN_TEXT, offsetof(struct scope_row, scope.time_zone)},
    {"currency", COLUMN_TEXT, offsetof(struct scope_row, scope.currency)},
    {"amount_basis", COLUMN_TEXT, offsetof(struct scope_row, scope.amount_basis)},
    {"fiscal_start_month", COLUMN_INTEGER, offsetof(struct scope_row, scope.fiscal_start_month)},
    {"go_live_at", COLUMN_INSTANT, offsetof(struct scope_row, scope.go_live_at)},
};

/* Internal ids start at 1, so that 0 can stand for null. */
struct fault *scope_of_rows(struct arena *arena, const struct rows *rows, struct scope *scope) {
    struct scope_row row = {0};
    if (rows_count(rows) != 1)
        return tenant_unknown(arena);
    rows_read(rows, 0, scope_columns, sizeof scope_columns / sizeof *scope_columns, &row);
    if (row.tenant_id == 0)
        return tenant_unknown(arena);
    if (row.scope.person_id == 0)
        return fault_make(arena, PROBLEM_UNKNOWN_PERSON,
                          "The token's subject is not an active person of this tenant.");
    row.scope.tenant_id = (int32_t)row.tenant_id;
    *scope = row.scope;
    return NULL;
}

struct fault *scope_enter(struct db *db, struct arena *arena, const struct scope_request *request,
                          struct scope *scope) {
    struct param params[5];
    struct rows *rows;
    TRY(db_query(db, arena, SQL_scope_enter, scope_params(request, params), 5, &rows));
    return scope_of_rows(arena, rows, scope);
}

struct fault *scope_act_for(struct db *db, struct arena *arena, const char *acting_for) {
    struct rows *rows;
    return db_query(db, arena, SQL_scope_act_for, PARAMS(p_text(acting_for)), &rows);
}

/* The caller knows neither tenant nor person, so a refusal speaks of the link alone. */
struct fault *scope_enter_by_link(struct db *db, struct arena *arena, const char *link_hash,
                                  int64_t clock_offset_us, struct scope *scope) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_scope_enter_by_link, PARAMS(p_text(link_hash), p_integer(clock_offset_us)),
                 &rows));
    const struct fault *fault = scope_of_rows(arena, rows, scope);
    if (!fault)
        return NULL;
    if (fault->problem == PROBLEM_UNKNOWN_PERSON)
        return fault_make(arena, PROBLEM_LINK_SUPERSEDED,
                          "the person whom the link was made for acts for the partner no longer; ask the "
                          "sender for a new link");
    return fault_make(arena, PROBLEM_NOT_FOUND, "there is no such confirmation link");
}

/* FNV-1a: a slot per key; two keys that share one only cost look-ups. */
static struct tenant_slot *tenant_slot(struct db *db, const char *key) {
    uint32_t hash = 2166136261u;
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return &db->tenants[hash % TENANT_CACHE_SIZE];
}

static void tenant_keep(struct tenant_slot *slot, const char *key, int32_t tenant_id) {
    if (strlen(key) >= sizeof slot->key)
        return;
    strcpy(slot->key, key);
    slot->tenant_id = tenant_id;
    slot->until_at = monotonic_us() + 5 * SECOND_US;
}

struct fault *tenant_find(struct db *db, struct arena *arena, const char *key, int32_t *tenant_id) {
    struct tenant_slot *slot = tenant_slot(db, key);
    bool kept = *key && !strcmp(slot->key, key) && (slot->tenant_id || monotonic_us() < slot->until_at);
    if (!kept) {
        struct rows *rows;
        TRY(db_query(db, arena, SQL_tenant_by_key, PARAMS(p_text(key)), &rows));
        int32_t found = rows_count(rows) ? (int32_t)rows_integer(rows, 0, "tenant_id") : 0;
        tenant_keep(slot, key, found);
        *tenant_id = found;
    } else {
        *tenant_id = slot->tenant_id;
    }
    return *tenant_id ? NULL : tenant_unknown(arena);
}
