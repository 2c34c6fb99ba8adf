/* link_external_id: a CRM's record and a deal are one and the same. From the first id on the CRM owns what is its own;
 * creation, window, claims, stage and evidence stay as they are. */
#include "tandem/store/external_id.h"

#include <string.h>

#include "tandem/api/opportunity.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/side.h"
#include "tandem/http/operation.h"
#include "tandem/store/account.h"

struct link_body {
    const char *source, *external_id;
};

static const struct field link_fields[] = {
    {"source", FIELD_TEXT, offsetof(struct link_body, source), FIELD_REQUIRED, 1, 200},
    {"external_id", FIELD_TEXT, offsetof(struct link_body, external_id), FIELD_REQUIRED, 1, 200},
};
static const struct shape link_shape = {link_fields, sizeof link_fields / sizeof *link_fields,
                                        sizeof(struct link_body), SHAPE_NO_PRESENCE};

/* An id of the source that the deal has, or NULL. */
static struct fault *id_of_source(struct arena *arena, const struct opportunity_row *row, const char *source,
                                  const char **external_id) {
    const struct json *ids;
    *external_id = NULL;
    if (!row->external_ids)
        return NULL;
    TRY(json_parse(arena, row->external_ids, strlen(row->external_ids), &ids));
    for (const struct json *id = json_first(ids); id; id = json_next(id))
        if (strcmp(json_string(json_get(id, "source")), source) == 0)
            *external_id = json_string(json_get(id, "external_id"));
    return NULL;
}

static struct fault *link_serve(struct call *call) {
    const struct link_body *body = call->request->body;
    const int32_t tenant_id = call->scope.tenant_id;
    struct opportunity_row row;
    enum external_id_step step;
    TRY(account_tenant_lock(call->db, call->arena, tenant_id));
    TRY(external_id_lock(call->db, call->arena, tenant_id));
    TRY(opportunity_locked(call, call->request->path_values[0], &row));
    const struct deal_ties ties = {.owns_deal = row.owner.key == call->scope.person_id};
    if (!(call->roles & ROLE_BIT(ROLE_CRM_SYNC)))
        TRY(side_verdict(call->arena, call->roles, &ties));
    struct external_id_link link = {.opportunity_id = row.id, .status = row.signals.status};
    TRY(external_id_find(call->db, call->arena, tenant_id, body->source, body->external_id, &link.owner));
    TRY(id_of_source(call->arena, &row, body->source, &link.same_source_id));
    TRY(external_id_link_verdict(call->arena, &link, &step));
    if (step == EXTERNAL_ID_ADDED)
        TRY(external_id_give(call->db, call->arena, tenant_id, row.key, !row.crm_source, body->source,
                             body->external_id));
    return opportunity_answer(call, row.id, 200);
}

const struct operation link_external_id = {
    .name = "link_external_id",
    .roles = ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_CRM_SYNC) | ROLE_BIT(ROLE_ADMIN),
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED,
    .body = &link_shape,
    .work = &(const struct call_work){link_serve},
};
