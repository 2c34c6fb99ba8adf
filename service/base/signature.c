/* Signed webhooks. Every comparison runs over whole digests, so that its time says nothing about how much was right. */
#include "tandem/base/signature.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/time.h"

enum {
    KEY_SIZE_MIN = 24,
    KEY_SIZE_MAX = 64,
    DIGEST_TEXT_SIZE = 44, /* 32 bytes in base64 */
    TIMESTAMP_DIGITS_MAX = 15
};

static bool base64_decode(struct arena *arena, const char *text, uint8_t **bytes, size_t *length) {
    size_t size = strlen(text), padding = 0;
    if (size == 0 || size % 4 != 0 ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") + 2 < size)
        return false;
    while (padding < 2 && text[size - 1 - padding] == '=')
        padding++;
    *bytes = arena_alloc(arena, size / 4 * 3);
    int decoded = EVP_DecodeBlock(*bytes, (const unsigned char *)text, (int)size);
    if (decoded < 0)
        return false;
    *length = (size_t)decoded - padding;
    return true;
}

static void digest_text(const uint8_t digest[SHA256_SIZE], char out[DIGEST_TEXT_SIZE + 1]) {
    EVP_EncodeBlock((unsigned char *)out, digest, SHA256_SIZE);
}

bool webhook_secret_key(struct arena *arena, const char *secret, uint8_t **key, size_t *length) {
    static const char prefix[] = "whsec_";
    enum { PREFIX_LENGTH = sizeof prefix - 1 };
    if (strncmp(secret, prefix, PREFIX_LENGTH) != 0 ||
        strlen(secret) > PREFIX_LENGTH + (KEY_SIZE_MAX + 2) / 3 * 4)
        return false;
    return base64_decode(arena, secret + PREFIX_LENGTH, key, length) && *length >= KEY_SIZE_MIN &&
           *length <= KEY_SIZE_MAX;
}

/* The parts one after the other, as both schemes sign them. */
static void sign_parts(struct arena *arena, const void *key, size_t key_length, const char *head,
                       const void *body, size_t length, const char *tail, char out[DIGEST_TEXT_SIZE + 1]) {
    size_t head_length = strlen(head), tail_length = strlen(tail);
    char *signed_bytes = arena_alloc(arena, head_length + length + tail_length + 1);
    uint8_t digest[SHA256_SIZE];
    memcpy(signed_bytes, head, head_length);
    if (length > 0)
        memcpy(signed_bytes + head_length, body, length);
    memcpy(signed_bytes + head_length + length, tail, tail_length);
    hmac_sha256(key, key_length, signed_bytes, head_length + length + tail_length, digest);
    digest_text(digest, out);
}

static void webhook_digest(struct arena *arena, const struct webhook_message *message, const uint8_t *key,
                           size_t key_length, char out[DIGEST_TEXT_SIZE + 1]) {
    const char *head = arena_format(arena, "%s.%s.", message->id, message->timestamp);
    sign_parts(arena, key, key_length, head, message->body, message->length, "", out);
}

bool webhook_is_signed(struct arena *arena, const struct webhook_message *message, const uint8_t *key,
                       size_t key_length) {
    char wanted[DIGEST_TEXT_SIZE + 1];
    bool found = false;
    if (!message->id || !message->timestamp || !message->signature || !*message->id)
        return false;
    webhook_digest(arena, message, key, key_length, wanted);
    for (const char *item = message->signature; *item;) {
        size_t length = strcspn(item, " ");
        if (length == DIGEST_TEXT_SIZE + 3 && strncmp(item, "v1,", 3) == 0)
            found |= bytes_equal(item + 3, wanted, DIGEST_TEXT_SIZE);
        item += length + strspn(item + length, " ");
    }
    return found;
}

const char *webhook_signature(struct arena *arena, const struct webhook_message *message, const uint8_t *key,
                              size_t key_length) {
    char digest[DIGEST_TEXT_SIZE + 1];
    webhook_digest(arena, message, key, key_length, digest);
    return arena_format(arena, "v1,%s", digest);
}

static char escape_of(const char *text) {
    static const char hexadecimal[] = "0123456789ABCDEF", decoded[] = ":/?@!$'()*,;";
    if (text[0] != '%' || !text[1] || !text[2])
        return '\0';
    const char *high = strchr(hexadecimal, text[1] & (text[1] >= 'a' ? ~0x20 : ~0)),
               *low = strchr(hexadecimal, text[2] & (text[2] >= 'a' ? ~0x20 : ~0));
    char byte = high && low ? (char)((high - hexadecimal) * 16 + (low - hexadecimal)) : '\0';
    return byte && strchr(decoded, byte) ? byte : '\0';
}

const char *hubspot_uri(struct arena *arena, const char *uri) {
    char *out = arena_text(arena, uri);
    size_t length = 0;
    while (*uri) {
        char decoded = escape_of(uri);
        out[length++] = decoded ? decoded : *uri;
        uri += decoded ? 3 : 1;
    }
    out[length] = '\0';
    return out;
}

bool hubspot_is_signed(struct arena *arena, const struct hubspot_message *message,
                       const char *client_secret) {
    char wanted[DIGEST_TEXT_SIZE + 1];
    if (!message->timestamp || !message->signature)
        return false;
    const char *head = arena_format(arena, "%s%s", message->method, hubspot_uri(arena, message->uri));
    sign_parts(arena, client_secret, strlen(client_secret), head, message->body, message->length,
               message->timestamp, wanted);
    return strlen(message->signature) == DIGEST_TEXT_SIZE &&
           bytes_equal(message->signature, wanted, DIGEST_TEXT_SIZE);
}

bool signature_is_timely(const char *timestamp, int64_t unit_us, int64_t now_at) {
    size_t digits = timestamp ? strspn(timestamp, "0123456789") : 0;
    if (digits == 0 || digits > TIMESTAMP_DIGITS_MAX || timestamp[digits] != '\0')
        return false;
    int64_t units = strtoll(timestamp, NULL, 10);
    if (units > INT64_MAX / unit_us)
        return false;
    int64_t distance = units * unit_us - now_at;
    return distance <= SIGNATURE_WINDOW_S * SECOND_US && distance >= -SIGNATURE_WINDOW_S * SECOND_US;
}
