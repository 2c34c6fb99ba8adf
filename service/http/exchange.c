/* Exchanges are kept for reuse with their arena's first block. */
#include "exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/clock.h"

#include "daemon.h"
#include "stream.h"

struct exchange *exchange_take(struct server *server, const char *target) {
    struct exchange *exchange = server->spare;
    if (exchange) {
        server->spare = exchange->next;
        server->spare_count--;
    } else {
        exchange = malloc(sizeof *exchange);
        if (!exchange)
            abort();
        exchange->request.arena = arena_create();
    }
    struct arena *arena = exchange->request.arena;
    *exchange = (struct exchange){
        .request = {.arena = arena, .target = arena_text(arena, target), .body_file = -1},
        .server = server,
        .owners = 1,
        .begun_at = monotonic_us(),
        .refused_by = -1,
    };
    for (int gate = 0; gate < GATE_COUNT; gate++)
        exchange->gate_us[gate] = -1;
    return exchange;
}

void exchange_release(struct exchange *exchange) {
    struct server *server = exchange->server;
    assert(exchange->owners > 0);
    if (--exchange->owners > 0)
        return;
    if (exchange->request.reply.stream) /* nobody was left to send it to */
        stream_drop(exchange->request.reply.stream);
    exchange->request.reply.stream = NULL;
    if (exchange->request.body_file >= 0)
        close(exchange->request.body_file);
    if (server->spare_count >= SPARE_EXCHANGES_MAX) {
        arena_destroy(exchange->request.arena);
        free(exchange);
        return;
    }
    arena_reset(exchange->request.arena);
    exchange->next = server->spare;
    server->spare = exchange;
    server->spare_count++;
}
