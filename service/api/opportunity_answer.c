/* A deal as the caller may see it: everything computed comes out of one assessment. The partner's side reads a reduced
 * deal, in which nothing speaks of the forecast or of the vendor's own plans. */
#include "tandem/api/opportunity.h"

#include <string.h>

#include "claim.h"
#include "partner_view.h"
#include "tandem/api/etag.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/attribution.h"
#include "tandem/domain/merge.h"
#include "tandem/domain/stage.h"

static void named_write(struct json_out *out, const char *name, const char *id_member,
                        const struct named *named) {
    if (!named->id) {
        json_add_null(out, name);
        return;
    }
    json_object(out, name);
    json_add_text(out, id_member, named->id);
    json_add_text(out, "name", named->name);
    json_object_end(out);
}

static void account_write(struct json_out *out, const struct opportunity_row *row) {
    if (!row->account.id) {
        json_add_null(out, "account");
        return;
    }
    json_object(out, "account");
    json_add_text(out, "account_id", row->account.id);
    json_add_text(out, "name", row->account.name);
    json_add_text(out, "country", row->account_country);
    json_object_end(out);
}

static void owner_write(struct json_out *out, const struct opportunity_row *row, enum side side) {
    if (side == SIDE_PARTNER || !row->owner.id) {
        named_write(out, "owner", "person_id", &row->owner);
        return;
    }
    json_object(out, "owner");
    json_add_text(out, "person_id", row->owner.id);
    json_add_text(out, "name", row->owner.name);
    json_add_text(out, "email", row->owner_email);
    json_object_end(out);
}

/* -- claims -- */

static void signoff_write(struct json_out *out, enum signoff_role role, int decision,
                          const struct signoff_row *signoff) {
    if (decision != DECISION_SIGN && decision != DECISION_DECLINE)
        return;
    json_object(out, NULL);
    json_add_choice(out, "role", signoff_roles, role);
    named_write(out, "person", "person_id", &signoff->signer);
    named_write(out, "for", "person_id", &signoff->owed);
    json_add_choice(out, "decision", decisions, decision);
    json_add_text(out, "reason", signoff->reason);
    json_add_instant(out, "decided_at", signoff->decided_at);
    json_object_end(out);
}

static void sourced_rule_write(struct json_out *out, const struct claim_row *claim) {
    if (!claim->sourced_reason) {
        json_add_null(out, "sourced_rule");
        return;
    }
    json_object(out, "sourced_rule");
    json_add_boolean(out, "passed", claim->sourced_passed);
    json_add_text(out, "reason", claim->sourced_reason);
    json_object_end(out);
}

void partner_view_write(struct json_out *out, const char *name, const struct partner_view_row *view) {
    if (!view->version) {
        json_add_null(out, name);
        return;
    }
    json_object(out, name);
    json_add_money(out, "amount", &view->stated.amount);
    json_add_date(out, "close_date", view->stated.close_date);
    json_add_instant(out, "stated_at", view->stated_at);
    json_add_integer(out, "version", view->version);
    json_object_end(out);
}

void claim_write(struct json_out *out, const char *name, const struct opportunity_row *row,
                 const struct claim_row *claim, enum side side) {
    const struct deal_signals *signals = &claim->signals;
    json_object(out, name);
    json_add_text(out, "claim_id", claim->id);
    named_write(out, "partner", "partner_id", &claim->partner);
    json_add_choice(out, "value", attributions, signals->claim_value);
    json_add_choice(out, "kind", claim_kinds, claim->kind);
    json_add_choice(out, "state", claim_states, claim_state(signals));
    json_add_integer(out, "version", claim->claim_version);
    json_add_instant(out, "deadline", claim->deadline_at);
    partner_view_write(out, "partner_view", &claim->view);
    if (side != SIDE_PARTNER) {
        json_array(out, "signoffs");
        signoff_write(out, SIGNOFF_AE, signals->ae_decision, &claim->ae);
        signoff_write(out, SIGNOFF_PARTNER_MANAGER, signals->manager_decision, &claim->manager);
        json_array_end(out);
        sourced_rule_write(out, claim);
        claim_dispute_write(out, claim);
        json_add_boolean(out, "late_influence", signals->claim_late);
        json_add_boolean(out, "counts", row->counting_claim && strcmp(claim->id, row->counting_claim) == 0);
    }
    json_object_end(out);
}

static void claims_write(struct json_out *out, const struct opportunity_row *row, enum side side) {
    json_array(out, "claims");
    for (size_t i = 0; i < row->claim_count; i++)
        claim_write(out, NULL, row, &row->claims[i], side);
    json_array_end(out);
}

/* -- what is computed -- */

/* Of a deal with a claim, and to those between whom it is: the vendor and the partner that leads. */
static void stage_write(struct json_out *out, const struct opportunity_row *row) {
    if (!row->counting_claim || !row->leads) {
        json_add_null(out, "stage");
        return;
    }
    bool vendor_is_lower = row->signals.vendor_stage <= row->signals.partner_stage;
    json_object(out, "stage");
    json_add_text(out, "key", vendor_is_lower ? row->vendor_stage_key : row->partner_stage_key);
    json_add_integer(out, "number", vendor_is_lower ? row->signals.vendor_stage : row->signals.partner_stage);
    json_add_choice(out, "rollup", rollups,
                    vendor_is_lower ? row->vendor_stage_rollup : row->partner_stage_rollup);
    json_add_text(out, "vendor", row->vendor_stage_key);
    json_add_text(out, "partner", row->partner_stage_key);
    json_add_instant(out, "entered_at", row->stage_entered_at);
    json_object_end(out);
}

