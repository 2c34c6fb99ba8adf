/* What is changed of a registration between its submission and its decision, and its protection afterwards. */
#include "tandem/base/fault.h"
#include "tandem/base/time.h"
#include "tandem/domain/registration.h"
#include "tandem/store/registration.h"

/* A local time travels as if it were UTC; the statement puts it into the zone. */
static struct param p_local_time(const struct local_time *time) {
    return p_instant(time->date * DAY_US + time->time_of_day_us);
}

struct fault *registration_request_changes(struct db *db, struct arena *arena, int32_t tenant_id,
                                           int64_t registration_key, const struct change_request *request) {
    struct rows *rows;
    return db_query(db, arena, SQL_registration_request_changes,
                    PARAMS(p_integer(tenant_id), p_integer(registration_key),
                           p_integer(REGISTRATION_CHANGES_REQUESTED), p_integer(request->fields),
                           p_text(request->text), p_boolean(request->correction),
                           p_local_time(&request->expires), p_text(request->time_zone)),
                    &rows);
}

struct fault *registration_resubmit(struct db *db, struct arena *arena, int32_t tenant_id,
                                    const struct submission *submission, bool keeps_stamp) {
    const struct registration *row = &submission->registration;
    struct rows *rows;
    return db_query(db, arena, SQL_registration_resubmit,
                    PARAMS(p_integer(tenant_id), p_integer(row->key), p_integer(REGISTRATION_SUBMITTED),
                           p_integer(row->account_key), p_text(row->product_family),
                           p_text(row->content_hash), p_text(row->customer_name),
                           p_texts(arena, submission->domains->items, submission->domains->count),
                           p_text(row->customer_country), p_text(row->contact_name),
                           p_text(row->contact_email), p_text(row->need), p_amount(&row->amount),
                           p_currency(&row->amount), p_date(row->close_date), p_text(row->partner_rep_name),
                           p_text(row->partner_rep_email), p_choice(row->verdict), p_text(row->verdict_rule),
                           p_text(row->conflict_with), p_boolean(keeps_stamp),
                           p_local_time(&submission->respond_by), p_text(submission->time_zone)),
                    &rows);
}

struct fault *registration_withdraw(struct db *db, struct arena *arena, int32_t tenant_id,
                                    int64_t registration_key, const char *reason) {
    struct rows *rows;
    return db_query(db, arena, SQL_registration_withdraw,
                    PARAMS(p_integer(tenant_id), p_integer(registration_key),
                           p_integer(REGISTRATION_WITHDRAWN), p_text(reason)),
                    &rows);
}

struct fault *registration_extend(struct db *db, struct arena *arena, int32_t tenant_id,
                                  int64_t registration_key, int64_t days, const char *reason) {
    struct rows *rows;
    return db_query(
        db, arena, SQL_registration_extend,
        PARAMS(p_integer(tenant_id), p_integer(registration_key), p_integer(days), p_text(reason)), &rows);
}
