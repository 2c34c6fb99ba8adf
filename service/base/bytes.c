/* Digests are OpenSSL's; base64url is ours because OpenSSL has only the padded alphabet of RFC 4648, section
 * 4, and tokens must be read strictly: one spelling for one value. */
#include "tandem/base/bytes.h"

#include "tandem/base/arena.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <sys/random.h>

void sha256(const void *bytes, size_t length, uint8_t out[SHA256_SIZE]) {
    if (EVP_Digest(bytes, length, out, NULL, EVP_sha256(), NULL) != 1)
        abort();
}

void sha256_hex(const void *bytes, size_t length, char out[SHA256_HEX_SIZE]) {
    uint8_t digest[SHA256_SIZE];
    sha256(bytes, length, digest);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[SHA256_HEX_SIZE - 1] = 0;
}

const char *sha256_text(struct arena *arena, const void *bytes, size_t length) {
    char *hex = arena_alloc(arena, SHA256_HEX_SIZE);
    sha256_hex(bytes, length, hex);
    return hex;
}

void hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t out[SHA256_SIZE]) {
    if (key_length > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_length, bytes, length, out, NULL))
        abort();
}

bool bytes_equal(const void *a, const void *b, size_t length) {
    return CRYPTO_memcmp(a, b, length) == 0;
}

char *base64url_encode(struct arena *arena, const void *bytes, size_t length) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *in = bytes;
    char *text = arena_alloc(arena, (length + 2) / 3 * 4 + 1), *end = text;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        bits = bits << 8 | in[i];
        for (count += 8; count >= 6; count -= 6)
            *end++ = alphabet[bits >> (count - 6) & 63];
    }
    if (count)
        *end++ = alphabet[bits << (6 - count) & 63];
    return text;
}

static int base64url_value(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(struct arena *arena, const char *text, size_t text_length, uint8_t **bytes,
                      size_t *length) {
    if (text_length % 4 == 1)
        return false;
    uint8_t *out = arena_alloc(arena, text_length / 4 * 3 + 3), *end = out;
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text_length; i++) {
        int value = base64url_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *end++ = (uint8_t)(bits >> count);
        }
    }
    if (bits & ((1u << count) - 1))
        return false;
    *bytes = out;
    *length = (size_t)(end - out);
    return true;
}

void random_bytes(void *bytes, size_t length) {
    char *at = bytes;
    while (length) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            at += got;
            length -= (size_t)got;
        }
    }
}
