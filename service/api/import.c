/* Decode each line, resolve its account and owner, write the chunk; when the chunk fails, each line alone, so that only
 * the one at fault is refused. */
#include "tandem/api/import.h"

#include <assert.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/stage.h"
#include "tandem/store/account.h"

static const struct field account_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct customer, name), FIELD_REQUIRED, 1, 200},
    {"country", FIELD_COUNTRY, offsetof(struct customer, country)},
    {"domains", FIELD_TEXTS, offsetof(struct customer, domains), 0, 0, 20},
};
static const struct shape account_shape = {account_fields, sizeof account_fields / sizeof *account_fields,
                                           sizeof(struct customer), SHAPE_NO_PRESENCE};

struct owner {
    const char *name;
};
static const struct field owner_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct owner, name), FIELD_REQUIRED, 1, 200}};
static const struct shape owner_shape = {owner_fields, 1, sizeof(struct owner), SHAPE_NO_PRESENCE};

/* Open, won or lost: a line never removes a deal. */
static const struct choice line_statuses[] = {
    {"open", DEAL_OPEN}, {"won", DEAL_WON}, {"lost", DEAL_LOST}, {NULL, 0}};

#define ROW(member) offsetof(struct import_row, member)
static const struct field row_fields[] = {
    {"external_id", FIELD_TEXT, ROW(external_id), FIELD_REQUIRED, 1, 200},
    {"name", FIELD_TEXT, ROW(name), FIELD_REQUIRED, 1, 200},
    {"account", FIELD_OBJECT, ROW(account), 0, 0, 0, NULL, &account_shape},
    {"product_family", FIELD_TEXT, ROW(product_family), 0, 1, 100},
    {"owner", FIELD_OBJECT, ROW(owner_name), 0, 0, 0, NULL, &owner_shape},
    {"owner_email", FIELD_EMAIL, ROW(owner_email)},
    {"amount", FIELD_MONEY, ROW(amount), 0, 0, AMOUNT_MAX},
    {"close_date", FIELD_DATE, ROW(close_date)},
    {"created_at", FIELD_INSTANT, ROW(created_at)},
    {"crm_stage", FIELD_CHOICE, ROW(crm_stage), 0, 0, 0, rollups},
    {"status", FIELD_CHOICE, ROW(status), FIELD_REQUIRED, 0, 0, line_statuses},
    {"closed_on", FIELD_DATE, ROW(closed_on)},
    {"reason_code", FIELD_CHOICE, ROW(reason_code), 0, 0, 0, lost_reasons},
};
static const struct shape row_shape = {row_fields, sizeof row_fields / sizeof *row_fields,
                                       sizeof(struct import_row), SHAPE_NO_PRESENCE};

/* One line that decoded, with the keys of its account. */
struct item {
    size_t index;
    struct import_row row;
    struct customer_keys keys;
};

struct chunk {
    struct import_run *run;
    struct item *items;
    size_t count;
    const struct import_row **rows;
    int64_t *account_ids, *owner_ids;
    bool *claimed;
    struct import_counts counts; /* of the newest try */
};

static void refuse(struct import_run *run, size_t index, const struct fault *fault) {
    run->refused_count++;
    run->refused(run->context, index, fault);
}

static struct fault *line_decode(struct arena *arena, const struct import_line *line, struct item *item) {
    const struct json *value;
    struct field_faults faults = {.arena = arena};
    TRY(json_parse(arena, line->text, line->length, &value));
    TRY(json_decode(arena, value, &row_shape, &item->row));
    import_row_check(arena, &item->row, &item->keys, &faults);
    item->index = line->index;
    return field_faults_fault(&faults);
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_account(const struct customer *a, const struct customer *b) {
    if (!same_text(a->name, b->name) || !same_text(a->country, b->country) ||
        a->domains.count != b->domains.count)
        return false;
    for (size_t i = 0; i < a->domains.count; i++)
        if (!same_text(a->domains.items[i], b->domains.items[i]))
            return false;
    return true;
}

/* Lines of one chunk mostly name the same few accounts and owners: an earlier line's answer serves. */
static struct fault *references_resolve(struct db *db, struct arena *arena, int32_t tenant_id,
                                        struct chunk *chunk, size_t at) {
    const struct item *item = &chunk->items[at];
    const struct import_row *row = &item->row;
    chunk->account_ids[at] = chunk->owner_ids[at] = 0;
    for (size_t i = 0; i < at; i++) {
        const struct import_row *earlier = &chunk->items[i].row;
        if (row->account.name && same_account(&row->account, &earlier->account))
            chunk->account_ids[at] = chunk->account_ids[i];
        if (same_text(row->owner_name, earlier->owner_name) &&
            same_text(row->owner_email, earlier->owner_email))
            chunk->owner_ids[at] = chunk->owner_ids[i];
    }
    if (row->account.name && !chunk->account_ids[at]) {
        struct account account;
        TRY(account_resolve(db, arena, tenant_id, row->account.name, row->account.country, &item->keys,
                            &account));
        chunk->account_ids[at] = account.key;
    }
    if ((row->owner_name || row->owner_email) && !chunk->owner_ids[at])
        TRY(import_owner(db, arena, tenant_id, row->owner_name, row->owner_email, &chunk->owner_ids[at]));
    return NULL;
}

/* A db_body: the whole chunk. Rows that close a claimed deal are marked, and left out. */
static struct fault *chunk_body(struct db *db, struct arena *arena, void *arg) {
    struct chunk *chunk = arg;
    struct import_run *run = chunk->run;
    struct scope scope;
    TRY(scope_enter(db, arena, &run->scope_request, &scope));
    TRY(import_begin(db, arena));
    for (size_t i = 0; i < chunk->count; i++)
        chunk->rows[i] = &chunk->items[i].row;
    TRY(import_claimed(db, arena, scope.tenant_id, run->source, chunk->rows, chunk->count, chunk->claimed));
    size_t kept = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        if (chunk->claimed[i])
            continue;
        TRY(references_resolve(db, arena, scope.tenant_id, chunk, i));
    }
    for (size_t i = 0; i < chunk->count; i++) {
        if (chunk->claimed[i])
            continue;
        chunk->rows[kept] = &chunk->items[i].row;
        chunk->account_ids[kept] = chunk->account_ids[i];
        chunk->owner_ids[kept] = chunk->owner_ids[i];
        kept++;
    }
    return import_chunk(db, arena, scope.tenant_id, run->source, chunk->rows, chunk->account_ids,
                        chunk->owner_ids, kept, &chunk->counts);
}

