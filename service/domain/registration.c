/* What a registration collides with, and what the partner may read of it. Every candidate is judged alone; the gravest
 * judgement is the verdict, so the order of the search does not matter. */
#include "tandem/domain/registration.h"

#include <string.h>

#include "tandem/domain/deal.h"

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

const struct choice resolution_kinds[] = {{"not_same", RESOLUTION_NOT_SAME},
                                          {"linked", RESOLUTION_LINKED},
                                          {"other_closed", RESOLUTION_OTHER_CLOSED},
                                          {NULL}};

const struct choice candidate_kinds[] = {{"registration", CANDIDATE_REGISTRATION},
                                         {"opportunity", CANDIDATE_OPPORTUNITY},
                                         {"account", CANDIDATE_ACCOUNT},
                                         {NULL}};

bool registration_is_undecided(int state) {
    return state == REGISTRATION_SUBMITTED || state == REGISTRATION_CHANGES_REQUESTED;
}

static const struct conflict no_conflict = {.verdict = VERDICT_CLEAR, .rule = "no_conflict"};

static struct conflict beside_registration(const struct candidate *candidate) {
    bool earlier = registration_is_undecided(candidate->state) && candidate->submitted_earlier;
    bool is_protected = candidate->state == REGISTRATION_APPROVED && candidate->is_protected;
    if (candidate->same_partner) {
        if (is_protected)
            return (struct conflict){.verdict = VERDICT_DUPLICATE_OF_OWN, .rule = "own_protection"};
        return earlier ? (struct conflict){.verdict = VERDICT_DUPLICATE_OF_OWN, .rule = "own_registration"}
                       : no_conflict;
    }
    if (is_protected)
        return (struct conflict){.verdict = VERDICT_CONTESTED, .rule = "protected_registration"};
    return earlier ? (struct conflict){.verdict = VERDICT_CONTESTED,
                                       .rule = "earlier_registration",
                                       .earlier_pending = true}
                   : no_conflict;
}

/* What stands beside the registration, taken as the same customer's. */
static struct conflict beside(const struct candidate *candidate) {
    if (candidate->other_family)
        return no_conflict;
    if (candidate->kind == CANDIDATE_REGISTRATION)
        return beside_registration(candidate);
    if (candidate->kind == CANDIDATE_OPPORTUNITY && candidate->state == DEAL_OPEN && !candidate->same_partner)
        return (struct conflict){.verdict = VERDICT_EXISTING_DEAL, .rule = "open_opportunity"};
    return no_conflict;
}

struct conflict candidate_verdict(const struct candidate *candidate) {
    if (candidate->account_differs)
        return (struct conflict){.verdict = VERDICT_CONTESTED, .rule = "domain_and_name_differ"};
    struct conflict found = beside(candidate);
    if (candidate->matched_by != MATCH_SIMILAR || found.verdict == VERDICT_CLEAR)
        return found;
    if (found.verdict == VERDICT_DUPLICATE_OF_OWN)
        return (struct conflict){.verdict = VERDICT_DUPLICATE_OF_OWN, .rule = "own_similar_name"};
    return (struct conflict){
        .verdict = VERDICT_CONTESTED, .rule = "similar_name", .earlier_pending = found.earlier_pending};
}

bool candidate_is_settled(const struct candidate *candidate, int resolution, const char *deal) {
    bool elsewhere = !candidate->own_account;
    if (resolution != RESOLUTION_LINKED)
        return resolution == RESOLUTION_NOT_SAME && elsewhere;
    bool of_deal = candidate->deal && strcmp(candidate->deal, deal) == 0;
    return elsewhere || of_deal || candidate->kind == CANDIDATE_OPPORTUNITY;
}

struct conflict registration_unsettled(const struct candidate *candidates, size_t count, int resolution,
                                       const char *deal) {
    static const int gravity[] = {[VERDICT_CLEAR] = 0,
                                  [VERDICT_DUPLICATE_OF_OWN] = 1,
                                  [VERDICT_CONTESTED] = 2,
                                  [VERDICT_EXISTING_DEAL] = 3};
    struct conflict gravest = no_conflict;
    const struct candidate *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct conflict found = candidate_verdict(&candidates[i]);
        if (candidate_is_settled(&candidates[i], resolution, deal))
            continue;
        if (found.earlier_pending && (!first || candidates[i].submitted_at < first->submitted_at))
            first = &candidates[i];
        if (gravity[found.verdict] > gravity[gravest.verdict])
            gravest = found, gravest.by = &candidates[i];
    }
    gravest.earlier_pending = first != NULL;
    gravest.first_pending = first;
    return gravest;
}

struct conflict registration_verdict(const struct candidate *candidates, size_t count) {
    return registration_unsettled(candidates, count, -1, NULL);
}

enum partner_verdict registration_partner_verdict(int state, int verdict, int reject_reason) {
    if (state == REGISTRATION_APPROVED)
        return PARTNER_VERDICT_CLEAR;
    if (state != REGISTRATION_REJECTED)
        return PARTNER_VERDICT_RECEIVED;
    bool taken = reject_reason == REJECT_EXISTING_DEAL || reject_reason == REJECT_OTHER_PARTNER_FIRST;
    return verdict == VERDICT_CLEAR && !taken ? PARTNER_VERDICT_CLEAR : PARTNER_VERDICT_NOT_CLEAR;
}

const char *registration_public_rule(int state, int reject_reason, int resolution) {
    if (state == REGISTRATION_APPROVED)
        return resolution == RESOLUTION_LINKED ? "linked" : "first_in_time";
    if (state != REGISTRATION_REJECTED)
        return NULL;
    bool taken = reject_reason == REJECT_EXISTING_DEAL || reject_reason == REJECT_OTHER_PARTNER_FIRST;
    return taken ? "not_first" : choice_name(reject_reasons, reject_reason);
}
