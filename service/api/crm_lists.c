/* What people look at when a CRM and Tandem do not agree: words without a meaning, deals that cannot stand yet, stages that
 * the gates keep apart, and partners that the CRM alone knows of. */
#include "tandem/api/page.h"
#include "tandem/api/work.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/crm_deal.h"
#include "tandem/domain/deal.h"
#include "tandem/domain/opportunity.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* -- list_unmapped -- */

static struct fault *unmapped_row(struct request *request, const struct scope *scope, const struct rows *rows,
                                  size_t index, struct json_out *out) {
    (void)request, (void)scope;
    const struct column since = {"since", COLUMN_INSTANT, 0};
    int64_t since_at;
    rows_read(rows, index, &since, 1, &since_at);
    json_object(out, NULL);
    json_add_text(out, "source_id", rows_text(rows, index, "source_id"));
    json_add_text(out, "source", rows_text(rows, index, "source"));
    json_add_text(out, "field", rows_text(rows, index, "field"));
    json_add_text(out, "value", rows_text(rows, index, "value"));
    json_add_integer(out, "deals", rows_integer(rows, index, "deals"));
    json_add_raw(out, "external_ids", rows_text(rows, index, "external_ids"));
    json_add_instant(out, "since", since_at);
    json_object_end(out);
    return NULL;
}

static struct fault *unmapped_answer(struct request *request, const struct scope *scope,
                                     const struct rows *rows) {
    return page_reply(request, scope, request->query, rows, "key", unmapped_row);
}

const struct operation list_unmapped = {
    .name = "list_unmapped",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &page_query,
    .work = &(const struct read_work){SQL_unmapped_page, page_query_bind, unmapped_answer},
};

/* -- list_drift -- */

struct drift_row {
    const char *id, *name, *source, *external_id, *vendor_key, *partner_key;
    const char *crm_partner, *crm_partner_name, *claimed_by; /* claimed_by: JSON */
    int crm_stage, vendor_rollup, partner_rollup;
};

static const struct column drift_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct drift_row, id)},
    {"name", COLUMN_TEXT, offsetof(struct drift_row, name)},
    {"source", COLUMN_TEXT, offsetof(struct drift_row, source)},
    {"external_id", COLUMN_TEXT, offsetof(struct drift_row, external_id)},
    {"crm_stage", COLUMN_CHOICE, offsetof(struct drift_row, crm_stage)},
    {"vendor_key", COLUMN_TEXT, offsetof(struct drift_row, vendor_key)},
    {"vendor_rollup", COLUMN_CHOICE, offsetof(struct drift_row, vendor_rollup)},
    {"partner_key", COLUMN_TEXT, offsetof(struct drift_row, partner_key)},
    {"partner_rollup", COLUMN_CHOICE, offsetof(struct drift_row, partner_rollup)},
    {"crm_partner", COLUMN_TEXT, offsetof(struct drift_row, crm_partner)},
    {"crm_partner_name", COLUMN_TEXT, offsetof(struct drift_row, crm_partner_name)},
    {"claimed_by", COLUMN_TEXT, offsetof(struct drift_row, claimed_by)},
};

static void side_write(struct json_out *out, const char *name, const char *key, int rollup) {
    if (!key) {
        json_add_null(out, name);
        return;
    }
    json_object(out, name);
    json_add_text(out, "key", key);
    json_add_choice(out, "rollup", rollups, rollup);
    json_object_end(out);
}

static void partner_write(struct json_out *out, const struct drift_row *row) {
    if (!row->crm_partner) {
        json_add_null(out, "crm_partner");
        return;
    }
    json_object(out, "crm_partner");
    json_add_text(out, "partner_id", row->crm_partner);
    json_add_text(out, "name", row->crm_partner_name);
    json_object_end(out);
}

static struct fault *drift_row(struct request *request, const struct scope *scope, const struct rows *rows,
                               size_t index, struct json_out *out) {
    (void)request, (void)scope;
    struct drift_row row;
    rows_read(rows, index, drift_columns, COUNT(drift_columns), &row);
    json_object(out, NULL);
    json_add_text(out, "opportunity_id", row.id);
    json_add_text(out, "name", row.name);
    json_add_text(out, "source", row.source);
    json_add_text(out, "external_id", row.external_id);
    json_add_choice(out, "crm_stage", rollups, row.crm_stage);
    side_write(out, "vendor", row.vendor_key, row.vendor_rollup);
    side_write(out, "partner", row.partner_key, row.partner_rollup);
    json_add_choice(out, "drift", crm_drifts,
                    (int)crm_drift_of(row.crm_stage, row.vendor_rollup, row.partner_rollup));
    partner_write(out, &row);
    json_add_raw(out, "claimed_by", row.claimed_by);
    json_object_end(out);
    return NULL;
}

static struct fault *drift_answer(struct request *request, const struct scope *scope,
                                  const struct rows *rows) {
    return page_reply(request, scope, request->query, rows, "id", drift_row);
}

const struct operation list_drift = {
    .name = "list_drift",
    .roles = ROLES_VENDOR,
    .lane = LANE_READ,
    .query = &page_query,
    .work = &(const struct read_work){SQL_drift_page, page_query_bind, drift_answer},
};
