/* The courier's round: places for new events, deliveries that are due, answers that came in. A delivery is leased in one
 * transaction, sent outside of any, and what became of it recorded in another; nothing is kept in memory that the database
 * does not have, so that a courier may die at any point and the next one goes on when the lease has run out. */
#include "tandem/jobs/courier.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "courier_inside.h"
#include "parcel.h"
#include "tandem/base/arena.h"
#include "tandem/base/clock.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/base/metrics.h"
#include "tandem/base/time.h"
#include "tandem/store/feed.h"

enum {
    ROUND_MS = 100,
    STATEMENT_TIMEOUT_MS = 10000,
    PLACES_PER_TURN = 1000,
    STOP_MS = 3000 /* what has not ended by then is left to its lease */
};

int64_t courier_clock_offset_us(const struct courier *courier) {
    long long seconds = 0;
    FILE *file = courier->settings.clock_file ? fopen(courier->settings.clock_file, "re") : NULL;
    if (!file)
        return 0;
    if (fscanf(file, "%lld", &seconds) != 1)
        seconds = 0;
    fclose(file);
    return seconds * SECOND_US;
}

struct fault *courier_transact(struct courier *courier, db_body body, struct turn *turn) {
    turn->courier = courier;
    return db_transaction(courier->db, courier->arena, false, body, turn, NULL);
}

struct fault *courier_enter(struct db *db, struct arena *arena, const struct turn *turn) {
    return feed_enter(db, arena, turn->tenant_id, courier_clock_offset_us(turn->courier));
}

bool courier_is_away(const struct fault *fault) {
    return fault && fault->problem == PROBLEM_UNAVAILABLE;
}

struct fault *courier_earlier(struct fault *first, struct fault *next) {
    return first && !courier_is_away(next) ? first : next;
}

/* -- places -- */

static struct fault *places_body(struct db *db, struct arena *arena, void *arg) {
    struct turn *turn = arg;
    TRY(courier_enter(db, arena, turn));
    TRY(feed_extend(db, arena, turn->tenant_id, PLACES_PER_TURN, &turn->first, &turn->last));
    return turn->last ? delivery_fan_out(db, arena, turn->tenant_id, turn->first, turn->last) : NULL;
}

static struct fault *places_give(struct courier *courier) {
    struct fault *first = NULL;
    int32_t *tenants;
    size_t count;
    TRY(feed_waiting_tenants(courier->db, courier->arena, &tenants, &count));
    for (size_t i = 0; i < count && !courier_is_away(first); i++) {
        struct turn turn = {.tenant_id = tenants[i]};
        first = courier_earlier(first, courier_transact(courier, places_body, &turn));
        courier->hurry |= turn.last - turn.first + 1 >= PLACES_PER_TURN;
    }
    return first;
}

/* -- the round -- */

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
    static struct fault *(*const steps[])(struct courier *) = {open_again, courier_answers_take, places_give,
                                                               courier_deliveries_send};
    courier->hurry = false;
    struct fault *fault = NULL;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !courier_is_away(fault) && (i == 0 || courier->db);
         i++)
        fault = courier_earlier(fault, steps[i](courier));
    if (fault && !courier->away)
        LOG(LOG_WARNING, "events cannot go out", LOG_TEXT("cause", fault->cause),
            LOG_TEXT("detail", fault->detail));
    courier->away = fault != NULL;
    arena_reset(courier->arena);
}

/* Until the round is over or an answer is there. */
static void wait_make(struct courier *courier, int64_t until) {
    int running = 0;
    do {
        int before = running;
        curl_multi_perform(courier->multi, &running);
        int64_t left_ms = (until - monotonic_us()) / 1000;
        if (left_ms <= 0 || running < before || running < courier->under_way)
            return;
        curl_multi_poll(courier->multi, NULL, 0, (int)left_ms, NULL);
    } while (!atomic_load(&courier->stopping));
}

static void *courier_run(void *context) {
    struct courier *courier = context;
    int64_t stop_at = 0;
    for (;;) {
        bool stopping = atomic_load(&courier->stopping);
        if (stopping && !stop_at)
            stop_at = monotonic_us() + STOP_MS * INT64_C(1000);
        if (stopping && (!courier->parcels || monotonic_us() >= stop_at))
            break;
        if (stopping)
            courier_answers_take(courier);
        else
            round_make(courier);
        wait_make(courier, monotonic_us() + (courier->hurry ? 0 : ROUND_MS) * INT64_C(1000));
    }
    while (courier->parcels)
        courier_parcel_drop(courier, courier->parcels);
    return NULL;
}

struct courier *courier_start(const struct courier_settings *settings) {
    struct courier *courier = calloc(1, sizeof *courier);
    assert(courier);
    courier->settings = *settings;
    courier->arena = arena_create();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    courier->multi = curl_multi_init();
    assert(courier->multi);
    courier->taken =
        counter_register("tandem_webhook_attempts_total", "outcome=\"taken\"", "Deliveries tried");
    courier->refused =
        counter_register("tandem_webhook_attempts_total", "outcome=\"failed\"", "Deliveries tried");
    int failed = pthread_create(&courier->thread, NULL, courier_run, courier);
    assert(!failed);
    (void)failed;
    return courier;
}

void courier_stop(struct courier *courier) {
    atomic_store(&courier->stopping, true);
    curl_multi_wakeup(courier->multi);
    pthread_join(courier->thread, NULL);
    if (courier->db)
        db_close(courier->db);
    curl_multi_cleanup(courier->multi);
    arena_destroy(courier->arena);
    free(courier);
}
