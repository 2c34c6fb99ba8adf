/* Changing a deal by merge-patch. Members that are given but say what is so already change nothing; a request of only
 * such members makes no version and no event. The outcome that a CRM reports is in opportunity_outcome.c, a change of the partner that leads in opportunity_lead.c. */
#include <string.h>

#include "opportunity_lead.h"
#include "opportunity_outcome.h"
#include "tandem/api/etag.h"
#include "tandem/api/opportunity.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/time.h"
#include "tandem/domain/opportunity.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"

struct update_body {
    struct presence presence;
    const char *name;
    struct money amount;
    int32_t close_date;
    const char *owner;
    int category_call;
    const char *next_step;
    int crm_stage;
    struct outcome_body outcome;
    const char *partner_rep;
    const char *lead_partner;
};

static const struct field update_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct update_body, name), 0, 1, 200},
    {"amount", FIELD_MONEY, offsetof(struct update_body, amount), FIELD_NULLABLE},
    {"close_date", FIELD_DATE, offsetof(struct update_body, close_date), FIELD_NULLABLE},
    {"owner", FIELD_UUID, offsetof(struct update_body, owner)},
    {"category_call", FIELD_CHOICE, offsetof(struct update_body, category_call), FIELD_NULLABLE,
     .choices = category_calls},
    {"next_step", FIELD_TEXT, offsetof(struct update_body, next_step), FIELD_NULLABLE},
    {"crm_stage", FIELD_CHOICE, offsetof(struct update_body, crm_stage), FIELD_NULLABLE,
     .choices = crm_stages},
    {"outcome", FIELD_OBJECT, offsetof(struct update_body, outcome), .shape = &outcome_shape},
    {"partner_rep", FIELD_UUID, offsetof(struct update_body, partner_rep)},
    {"lead_partner", FIELD_UUID, offsetof(struct update_body, lead_partner)},
};

/* In the order of the fields above. */
static const unsigned field_members[] = {
    OPPORTUNITY_NAME,          OPPORTUNITY_AMOUNT,       OPPORTUNITY_CLOSE_DATE, OPPORTUNITY_OWNER,
    OPPORTUNITY_CATEGORY_CALL, OPPORTUNITY_NEXT_STEP,    OPPORTUNITY_CRM_STAGE,  OPPORTUNITY_OUTCOME,
    OPPORTUNITY_PARTNER_REP,   OPPORTUNITY_LEAD_PARTNER,
};

static const struct shape update_shape = {
    .fields = update_fields,
    .field_count = sizeof update_fields / sizeof *update_fields,
    .size = sizeof(struct update_body),
    .presence_offset = offsetof(struct update_body, presence),
};

static unsigned members_given(const struct update_body *body) {
    unsigned given = 0;
    for (size_t i = 0; i < sizeof field_members / sizeof *field_members; i++)
        if (body->presence.given & (UINT64_C(1) << i))
            given |= field_members[i];
    return given;
}

static bool text_differs(const char *a, const char *b) {
    return a && b ? strcmp(a, b) != 0 : a != b;
}

static bool money_differs(const struct money *a, const struct money *b) {
    return a->amount_minor != b->amount_minor || strcmp(a->currency, b->currency) != 0;
}

static void apply(const struct update_body *body, unsigned given, struct opportunity_values *values) {
    if (given & OPPORTUNITY_NAME)
        values->name = body->name;
    if (given & OPPORTUNITY_AMOUNT)
        values->amount = body->amount;
    if (given & OPPORTUNITY_CLOSE_DATE)
        values->close_date = body->close_date;
    if (given & OPPORTUNITY_CATEGORY_CALL)
        values->category_call = body->category_call;
    if (given & OPPORTUNITY_NEXT_STEP)
        values->next_step = body->next_step;
    if (given & OPPORTUNITY_CRM_STAGE)
        values->crm_stage = body->crm_stage;
}

static unsigned members_changed(const struct opportunity_values *old, const struct opportunity_values *new) {
    return (text_differs(old->name, new->name) ? OPPORTUNITY_NAME : 0u) |
           (money_differs(&old->amount, &new->amount) ? OPPORTUNITY_AMOUNT : 0u) |
           (old->close_date != new->close_date ? OPPORTUNITY_CLOSE_DATE : 0u) |
           (old->owner != new->owner ? OPPORTUNITY_OWNER : 0u) |
           (old->category_call != new->category_call ? OPPORTUNITY_CATEGORY_CALL : 0u) |
           (text_differs(old->next_step, new->next_step) ? OPPORTUNITY_NEXT_STEP : 0u) |
           (old->crm_stage != new->crm_stage ? OPPORTUNITY_CRM_STAGE : 0u) |
           (old->partner_rep != new->partner_rep ? OPPORTUNITY_PARTNER_REP : 0u);
}

