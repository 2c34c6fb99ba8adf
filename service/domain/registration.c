/* What a registration collides with, who may be named at its approval, and what the partner may read of it.
 * Every candidate is judged alone; the gravest judgement is the verdict, so the order of the search does not
 * matter. */
#include "tandem/domain/registration.h"

#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/role.h"

const struct choice registration_states[] = {{"submitted", REGISTRATION_SUBMITTED},
                                             {"changes_requested", REGISTRATION_CHANGES_REQUESTED},
                                             {"approved", REGISTRATION_APPROVED},
                                             {"rejected", REGISTRATION_REJECTED},
                                             {"withdrawn", REGISTRATION_WITHDRAWN},
                                             {"expired", REGISTRATION_EXPIRED},
                                             {NULL}};

const struct choice registration_verdicts[] = {{"clear", VERDICT_CLEAR},
                                               {"contested", VERDICT_CONTESTED},
                                               {"existing_deal", VERDICT_EXISTING_DEAL},
                                               {"duplicate_of_own", VERDICT_DUPLICATE_OF_OWN},
                                               {NULL}};

const struct choice partner_verdicts[] = {{"received", PARTNER_VERDICT_RECEIVED},
                                          {"clear", PARTNER_VERDICT_CLEAR},
                                          {"not_clear", PARTNER_VERDICT_NOT_CLEAR},
                                          {NULL}};

const struct choice reject_reasons[] = {{"existing_deal", REJECT_EXISTING_DEAL},
                                        {"other_partner_first", REJECT_OTHER_PARTNER_FIRST},
                                        {"insufficient_information", REJECT_INSUFFICIENT_INFORMATION},
                                        {"not_qualified", REJECT_NOT_QUALIFIED},
                                        {"out_of_territory", REJECT_OUT_OF_TERRITORY},
                                        {"other", REJECT_OTHER},
                                        {NULL}};

const struct choice matches[] = {
    {"domain", MATCH_DOMAIN}, {"name", MATCH_NAME}, {"similar", MATCH_SIMILAR}, {NULL}};

const struct choice candidate_kinds[] = {{"registration", CANDIDATE_REGISTRATION},
                                         {"opportunity", CANDIDATE_OPPORTUNITY},
                                         {"account", CANDIDATE_ACCOUNT},
                                         {NULL}};

bool registration_is_undecided(int state) {
    return state == REGISTRATION_SUBMITTED || state == REGISTRATION_CHANGES_REQUESTED;
}

/* -- conflict -- */
static const struct conflict no_conflict = {VERDICT_CLEAR, "no_conflict", false};

static struct conflict beside_registration(const struct candidate *candidate) {
    bool earlier = registration_is_undecided(candidate->state) && candidate->submitted_earlier;
    bool is_protected = candidate->state == REGISTRATION_APPROVED && candidate->is_protected;
    if (candidate->same_partner) {
        if (is_protected)
            return (struct conflict){VERDICT_DUPLICATE_OF_OWN, "own_protection", false};
        return earlier ? (struct conflict){VERDICT_DUPLICATE_OF_OWN, "own_registration", false} : no_conflict;
    }
    if (is_protected)
        return (struct conflict){VERDICT_CONTESTED, "protected_registration", false};
    return earlier ? (struct conflict){VERDICT_CONTESTED, "earlier_registration", true} : no_conflict;
}

/* What stands beside the registration, taken as the same customer's. */
static struct conflict beside(const struct candidate *candidate) {
    if (candidate->other_family)
        return no_conflict;
    if (candidate->kind == CANDIDATE_REGISTRATION)
        return beside_registration(candidate);
    if (candidate->kind == CANDIDATE_OPPORTUNITY && candidate->state == DEAL_OPEN && !candidate->same_partner)
        return (struct conflict){VERDICT_EXISTING_DEAL, "open_opportunity", false};
    return no_conflict;
}

