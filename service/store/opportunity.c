/* Deals as rows: the sheet of a deal onto one struct, in parts of one table each, and the door to its statements. */
#include "tandem/store/opportunity.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/deal_signal.h"

#define ROW(member) offsetof(struct opportunity_row, member)

static const struct column deal_columns[] = {
    {"opportunity_id", COLUMN_INTEGER, ROW(key)},
    {"id", COLUMN_TEXT, ROW(id)},
    {"version", COLUMN_INTEGER, ROW(version)},
    {"name", COLUMN_TEXT, ROW(name)},
    {"account_id", COLUMN_INTEGER, ROW(account.key)},
    {"account", COLUMN_TEXT, ROW(account.id)},
    {"account_name", COLUMN_TEXT, ROW(account.name)},
    {"account_country", COLUMN_TEXT, ROW(account_country)},
    {"product_family", COLUMN_TEXT, ROW(product_family)},
    {"amount_minor", COLUMN_AMOUNT, ROW(amount)},
    {"currency", COLUMN_CURRENCY, ROW(amount)},
    {"close_date", COLUMN_DATE, ROW(close_date)},
    {"owner_id", COLUMN_INTEGER, ROW(owner.key)},
    {"owner", COLUMN_TEXT, ROW(owner.id)},
    {"owner_name", COLUMN_TEXT, ROW(owner.name)},
    {"owner_email", COLUMN_TEXT, ROW(owner_email)},
    {"partner_manager_id", COLUMN_INTEGER, ROW(partner_manager.key)},
    {"partner_manager", COLUMN_TEXT, ROW(partner_manager.id)},
    {"partner_manager_name", COLUMN_TEXT, ROW(partner_manager.name)},
    {"leads", COLUMN_BOOLEAN, ROW(leads)},
    {"partner_rep_id", COLUMN_INTEGER, ROW(partner_rep.key)},
    {"partner_rep", COLUMN_TEXT, ROW(partner_rep.id)},
    {"partner_rep_name", COLUMN_TEXT, ROW(partner_rep.name)},
    {"lead_partner_id", COLUMN_INTEGER, ROW(lead_partner.key)},
    {"lead_partner", COLUMN_TEXT, ROW(lead_partner.id)},
    {"lead_partner_name", COLUMN_TEXT, ROW(lead_partner.name)},
    {"lead_partner_manager_id", COLUMN_INTEGER, ROW(lead_partner_manager)},
    {"attribution", COLUMN_CHOICE, ROW(attribution)},
    {"crm_source", COLUMN_TEXT, ROW(crm_source)},
    {"external_ids", COLUMN_TEXT, ROW(external_ids)},
    {"crm_stage", COLUMN_CHOICE, ROW(crm_stage)},
    {"next_step", COLUMN_TEXT, ROW(next_step)},
    {"created_at", COLUMN_INSTANT, ROW(created_at)},
    {"refreshed_at", COLUMN_INSTANT, ROW(refreshed_at)},
    {"pushes", COLUMN_INTEGER, ROW(pushes)},
    {"grandfathered", COLUMN_BOOLEAN, ROW(grandfathered)},
    {"first_engaged_at", COLUMN_INSTANT, ROW(first_engaged_at)},
};

static const struct column stage_columns[] = {
    {"model_version", COLUMN_INTEGER, ROW(model_version)},
    {"vendor_stage_key", COLUMN_TEXT, ROW(vendor_stage_key)},
    {"partner_stage_key", COLUMN_TEXT, ROW(partner_stage_key)},
    {"vendor_stage_rollup", COLUMN_CHOICE, ROW(vendor_stage_rollup)},
    {"partner_stage_rollup", COLUMN_CHOICE, ROW(partner_stage_rollup)},
    {"stage_entered_at", COLUMN_INSTANT, ROW(stage_entered_at)},
    {"proposed_by_side", COLUMN_CHOICE, ROW(proposed_by_side)},
    {"proposed_stage", COLUMN_INTEGER, ROW(proposed_stage)},
    {"proposed_by", COLUMN_INTEGER, ROW(proposed_by)},
    {"proposed_at", COLUMN_INSTANT, ROW(proposed_at)},
    {"closed_on", COLUMN_DATE, ROW(closed_on)},
    {"closed_at", COLUMN_INSTANT, ROW(closed_at)},
    {"reason_code", COLUMN_CHOICE, ROW(reason_code)},
    {"resolved_at", COLUMN_INSTANT, ROW(resolved_at)},
    {"outside_gates", COLUMN_BOOLEAN, ROW(outside_gates)},
    {"backdated", COLUMN_BOOLEAN, ROW(backdated)},
};

static const struct column window_columns[] = {
    {"window_starts_at", COLUMN_INSTANT, ROW(window_starts_at)},
    {"window_hours", COLUMN_INTEGER, ROW(window_hours)},
    {"sourced_rule_version", COLUMN_INTEGER, ROW(sourced_rule_version)},
    {"counting_claim", COLUMN_TEXT, ROW(counting_claim)},
    {"merged_into", COLUMN_TEXT, ROW(merged_into)},
    {"window_ends_at", COLUMN_INSTANT, ROW(window_ends_at)},
};

#define CLAIM(member) offsetof(struct claim_row, member)

