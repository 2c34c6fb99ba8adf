/* Registrations as rows: submission, conflict search, reading. Decisions stand in registration_decision.c. */
#include "tandem/store/registration.h"

#include "tandem/store/policy.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/registration.h"

#define COLUMN_COUNT(columns) (sizeof(columns) / sizeof *(columns))

static const struct column registration_columns[] = {
    {"registration_id", COLUMN_INTEGER, offsetof(struct registration, key)},
    {"id", COLUMN_TEXT, offsetof(struct registration, id)},
    {"partner_id", COLUMN_INTEGER, offsetof(struct registration, partner_key)},
    {"partner", COLUMN_TEXT, offsetof(struct registration, partner)},
    {"account_id", COLUMN_INTEGER, offsetof(struct registration, account_key)},
    {"account", COLUMN_TEXT, offsetof(struct registration, account)},
    {"product_family", COLUMN_TEXT, offsetof(struct registration, product_family)},
    {"external_id", COLUMN_TEXT, offsetof(struct registration, external_id)},
    {"content_hash", COLUMN_TEXT, offsetof(struct registration, content_hash)},
    {"state", COLUMN_CHOICE, offsetof(struct registration, state)},
    {"submitted_at", COLUMN_INSTANT, offsetof(struct registration, submitted_at)},
    {"respond_by", COLUMN_INSTANT, offsetof(struct registration, respond_by)},
    {"customer_name", COLUMN_TEXT, offsetof(struct registration, customer_name)},
    {"customer_domains", COLUMN_TEXT, offsetof(struct registration, customer_domains)},
    {"customer_country", COLUMN_TEXT, offsetof(struct registration, customer_country)},
    {"contact_name", COLUMN_TEXT, offsetof(struct registration, contact_name)},
    {"contact_email", COLUMN_TEXT, offsetof(struct registration, contact_email)},
    {"need", COLUMN_TEXT, offsetof(struct registration, need)},
    {"amount_minor", COLUMN_AMOUNT, offsetof(struct registration, amount)},
    {"currency", COLUMN_CURRENCY, offsetof(struct registration, amount)},
    {"close_date", COLUMN_DATE, offsetof(struct registration, close_date)},
    {"partner_rep_name", COLUMN_TEXT, offsetof(struct registration, partner_rep_name)},
    {"partner_rep_email", COLUMN_TEXT, offsetof(struct registration, partner_rep_email)},
    {"acting_for", COLUMN_TEXT, offsetof(struct registration, acting_for)},
    {"verdict", COLUMN_CHOICE, offsetof(struct registration, verdict)},
    {"verdict_rule", COLUMN_TEXT, offsetof(struct registration, verdict_rule)},
    {"conflict_with", COLUMN_TEXT, offsetof(struct registration, conflict_with)},
    {"reason_code", COLUMN_CHOICE, offsetof(struct registration, reason_code)},
    {"reason", COLUMN_TEXT, offsetof(struct registration, reason)},
    {"protected_until", COLUMN_INSTANT, offsetof(struct registration, protected_until)},
    {"opportunity", COLUMN_TEXT, offsetof(struct registration, opportunity)},
    {"version", COLUMN_INTEGER, offsetof(struct registration, version)},
    {"change_fields", COLUMN_INTEGER, offsetof(struct registration, change_fields)},
    {"change_text", COLUMN_TEXT, offsetof(struct registration, change_text)},
    {"change_is_correction", COLUMN_BOOLEAN, offsetof(struct registration, change_is_correction)},
    {"expires_at", COLUMN_INSTANT, offsetof(struct registration, expires_at)},
    {"deal_status", COLUMN_CHOICE, offsetof(struct registration, deal_status)},
    {"resolution", COLUMN_CHOICE, offsetof(struct registration, resolution)},
    {"resolution_reason", COLUMN_TEXT, offsetof(struct registration, resolution_reason)},
    {"responded_at", COLUMN_INSTANT, offsetof(struct registration, responded_at)},
    {"past_respond_by", COLUMN_BOOLEAN, offsetof(struct registration, past_respond_by)},
};

void registration_read(const struct rows *rows, size_t index, struct registration *registration) {
    rows_read(rows, index, registration_columns, COLUMN_COUNT(registration_columns), registration);
}

void registration_received_read(const struct rows *rows, struct registration_received *received) {
    static const struct column columns[] = {
        {"sent_version", COLUMN_INTEGER, offsetof(struct registration_received, version)},
        {"sent_at", COLUMN_INSTANT, offsetof(struct registration_received, at)},
        {"sender", COLUMN_TEXT, offsetof(struct registration_received, person)},
    };
    rows_read(rows, 0, columns, COLUMN_COUNT(columns), received);
}

static struct fault *found_one(const struct rows *rows, bool *found, struct registration *registration) {
    *found = rows_count(rows) > 0;
    if (*found)
        registration_read(rows, 0, registration);
    return NULL;
}

struct fault *registration_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *id,
                                bool *found, struct registration *registration) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_registration_by_id, PARAMS(p_integer(tenant_id), p_text(id)), &rows));
    return found_one(rows, found, registration);
}

/* -- submission -- */

static const struct column ground_columns[] = {
    {"partner_id", COLUMN_INTEGER, offsetof(struct submission_ground, partner_key)},
    {"partner", COLUMN_TEXT, offsetof(struct submission_ground, partner)},
    {"local_date", COLUMN_DATE, offsetof(struct submission_ground, now.date)},
    {"time_of_day_us", COLUMN_INTEGER, offsetof(struct submission_ground, now.time_of_day_us)},
    {"respond_business_days", COLUMN_INTEGER, offsetof(struct submission_ground, respond_business_days)},
    {"changes_business_days", COLUMN_INTEGER, offsetof(struct submission_ground, changes_business_days)},
    {"submissions_per_day", COLUMN_INTEGER, offsetof(struct submission_ground, submissions_per_day)},
};

