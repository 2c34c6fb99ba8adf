/* Accounts: read and listed. */

#include "account.h"
#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/base/json_out.h"
#include "tandem/base/text.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void account_write(struct json_out *out, const void *item) {
    const struct account_shown *account = item;
    json_object(out, NULL);
    json_add_text(out, "account_id", account->id);
    json_add_text(out, "name", account->name);
    json_add_text(out, "country", account->country);
    json_add_raw(out, "domains", account->domains);
    json_add_raw(out, "aliases", account->aliases);
    if (account->parent) {
        json_object(out, "parent");
        json_add_text(out, "account_id", account->parent);
        json_add_text(out, "name", account->parent_name);
        json_object_end(out);
    } else {
        json_add_null(out, "parent");
    }
    if (account->merged_into) {
        json_object(out, "merged_into");
        json_add_text(out, "account_id", account->merged_into);
        json_add_text(out, "name", account->merged_into_name);
        json_object_end(out);
    } else {
        json_add_null(out, "merged_into");
    }
    json_add_instant(out, "created_at", account->created_at);
    json_add_integer(out, "version", account->version);
    json_object_end(out);
}

void account_reply(struct request *request, const struct account_shown *account) {
    struct json_out out = {.arena = request->arena};
    account_write(&out, account);
    work_reply(request, 200, &out, etag_make(request->arena, account->version, SIDE_VENDOR, &out));
}

/* -- get_account -- */

static struct fault *get_bind(const struct request *request, struct param *params, size_t *count) {
    params[(*count)++] = p_text(request->path_values[0]);
    return NULL;
}

static struct fault *get_answer(struct request *request, const struct scope *scope, const struct rows *rows) {
    (void)scope;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "account");
    struct account_shown account;
    account_read(rows, 0, &account);
    account_reply(request, &account);
    return NULL;
}

const struct operation get_account = {
    .name = "get_account",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_account_shown_by_id, get_bind, get_answer},
};

/* -- list_accounts -- */

struct account_query {
    const char *domain, *name, *parent;
    struct page page;
};

static const struct field query_fields[] = {
    {"domain", FIELD_TEXT, offsetof(struct account_query, domain), 0, 3, 253},
    {"name", FIELD_TEXT, offsetof(struct account_query, name), 0, 1, ACCOUNT_NAME_MAX},
    {"parent", FIELD_UUID, offsetof(struct account_query, parent)},
    PAGE_FIELDS(struct account_query, page),
};

static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct account_query),
                                         SHAPE_NO_PRESENCE};

/* A domain that nobody can register is no account's. */
static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct account_query *query = request->query;
    const char *domain = query->domain ? text_registrable_domain(request->arena, query->domain) : NULL;
    params[(*count)++] = p_text(query->domain && !domain ? "" : domain);
    params[(*count)++] = p_text(query->name ? text_name_key(request->arena, query->name) : NULL);
    params[(*count)++] = p_text(query->parent);
    return page_bind(request, &query->page, params, count);
}

static const struct page_item account_item = {"id", sizeof(struct account_shown), account_read,
                                              account_write};

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct account_query *query = request->query;
    (void)scope;
    return page_reply_items(request, &query->page, rows, &account_item);
}

const struct operation list_accounts = {
    .name = "list_accounts",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_account_page, list_bind, list_answer},
};
