/* Looks after the database from outside the lanes. */
#include "tandem/jobs/housekeeping.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/store/db.h"
#include "tandem/store/migrate.h"

enum { SWEEP_EVERY_TURNS = 60, STATEMENT_TIMEOUT_MS = 5000 };

enum health { HEALTH_GOOD, HEALTH_NO_DATABASE, HEALTH_OTHER_SCHEMA };

static const char *const reasons[] = {"ready", "the database does not answer",
                                      "the schema is not this version's"};

struct housekeeping {
    struct db *db; /* NULL while the database is away */
    struct db_settings settings;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stopping;
    atomic_int health;
};

static enum health look(struct housekeeping *keeper, struct arena *arena) {
    if (!keeper->db && db_open(arena, &keeper->settings, &keeper->db)) {
        keeper->db = NULL;
        return HEALTH_NO_DATABASE;
    }
    bool fits = false;
    if (migrate_current(keeper->db, arena, &fits)) {
        db_close(keeper->db);
        keeper->db = NULL;
        return HEALTH_NO_DATABASE;
    }
    return fits ? HEALTH_GOOD : HEALTH_OTHER_SCHEMA;
}

static void sweep(struct housekeeping *keeper, struct arena *arena) {
    static const char *const sweeps[] = {"select idempotency_sweep()", "select inbox_sweep()"};
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) {
        struct rows *rows;
        const struct fault *fault = db_run(keeper->db, arena, sweeps[i], &rows);
        if (fault)
            LOG(LOG_WARNING, "cannot sweep", LOG_TEXT("statement", sweeps[i]),
                LOG_TEXT("cause", fault->cause));
    }
}

static void turn(struct housekeeping *keeper, struct arena *arena, unsigned number) {
    enum health health = look(keeper, arena);
    if ((int)health != atomic_exchange(&keeper->health, (int)health))
        LOG(health == HEALTH_GOOD ? LOG_INFO : LOG_ERROR, "readiness has changed",
            LOG_TEXT("state", reasons[health]));
    if (health == HEALTH_GOOD && number % SWEEP_EVERY_TURNS == 0)
        sweep(keeper, arena);
    arena_reset(arena);
}

static bool sleep_a_second(struct housekeeping *keeper) {
    const struct timespec until = monotonic_after_ms(1000);
    pthread_mutex_lock(&keeper->mutex);
    while (!keeper->stopping &&
           pthread_cond_clockwait(&keeper->wake, &keeper->mutex, CLOCK_MONOTONIC, &until) == 0)
        continue;
    bool going = !keeper->stopping;
    pthread_mutex_unlock(&keeper->mutex);
    return going;
}

static void *housekeeping_run(void *context) {
    struct housekeeping *keeper = context;
    struct arena *arena = arena_create();
    for (unsigned number = 1; sleep_a_second(keeper); number++)
        turn(keeper, arena, number);
    arena_destroy(arena);
    return NULL;
}

struct housekeeping *housekeeping_start(const char *database_url) {
    struct housekeeping *keeper = calloc(1, sizeof *keeper);
    assert(keeper);
    keeper->settings = (struct db_settings){
        .url = database_url,
        .application_name = "tandem housekeeping",
        .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
        .lock_timeout_ms = STATEMENT_TIMEOUT_MS,
        .prepare = false,
    };
    pthread_mutex_init(&keeper->mutex, NULL);
    pthread_cond_init(&keeper->wake, NULL);
    struct arena *arena = arena_create();
    atomic_init(&keeper->health, (int)look(keeper, arena));
    arena_destroy(arena);
    int failed = pthread_create(&keeper->thread, NULL, housekeeping_run, keeper);
    assert(!failed);
    (void)failed;
    return keeper;
}

bool housekeeping_ready(void *context, const char **reason) {
    struct housekeeping *keeper = context;
    int health = atomic_load(&keeper->health);
    *reason = reasons[health];
    return health == HEALTH_GOOD;
}

void housekeeping_stop(struct housekeeping *keeper) {
    pthread_mutex_lock(&keeper->mutex);
    keeper->stopping = true;
    pthread_cond_signal(&keeper->wake);
    pthread_mutex_unlock(&keeper->mutex);
    pthread_join(keeper->thread, NULL);
    if (keeper->db)
        db_close(keeper->db);
    pthread_cond_destroy(&keeper->wake);
    pthread_mutex_destroy(&keeper->mutex);
    free(keeper);
}
