/* The courier's round: places for new events, deliveries that are due, answers that came in. A delivery is leased in one
 * transaction, sent outside of any, and what became of it recorded in another; nothing is kept in memory that the database
 * does not have, so that a courier may die at any point and the next one goes on when the lease has run out. */
#include "tandem/jobs/courier.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "parcel.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/base/metrics.h"
#include "tandem/base/time.h"
#include "tandem/domain/webhook.h"
#include "tandem/store/db.h"
#include "tandem/store/delivery.h"
#include "tandem/store/feed.h"
#include "tandem/store/webhook.h"

enum {
    ROUND_MS = 100,
    STATEMENT_TIMEOUT_MS = 10000,
    PLACES_PER_TURN = 1000,
    UNDER_WAY_MAX = 64,
    PER_ENDPOINT_MAX = 4, /* a sink that stalls holds no more than these */
    LEASE_S = 60,         /* far over the time-out of a request */
    STOP_MS = 3000,       /* what has not ended by then is left to its lease */
};

struct courier {
    struct courier_settings settings;
    struct db *db; /* NULL while the database is away */
    struct arena *arena;
    CURLM *multi;
    struct parcel *parcels;
    int64_t under_way;
    pthread_t thread;
    atomic_bool stopping;
    bool away;  /* said once, not each round */
    bool hurry; /* more waits than one turn takes: the next round begins at once */
    struct counter *taken, *refused;
};

struct turn {
    struct courier *courier;
    int32_t tenant_id;
    int64_t first, last; /* places that were given */
    struct rows *rows;
    struct delivery_outcome outcome;
    const struct parcel *parcel;
    struct webhook_answer answer;
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

static struct fault *transact(struct courier *courier, db_body body, struct turn *turn) {
    turn->courier = courier;
    return db_transaction(courier->db, courier->arena, false, body, turn, NULL);
}

static struct fault *enter(struct db *db, struct arena *arena, const struct turn *turn) {
    return feed_enter(db, arena, turn->tenant_id, clock_offset_us(turn->courier));
}

/* What hinders one tenant is not the others': they take their turn, and it is told at the end of the round. A database that
 * is away is everybody's. */
static bool is_away(const struct fault *fault) {
    return fault && fault->problem == PROBLEM_UNAVAILABLE;
}

static struct fault *earlier(struct fault *first, struct fault *next) {
    return first && !is_away(next) ? first : next;
}

/* -- places -- */

static struct fault *places_body(struct db *db, struct arena *arena, void *arg) {
    struct turn *turn = arg;
    TRY(enter(db, arena, turn));
    TRY(feed_extend(db, arena, turn->tenant_id, PLACES_PER_TURN, &turn->first, &turn->last));
    return turn->last ? delivery_fan_out(db, arena, turn->tenant_id, turn->first, turn->last) : NULL;
}

static struct fault *places_give(struct courier *courier) {
    struct fault *first = NULL;
    int32_t *tenants;
    size_t count;
    TRY(feed_waiting_tenants(courier->db, courier->arena, &tenants, &count));
    for (size_t i = 0; i < count && !is_away(first); i++) {
        struct turn turn = {.tenant_id = tenants[i]};
        first = earlier(first, transact(courier, places_body, &turn));
        courier->hurry |= turn.last - turn.first + 1 >= PLACES_PER_TURN;
    }
    return first;
}

/* -- what became of a delivery -- */

static int jitter_percent(void) {
    uint8_t byte;
    random_bytes(&byte, 1);
    return byte % (WEBHOOK_JITTER_PERCENT + 1);
}

static struct fault *record_body(struct db *db, struct arena *arena, void *arg) {
    struct turn *turn = arg;
    const struct parcel *parcel = turn->parcel;
    bool recorded;
    TRY(enter(db, arena, turn));
    if (turn->answer.tries >= WEBHOOK_TRIES)
        TRY(delivery_delivered_since(db, arena, turn->tenant_id, parcel->endpoint_key, parcel->round_at,
                                     &turn->answer.delivered_since));
    struct webhook_verdict verdict = webhook_attempt_verdict(&turn->answer);
    turn->outcome.state = (int)verdict.state;
    turn->outcome.retry_s = verdict.retry_s;
    TRY(delivery_record(db, arena, turn->tenant_id, &turn->outcome, &recorded));
    if (!recorded)
        return NULL;
    if (verdict.disabled_reason)
        return webhook_set_state(db, arena, turn->tenant_id, parcel->endpoint_key, WEBHOOK_DISABLED,
                                 verdict.disabled_reason);
    if (verdict.state == DELIVERY_DELIVERED && parcel->reactivates)
        return webhook_set_state(db, arena, turn->tenant_id, parcel->endpoint_key, WEBHOOK_ACTIVE, NULL);
    return NULL;
}

static struct fault *answer_record(struct courier *courier, struct parcel *parcel, CURLcode code) {
    struct parcel_answer answer = parcel_answer(parcel, code);
    counter_add(answer.error ? courier->refused : courier->taken, 1);
    struct turn turn = {
        .tenant_id = parcel->tenant_id,
        .parcel = parcel,
        .outcome = {.key = parcel->key,
                    .lease = parcel->lease,
                    .status = answer.status,
                    .error = answer.error,
                    .duration_ms = answer.duration_ms},
        .answer = {.status = answer.status,
                   .failed = answer.failed,
                   .retry_after_s = answer.retry_after_s,
                   .tries = (int)parcel->tries,
                   .jitter_percent = jitter_percent()},
    };
    return transact(courier, record_body, &turn);
}

static void parcel_drop(struct courier *courier, struct parcel *parcel) {
    struct parcel **at = &courier->parcels;
    while (*at && *at != parcel)
        at = &(*at)->next;
    if (*at)
        *at = parcel->next;
    courier->under_way--;
    curl_multi_remove_handle(courier->multi, parcel->easy);
    parcel_destroy(parcel);
}

/* An answer that cannot be recorded is as good as lost: the lease ends, and the delivery goes out again. */
static struct fault *answers_take(struct courier *courier) {
    struct fault *first = NULL;
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(courier->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct parcel *parcel = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &parcel);
        if (courier->db)
            first = earlier(first, answer_record(courier, parcel, code));
        parcel_drop(courier, parcel);
    }
    return first;
}

