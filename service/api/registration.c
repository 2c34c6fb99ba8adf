/* Registrations, read: the answer in its two views, one and the list. */
#include "registration.h"

#include "tandem/api/etag.h"
#include "tandem/api/page.h"
#include "tandem/base/fault.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/domain/registration_change.h"
#include "tandem/domain/response.h"
#include "tandem/http/operation.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* -- the answer -- */

static void write_contact(struct json_out *out, const char *member, const char *name, const char *email) {
    if (!name) { /* the person was erased */
        json_add_null(out, member);
        return;
    }
    json_object(out, member);
    json_add_text(out, "name", name);
    json_add_text(out, "email", email);
    json_object_end(out);
}

static void write_customer(struct json_out *out, const struct registration *registration) {
    json_object(out, "customer");
    json_add_text(out, "name", registration->customer_name);
    json_add_raw(out, "domains", registration->customer_domains);
    json_add_text(out, "country", registration->customer_country);
    json_object_end(out);
}

/* While changes are awaited, and after they did not come. */
static void write_change_request(struct json_out *out, const struct registration *registration) {
    if (registration->state != REGISTRATION_CHANGES_REQUESTED &&
        registration->state != REGISTRATION_EXPIRED) {
        json_add_null(out, "change_request");
        return;
    }
    json_object(out, "change_request");
    json_array(out, "fields");
    for (const struct choice *field = registration_fields; field->name; field++)
        if (registration->change_fields >> field->code & 1)
            json_add_text(out, NULL, field->name);
    json_array_end(out);
    json_add_text(out, "text", registration->change_text);
    json_add_boolean(out, "correction", registration->change_is_correction);
    json_add_instant(out, "expires_at", registration->expires_at);
    json_object_end(out);
}

static void write_response(struct json_out *out, const struct registration *registration) {
    json_add_instant(out, "responded_at", registration->responded_at);
    int in_time = response_in_time(response_assess(&(struct response_signals){
        .state = registration->state,
        .answered = registration->responded_at != INSTANT_NONE,
        .past_respond_by = registration->past_respond_by,
    }));
    if (in_time < 0)
        json_add_null(out, "responded_in_time");
    else
        json_add_boolean(out, "responded_in_time", in_time);
}

/* What both sides see; the verdict is the one in public words. */
static void write_shared(struct json_out *out, const struct registration *registration) {
    json_add_text(out, "registration_id", registration->id);
    json_add_text(out, "external_id", registration->external_id);
    json_add_text(out, "partner_id", registration->partner);
    json_add_raw(out, "acting_for", registration->acting_for);
    write_customer(out, registration);
    json_add_text(out, "product_family", registration->product_family);
    write_contact(out, "contact", registration->contact_name, registration->contact_email);
    json_add_text(out, "need", registration->need);
    json_add_money(out, "amount", &registration->amount);
    json_add_date(out, "close_date", registration->close_date);
    write_contact(out, "partner_rep", registration->partner_rep_name, registration->partner_rep_email);
    json_add_choice(out, "state", registration_states, registration->state);
    json_add_instant(out, "submitted_at", registration->submitted_at);
    json_add_instant(out, "respond_by", registration->respond_by);
    write_response(out, registration);
    json_add_choice(
        out, "verdict", partner_verdicts,
        registration_partner_verdict(registration->state, registration->verdict, registration->reason_code));
    json_add_text(
        out, "public_rule",
        registration_public_rule(registration->state, registration->reason_code, registration->resolution));
    write_change_request(out, registration);
    json_add_instant(out, "protected_until", registration->protected_until);
    json_add_text(out, "opportunity_id", registration->opportunity);
    json_add_integer(out, "version", registration->version);
}

static void write_resolution(struct json_out *out, const struct registration *registration) {
    if (registration->resolution < 0) {
        json_add_null(out, "resolution");
        return;
    }
    json_object(out, "resolution");
    json_add_choice(out, "kind", resolution_kinds, registration->resolution);
    json_add_text(out, "reason", registration->resolution_reason);
    json_object_end(out);
}

