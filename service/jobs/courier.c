/* The courier's round: places for new events, deliveries that are due, answers that came in. A round that finds the database
 * away waits for the next one; nothing is kept in memory that the database does not have. */
#include "tandem/jobs/courier.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/base/time.h"
#include "tandem/store/db.h"
#include "tandem/store/feed.h"

enum { ROUND_MS = 100, STATEMENT_TIMEOUT_MS = 10000, PLACES_PER_TURN = 1000 };

struct courier {
    struct courier_settings settings;
    struct db *db; /* NULL while the database is away */
    struct arena *arena;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
    bool away; /* said once, not each round */
};

static int64_t clock_offset_us(const struct courier *courier) {
    long long seconds = 0;
    FILE *file = courier->settings.clock_file ? fopen(courier->settings.clock_file, "re") : NULL;
    if (!file)
        return 0;
    if (fscanf(file, "%lld", &seconds) != 1)
        seconds = 0;
    fclose(file);
    return seconds * SECOND_US;
}

struct turn {
    struct courier *courier;
    int32_t tenant_id;
    int64_t last;
};

static struct fault *places_body(struct db *db, struct arena *arena, void *arg) {
    struct turn *turn = arg;
    int64_t first;
    TRY(feed_enter(db, arena, turn->tenant_id, clock_offset_us(turn->courier)));
    return feed_extend(db, arena, turn->tenant_id, PLACES_PER_TURN, &first, &turn->last);
}

static struct fault *places_give(struct courier *courier) {
    int32_t *tenants;
    size_t count;
    TRY(feed_waiting_tenants(courier->db, courier->arena, &tenants, &count));
    for (size_t i = 0; i < count; i++) {
        struct turn turn = {.courier = courier, .tenant_id = tenants[i]};
        TRY(db_transaction(courier->db, courier->arena, false, places_body, &turn, NULL));
    }
    return NULL;
}

static struct fault *open_again(struct courier *courier) {
    const struct db_settings settings = {
        .url = courier->settings.database_url,
        .application_name = "tandem courier",
        .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
        .lock_timeout_ms = STATEMENT_TIMEOUT_MS,
        .prepare = true,
    };
    return courier->db ? NULL : db_open(courier->arena, &settings, &courier->db);
}

static void round_make(struct courier *courier) {
    struct fault *fault = open_again(courier);
    if (!fault)
        fault = places_give(courier);
    if (fault && !courier->away)
        LOG(LOG_WARNING, "events cannot go out", LOG_TEXT("cause", fault->cause),
            LOG_TEXT("detail", fault->detail));
    courier->away = fault != NULL;
    arena_reset(courier->arena);
}

static bool pause_make(struct courier *courier) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ROUND_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&courier->mutex);
    while (!courier->stopping && pthread_cond_timedwait(&courier->wake, &courier->mutex, &until) == 0)
        continue;
    bool going = !courier->stopping;
    pthread_mutex_unlock(&courier->mutex);
    return going;
}

static void *courier_run(void *context) {
    struct courier *courier = context;
    do
        round_make(courier);
    while (pause_make(courier));
    return NULL;
}

struct courier *courier_start(const struct courier_settings *settings) {
    struct courier *courier = calloc(1, sizeof *courier);
    assert(courier);
    courier->settings = *settings;
    courier->arena = arena_create();
    pthread_mutex_init(&courier->mutex, NULL);
    pthread_cond_init(&courier->wake, NULL);
    int failed = pthread_create(&courier->thread, NULL, courier_run, courier);
    assert(!failed);
    (void)failed;
    return courier;
}

void courier_stop(struct courier *courier) {
    pthread_mutex_lock(&courier->mutex);
    courier->stopping = true;
    pthread_cond_signal(&courier->wake);
    pthread_mutex_unlock(&courier->mutex);
    pthread_join(courier->thread, NULL);
    if (courier->db)
        db_close(courier->db);
    pthread_cond_destroy(&courier->wake);
    pthread_mutex_destroy(&courier->mutex);
    arena_destroy(courier->arena);
    free(courier);
}
