/* What is known of an account changed: name, domains, aliases, parent. */
#include <string.h>

#include "account.h"
#include "tandem/api/etag.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/text.h"
#include "tandem/domain/account_merge.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

enum { DOMAINS_MAX = 50, ALIASES_MAX = 50 };

struct account_body {
    struct customer customer; /* name and domains */
    struct text_list aliases;
    const char *parent;
    struct presence presence;
};

enum account_field {
    ACCOUNT_NAME,
    ACCOUNT_DOMAINS,
    ACCOUNT_ALIASES,
    ACCOUNT_PARENT
}; /* index in the table */

static const struct field account_fields[] = {
    [ACCOUNT_NAME] = {"name", FIELD_TEXT, offsetof(struct account_body, customer.name), 0, 1,
                      ACCOUNT_NAME_MAX},
    [ACCOUNT_DOMAINS] = {"domains", FIELD_TEXTS, offsetof(struct account_body, customer.domains), 0, 0,
                         DOMAINS_MAX},
    [ACCOUNT_ALIASES] = {"aliases", FIELD_TEXTS, offsetof(struct account_body, aliases), 0, 0, ALIASES_MAX},
    [ACCOUNT_PARENT] = {"parent", FIELD_UUID, offsetof(struct account_body, parent), FIELD_NULLABLE},
};

static bool is_given(const struct account_body *body, enum account_field field) {
    return body->presence.given >> field & 1;
}

static void check_name(const char *name, const char *pointer, struct arena *arena,
                       struct field_faults *faults) {
    if (text_characters(name) > ACCOUNT_NAME_MAX)
        field_fault(faults, pointer, "too_long", "must have 1 to %d characters", ACCOUNT_NAME_MAX);
    else if (!*text_name_key(arena, name) || text_is_placeholder(name))
        field_fault(faults, pointer, "placeholder", "this is no company's name");
}

static void account_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct account_body *body = value;
    struct customer_keys keys;
    if (body->customer.name)
        check_name(body->customer.name, "/name", arena, faults);
    customer_domains_check(arena, &body->customer, "", &keys, faults);
    for (size_t i = 0; i < body->aliases.count; i++)
        if (body->aliases.items[i])
            check_name(body->aliases.items[i], arena_format(arena, "/aliases/%zu", i), arena, faults);
}

static const struct shape account_shape = {account_fields, COUNT(account_fields), sizeof(struct account_body),
                                           offsetof(struct account_body, presence), account_check};

/* The keys of the aliases, in their order. */
static struct text_list alias_keys(struct arena *arena, const struct text_list *aliases) {
    struct text_list keys = {arena_alloc(arena, aliases->count * sizeof *keys.items), aliases->count};
    for (size_t i = 0; i < aliases->count; i++)
        keys.items[i] = text_name_key(arena, aliases->items[i]);
    return keys;
}

static bool is_among(const struct customer_keys *keys, const char *domain) {
    for (size_t i = 0; i < keys->domain_count; i++)
        if (strcmp(keys->domains[i], domain) == 0)
            return true;
    return false;
}

/* One of the account's that the request leaves out, or NULL. */
static struct fault *lost_domain(struct arena *arena, const struct account_shown *account,
                                 const struct customer_keys *keys, const char **lost) {
    const struct json *domains;
    *lost = NULL;
    TRY(json_parse(arena, account->domains, strlen(account->domains), &domains));
    for (const struct json *domain = json_first(domains); domain; domain = json_next(domain))
        if (!is_among(keys, json_string(domain)))
            *lost = json_string(domain);
    return NULL;
}

