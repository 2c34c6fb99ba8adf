/* Strong ETags: "<version>.<view>.<hash of the body>". The version part is what If-Match compares; view and hash make
 * a partner's reduced answer and what the clock decides (flags, withheld) differ. */
#ifndef TANDEM_API_ETAG_H
#define TANDEM_API_ETAG_H

#include <stdbool.h>
#include <stdint.h>

#include "tandem/api/work.h"

const char *etag_make(struct arena *arena, int64_t version, enum side view, const struct json_out *body);

/* PROBLEM_PRECONDITION_FAILED when If-Match is there and neither * nor of this version. */
struct fault *etag_check(const struct request *request, int64_t version);
/* For PUT: If-None-Match: * on a resource that exists, or If-Match on one that does not, fails as well. */
struct fault *etag_check_put(const struct request *request, bool exists, int64_t version);

#endif
