/* Merging accounts. What two partners hold by their registrations is never decided by a merge: it is refused. */
#include "tandem/domain/account_merge.h"

#include <string.h>

#include "tandem/base/fault.h"

struct fault *account_merged_verdict(struct arena *arena, const char *merged_into, const char *name) {
    return merged_into
               ? fault_make(arena, PROBLEM_INVALID_STATE,
                            "the account was merged into %s (%s): go on with that one", merged_into, name)
               : NULL;
}

static struct fault *own_verdict(struct arena *arena, const struct account_of_merge *account) {
    return account_merged_verdict(arena, account->merged_into, account->merged_into_name);
}

struct fault *account_merge_verdict(struct arena *arena, const struct account_merge *merge,
                                    enum account_merge_step *step) {
    const struct account_of_merge *survivor = &merge->survivor, *merged = &merge->merged;
    struct field_faults faults = {.arena = arena};
    if (strcmp(survivor->id, merged->id) == 0)
        field_fault(&faults, "/from", "same", "an account is not merged into itself");
    TRY(field_faults_fault(&faults));
    TRY(own_verdict(arena, survivor));
    *step = ACCOUNT_MERGE_REPEATED;
    if (merged->merged_into && strcmp(merged->merged_into, survivor->id) == 0)
        return NULL;
    TRY(own_verdict(arena, merged));
    *step = ACCOUNT_MERGE_NEEDED;
    if (!merge->rival_count)
        return NULL;
    return fault_make(
        arena, PROBLEM_NOT_MERGEABLE,
        "the registrations %s and %s are both protected for the product family %s: the deal of one of "
        "them has to close, or its protection to end, before the accounts are one",
        merge->rivals->survivors, merge->rivals->others, merge->rivals->product_family);
}

int64_t account_merge_parent(const struct account_merge *merge) {
    if (merge->survivor.below)
        return merge->merged.parent;
    if (merge->survivor.parent)
        return merge->survivor.parent;
    return merge->merged.below ? 0 : merge->merged.parent;
}
