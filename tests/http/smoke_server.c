/* The HTTP layer with invented routes: what tests/http/smoke.py and smoke_load.py talk to.
 *   smoke_server KEYS [name=number ...]    prints the port, serves until SIGTERM, exits 0 when everything was answered */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tandem/base/arena.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/domain/role.h"
#include "tandem/http/loop.h"
#include "tandem/http/request.h"
#include "tandem/http/server.h"
#include "tandem/http/token.h"

struct thing {
    const char *name;
    int64_t count;
};

static const struct field thing_fields[] = {
    {.name = "name", .kind = FIELD_TEXT, .offset = offsetof(struct thing, name), .flags = FIELD_REQUIRED},
    {.name = "count",
     .kind = FIELD_INTEGER,
     .offset = offsetof(struct thing, count),
     .minimum = 1,
     .maximum = 9},
};
static const struct shape thing_shape = {thing_fields, 2, sizeof(struct thing), SHAPE_NO_PRESENCE};

struct wait {
    int64_t wait_ms;
};

static const struct field wait_fields[] = {
    {.name = "wait_ms", .kind = FIELD_INTEGER, .offset = 0, .minimum = 0, .maximum = 60000},
};
static const struct shape wait_shape = {wait_fields, 1, sizeof(struct wait), SHAPE_NO_PRESENCE};

/* What arrived, as the answer. */
static void echo(struct request *request) {
    struct json_out out = {.arena = request->arena};
    json_object(&out, NULL);
    json_add_text(&out, "operation", request->operation->name);
    json_add_text(&out, "value", request->path_values[0]);
    json_add_text(&out, "subject", request->token.subject);
    json_add_text(&out, "key", request->idempotency_key);
    json_add_integer(&out, "clock_offset_us", request->clock_offset_us);
    json_add_integer(&out, "body_length", (int64_t)request->body_length);
    const struct thing *thing = request->body;
    json_add_text(&out, "name", thing ? thing->name : NULL);
    json_object_end(&out);
    const char *body = json_out_text(&out);
    reply_json(request, 200, body, out.length);
}

static void serve_one(struct request *request) {
    if (request->operation->query == &wait_shape) {
        int64_t wait_ms = ((const struct wait *)request->query)->wait_ms;
        nanosleep(&(struct timespec){wait_ms / 1000, wait_ms % 1000 * 1000000}, NULL);
    }
    echo(request);
    if (strcmp(request->operation->name, "get_status") == 0) {
        request->reply.status = atoi(request->path_values[0]);
        if (request->reply.status == 204 || request->reply.status == 304)
            request->reply.body_length = 0;
    }
}

static void serve(void *worker, struct request **requests, size_t count) {
    ++*(unsigned *)worker;
    for (size_t i = 0; i < count; i++)
        serve_one(requests[i]);
}

static void *open_worker(void *context, unsigned index) {
    (void)context, (void)index;
    return calloc(1, sizeof(unsigned));
}

static const struct operation get_livez = {"get_livez", 0, LANE_LOOP, OPERATION_PUBLIC, .work = &livez_work};
static const struct operation get_readyz = {"get_readyz", 0, LANE_LOOP, OPERATION_PUBLIC,
                                            .work = &readyz_work};
static const struct operation get_metrics = {"get_metrics", 0, LANE_LOOP, OPERATION_PUBLIC,
                                             .work = &metrics_work};
static const struct operation get_status = {"get_status", 0, LANE_READ, OPERATION_PUBLIC};
static const struct operation get_slow = {"get_slow", 0, LANE_WRITE, OPERATION_PUBLIC, .query = &wait_shape};
static const struct operation get_thing = {"get_thing", ROLES_VENDOR, LANE_READ};
static const struct operation get_name = {"get_name", 0, LANE_READ, OPERATION_PUBLIC};
static const struct operation create_thing = {"create_thing", ROLE_BIT(ROLE_AE), LANE_WRITE, OPERATION_KEYED,
                                              .body = &thing_shape};
