/* Evidence is typed, and a criterion says which type it takes and what more that must carry. docs/rules.md,
 * Evidence. */
#ifndef TANDEM_DOMAIN_EVIDENCE_H
#define TANDEM_DOMAIN_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/base/choice.h"
#include "tandem/base/json.h"

struct field_faults;

/* Codes are those of the database. */
enum evidence_type {
    EVIDENCE_DOCUMENT = 1, /* link + sha256 */
    EVIDENCE_PEOPLE,       /* people, at least one */
    EVIDENCE_CHECKLIST,    /* steps, at least one */
    EVIDENCE_DATE,         /* date */
    EVIDENCE_STATEMENT,    /* statement */
    EVIDENCE_COMPUTED      /* by the service; takes no evidence and no confirmation */
};
enum organisation { ORGANISATION_VENDOR = 1, ORGANISATION_PARTNER, ORGANISATION_CUSTOMER };

/* Beyond the type's own members. A bit set, stored as an integer. */
enum requirement {
    NEEDS_OR_DOCUMENT = 1,      /* a document may stand in place of the criterion's type */
    NEEDS_CUSTOMER_PERSON = 2,  /* a person of the customer, with role */
    NEEDS_PAST_DATE = 4,        /* a date, today at the latest */
    NEEDS_STEPS_OWNED = 8,      /* each step has an owner */
    NEEDS_STEPS_DATED = 16,     /* each step has a due date */
    NEEDS_CUSTOMER_STEP = 32,   /* at least one step is the customer's */
    NEEDS_PEOPLE_IN_ROLES = 64, /* each person has role and organisation */
    NEEDS_ALL = 127
};

extern const struct choice evidence_types[], organisations[];
extern const struct choice requirements[]; /* names by the number of the bit */

struct evidence_person {
    const char *name, *role; /* FIELD_TEXT */
    int organisation;        /* FIELD_CHOICE organisations; -1 absent */
};

struct evidence_step {
    const char *item, *owner; /* FIELD_TEXT */
    int32_t due_on;           /* FIELD_DATE */
    int organisation;         /* FIELD_CHOICE organisations; -1 absent */
};

/* As a body of put_evidence decodes: type, statement, link, sha256, people, date, steps. */
struct evidence {
    int type; /* FIELD_CHOICE evidence_types */
    const char *statement, *link, *sha256;
    struct object_list people; /* of struct evidence_person: name, role, organisation */
    int32_t on_date;           /* "date" */
    struct object_list steps;  /* of struct evidence_step: item, owner, due, organisation */
};

struct criterion {
    const char *key;
    int stage_number; /* the stage that it lets a deal leave */
    int type;         /* enum evidence_type */
    int needs;        /* bit set of enum requirement */
    const char *name; /* for people; NULL: made of the key */
};

/* Is this a type of evidence for the criterion? What was given under another model may not be. */
bool criterion_takes(const struct criterion *criterion, int type);

/* Collects everything that is wrong, with `prefix` ("" or "/evidence/0") in front of the pointers /type,
 * /statement, /link, /sha256, /date, /people/N/..., /steps/N/.... Codes: criterion_computed, wrong_type,
 * required, placeholder, invalid_link (https only), invalid_sha256 (64 hex digits), in_future,
 * customer_required. Members that the type does not ask for may stand beside it, and are held to the same
 * rules. today: in the tenant's zone. */
void evidence_verdict(const struct criterion *criterion, const struct evidence *evidence, int32_t today,
                      const char *prefix, struct field_faults *faults);

#endif
