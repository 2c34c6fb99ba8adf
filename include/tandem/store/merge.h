/* Merging two deals, step by step, in this order: claims, the deal that goes, the one that stays, evidence. Each row's
 * change leaves its event. The caller holds the tenant's lock, that of external ids, and both rows. */
#ifndef TANDEM_STORE_MERGE_H
#define TANDEM_STORE_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/merge.h"
#include "tandem/store/db.h"

/* Locks both (public ids), in the order in which everybody does; whichever is not there is left out. */
struct fault *merge_lock(struct db *db, struct arena *arena, int32_t tenant_id, const char *one,
                         const char *another);

/* A sourced claim of one, and the other, which stood open when its registration came and is led by somebody else. */
struct merge_contradiction {
    int64_t claim; /* internal id */
    int64_t submitted_at;
    const char *opportunity; /* public id */
    int64_t created_at;
};
struct fault *merge_contradictions(struct db *db, struct arena *arena, int32_t tenant_id, int64_t survivor,
                                   int64_t merged, struct merge_contradiction **found, size_t *count);

struct merging {
    int64_t survivor, merged; /* internal ids */
    const char *survivor_id;  /* public */
    bool survivor_linked;     /* an id of the survivor leads */
    const int64_t *moves;     /* claims that go over to the other deal; internal ids */
    size_t move_count;
    enum merge_fields fields;
    enum merge_resolution resolution;
    const char *counting_claim; /* public id of the survivor's, after it; NULL: none */
    int64_t window_ends_at;
    const char *reason; /* NULL: none is given */
};
struct fault *merge_write(struct db *db, struct arena *arena, int32_t tenant_id,
                          const struct merging *merging);

#endif
