/* Webhook endpoints. The secret is made here and is in one answer only: of the creation, of the rotation; never in a kept one.
 * A portal's endpoint belongs to the portal and to the partners that it has (row security shows it to nobody else). */
#include "tandem/api/webhook.h"

#include <string.h>

#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/webhook.h"
#include "tandem/domain/webhook.h"
#include "tandem/http/operation.h"
#include "tandem/store/webhook.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROLES_WEBHOOK (ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_PRM_PORTAL))

static bool open_targets;

void webhook_set_open(bool open) {
    open_targets = open;
}

static void members_write(struct json_out *out, const struct webhook_row *webhook) {
    json_add_text(out, "endpoint_id", webhook->id);
    json_add_text(out, "url", webhook->url);
    json_add_raw(out, "types", webhook->types);
    json_add_raw(out, "partner_ids", webhook->partners);
    json_add_choice(out, "state", webhook_states, webhook->state);
    json_add_text(out, "disabled_reason", webhook->disabled_reason);
    json_add_instant(out, "disabled_at", webhook->disabled_at);
    json_add_instant(out, "previous_secret_until", webhook->previous_until);
    json_add_instant(out, "created_at", webhook->created_at);
    json_add_integer(out, "version", webhook->version);
}

static void webhook_write(struct json_out *out, const void *item) {
    json_object(out, NULL);
    members_write(out, item);
    json_object_end(out);
}

/* The endpoint with its new secret; what is kept under the key has none. */
static struct fault *secret_reply(struct call *call, const char *id, const char *secret, int status) {
    struct webhook_row webhook;
    bool found;
    TRY(webhook_find(call->db, call->arena, call->scope.tenant_id, id, &found, &webhook));
    struct json_out kept = {.arena = call->arena}, out = {.arena = call->arena};
    json_object(&kept, NULL);
    members_write(&kept, &webhook);
    json_add_null(&kept, "secret");
    json_object_end(&kept);
    json_object(&out, NULL);
    members_write(&out, &webhook);
    json_add_text(&out, "secret", secret);
    json_object_end(&out);
    call->kept_body = json_out_text(&kept);
    work_reply(call->request, status, &out, NULL);
    return NULL;
}

/* -- create_webhook_endpoint -- */

struct webhook_body {
    const char *url;
    struct text_list types;
};

static const struct field webhook_fields[] = {
    {"url", FIELD_TEXT, offsetof(struct webhook_body, url), FIELD_REQUIRED, 1, 1000},
    {"types", FIELD_TEXTS, offsetof(struct webhook_body, types), 0, 0, 100},
};

static void webhook_check(struct arena *arena, const void *value, struct field_faults *faults) {
    (void)arena;
    const struct webhook_body *body = value;
    webhook_url_check(body->url, open_targets, faults);
    webhook_types_check(&body->types, faults);
}

static const struct shape webhook_shape = {webhook_fields, COUNT(webhook_fields), sizeof(struct webhook_body),
                                           SHAPE_NO_PRESENCE, webhook_check};

static struct fault *create_serve(struct call *call) {
    const struct webhook_body *body = call->request->body;
    const char *secret = webhook_secret_make(call->arena), *id;
    const char *partners = call->side == SIDE_PARTNER ? call->scope.partners : NULL;
    TRY(webhook_insert(call->db, call->arena, call->scope.tenant_id, body->url, &body->types, partners,
                       secret, &id));
    TRY(secret_reply(call, id, secret, 201));
    reply_header_add(call->request, "Location", arena_format(call->arena, "/v1/webhook-endpoints/%s", id));
    return NULL;
}

const struct operation create_webhook_endpoint = {
    .name = "create_webhook_endpoint",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &webhook_shape,
    .work = &(const struct call_work){create_serve},
};

/* -- list_webhook_endpoints -- */

static const struct page_item webhook_item = {"id", sizeof(struct webhook_row), webhook_read, webhook_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    (void)scope;
    return page_reply_items(request, request->query, rows, &webhook_item);
}

const struct operation list_webhook_endpoints = {
    .name = "list_webhook_endpoints",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_READ,
    .query = &page_query,
    .work = &(const struct read_work){SQL_webhook_list, page_query_bind, list_answer},
};

/* -- delete_webhook_endpoint -- */

static struct fault *locked(struct call *call, int64_t *key) {
    int state;
    TRY(webhook_lock(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], key,
                     &state));
    return *key ? NULL : work_not_found(call->arena, "webhook endpoint");
}

static struct fault *delete_serve(struct call *call) {
    int64_t key;
    TRY(locked(call, &key));
    TRY(webhook_set_state(call->db, call->arena, call->scope.tenant_id, key, WEBHOOK_DELETED, NULL));
    reply_json(call->request, 204, "", 0);
    return NULL;
}

const struct operation delete_webhook_endpoint = {
    .name = "delete_webhook_endpoint",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_WRITE,
    .work = &(const struct call_work){delete_serve},
};

/* -- rotate_webhook_secret -- */

enum { KEEP_HOURS_MAX = 168 };

struct rotate_body {
    int64_t keep_previous_hours;
};
static const struct field rotate_fields[] = {
    {"keep_previous_hours", FIELD_INTEGER, offsetof(struct rotate_body, keep_previous_hours), FIELD_REQUIRED,
     0, KEEP_HOURS_MAX},
};
static const struct shape rotate_shape = {rotate_fields, COUNT(rotate_fields), sizeof(struct rotate_body),
                                          SHAPE_NO_PRESENCE};

static struct fault *rotate_serve(struct call *call) {
    const struct rotate_body *body = call->request->body;
    const char *secret = webhook_secret_make(call->arena);
    int64_t key;
    TRY(locked(call, &key));
    TRY(webhook_rotate(call->db, call->arena, call->scope.tenant_id, key, secret, body->keep_previous_hours));
    return secret_reply(call, call->request->path_values[0], secret, 200);
}

const struct operation rotate_webhook_secret = {
    .name = "rotate_webhook_secret",
    .roles = ROLES_WEBHOOK,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &rotate_shape,
    .work = &(const struct call_work){rotate_serve},
};
