/* The courier, shared by its two files: courier.c (life, rounds, places), courier_delivery.c (what is sent, what came of it). */
#ifndef TANDEM_SERVICE_JOBS_COURIER_INSIDE_H
#define TANDEM_SERVICE_JOBS_COURIER_INSIDE_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tandem/domain/webhook.h"
#include "tandem/jobs/courier.h"
#include "tandem/store/db.h"
#include "tandem/store/delivery.h"

struct parcel;

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

/* One transaction for one tenant. */
struct turn {
    struct courier *courier;
    int32_t tenant_id;
    int64_t first, last; /* places that were given */
    struct rows *rows;
    struct delivery_outcome outcome;
    const struct parcel *parcel;
    struct webhook_answer answer;
};

/* `body` gets the turn; it enters the tenant's scope first. */
struct fault *courier_transact(struct courier *courier, db_body body, struct turn *turn);
struct fault *courier_enter(struct db *db, struct arena *arena, const struct turn *turn);
int64_t courier_clock_offset_us(const struct courier *courier);

/* What hinders one tenant is not the others': they take their turn, and it is told at the end of the round. A database that
 * is away is everybody's. */
bool courier_is_away(const struct fault *fault);
/* Of two faults of a round the one that is told. */
struct fault *courier_earlier(struct fault *first, struct fault *next);

/* courier_delivery.c: answers that came in; deliveries that are due, leased and on their way. Both go on past a tenant's fault
 * and give the first one. */
struct fault *courier_answers_take(struct courier *courier);
struct fault *courier_deliveries_send(struct courier *courier);
void courier_parcel_drop(struct courier *courier, struct parcel *parcel);

#endif
