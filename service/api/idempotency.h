/* Idempotency keys inside the effect's transaction (docs/ARCHITECTURE.md, Idempotency): lock, look up, effect, record,
 * COMMIT. Only 2xx is kept: a refusal leaves nothing and may be sent again. */
#ifndef TANDEM_API_IDEMPOTENCY_PRIVATE_H
#define TANDEM_API_IDEMPOTENCY_PRIVATE_H

#include <stdbool.h>

#include "tandem/api/work.h"

/* Takes the key's lock; PROBLEM_REQUEST_IN_PROGRESS when another transaction holds it. With a stored answer: the reply is
 * filled from it and *replayed is true; PROBLEM_IDEMPOTENCY_KEY_REUSED when the request was another one. */
struct fault *idempotency_begin(struct call *call, bool *replayed);
struct fault *idempotency_record(struct call *call);

/* A db_body (arg: the request) for a COMMIT whose answer was lost: waits for the key's lock, answers from the record, or
 * PROBLEM_UNAVAILABLE when there is none. */
struct fault *idempotency_recover(struct db *db, struct arena *arena, void *request);

#endif
