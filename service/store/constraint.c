/* Every rule that can be a constraint is one; this table lets the database's refusals speak our words. A
 * constraint that is not here was broken by our own mistake and is an internal problem. */
#include <string.h>

#include "db_inside.h"

/* Sorted by name within each noun; one line per constraint that a client can run into. */
static const struct constraint_problem problems[] = {
    {"idempotency_pkey", PROBLEM_REQUEST_IN_PROGRESS,
     "A request with this Idempotency-Key is still running."},
};

const struct constraint_problem *constraint_problem(const char *constraint) {
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if (!strcmp(problems[i].constraint, constraint))
            return &problems[i];
    return NULL;
}
