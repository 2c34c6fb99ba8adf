/* Bytes as text and digests. */
#ifndef TANDEM_BASE_BYTES_H
#define TANDEM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 };

void sha256(const void *bytes, size_t length, uint8_t out[SHA256_SIZE]);
void sha256_hex(const void *bytes, size_t length, char out[SHA256_HEX_SIZE]);
/* The same as text in the arena. */
const char *sha256_text(struct arena *arena, const void *bytes, size_t length);
void hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length,
                 uint8_t out[SHA256_SIZE]);
/* Time depends on length only. */
bool bytes_equal(const void *a, const void *b, size_t length);

/* base64url without padding (RFC 7515). Decoding is strict: no padding, no other characters, no stray bits.
 */
char *base64url_encode(struct arena *arena, const void *bytes, size_t length);
bool base64url_decode(struct arena *arena, const char *text, size_t text_length, uint8_t **bytes,
                      size_t *length);

/* Cryptographically strong; aborts when the system gives none. */
void random_bytes(void *bytes, size_t length);

#endif
