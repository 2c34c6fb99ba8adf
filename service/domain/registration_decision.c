/* Who decides a registration, who may be named at its approval, and what has to be settled before. */
#include "tandem/domain/registration.h"

#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/role.h"

/* true when the person exists and is active; otherwise it is said. */
static bool nominee_present(const struct nominee *nominee, const char *pointer, struct field_faults *faults) {
    if (!nominee->known)
        field_fault(faults, pointer, "unknown_person", "there is no such person");
    else if (!nominee->active)
        field_fault(faults, pointer, "inactive_person", "the person is not active");
    return nominee->known && nominee->active;
}

static void check_ae(const struct nominee *ae, int64_t owner, struct field_faults *faults) {
    if (!nominee_present(ae, "/ae", faults))
        return;
    if (!(ae->roles & ROLE_BIT(ROLE_AE)))
        field_fault(faults, "/ae", "missing_role", "the person does not have the role ae");
    else if (owner && ae->person != owner)
        field_fault(faults, "/ae", "not_owner", "the named deal has an owner: name that person");
}

static void check_manager(const struct nominee *manager, struct field_faults *faults) {
    if (!nominee_present(manager, "/partner_manager", faults))
        return;
    if (!(manager->roles & ROLES_MANAGER))
        field_fault(faults, "/partner_manager", "missing_role",
                    "the person has neither the role partner_manager nor partnerships_leader");
    else if (!(manager->roles & ROLE_BIT(ROLE_PARTNERSHIPS_LEADER)) && !manager->manages_partner)
        field_fault(faults, "/partner_manager", "not_partner_manager",
                    "the person does not manage this partner");
}

static void check_rep(const struct nominee *rep, struct field_faults *faults) {
    if (!rep->known && !rep->person)
        return; /* given by name and e-mail: becomes a person by the approval */
    if (!nominee_present(rep, "/partner_rep", faults))
        return;
    if (!rep->of_partner)
        field_fault(faults, "/partner_rep", "not_of_partner", "the person does not belong to this partner");
    else if (!(rep->roles & ROLE_BIT(ROLE_PARTNER_REP)))
        field_fault(faults, "/partner_rep", "missing_role", "the person does not have the role partner_rep");
}

static struct fault *not_eligible(struct arena *arena, const struct field_faults *faults) {
    if (!field_faults_any(faults))
        return NULL;
    struct fault *fault =
        fault_make(arena, PROBLEM_PERSON_NOT_ELIGIBLE, "a named person cannot take this part");
    fault->fields = faults->first;
    return fault;
}

static struct fault *nominees_verdict(struct arena *arena, const struct approval *approval) {
    struct field_faults faults = {.arena = arena};
    check_ae(&approval->ae, approval->link.owner, &faults);
    check_manager(&approval->partner_manager, &faults);
    if (approval->ae.known && approval->ae.person == approval->partner_manager.person)
        field_fault(&faults, "/partner_manager", "same_person",
                    "the AE and the partner manager are one person");
    check_rep(&approval->partner_rep, &faults);
    return not_eligible(arena, &faults);
}

struct fault *partner_manager_verdict(struct arena *arena, const struct nominee *manager) {
    struct field_faults faults = {.arena = arena};
    if (nominee_present(manager, "/manager", &faults) && !(manager->roles & ROLES_MANAGER))
        field_fault(&faults, "/manager", "missing_role",
                    "the person has neither the role partner_manager nor partnerships_leader");
    return not_eligible(arena, &faults);
}

struct fault *registration_decider_verdict(struct arena *arena, unsigned roles, bool manages_partner) {
    if (manages_partner || (roles & ROLE_BIT(ROLE_PARTNERSHIPS_LEADER)))
        return NULL;
    return fault_make(arena, PROBLEM_NOT_PARTNER_MANAGER,
                      "a partner manager decides on registrations of the partners it manages");
}

/* The way out of what still stands against an approval. */
static const char *next_step(const struct candidate *by, int resolution) {
    if (by->kind == CANDIDATE_OPPORTUNITY && by->own_account)
        return "it is open: name it in `opportunity_id` with the resolution linked, close it first, or "
               "reject "
               "with existing_deal";
    if (by->same_partner)
        return "it is the partner's own: let the partner withdraw one of the two, or wait until the "
               "protection ends";
    if (!by->own_account && resolution != RESOLUTION_NOT_SAME)
        return "say not_same in `resolution` when this is another customer, else reject";
    return "reject with other_partner_first, or wait until its protection ends";
}

