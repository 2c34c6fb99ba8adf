/* What of a row's images a reader of the history may see, and how. */
#ifndef TANDEM_SERVICE_API_HISTORY_FIELDS_H
#define TANDEM_SERVICE_API_HISTORY_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "tandem/base/choice.h"
#include "tandem/domain/role.h"

struct fault;
struct json_out;
struct rows;

enum history_kind {
    HISTORY_PLAIN,   /* text, date, number or truth, as it is stored */
    HISTORY_INSTANT, /* in our form */
    HISTORY_CHOICE,  /* by `choices` */
    HISTORY_MONEY,   /* amount_minor, with the column currency beside it; both may have the same prefix */
    HISTORY_PERSON,  /* by the names that come with the event */
    HISTORY_PARTNER,
    HISTORY_STAGE,
};

enum history_flag {
    HISTORY_VENDOR_ONLY = 1, /* not for the partner's side */
    HISTORY_EVENT = 2,       /* told in events too: nothing with free text, nothing that names a person */
};

struct history_field {
    const char *aggregate; /* the table */
    const char *column;
    const char *name; /* in the answer */
    enum history_kind kind;
    unsigned flags;
    const struct choice *choices;
};

/* Whatever is not in this table is not shown: internal ids, hashes, bodies. Ends with a NULL aggregate. */
extern const struct history_field history_fields[];

/* "changes": [{field, from, to}] of row `index`, which has the columns aggregate, before, after, people, partners, stages and
 * stages_before (JSON; SQL null: none), of the fields that have all of `flags`. */
struct fault *history_changes_write(struct json_out *out, const struct rows *rows, size_t index,
                                    unsigned flags, enum side side);

#endif
