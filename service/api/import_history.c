/* History is loaded once, with the attribution that was stated: the line's deal becomes its partner's by a claim that
 * nobody registered. What was open then is signed like any. */
#include "import_history.h"

#include "claim.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/store/stage_model.h"

bool import_states(const struct import_row *row) {
    return row->attribution.partner_id != NULL;
}

static const struct fault *history_fault(struct arena *arena, const struct scope *scope,
                                         const struct import_row *row, const struct import_deal *deal,
                                         bool *again) {
    struct field_faults faults = {.arena = arena};
    const int64_t told_at = row->created_at == INSTANT_NONE ? scope->now_at : row->created_at;
    const struct import_history history = {
        .stated = &row->attribution,
        .partner_known = deal->partner != 0,
        .created_at = deal->opportunity ? deal->created_at : told_at,
        .go_live_at = scope->go_live_at,
        .has_claim = deal->has_claim,
        .was_stated = deal->was_stated,
        .was_partner_id = deal->was_partner_id,
        .was_of = deal->was_of,
        .further_id = deal->further_id,
    };
    import_history_check(&history, &faults, again);
    return field_faults_fault(&faults);
}

struct fault *import_histories_judge(struct db *db, struct arena *arena, const struct scope *scope,
                                     const char *source, const struct import_row *const *rows, size_t count,
                                     const struct fault **faults, bool *first) {
    const struct import_row **stating = arena_alloc(arena, count * sizeof *stating);
    struct import_deal *deals;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        faults[i] = NULL;
        first[i] = false;
        if (import_states(rows[i]))
            stating[found++] = rows[i];
    }
    if (!found)
        return NULL;
    TRY(import_deals(db, arena, scope->tenant_id, source, stating, found, scope->go_live_at, &deals));
    for (size_t i = 0; i < count; i++) {
        if (!import_states(rows[i]))
            continue;
        bool again;
        faults[i] = history_fault(arena, scope, rows[i], deals++, &again);
        first[i] = !faults[i] && !again;
    }
    return NULL;
}

static struct fault *history_write(struct db *db, struct arena *arena, const struct scope *scope,
                                   const struct import_attribution *stated, const struct import_deal *deal,
                                   int model_version) {
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    const struct claim_identity identity = {
        .opportunity_id = deal->id,
        .partner_id = deal->partner_id,
        .value = stated->value,
        .kind = CLAIM_KIND_HISTORY,
        .rule_version = (int)deal->sourced_rule_version,
    };
    const struct import_claim claim = {
        .id = id,
        .value = stated->value,
        .content_hash = claim_content_hash(arena, &identity),
        .go_live_at = scope->go_live_at,
        .deadline_at = claim_deadline(scope->go_live_at, (int)deal->window_hours),
        .standing = import_standing_of(deal->status),
        .model_version = model_version,
    };
    return import_claim(db, arena, scope->tenant_id, deal, &claim);
}

struct fault *import_histories_write(struct db *db, struct arena *arena, const struct scope *scope,
                                     const char *source, const struct import_row *const *rows, size_t count) {
    const struct stage_model *model;
    struct import_deal *deals;
    if (!count)
        return NULL;
    TRY(stage_model_newest(db, arena, scope->tenant_id, &model));
    TRY(import_deals(db, arena, scope->tenant_id, source, rows, count, scope->go_live_at, &deals));
    for (size_t i = 0; i < count; i++)
        TRY(history_write(db, arena, scope, &rows[i]->attribution, &deals[i], model->version));
    return NULL;
}
