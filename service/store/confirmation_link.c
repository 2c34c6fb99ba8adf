/* Confirmation links: thin functions over confirmation_link.sql. */
#include "tandem/store/confirmation_link.h"

#include <assert.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"

#define LINK(member) offsetof(struct confirmation_link, member)
#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

struct made_row {
    const char *id;
    int64_t expires_at;
};

static const struct column made_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct made_row, id)},
    {"expires_at", COLUMN_INSTANT, offsetof(struct made_row, expires_at)},
};

static const struct column link_columns[] = {
    {"confirmation_link_id", COLUMN_INTEGER, LINK(key)},
    {"id", COLUMN_TEXT, LINK(id)},
    {"created_at", COLUMN_INSTANT, LINK(created_at)},
    {"expires_at", COLUMN_INSTANT, LINK(expires_at)},
    {"used_at", COLUMN_INSTANT, LINK(used_at)},
    {"replaced_at", COLUMN_INSTANT, LINK(replaced_at)},
    {"proposed_stage", COLUMN_CHOICE, LINK(proposed_stage)},
    {"proposed_at", COLUMN_INSTANT, LINK(proposed_at)},
    {"opportunity", COLUMN_TEXT, LINK(opportunity)},
    {"opportunity_name", COLUMN_TEXT, LINK(opportunity_name)},
    {"account_name", COLUMN_TEXT, LINK(account_name)},
    {"person", COLUMN_TEXT, LINK(person)},
    {"person_name", COLUMN_TEXT, LINK(person_name)},
    {"creator", COLUMN_TEXT, LINK(creator)},
    {"creator_name", COLUMN_TEXT, LINK(creator_name)},
};

static const struct column asked_columns[] = {
    {"criterion", COLUMN_TEXT, offsetof(struct link_asked, criterion)},
    {"evidence_version", COLUMN_INTEGER, offsetof(struct link_asked, evidence_version)},
};

struct fault *confirmation_link_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                       const struct confirmation_link_new *link, const char **id,
                                       int64_t *expires_at) {
    struct rows *rows;
    struct made_row made;
    TRY(db_query(db, arena, SQL_confirmation_link_insert,
                 PARAMS(p_integer(tenant_id), p_text(link->token_hash), p_integer(link->opportunity_id),
                        p_integer(link->partner_id), p_integer(link->person_id),
                        p_texts(arena, link->criteria, link->count),
                        p_integers(arena, link->evidence_versions, link->count),
                        p_choice(link->proposed_stage), p_instant(link->proposed_at), p_integer(link->days)),
                 &rows));
    rows_read(rows, 0, made_columns, COUNT(made_columns), &made);
    *id = made.id;
    *expires_at = made.expires_at;
    return NULL;
}

struct fault *confirmation_link_lock(struct db *db, struct arena *arena, int32_t tenant_id,
                                     const char *token_hash) {
    struct rows *rows;
    return db_query(db, arena, SQL_confirmation_link_lock, PARAMS(p_integer(tenant_id), p_text(token_hash)),
                    &rows);
}

struct fault *confirmation_link_find(struct db *db, struct arena *arena, int32_t tenant_id,
                                     const char *token_hash, struct confirmation_link *link) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_confirmation_link_find, PARAMS(p_integer(tenant_id), p_text(token_hash)),
                 &rows));
    assert(rows_count(rows) > 0);
    *link = (struct confirmation_link){0};
    rows_read(rows, 0, link_columns, COUNT(link_columns), link);
    if (!rows_text(rows, 0, "criterion"))
        return NULL;
    link->asked_count = rows_count(rows);
    link->asked = arena_alloc(arena, link->asked_count * sizeof *link->asked);
    for (size_t i = 0; i < link->asked_count; i++)
        rows_read(rows, i, asked_columns, COUNT(asked_columns), &link->asked[i]);
    return NULL;
}

struct fault *confirmation_link_use(struct db *db, struct arena *arena, int32_t tenant_id, int64_t key,
                                    int decision, const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_confirmation_link_use,
                    PARAMS(p_integer(tenant_id), p_integer(key), p_choice(decision), p_text(reason)), &rows);
}