/* The fault is of the run, not of a line: nothing more can be imported. */
static bool ends_run(const struct fault *fault) {
    int status = problem_entry(fault->problem)->status;
    return status >= 500 || fault->problem == PROBLEM_UNKNOWN_PERSON ||
           fault->problem == PROBLEM_UNAUTHENTICATED;
}

static struct fault *chunk_write(struct chunk *chunk, struct arena *arena) {
    struct import_run *run = chunk->run;
    enum db_outcome outcome;
    if (chunk->count == 0)
        return NULL;
    struct fault *fault = db_transaction(run->db, arena, false, chunk_body, chunk, &outcome);
    if (fault && (ends_run(fault) || chunk->count > 1))
        return fault;
    if (fault) {
        refuse(run, chunk->items[0].index, fault);
        return NULL;
    }
    run->counts.created += chunk->counts.created;
    run->counts.updated += chunk->counts.updated;
    run->counts.unchanged += chunk->counts.unchanged;
    for (size_t i = 0; i < chunk->count; i++)
        if (chunk->claimed[i])
            refuse(run, chunk->items[i].index,
                   fault_make(
                       arena, PROBLEM_INVALID_STATE,
                       "the deal has a claim; its outcome comes by update_opportunity, through the gates"));
    return NULL;
}

/* Everything together; when some line is at fault, each alone. */
static struct fault *items_write(struct import_run *run, struct arena *arena, struct item *items,
                                 size_t count) {
    struct chunk chunk = {
        .run = run,
        .items = items,
        .count = count,
        .rows = arena_alloc(arena, count * sizeof *chunk.rows),
        .account_ids = arena_alloc(arena, count * sizeof *chunk.account_ids),
        .owner_ids = arena_alloc(arena, count * sizeof *chunk.owner_ids),
        .claimed = arena_alloc(arena, count * sizeof *chunk.claimed),
    };
    struct fault *fault = chunk_write(&chunk, arena);
    if (!fault || ends_run(fault))
        return fault;
    for (size_t i = 0; i < count; i++) {
        chunk.items = &items[i];
        chunk.count = 1;
        TRY(chunk_write(&chunk, arena));
    }
    return NULL;
}

static bool holds(const struct item *items, size_t count, const char *external_id) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].row.external_id, external_id) == 0)
            return true;
    return false;
}

struct fault *import_lines(struct import_run *run, struct arena *arena, const struct import_line *lines,
                           size_t count) {
    struct item *items = arena_alloc(arena, count * sizeof *items);
    size_t item_count = 0;
    assert(count <= IMPORT_CHUNK_MAX);
    for (size_t i = 0; i < count; i++) {
        struct item item = {0};
        const struct fault *fault = line_decode(arena, &lines[i], &item);
        if (fault) {
            refuse(run, lines[i].index, fault);
            continue;
        }
        /* A deal that comes twice is written twice, in order. */
        if (holds(items, item_count, item.row.external_id)) {
            TRY(items_write(run, arena, items, item_count));
            item_count = 0;
        }
        items[item_count++] = item;
    }
    return items_write(run, arena, items, item_count);
}

const char *import_refusal_json(struct arena *arena, size_t index, const struct fault *fault) {
    const struct problem_entry *entry = problem_entry(fault->problem);
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    json_add_integer(&out, "index", (int64_t)index);
    json_add_text(&out, "status", "refused");
    json_object(&out, "problem");
    json_add_text(&out, "code", entry->code);
    json_add_text(&out, "title", entry->title);
    json_add_text(&out, "detail", fault->detail);
    json_array(&out, "errors");
    for (const struct fault_field *field = fault->fields; field; field = field->next) {
        json_object(&out, NULL);
        json_add_text(&out, "pointer", field->pointer);
        json_add_text(&out, "code", field->code);
        json_add_text(&out, "detail", field->detail);
        json_object_end(&out);
    }
    json_array_end(&out);
    json_object_end(&out);
    json_object_end(&out);
    return json_out_text(&out);
}
