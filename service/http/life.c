/* The server's life: settings checked, lanes opened, port bound; and the way back. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/metrics.h"
#include "tandem/http/token.h"

#include "daemon.h"
#include "stream.h"

enum { LISTEN_BACKLOG = 1024 };

struct server_settings server_settings_default(void) {
    return (struct server_settings){
        .connection_limit = 4096,
        .connection_limit_per_address = 0,
        .connection_memory = 8 * 1024,
        .body_limit = 1024 * 1024,
        .spool_limit = 1024 * 1024 * 1024,
        .spool_count = 8,
        .header_timeout_s = 5,
        .body_timeout_s = 10,
        .idle_timeout_s = 75,
        .drain_timeout_s = 25,
        .rate_per_s = 1000,
        .rate_burst = 2000,
        .access_log = true,
        .lanes =
            {
                [LANE_READ] = {.name = "read",
                               .threads = 1,
                               .queue_depth = 1024,
                               .batch_max = 16,
                               .deadline_us = 5000000},
                [LANE_WRITE] = {.name = "write",
                                .threads = 8,
                                .queue_depth = 256,
                                .batch_max = 1,
                                .deadline_us = 5000000},
                [LANE_REPORT] = {.name = "report",
                                 .threads = 1,
                                 .queue_depth = 32,
                                 .batch_max = 1,
                                 .deadline_us = 15000000},
            },
    };
}

/* NULL, or what is wrong with the routes. */
static const char *routes_check(struct arena *arena, const struct server_settings *settings) {
    for (size_t i = 0; i < settings->route_count; i++) {
        const struct operation *operation = settings->routes[i].operation;
        if (operation->lane != LANE_LOOP && settings->lanes[operation->lane].threads == 0)
            return arena_format(arena, "operation %s names a lane that is not there", operation->name);
        if (operation->lane == LANE_LOOP && !operation->work)
            return arena_format(arena, "operation %s has no work", operation->name);
        if (!(operation->flags & (OPERATION_PUBLIC | OPERATION_SIGNED | OPERATION_LINK)) &&
            operation->roles == 0)
            return arena_format(arena, "operation %s is neither public nor open to any role",
                                operation->name);
        if (!(operation->flags & OPERATION_PUBLIC) && !settings->keys)
            return arena_format(arena, "operation %s needs a token, and there are no keys", operation->name);
    }
    return NULL;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool address_parse(const struct server_settings *settings, union address *address) {
    const char *text = settings->address ? settings->address : "127.0.0.1";
    *address = (union address){0};
    if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(settings->port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(settings->port);
        return true;
    }
    return false;
}

/* Every connection is a descriptor; the soft limit of a login shell is 1,024. */
static void descriptors_raise(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* libmicrohttpd's remarks are about clients that break off; the access log tells those. */
static void ignore_remark(void *context, const char *format, va_list list) {
    (void)context, (void)format, (void)list;
}

static bool daemon_open(struct server *server, const char **reason) {
    const struct server_settings *settings = &server->settings;
    union address address;
    if (!address_parse(settings, &address)) {
        *reason = arena_format(server->arena, "%s is no IPv4 or IPv6 address", settings->address);
        return false;
    }
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    if (address.any.sa_family == AF_INET6)
        flags |= IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr) ? MHD_USE_DUAL_STACK : MHD_USE_IPv6;
    errno = 0;
    server->daemon =
        MHD_start_daemon(flags, settings->port, NULL, NULL, server_call, server,                     /* */
                         MHD_OPTION_EXTERNAL_LOGGER, ignore_remark, NULL,                            /* */
                         MHD_OPTION_SOCK_ADDR, &address.any,                                         /* */
                         MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)LISTEN_BACKLOG,                   /* */
                         MHD_OPTION_CONNECTION_LIMIT, settings->connection_limit,                    /* */
                         MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->connection_limit_per_address, /* */
                         MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_timeout_s,                    /* */
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_memory,            /* */
                         MHD_OPTION_STRICT_FOR_CLIENT, 1,                                            /* */
                         MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,                                       /* */
                         MHD_OPTION_URI_LOG_CALLBACK, peer_target, server,                           /* */
                         MHD_OPTION_NOTIFY_COMPLETED, peer_completed, server,                        /* */
                         MHD_OPTION_NOTIFY_CONNECTION, peer_notify, server,                          /* */
                         MHD_OPTION_END);
    if (!server->daemon) {
        *reason = arena_format(server->arena, "could not listen on %s port %u: %s",
                               settings->address ? settings->address : "127.0.0.1", settings->port,
                               errno ? strerror(errno) : "refused by the HTTP library");
        return false;
    }
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return true;
}

