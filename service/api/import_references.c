/* Lines mostly name the same accounts and owners, so that one answer of the database serves the run. Answers of a
 * transaction are tentative until it commits; when there are too many, all are forgotten and asked again. */
#include "import_references.h"

#include <stdlib.h>
#include <string.h>

#include "tandem/api/import.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text_map.h"
#include "tandem/store/account.h"

/* A few hundred bytes each, when they are long. */
enum { REFERENCES_MAX = 64 * 1024 };

/* What was asked, as one text, and the answer. */
struct answer {
    const char *question;
    int64_t id;
};

struct import_references {
    struct arena *arena;
    struct text_map *known;
    struct answer tentative[2 * IMPORT_CHUNK_MAX];
    size_t tentative_count;
};

struct import_references *import_references_create(void) {
    struct import_references *references = calloc(1, sizeof *references);
    if (!references)
        abort();
    references->arena = arena_create();
    references->known = text_map_create(references->arena, REFERENCES_MAX);
    return references;
}

void import_references_destroy(struct import_references *references) {
    arena_destroy(references->arena);
    free(references);
}

void import_references_keep(struct import_references *references) {
    if (text_map_count(references->known) + references->tentative_count > REFERENCES_MAX) {
        arena_reset(references->arena);
        references->known = text_map_create(references->arena, REFERENCES_MAX);
    }
    for (size_t i = 0; i < references->tentative_count; i++) {
        bool added;
        const char *question = arena_text(references->arena, references->tentative[i].question);
        *text_map_put(references->known, question, &added) = references->tentative[i].id;
    }
    references->tentative_count = 0;
}

static void answer_add(struct import_references *references, const char *question, int64_t id) {
    references->tentative[references->tentative_count++] = (struct answer){question, id};
}

/* An account is what its keys say, whatever else it is called. No key holds a line break. */
static const char *account_question(struct arena *arena, const struct import_staged *wanted) {
    const struct customer_keys *keys = wanted->keys;
    const char *country = wanted->row->account.country;
    const char *question = arena_format(arena, "account\n%s\n%s", country ? country : "", keys->name_key);
    for (size_t i = 0; i < keys->domain_count; i++)
        question = arena_format(arena, "%s\n%s", question, keys->domains[i]);
    return question;
}

/* The name last: it may hold anything. */
static const char *owner_question(struct arena *arena, const struct import_row *row) {
    return arena_format(arena, "owner\n%s\n%s", row->owner_email ? row->owner_email : "",
                        row->owner_name ? row->owner_name : "");
}

/* Those that are new to the run are asked together. */
static struct fault *accounts_ask(struct import_references *references, struct db *db, struct arena *arena,
                                  int32_t tenant_id, struct import_staged *wanted, size_t count) {
    struct account_wanted *asked = arena_alloc(arena, count * sizeof *asked);
    const char **questions = arena_alloc(arena, count * sizeof *questions);
    struct text_map *places = text_map_create(arena, count); /* in `asked`, from 1 */
    size_t asked_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool added;
        if (!wanted[i].row->account.name)
            continue;
        const char *question = account_question(arena, &wanted[i]);
        if (text_map_find(references->known, question, &wanted[i].account_id))
            continue;
        int64_t *place = text_map_put(places, question, &added);
        if (added) {
            questions[asked_count] = question;
            asked[asked_count++] = (struct account_wanted){.name = wanted[i].row->account.name,
                                                           .country = wanted[i].row->account.country,
                                                           .keys = wanted[i].keys};
            *place = (int64_t)asked_count;
        }
        wanted[i].account_id = -*place;
    }
    TRY(accounts_resolve(db, arena, tenant_id, asked, asked_count));
    for (size_t i = 0; i < asked_count; i++)
        answer_add(references, questions[i], asked[i].found.key);
    for (size_t i = 0; i < count; i++)
        if (wanted[i].account_id < 0)
            wanted[i].account_id = asked[-wanted[i].account_id - 1].found.key;
    return NULL;
}

/* One that an earlier chunk found may be another one by now. */
static struct fault *accounts_follow(struct db *db, struct arena *arena, int32_t tenant_id,
                                     struct import_staged *wanted, size_t count) {
    int64_t *keys = arena_alloc(arena, count * sizeof *keys);
    for (size_t i = 0; i < count; i++)
        keys[i] = wanted[i].account_id;
    TRY(accounts_merged(db, arena, tenant_id, keys, count));
    for (size_t i = 0; i < count; i++)
        wanted[i].account_id = keys[i];
    return NULL;
}

/* They are few: one by one, as they come. */
static struct fault *owners_ask(struct import_references *references, struct db *db, struct arena *arena,
                                int32_t tenant_id, struct import_staged *wanted, size_t count) {
    struct text_map *found = text_map_create(arena, count);
    for (size_t i = 0; i < count; i++) {
        bool added;
        const struct import_row *row = wanted[i].row;
        if (!row->owner_name && !row->owner_email)
            continue;
        const char *question = owner_question(arena, row);
        if (text_map_find(references->known, question, &wanted[i].owner_id))
            continue;
        int64_t *id = text_map_put(found, question, &added);
        if (added) {
            TRY(import_owner(db, arena, tenant_id, row->owner_name, row->owner_email, id));
            answer_add(references, question, *id);
        }
        wanted[i].owner_id = *id;
    }
    return NULL;
}

struct fault *import_references_resolve(struct import_references *references, struct db *db,
                                        struct arena *arena, int32_t tenant_id, struct import_staged *wanted,
                                        size_t count) {
    references->tentative_count = 0;
    TRY(accounts_ask(references, db, arena, tenant_id, wanted, count));
    TRY(accounts_follow(db, arena, tenant_id, wanted, count));
    return owners_ask(references, db, arena, tenant_id, wanted, count);
}
