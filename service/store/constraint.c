/* Every rule that can be a constraint is one; this table lets the database's refusals speak our words. A
 * constraint that is not here was broken by our own mistake and is an internal problem. */
#include <string.h>

#include "constraint.h"

/* By noun, in the order of the migrations; one line per constraint that a client can run into. */
const struct constraint_problem constraint_problems[] = {
    {"idempotency_key", PROBLEM_REQUEST_IN_PROGRESS,
     "A request with this Idempotency-Key has just finished; repeat it."},
    {"event_version_once", PROBLEM_PRECONDITION_FAILED,
     "The resource has just been changed by somebody else."},

    {"tenant_key_key", PROBLEM_ALREADY_EXISTS, "There is a tenant with this key."},
    {"partner_name_unique", PROBLEM_ALREADY_EXISTS, "There is a partner of this name."},
    {"person_public_id", PROBLEM_PRECONDITION_FAILED, "The person has just been created by somebody else."},
    {"person_subject_unique", PROBLEM_ALREADY_EXISTS, "There is a person with this subject."},
    {"delegation_public_id", PROBLEM_PRECONDITION_FAILED,
     "The delegation has just been created by somebody else."},
    {"delegation_once", PROBLEM_ALREADY_EXISTS,
     "The duty is delegated for some of these days already: end that delegation, or choose other days."},
    {"crm_source_address", PROBLEM_NOT_FOUND, "there is no such CRM source"},
    {"crm_source_name_unique", PROBLEM_ALREADY_EXISTS, "There is a CRM source of this name."},
    {"account_domain_unique", PROBLEM_ALREADY_EXISTS, "The domain belongs to an account already."},
    {"account_name_without_domain", PROBLEM_ALREADY_EXISTS, "There is an account of this name and country."},
    {"engagement_activity_once", PROBLEM_ALREADY_EXISTS, "The activity is recorded on this account already."},
    {"target_version_once", PROBLEM_PRECONDITION_FAILED,
     "The target has just been changed by somebody else."},

    {"rate_version_once", PROBLEM_PRECONDITION_FAILED, "The rate has just been changed by somebody else."},
    {"policy_version_once", PROBLEM_PRECONDITION_FAILED,
     "The policy has just been changed by somebody else."},

    {"stage_model_version_once", PROBLEM_PRECONDITION_FAILED,
     "The stage model has just been changed by somebody else."},

    {"registration_external_id", PROBLEM_EXTERNAL_ID_EXISTS,
     "The external id belongs to another registration."},
    {"registration_protected_once", PROBLEM_CONFLICT_UNRESOLVED,
     "Another registration is protected for this customer and product family."},

    {"opportunity_external_id", PROBLEM_EXTERNAL_ID_EXISTS, "The external id belongs to another deal."},
    {"crm_link_external_id", PROBLEM_EXTERNAL_ID_EXISTS, "The external id belongs to another deal."},
    {"claim_one_per_partner", PROBLEM_CLAIM_EXISTS, "The partner has a claim on this deal already."},
    {"claim_stated_once", PROBLEM_CLAIM_EXISTS, "The deal's history was stated already."},
    {"claim_sourced_once", PROBLEM_SOURCED_CLAIM_EXISTS, "Both have signed another claim as sourced."},
    {"signoff_once_per_role", PROBLEM_ALREADY_SIGNED,
     "This role has decided on this version of the claim already."},
    {"signoff_two_people", PROBLEM_SAME_SIGNER, "The two signatures must be of two different people."},
    {"signoff_in_window", PROBLEM_CLAIM_WINDOW_CLOSED, "The attribution window of the deal has ended."},
    {"evidence_version_once", PROBLEM_EVIDENCE_VERSION_STALE, "The evidence has a newer version."},
    {"confirmation_once_per_side", PROBLEM_ALREADY_CONFIRMED,
     "This side has confirmed this version of the evidence already."},
    {NULL, PROBLEM_COUNT, NULL},
};

const struct constraint_problem *constraint_problem(const char *constraint) {
    const struct constraint_problem *entry = constraint_problems;
    while (entry->constraint && strcmp(entry->constraint, constraint))
        entry++;
    return entry->constraint ? entry : NULL;
}