static void flags_write(struct json_out *out, const struct opportunity_row *row,
                        const struct deal_assessment *deal) {
    const struct {
        const char *name;
        bool raised;
    } flags[] = {
        {"stale", row->signals.stale},
        {"stalled", row->signals.stalled},
        {"overdue", row->signals.overdue},
        {"divergent", deal->divergent},
        {"undated", row->signals.undated && row->signals.status == DEAL_OPEN},
        {"closed_outside_gates", row->outside_gates},
        {"backdated", row->backdated},
        {"grandfathered", row->grandfathered},
    };
    json_array(out, "flags");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].raised)
            json_add_text(out, NULL, flags[i].name);
    json_array_end(out);
}

static void withheld_write(struct json_out *out, const struct deal_assessment *deal) {
    if (deal->withheld == WITHHELD_NOT) {
        json_add_null(out, "withheld_by");
        return;
    }
    json_object(out, "withheld_by");
    json_add_choice(out, "rule", withheld_rules, (int)deal->withheld);
    json_add_text(out, "owed_by", deal->owed_by);
    json_object_end(out);
}

static void shares_write(struct json_out *out, const struct opportunity_row *row) {
    json_array(out, "shares");
    for (size_t i = 0; i < row->claim_count; i++) {
        if (row->claims[i].share_basis_points == 0)
            continue;
        json_object(out, NULL);
        json_add_text(out, "partner_id", row->claims[i].partner.id);
        json_add_integer(out, "basis_points", row->claims[i].share_basis_points);
        json_object_end(out);
    }
    json_array_end(out);
}

/* What the vendor alone sees. */
static void vendor_members_write(struct json_out *out, const struct opportunity_row *row) {
    const struct deal_assessment deal = deal_assess(&row->signals);
    json_add_raw(out, "external_ids", row->external_ids ? row->external_ids : "[]");
    json_add_choice(out, "attribution", attributions, row->attribution);
    json_add_choice(out, "report_class", report_classes, (int)deal.report_class);
    json_add_choice(out, "crm_stage", rollups, row->crm_stage);
    json_add_choice(out, "category_call", categories, row->signals.category_call);
    json_add_choice(out, "category", categories, (int)deal.category);
    json_add_text(out, "next_step", row->next_step);
    json_add_instant(out, "first_engaged_at", row->first_engaged_at);
    json_add_instant(out, "refreshed_at", row->refreshed_at);
    json_add_integer(out, "pushes", row->pushes);
    flags_write(out, row, &deal);
    withheld_write(out, &deal);
    json_add_choice(out, "reason_code", lost_reasons, row->reason_code);
    shares_write(out, row);
}

void opportunity_write(struct json_out *out, const char *name, const struct opportunity_row *row,
                       enum side side) {
    json_object(out, name);
    json_add_text(out, "opportunity_id", row->id);
    json_add_text(out, "name", row->name);
    account_write(out, row);
    json_add_text(out, "product_family", row->product_family);
    json_add_money(out, "amount", &row->amount);
    json_add_date(out, "close_date", row->close_date);
    owner_write(out, row, side);
    named_write(out, "partner_manager", "person_id", &row->partner_manager);
    named_write(out, "partner_rep", "person_id", &row->partner_rep);
    named_write(out, "lead_partner", "partner_id", &row->lead_partner);
    claims_write(out, row, side);
    stage_write(out, row);
    json_add_instant(out, "created_at", row->created_at);
    json_add_choice(out, "status", deal_statuses, row->signals.status);
    json_add_text(out, "merged_into", row->merged_into);
    json_add_date(out, "closed_on", row->closed_on);
    json_add_integer(out, "version", row->version);
    if (side != SIDE_PARTNER)
        vendor_members_write(out, row);
    json_object_end(out);
}

void opportunity_line_write(struct json_out *out, const struct opportunity_row *row,
                            const struct deal_assessment *deal) {
    json_add_text(out, "opportunity_id", row->id);
    json_add_text(out, "name", row->name);
    account_write(out, row);
    named_write(out, "owner", "person_id", &row->owner);
    named_write(out, "lead_partner", "partner_id", &row->lead_partner);
    json_add_choice(out, "report_class", report_classes, (int)deal->report_class);
    json_add_choice(out, "category_call", categories, row->signals.category_call);
    json_add_choice(out, "category", categories, (int)deal->category);
    stage_write(out, row);
    json_add_date(out, "close_date", row->close_date);
    json_add_date(out, "closed_on", row->closed_on);
    json_add_money(out, "amount", &row->amount);
    withheld_write(out, deal);
    json_add_text(out, "owed_by", deal->owed_by);
    flags_write(out, row, deal);
    json_add_choice(out, "status", deal_statuses, row->signals.status);
}

struct fault *opportunity_locked(struct call *call, const char *opportunity_id, struct opportunity_row *row) {
    bool found;
    TRY(opportunity_lock(call->db, call->arena, call->scope.tenant_id, opportunity_id, &found, row));
    return found ? merged_away_verdict(call->arena, row->merged_into)
                 : work_not_found(call->arena, "opportunity");
}

struct fault *opportunity_answer(struct call *call, const char *opportunity_id, int status) {
    struct opportunity_row row;
    bool found;
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, opportunity_id, &found, &row));
    if (!found)
        return work_not_found(call->arena, "opportunity");
    struct json_out out = {.arena = call->arena};
    opportunity_write(&out, NULL, &row, call->side);
    const char *etag = etag_make(call->arena, row.version, call->side, &out);
    if (status == 201)
        work_reply_created(call->request, "opportunities", row.id, &out, etag);
    else
        work_reply(call->request, status, &out, etag);
    return NULL;
}
