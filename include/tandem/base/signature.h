/* Signatures of webhooks over the raw body, compared in constant time. Standard Webhooks 1.0 (symmetric, v1) and HubSpot's
 * version 3. The clock is the caller's. docs/rules.md, CRM in. */
#ifndef TANDEM_BASE_SIGNATURE_H
#define TANDEM_BASE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Both schemes: a message is stale or from the future when its time is further from now than this, either way. */
enum { SIGNATURE_WINDOW_S = 300 };

/* The key inside a secret of Standard Webhooks: "whsec_" and base64, 24 to 64 bytes. false: it is no such secret. */
bool webhook_secret_key(struct arena *arena, const char *secret, uint8_t **key, size_t *length);

struct webhook_message {
    const char *id, *timestamp, *signature; /* the headers, NULL: absent; timestamp in seconds */
    const void *body;
    size_t length;
};

/* One of the space-separated "v1,<base64>" of the header is that of the key; other versions are passed over. */
bool webhook_is_signed(struct arena *arena, const struct webhook_message *message, const uint8_t *key,
                       size_t key_length);
/* "v1,<base64>" under the key. */
const char *webhook_signature(struct arena *arena, const struct webhook_message *message, const uint8_t *key,
                              size_t key_length);

struct hubspot_message {
    const char *method, *uri;          /* the URL under which HubSpot calls, as configured there */
    const char *timestamp, *signature; /* the headers, NULL: absent; timestamp in milliseconds */
    const void *body;
    size_t length;
};

/* HMAC of method, decoded URI, body and timestamp under the app's client secret. */
bool hubspot_is_signed(struct arena *arena, const struct hubspot_message *message, const char *client_secret);
/* %3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B of either case as characters; every other escape stays. */
const char *hubspot_uri(struct arena *arena, const char *uri);

/* A whole number of units of `unit_us` since 1970 within the window around now. */
bool signature_is_timely(const char *timestamp, int64_t unit_us, int64_t now_at);

#endif
