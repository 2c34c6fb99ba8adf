/* The key is what the secret's base64 stands for; the signature is over the exact bytes that are sent. */
#include "tandem/base/webhook.h"

#include <openssl/evp.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/signature.h"

enum { KEY_BYTES = 32 };

static const char prefix[] = "whsec_";

/* RFC 4648, section 4, with padding. */
static const char *base64(struct arena *arena, const void *bytes, size_t length) {
    char *text = arena_alloc(arena, (length + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)text, bytes, (int)length);
    return text;
}

const char *webhook_secret_make(struct arena *arena) {
    uint8_t key[KEY_BYTES];
    random_bytes(key, sizeof key);
    return arena_format(arena, "%s%s", prefix, base64(arena, key, sizeof key));
}

const char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp,
                         const char *body, size_t length) {
    uint8_t *key;
    size_t key_length;
    if (!webhook_secret_key(arena, secret, &key, &key_length))
        return NULL;
    const struct webhook_message message = {
        .id = id,
        .timestamp = arena_format(arena, "%lld", (long long)timestamp),
        .body = body,
        .length = length,
    };
    return webhook_signature(arena, &message, key, key_length);
}
