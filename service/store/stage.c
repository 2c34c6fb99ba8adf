/* Deals and their gates: rows onto structs, moves into statements. */
#include "tandem/store/stage.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/deal_signal.h"
#include "tandem/store/policy.h"

#define DEAL(member) offsetof(struct stage_deal, member)

static const struct column deal_columns[] = {
    {"opportunity_id", COLUMN_INTEGER, DEAL(opportunity_id)},
    {"id", COLUMN_TEXT, DEAL(id)},
    {"version", COLUMN_INTEGER, DEAL(version)},
    {"owner_id", COLUMN_INTEGER, DEAL(owner_id)},
    {"lead_partner_id", COLUMN_INTEGER, DEAL(lead_partner_id)},
    {"lead_partner_manager_id", COLUMN_INTEGER, DEAL(lead_partner_manager_id)},
    {"crm_source", COLUMN_TEXT, DEAL(crm_source)},
    {"leads", COLUMN_BOOLEAN, DEAL(leads)},
    {"counting_claim", COLUMN_TEXT, DEAL(counting_claim)},
    {"merged_into", COLUMN_TEXT, DEAL(merged_into)},
    {"stage_entered_at", COLUMN_INSTANT, DEAL(stage_entered_at)},
    {"model_version", COLUMN_CHOICE, DEAL(model_version)},
    {"vendor_stage_key", COLUMN_TEXT, DEAL(vendor_place.key)},
    {"vendor_stage_rollup", COLUMN_CHOICE, DEAL(vendor_place.rollup)},
    {"partner_stage_key", COLUMN_TEXT, DEAL(partner_place.key)},
    {"partner_stage_rollup", COLUMN_CHOICE, DEAL(partner_place.rollup)},
    {"created_on", COLUMN_DATE, DEAL(created_on)},
    {"claim_kind", COLUMN_CHOICE, DEAL(facts.claim_kind)},
    {"registration_state", COLUMN_CHOICE, DEAL(facts.registration_state)},
    {"registration_verdict", COLUMN_CHOICE, DEAL(facts.registration_verdict)},
    {"registration_resolved", COLUMN_BOOLEAN, DEAL(facts.conflict_resolved)},
    {"vendor_owner", COLUMN_BOOLEAN, DEAL(facts.vendor_owner)},
    {"partner_owner", COLUMN_BOOLEAN, DEAL(facts.partner_owner)},
    {"proposed_by_side", COLUMN_CHOICE, DEAL(proposal.side)},
    {"proposed_stage", COLUMN_CHOICE, DEAL(proposal.to_stage)},
    {"proposed_at", COLUMN_INSTANT, DEAL(proposal.made_at)},
    {"proposer", COLUMN_TEXT, DEAL(proposer)},
    {"proposer_name", COLUMN_TEXT, DEAL(proposer_name)},
    {"proposal_days", COLUMN_CHOICE, DEAL(proposal_days)},
    {"backdated_business_days", COLUMN_CHOICE, DEAL(backdated_business_days)},
    {"protection_extension_days", COLUMN_CHOICE, DEAL(protection_extension_days)},
};

static const struct column criterion_columns[] = {
    {"criterion", COLUMN_TEXT, offsetof(struct stage_criterion, rule.key)},
    {"criterion_name", COLUMN_TEXT, offsetof(struct stage_criterion, name)},
    {"type", COLUMN_CHOICE, offsetof(struct stage_criterion, rule.type)},
    {"needs", COLUMN_CHOICE, offsetof(struct stage_criterion, rule.needs)},
    {"stage_number", COLUMN_CHOICE, offsetof(struct stage_criterion, rule.stage_number)},
    {"stage_key", COLUMN_TEXT, offsetof(struct stage_criterion, stage_key)},
    {"rollup", COLUMN_CHOICE, offsetof(struct stage_criterion, rollup)},
    {"evidence_version", COLUMN_INTEGER, offsetof(struct stage_criterion, evidence_version)},
    {"evidence_type", COLUMN_CHOICE, offsetof(struct stage_criterion, evidence_type)},
};

static const struct column state_columns[] = {
    {"vendor_confirmed", COLUMN_BOOLEAN, offsetof(struct criterion_state, vendor_confirmed)},
    {"partner_confirmed", COLUMN_BOOLEAN, offsetof(struct criterion_state, partner_confirmed)},
};

#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

static void criteria_read(struct arena *arena, const struct rows *rows, struct stage_deal *deal) {
    size_t count = rows_count(rows);
    if (!rows_text(rows, 0, "criterion"))
        return;
    deal->criterion_count = count;
    deal->criteria = arena_alloc(arena, count * sizeof *deal->criteria);
    deal->states = arena_alloc(arena, count * sizeof *deal->states);
    for (size_t i = 0; i < count; i++) {
        struct stage_criterion *criterion = &deal->criteria[i];
        struct criterion_state *state = &deal->states[i];
        rows_read(rows, i, criterion_columns, COUNT(criterion_columns), criterion);
        rows_read(rows, i, state_columns, COUNT(state_columns), state);
        state->key = criterion->rule.key;
        state->stage_number = criterion->rule.stage_number;
        state->type = criterion->rule.type;
        state->met =
            criterion->evidence_version > 0 && criterion_takes(&criterion->rule, criterion->evidence_type);
        criterion_compute(&deal->facts, state);
    }
}

struct stage_deal *stage_read(struct arena *arena, const struct rows *rows) {
    if (rows_count(rows) == 0)
        return NULL;
    struct stage_deal *deal = arena_alloc(arena, sizeof *deal);
    rows_read(rows, 0, deal_columns, COUNT(deal_columns), deal);
    deal->calendar = calendar_read(arena, rows, 0);
    deal_signals_read(rows, 0, &deal->facts.signals);
    criteria_read(arena, rows, deal);
    return deal;
}

