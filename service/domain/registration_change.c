/* Who may still move a registration, what a resubmission may touch, and when it keeps its place in the queue. */
#include "tandem/domain/registration_change.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/domain/deal.h"

const struct choice registration_fields[] = {
    {"customer", REGISTRATION_FIELD_CUSTOMER},       {"product_family", REGISTRATION_FIELD_PRODUCT_FAMILY},
    {"contact", REGISTRATION_FIELD_CONTACT},         {"need", REGISTRATION_FIELD_NEED},
    {"amount", REGISTRATION_FIELD_AMOUNT},           {"close_date", REGISTRATION_FIELD_CLOSE_DATE},
    {"partner_rep", REGISTRATION_FIELD_PARTNER_REP}, {NULL}};

struct fault *registration_submit_verdict(struct arena *arena, const struct submission_day *day) {
    if (day->allowed == 0 || day->submitted < day->allowed)
        return NULL;
    struct fault *fault = fault_make(
        arena, PROBLEM_TOO_MANY_REQUESTS,
        "the partner has submitted %lld registrations today, which is the cap; the next day begins in %lld s",
        (long long)day->allowed, (long long)day->seconds_left);
    fault->retry_after_s = (int)day->seconds_left;
    return fault;
}

static struct fault *invalid_state(struct arena *arena, const char *rule, int state) {
    return fault_make(arena, PROBLEM_INVALID_STATE, "%s, this one is %s", rule,
                      choice_name(registration_states, state));
}

static void check_text(const char *text, const char *pointer, struct field_faults *faults) {
    if (!text)
        field_fault(faults, pointer, "required", "the other side is told why");
    else if (text_is_placeholder(text))
        field_fault(faults, pointer, "placeholder", "the text says nothing");
}

struct fault *registration_request_changes_verdict(struct arena *arena, int state, const char *text) {
    if (state != REGISTRATION_SUBMITTED)
        return invalid_state(arena, "changes are asked of a submitted registration only", state);
    struct field_faults faults = {.arena = arena};
    check_text(text, "/text", &faults);
    return field_faults_fault(&faults);
}

struct fault *registration_resubmit_verdict(struct arena *arena, int state, unsigned editable,
                                            unsigned changed) {
    if (state != REGISTRATION_CHANGES_REQUESTED)
        return invalid_state(arena, "only a registration that waits for changes is submitted again", state);
    struct field_faults faults = {.arena = arena};
    for (const struct choice *field = registration_fields; field->name; field++)
        if (changed & ~editable & 1u << field->code)
            field_fault(&faults, arena_format(arena, "/%s", field->name), "frozen",
                        "the reviewer did not ask for a change of this field");
    return field_faults_fault(&faults);
}

/* -- the place in the queue -- */

static bool holds(const struct customer_keys *keys, const char *domain) {
    for (size_t i = 0; i < keys->domain_count; i++)
        if (strcmp(keys->domains[i], domain) == 0)
            return true;
    return false;
}

/* Neither list repeats itself (customer_check), so equal counts and one inclusion make equal sets. */
static bool same_keys(const struct customer_keys *a, const struct customer_keys *b) {
    if (strcmp(a->name_key, b->name_key) != 0 || a->domain_count != b->domain_count)
        return false;
    for (size_t i = 0; i < a->domain_count; i++)
        if (!holds(b, a->domains[i]))
            return false;
    return true;
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool registration_keeps_stamp(const struct customer_identity *before, const struct customer_identity *after,
                              bool correction) {
    return correction ||
           (same_keys(&before->keys, &after->keys) && same_text(before->country, after->country) &&
            same_text(before->product_family, after->product_family));
}

/* -- withdrawn, extended -- */

struct fault *registration_withdraw_verdict(struct arena *arena, int state) {
    if (!registration_is_undecided(state))
        return invalid_state(arena, "only an undecided registration can be withdrawn", state);
    return NULL;
}

struct fault *registration_extend_verdict(struct arena *arena, const struct extension *extension) {
    if (extension->state != REGISTRATION_APPROVED)
        return invalid_state(arena, "only an approved registration is protected", extension->state);
    if (extension->is_linked)
        return fault_make(arena, PROBLEM_INVALID_STATE,
                          "a registration that was linked to a deal has no protection of its own");
    if (extension->deal_status != DEAL_OPEN)
        return fault_make(arena, PROBLEM_DEAL_CLOSED, "the deal is %s, and its protection ended with it",
                          choice_name(deal_statuses, extension->deal_status));
    struct field_faults faults = {.arena = arena};
    if (extension->days > extension->days_max)
        field_fault(&faults, "/days", "too_large", "a protection is extended by %lld days at a time at most",
                    (long long)extension->days_max);
    check_text(extension->reason, "/reason", &faults);
    return field_faults_fault(&faults);
}
