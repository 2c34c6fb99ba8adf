/* get_registration_receipt: what was received, from whom and when, signed, so that a partner can show it to anybody. */
#include <string.h>

#include "registration.h"
#include "registration_content.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/jws.h"
#include "tandem/http/operation.h"

static struct fault *receipt_bind(const struct request *request, struct param *params, size_t *count) {
    params[(*count)++] = p_text(request->path_values[0]);
    return NULL;
}

/* Nothing of the verdict: both sides, and whoever they show it to, read the same. */
static struct fault *payload_write(struct arena *arena, const struct registration *registration,
                                   const struct registration_received *received, struct json_out *out) {
    struct registration_content content;
    struct contact acting_for;
    TRY(content_stored(arena, registration, &content));
    TRY(acting_for_stored(arena, registration, &acting_for));
    json_object(out, NULL);
    json_add_text(out, "registration_id", registration->id);
    json_add_text(out, "external_id", registration->external_id);
    json_add_text(out, "partner_id", registration->partner);
    json_add_text(out, "received_from", received->person);
    json_add_instant(out, "submitted_at", registration->submitted_at);
    json_add_instant(out, "received_at", received->at);
    json_add_integer(out, "version", received->version);
    json_add_text(out, "content_sha256", registration->content_hash);
    json_add_raw(out, "content", content_text(arena, &content, &acting_for));
    json_object_end(out);
    return NULL;
}

static struct fault *receipt_answer(struct request *request, const struct scope *scope,
                                    const struct rows *rows) {
    (void)scope;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "registration");
    struct registration registration;
    struct registration_received received;
    registration_read(rows, 0, &registration);
    registration_received_read(rows, &received);
    struct json_out payload = {.arena = request->arena}, out = {.arena = request->arena};
    TRY(payload_write(request->arena, &registration, &received, &payload));
    const char *text = json_out_text(&payload);
    const char *receipt = jws_sign(request->arena, "tandem-receipt+jwt", text, strlen(text));
    if (!receipt)
        return fault_make(
            request->arena, PROBLEM_NO_SIGNING_KEY,
            "the service was started without a key to sign with: there is a receipt as soon as its operator "
            "sets TANDEM_SIGNING_KEY_FILE");
    json_object(&out, NULL);
    json_add_text(&out, "receipt", receipt);
    json_object_end(&out);
    work_reply(request, 200, &out, NULL);
    return NULL;
}

const struct operation get_registration_receipt = {
    .name = "get_registration_receipt",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_registration_receipt, receipt_bind, receipt_answer},
};
