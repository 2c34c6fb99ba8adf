/* A body that is too large for memory goes into a file without a name, as it comes: nobody waits for a slow sender but its
 * own connection. The event loop writes it; what it writes is small, and goes to the page cache. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/http/operation.h"

#include "daemon.h"
#include "exchange.h"

enum { STEP = 1 << 20, RETRY_S = 30 };

/* A place is held until the answer has been sent: the file lives as long. */
static bool place_free(const struct exchange *exchange) {
    const struct server *server = exchange->server;
    unsigned all = 0, own = 0;
    for (const struct peer *peer = server->peers; peer; peer = peer->next) {
        const struct exchange *other = peer->exchange;
        if (!other || !other->spooling)
            continue;
        all++;
        own += strcmp(other->request.token.tenant, exchange->request.token.tenant) == 0;
    }
    unsigned count = server->settings.spool_count;
    return all < count && own < (count > 1 ? count - 1 : 1);
}

static struct fault *not_kept(struct exchange *exchange) {
    LOG(LOG_ERROR, "a body cannot be kept in its file",
        LOG_TEXT("directory", exchange->server->settings.spool_directory),
        LOG_TEXT("cause", strerror(errno)));
    struct fault *fault = fault_make(exchange->request.arena, PROBLEM_UNAVAILABLE,
                                     "The service has no room for the body at the moment");
    fault->retry_after_s = RETRY_S;
    return fault;
}

struct fault *spool_open(struct exchange *exchange) {
    struct request *request = &exchange->request;
    if (!place_free(exchange)) {
        struct fault *fault = fault_make(request->arena, PROBLEM_OVERLOADED,
                                         "As many bodies of this kind come in as the service takes at once");
        fault->retry_after_s = RETRY_S;
        return fault;
    }
    char *path = arena_format(request->arena, "%s/tandem-XXXXXX", exchange->server->settings.spool_directory);
    request->body_file = mkostemp(path, O_CLOEXEC);
    if (request->body_file < 0)
        return not_kept(exchange);
    unlink(path);
    exchange->spooling = true;
    return NULL;
}

/* Each MiB has the time that a whole body of any other operation has. */
static void time_give(struct exchange *exchange, size_t length) {
    if ((exchange->body_received - length) / STEP != exchange->body_received / STEP)
        peer_enter(exchange->peer, PEER_BODY);
}

struct fault *spool_write(struct exchange *exchange, const char *bytes, size_t length) {
    time_give(exchange, length);
    while (length > 0) {
        ssize_t written = write(exchange->request.body_file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return not_kept(exchange);
        bytes += written;
        length -= (size_t)written;
    }
    return NULL;
}
