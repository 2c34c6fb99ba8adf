/* Resolve the accounts and owners of a chunk, compare it, write it; when the chunk fails, each line alone, so that only the
 * one at fault is refused. */
#include "tandem/api/import.h"

#include <assert.h>
#include <string.h>

#include "claim.h"
#include "import_history.h"
#include "import_item.h"
#include "import_references.h"
#include "opportunity_outcome.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text_map.h"

/* Each may be locked until the transaction ends, and PostgreSQL has room for some 6,400 locks. */
enum { KEYS_MAX = 4000 };

struct import_chunk {
    size_t count;
    struct import_item items[];
};

/* Items that are written together. */
struct chunk {
    struct import_run *run;
    struct import_item *items;
    size_t count;
    /* of the newest try: the items without a fault, by their places from 1 */
    struct import_item **placed;
    size_t placed_count;
};

static void tell(struct import_run *run, size_t index, enum import_outcome outcome,
                 const struct fault *fault) {
    const struct import_result result = {index, outcome, fault};
    switch (outcome) {
    case IMPORT_CREATED: run->counts.created++; break;
    case IMPORT_UPDATED: run->counts.updated++; break;
    case IMPORT_UNCHANGED: run->counts.unchanged++; break;
    case IMPORT_REFUSED: run->refused_count++; break;
    }
    run->told(run->context, &result);
}

static void refuse(struct import_run *run, size_t index, const struct fault *fault) {
    tell(run, index, IMPORT_REFUSED, fault);
}

static const struct fault *item_verdict(struct arena *arena, const struct import_item *item,
                                        const struct scope *scope) {
    struct field_faults faults = {.arena = arena};
    if (item->unreadable)
        return item->unreadable;
    import_row_check_clock(&item->row, scope->now_at, scope->today, &faults);
    return field_faults_fault(&faults);
}

/* Also puts those without a fault in their places. */
static struct fault *verdicts_give(struct db *db, struct arena *arena, const struct scope *scope,
                                   struct chunk *chunk) {
    const struct import_row **rows = arena_alloc(arena, chunk->count * sizeof *rows);
    const struct fault **faults = arena_alloc(arena, chunk->count * sizeof *faults);
    bool *history = arena_alloc(arena, chunk->count * sizeof *history);
    for (size_t i = 0; i < chunk->count; i++)
        rows[i] = &chunk->items[i].row;
    TRY(import_histories_judge(db, arena, scope, chunk->run->source, rows, chunk->count, faults, history));
    chunk->placed = arena_alloc(arena, chunk->count * sizeof(struct import_item *));
    chunk->placed_count = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        struct import_item *item = &chunk->items[i];
        item->differs = item->is_new = item->turned = false;
        item->is_history = history[i];
        item->fault = item_verdict(arena, item, scope);
        if (!item->fault)
            item->fault = faults[i];
        if (!item->fault)
            chunk->placed[chunk->placed_count++] = item;
    }
    return NULL;
}

static struct fault *items_stage(struct db *db, struct arena *arena, const struct scope *scope,
                                 const struct chunk *chunk) {
    size_t count = chunk->placed_count;
    struct import_staged *staged = arena_alloc(arena, count * sizeof *staged);
    for (size_t i = 0; i < count; i++)
        staged[i] = (struct import_staged){.row = &chunk->placed[i]->row, .keys = &chunk->placed[i]->keys};
    TRY(import_references_resolve(chunk->run->references, db, arena, scope->tenant_id, staged, count));
    return import_stage(db, arena, staged, count);
}

/* The outcome of a deal with a claim goes the one way that outcomes go; then the row finds the deal as it says, or differs
 * in something else. `found` keeps what is left to write. */
static struct fault *outcomes_write(struct db *db, struct arena *arena, const struct scope *scope,
                                    const struct chunk *chunk, struct import_difference *found,
                                    size_t *count) {
    int64_t *places = arena_alloc(arena, *count * sizeof *places);
    struct import_difference *rest;
    size_t turned = 0, left = 0, rest_count;
    for (size_t i = 0; i < *count; i++) {
        struct import_item *item = chunk->placed[found[i].place - 1];
        if (!found[i].claimed_id) {
            found[left++] = found[i];
            continue;
        }
        const struct outcome_body outcome = {item->row.status, item->row.closed_on, item->row.amount,
                                             item->row.reason_code};
        TRY(outcome_record(db, arena, scope, found[i].claimed_id, &outcome));
        item->turned = true;
        item->is_history = false;
        places[turned++] = found[i].place;
    }
    *count = left;
    if (!turned)
        return NULL;
    TRY(import_compare(db, arena, scope->tenant_id, chunk->run->source, places, turned, &rest, &rest_count));
    memcpy(&found[left], rest, rest_count * sizeof *rest);
    *count += rest_count;
    return NULL;
}

static struct fault *differences_write(struct db *db, struct arena *arena, const struct scope *scope,
                                       const struct chunk *chunk) {
    const char *source = chunk->run->source;
    struct import_difference *found;
    size_t count;
    TRY(import_compare(db, arena, scope->tenant_id, source, NULL, 0, &found, &count));
    TRY(outcomes_write(db, arena, scope, chunk, found, &count));
    for (size_t i = 0; i < count; i++) {
        struct import_item *item = chunk->placed[found[i].place - 1];
        item->differs = true;
        item->is_new = found[i].opportunity == 0;
    }
    return import_write(db, arena, scope->tenant_id, source, found, count);
}

