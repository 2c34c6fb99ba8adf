/* The policy's columns onto the struct that the rules take, and back: both by the table of its members. */
#include "tandem/store/policy.h"

#include <assert.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void members_read(const struct rows *rows, size_t row, struct policy *policy) {
    *policy = (struct policy){.probability_bp = {[CATEGORY_CLOSED] = 10000}};
    policy->version = (int)rows_integer(rows, row, "policy_version");
    for (int code = 0; code < POLICY_MEMBERS; code++)
        policy_set(policy, code, (int)rows_integer(rows, row, policy_members[code].name));
}

void policy_read(const struct rows *rows, struct policy *policy) {
    assert(rows_count(rows) == 1);
    members_read(rows, 0, policy);
}

struct fault *policy_find(struct db *db, struct arena *arena, int32_t tenant_id, struct policy *policy) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_policy_in_force, PARAMS(p_integer(tenant_id)), &rows));
    policy_read(rows, policy);
    return NULL;
}

/* What policy_insert took is read back, so the holidays are whole. */
struct calendar calendar_read(struct arena *arena, const struct rows *rows, size_t row) {
    const char *text = rows_text(rows, row, "holidays");
    const struct json *list;
    struct fault *fault = json_parse(arena, text, strlen(text), &list);
    assert(!fault);
    size_t count = 0;
    int32_t *holidays = arena_alloc(arena, json_length(list) * sizeof *holidays);
    for (const struct json *item = json_first(list); item; item = json_next(item)) {
        bool is_date = date_parse(json_string(json_get(item, "date")), &holidays[count++]);
        assert(is_date);
    }
    return (struct calendar){.work_days = (unsigned)rows_integer(rows, row, "work_week"),
                             .holidays = holidays,
                             .holiday_count = count};
}

static const struct column setting_columns[] = {
    {"effective_at", COLUMN_INSTANT, offsetof(struct policy_setting, effective_at)},
    {"created_at", COLUMN_INSTANT, offsetof(struct policy_setting, set_at)},
    {"holidays", COLUMN_TEXT, offsetof(struct policy_setting, holidays)},
    {"person", COLUMN_TEXT, offsetof(struct policy_setting, person)},
    {"person_name", COLUMN_TEXT, offsetof(struct policy_setting, person_name)},
};

void policy_setting_read(const struct rows *rows, size_t row, struct policy_setting *setting) {
    members_read(rows, row, &setting->policy);
    rows_read(rows, row, setting_columns, COUNT(setting_columns), setting);
    setting->work_days = (unsigned)rows_integer(rows, row, "work_week");
}

struct fault *policy_course(struct db *db, struct arena *arena, int32_t tenant_id, struct rows **rows) {
    return db_query(db, arena, SQL_policy_course, PARAMS(p_integer(tenant_id)), rows);
}

struct fault *policy_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct policy_setting *setting) {
    struct json_out members = {.arena = arena};
    struct rows *rows;
    json_object(&members, NULL);
    for (int code = 0; code < POLICY_MEMBERS; code++)
        json_add_integer(&members, policy_members[code].name, policy_get(&setting->policy, code));
    json_object_end(&members);
    return db_query(db, arena, SQL_policy_insert,
                    PARAMS(p_integer(tenant_id), p_integer(setting->policy.version),
                           p_instant(setting->effective_at), p_integer(setting->work_days),
                           p_text(setting->holidays ? setting->holidays : "[]"),
                           p_text(json_out_text(&members))),
                    &rows);
}

struct fault *policy_propose(struct db *db, struct arena *arena, const struct policy *policy) {
    struct rows *rows;
    return db_query(db, arena, SQL_policy_propose,
                    PARAMS(p_integer(policy->stale_hours), p_integer(policy->stalled_days)), &rows);
}
