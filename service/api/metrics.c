/* get_metrics: what a period is measured by, a section for each population. */
#include <string.h>

#include "tandem/api/work.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/period.h"
#include "tandem/http/operation.h"
#include "tandem/store/response.h"

/* -- registrations -- */

static void tally_write(struct json_out *out, const struct response_tally *tally) {
    char share[RATIO_TEXT_SIZE];
    response_share(tally, share);
    json_add_integer(out, "submitted", response_total(tally));
    json_add_integer(out, "answered_in_time", tally->counts[RESPONSE_IN_TIME]);
    json_add_integer(out, "answered_late", tally->counts[RESPONSE_LATE]);
    json_add_integer(out, "overdue", tally->counts[RESPONSE_OVERDUE]);
    json_add_integer(out, "not_due", tally->counts[RESPONSE_NOT_DUE]);
    json_add_integer(out, "withdrawn_unanswered", tally->counts[RESPONSE_WITHDRAWN]);
    json_add_text(out, "share_in_time", *share ? share : NULL);
}

static void groups_add(struct response_tally *tally, const struct response_group *groups, size_t count) {
    for (size_t i = 0; i < count; i++)
        response_add(tally, &groups[i].signals, groups[i].count);
}

/* How many groups from the first one on are of one partner. */
static size_t partner_groups(const struct response_group *groups, size_t count) {
    size_t found = 1;
    while (found < count && strcmp(groups[found].partner, groups[0].partner) == 0)
        found++;
    return found;
}

static void partners_write(struct json_out *out, const struct response_group *groups, size_t count) {
    json_array(out, "by_partner");
    for (size_t i = 0, of_partner; i < count; i += of_partner) {
        struct response_tally tally = {0};
        of_partner = partner_groups(&groups[i], count - i);
        groups_add(&tally, &groups[i], of_partner);
        json_object(out, NULL);
        json_add_text(out, "partner_id", groups[i].partner);
        json_add_text(out, "name", groups[i].partner_name);
        tally_write(out, &tally);
        json_object_end(out);
    }
    json_array_end(out);
}

static void registrations_write(struct json_out *out, const struct response_group *groups, size_t count) {
    struct response_tally all = {0};
    groups_add(&all, groups, count);
    json_object(out, "registrations");
    tally_write(out, &all);
    partners_write(out, groups, count);
    json_object_end(out);
}

/* -- the operation -- */

struct metrics_query {
    int32_t from_on, to_on;
};

static const struct field query_fields[] = {
    {.name = "from",
     .kind = FIELD_DATE,
     .offset = offsetof(struct metrics_query, from_on),
     .flags = FIELD_REQUIRED},
    {.name = "to",
     .kind = FIELD_DATE,
     .offset = offsetof(struct metrics_query, to_on),
     .flags = FIELD_REQUIRED},
};

static void query_check(struct arena *arena, const void *value, struct field_faults *faults) {
    (void)arena;
    const struct metrics_query *query = value;
    period_days_check(query->from_on, query->to_on, faults);
}

static const struct shape query_shape = {.fields = query_fields,
                                         .field_count = sizeof query_fields / sizeof *query_fields,
                                         .size = sizeof(struct metrics_query),
                                         .presence_offset = SHAPE_NO_PRESENCE,
                                         .check = query_check};

static struct fault *get_metrics_serve(struct call *call) {
    const struct metrics_query *query = call->request->query;
    struct response_group *groups;
    size_t count;
    TRY(response_groups(call->db, call->arena, call->scope.tenant_id, query->from_on, query->to_on,
                        call->scope.time_zone, &groups, &count));
    struct json_out out = {.arena = call->arena};
    json_object(&out, NULL);
    json_add_date(&out, "from", query->from_on);
    json_add_date(&out, "to", query->to_on);
    json_add_instant(&out, "as_of", call->scope.now_at);
    registrations_write(&out, groups, count);
    json_object_end(&out);
    work_reply(call->request, 200, &out, NULL);
    return NULL;
}

const struct operation get_metrics = {
    .name = "get_metrics",
    .roles = ROLES_VENDOR | ROLE_BIT(ROLE_READER),
    .lane = LANE_REPORT,
    .query = &query_shape,
    .work = &(const struct call_work){get_metrics_serve},
};
