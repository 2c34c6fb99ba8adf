/* What a caller reads before it acts: how credit is earned, and every closed list of codes that a request or an answer
 * names. Both come from the tables and the policy that the rules themselves use. */
#include "tandem/domain/credit_rule.h"

#include "tandem/api/work.h"
#include "tandem/base/choice.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/evidence.h"
#include "tandem/domain/opportunity.h"
#include "tandem/domain/registration_change.h"
#include "tandem/domain/stage.h"
#include "tandem/http/operation.h"
#include "tandem/store/partner.h"
#include "tandem/store/policy.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* -- get_credit_rule -- */

static struct fault *rule_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    struct credit_sentence sentences[CREDIT_SENTENCES];
    struct policy policy;
    (void)scope;
    policy_read(rows, &policy);
    credit_rule(request->arena, &policy, sentences);
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_add_integer(&out, "policy_version", policy.version);
    json_array(&out, "sentences");
    for (size_t i = 0; i < CREDIT_SENTENCES; i++) {
        json_object(&out, NULL);
        json_add_text(&out, "rule", sentences[i].rule);
        json_add_text(&out, "text", sentences[i].text);
        json_object_end(&out);
    }
    json_array_end(&out);
    json_object(&out, "figures");
    json_add_integer(&out, "submissions_per_day", policy.submissions_per_day);
    json_add_integer(&out, "respond_business_days", policy.respond_business_days);
    json_add_integer(&out, "changes_business_days", policy.changes_business_days);
    json_add_integer(&out, "protection_days", policy.protection_days);
    json_add_integer(&out, "protection_extension_days", policy.protection_extension_days);
    json_add_integer(&out, "window_hours", policy.window_hours);
    json_object_end(&out);
    json_object_end(&out);
    work_reply(request, 200, &out, NULL);
    return NULL;
}

const struct operation get_credit_rule = {
    .name = "get_credit_rule",
    .roles = ROLES_ALL,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_policy_in_force, NULL, rule_answer},
};

/* -- list_reason_codes -- */

static const struct {
    const char *list;
    const struct choice *codes;
} lists[] = {
    {"registration_states", registration_states},
    {"registration_fields", registration_fields},
    {"rejection_reasons", reject_reasons},
    {"program_types", program_types},
    {"claim_kinds", claim_kinds},
    {"claim_states", claim_states},
    {"signoff_decisions", decisions},
    {"attributions", attributions},
    {"report_classes", report_classes},
    {"deal_statuses", deal_statuses},
    {"deal_outcomes", deal_outcomes},
    {"lost_reasons", lost_reasons},
    {"category_calls", category_calls},
    {"crm_stages", crm_stages},
    {"evidence_types", evidence_types},
    {"organisations", organisations},
    {"withheld_rules", withheld_rules},
};

static struct fault *codes_answer(struct request *request, const struct scope *scope,
                                  const struct rows *rows) {
    (void)scope;
    (void)rows; /* the statement is run for its scope: that the caller is one of the tenant's people */
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    for (size_t i = 0; i < COUNT(lists); i++) {
        json_array(&out, lists[i].list);
        for (const struct choice *code = lists[i].codes; code->name; code++)
            json_add_text(&out, NULL, code->name);
        json_array_end(&out);
    }
    json_object_end(&out);
    work_reply(request, 200, &out, NULL);
    return NULL;
}

const struct operation list_reason_codes = {
    .name = "list_reason_codes",
    .roles = ROLES_ALL,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_policy_in_force, NULL, codes_answer},
};
