/* The policy and the settings of the tenant: what is in force, what is scheduled, and how it changes. */
#include "tandem/domain/policy.h"

#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "tandem/api/etag.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/period.h"
#include "tandem/http/operation.h"
#include "tandem/store/policy.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* -- out -- */

static void calendar_write(struct json_out *out, const struct policy_setting *setting) {
    json_object(out, "calendar");
    json_array(out, "work_week");
    for (const struct choice *day = weekdays; day->name; day++)
        if (setting->work_days >> day->code & 1)
            json_add_text(out, NULL, day->name);
    json_array_end(out);
    json_add_raw(out, "holidays", setting->holidays);
    json_object_end(out);
}

/* The members of a version, inside an object that is open. */
static void setting_write(struct json_out *out, const struct policy_setting *setting) {
    json_add_integer(out, "policy_version", setting->policy.version);
    json_add_instant(out, "effective_at", setting->effective_at);
    json_add_instant(out, "set_at", setting->set_at);
    work_person(out, "set_by", setting->person, setting->person_name);
    json_object(out, "policy");
    for (int code = 0; code < POLICY_MEMBERS; code++)
        json_add_integer(out, policy_members[code].name, policy_get(&setting->policy, code));
    calendar_write(out, setting);
    json_object_end(out);
}

static void tenant_write(struct json_out *out, const struct scope *scope) {
    json_object(out, "tenant");
    json_add_text(out, "currency", scope->currency);
    json_add_text(out, "amount_basis", scope->amount_basis);
    json_add_text(out, "time_zone", scope->time_zone);
    json_add_date(out, "today", scope->today);
    json_add_integer(out, "fiscal_start_month", scope->fiscal_start_month);
    json_add_text(out, "fiscal_quarter",
                  period_containing(scope->today, PERIOD_QUARTER, (int)scope->fiscal_start_month).name);
    json_add_instant(out, "go_live_at", scope->go_live_at);
    json_object_end(out);
}

static const char *course_write(struct json_out *out, const struct scope *scope, enum side side,
                                const struct rows *rows) {
    const bool scheduled = rows_count(rows) > 1;
    struct policy_setting setting;
    policy_setting_read(rows, 0, &setting);
    json_object(out, NULL);
    setting_write(out, &setting);
    if (scheduled) {
        policy_setting_read(rows, 1, &setting);
        json_object(out, "scheduled");
        setting_write(out, &setting);
        json_object_end(out);
    } else {
        json_add_null(out, "scheduled");
    }
    tenant_write(out, scope);
    json_object_end(out);
    return etag_make(out->arena, setting.policy.version, side, out);
}

/* -- get_policy -- */

static struct fault *get_answer(struct request *request, const struct scope *scope, const struct rows *rows) {
    struct json_out out = {.arena = request->arena};
    const char *etag = course_write(&out, scope, SIDE_VENDOR, rows);
    work_reply(request, 200, &out, etag);
    return NULL;
}

const struct operation get_policy = {
    .name = "get_policy",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_policy_course, NULL, get_answer},
};

/* -- put_policy -- */

static const struct field holiday_fields[] = {
    {.name = "date", .kind = FIELD_DATE, .offset = offsetof(struct holiday, date), .flags = FIELD_REQUIRED},
    {"name", FIELD_TEXT, offsetof(struct holiday, name), FIELD_REQUIRED, 1, 100},
};
static const struct shape holiday_shape = {holiday_fields, COUNT(holiday_fields), sizeof(struct holiday),
                                           SHAPE_NO_PRESENCE};

static const struct field calendar_fields[] = {
    {"work_week", FIELD_CHOICES, offsetof(struct calendar_body, work_week), FIELD_REQUIRED, 1, 7, weekdays},
    {"holidays", FIELD_OBJECTS, offsetof(struct calendar_body, holidays), FIELD_REQUIRED, 0,
     POLICY_HOLIDAYS_MAX, .shape = &holiday_shape},
};
static const struct shape calendar_shape = {calendar_fields, COUNT(calendar_fields),
                                            sizeof(struct calendar_body), SHAPE_NO_PRESENCE};

#define MEMBER(code, text)                                                                                   \
    [code] = {                                                                                               \
        .name = text, .kind = FIELD_INTEGER, .offset = offsetof(struct policy_members_body, members[code])}

