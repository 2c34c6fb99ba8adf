/* PostgreSQL counts registrations with equal signals; the domain judges each group once. */
#include "tandem/store/response.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GROUP(member) offsetof(struct response_group, member)

struct fault *response_groups(struct db *db, struct arena *arena, int32_t tenant_id, int32_t from_on,
                              int32_t to_on, const char *time_zone, struct response_group **groups,
                              size_t *count) {
    static const struct column columns[] = {
        {"partner", COLUMN_TEXT, GROUP(partner)},
        {"partner_name", COLUMN_TEXT, GROUP(partner_name)},
        {"state", COLUMN_CHOICE, GROUP(signals.state)},
        {"answered", COLUMN_BOOLEAN, GROUP(signals.answered)},
        {"past_respond_by", COLUMN_BOOLEAN, GROUP(signals.past_respond_by)},
        {"registrations", COLUMN_INTEGER, GROUP(count)},
    };
    struct rows *rows;
    TRY(db_query(db, arena, SQL_response_groups,
                 PARAMS(p_integer(tenant_id), p_date(from_on), p_date(to_on), p_text(time_zone)), &rows));
    *count = rows_count(rows);
    *groups = arena_alloc(arena, *count * sizeof **groups);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, columns, COUNT(columns), &(*groups)[i]);
    return NULL;
}
