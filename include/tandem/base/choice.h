/* A closed set of codes: smallint in the database, text in the API, one table for both.
 * A table ends with an entry whose name is NULL. */
#ifndef TANDEM_BASE_CHOICE_H
#define TANDEM_BASE_CHOICE_H

#include <stdbool.h>

struct choice {
    const char *name;
    int code;
};

/* NULL when the table has no such code. */
const char *choice_name(const struct choice *choices, int code);
/* false and *code untouched when the table has no such name. */
bool choice_code(const struct choice *choices, const char *name, int *code);

#endif
