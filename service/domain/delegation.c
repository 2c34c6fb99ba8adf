/* Lending a duty to sign: who may lend it, to whom, for which days. */
#include "tandem/domain/delegation.h"

#include "tandem/base/fault.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/role.h"

static unsigned duty_roles(int duty) {
    return duty == SIGNOFF_AE ? ROLE_BIT(ROLE_AE) : (unsigned)ROLES_MANAGER;
}

static struct fault *days_verdict(struct arena *arena, const struct delegation_request *request) {
    struct field_faults faults = {.arena = arena};
    if (request->to_on < request->from_on)
        field_fault(&faults, "/to", "before_from", "the last day is not before the first");
    else if (request->active && request->to_on < request->today)
        field_fault(&faults, "/to", "in_past", "the last day is over: nothing can be signed then any more");
    return field_faults_fault(&faults);
}

static void delegate_check(const struct delegation_request *request, struct field_faults *faults) {
    const struct delegation_party *delegate = &request->delegate;
    if (!delegate->person)
        field_fault(faults, "/delegate", "unknown_person", "there is no such person");
    else if (delegate->person == request->person.person)
        field_fault(faults, "/delegate", "same_person", "a duty is delegated to somebody else");
    else if (!delegate->active)
        field_fault(faults, "/delegate", "inactive_person", "the person is not active");
    else if (!(delegate->roles & duty_roles(request->duty)))
        field_fault(faults, "/delegate", "missing_role", "the person has no role that signs as %s",
                    choice_name(signoff_roles, request->duty));
}

static struct fault *parties_verdict(struct arena *arena, const struct delegation_request *request) {
    struct field_faults faults = {.arena = arena};
    if (!(request->person.roles & duty_roles(request->duty)))
        field_fault(&faults, "/duty", "missing_role", "the person has no role that signs as %s",
                    choice_name(signoff_roles, request->duty));
    delegate_check(request, &faults);
    if (!field_faults_any(&faults))
        return NULL;
    struct fault *fault =
        fault_make(arena, PROBLEM_PERSON_NOT_ELIGIBLE, "a named person cannot take this part");
    fault->fields = faults.first;
    return fault;
}

struct fault *delegation_verdict(struct arena *arena, const struct delegation_request *request) {
    if (request->caller != request->person.person && !(request->caller_roles & ROLE_BIT(ROLE_ADMIN)))
        return fault_make(arena, PROBLEM_INSUFFICIENT_SCOPE,
                          "a duty is delegated by the person who has it, or by an admin");
    TRY(days_verdict(arena, request));
    const int64_t delegate = request->delegate.person;
    if (!request->active && delegate && delegate != request->person.person)
        return NULL;
    TRY(parties_verdict(arena, request));
    if (request->conflicting_deal)
        return fault_make(
            arena, PROBLEM_SAME_SIGNER,
            "on the deal %s the delegate is the other signer: choose somebody else, or let that "
            "claim be signed first",
            request->conflicting_deal);
    return NULL;
}
