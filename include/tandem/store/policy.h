/* The tenant's policy: as it is in force at the transaction's instant, as it is scheduled, and a new version of it. */
#ifndef TANDEM_STORE_POLICY_H
#define TANDEM_STORE_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "tandem/domain/policy.h"
#include "tandem/store/db.h"

struct fault;

/* From the row of policy_in_force. */
void policy_read(const struct rows *rows, struct policy *policy);

/* Every tenant has had one since before its first deal. */
struct fault *policy_find(struct db *db, struct arena *arena, int32_t tenant_id, struct policy *policy);

/* From the columns work_week and holidays. */
struct calendar calendar_read(struct arena *arena, const struct rows *rows, size_t row);

/* A version whole. */
struct policy_setting {
    struct policy policy;
    int64_t effective_at; /* INSTANT_NONE, to insert: since ever */
    int64_t set_at;
    const char *person, *person_name; /* who set it; NULL: the default of a new tenant */
    unsigned work_days;               /* as in struct calendar */
    const char *holidays;             /* JSON, [{"date","name"}] by date; NULL, to insert: none */
};

/* From a row of policy_course: the first is in force, the second, if there is one, is scheduled. */
void policy_setting_read(const struct rows *rows, size_t row, struct policy_setting *setting);
struct fault *policy_course(struct db *db, struct arena *arena, int32_t tenant_id, struct rows **rows);

/* For the rest of the transaction deals are stale and stalled by this policy, whatever is in force. */
struct fault *policy_propose(struct db *db, struct arena *arena, const struct policy *policy);

/* A version with its event. PRECONDITION_FAILED when there is one of that number already. */
struct fault *policy_insert(struct db *db, struct arena *arena, int32_t tenant_id,
                            const struct policy_setting *setting);

#endif
