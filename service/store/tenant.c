/* A new tenant is one transaction: settings, policy, stage model, first admin, and the events that tell of them. What
 * the defaults are is the domain's word; here they become rows. */
#include "tandem/store/tenant.h"

#include <ctype.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/policy.h"
#include "tandem/domain/role.h"
#include "tandem/domain/stage.h"
#include "tandem/store/db.h"
#include "tandem/store/person.h"
#include "tandem/store/policy.h"
#include "tandem/store/stage_model.h"

enum { TENANT_KEY_MAX = 63 };

/* -- checks -- */

static bool key_is_good(const char *key) {
    size_t length = key ? strlen(key) : 0;
    return length > 0 && length <= TENANT_KEY_MAX && isalnum((unsigned char)*key) &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static bool is_blank(const char *text) {
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static struct fault *zone_check(struct db *db, struct arena *arena, const char *zone,
                                struct field_faults *faults) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_tenant_zone_known, PARAMS(p_text(zone ? zone : "")), &rows));
    if (strcmp(rows_text(rows, 0, "known"), "t") != 0)
        field_fault(faults, "/time_zone", "unknown_time_zone",
                    "PostgreSQL knows no time zone \"%s\"; take an IANA name such as Europe/Berlin",
                    zone ? zone : "");
    return NULL;
}

static struct fault *tenant_check(struct db *db, struct arena *arena, const struct tenant_new *tenant) {
    struct field_faults faults = {.arena = arena};
    if (!key_is_good(tenant->key))
        field_fault(&faults, "/key", "invalid_key",
                    "a key has 1 to %d characters of a-z, 0-9, - and _ and starts with a letter or digit",
                    TENANT_KEY_MAX);
    if (tenant->name && is_blank(tenant->name))
        field_fault(&faults, "/name", "too_short", "the name says nothing");
    if (!tenant->currency || currency_exponent(tenant->currency) < 0)
        field_fault(&faults, "/currency", "invalid_currency", "ISO 4217 has no such currency");
    if (tenant->amount_basis && is_blank(tenant->amount_basis))
        field_fault(&faults, "/amount_basis", "too_short", "the amount basis says nothing");
    TRY(zone_check(db, arena, tenant->time_zone, &faults));
    if (tenant->fiscal_start_month < 1 || tenant->fiscal_start_month > 12)
        field_fault(&faults, "/fiscal_start_month", "out_of_range", "a month is 1 to 12");
    if (is_blank(tenant->admin.subject))
        field_fault(&faults, "/admin/subject", "required", "the first admin's token subject is needed");
    if (tenant->admin.email && !text_is_email(tenant->admin.email))
        field_fault(&faults, "/admin/email", "invalid_email", "this is no e-mail address");
    return field_faults_fault(&faults);
}

/* -- rows -- */

static struct fault *settings_insert(struct db *db, struct arena *arena, const struct tenant_new *tenant,
                                     int32_t *tenant_id) {
    struct rows *rows;
    TRY(db_query(db, arena, SQL_tenant_insert,
                 PARAMS(p_text(tenant->key), p_text(tenant->name ? tenant->name : tenant->key),
                        p_text(tenant->currency), p_text(tenant->amount_basis ? tenant->amount_basis : "ACV"),
                        p_text(tenant->time_zone), p_integer(tenant->fiscal_start_month),
                        p_instant(tenant->go_live_at)),
                 &rows));
    *tenant_id = (int32_t)rows_integer(rows, 0, "tenant_id");
    TRY(db_query(db, arena, SQL_tenant_enter, PARAMS(p_integer(*tenant_id)), &rows));
    return db_query(db, arena, SQL_tenant_log, PARAMS(p_integer(*tenant_id)), &rows);
}

static struct fault *admin_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                                  const struct tenant_new *tenant) {
    char id[UUID_TEXT_SIZE];
    int64_t person_id;
    uuid_make(id);
    const struct person admin = {
        .id = id,
        .subject = tenant->admin.subject,
        .name = tenant->admin.name ? tenant->admin.name : tenant->admin.subject,
        .email = tenant->admin.email,
        .roles = ROLE_BIT(ROLE_ADMIN),
        .active = true,
    };
    return person_insert(db, arena, tenant_id, &admin, &person_id);
}

static struct fault *create_body(struct db *db, struct arena *arena, void *arg) {
    const struct tenant_new *tenant = arg;
    int32_t tenant_id;
    TRY(tenant_check(db, arena, tenant));
    TRY(settings_insert(db, arena, tenant, &tenant_id));
    const struct policy_setting first = {
        .policy = policy_default, .effective_at = INSTANT_NONE, .work_days = calendar_default.work_days};
    TRY(policy_insert(db, arena, tenant_id, &first));
    TRY(stage_model_insert(db, arena, tenant_id, &stage_model_default));
    return admin_insert(db, arena, tenant_id, tenant);
}

struct fault *tenant_create(struct db *owner_db, struct arena *arena, const struct tenant_new *tenant) {
    struct tenant_new copy = *tenant;
    return db_transaction(owner_db, arena, false, create_body, &copy, NULL);
}