/* The new owner by name; the one who owns it already may stay, whatever became of the person since. */
static struct fault *owner_change(struct call *call, const char *owner, struct opportunity_values *values) {
    struct person_nominee nominee;
    bool known;
    TRY(person_nominee_find(call->db, call->arena, call->scope.tenant_id, owner, 0, &known, &nominee));
    if (known && nominee.person == values->owner)
        return NULL;
    TRY(deal_owner_verdict(call->arena, known, nominee.active, nominee.roles));
    values->owner = nominee.person;
    return NULL;
}

static struct fault *rep_change(struct call *call, const struct opportunity_row *row, const char *rep,
                                struct opportunity_values *values) {
    struct person_nominee nominee;
    bool known;
    TRY(person_nominee_find(call->db, call->arena, call->scope.tenant_id, rep, row->lead_partner.key, &known,
                            &nominee));
    const struct partner_rep named = {
        .known = known,
        .active = nominee.active,
        .roles = nominee.roles,
        .has_partner = row->lead_partner.key,
        .of_partner = nominee.of_partner,
    };
    TRY(partner_rep_verdict(call->arena, &named));
    values->partner_rep = nominee.person;
    return NULL;
}

static struct fault *permission(struct call *call, const struct opportunity_row *row, unsigned given) {
    bool is_machine = call->roles & ROLE_BIT(ROLE_CRM_SYNC);
    const struct deal_ties ties = {
        .owns_deal = row->owner.key == call->scope.person_id,
        .manages_partner = row->lead_partner_manager == call->scope.person_id,
    };
    const struct opportunity_patch patch = {
        .given = given,
        .status = row->signals.status,
        .crm_linked = row->crm_source != NULL,
        .is_machine = is_machine,
    };
    if (!is_machine)
        TRY(side_verdict(call->arena, call->roles, &ties));
    return opportunity_patch_verdict(call->arena, &patch);
}

static struct fault *fields_update(struct call *call, const struct opportunity_row *row,
                                   const struct update_body *body, unsigned given) {
    const struct opportunity_values old = opportunity_values_of(row);
    struct opportunity_values new = old;
    apply(body, given, &new);
    if (given & OPPORTUNITY_OWNER)
        TRY(owner_change(call, body->owner, &new));
    if (given & OPPORTUNITY_PARTNER_REP)
        TRY(rep_change(call, row, body->partner_rep, &new));
    unsigned changed = members_changed(&old, &new);
    if (!changed)
        return NULL;
    if (opportunity_is_refreshed(changed))
        new.refreshed_at = call->scope.now_at;
    if (opportunity_is_pushed(old.close_date, new.close_date))
        new.pushes++;
    if ((changed & OPPORTUNITY_CRM_STAGE) && !row->counting_claim)
        new.stage_entered_at = call->scope.now_at; /* a direct deal stands in the CRM's stage */
    return opportunity_update(call->db, call->arena, call->scope.tenant_id, row->key, &new);
}

static struct fault *update_serve(struct call *call) {
    const struct update_body *body = call->request->body;
    unsigned given = members_given(body);
    struct opportunity_row row;
    TRY(opportunity_locked(call, call->request->path_values[0], &row));
    TRY(permission(call, &row, given));
    TRY(etag_check(call->request, row.version));
    bool leads_anew = (given & OPPORTUNITY_LEAD_PARTNER) &&
                      (!row.lead_partner.id || strcmp(row.lead_partner.id, body->lead_partner) != 0);
    if (leads_anew)
        given &= ~(unsigned)OPPORTUNITY_PARTNER_REP; /* of the partner that takes the lead */
    TRY(fields_update(call, &row, body, given));
    if (leads_anew)
        TRY(lead_change(call, &row, body->lead_partner, body->partner_rep));
    if (given & OPPORTUNITY_OUTCOME)
        TRY(outcome_record(call->db, call->arena, &call->scope, row.id, &body->outcome));
    return opportunity_answer(call, row.id, 200);
}

const struct operation update_opportunity = {
    .name = "update_opportunity",
    .roles = ROLE_BIT(ROLE_AE) | ROLES_MANAGER | ROLE_BIT(ROLE_CRM_SYNC),
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH | OPERATION_MERGE_PATCH,
    .body = &update_shape,
    .work = &(const struct call_work){update_serve},
};