static const struct operation update_thing = {"update_thing", ROLE_BIT(ROLE_AE), LANE_WRITE,
                                              OPERATION_IF_MATCH | OPERATION_MERGE_PATCH,
                                              .body = &thing_shape};
static const struct operation put_thing = {"put_thing", ROLE_BIT(ROLE_AE), LANE_WRITE, OPERATION_IF_MATCH_PUT,
                                           .body = &thing_shape};
static const struct operation receive_raw = {"receive_raw", 0, LANE_WRITE,
                                             OPERATION_PUBLIC | OPERATION_RAW_BODY};

static const struct route routes[] = {
    {"GET", "/livez", &get_livez},
    {"GET", "/readyz", &get_readyz},
    {"GET", "/metrics", &get_metrics},
    {"GET", "/v1/status/{code}", &get_status},
    {"GET", "/v1/slow", &get_slow},
    {"GET", "/v1/names/{name}", &get_name},
    {"GET", "/v1/things/{thing_id}", &get_thing},
    {"POST", "/v1/things", &create_thing},
    {"PATCH", "/v1/things/{thing_id}", &update_thing},
    {"PUT", "/v1/things/{thing_id}", &put_thing},
    {"POST", "/v1/raw", &receive_raw},
};

static void set(struct server_settings *settings, const char *name, unsigned value) {
    if (strcmp(name, "queue") == 0)
        settings->lanes[LANE_WRITE].queue_depth = value;
    else if (strcmp(name, "threads") == 0)
        settings->lanes[LANE_WRITE].threads = value;
    else if (strcmp(name, "deadline_ms") == 0)
        settings->lanes[LANE_WRITE].deadline_us = value * 1000;
    else if (strcmp(name, "clock_moves") == 0)
        settings->clock_moves = value;
    else if (strcmp(name, "header_timeout_s") == 0)
        settings->header_timeout_s = value;
    else if (strcmp(name, "body_timeout_s") == 0)
        settings->body_timeout_s = value;
    else if (strcmp(name, "drain_timeout_s") == 0)
        settings->drain_timeout_s = value;
    else if (strcmp(name, "rate") == 0)
        settings->rate_per_s = settings->rate_burst = value;
    else if (strcmp(name, "body_limit") == 0)
        settings->body_limit = value;
    else if (strcmp(name, "access_log") == 0)
        settings->access_log = value;
    else
        abort();
}

static void fail(const char *reason) {
    fprintf(stderr, "%s\n", reason);
    exit(2);
}

int main(int count, char **arguments) {
    static const char *const origins[] = {"https://portal.example"};
    server_block_signals();
    struct arena *arena = arena_create();
    struct server_settings settings = server_settings_default();
    const char *reason = "usage: smoke_server KEYS [name=number ...]";
    settings.keys = count > 1 ? token_keys_load(arena, arguments[1], &reason) : NULL;
    if (!settings.keys)
        fail(reason);
    settings.routes = routes;
    settings.route_count = sizeof routes / sizeof routes[0];
    settings.origins = origins;
    settings.origin_count = 1;
    for (int kind = LANE_LOOP + 1; kind < LANE_COUNT; kind++) {
        settings.lanes[kind].open = open_worker;
        settings.lanes[kind].serve = serve;
        settings.lanes[kind].close = free;
    }
    for (int i = 2; i < count; i++) {
        char *equals = strchr(arguments[i], '=');
        *equals = '\0';
        set(&settings, arguments[i], (unsigned)atoi(equals + 1));
    }
    struct server *server = server_create(arena, &settings, &reason);
    if (!server)
        fail(reason);
    printf("%u\n", server_port(server));
    fflush(stdout);
    bool whole = server_run(server);
    server_destroy(server);
    token_keys_destroy(settings.keys);
    arena_destroy(arena);
    return whole ? 0 : 1;
}