static void write_for_vendor(struct json_out *out, const struct registration *registration) {
    json_add_text(out, "account_id", registration->account);
    json_object(out, "conflict");
    json_add_choice(out, "verdict", registration_verdicts, registration->verdict);
    json_add_text(out, "rule", registration->verdict_rule);
    json_add_raw(out, "with", registration->conflict_with);
    json_object_end(out);
    write_resolution(out, registration);
    if (registration->state != REGISTRATION_REJECTED) {
        json_add_null(out, "rejection");
        return;
    }
    json_object(out, "rejection");
    json_add_choice(out, "reason_code", reject_reasons, registration->reason_code);
    json_add_text(out, "reason", registration->reason);
    json_object_end(out);
}

void registration_write(struct json_out *out, const struct registration *registration, enum side side) {
    json_object(out, NULL);
    write_shared(out, registration);
    if (side != SIDE_PARTNER)
        write_for_vendor(out, registration);
    json_object_end(out);
}

static const char *registration_etag(struct arena *arena, const struct registration *registration,
                                     enum side side, const struct json_out *out) {
    return etag_make(arena, registration->version, side, out);
}

struct fault *registration_answer(struct call *call, const char *id, int status) {
    struct registration registration;
    bool found;
    TRY(registration_find(call->db, call->arena, call->scope.tenant_id, id, &found, &registration));
    if (!found)
        return work_not_found(call->arena, "registration");
    struct json_out out = {.arena = call->arena};
    registration_write(&out, &registration, call->side);
    const char *etag = registration_etag(call->arena, &registration, call->side, &out);
    if (status == 201)
        work_reply_created(call->request, "registrations", id, &out, etag);
    else
        work_reply(call->request, status, &out, etag);
    return NULL;
}

/* -- get_registration -- */

static struct fault *get_bind(const struct request *request, struct param *params, size_t *count) {
    params[(*count)++] = p_text(request->path_values[0]);
    return NULL;
}

static struct fault *get_answer(struct request *request, const struct scope *scope, const struct rows *rows) {
    (void)scope;
    if (rows_count(rows) == 0)
        return work_not_found(request->arena, "registration");
    struct registration registration;
    registration_read(rows, 0, &registration);
    enum side side = roles_side(request->token.roles);
    struct json_out out = {.arena = request->arena};
    registration_write(&out, &registration, side);
    work_reply(request, 200, &out, registration_etag(request->arena, &registration, side, &out));
    return NULL;
}

const struct operation get_registration = {
    .name = "get_registration",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .work = &(const struct read_work){SQL_registration_by_id, get_bind, get_answer},
};

/* -- list_registrations -- */

struct registration_query {
    int state;
    const char *external_id;
    int64_t updated_since;
    struct page page;
};

static const struct field query_fields[] = {
    {"state", FIELD_CHOICE, offsetof(struct registration_query, state), .choices = registration_states},
    {"external_id", FIELD_TEXT, offsetof(struct registration_query, external_id), 0, 1, 200},
    {"updated_since", FIELD_INSTANT, offsetof(struct registration_query, updated_since)},
    PAGE_FIELDS(struct registration_query, page),
};

static const struct shape query_shape = {query_fields, COUNT(query_fields), sizeof(struct registration_query),
                                         SHAPE_NO_PRESENCE};

static struct fault *list_bind(const struct request *request, struct param *params, size_t *count) {
    const struct registration_query *query = request->query;
    params[(*count)++] = p_choice(query->state);
    params[(*count)++] = p_text(query->external_id);
    params[(*count)++] = p_instant(query->updated_since);
    return page_bind(request, &query->page, params, count);
}

static struct fault *list_row(struct request *request, const struct scope *scope, const struct rows *rows,
                              size_t index, struct json_out *out) {
    (void)scope;
    struct registration registration;
    registration_read(rows, index, &registration);
    registration_write(out, &registration, roles_side(request->token.roles));
    return NULL;
}

static struct fault *list_answer(struct request *request, const struct scope *scope,
                                 const struct rows *rows) {
    const struct registration_query *query = request->query;
    return page_reply(request, scope, &query->page, rows, "id", list_row);
}

const struct operation list_registrations = {
    .name = "list_registrations",
    .roles = ROLES_VENDOR | ROLES_PARTNER_SIDE,
    .lane = LANE_READ,
    .query = &query_shape,
    .work = &(const struct read_work){SQL_registration_page, list_bind, list_answer},
};
