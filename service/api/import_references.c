/* Lines mostly name the same few accounts and owners, so that one answer of the database serves the run. Answers of a
 * transaction are tentative until it commits; when there are too many, all are forgotten and asked again. */
#include "import_references.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/api/import.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/store/account.h"
#include "tandem/store/import.h"

enum { REFERENCES_KEPT = 1024, REFERENCES_MAX = REFERENCES_KEPT + 2 * IMPORT_CHUNK_MAX };

/* An account, or an owner: then `account` has no name. */
struct reference {
    struct customer account;
    const char *owner_name, *owner_email;
    int64_t id;
};

struct import_references {
    struct arena *arena;
    struct reference items[REFERENCES_MAX];
    size_t count, kept;
};

struct import_references *import_references_create(void) {
    struct import_references *references = calloc(1, sizeof *references);
    if (!references)
        abort();
    references->arena = arena_create();
    return references;
}

void import_references_destroy(struct import_references *references) {
    arena_destroy(references->arena);
    free(references);
}

void import_references_begin(struct import_references *references) {
    if (references->kept > REFERENCES_KEPT) {
        references->kept = 0;
        arena_reset(references->arena);
    }
    references->count = references->kept;
}

void import_references_keep(struct import_references *references) {
    references->kept = references->count;
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

static bool same_reference(const struct reference *a, const struct reference *b) {
    return same_account(&a->account, &b->account) && same_text(a->owner_name, b->owner_name) &&
           same_text(a->owner_email, b->owner_email);
}

static const char *copy(struct arena *arena, const char *text) {
    return text ? arena_text(arena, text) : NULL;
}

/* The lines' texts live as long as their chunk, the references longer. */
static void reference_add(struct import_references *references, const struct reference *wanted) {
    struct arena *arena = references->arena;
    assert(references->count < REFERENCES_MAX);
    struct reference *added = &references->items[references->count++];
    *added = *wanted;
    added->account.name = copy(arena, wanted->account.name);
    added->account.country = copy(arena, wanted->account.country);
    added->account.domains.items =
        arena_alloc(arena, wanted->account.domains.count * sizeof *added->account.domains.items);
    for (size_t i = 0; i < wanted->account.domains.count; i++)
        added->account.domains.items[i] = copy(arena, wanted->account.domains.items[i]);
    added->owner_name = copy(arena, wanted->owner_name);
    added->owner_email = copy(arena, wanted->owner_email);
}

static bool reference_find(const struct import_references *references, struct reference *wanted) {
    for (size_t i = 0; i < references->count; i++)
        if (same_reference(&references->items[i], wanted)) {
            wanted->id = references->items[i].id;
            return true;
        }
    return false;
}

struct fault *import_references_resolve(struct import_references *references, struct db *db,
                                        struct arena *arena, int32_t tenant_id, const struct import_row *row,
                                        const struct customer_keys *keys, int64_t *account_id,
                                        int64_t *owner_id) {
    struct reference account = {.account = row->account};
    struct reference owner = {.owner_name = row->owner_name, .owner_email = row->owner_email};
    if (row->account.name && !reference_find(references, &account)) {
        struct account found;
        TRY(account_resolve(db, arena, tenant_id, row->account.name, row->account.country, keys, &found));
        account.id = found.key;
        reference_add(references, &account);
    }
    if ((row->owner_name || row->owner_email) && !reference_find(references, &owner)) {
        TRY(import_owner(db, arena, tenant_id, row->owner_name, row->owner_email, &owner.id));
        reference_add(references, &owner);
    }
    *account_id = account.id;
    *owner_id = owner.id;
    return NULL;
}