/* -- sending -- */

static struct fault *claim_body(struct db *db, struct arena *arena, void *arg) {
    struct turn *turn = arg;
    const struct delivery_limits limits = {.per_endpoint = PER_ENDPOINT_MAX,
                                           .lease_s = LEASE_S,
                                           .in_all = UNDER_WAY_MAX - turn->courier->under_way};
    TRY(enter(db, arena, turn));
    return delivery_claim(db, arena, turn->tenant_id, &limits, &turn->rows);
}

static void parcel_send(struct courier *courier, const struct rows *rows, size_t index, int32_t tenant_id) {
    struct parcel *parcel;
    struct fault *fault = parcel_make(rows, index, tenant_id, courier->settings.private_targets, &parcel);
    if (fault || curl_multi_add_handle(courier->multi, parcel->easy)) {
        LOG(LOG_ERROR, "a delivery could not be made", LOG_TEXT("detail", fault ? fault->detail : NULL));
        parcel_destroy(parcel);
        return;
    }
    parcel->next = courier->parcels;
    courier->parcels = parcel;
    courier->under_way++;
}

static struct fault *parcels_send(struct courier *courier, int32_t tenant_id) {
    struct turn turn = {.tenant_id = tenant_id};
    TRY(transact(courier, claim_body, &turn));
    for (size_t i = 0; i < rows_count(turn.rows); i++)
        parcel_send(courier, turn.rows, i, tenant_id);
    return NULL;
}

/* Begins with another tenant each time, so that a busy one cannot take every place. */
static struct fault *deliveries_send(struct courier *courier) {
    static unsigned begin;
    struct fault *first = NULL;
    int32_t *tenants;
    size_t count;
    TRY(delivery_due_tenants(courier->db, courier->arena, clock_offset_us(courier), &tenants, &count));
    begin++;
    for (size_t i = 0; i < count && courier->under_way < UNDER_WAY_MAX && !is_away(first); i++)
        first = earlier(first, parcels_send(courier, tenants[(begin + i) % count]));
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
    static struct fault *(*const steps[])(struct courier *) = {open_again, answers_take, places_give,
                                                               deliveries_send};
    courier->hurry = false;
    struct fault *fault = NULL;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !is_away(fault) && (i == 0 || courier->db); i++)
        fault = earlier(fault, steps[i](courier));
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
        int64_t left_ms = (until - parcel_clock_us()) / 1000;
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
            stop_at = parcel_clock_us() + STOP_MS * INT64_C(1000);
        if (stopping && (!courier->parcels || parcel_clock_us() >= stop_at))
            break;
        if (stopping)
            answers_take(courier);
        else
            round_make(courier);
        wait_make(courier, parcel_clock_us() + (courier->hurry ? 0 : ROUND_MS) * INT64_C(1000));
    }
    while (courier->parcels)
        parcel_drop(courier, courier->parcels);
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
