/* The thread that looks for newer keys. It hands a finished, unchanging key set over by one atomic exchange; the event
 * loop picks it up with another, so neither ever waits for the other and no set has two owners. When a look fails, what
 * was there stays, and the next look comes sooner. */
#include <assert.h>
#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/log.h"
#include "tandem/base/metrics.h"

#include "jwks.h"
#include "keys.h"

enum { RETRY_FIRST_S = 2, RETRIES_DOUBLED = 10 };

struct jwks {
    struct jwks_settings settings;
    _Atomic(struct key_set *) fresh; /* not picked up yet */
    atomic_bool stopping;
    int wake; /* eventfd: look now, or stop */
    bool following;
    pthread_t thread;
    struct counter *refreshed, *failed;

    bool read; /* from here on of the one that looks */
    uint8_t digest[SHA256_SIZE];
};

struct jwks *jwks_create(const struct jwks_settings *settings) {
    static const char help[] = "Looks for newer keys of the issuer";
    struct jwks *jwks = calloc(1, sizeof *jwks);
    if (!jwks)
        abort();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    jwks->settings = *settings;
    jwks->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert(jwks->wake >= 0);
    jwks->refreshed = counter_register("tandem_jwks_refreshes_total", "result=\"ok\"", help);
    jwks->failed = counter_register("tandem_jwks_refreshes_total", "result=\"failed\"", help);
    return jwks;
}

struct key_set *jwks_take(struct jwks *jwks) {
    if (!atomic_load_explicit(&jwks->fresh, memory_order_relaxed)) /* every request asks, hardly any gets */
        return NULL;
    return atomic_exchange(&jwks->fresh, NULL);
}

void jwks_hurry(struct jwks *jwks) {
    eventfd_write(jwks->wake, 1);
}

static const char *source_of(const struct jwks *jwks) {
    return jwks->settings.file ? jwks->settings.file : jwks->settings.url;
}

/* The same document again is no new key set: nothing that was verified need be forgotten. */
static const char *look(struct jwks *jwks, struct arena *arena) {
    size_t length;
    uint8_t digest[SHA256_SIZE];
    const char *reason, *remarks;
    const char *bytes = jwks_read(arena, &jwks->settings, &jwks->stopping, &length, &reason);
    if (!bytes)
        return reason;
    sha256(bytes, length, digest);
    if (jwks->read && memcmp(digest, jwks->digest, sizeof digest) == 0)
        return NULL;
    struct key_set *set = jwks_parse(arena, bytes, length, &jwks->settings, &remarks);
    if (!set)
        return arena_format(arena, "no key can be used: %s", remarks);
    LOG(LOG_INFO, "the issuer's keys have been read", LOG_TEXT("source", source_of(jwks)),
        LOG_NUMBER("keys", set->count), LOG_TEXT("passed_over", remarks));
    memcpy(jwks->digest, digest, sizeof digest);
    jwks->read = true;
    key_set_destroy(atomic_exchange(&jwks->fresh, set));
    return NULL;
}

bool jwks_refresh(struct jwks *jwks, struct arena *arena, const char **reason) {
    *reason = look(jwks, arena);
    counter_add(*reason ? jwks->failed : jwks->refreshed, 1);
    return !*reason;
}

/* false: it is time to stop. */
static bool rest(struct jwks *jwks, unsigned seconds) {
    struct pollfd descriptor = {.fd = jwks->wake, .events = POLLIN};
    eventfd_t ignored;
    if (poll(&descriptor, 1, (int)seconds * 1000) > 0)
        eventfd_read(jwks->wake, &ignored);
    return !atomic_load(&jwks->stopping);
}

static unsigned pause_s(const struct jwks *jwks, unsigned failures) {
    unsigned doubled = failures < RETRIES_DOUBLED ? failures : RETRIES_DOUBLED;
    unsigned sooner_s = (unsigned)RETRY_FIRST_S << (doubled > 0 ? doubled - 1 : 0);
    return failures > 0 && sooner_s < jwks->settings.refresh_s ? sooner_s : jwks->settings.refresh_s;
}

static void *jwks_run(void *context) {
    struct jwks *jwks = context;
    struct arena *arena = arena_create();
    unsigned failures = 0;
    bool going = !jwks->read || rest(jwks, jwks->settings.refresh_s);
    while (going) {
        const char *reason;
        failures = jwks_refresh(jwks, arena, &reason) ? 0 : failures + 1;
        if (failures > 0 && !atomic_load(&jwks->stopping))
            LOG(LOG_WARNING, "cannot refresh the issuer's keys", LOG_TEXT("source", source_of(jwks)),
                LOG_TEXT("cause", reason));
        arena_reset(arena);
        going = rest(jwks, pause_s(jwks, failures));
    }
    arena_destroy(arena);
    return NULL;
}

void jwks_follow(struct jwks *jwks) {
    if (jwks->following)
        return;
    int failed = pthread_create(&jwks->thread, NULL, jwks_run, jwks);
    assert(!failed);
    (void)failed;
    jwks->following = true;
}

void jwks_destroy(struct jwks *jwks) {
    atomic_store(&jwks->stopping, true);
    jwks_hurry(jwks);
    if (jwks->following)
        pthread_join(jwks->thread, NULL);
    key_set_destroy(jwks_take(jwks));
    close(jwks->wake);
    free(jwks);
    curl_global_cleanup();
}
