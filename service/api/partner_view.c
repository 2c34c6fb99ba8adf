/* A partner states what it expects of a deal, on its own claim: whoever claims the deal may, also when another one leads. */
#include "partner_view.h"

#include "acting.h"
#include "claim.h"
#include "tandem/api/etag.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/http/operation.h"
#include "tandem/store/claim.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* First in a table of fields, because `given` goes by their places. */
#define VIEW_FIELDS(body, view)                                                                              \
    {"amount", FIELD_MONEY, offsetof(body, view.amount), FIELD_NULLABLE}, {                                  \
        "close_date", FIELD_DATE, offsetof(body, view.close_date), FIELD_NULLABLE                            \
    }

enum { GIVEN = 1 | 2 };

static const struct field view_fields[] = {VIEW_FIELDS(struct partner_view_body, view)};
const struct shape partner_view_shape = {view_fields, COUNT(view_fields), sizeof(struct partner_view_body),
                                         offsetof(struct partner_view_body, presence)};

void partner_view_body_check(const struct partner_view_body *body, const char *pointer,
                             struct field_faults *faults) {
    if (!(body->presence.given & GIVEN))
        field_fault(faults, pointer, "required", "say an amount, a close date or both; null takes one back");
}

struct put_body {
    struct partner_view_body stated;
    struct contact acting_for;
};

static const struct field put_fields[] = {VIEW_FIELDS(struct put_body, stated.view),
                                          ACTING_FOR_FIELD(struct put_body, acting_for)};

static void put_check(struct arena *arena, const void *value, struct field_faults *faults) {
    (void)arena;
    partner_view_body_check(value, "", faults);
}

static const struct shape put_shape = {put_fields, COUNT(put_fields), sizeof(struct put_body),
                                       offsetof(struct put_body, stated.presence), put_check};

static struct fault *view_answer(struct call *call, int status) {
    struct opportunity_row row;
    bool found;
    TRY(opportunity_find(call->db, call->arena, call->scope.tenant_id, call->request->path_values[0], &found,
                         &row));
    const struct partner_view_row *view = &claim_of_deal(&row, call->request->path_values[1])->view;
    struct json_out out = {.arena = call->arena};
    partner_view_write(&out, NULL, view);
    work_reply(call->request, status, &out, etag_make(call->arena, view->version, call->side, &out));
    return NULL;
}

static struct fault *put_partner_view_serve(struct call *call) {
    const struct put_body *body = call->request->body;
    struct opportunity_row row;
    const struct claim_row *claim;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(claim_locked(call, &row, &claim));
    TRY(partner_view_verdict(call->arena, row.signals.status));
    const int64_t version = claim->view.version;
    TRY(etag_check_put(call->request, version > 0, version));
    TRY(claim_view_state(call->db, call->arena, call->scope.tenant_id, row.key, claim->partner.key,
                         &body->stated.view));
    return view_answer(call, version > 0 ? 200 : 201);
}

const struct operation put_partner_view = {
    .name = "put_partner_view",
    .roles = ROLES_PARTNER_SIDE,
    .lane = LANE_WRITE,
    .flags = OPERATION_IF_MATCH_PUT,
    .body = &put_shape,
    .work = &(const struct call_work){put_partner_view_serve},
};
