/* Engagements: thin functions over engagement.sql. */
#include "tandem/store/engagement.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/store/account.h"

struct account_row {
    int64_t account_key, engaged_at;
};

static const struct column account_columns[] = {
    {"account_id", COLUMN_INTEGER, offsetof(struct account_row, account_key)},
    {"engaged_at", COLUMN_INSTANT, offsetof(struct account_row, engaged_at)},
};

struct fault *engagement_account(struct db *db, struct arena *arena, int32_t tenant_id, const char *account,
                                 int64_t engaged_at, int32_t engaged_on, const char *time_zone,
                                 int64_t *account_key, int64_t *meant_at) {
    struct rows *rows;
    struct account_row row = {0};
    TRY(db_query(db, arena, SQL_engagement_account,
                 PARAMS(p_integer(tenant_id), p_text(account), p_instant(engaged_at), p_date(engaged_on),
                        p_text(time_zone)),
                 &rows));
    if (rows_count(rows) > 0)
        rows_read(rows, 0, account_columns, sizeof account_columns / sizeof *account_columns, &row);
    *account_key = row.account_key;
    *meant_at = row.engaged_at;
    return NULL;
}

static const struct column made_columns[] = {
    {"recorded_at", COLUMN_INSTANT, offsetof(struct engagement, recorded_at)},
    {"first_engaged_at", COLUMN_INSTANT, offsetof(struct engagement, first_engaged_at)},
};

struct fault *engagement_insert(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account_key,
                                struct engagement *engagement) {
    struct rows *rows;
    /* an approval under way would not see this one, nor this one its claim */
    TRY(account_tenant_lock(db, arena, tenant_id));
    TRY(db_query(db, arena, SQL_engagement_insert,
                 PARAMS(p_integer(tenant_id), p_text(engagement->id), p_integer(account_key),
                        p_text(engagement->product_family), p_instant(engagement->engaged_at),
                        p_text(engagement->activity_id)),
                 &rows));
    rows_read(rows, 0, made_columns, sizeof made_columns / sizeof *made_columns, engagement);
    return NULL;
}

struct fault *engagement_deals(struct db *db, struct arena *arena, int32_t tenant_id, int64_t account_key,
                               const char *product_family, struct text_list *deals) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_engagement_deals,
                 PARAMS(p_integer(tenant_id), p_integer(account_key), p_text(product_family)), &rows));
    deals->count = rows_count(rows);
    deals->items = arena_alloc(arena, deals->count * sizeof *deals->items);
    for (size_t i = 0; i < deals->count; i++)
        deals->items[i] = rows_text(rows, i, "id");
    return NULL;
}
