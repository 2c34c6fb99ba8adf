/* The key file as token.c and sign.c see it. */
#ifndef TANDEM_SERVICE_HTTP_KEYS_H
#define TANDEM_SERVICE_HTTP_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct token_cache;

enum key_algorithm { ALGORITHM_HS256, ALGORITHM_RS256, ALGORITHM_ES256, ALGORITHM_EDDSA };

enum key_type { TYPE_JWT = 1, TYPE_AT_JWT = 2 };

struct token_key {
    const char *kid;
    enum key_algorithm algorithm;
    unsigned types;     /* set of enum key_type that its tokens may carry */
    EVP_PKEY *verifies; /* NULL for HS256 */
    EVP_PKEY *signs;    /* NULL: this key only verifies */
    uint8_t *secret;    /* HS256 */
    size_t secret_length;
};

struct token_keys {
    struct arena *arena; /* of its own */
    const char *issuer, *audience;
    int64_t leeway_us;
    const char *roles_path, *tenant_path, *partner_path; /* dotted */
    struct token_key *keys;
    size_t count;
    struct token_cache *cache;
};

extern const char *const algorithm_names[];
/* Look-up only: nothing else is ever taken from a token's `kid`. NULL kid finds the only key there is. */
const struct token_key *key_find(const struct token_keys *keys, const char *kid);
/* The name of the key's type that token_mint writes. */
const char *key_type_name(const struct token_key *key);

/* sign.c: `input` is header.payload. */
bool signature_is_valid(const struct token_key *key, struct arena *arena, const char *token,
                        size_t input_length, const uint8_t *signature, size_t signature_length);

/* cache.c: verified tokens by the SHA-256 of their exact text. */
struct token;
struct token_cache *token_cache_create(void);
void token_cache_destroy(struct token_cache *cache);
bool token_cache_find(struct token_cache *cache, struct arena *arena, const uint8_t digest[], int64_t now_at,
                      struct token *token);
void token_cache_add(struct token_cache *cache, const uint8_t digest[], int64_t until,
                     const struct token *token);

#endif