struct fault *registration_prepare(struct db *db, struct arena *arena, int32_t tenant_id, const char *partner,
                                   const char *time_zone, struct submission_ground *ground) {
    struct rows *rows;
    *ground = (struct submission_ground){0};
    TRY(db_query(db, arena, SQL_registration_prepare,
                 PARAMS(p_integer(tenant_id), p_text(partner), p_text(time_zone)), &rows));
    if (rows_count(rows) == 1)
        rows_read(rows, 0, ground_columns, COLUMN_COUNT(ground_columns), ground);
    if (rows_count(rows) == 1)
        ground->calendar = calendar_read(arena, rows, 0);
    return NULL;
}

static const struct column day_columns[] = {
    {"submitted", COLUMN_INTEGER, offsetof(struct submission_day, submitted)},
    {"submissions_per_day", COLUMN_INTEGER, offsetof(struct submission_day, allowed)},
    {"seconds_left", COLUMN_INTEGER, offsetof(struct submission_day, seconds_left)},
};

struct fault *registration_day(struct db *db, struct arena *arena, int32_t tenant_id, int64_t partner_key,
                               const char *time_zone, struct submission_day *day) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_registration_day_lock, PARAMS(p_integer(tenant_id), p_integer(partner_key)),
                 &rows));
    TRY(db_query(db, arena, SQL_registration_day,
                 PARAMS(p_integer(tenant_id), p_integer(partner_key), p_text(time_zone)), &rows));
    rows_read(rows, 0, day_columns, COLUMN_COUNT(day_columns), day);
    return NULL;
}

struct fault *registration_find_external(struct db *db, struct arena *arena, int32_t tenant_id,
                                         int64_t partner_key, const char *external_id, bool *found,
                                         struct registration *registration) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_registration_external_id_lock,
                 PARAMS(p_integer(tenant_id), p_integer(partner_key), p_text(external_id)), &rows));
    TRY(db_query(db, arena, SQL_registration_by_external_id,
                 PARAMS(p_integer(tenant_id), p_integer(partner_key), p_text(external_id)), &rows));
    return found_one(rows, found, registration);
}

struct fault *registration_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct submission *submission) {
    const struct registration *row = &submission->registration;
    /* a local time travels as if it were UTC; the statement puts it into the zone */
    int64_t respond_by = submission->respond_by.date * DAY_US + submission->respond_by.time_of_day_us;
    struct rows *rows;
    return db_query(db, arena, SQL_registration_insert,
                    PARAMS(p_integer(tenant_id), p_text(row->id), p_integer(row->partner_key),
                           p_integer(row->account_key), p_text(row->product_family), p_text(row->external_id),
                           p_text(row->content_hash), p_integer(REGISTRATION_SUBMITTED),
                           p_instant(respond_by), p_text(submission->time_zone), p_text(row->customer_name),
                           p_texts(arena, submission->domains->items, submission->domains->count),
                           p_text(row->customer_country), p_text(row->contact_name),
                           p_text(row->contact_email), p_text(row->need), p_amount(&row->amount),
                           p_currency(&row->amount), p_date(row->close_date), p_text(row->partner_rep_name),
                           p_text(row->partner_rep_email), p_text(row->acting_for), p_choice(row->verdict),
                           p_text(row->verdict_rule), p_text(row->conflict_with)),
                    &rows);
}

/* -- conflict -- */

static const struct column candidate_columns[] = {
    {"kind", COLUMN_TEXT, offsetof(struct candidate_row, kind)},
    {"id", COLUMN_TEXT, offsetof(struct candidate_row, id)},
    {"account_id", COLUMN_INTEGER, offsetof(struct candidate_row, account_key)},
    {"same_partner", COLUMN_BOOLEAN, offsetof(struct candidate_row, same_partner)},
    {"state", COLUMN_CHOICE, offsetof(struct candidate_row, state)},
    {"product_family", COLUMN_TEXT, offsetof(struct candidate_row, product_family)},
    {"submitted_at", COLUMN_INSTANT, offsetof(struct candidate_row, submitted_at)},
    {"protected", COLUMN_BOOLEAN, offsetof(struct candidate_row, is_protected)},
    {"matched", COLUMN_TEXT, offsetof(struct candidate_row, matched)},
    {"similar_keys", COLUMN_TEXT, offsetof(struct candidate_row, similar_keys)},
    {"deal", COLUMN_TEXT, offsetof(struct candidate_row, deal)},
};

struct fault *registration_candidates(struct db *db, struct arena *arena, int32_t tenant_id,
                                      int64_t account_key, const char *name_key, const char *const *domains,
                                      size_t domain_count, const char *country, int64_t own_key,
                                      int64_t partner_key, struct candidate_row **candidates, size_t *count) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_registration_candidates,
                 PARAMS(p_integer(tenant_id), p_integer(account_key), p_text(name_key),
                        p_texts(arena, domains, domain_count), p_text(country), p_integer(own_key),
                        p_integer(partner_key)),
                 &rows));
    *count = rows_count(rows);
    *candidates = arena_alloc(arena, *count * sizeof **candidates);
    for (size_t i = 0; i < *count; i++)
        rows_read(rows, i, candidate_columns, COLUMN_COUNT(candidate_columns), &(*candidates)[i]);
    return NULL;
}
