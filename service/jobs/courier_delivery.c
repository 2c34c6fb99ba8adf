/* Deliveries of the courier: leased and sent, their answers recorded. */
#include "courier_inside.h"
#include "parcel.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/log.h"
#include "tandem/base/metrics.h"
#include "tandem/store/webhook.h"

enum {
    UNDER_WAY_MAX = 64,
    PER_ENDPOINT_MAX = 4, /* a sink that stalls holds no more than these */
    LEASE_S = 60,         /* far over the time-out of a request */
};

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
    TRY(courier_enter(db, arena, turn));
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
                   .withdrawn = parcel->withdrawn,
                   .retry_after_s = answer.retry_after_s,
                   .tries = (int)parcel->tries,
                   .jitter_percent = jitter_percent()},
    };
    return courier_transact(courier, record_body, &turn);
}

void courier_parcel_drop(struct courier *courier, struct parcel *parcel) {
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
struct fault *courier_answers_take(struct courier *courier) {
    struct fault *first = NULL;
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(courier->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct parcel *parcel = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &parcel);
        if (courier->db)
            first = courier_earlier(first, answer_record(courier, parcel, code));
        courier_parcel_drop(courier, parcel);
    }
    return first;
}

/* -- sending -- */

static struct fault *claim_body(struct db *db, struct arena *arena, void *arg) {
    struct turn *turn = arg;
    const struct delivery_limits limits = {.per_endpoint = PER_ENDPOINT_MAX,
                                           .lease_s = LEASE_S,
                                           .in_all = UNDER_WAY_MAX - turn->courier->under_way};
    TRY(courier_enter(db, arena, turn));
    return delivery_claim(db, arena, turn->tenant_id, &limits, &turn->rows);
}

static struct fault *parcel_send(struct courier *courier, struct parcel *parcel) {
    if (!parcel->unsent && curl_multi_add_handle(courier->multi, parcel->easy))
        parcel->unsent = "not_made";
    if (!parcel->unsent) {
        parcel->next = courier->parcels;
        courier->parcels = parcel;
        courier->under_way++;
        return NULL;
    }
    LOG(LOG_WARNING, "a delivery is not sent", LOG_TEXT("cause", parcel->unsent));
    struct fault *fault = answer_record(courier, parcel, CURLE_OK);
    parcel_destroy(parcel);
    return fault;
}

static struct fault *parcels_send(struct courier *courier, int32_t tenant_id) {
    struct turn turn = {.tenant_id = tenant_id};
    struct fault *first = NULL;
    TRY(courier_transact(courier, claim_body, &turn));
    for (size_t i = 0; i < rows_count(turn.rows); i++) {
        struct parcel *parcel = parcel_make(turn.rows, i, tenant_id, courier->settings.private_targets);
        first = courier_earlier(first, parcel_send(courier, parcel));
    }
    return first;
}

/* Begins with another tenant each time, so that a busy one cannot take every place. */
struct fault *courier_deliveries_send(struct courier *courier) {
    static unsigned begin;
    struct fault *first = NULL;
    int32_t *tenants;
    size_t count;
    TRY(delivery_due_tenants(courier->db, courier->arena, courier_clock_offset_us(courier), &tenants,
                             &count));
    begin++;
    for (size_t i = 0; i < count && courier->under_way < UNDER_WAY_MAX && !courier_is_away(first); i++)
        first = courier_earlier(first, parcels_send(courier, tenants[(begin + i) % count]));
    return first;
}
