/* Ownership of fields: on a deal that a CRM feeds, a person's edit would be lost at the next sync, so it is
 * refused. */
#include "tandem/domain/opportunity.h"

#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/role.h"

#include <stddef.h>

static const struct {
    unsigned field;
    const char *pointer;
} members[] = {
    {OPPORTUNITY_NAME, "/name"},
    {OPPORTUNITY_AMOUNT, "/amount"},
    {OPPORTUNITY_CLOSE_DATE, "/close_date"},
    {OPPORTUNITY_OWNER, "/owner"},
    {OPPORTUNITY_CATEGORY_CALL, "/category_call"},
    {OPPORTUNITY_OUTCOME, "/outcome"},
    {OPPORTUNITY_CRM_STAGE, "/crm_stage"},
};

enum {
    REFRESHING = OPPORTUNITY_AMOUNT | OPPORTUNITY_CLOSE_DATE | OPPORTUNITY_CATEGORY_CALL |
                 OPPORTUNITY_CRM_STAGE | OPPORTUNITY_STAGE | OPPORTUNITY_NEXT_STEP | OPPORTUNITY_EVIDENCE
};

const struct choice category_calls[] = {{"omitted", CATEGORY_OMITTED},
                                        {"pipeline", CATEGORY_PIPELINE},
                                        {"best_case", CATEGORY_BEST_CASE},
                                        {"commit", CATEGORY_COMMIT},
                                        {NULL}};
const struct choice crm_stages[] = {{"discovery", ROLLUP_DISCOVERY},
                                    {"validation", ROLLUP_VALIDATION},
                                    {"proposal", ROLLUP_PROPOSAL},
                                    {"negotiation", ROLLUP_NEGOTIATION},
                                    {NULL}};
const struct choice deal_outcomes[] = {{"won", DEAL_WON}, {"lost", DEAL_LOST}, {NULL}};
const struct choice crm_outcomes[] = {
    {"open", DEAL_OPEN}, {"won", DEAL_WON}, {"lost", DEAL_LOST}, {"removed", DEAL_REMOVED}, {NULL}};

static struct fault *crm_owned(struct arena *arena, unsigned owned) {
    struct field_faults faults = {.arena = arena};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (owned & members[i].field)
            field_fault(&faults, members[i].pointer, "crm_owned_field",
                        "the CRM owns this field on this deal");
    struct fault *fault =
        fault_make(arena, PROBLEM_CRM_OWNED_FIELD, "change it in the CRM; it comes from there");
    fault->fields = faults.first;
    return fault;
}

struct fault *opportunity_patch_verdict(struct arena *arena, const struct opportunity_patch *patch) {
    if (patch->status == DEAL_REMOVED && !(patch->is_machine && (patch->given & OPPORTUNITY_OUTCOME)))
        return fault_make(arena, PROBLEM_DEAL_CLOSED,
                          "the deal was removed in the CRM; with an outcome the CRM brings it back");
    if (patch->is_machine)
        return NULL;
    if (patch->crm_linked && (patch->given & OPPORTUNITY_CRM_OWNED))
        return crm_owned(arena, patch->given & OPPORTUNITY_CRM_OWNED);
    if (patch->status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "a closed deal is not edited");
    struct field_faults faults = {.arena = arena};
    if (patch->given & OPPORTUNITY_OUTCOME)
        field_fault(&faults, "/outcome", "not_patchable", "a deal is closed by its own operation");
    return field_faults_fault(&faults);
}

bool opportunity_is_refreshed(unsigned changed) {
    return changed & REFRESHING;
}

bool opportunity_is_pushed(int32_t old_close_on, int32_t new_close_on) {
    return old_close_on != DATE_NONE && new_close_on != DATE_NONE && new_close_on > old_close_on;
}

static struct fault *not_eligible(struct arena *arena, const struct field_faults *faults,
                                  const char *detail) {
    if (!field_faults_any(faults))
        return NULL;
    struct fault *fault = fault_make(arena, PROBLEM_PERSON_NOT_ELIGIBLE, "%s", detail);
    fault->fields = faults->first;
    return fault;
}

struct fault *deal_owner_verdict(struct arena *arena, bool known, bool active, unsigned roles) {
    struct field_faults faults = {.arena = arena};
    if (!known)
        field_fault(&faults, "/owner", "unknown_person", "there is no such person");
    else if (!active)
        field_fault(&faults, "/owner", "inactive", "the person is not active");
    else if (!(roles & ROLE_BIT(ROLE_AE)))
        field_fault(&faults, "/owner", "not_an_ae", "the owner of a deal has the role ae");
    return not_eligible(arena, &faults, "the deal needs another owner");
}

