/* A tree of segments made once at the start. Matching works on the raw path: a segment is cut at the slashes as sent and
 * only then decoded, so an encoded slash stays inside its segment. */
#include "router.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/metrics.h"
#include "tandem/base/uuid.h"

#include "target.h"

enum { SEGMENT_MAX = 200, SEGMENTS_MAX = 16 };

struct node {
    const char *literal; /* NULL: takes any segment */
    bool uuid;           /* ... that is a UUID */
    struct node *child, *next;
    struct routed *methods;
    const char *allow;
};

struct router {
    struct node root;
};

/* `{name}`: names that end in _id take UUIDs only. */
static bool is_parameter(const char *segment) {
    size_t length = strlen(segment);
    return length > 2 && segment[0] == '{' && segment[length - 1] == '}';
}

static bool is_uuid_parameter(const char *segment) {
    size_t length = strlen(segment);
    return length > 5 && strcmp(segment + length - 4, "_id}") == 0;
}

/* The child for a segment of a template, made when missing; literals stand before parameters. */
static struct node *node_child(struct arena *arena, struct node *node, const char *segment) {
    bool parameter = is_parameter(segment);
    bool uuid = parameter && is_uuid_parameter(segment);
    struct node **place = &node->child;
    for (; *place; place = &(*place)->next) {
        struct node *child = *place;
        if (parameter ? !child->literal && child->uuid == uuid
                      : child->literal && strcmp(child->literal, segment) == 0)
            return child;
    }
    struct node *child = arena_alloc(arena, sizeof *child);
    child->uuid = uuid;
    if (parameter) {
        *place = child;
    } else {
        child->literal = segment;
        child->next = node->child;
        node->child = child;
    }
    return child;
}

static struct routed *routed_make(struct arena *arena, const struct route *route) {
    struct routed *routed = arena_alloc(arena, sizeof *routed);
    routed->route = route;
    char labels[128];
    snprintf(labels, sizeof labels, "operation=\"%s\"", route->operation->name);
    routed->duration = histogram_register("tandem_http_request_seconds", labels,
                                          "From the request line to the end of the answer");
    for (int class = 1; class < STATUS_CLASSES; class ++) {
        snprintf(labels, sizeof labels, "operation=\"%s\",status=\"%dxx\"", route->operation->name, class);
        routed->answered[class] = counter_register("tandem_http_requests_total", labels, "Requests answered");
    }
    return routed;
}

static const char *allow_text(struct arena *arena, const struct node *node) {
    const char *allow = "OPTIONS";
    for (const struct routed *each = node->methods; each; each = each->next) {
        bool get = strcmp(each->route->method, "GET") == 0;
        allow = arena_format(arena, "%s, %s", get ? "GET, HEAD" : each->route->method, allow);
    }
    return allow;
}

/* NULL, or what is wrong with the route. */
static const char *route_add(struct arena *arena, struct node *root, const struct route *route) {
    if (route->path[0] != '/')
        return arena_format(arena, "route %s does not begin with a slash", route->path);
    char *path = arena_text(arena, route->path);
    struct node *node = root;
    unsigned values = 0;
    for (char *segment = path + 1; segment;) {
        char *slash = strchr(segment, '/');
        if (slash)
            *slash++ = '\0';
        values += is_parameter(segment);
        node = node_child(arena, node, segment);
        segment = slash;
    }
    if (values > PATH_VALUES_MAX)
        return arena_format(arena, "route %s has more than %d values", route->path, PATH_VALUES_MAX);
    for (const struct routed *each = node->methods; each; each = each->next)
        if (strcmp(each->route->method, route->method) == 0)
            return arena_format(arena, "route %s %s is there twice", route->method, route->path);
    struct routed *routed = routed_make(arena, route);
    routed->next = node->methods;
    node->methods = routed;
    node->allow = allow_text(arena, node);
    return NULL;
}

struct router *router_create(struct arena *arena, const struct route *routes, size_t count,
                             const char **reason) {
    struct router *router = arena_alloc(arena, sizeof *router);
    for (size_t i = 0; i < count; i++) {
        *reason = route_add(arena, &router->root, &routes[i]);
        if (*reason)
            return NULL;
    }
    return router;
}

struct walk {
    struct arena *arena;
    const char *segments[SEGMENTS_MAX];
    size_t count;
    const char *values[PATH_VALUES_MAX];
};

/* The node of the whole path, literals tried first; fills walk->values on the way down. */
static const struct node *node_find(struct walk *walk, const struct node *node, size_t depth, size_t values) {
    if (depth == walk->count)
        return node->methods ? node : NULL;
    const char *segment = walk->segments[depth];
    for (const struct node *child = node->child; child; child = child->next) {
        size_t used = values;
        if (child->literal) {
            if (strcmp(child->literal, segment) != 0)
                continue;
        } else {
            char uuid[UUID_TEXT_SIZE];
            if (*segment == '\0' || (child->uuid && !uuid_parse(segment, uuid)))
                continue;
            walk->values[used++] = child->uuid ? arena_text(walk->arena, uuid) : segment;
        }
        const struct node *found = node_find(walk, child, depth + 1, used);
        if (found)
            return found;
    }
    return NULL;
}

struct fault *router_match(const struct router *router, struct arena *arena, const char *method,
                           const char *path, struct match *match) {
    *match = (struct match){0};
    struct walk walk = {.arena = arena};
    for (const char *segment = path + 1;;) {
        size_t length = strcspn(segment, "/");
        if (length > SEGMENT_MAX || walk.count == SEGMENTS_MAX)
            return NULL;
        const char *decoded = target_decode(arena, segment, length, false);
        if (!decoded)
            return fault_make(arena, PROBLEM_MALFORMED_REQUEST, "The path is not percent-encoded UTF-8 text");
        walk.segments[walk.count++] = decoded;
        if (segment[length] == '\0')
            break;
        segment += length + 1;
    }
    const struct node *node = node_find(&walk, &router->root, 0, 0);
    if (!node)
        return NULL;
    match->allow = node->allow;
    memcpy(match->path_values, walk.values, sizeof walk.values);
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    for (const struct routed *each = node->methods; each && !match->routed; each = each->next)
        if (strcmp(each->route->method, wanted) == 0)
            match->routed = each;
    return NULL;
}
