/* The tenant's policy, as it is in force at the transaction's instant. */
#ifndef TANDEM_STORE_POLICY_H
#define TANDEM_STORE_POLICY_H

#include <stdint.h>

#include "tandem/domain/policy.h"
#include "tandem/store/db.h"

struct fault;

/* From the row of policy_in_force. */
void policy_read(const struct rows *rows, struct policy *policy);

/* Every tenant has had one since before its first deal. */
struct fault *policy_find(struct db *db, struct arena *arena, int32_t tenant_id, struct policy *policy);

#endif