/* By the codes of the members, so that a presence bit is a member's. Ranges and order are the domain's word. */
static const struct field member_fields[] = {
    MEMBER(POLICY_WINDOW_HOURS, "window_hours"),
    MEMBER(POLICY_PROTECTION_DAYS, "protection_days"),
    MEMBER(POLICY_PROTECTION_EXTENSION_DAYS, "protection_extension_days"),
    MEMBER(POLICY_RESPOND_BUSINESS_DAYS, "respond_business_days"),
    MEMBER(POLICY_CHANGES_BUSINESS_DAYS, "changes_business_days"),
    MEMBER(POLICY_EXTENSION_DAYS_MAX, "extension_days_max"),
    MEMBER(POLICY_SUBMISSIONS_PER_DAY, "submissions_per_day"),
    MEMBER(POLICY_STALE_HOURS, "stale_hours"),
    MEMBER(POLICY_STALLED_DAYS, "stalled_days"),
    MEMBER(POLICY_PROPOSAL_DAYS, "proposal_days"),
    MEMBER(POLICY_BACKDATED_BUSINESS_DAYS, "backdated_business_days"),
    MEMBER(POLICY_COVERAGE_LOW_PERCENT, "coverage_low_percent"),
    MEMBER(POLICY_COVERAGE_HIGH_PERCENT, "coverage_high_percent"),
    MEMBER(POLICY_SOURCED_RULE_VERSION, "sourced_rule_version"),
    MEMBER(POLICY_COMMIT_BASIS_POINTS, "commit_basis_points"),
    MEMBER(POLICY_BEST_CASE_BASIS_POINTS, "best_case_basis_points"),
    MEMBER(POLICY_PIPELINE_BASIS_POINTS, "pipeline_basis_points"),
    [POLICY_MEMBERS] = {.name = "calendar",
                        .kind = FIELD_OBJECT,
                        .offset = offsetof(struct policy_members_body, calendar),
                        .shape = &calendar_shape},
};
const struct shape policy_members_shape = {
    .fields = member_fields,
    .field_count = COUNT(member_fields),
    .size = sizeof(struct policy_members_body),
    .presence_offset = offsetof(struct policy_members_body, presence),
};

struct policy_body {
    int64_t effective_at;
    struct policy_members_body policy;
};

static const struct field policy_fields[] = {
    {.name = "effective_at",
     .kind = FIELD_INSTANT,
     .offset = offsetof(struct policy_body, effective_at),
     .flags = FIELD_REQUIRED},
    {.name = "policy",
     .kind = FIELD_OBJECT,
     .offset = offsetof(struct policy_body, policy),
     .flags = FIELD_REQUIRED,
     .shape = &policy_members_shape},
};

struct policy_change policy_change_of(const struct policy_members_body *body) {
    struct policy_change change = {.given = (unsigned)(body->presence.given & ~body->presence.null),
                                   .holidays = body->calendar.holidays.items,
                                   .holiday_count = body->calendar.holidays.count};
    memcpy(change.members, body->members, sizeof change.members);
    return change;
}

static void policy_body_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct policy_change change = policy_change_of(&((const struct policy_body *)value)->policy);
    (void)arena;
    policy_check(&change, "/policy", faults);
}

static const struct shape policy_shape = {
    .fields = policy_fields,
    .field_count = COUNT(policy_fields),
    .size = sizeof(struct policy_body),
    .presence_offset = SHAPE_NO_PRESENCE,
    .check = policy_body_check,
};

static int holidays_by_date(const void *one, const void *other) {
    int32_t a = ((const struct holiday *)one)->date, b = ((const struct holiday *)other)->date;
    return (a > b) - (a < b);
}

static const char *holidays_text(struct arena *arena, const struct object_list *list) {
    struct json_out out = {.arena = arena};
    struct holiday *holidays = list->items;
    qsort(holidays, list->count, sizeof *holidays, holidays_by_date);
    json_array(&out, NULL);
    for (size_t i = 0; i < list->count; i++) {
        json_object(&out, NULL);
        json_add_date(&out, "date", holidays[i].date);
        json_add_text(&out, "name", holidays[i].name);
        json_object_end(&out);
    }
    json_array_end(&out);
    return json_out_text(&out);
}

static struct fault *put_policy_serve(struct call *call) {
    const struct policy_body *body = call->request->body;
    const struct policy_change change = policy_change_of(&body->policy);
    struct field_faults faults = {.arena = call->arena};
    struct policy_setting newest;
    struct rows *rows;
    TRY(policy_course(call->db, call->arena, call->scope.tenant_id, &rows));
    policy_setting_read(rows, rows_count(rows) - 1, &newest);
    TRY(etag_check_put(call->request, true, newest.policy.version));
    policy_effective_check(body->effective_at, call->scope.now_at, &faults);
    TRY(field_faults_fault(&faults));
    const struct policy_setting setting = {
        .policy = policy_of_change(&change, newest.policy.version + 1),
        .effective_at = body->effective_at,
        .work_days = body->policy.calendar.work_week,
        .holidays = holidays_text(call->arena, &body->policy.calendar.holidays),
    };
    TRY(policy_insert(call->db, call->arena, call->scope.tenant_id, &setting));
    TRY(policy_course(call->db, call->arena, call->scope.tenant_id, &rows));
    struct json_out out = {.arena = call->arena};
    const char *etag = course_write(&out, &call->scope, SIDE_VENDOR, rows);
    work_reply(call->request, 200, &out, etag);
    return NULL;
}

const struct operation put_policy = {
    .name = "put_policy",
    .roles = ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &policy_shape,
    .work = &(const struct call_work){put_policy_serve},
};