static struct fault *domains_of(struct call *call, const struct account_body *body,
                                const struct account_shown *account, struct account_change *change,
                                struct account_values *values) {
    struct field_faults none = {.arena = call->arena}; /* the shape has told them */
    struct customer_keys keys;
    customer_domains_check(call->arena, &body->customer, "", &keys, &none);
    struct account_domain *domains = arena_alloc(call->arena, keys.domain_count * sizeof *domains);
    values->new_domains.items =
        arena_alloc(call->arena, keys.domain_count * sizeof *values->new_domains.items);
    TRY(lost_domain(call->arena, account, &keys, &change->lost_domain));
    TRY(account_domain_owners(call->db, call->arena, call->scope.tenant_id, account->key, keys.domains,
                              keys.domain_count, domains));
    for (size_t i = 0; i < keys.domain_count; i++)
        if (!domains[i].own)
            values->new_domains.items[values->new_domains.count++] = domains[i].domain;
    change->domains = domains;
    change->domain_count = keys.domain_count;
    return NULL;
}

static struct fault *parent_of(struct call *call, const struct account_body *body,
                               const struct account_shown *account, struct account_change *change,
                               struct account_values *values) {
    struct account parent;
    bool known;
    values->parent_given = true;
    if (!body->parent)
        return NULL;
    TRY(account_by_id(call->db, call->arena, call->scope.tenant_id, body->parent, &known, &parent));
    change->parent_unknown = !known;
    if (!known)
        return NULL;
    values->parent = parent.key;
    return account_is_below(call->db, call->arena, call->scope.tenant_id, parent.key, account->key,
                            &change->parent_below);
}

static struct fault *same_texts(struct arena *arena, const char *json, const struct text_list *texts,
                                bool *same) {
    const struct json *array;
    size_t count = 0;
    *same = true;
    TRY(json_parse(arena, json, strlen(json), &array));
    for (const struct json *text = json_first(array); text; text = json_next(text), count++)
        *same = *same && count < texts->count && strcmp(json_string(text), texts->items[count]) == 0;
    *same = *same && count == texts->count;
    return NULL;
}

/* What the account is already is taken out of the values; *any: something is left. */
static struct fault *values_differ(struct arena *arena, const struct account_shown *account,
                                   const struct account_body *body, struct account_values *values,
                                   bool *any) {
    bool same = false;
    if (values->name && strcmp(values->name, account->name) == 0)
        values->name = values->name_key = NULL;
    if (values->aliases)
        TRY(same_texts(arena, account->aliases, values->aliases, &same));
    if (same)
        values->aliases = values->alias_keys = NULL;
    if (values->parent_given && (body->parent && account->parent ? strcmp(body->parent, account->parent) == 0
                                                                 : body->parent == account->parent))
        values->parent_given = false;
    *any = values->name || values->aliases || values->parent_given || values->new_domains.count > 0;
    return NULL;
}

static struct fault *update_serve(struct call *call) {
    const struct account_body *body = call->request->body;
    const char *id = call->request->path_values[0];
    const struct text_list keys = alias_keys(call->arena, &body->aliases);
    struct account_values values = {.name = body->customer.name};
    struct account_change change = {0};
    struct account_shown account;
    bool found, any;
    TRY(account_lock(call->db, call->arena, call->scope.tenant_id, id, &found, &account));
    if (!found)
        return work_not_found(call->arena, "account");
    TRY(account_merged_verdict(call->arena, account.merged_into, account.merged_into_name));
    TRY(etag_check(call->request, account.version));
    if (values.name)
        values.name_key = text_name_key(call->arena, values.name);
    if (is_given(body, ACCOUNT_ALIASES))
        values.aliases = &body->aliases, values.alias_keys = &keys;
    if (is_given(body, ACCOUNT_DOMAINS))
        TRY(domains_of(call, body, &account, &change, &values));
    if (is_given(body, ACCOUNT_PARENT))
        TRY(parent_of(call, body, &account, &change, &values));
    TRY(account_change_verdict(call->arena, &change));
    TRY(values_differ(call->arena, &account, body, &values, &any));
    if (any)
        TRY(account_update(call->db, call->arena, call->scope.tenant_id, account.key, &values));
    TRY(account_find_shown(call->db, call->arena, call->scope.tenant_id, id, &found, &account));
    account_reply(call->request, &account);
    return NULL;
}

const struct operation update_account = {
    .name = "update_account",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH | OPERATION_MERGE_PATCH,
    .body = &account_shape,
    .work = &(const struct call_work){update_serve},
};
