/* The database's refusals in our words; private to service/store and its tests. */
#ifndef TANDEM_STORE_CONSTRAINT_H
#define TANDEM_STORE_CONSTRAINT_H

#include <stddef.h>

#include "tandem/base/fault.h"

struct constraint_problem {
    const char *constraint;
    enum problem problem;
    const char *detail;
};

/* Ends with an entry whose constraint is NULL. */
extern const struct constraint_problem constraint_problems[];

/* NULL when the table does not know the constraint. */
const struct constraint_problem *constraint_problem(const char *constraint);

#endif
