/* resubmit_registration: what is given replaces what stood there, as far as the reviewer asked for it; then the customer
 * is looked up and compared as in a first submission. */
#include "registration.h"
#include "registration_content.h"
#include "tandem/base/fault.h"
#include "tandem/http/operation.h"
#include "tandem/store/account.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct resubmission_body {
    struct registration_content content;
    struct contact acting_for;
    struct presence presence;
};

#define CONTENT(member) offsetof(struct resubmission_body, content.member)

/* First those of enum registration_field in its order, from 1: the place in this table is the bit of `presence`. */
static const struct field body_fields[] = {
    {"customer", FIELD_OBJECT, CONTENT(customer), .shape = &customer_shape},
    {"product_family", FIELD_TEXT, CONTENT(product_family), 0, 1, 100},
    {"contact", FIELD_OBJECT, CONTENT(contact), .shape = &contact_shape},
    {"need", FIELD_TEXT, CONTENT(need), FIELD_LINES, 1, 1000},
    {"amount", FIELD_MONEY, CONTENT(amount), FIELD_NULLABLE, 0, AMOUNT_MAX},
    {"close_date", FIELD_DATE, CONTENT(close_date), FIELD_NULLABLE},
    {"partner_rep", FIELD_OBJECT, CONTENT(partner_rep), .shape = &contact_shape},
    ACTING_FOR_FIELD(struct resubmission_body, acting_for),
};

_Static_assert(COUNT(body_fields) == REGISTRATION_FIELD_COUNT,
               "one member for each field, and who sends them");

static bool given(const struct resubmission_body *body, int field) {
    return body->presence.given >> (field - 1) & 1;
}

static void body_check(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct resubmission_body *body = value;
    struct customer_keys keys;
    if (given(body, REGISTRATION_FIELD_CUSTOMER))
        customer_check(arena, &body->content.customer, "/customer", &keys, faults);
}

static const struct shape body_shape = {body_fields, COUNT(body_fields), sizeof(struct resubmission_body),
                                        offsetof(struct resubmission_body, presence), body_check};

/* What stands, with what was given laid over it. */
static struct registration_content laid_over(const struct registration_content *stored,
                                             const struct resubmission_body *body) {
    const struct registration_content *sent = &body->content;
    struct registration_content content = *stored;
    if (given(body, REGISTRATION_FIELD_CUSTOMER))
        content.customer = sent->customer;
    if (given(body, REGISTRATION_FIELD_PRODUCT_FAMILY))
        content.product_family = sent->product_family;
    if (given(body, REGISTRATION_FIELD_CONTACT))
        content.contact = sent->contact;
    if (given(body, REGISTRATION_FIELD_NEED))
        content.need = sent->need;
    if (given(body, REGISTRATION_FIELD_AMOUNT))
        content.amount = sent->amount;
    if (given(body, REGISTRATION_FIELD_CLOSE_DATE))
        content.close_date = sent->close_date;
    if (given(body, REGISTRATION_FIELD_PARTNER_REP))
        content.partner_rep = sent->partner_rep;
    return content;
}

static struct fault *identity_of(struct arena *arena, const struct registration_content *content,
                                 struct customer_identity *identity) {
    struct field_faults faults = {.arena = arena};
    *identity = (struct customer_identity){.country = content->customer.country,
                                           .product_family = content->product_family};
    customer_check(arena, &content->customer, "/customer", &identity->keys, &faults);
    return field_faults_fault(&faults);
}

/* The changed registration with its new account and conflict; *keeps_stamp says whether it keeps its place. */
static struct fault *checked_anew(struct call *call, const struct registration_content *before,
                                  const struct registration_content *after, struct registration *registration,
                                  bool *keeps_stamp) {
    struct customer_identity was, is;
    struct contact acting_for;
    struct account account;
    struct conflict_check check;
    TRY(identity_of(call->arena, before, &was));
    TRY(identity_of(call->arena, after, &is));
    *keeps_stamp = registration_keeps_stamp(&was, &is, registration->change_is_correction);
    TRY(acting_for_stored(call->arena, registration, &acting_for));
    content_store(after, registration);
    registration->content_hash = content_hash(call->arena, after, &acting_for);
    if (!*keeps_stamp)
        registration->submitted_at = call->scope.now_at;
    TRY(account_resolve(call->db, call->arena, call->scope.tenant_id, registration->customer_name,
                        registration->customer_country, &is.keys, &account));
    registration->account_key = account.key;
    TRY(registration_conflict(call, registration, &is.keys, &check));
    registration->verdict = check.conflict.verdict;
    registration->verdict_rule = check.conflict.rule;
    registration->conflict_with = check.with;
    return NULL;
}

static struct fault *resubmit_serve(struct call *call) {
    const struct resubmission_body *body = call->request->body;
    struct registration registration;
    struct registration_content stored;
    struct submission_ground ground;
    bool keeps_stamp;
    TRY(acting_for_record(call, &body->acting_for));
    TRY(registration_take(call, &registration));
    TRY(content_stored(call->arena, &registration, &stored));
    const struct registration_content content = laid_over(&stored, body);
    TRY(registration_resubmit_verdict(call->arena, registration.state, (unsigned)registration.change_fields,
                                      content_changes(call->arena, &stored, &content)));
    TRY(checked_anew(call, &stored, &content, &registration, &keeps_stamp));
    TRY(registration_prepare(call->db, call->arena, call->scope.tenant_id, registration.partner,
                             call->scope.time_zone, &ground));
    const struct submission submission = {
        .registration = registration,
        .domains = &content.customer.domains,
        .respond_by = registration_due(&ground.calendar, ground.now, (int)ground.respond_business_days),
        .time_zone = call->scope.time_zone,
    };
    TRY(registration_resubmit(call->db, call->arena, call->scope.tenant_id, &submission, keeps_stamp));
    return registration_answer(call, registration.id, 200);
}

const struct operation resubmit_registration = {
    .name = "resubmit_registration",
    .roles = ROLES_PARTNER_SIDE,
    .lane = LANE_WRITE,
    .flags = OPERATION_KEYED | OPERATION_EVEN_TIME,
    .body = &body_shape,
    .work = &(const struct call_work){resubmit_serve},
};