struct conflict candidate_verdict(const struct candidate *candidate) {
    if (candidate->account_differs)
        return (struct conflict){VERDICT_CONTESTED, "domain_and_name_differ", false};
    struct conflict found = beside(candidate);
    if (candidate->matched_by != MATCH_SIMILAR || found.verdict == VERDICT_CLEAR)
        return found;
    if (found.verdict == VERDICT_DUPLICATE_OF_OWN)
        return (struct conflict){VERDICT_DUPLICATE_OF_OWN, "own_similar_name", false};
    return (struct conflict){VERDICT_CONTESTED, "similar_name", found.earlier_pending};
}

struct conflict registration_verdict(const struct candidate *candidates, size_t count) {
    static const int gravity[] = {[VERDICT_CLEAR] = 0,
                                  [VERDICT_DUPLICATE_OF_OWN] = 1,
                                  [VERDICT_CONTESTED] = 2,
                                  [VERDICT_EXISTING_DEAL] = 3};
    struct conflict gravest = no_conflict;
    bool earlier_pending = false;
    for (size_t i = 0; i < count; i++) {
        struct conflict found = candidate_verdict(&candidates[i]);
        earlier_pending |= found.earlier_pending;
        if (gravity[found.verdict] > gravity[gravest.verdict])
            gravest = found;
    }
    gravest.earlier_pending = earlier_pending;
    return gravest;
}

enum partner_verdict registration_partner_verdict(int state, int verdict, int reject_reason) {
    if (state == REGISTRATION_APPROVED)
        return PARTNER_VERDICT_CLEAR;
    if (state != REGISTRATION_REJECTED)
        return PARTNER_VERDICT_RECEIVED;
    bool taken = reject_reason == REJECT_EXISTING_DEAL || reject_reason == REJECT_OTHER_PARTNER_FIRST;
    return verdict == VERDICT_CLEAR && !taken ? PARTNER_VERDICT_CLEAR : PARTNER_VERDICT_NOT_CLEAR;
}

const char *registration_public_rule(int state, int reject_reason) {
    if (state == REGISTRATION_APPROVED)
        return "first_in_time";
    if (state != REGISTRATION_REJECTED)
        return NULL;
    bool taken = reject_reason == REJECT_EXISTING_DEAL || reject_reason == REJECT_OTHER_PARTNER_FIRST;
    return taken ? "not_first" : choice_name(reject_reasons, reject_reason);
}

/* -- decision -- */
/* true when the person exists and is active; otherwise it is said. */
static bool nominee_present(const struct nominee *nominee, const char *pointer, struct field_faults *faults) {
    if (!nominee->known)
        field_fault(faults, pointer, "unknown_person", "there is no such person");
    else if (!nominee->active)
        field_fault(faults, pointer, "inactive_person", "the person is not active");
    return nominee->known && nominee->active;
}

static void check_ae(const struct nominee *ae, struct field_faults *faults) {
    if (nominee_present(ae, "/ae", faults) && !(ae->roles & ROLE_BIT(ROLE_AE)))
        field_fault(faults, "/ae", "missing_role", "the person does not have the role ae");
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
    check_ae(&approval->ae, &faults);
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

struct fault *registration_approve_verdict(struct arena *arena, const struct approval *approval) {
    if (approval->state != REGISTRATION_SUBMITTED)
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "only a submitted registration can be approved, this one is %s",
                          choice_name(registration_states, approval->state));
    if (approval->conflict.earlier_pending)
        return fault_make(arena, PROBLEM_EARLIER_REGISTRATION_PENDING,
                          "an earlier registration for this customer waits for its decision");
    if (approval->conflict.verdict != VERDICT_CLEAR)
        return fault_make(arena, PROBLEM_CONFLICT_UNRESOLVED, "the conflict search says %s by the rule %s",
                          choice_name(registration_verdicts, approval->conflict.verdict),
                          approval->conflict.rule);
    return nominees_verdict(arena, approval);
}

struct fault *registration_reject_verdict(struct arena *arena, int state, const char *text) {
    if (!registration_is_undecided(state))
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "only an undecided registration can be rejected, this one is %s",
                          choice_name(registration_states, state));
    struct field_faults faults = {.arena = arena};
    if (!text)
        field_fault(&faults, "/reason", "required", "a rejection tells the partner why");
    else if (text_is_placeholder(text))
        field_fault(&faults, "/reason", "placeholder", "the text says nothing");
    return field_faults_fault(&faults);
}
