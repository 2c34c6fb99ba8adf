/* The default co-sell stage model as data; a tenant's rows start from it. */
#include "tandem/domain/stage.h"

static const struct stage stages[] = {
    {1, "registered", "Identified and registered", ROLLUP_DISCOVERY, CATEGORY_OMITTED},
    {2, "qualified", "Jointly qualified", ROLLUP_VALIDATION, CATEGORY_PIPELINE},
    {3, "validating", "Validating with the customer", ROLLUP_PROPOSAL, CATEGORY_BEST_CASE},
    {4, "negotiating", "In negotiation and approvals", ROLLUP_NEGOTIATION, CATEGORY_COMMIT},
    {5, "closed", "Closed and attributed", ROLLUP_CLOSED, CATEGORY_CLOSED},
};

static const struct criterion criteria[] = {
    {"clean_registration", 1, EVIDENCE_COMPUTED, 0},
    {"owners_named", 1, EVIDENCE_COMPUTED, 0},
    {"need", 2, EVIDENCE_STATEMENT, NEEDS_OR_DOCUMENT},
    {"budget", 2, EVIDENCE_STATEMENT, NEEDS_OR_DOCUMENT},
    {"reason_to_act", 2, EVIDENCE_STATEMENT, NEEDS_OR_DOCUMENT},
    {"joint_value", 2, EVIDENCE_STATEMENT, NEEDS_OR_DOCUMENT},
    {"customer_evaluation", 3, EVIDENCE_DOCUMENT, NEEDS_CUSTOMER_PERSON | NEEDS_PAST_DATE},
    {"close_plan", 3, EVIDENCE_CHECKLIST, NEEDS_STEPS_OWNED | NEEDS_STEPS_DATED | NEEDS_CUSTOMER_STEP},
    {"open_approvals", 4, EVIDENCE_CHECKLIST, NEEDS_STEPS_OWNED},
    {"handoffs", 4, EVIDENCE_PEOPLE, NEEDS_PEOPLE_IN_ROLES},
    {"outcome", 5, EVIDENCE_STATEMENT, NEEDS_OR_DOCUMENT},
    {"attribution_resolved", 5, EVIDENCE_COMPUTED, 0},
};

const struct stage_model stage_model_default = {
    .version = 1,
    .stages = stages,
    .stage_count = sizeof stages / sizeof *stages,
    .criteria = criteria,
    .criterion_count = sizeof criteria / sizeof *criteria,
};