static struct fault *conflict_verdict(struct arena *arena, const struct approval *approval) {
    const struct conflict left = registration_unsettled(approval->candidates, approval->candidate_count,
                                                        approval->resolution, approval->link.deal);
    char at[INSTANT_TEXT_SIZE];
    if (left.earlier_pending) {
        const struct candidate *first = left.first_pending;
        instant_format(first->submitted_at, at);
        return fault_make(
            arena, PROBLEM_EARLIER_REGISTRATION_PENDING,
            "registration %s of %s came earlier and is undecided: decide it first%s", first->id, at,
            first->own_account ? "" : ", or say not_same in `resolution` when it is another customer's");
    }
    if (left.verdict == VERDICT_CLEAR)
        return NULL;
    return fault_make(arena, PROBLEM_CONFLICT_UNRESOLVED, "%s by the rule %s, because of %s %s; %s",
                      choice_name(registration_verdicts, left.verdict), left.rule,
                      choice_name(candidate_kinds, left.by->kind), left.by->id,
                      next_step(left.by, approval->resolution));
}

static void check_link(const struct deal_link *link, struct field_faults *faults) {
    if (!link->same_account)
        field_fault(faults, "/opportunity_id", "other_account",
                    "the deal stands on another account: let the partner correct the customer");
    if (!link->same_family)
        field_fault(faults, "/opportunity_id", "other_family",
                    "the deal is of another product family: let the partner correct the family");
}

/* A claim is made on a deal that is open, one for each partner. */
static struct fault *link_verdict(struct arena *arena, const struct deal_link *link) {
    if (!link->deal)
        return NULL;
    if (link->status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED,
                          "the named deal is %s and takes no claim: approve without it, or name an open one",
                          choice_name(deal_statuses, link->status));
    if (link->has_claim)
        return fault_make(arena, PROBLEM_CLAIM_EXISTS,
                          "the partner has a claim on the named deal: approve without it, or reject with "
                          "existing_deal");
    return NULL;
}

static struct fault *resolution_verdict(struct arena *arena, const struct approval *approval) {
    struct field_faults faults = {.arena = arena};
    if (approval->link.deal)
        check_link(&approval->link, &faults);
    if (approval->resolution < 0)
        return NULL;
    if (text_is_placeholder(approval->resolution_reason))
        field_fault(&faults, "/resolution/reason", "placeholder", "the text says nothing");
    bool found =
        registration_verdict(approval->candidates, approval->candidate_count).verdict != VERDICT_CLEAR;
    bool was_found =
        approval->resolution == RESOLUTION_OTHER_CLOSED && approval->verdict_before != VERDICT_CLEAR;
    if (!found && !was_found && !approval->link.deal)
        field_fault(&faults, "/resolution", "nothing_to_resolve",
                    "the check finds no conflict: approve without it");
    return field_faults_fault(&faults);
}

struct fault *registration_approve_verdict(struct arena *arena, const struct approval *approval) {
    if (approval->state != REGISTRATION_SUBMITTED)
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "only a submitted registration can be approved, this one is %s",
                          choice_name(registration_states, approval->state));
    TRY(resolution_verdict(arena, approval));
    TRY(link_verdict(arena, &approval->link));
    TRY(conflict_verdict(arena, approval));
    return nominees_verdict(arena, approval);
}

struct fault *registration_reject_verdict(struct arena *arena, int state, const char *text) {
    if (!registration_is_undecided(state))
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "only an undecided registration can be rejected, this one is %s",
                          choice_name(registration_states, state));
    struct field_faults faults = {.arena = arena};
    if (!text)
        field_fault(
            &faults, "/reason", "required",
            "a rejection says why: the vendor reads the text, the partner the public rule of the code");
    else if (text_is_placeholder(text))
        field_fault(&faults, "/reason", "placeholder", "the text says nothing");
    return field_faults_fault(&faults);
}
