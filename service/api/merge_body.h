/* What both merges are asked for, and how both begin: of two accounts, of two deals. */
#ifndef TANDEM_SERVICE_API_MERGE_BODY_H
#define TANDEM_SERVICE_API_MERGE_BODY_H

#include <stdbool.h>

#include "tandem/api/work.h"
#include "tandem/base/json.h"

struct merge_body {
    const char *from, *reason; /* the id of what is merged away; NULL: none was given */
};

extern const struct shape merge_body_shape;

/* Until the transaction ends no account of the tenant is made and no import runs. */
struct fault *merge_begin(struct call *call);

/* PROBLEM_NOT_FOUND when the survivor, which the path names, is not there; a bad field with the code
 * `unknown` when the other one is not. */
struct fault *merge_known(struct arena *arena, const char *noun, const char *unknown, bool survivor,
                          bool merged);

#endif
