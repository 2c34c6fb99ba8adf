/* The body and the beginning of both merges. */
#include "merge_body.h"

#include "tandem/base/fault.h"
#include "tandem/store/account.h"
#include "tandem/store/external_id.h"

static const struct field merge_body_fields[] = {
    {"from", FIELD_UUID, offsetof(struct merge_body, from), FIELD_REQUIRED},
    {"reason", FIELD_TEXT, offsetof(struct merge_body, reason), 0, 1, 1000},
};
const struct shape merge_body_shape = {merge_body_fields,
                                       sizeof merge_body_fields / sizeof *merge_body_fields,
                                       sizeof(struct merge_body), SHAPE_NO_PRESENCE};

struct fault *merge_begin(struct call *call) {
    TRY(account_tenant_lock(call->db, call->arena, call->scope.tenant_id));
    return external_id_lock(call->db, call->arena, call->scope.tenant_id);
}

struct fault *merge_known(struct arena *arena, const char *noun, const char *unknown, bool survivor,
                          bool merged) {
    if (!survivor)
        return work_not_found(arena, noun);
    struct field_faults faults = {.arena = arena};
    if (!merged)
        field_fault(&faults, "/from", unknown, "there is no such %s", noun);
    return field_faults_fault(&faults);
}
