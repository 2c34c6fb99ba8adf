/* record_engagement: the CRM's activity says that a seller engaged, and when. */
#include "tandem/store/engagement.h"

#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/http/operation.h"
#include "tandem/store/account.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct engagement_body {
    const char *product_family, *engaged_at, *activity_id;
};

static const struct field engagement_fields[] = {
    {"product_family", FIELD_TEXT, offsetof(struct engagement_body, product_family), 0, 1, 100},
    {"engaged_at", FIELD_TEXT, offsetof(struct engagement_body, engaged_at), FIELD_REQUIRED, 1, 64},
    {"activity_id", FIELD_TEXT, offsetof(struct engagement_body, activity_id), FIELD_REQUIRED, 1, 200},
};

/* An instant, or a date: one of the two is none. */
static bool engaged_parse(const char *text, int64_t *engaged_at, int32_t *engaged_on) {
    *engaged_at = INSTANT_NONE;
    *engaged_on = DATE_NONE;
    return instant_parse(text, engaged_at) || date_parse(text, engaged_on);
}

static void engagement_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct engagement_body *body = value;
    int64_t engaged_at;
    int32_t engaged_on;
    (void)arena;
    if (body->engaged_at && !engaged_parse(body->engaged_at, &engaged_at, &engaged_on))
        field_fault(faults, "/engaged_at", "invalid_instant",
                    "must be a time by RFC 3339 with its offset, or a date");
}

static const struct shape engagement_shape = {engagement_fields, COUNT(engagement_fields),
                                              sizeof(struct engagement_body), SHAPE_NO_PRESENCE,
                                              engagement_check};

static void engagement_write(struct json_out *out, const char *account, const struct engagement *engagement) {
    json_object(out, NULL);
    json_add_text(out, "engagement_id", engagement->id);
    json_add_text(out, "account_id", account);
    json_add_text(out, "product_family", engagement->product_family);
    json_add_instant(out, "engaged_at", engagement->engaged_at);
    json_add_text(out, "activity_id", engagement->activity_id);
    json_add_instant(out, "recorded_at", engagement->recorded_at);
    json_add_instant(out, "first_engaged_at", engagement->first_engaged_at);
    json_object_end(out);
}

static struct fault *in_future(struct arena *arena) {
    struct field_faults faults = {.arena = arena};
    field_fault(&faults, "/engaged_at", "in_future", "an engagement has happened");
    return field_faults_fault(&faults);
}

static struct fault *record_serve(struct call *call) {
    const struct engagement_body *body = call->request->body;
    const char *account = call->request->path_values[0];
    int64_t engaged_at, account_key;
    int32_t engaged_on;
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    struct engagement engagement = {
        .id = id,
        .product_family = body->product_family ? body->product_family : "default",
        .activity_id = body->activity_id,
    };
    engaged_parse(body->engaged_at, &engaged_at, &engaged_on);
    TRY(account_tenant_lock(call->db, call->arena, call->scope.tenant_id)); /* none is merged meanwhile */
    TRY(engagement_account(call->db, call->arena, call->scope.tenant_id, account, engaged_at, engaged_on,
                           call->scope.time_zone, &account_key, &engagement.engaged_at));
    if (account_key == 0)
        return work_not_found(call->arena, "account");
    if (engagement.engaged_at > call->scope.now_at)
        return in_future(call->arena);
    TRY(engagement_insert(call->db, call->arena, call->scope.tenant_id, account_key, &engagement));
    TRY(claims_contradict(call, account_key, engagement.product_family, engagement.engaged_at,
                          claim_engaged_reason(call->arena, engagement.activity_id)));
    struct json_out out = {.arena = call->arena};
    engagement_write(&out, account, &engagement);
    work_reply(call->request, 201, &out, NULL);
    return NULL;
}

const struct operation record_engagement = {
    .name = "record_engagement",
    .roles = ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &engagement_shape,
    .work = &(const struct call_work){record_serve},
};
