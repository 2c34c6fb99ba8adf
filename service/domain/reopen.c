/* Reopening undoes a close and nothing else: evidence, claim and signatures stay, an exclusivity that ended stays
 * ended. */
#include "tandem/domain/stage.h"

#include "tandem/base/fault.h"
#include "tandem/base/text.h"

struct fault *reopen_verdict(struct arena *arena, const struct reopen *reopen) {
    if (reopen->status != DEAL_WON && reopen->status != DEAL_LOST)
        return fault_make(arena, PROBLEM_INVALID_STATE, "the deal is %s; a won or a lost one is reopened",
                          choice_name(deal_statuses, reopen->status));
    if (reopen->crm_owned)
        return fault_make(arena, PROBLEM_CRM_OWNED_FIELD,
                          "the CRM owns the outcome of this deal; reopen it there");
    struct field_faults faults = {.arena = arena};
    if (!reopen->reason)
        field_fault(&faults, "/reason", "required", "reopening a deal needs a reason");
    else if (text_is_placeholder(reopen->reason))
        field_fault(&faults, "/reason", "placeholder", "the reason says nothing");
    return field_faults_fault(&faults);
}

int reopened_stage(int stage, int last_stage, bool carried) {
    if (!carried && stage > 1)
        return 1;
    return stage == last_stage && stage > 1 ? stage - 1 : stage;
}
