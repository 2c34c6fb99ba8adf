/* The event loop: libmicrohttpd's epoll inside ours, beside the eventfd by which workers say that replies wait and the
 * signalfd that ends it all. libmicrohttpd 0.9.75 wants three things of it: MHD_get_timeout before every wait (a ready
 * connection can be passed over while another is suspended), MHD_resume_connection from this thread only, and MHD_run on
 * every turn whatever woke it. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/http/operation.h"

#include "daemon.h"
#include "stream.h"

enum { TURN_MS = 1000, DRAIN_TURN_MS = 20, EVENTS_MAX = 4 };

void server_block_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool poll_add(struct server *server, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    return descriptor >= 0 && epoll_ctl(server->poll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

bool loop_open(struct server *server, const char **reason) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    server->poll = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    server->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    int daemon = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (poll_add(server, server->wake) && poll_add(server, server->signals) && poll_add(server, daemon))
        return true;
    *reason = arena_format(server->arena, "the event loop could not be opened: %s", strerror(errno));
    return false;
}

void loop_close(struct server *server) {
    close(server->poll);
    close(server->wake);
    close(server->signals);
}

static void wake(struct server *server) {
    eventfd_write(server->wake, 1);
}

void loop_hand_back(void *context, struct request **requests, size_t count) {
    struct server *server = context;
    pthread_mutex_lock(&server->done_mutex);
    bool was_empty = server->done_first == NULL;
    for (size_t i = 0; i < count; i++) {
        struct exchange *exchange = exchange_of(requests[i]);
        exchange->next = NULL;
        *server->done_last = exchange;
        server->done_last = &exchange->next;
    }
    pthread_mutex_unlock(&server->done_mutex);
    if (was_empty)
        wake(server);
}

/* Nothing was done for a request that was not started in time: the client may send it again. */
static void reply_late(struct request *request) {
    struct fault *fault = fault_make(request->arena, PROBLEM_DEADLINE_EXCEEDED,
                                     "The request waited too long and was not started");
    fault->retry_after_s = 1;
    reply_fault(request, fault);
}

static void decide(struct exchange *exchange) {
    exchange->state = EXCHANGE_DECIDED;
    if (exchange->request.reply.status == 0)
        reply_late(&exchange->request);
    if (exchange->connection)
        MHD_resume_connection(exchange->connection);
    exchange_release(exchange);
}

static int64_t due_at(const struct exchange *exchange) {
    return exchange->request.queued_at + EVEN_TIME_MS * INT64_C(1000);
}

/* Those that came first stand first; they are few: what one loop is at within EVEN_TIME_MS. */
static void hold(struct server *server, struct exchange *exchange) {
    struct exchange **place = &server->held_first;
    while (*place && due_at(*place) <= due_at(exchange))
        place = &(*place)->next;
    exchange->next = *place;
    *place = exchange;
}

/* INT64_MAX: nothing is held any longer. */
void loop_take_back(struct server *server, int64_t now) {
    pthread_mutex_lock(&server->done_mutex);
    struct exchange *exchange = server->done_first;
    server->done_first = NULL;
    server->done_last = &server->done_first;
    pthread_mutex_unlock(&server->done_mutex);
    for (struct exchange *next; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->request.operation->flags & OPERATION_EVEN_TIME)
            hold(server, exchange);
        else
            decide(exchange);
    }
    while (server->held_first && due_at(server->held_first) <= now) {
        struct exchange *held = server->held_first;
        server->held_first = held->next;
        decide(held);
    }
}

static int held_timeout_ms(const struct server *server, int limit_ms) {
    if (!server->held_first)
        return limit_ms;
    int64_t wait_us = due_at(server->held_first) - monotonic_us();
    int64_t wait_ms = wait_us <= 0 ? 0 : (wait_us + 999) / 1000;
    return wait_ms < limit_ms ? (int)wait_ms : limit_ms;
}

static void signals_read(struct server *server) {
    struct signalfd_siginfo info;
    while (read(server->signals, &info, sizeof info) == sizeof info)
        atomic_store(&server->stop_asked, true);
}

static void turn(struct server *server, int limit_ms) {
    MHD_UNSIGNED_LONG_LONG wanted_ms;
    int timeout_ms = held_timeout_ms(server, limit_ms);
    if (MHD_get_timeout(server->daemon, &wanted_ms) == MHD_YES && wanted_ms < (unsigned)timeout_ms)
        timeout_ms = (int)wanted_ms;
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(server->poll, events, EVENTS_MAX, timeout_ms); /* EINTR is a turn without events */
    for (int i = 0; i < count; i++) {
        eventfd_t ignored;
        if (events[i].data.fd == server->wake)
            eventfd_read(server->wake, &ignored);
        else if (events[i].data.fd == server->signals)
            signals_read(server);
    }
    loop_take_back(server, monotonic_us());
    streams_turn(server);
    MHD_run(server->daemon);
}

/* Stops listening, and takes over what the kernel has accepted already: those clients were told yes. */
static void drain_begin(struct server *server) {
    server->draining = true;
    server->drain_until = monotonic_us() + server->settings.drain_timeout_s * INT64_C(1000000);
    streams_drain(server);
    int listener = MHD_quiesce_daemon(server->daemon);
    if (listener < 0)
        return;
    for (;;) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        int accepted = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted < 0 && errno != EINTR && errno != ECONNABORTED)
            break;
        if (accepted >= 0)
            MHD_add_connection(server->daemon, accepted, (struct sockaddr *)&address, length);
    }
    close(listener);
}

bool loop_run(struct server *server) {
    while (!atomic_load(&server->stop_asked)) {
        turn(server, TURN_MS);
        int64_t now = monotonic_us();
        if (now - server->swept_at >= TURN_MS * 1000)
            peers_sweep(server, now);
    }
    drain_begin(server);
    while (server->peer_count > 0 && monotonic_us() < server->drain_until) {
        turn(server, DRAIN_TURN_MS);
        peers_sweep(server, monotonic_us());
    }
    return server->peer_count == 0;
}
