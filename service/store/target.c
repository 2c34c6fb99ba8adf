/* Targets: thin functions over target.sql. */
#include "tandem/store/target.h"

#include "tandem/base/fault.h"

static const struct column target_columns[] = {
    {"period", COLUMN_TEXT, offsetof(struct target_row, period)},
    {"class", COLUMN_CHOICE, offsetof(struct target_row, report_class)},
    {"target_version", COLUMN_INTEGER, offsetof(struct target_row, version)},
    {"amount_minor", COLUMN_AMOUNT, offsetof(struct target_row, amount)},
    {"currency", COLUMN_CURRENCY, offsetof(struct target_row, amount)},
    {"set_at", COLUMN_INSTANT, offsetof(struct target_row, set_at)},
    {"person", COLUMN_TEXT, offsetof(struct target_row, person)},
    {"person_name", COLUMN_TEXT, offsetof(struct target_row, person_name)},
};

void target_read(const struct rows *rows, size_t row, struct target_row *target) {
    rows_read(rows, row, target_columns, sizeof target_columns / sizeof *target_columns, target);
}

struct fault *target_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *period,
                          int report_class, struct target_row *target, bool *found) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_target_find,
                 PARAMS(p_integer(tenant_id), p_text(period), p_integer(report_class)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        target_read(rows, 0, target);
    return NULL;
}

struct fault *target_insert(struct db *db, struct arena *arena, int32_t tenant_id, const char *period,
                            int report_class, int64_t version, const struct money *amount) {
    struct rows *rows;
    return db_query(db, arena, SQL_target_insert,
                    PARAMS(p_integer(tenant_id), p_text(period), p_integer(report_class), p_integer(version),
                           p_amount(amount), p_currency(amount)),
                    &rows);
}
