/* merge_accounts: the account of the path stays, the one in the body is a further name of it from now on. What is known
 * together may speak against sourced claims: they are disputed, and flip nothing. */
#include "tandem/store/account_merge.h"

#include "account.h"
#include "claim.h"
#include "merge_body.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/http/operation.h"

struct pair {
    struct account_shown survivor, merged;
};

static struct fault *pair_lock(struct call *call, struct pair *pair) {
    const struct merge_body *body = call->request->body;
    const char *survivor = call->request->path_values[0];
    const int32_t tenant_id = call->scope.tenant_id;
    bool known, other_known;
    TRY(merge_begin(call));
    TRY(account_merge_lock(call->db, call->arena, tenant_id, survivor, body->from));
    TRY(account_find_shown(call->db, call->arena, tenant_id, survivor, &known, &pair->survivor));
    TRY(account_find_shown(call->db, call->arena, tenant_id, body->from, &other_known, &pair->merged));
    return merge_known(call->arena, "account", "unknown_account", known, other_known);
}

static struct account_of_merge account_of(const struct account_shown *account) {
    return (struct account_of_merge){.id = account->id,
                                     .merged_into = account->merged_into,
                                     .merged_into_name = account->merged_into_name};
}

static struct fault *claims_contradict_all(struct call *call, int64_t account) {
    struct account_contradiction *found;
    size_t count;
    TRY(account_contradictions(call->db, call->arena, call->scope.tenant_id, account, &found, &count));
    for (size_t i = 0; i < count; i++)
        TRY(claims_contradict_deal(call, found[i].claimed, found[i].dated_at,
                                   found[i].activity_id
                                       ? claim_engaged_reason(call->arena, found[i].activity_id)
                                       : claim_open_deal_reason(call->arena, found[i].opportunity)));
    return NULL;
}

static struct fault *merge_serve(struct call *call) {
    const struct merge_body *body = call->request->body;
    const int32_t tenant_id = call->scope.tenant_id;
    enum account_merge_step step;
    struct pair pair;
    bool found;
    TRY(pair_lock(call, &pair));
    const int64_t survivor = pair.survivor.key, merged = pair.merged.key;
    struct account_merge merge = {.survivor = account_of(&pair.survivor), .merged = account_of(&pair.merged)};
    TRY(account_merge_facts(call->db, call->arena, tenant_id, survivor, merged, &merge));
    TRY(account_merge_verdict(call->arena, &merge, &step));
    if (step == ACCOUNT_MERGE_NEEDED) {
        TRY(account_merge_write(call->db, call->arena, tenant_id, survivor, merged,
                                account_merge_parent(&merge), body->reason));
        TRY(claims_contradict_all(call, survivor));
    }
    TRY(account_find_shown(call->db, call->arena, tenant_id, pair.survivor.id, &found, &pair.survivor));
    account_reply(call->request, &pair.survivor);
    return NULL;
}

const struct operation merge_accounts = {
    .name = "merge_accounts",
    .roles = ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_CRM_SYNC) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &merge_body_shape,
    .work = &(const struct call_work){merge_serve},
};
