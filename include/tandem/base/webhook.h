/* Standard Webhooks 1.0, the sender's side: secrets and signatures (symmetric, v1). */
#ifndef TANDEM_BASE_WEBHOOK_H
#define TANDEM_BASE_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* A new secret: "whsec_" and the base64 of 32 random bytes. */
const char *webhook_secret_make(struct arena *arena);

/* One "v1,<base64>" over "id.timestamp.body"; `timestamp` in seconds. NULL: the secret is none of that form. */
const char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp,
                         const char *body, size_t length);

#endif
