/* A direct deal, by an AE or out of a CRM. Claims come later, by an approval or by hand. */
#include <string.h>

#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/opportunity.h"
#include "tandem/http/operation.h"
#include "tandem/store/account.h"
#include "tandem/store/external_id.h"

struct create_body {
    struct presence presence;
    const char *name;
    struct customer account;
    const char *account_id;
    const char *product_family;
    struct money amount;
    int32_t close_date;
    const char *owner;
    int category_call;
    const char *next_step;
    int crm_stage;
    const char *crm_source, *external_id;
    int64_t created_at;
};

static const struct field account_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct customer, name), FIELD_REQUIRED, 1, 200},
    {"domains", FIELD_TEXTS, offsetof(struct customer, domains), 0, 0, 20},
    {"country", FIELD_COUNTRY, offsetof(struct customer, country)},
};

static const struct shape account_shape = {
    .fields = account_fields,
    .field_count = sizeof account_fields / sizeof *account_fields,
    .size = sizeof(struct customer),
    .presence_offset = SHAPE_NO_PRESENCE,
};

enum { NAME_MEMBER, ACCOUNT_MEMBER, ACCOUNT_ID_MEMBER }; /* places in the table */

static const struct field create_fields[] = {
    [NAME_MEMBER] = {"name", FIELD_TEXT, offsetof(struct create_body, name), FIELD_REQUIRED, 1, 200},
    [ACCOUNT_MEMBER] = {"account", FIELD_OBJECT, offsetof(struct create_body, account),
                        .shape = &account_shape},
    [ACCOUNT_ID_MEMBER] = {"account_id", FIELD_UUID, offsetof(struct create_body, account_id)},
    {"product_family", FIELD_TEXT, offsetof(struct create_body, product_family), 0, 1, 100},
    {"amount", FIELD_MONEY, offsetof(struct create_body, amount)},
    {"close_date", FIELD_DATE, offsetof(struct create_body, close_date)},
    {"owner", FIELD_UUID, offsetof(struct create_body, owner)},
    {"category_call", FIELD_CHOICE, offsetof(struct create_body, category_call), .choices = category_calls},
    {"next_step", FIELD_TEXT, offsetof(struct create_body, next_step)},
    {"crm_stage", FIELD_CHOICE, offsetof(struct create_body, crm_stage), .choices = crm_stages},
    {"crm_source", FIELD_TEXT, offsetof(struct create_body, crm_source), 0, 1, 200},
    {"external_id", FIELD_TEXT, offsetof(struct create_body, external_id), 0, 1, 200},
    {"created_at", FIELD_INSTANT, offsetof(struct create_body, created_at)},
};

static bool is_given(const struct create_body *body, int member) {
    return body->presence.given & (UINT64_C(1) << member);
}

static void create_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct create_body *body = value;
    struct customer_keys keys;
    if (is_given(body, ACCOUNT_MEMBER))
        customer_check(arena, &body->account, "/account", &keys, faults);
    if (is_given(body, ACCOUNT_MEMBER) && is_given(body, ACCOUNT_ID_MEMBER))
        field_fault(faults, "/account_id", "not_with_account", "give the account or its id, not both");
}

static const struct shape create_shape = {
    .fields = create_fields,
    .field_count = sizeof create_fields / sizeof *create_fields,
    .size = sizeof(struct create_body),
    .presence_offset = offsetof(struct create_body, presence),
    .check = create_check,
};

static struct fault *account_of(struct call *call, const struct create_body *body, struct account *account) {
    *account = (struct account){0};
    if (body->account_id) {
        struct field_faults faults = {.arena = call->arena};
        bool known;
        TRY(account_by_id(call->db, call->arena, call->scope.tenant_id, body->account_id, &known, account));
        if (!known)
            field_fault(&faults, "/account_id", "unknown_account", "there is no such account");
        return field_faults_fault(&faults);
    }
    if (!is_given(body, ACCOUNT_MEMBER))
        return NULL;
    struct field_faults faults = {.arena = call->arena};
    struct customer_keys keys;
    customer_check(call->arena, &body->account, "/account", &keys, &faults);
    return account_resolve(call->db, call->arena, call->scope.tenant_id, body->account.name,
                           body->account.country, &keys, account);
}

/* The named AE, else the calling one; a deal that a CRM brings without an owner has none yet. */
static struct fault *owner_of(struct call *call, const struct create_body *body, bool is_machine,
                              int64_t *owner) {
    *owner = is_machine ? 0 : call->scope.person_id;
    if (!body->owner)
        return NULL;
    struct person_nominee nominee;
    bool known;
    TRY(person_nominee_find(call->db, call->arena, call->scope.tenant_id, body->owner, 0, &known, &nominee));
    TRY(deal_owner_verdict(call->arena, known, nominee.active, nominee.roles));
    *owner = nominee.person;
    return NULL;
}

static struct opportunity_new deal_of(struct call *call, const struct create_body *body, int64_t owner,
                                      const struct account *account) {
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    int64_t created_at = body->created_at == INSTANT_NONE ? call->scope.now_at : body->created_at;
    return (struct opportunity_new){
        .id = arena_text(call->arena, id),
        .account = account->key,
        .product_family = body->product_family ? body->product_family : "default",
        .crm_source = body->crm_source,
        .external_id = body->external_id,
        .created_at = created_at,
        .values =
            {
                .name = body->name,
                .amount = body->amount,
                .close_date = body->close_date,
                .owner = owner,
                .category_call = body->category_call,
                .next_step = body->next_step,
                .crm_stage = body->crm_stage,
                .stage_entered_at = created_at,
                .refreshed_at = created_at,
            },
    };
}

static struct fault *id_is_free(struct call *call, const struct create_body *body) {
    struct external_id_owner owner;
    if (!body->external_id)
        return NULL;
    TRY(external_id_find(call->db, call->arena, call->scope.tenant_id, body->crm_source, body->external_id,
                         &owner));
    return external_id_free_verdict(call->arena, &owner);
}

static struct fault *create_serve(struct call *call) {
    const struct create_body *body = call->request->body;
    const struct opportunity_creation creation = {
        .is_machine = call->roles & ROLE_BIT(ROLE_CRM_SYNC),
        .has_crm_source = body->crm_source,
        .has_external_id = body->external_id,
        .created_at = body->created_at,
        .now = call->scope.now_at,
    };
    struct account account;
    int64_t owner;
    TRY(opportunity_create_verdict(call->arena, &creation));
    TRY(account_tenant_lock(call->db, call->arena, call->scope.tenant_id));
    TRY(owner_of(call, body, creation.is_machine, &owner));
    TRY(account_of(call, body, &account));
    TRY(id_is_free(call, body));
    const struct opportunity_new deal = deal_of(call, body, owner, &account);
    TRY(opportunity_insert(call->db, call->arena, call->scope.tenant_id, &deal));
    TRY(claims_contradict(call, account.key, deal.product_family, deal.created_at,
                          claim_open_deal_reason(call->arena, deal.id)));
    return opportunity_answer(call, deal.id, 201);
}

const struct operation create_opportunity = {
    .name = "create_opportunity",
    .roles = ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &create_shape,
    .work = &(const struct call_work){create_serve},
};
