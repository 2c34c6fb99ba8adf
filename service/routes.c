/* routes.def becomes declarations and a table. */
#include "routes.h"

#include "tandem/base/arena.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/role.h"

#define ROUTE(method, path, object) extern const struct operation object;
#include "routes.def"
#undef ROUTE

const struct route routes[] = {
#define ROUTE(method, path, object) {#method, path, &object},
#include "routes.def"
#undef ROUTE
};

const size_t route_count = sizeof routes / sizeof routes[0];

static const char *const lane_names[LANE_COUNT] = {"loop", "read", "write", "report"};

void routes_print(FILE *out) {
    struct arena *arena = arena_create();
    struct json_out json = {.arena = arena};
    json_array(&json, NULL);
    for (size_t i = 0; i < route_count; i++) {
        const struct operation *operation = routes[i].operation;
        json_object(&json, NULL);
        json_add_text(&json, "method", routes[i].method);
        json_add_text(&json, "path", routes[i].path);
        json_add_text(&json, "operation", operation->name);
        json_array(&json, "roles");
        for (const struct choice *role = role_names; role->name; role++)
            if (operation->roles & ROLE_BIT(role->code))
                json_add_text(&json, NULL, role->name);
        json_array_end(&json);
        json_add_text(&json, "lane", lane_names[operation->lane]);
        json_add_boolean(&json, "keyed", operation->flags & OPERATION_KEYED);
        json_object_end(&json);
    }
    json_array_end(&json);
    fprintf(out, "%s\n", json_out_text(&json));
    arena_destroy(arena);
}