static bool lanes_open(struct server *server, const char **reason) {
    struct lane_done done = {.done = loop_hand_back, .context = server};
    for (int kind = LANE_LOOP + 1; kind < LANE_COUNT; kind++) {
        const struct lane_settings *settings = &server->settings.lanes[kind];
        if (settings->threads == 0)
            continue;
        server->lanes[kind] = lane_create(settings, &done);
        if (!server->lanes[kind]) {
            *reason =
                arena_format(server->arena, "a worker of the %s lane could not be opened", settings->name);
            return false;
        }
    }
    return true;
}

struct server *server_create(struct arena *arena, const struct server_settings *settings,
                             const char **reason) {
    *reason = routes_check(arena, settings);
    if (*reason)
        return NULL;
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        abort();
    server->settings = *settings;
    if (!server->settings.spool_directory)
        server->settings.spool_directory = "/var/tmp";
    server->arena = arena;
    server->done_last = &server->done_first;
    server->poll = server->wake = server->signals = -1;
    pthread_mutex_init(&server->done_mutex, NULL);
    server->connections = gauge_register("tandem_http_connections", "", "Open connections");
    server->link_rate = rate_create(LINK_RATE_PER_S, LINK_RATE_BURST);
    if (settings->rate_per_s > 0) {
        unsigned burst = settings->rate_burst > 0 ? settings->rate_burst : settings->rate_per_s;
        server->rate = rate_create(settings->rate_per_s, burst);
        snprintf(server->policy, sizeof server->policy, "\"caller\";q=%u;w=%u", burst,
                 (burst + settings->rate_per_s - 1) / settings->rate_per_s);
    }
    descriptors_raise();
    if (settings->keys)
        token_keys_follow(settings->keys);
    server->router = router_create(arena, settings->routes, settings->route_count, reason);
    if (!server->router || !daemon_open(server, reason) || !loop_open(server, reason) ||
        !lanes_open(server, reason)) {
        server_destroy(server);
        return NULL;
    }
    return server;
}

uint16_t server_port(const struct server *server) {
    return server->port;
}

bool server_run(struct server *server) {
    return loop_run(server);
}

/* libmicrohttpd aborts when it is stopped with a suspended connection: those are resumed and end unanswered. Their
 * requests live on until their worker hands them back. */
static void daemon_close(struct server *server) {
    if (!server->daemon)
        return;
    loop_take_back(server, INT64_MAX);
    streams_break(server);
    for (struct peer *peer = server->peers; peer; peer = peer->next)
        if (peer->exchange && peer->exchange->state == EXCHANGE_ON_LANE)
            MHD_resume_connection(peer->exchange->connection);
    MHD_stop_daemon(server->daemon);
}

void server_destroy(struct server *server) {
    daemon_close(server);
    for (int kind = 0; kind < LANE_COUNT; kind++)
        if (server->lanes[kind])
            lane_destroy(server->lanes[kind]);
    loop_take_back(server, INT64_MAX);
    while (server->spare) {
        struct exchange *exchange = server->spare;
        server->spare = exchange->next;
        arena_destroy(exchange->request.arena);
        free(exchange);
    }
    if (server->rate)
        rate_destroy(server->rate);
    rate_destroy(server->link_rate);
    loop_close(server);
    pthread_mutex_destroy(&server->done_mutex);
    free(server);
}
