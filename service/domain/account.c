/* Changing an account: its domains only grow, each is one account's own, and parents stand in no circle. */
#include "tandem/domain/account.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

static struct fault *fields_verdict(struct arena *arena, const struct account_change *change) {
    struct field_faults faults = {.arena = arena};
    if (change->lost_domain)
        field_fault(&faults, "/domains", "not_removable",
                    "deals and registrations were found by %s: it stays, so give it too",
                    change->lost_domain);
    if (change->parent_unknown)
        field_fault(&faults, "/parent", "unknown_account", "there is no such account");
    else if (change->parent_below)
        field_fault(&faults, "/parent", "cycle", "the parent stands below this account, or is it");
    return field_faults_fault(&faults);
}

struct fault *account_change_verdict(struct arena *arena, const struct account_change *change) {
    struct field_faults faults = {.arena = arena};
    TRY(fields_verdict(arena, change));
    for (size_t i = 0; i < change->domain_count; i++)
        if (change->domains[i].taken_by)
            field_fault(&faults, arena_format(arena, "/domains/%zu", i), "taken",
                        "%s belongs to the account %s (%s)", change->domains[i].domain,
                        change->domains[i].taken_by_name, change->domains[i].taken_by);
    if (!field_faults_any(&faults))
        return NULL;
    struct fault *fault = fault_make(arena, PROBLEM_ALREADY_EXISTS, "another account has a domain of these");
    fault->fields = faults.first;
    return fault;
}