/* Of each of the rows inside the column `claims`. */
static const struct column claim_columns[] = {
    {"claim_id", COLUMN_INTEGER, CLAIM(key)},
    {"id", COLUMN_TEXT, CLAIM(id)},
    {"claim_version", COLUMN_INTEGER, CLAIM(claim_version)},
    {"value", COLUMN_CHOICE, CLAIM(signals.claim_value)},
    {"kind", COLUMN_CHOICE, CLAIM(kind)},
    {"late", COLUMN_BOOLEAN, CLAIM(signals.claim_late)},
    {"stated", COLUMN_BOOLEAN, CLAIM(signals.claim_stated)},
    {"stated_value", COLUMN_CHOICE, CLAIM(stated_value)},
    {"disputed", COLUMN_BOOLEAN, CLAIM(signals.claim_disputed)},
    {"dispute_reason", COLUMN_TEXT, CLAIM(dispute_reason)},
    {"disputed_at", COLUMN_INSTANT, CLAIM(disputed_at)},
    {"deadline_at", COLUMN_INSTANT, CLAIM(deadline_at)},
    {"window_open", COLUMN_BOOLEAN, CLAIM(signals.window_open)},
    {"created_at", COLUMN_INSTANT, CLAIM(created_at)},
    {"sourced_passed", COLUMN_BOOLEAN, CLAIM(sourced_passed)},
    {"sourced_reason", COLUMN_TEXT, CLAIM(sourced_reason)},
    {"share_basis_points", COLUMN_INTEGER, CLAIM(share_basis_points)},
    {"view_amount_minor", COLUMN_AMOUNT, CLAIM(view.stated.amount)},
    {"view_currency", COLUMN_CURRENCY, CLAIM(view.stated.amount)},
    {"view_close_date", COLUMN_DATE, CLAIM(view.stated.close_date)},
    {"view_stated_at", COLUMN_INSTANT, CLAIM(view.stated_at)},
    {"view_version", COLUMN_INTEGER, CLAIM(view.version)},
    {"partner_id", COLUMN_INTEGER, CLAIM(partner.key)},
    {"partner", COLUMN_TEXT, CLAIM(partner.id)},
    {"partner_name", COLUMN_TEXT, CLAIM(partner.name)},
    {"partner_manager_id", COLUMN_INTEGER, CLAIM(partner_manager)},
    {"registration_id", COLUMN_INTEGER, CLAIM(registration_key)},
    {"registration", COLUMN_TEXT, CLAIM(registration_id)},
    {"registration_submitted_at", COLUMN_INSTANT, CLAIM(registration_submitted_at)},
    {"ae_decision", COLUMN_CHOICE, CLAIM(signals.ae_decision)},
    {"ae_signer_id", COLUMN_INTEGER, CLAIM(ae.signer.key)},
    {"ae_signer", COLUMN_TEXT, CLAIM(ae.signer.id)},
    {"ae_signer_name", COLUMN_TEXT, CLAIM(ae.signer.name)},
    {"ae_for", COLUMN_TEXT, CLAIM(ae.owed.id)},
    {"ae_for_name", COLUMN_TEXT, CLAIM(ae.owed.name)},
    {"ae_reason", COLUMN_TEXT, CLAIM(ae.reason)},
    {"ae_decided_at", COLUMN_INSTANT, CLAIM(ae.decided_at)},
    {"manager_decision", COLUMN_CHOICE, CLAIM(signals.manager_decision)},
    {"manager_signer_id", COLUMN_INTEGER, CLAIM(manager.signer.key)},
    {"manager_signer", COLUMN_TEXT, CLAIM(manager.signer.id)},
    {"manager_signer_name", COLUMN_TEXT, CLAIM(manager.signer.name)},
    {"manager_for", COLUMN_TEXT, CLAIM(manager.owed.id)},
    {"manager_for_name", COLUMN_TEXT, CLAIM(manager.owed.name)},
    {"manager_reason", COLUMN_TEXT, CLAIM(manager.reason)},
    {"manager_decided_at", COLUMN_INSTANT, CLAIM(manager.decided_at)},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void claims_read(struct arena *arena, const struct rows *rows, size_t index,
                        struct opportunity_row *row) {
    const struct rows *inner = rows_inside(arena, rows, index, "claims");
    row->claim_count = rows_count(inner);
    row->claims = arena_alloc(arena, row->claim_count * sizeof *row->claims);
    for (size_t i = 0; i < row->claim_count; i++)
        rows_read(inner, i, claim_columns, COUNT(claim_columns), &row->claims[i]);
}

void opportunity_read(struct arena *arena, const struct rows *rows, size_t index,
                      struct opportunity_row *row) {
    rows_read(rows, index, deal_columns, COUNT(deal_columns), row);
    rows_read(rows, index, stage_columns, COUNT(stage_columns), row);
    rows_read(rows, index, window_columns, COUNT(window_columns), row);
    claims_read(arena, rows, index, row);
    deal_signals_read(rows, index, &row->signals);
}

struct fault *opportunity_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                               bool *found, struct opportunity_row *row) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_opportunity_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    if (*found)
        opportunity_read(arena, rows, 0, row);
    return NULL;
}

struct fault *opportunity_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                               bool *found, struct opportunity_row *row) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_opportunity_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    *found = rows_count(rows) > 0;
    return *found ? opportunity_find(db, arena, tenant_id, id, found, row) : NULL;
}
