/* The key is what the secret's base64 stands for; the signature is over the exact bytes that are sent. */
#include "tandem/base/webhook.h"

#include <openssl/evp.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"

enum { KEY_BYTES = 32, KEY_BYTES_MIN = 24, KEY_BYTES_MAX = 64 };

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

/* The key's length, or 0. */
static size_t key_of(const char *secret, uint8_t key[KEY_BYTES_MAX + 2]) {
    if (strncmp(secret, prefix, sizeof prefix - 1) != 0)
        return 0;
    const char *text = secret + sizeof prefix - 1;
    size_t length = strlen(text);
    if (length == 0 || length % 4 != 0 || length / 4 * 3 > KEY_BYTES_MAX + 2)
        return 0;
    int decoded = EVP_DecodeBlock(key, (const unsigned char *)text, (int)length);
    int padding = (text[length - 1] == '=') + (text[length - 2] == '=');
    return decoded - padding >= KEY_BYTES_MIN ? (size_t)(decoded - padding) : 0;
}

const char *webhook_sign(struct arena *arena, const char *secret, const char *id, int64_t timestamp,
                         const char *body, size_t length) {
    uint8_t key[KEY_BYTES_MAX + 2], digest[SHA256_SIZE];
    size_t key_length = key_of(secret, key);
    if (key_length == 0)
        return NULL;
    const char *head = arena_format(arena, "%s.%lld.", id, (long long)timestamp);
    size_t head_length = strlen(head);
    char *signed_bytes = arena_alloc(arena, head_length + length + 1);
    memcpy(signed_bytes, head, head_length);
    memcpy(signed_bytes + head_length, body, length);
    hmac_sha256(key, key_length, signed_bytes, head_length + length, digest);
    return arena_format(arena, "v1,%s", base64(arena, digest, sizeof digest));
}
