/* Rates: what a unit of another currency is worth in the reporting currency, dated, in versions. */
#ifndef TANDEM_STORE_RATE_H
#define TANDEM_STORE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/store/db.h"

struct fault;

struct rate_row {
    const char *currency;
    int32_t rated_on;
    const char *rate; /* a decimal string, as it was set */
    int64_t version;
    int64_t set_at;
    const char *person, *person_name; /* who set it */
};

/* The version in force of a currency and day. */
struct fault *rate_find(struct db *db, struct arena *arena, int32_t tenant_id, const char *currency,
                        int32_t rated_on, struct rate_row *rate, bool *found);
/* A version with its event; `shift` as in amount_stated. PRECONDITION_FAILED when somebody else has just made it. */
struct fault *rate_insert(struct db *db, struct arena *arena, int32_t tenant_id, const struct rate_row *rate,
                          int shift);
/* From a row of rate_find or rate_list. */
void rate_read(const struct rows *rows, size_t row, void *rate);

/* A rate that states something: `key` is the deal's internal id, 0 for none in particular. */
struct rate_used {
    int64_t key;
    const char *currency;
    int32_t rated_on;
    const char *rate;
};

/* By currency: the newest on or before today, by which open deals are stated. */
struct fault *rates_current(struct db *db, struct arena *arena, int32_t tenant_id, struct rate_used **rates,
                            size_t *count);
/* Of the deals: those that are stated by a rate, each with its own. */
struct fault *rates_of_deals(struct db *db, struct arena *arena, int32_t tenant_id, const int64_t *keys,
                             size_t key_count, struct rate_used **rates, size_t *count);

#endif
