/* Routes as a tree of path segments. A literal segment goes before `{name}`. */
#ifndef TANDEM_SERVICE_HTTP_ROUTER_H
#define TANDEM_SERVICE_HTTP_ROUTER_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/http/operation.h"
#include "tandem/http/request.h"

struct arena;
struct counter;
struct fault;
struct histogram;
struct router;

enum { STATUS_CLASSES = 6 }; /* 1xx to 5xx by status / 100 */

/* A route in the tree, with its metrics. */
struct routed {
    const struct route *route;
    struct routed *next; /* another method of the same path */
    struct histogram *duration;
    struct counter *answered[STATUS_CLASSES];
};

/* The router lives in the arena. NULL with the reason: two routes alike, a bad template, too many path values. */
struct router *router_create(struct arena *arena, const struct route *routes, size_t count,
                             const char **reason);

struct match {
    const struct routed *routed; /* NULL when none has the method */
    const char *allow;           /* methods of the path, "GET, HEAD, POST", or NULL: no such path */
    const char *path_values[PATH_VALUES_MAX];
};

/* `path` is the raw path, without the query. HEAD finds GET. PROBLEM_MALFORMED_REQUEST for a path that is not
 * percent-encoded UTF-8; otherwise *match tells. */
struct fault *router_match(const struct router *router, struct arena *arena, const char *method,
                           const char *path, struct match *match);

#endif
