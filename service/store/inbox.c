/* The inbox: thin functions over inbox.sql. */
#include "tandem/store/inbox.h"

#include "tandem/base/arena.h"

#include "tandem/base/fault.h"
#include "tandem/domain/crm_event.h"

struct fault *inbox_insert(struct db *db, struct arena *arena, int32_t tenant_id, const struct inbox_new *new,
                           int64_t *received, int64_t *parked) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_inbox_insert,
                 PARAMS(p_integer(tenant_id), p_integer(new->source_key), p_choice(new->form),
                        p_text(new->events), p_texts(arena, new->keys, new->count),
                        p_integers(arena, new->reasons, new->count), p_integer(new->clock_offset_us)),
                 &rows));
    *received = rows_integer(rows, 0, "received");
    *parked = rows_integer(rows, 0, "parked");
    return NULL;
}

static const struct column work_columns[] = {
    {"tenant", COLUMN_TEXT, offsetof(struct inbox_work, tenant)},
    {"subject", COLUMN_TEXT, offsetof(struct inbox_work, subject)},
    {"crm_source_id", COLUMN_INTEGER, offsetof(struct inbox_work, source_key)},
};

struct fault *inbox_work_find(struct db *db, struct arena *arena, struct inbox_work **work, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_crm_work, NULL, 0, &rows));
    *count = rows_count(rows);
    *work = arena_alloc(arena, *count * sizeof **work);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, work_columns, sizeof work_columns / sizeof *work_columns, &(*work)[i]);
    return NULL;
}

static const struct column claimed_columns[] = {
    {"inbox_id", COLUMN_INTEGER, offsetof(struct inbox_claimed, key)},
    {"clock_offset_us", COLUMN_INTEGER, offsetof(struct inbox_claimed, clock_offset_us)},
    {"attempts", COLUMN_INTEGER, offsetof(struct inbox_claimed, attempts)},
};

struct fault *inbox_claim(struct db *db, struct arena *arena, int32_t tenant_id, int64_t source_key,
                          struct inbox_claimed *claimed) {
    struct rows *rows;
    *claimed = (struct inbox_claimed){0};
    TRY(db_query(db, arena, SQL_inbox_claim,
                 PARAMS(p_integer(tenant_id), p_integer(source_key), p_integer(INBOX_LEASE_S),
                        p_integer(INBOX_ATTEMPTS_MAX), p_choice(CRM_REASON_TOO_MANY_ATTEMPTS)),
                 &rows));
    if (rows_count(rows) == 0)
        return NULL;
    rows_read(rows, 0, claimed_columns, sizeof claimed_columns / sizeof *claimed_columns, claimed);
    claimed->is_parked = rows_integer(rows, 0, "state") == INBOX_PARKED;
    return NULL;
}

static const struct column taken_columns[] = {
    {"form", COLUMN_CHOICE, offsetof(struct inbox_taken, form)},
    {"dedupe_key", COLUMN_TEXT, offsetof(struct inbox_taken, dedupe_key)},
    {"payload", COLUMN_TEXT, offsetof(struct inbox_taken, payload)},
    {"fields", COLUMN_TEXT, offsetof(struct inbox_taken, fields)},
    {"received_at", COLUMN_INSTANT, offsetof(struct inbox_taken, received_at)},
};

struct fault *inbox_take(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                         struct inbox_taken *taken) {
    struct rows *rows;
    *taken = (struct inbox_taken){0};
    TRY(db_query(db, arena, SQL_inbox_take, PARAMS(p_integer(tenant_id), p_integer(key)), &rows));
    if (rows_count(rows) > 0)
        rows_read(rows, 0, taken_columns, sizeof taken_columns / sizeof *taken_columns, taken);
    return NULL;
}

struct fault *inbox_settle(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                           const struct inbox_outcome *outcome) {
    struct rows *rows;
    return db_query(db, arena, SQL_inbox_settle,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_choice(outcome->state),
                           p_choice(outcome->reason), p_text(outcome->problem), p_text(outcome->detail)),
                    &rows);
}

struct fault *inbox_put_off(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                            int64_t seconds) {
    struct rows *rows;
    return db_query(db, arena, SQL_inbox_put_off,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_integer(seconds)), &rows);
}

static const struct column shown_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct inbox_shown, id)},
    {"source_id", COLUMN_TEXT, offsetof(struct inbox_shown, source_id)},
    {"source", COLUMN_TEXT, offsetof(struct inbox_shown, source)},
    {"form", COLUMN_CHOICE, offsetof(struct inbox_shown, form)},
    {"state", COLUMN_CHOICE, offsetof(struct inbox_shown, state)},
    {"reason", COLUMN_CHOICE, offsetof(struct inbox_shown, reason)},
    {"problem", COLUMN_TEXT, offsetof(struct inbox_shown, problem)},
    {"detail", COLUMN_TEXT, offsetof(struct inbox_shown, detail)},
    {"dedupe_key", COLUMN_TEXT, offsetof(struct inbox_shown, dedupe_key)},
    {"payload", COLUMN_TEXT, offsetof(struct inbox_shown, payload)},
    {"attempts", COLUMN_INTEGER, offsetof(struct inbox_shown, attempts)},
    {"received_at", COLUMN_INSTANT, offsetof(struct inbox_shown, received_at)},
    {"settled_at", COLUMN_INSTANT, offsetof(struct inbox_shown, settled_at)},
};

void inbox_read(const struct rows *rows, size_t index, void *event) {
    rows_read(rows, index, shown_columns, sizeof shown_columns / sizeof *shown_columns, event);
}

struct fault *inbox_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id, bool *found,
                         struct inbox_shown *event) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_inbox_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        inbox_read(rows, 0, event);
    return NULL;
}

struct fault *inbox_retry(struct db *db, struct arena *arena, int32_t tenant_id, const char *id) {
    struct rows *rows;
    return db_query(db, arena, SQL_inbox_retry, PARAMS(p_integer(tenant_id), p_text(id)), &rows);
}