static struct fault *find_in(struct db *db, struct arena *arena, int32_t tenant_id,
                             const char *opportunity_id, struct param model_version,
                             struct stage_deal **deal) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_stage_find,
                 PARAMS(p_integer(tenant_id), p_text(opportunity_id), model_version), &rows));
    *deal = stage_read(arena, rows);
    return NULL;
}

struct fault *stage_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                         struct stage_deal **deal) {
    return find_in(db, arena, tenant_id, opportunity_id, p_text(NULL), deal);
}

static struct fault *lock_row(struct db *db, struct arena *arena, int32_t tenant_id,
                              const char *opportunity_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_opportunity_lock, PARAMS(p_integer(tenant_id), p_text(opportunity_id)),
                    &rows);
}

struct fault *stage_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                         struct stage_deal **deal) {
    TRY(lock_row(db, arena, tenant_id, opportunity_id));
    return stage_find(db, arena, tenant_id, opportunity_id, deal);
}

struct fault *stage_lock_in(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                            int model_version, struct stage_deal **deal) {
    TRY(lock_row(db, arena, tenant_id, opportunity_id));
    return find_in(db, arena, tenant_id, opportunity_id, p_integer(model_version), deal);
}

/* -- moves -- */

struct fault *stage_refresh(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            bool ends_proposal) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_refresh,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_boolean(ends_proposal)), &rows);
}

struct fault *stage_propose(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            enum side side, int to_stage) {
    struct rows *rows;
    return db_query(
        db, arena, SQL_stage_propose,
        PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_integer(side), p_integer(to_stage)), &rows);
}

struct fault *stage_decline(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            enum decline_outcome outcome, const char *reason) {
    struct rows *rows;
    const char *kind =
        outcome == PROPOSAL_WITHDRAWN ? "opportunity.proposal_withdrawn" : "opportunity.proposal_declined";
    return db_query(db, arena, SQL_stage_decline,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_text(kind), p_text(reason)),
                    &rows);
}

struct fault *stage_advance(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            const struct advance_result *result, int protection_extension_days) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_advance,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_integer(result->vendor_stage),
                           p_integer(result->partner_stage), p_integer(protection_extension_days)),
                    &rows);
}

struct fault *stage_lower(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                          int vendor_stage, int partner_stage, const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_lower,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_integer(vendor_stage),
                           p_integer(partner_stage), p_text(reason)),
                    &rows);
}

struct fault *stage_migrate_next(struct db *db, struct arena *arena, int32_t tenant_id, int model_version,
                                 const char *after, size_t limit, struct text_list *deals) {
    struct rows *rows;
    TRY(db_query(
        db, arena, SQL_stage_migrate_next,
        PARAMS(p_integer(tenant_id), p_integer(model_version), p_text(after), p_integer((int64_t)limit)),
        &rows));
    *deals =
        (struct text_list){arena_alloc(arena, rows_count(rows) * sizeof *deals->items), rows_count(rows)};
    for (size_t i = 0; i < deals->count; i++)
        deals->items[i] = rows_text(rows, i, "id");
    return NULL;
}

struct fault *stage_migrate(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            int model_version, const struct migrated *migrated) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_migrate,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_integer(model_version),
                           p_integer(migrated->vendor_stage), p_integer(migrated->partner_stage),
                           p_boolean(migrated->entered)),
                    &rows);
}

static void shares_split(struct arena *arena, const struct claim_share *shares, size_t count,
                         struct param split[2]) {
    const char **claims = arena_alloc(arena, count * sizeof *claims);
    int64_t *basis_points = arena_alloc(arena, count * sizeof *basis_points);
    for (size_t i = 0; i < count; i++) {
        claims[i] = shares[i].claim_id;
        basis_points[i] = shares[i].basis_points;
    }
    split[0] = p_texts(arena, claims, count);
    split[1] = p_integers(arena, basis_points, count);
}

struct fault *stage_close(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                          const struct stage_closing *closing) {
    struct rows *rows;
    struct param shares[2];
    shares_split(arena, closing->shares, closing->share_count, shares);
    return db_query(db, arena, SQL_stage_close,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_integer(closing->outcome),
                           p_date(closing->closed_on), p_choice(closing->reason_code),
                           p_amount(&closing->amount), p_currency(&closing->amount),
                           p_choice(closing->vendor_stage), p_choice(closing->partner_stage),
                           p_boolean(closing->resolved), p_boolean(closing->backdated),
                           p_boolean(closing->outside_gates), shares[0], shares[1]),
                    &rows);
}

struct fault *stage_resolve(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                            int vendor_stage, int partner_stage, const struct claim_share *shares,
                            size_t share_count) {
    struct rows *rows;
    struct param split[2];
    shares_split(arena, shares, share_count, split);
    return db_query(db, arena, SQL_stage_resolve,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_choice(vendor_stage),
                           p_choice(partner_stage), split[0], split[1]),
                    &rows);
}

struct fault *stage_reopen(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id,
                           int vendor_stage, int partner_stage, const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_reopen,
                    PARAMS(p_integer(tenant_id), p_integer(opportunity_id), p_choice(vendor_stage),
                           p_choice(partner_stage), p_text(reason)),
                    &rows);
}

struct fault *stage_remove(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_remove, PARAMS(p_integer(tenant_id), p_integer(opportunity_id)),
                    &rows);
}

struct fault *stage_restore(struct db *db, struct arena *arena, int32_t tenant_id, int64_t opportunity_id) {
    struct rows *rows;
    return db_query(db, arena, SQL_stage_restore, PARAMS(p_integer(tenant_id), p_integer(opportunity_id)),
                    &rows);
}
