/* Evidence and confirmations: thin functions over evidence.sql. */
#include "tandem/store/evidence.h"

#include "tandem/base/fault.h"

#define FIELD(member) offsetof(struct evidence_row, member)

static const struct column evidence_columns[] = {
    {"criterion", COLUMN_TEXT, FIELD(criterion)},
    {"evidence_version", COLUMN_INTEGER, FIELD(version)},
    {"type", COLUMN_CHOICE, FIELD(type)},
    {"side", COLUMN_CHOICE, FIELD(side)},
    {"given_at", COLUMN_INSTANT, FIELD(given_at)},
    {"statement", COLUMN_TEXT, FIELD(statement)},
    {"link", COLUMN_TEXT, FIELD(link)},
    {"sha256", COLUMN_TEXT, FIELD(sha256)},
    {"people", COLUMN_TEXT, FIELD(people)},
    {"on_date", COLUMN_DATE, FIELD(on_date)},
    {"steps", COLUMN_TEXT, FIELD(steps)},
    {"author", COLUMN_TEXT, FIELD(author)},
    {"author_name", COLUMN_TEXT, FIELD(author_name)},
    {"vendor_person", COLUMN_TEXT, FIELD(vendor.person)},
    {"vendor_person_name", COLUMN_TEXT, FIELD(vendor.person_name)},
    {"vendor_confirmed_at", COLUMN_INSTANT, FIELD(vendor.confirmed_at)},
    {"partner_person", COLUMN_TEXT, FIELD(partner.person)},
    {"partner_person_name", COLUMN_TEXT, FIELD(partner.person_name)},
    {"partner_confirmed_at", COLUMN_INSTANT, FIELD(partner.confirmed_at)},
};

void evidence_read(const struct rows *rows, size_t row, struct evidence_row *evidence) {
    rows_read(rows, row, evidence_columns, sizeof evidence_columns / sizeof *evidence_columns, evidence);
}

struct fault *evidence_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *opportunity_id,
                            const char *criterion, struct evidence_row *evidence, bool *found) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_evidence_list,
                 PARAMS(p_integer(tenant_id), p_text(opportunity_id), p_text(criterion)), &rows));
    *evidence = (struct evidence_row){0};
    if (rows_count(rows) > 0)
        evidence_read(rows, 0, evidence);
    *found = evidence->criterion != NULL;
    return NULL;
}

struct fault *evidence_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                              const struct evidence_new *evidence) {
    struct rows *rows;
    return db_query(db, arena, SQL_evidence_insert,
                    PARAMS(p_integer(tenant_id), p_integer(evidence->opportunity_id),
                           p_texts(arena, evidence->criteria, evidence->criterion_count),
                           p_integer(evidence->type), p_text(evidence->body), p_integer(evidence->side)),
                    &rows);
}

struct fault *confirmation_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct confirmation_new *confirmation) {
    struct rows *rows;
    return db_query(db, arena, SQL_confirmation_insert,
                    PARAMS(p_integer(tenant_id), p_integer(confirmation->opportunity_id),
                           p_texts(arena, confirmation->criteria, confirmation->count),
                           p_integers(arena, confirmation->evidence_versions, confirmation->count),
                           p_integer(confirmation->side)),
                    &rows);
}
