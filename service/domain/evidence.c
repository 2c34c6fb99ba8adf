/* First the type, then what every member must be when it is there, then what this criterion needs. Nothing
 * stops at the first mistake: a person mends a form once. */
#include "tandem/domain/evidence.h"

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/text.h"
#include "tandem/base/time.h"

#include <string.h>

const struct choice evidence_types[] = {{"document", EVIDENCE_DOCUMENT},
                                        {"people", EVIDENCE_PEOPLE},
                                        {"checklist", EVIDENCE_CHECKLIST},
                                        {"date", EVIDENCE_DATE},
                                        {"statement", EVIDENCE_STATEMENT},
                                        {"computed", EVIDENCE_COMPUTED},
                                        {NULL}};

const struct choice organisations[] = {{"vendor", ORGANISATION_VENDOR},
                                       {"partner", ORGANISATION_PARTNER},
                                       {"customer", ORGANISATION_CUSTOMER},
                                       {NULL}};

const struct choice requirements[] = {
    {"or_document", 0}, {"customer_person", 1}, {"past_date", 2},       {"steps_owned", 3},
    {"steps_dated", 4}, {"customer_step", 5},   {"people_in_roles", 6}, {NULL}};

/* What the checks have in common: where pointers start and where mistakes go. */
struct check {
    const char *prefix;
    struct field_faults *faults;
};

static const char *at(const struct check *check, const char *member) {
    return arena_format(check->faults->arena, "%s/%s", check->prefix, member);
}

static const char *at_item(const struct check *check, const char *list, size_t index, const char *member) {
    return arena_format(check->faults->arena, "%s/%s/%zu/%s", check->prefix, list, index, member);
}

static void check_text(const struct check *check, const char *pointer, const char *text, bool required) {
    if (text && text_is_placeholder(text))
        field_fault(check->faults, pointer, "placeholder", "this says nothing");
    else if (!text && required)
        field_fault(check->faults, pointer, "required", "the criterion needs it");
}

static bool is_https_link(const char *link) {
    static const char scheme[] = "https://";
    if (strncmp(link, scheme, sizeof scheme - 1) || strchr("/?#:@.", link[sizeof scheme - 1]))
        return false;
    for (; *link; link++)
        if ((unsigned char)*link <= ' ' || *link == 0x7f || strchr("\"<>\\^`{|}", *link))
            return false;
    return true;
}

static bool is_sha256(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

static void check_document(const struct check *check, const struct evidence *evidence, bool required) {
    if (evidence->link && !is_https_link(evidence->link))
        field_fault(check->faults, at(check, "link"), "invalid_link",
                    "a link starts with https:// and has no spaces");
    else if (!evidence->link && required)
        field_fault(check->faults, at(check, "link"), "required", "a document needs its link");
    if (evidence->sha256 && !is_sha256(evidence->sha256))
        field_fault(check->faults, at(check, "sha256"), "invalid_sha256", "a SHA-256 is 64 hex digits");
    else if (!evidence->sha256 && required)
        field_fault(check->faults, at(check, "sha256"), "required", "a document needs its SHA-256");
}

static void check_date(const struct check *check, const struct evidence *evidence, int32_t today, int needs,
                       bool required) {
    if (evidence->on_date == DATE_NONE) {
        if (required)
            field_fault(check->faults, at(check, "date"), "required", "the criterion needs a date");
    } else if ((needs & NEEDS_PAST_DATE) && evidence->on_date > today) {
        field_fault(check->faults, at(check, "date"), "in_future", "it has not happened yet");
    }
}

static void check_people(const struct check *check, const struct evidence *evidence, int needs,
                         bool required) {
    const struct evidence_person *people = evidence->people.items;
    bool customer = false, in_roles = needs & NEEDS_PEOPLE_IN_ROLES;
    for (size_t i = 0; i < evidence->people.count; i++) {
        bool is_customer = people[i].organisation == ORGANISATION_CUSTOMER;
        customer |= is_customer;
        check_text(check, at_item(check, "people", i, "name"), people[i].name, true);
        check_text(check, at_item(check, "people", i, "role"), people[i].role,
                   in_roles || (is_customer && (needs & NEEDS_CUSTOMER_PERSON)));
        if (in_roles && !choice_name(organisations, people[i].organisation))
            field_fault(check->faults, at_item(check, "people", i, "organisation"), "required",
                        "say whose person it is");
    }
    if (!evidence->people.count && required)
        field_fault(check->faults, at(check, "people"), "required", "the criterion needs people");
    else if ((needs & NEEDS_CUSTOMER_PERSON) && !customer)
        field_fault(check->faults, at(check, "people"), "customer_required", "name the customer's person");
}

static void check_steps(const struct check *check, const struct evidence *evidence, int needs,
                        bool required) {
    const struct evidence_step *steps = evidence->steps.items;
    bool customer = false;
    for (size_t i = 0; i < evidence->steps.count; i++) {
        customer |= steps[i].organisation == ORGANISATION_CUSTOMER;
        check_text(check, at_item(check, "steps", i, "item"), steps[i].item, true);
        check_text(check, at_item(check, "steps", i, "owner"), steps[i].owner, needs & NEEDS_STEPS_OWNED);
        if ((needs & NEEDS_STEPS_DATED) && steps[i].due_on == DATE_NONE)
            field_fault(check->faults, at_item(check, "steps", i, "due"), "required",
                        "each step needs its date");
    }
    if (!evidence->steps.count && required)
        field_fault(check->faults, at(check, "steps"), "required", "the criterion needs steps");
    else if ((needs & NEEDS_CUSTOMER_STEP) && !customer)
        field_fault(check->faults, at(check, "steps"), "customer_required",
                    "one step at least is the customer's");
}

bool criterion_takes(const struct criterion *criterion, int type) {
    return type == criterion->type || (type == EVIDENCE_DOCUMENT && (criterion->needs & NEEDS_OR_DOCUMENT));
}

void evidence_verdict(const struct criterion *criterion, const struct evidence *evidence, int32_t today,
                      const char *prefix, struct field_faults *faults) {
    struct check check = {prefix, faults};
    int type = criterion->type, needs = criterion->needs;
    if (type == EVIDENCE_COMPUTED) {
        field_fault(faults, at(&check, "type"), "criterion_computed", "%s is computed and takes no evidence",
                    criterion->key);
        return;
    }
    if (criterion_takes(criterion, evidence->type))
        type = evidence->type;
    else
        field_fault(faults, at(&check, "type"), "wrong_type", "%s takes a %s%s", criterion->key,
                    choice_name(evidence_types, type), needs & NEEDS_OR_DOCUMENT ? " or a document" : "");
    check_text(&check, at(&check, "statement"), evidence->statement, type == EVIDENCE_STATEMENT);
    check_document(&check, evidence, type == EVIDENCE_DOCUMENT);
    check_date(&check, evidence, today, needs, type == EVIDENCE_DATE || (needs & NEEDS_PAST_DATE));
    check_people(&check, evidence, needs, type == EVIDENCE_PEOPLE);
    check_steps(&check, evidence, needs, type == EVIDENCE_CHECKLIST);
}
