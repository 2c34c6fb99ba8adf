/* People: thin functions over person.sql. */
#include "tandem/store/person.h"

#include "tandem/base/fault.h"

struct fault *person_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct person *person, int64_t *person_id, int64_t *version) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_insert,
                 PARAMS(p_integer(tenant_id), p_text(person->id), p_text(person->subject),
                        p_text(person->name), p_text(person->email), p_integer(person->roles),
                        p_integers(arena, person->partners, person->partner_count),
                        p_texts(arena, person->crm_owner_ids, person->crm_owner_count),
                        p_boolean(person->active)),
                 &rows));
    *person_id = rows_integer(rows, 0, "person_id");
    *version = rows_integer(rows, 0, "version");
    return NULL;
}

struct fault *person_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                          int64_t *person_id, int64_t *version) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_lock, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    bool found = rows_count(rows) > 0;
    *person_id = found ? rows_integer(rows, 0, "person_id") : 0;
    *version = found ? rows_integer(rows, 0, "version") : 0;
    return NULL;
}

struct fault *person_replace(struct db *db, struct arena *arena, int32_t tenant_id, int64_t person_id,
                             const struct person *person, int64_t *version) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_person_replace,
                 PARAMS(p_integer(tenant_id), p_integer(person_id), p_text(person->subject),
                        p_text(person->name), p_text(person->email), p_integer(person->roles),
                        p_integers(arena, person->partners, person->partner_count),
                        p_texts(arena, person->crm_owner_ids, person->crm_owner_count),
                        p_boolean(person->active)),
                 &rows));
    *version = rows_integer(rows, 0, "version");
    return NULL;
}