/* A deal that was open when a registration for its account and family came, and is told only now. */
static struct fault *claims_test(struct db *db, struct arena *arena, const struct scope *scope,
                                 const char *source, const struct import_row *const *rows, size_t count) {
    struct call call = {.db = db, .arena = arena, .scope = *scope, .side = SIDE_NONE};
    struct import_contradiction *found;
    size_t found_count;
    if (!count)
        return NULL;
    TRY(import_contradictions(db, arena, scope->tenant_id, source, rows, count, &found, &found_count));
    for (size_t i = 0; i < found_count; i++)
        TRY(claims_contradict_deal(&call, found[i].claimed, found[i].created_at,
                                   claim_open_deal_reason(arena, found[i].opportunity)));
    return NULL;
}

/* What written rows bring about: the claims of history, and contradictions to claims. */
static struct fault *claims_follow(struct db *db, struct arena *arena, const struct scope *scope,
                                   const struct chunk *chunk) {
    const struct import_row **stating = arena_alloc(arena, chunk->placed_count * sizeof *stating);
    const struct import_row **written = arena_alloc(arena, chunk->placed_count * sizeof *written);
    size_t stating_count = 0, written_count = 0;
    for (size_t i = 0; i < chunk->placed_count; i++) {
        const struct import_item *item = chunk->placed[i];
        if (item->is_history)
            stating[stating_count++] = &item->row;
        if (item->differs || item->turned)
            written[written_count++] = &item->row;
    }
    TRY(import_histories_write(db, arena, scope, chunk->run->source, stating, stating_count));
    return claims_test(db, arena, scope, chunk->run->source, written, written_count);
}

static struct fault *items_put(struct db *db, struct arena *arena, const struct scope *scope,
                               struct chunk *chunk) {
    TRY(verdicts_give(db, arena, scope, chunk));
    if (!chunk->placed_count)
        return NULL;
    TRY(items_stage(db, arena, scope, chunk));
    TRY(differences_write(db, arena, scope, chunk));
    return claims_follow(db, arena, scope, chunk);
}

/* A db_body: the whole chunk. */
static struct fault *chunk_body(struct db *db, struct arena *arena, void *arg) {
    struct chunk *chunk = arg;
    struct scope scope;
    unsigned roles;
    TRY(scope_enter(db, arena, &chunk->run->scope_request, &scope));
    TRY(import_begin(db, arena, scope.tenant_id, &roles));
    if (!import_allowed(roles))
        return fault_make(arena, PROBLEM_INSUFFICIENT_SCOPE, "Only an admin or crm_sync imports.");
    return items_put(db, arena, &scope, chunk);
}

/* The fault is of the run, not of a line: nothing more can be imported. */
static bool ends_run(const struct fault *fault) {
    int status = problem_entry(fault->problem)->status;
    return status >= 500 || status == 401 || status == 403;
}

static enum import_outcome item_outcome(const struct import_item *item) {
    if (item->fault)
        return IMPORT_REFUSED;
    if (item->is_new)
        return IMPORT_CREATED;
    return item->differs || item->turned || item->is_history ? IMPORT_UPDATED : IMPORT_UNCHANGED;
}

static struct fault *chunk_write(struct chunk *chunk, struct arena *arena) {
    struct import_run *run = chunk->run;
    if (chunk->count == 0)
        return NULL;
    struct fault *fault = db_transaction(run->db, arena, false, chunk_body, chunk, NULL);
    if (fault && (ends_run(fault) || chunk->count > 1))
        return fault;
    if (fault) {
        refuse(run, chunk->items[0].index, fault);
        return NULL;
    }
    import_references_keep(run->references);
    for (size_t i = 0; i < chunk->count; i++)
        tell(run, chunk->items[i].index, item_outcome(&chunk->items[i]), chunk->items[i].fault);
    return NULL;
}

/* Everything together; when some line is at fault, each alone. */
static struct fault *items_write(struct import_run *run, struct arena *arena, struct import_item *items,
                                 size_t count) {
    struct chunk chunk = {.run = run, .items = items, .count = count};
    struct fault *fault = chunk_write(&chunk, arena);
    if (!fault || ends_run(fault))
        return fault;
    for (size_t i = 0; i < count; i++) {
        struct chunk alone = {.run = run, .items = &items[i], .count = 1};
        TRY(chunk_write(&alone, arena));
    }
    return NULL;
}

void import_run_begin(struct import_run *run) {
    run->references = import_references_create();
}

void import_run_end(struct import_run *run) {
    import_references_destroy(run->references);
}

struct import_chunk *import_decode(struct arena *arena, const struct import_line *lines, size_t count) {
    struct import_chunk *decoded = arena_alloc(arena, sizeof *decoded + count * sizeof *decoded->items);
    assert(count <= IMPORT_CHUNK_MAX);
    decoded->count = count;
    for (size_t i = 0; i < count; i++)
        import_item_decode(arena, &lines[i], &decoded->items[i]);
    return decoded;
}

/* A deal that comes twice is written twice, in order. */
struct fault *import_put(struct import_run *run, struct arena *arena, struct import_chunk *decoded) {
    struct text_map *ids = text_map_create(arena, decoded->count);
    size_t first = 0, key_count = 0;
    for (size_t i = 0; i < decoded->count; i++) {
        const struct import_item *item = &decoded->items[i];
        size_t keys = item->keys.domain_count + 1;
        bool is_new;
        if (item->unreadable)
            continue;
        text_map_put(ids, item->row.external_id, &is_new);
        if (!is_new || key_count + keys > KEYS_MAX) {
            TRY(items_write(run, arena, &decoded->items[first], i - first));
            first = i;
            key_count = 0;
            text_map_clear(ids);
            text_map_put(ids, item->row.external_id, &is_new);
        }
        key_count += keys;
    }
    return items_write(run, arena, &decoded->items[first], decoded->count - first);
}

struct fault *import_lines(struct import_run *run, struct arena *arena, const struct import_line *lines,
                           size_t count) {
    return import_put(run, arena, import_decode(arena, lines, count));
}