struct fault *partner_rep_verdict(struct arena *arena, const struct partner_rep *rep) {
    struct field_faults faults = {.arena = arena};
    if (!rep->has_partner) {
        field_fault(&faults, "/partner_rep", "no_partner", "nobody stands for a partner on a direct deal");
        return field_faults_fault(&faults);
    }
    if (rep->beside_lead) {
        field_fault(&faults, "/partner_rep", "not_lead",
                    "another partner leads; its representative acts on the deal");
        return field_faults_fault(&faults);
    }
    if (!rep->known)
        field_fault(&faults, "/partner_rep", "unknown_person", "there is no such person");
    else if (!rep->active)
        field_fault(&faults, "/partner_rep", "inactive", "the person is not active");
    else if (!(rep->roles & ROLE_BIT(ROLE_PARTNER_REP)) || !rep->of_partner)
        field_fault(&faults, "/partner_rep", "not_of_partner",
                    "a representative of the deal's partner is needed");
    return not_eligible(arena, &faults, "somebody else has to stand for the partner");
}

struct fault *lead_change_verdict(struct arena *arena, const struct lead_change *change) {
    bool is_leader = change->roles & ROLE_BIT(ROLE_PARTNERSHIPS_LEADER);
    if (!is_leader && !((change->roles & ROLE_BIT(ROLE_PARTNER_MANAGER)) && change->manages_partner))
        return fault_make(
            arena, PROBLEM_NOT_PARTNER_MANAGER,
            "the manager of the partner that leads, or a partnerships leader, changes who leads");
    if (change->status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "nobody takes over a closed deal");
    struct field_faults faults = {.arena = arena};
    if (change->claim_state == CLAIM_NONE)
        field_fault(&faults, "/lead_partner", "no_claim",
                    "only a partner with a claim on the deal may lead it");
    else if (change->claim_state == CLAIM_LAPSED)
        field_fault(&faults, "/lead_partner", "claim_lapsed", "the partner's claim has lapsed or came late");
    if (!change->has_rep)
        field_fault(&faults, "/partner_rep", "required", "say who acts for the new lead partner");
    return field_faults_fault(&faults);
}

struct fault *opportunity_create_verdict(struct arena *arena, const struct opportunity_creation *creation) {
    struct field_faults faults = {.arena = arena};
    const struct {
        const char *pointer;
        bool given;
    } links[] = {{"/crm_source", creation->has_crm_source}, {"/external_id", creation->has_external_id}};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (creation->is_machine && !links[i].given)
            field_fault(&faults, links[i].pointer, "required", "a deal from a CRM carries the CRM's id");
        else if (!creation->is_machine && links[i].given)
            field_fault(&faults, links[i].pointer, "not_by_hand", "only the CRM links a deal to itself");
    if (creation->created_at != INSTANT_NONE && !creation->is_machine)
        field_fault(&faults, "/created_at", "not_by_hand", "only a CRM knows an earlier creation");
    else if (creation->created_at > creation->now)
        field_fault(&faults, "/created_at", "in_future", "the deal cannot have been made after now");
    return field_faults_fault(&faults);
}

/* Open (again), or removed: nothing closed it. */
static struct fault *not_closed_verdict(struct arena *arena, const struct outcome_report *report) {
    struct field_faults faults = {.arena = arena};
    const bool removed = report->outcome == DEAL_REMOVED;
    if (removed && !report->crm_linked)
        field_fault(&faults, "/outcome/outcome", "not_linked",
                    "no CRM has this deal; close it as lost, or merge it");
    if (report->closed_on != DATE_NONE)
        field_fault(&faults, "/outcome/closed_on", "not_applicable", "%s deal has not closed",
                    removed ? "a removed" : "an open");
    if (report->reason_code != -1)
        field_fault(&faults, "/outcome/reason_code", "not_applicable", "%s deal has no reason code",
                    removed ? "a removed" : "an open");
    return field_faults_fault(&faults);
}

static enum outcome_step outcome_step(const struct outcome_report *report) {
    if (report->status == report->outcome)
        return OUTCOME_REPEATED;
    if (report->outcome == DEAL_REMOVED)
        return OUTCOME_REMOVES;
    if (report->status == DEAL_REMOVED)
        return OUTCOME_RESTORES;
    if (report->outcome == DEAL_OPEN)
        return OUTCOME_REOPENS;
    return report->status == DEAL_OPEN ? OUTCOME_CLOSES : OUTCOME_TURNS;
}

struct fault *outcome_verdict(struct arena *arena, const struct outcome_report *report,
                              enum outcome_step *step) {
    struct field_faults faults = {.arena = arena};
    *step = outcome_step(report);
    if (report->outcome == DEAL_OPEN || report->outcome == DEAL_REMOVED)
        return not_closed_verdict(arena, report);
    if (report->closed_on == DATE_NONE)
        field_fault(&faults, "/outcome/closed_on", "required", "say on which day it closed");
    else if (report->closed_on > report->today)
        field_fault(&faults, "/outcome/closed_on", "in_future", "the day has not come yet");
    if (report->outcome == DEAL_WON && report->reason_code != -1)
        field_fault(&faults, "/outcome/reason_code", "not_applicable", "a won deal has no reason code");
    return field_faults_fault(&faults);
}
