/* The key file as token.c, sign.c and the jwks files see it. */
#ifndef TANDEM_SERVICE_HTTP_KEYS_H
#define TANDEM_SERVICE_HTTP_KEYS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json;
struct jwks;
struct token;
struct token_cache;

enum key_algorithm {
    ALGORITHM_HS256,
    ALGORITHM_RS256,
    ALGORITHM_PS256,
    ALGORITHM_ES256,
    ALGORITHM_EDDSA,
    ALGORITHM_COUNT
};

#define ALGORITHM_BIT(algorithm) (1u << (algorithm))

enum key_type { TYPE_JWT = 1, TYPE_AT_JWT = 2 };

enum { KID_MAX = 128 };

struct token_key {
    const char *kid;
    unsigned
        algorithms; /* set of ALGORITHM_BIT that its tokens may carry: one, or for an RSA key of a JWKS two */
    unsigned types; /* set of enum key_type that its tokens may carry */
    EVP_PKEY *verifies; /* NULL for HS256 */
    EVP_PKEY *signs;    /* NULL: this key only verifies */
    uint8_t *secret;    /* HS256 */
    size_t secret_length;
};

/* The keys of one JWKS document: never changed once it is made. */
struct key_set {
    struct arena *arena; /* of its own */
    struct token_key *keys;
    size_t count;
};
void key_set_destroy(struct key_set *set); /* NULL is nothing to do */

/* Where a claim stands: member names from the outermost in. */
struct claim_path {
    const char
        *whole; /* the path as a text, which may itself be the name of a claim; NULL: given as a list */
    const char **names;
    size_t count;
};

struct token_keys {
    struct arena *arena; /* of its own */
    const char *issuer, *audience;
    const char *scope; /* without it a token has no roles; NULL: none is asked for */
    int64_t leeway_us;
    struct claim_path roles_path, tenant_path, partner_path;
    struct token_key *keys; /* of the file itself */
    size_t count;
    struct jwks *jwks;         /* NULL: there are no others */
    unsigned jwks_algorithms;  /* allow-list of the issuer's keys */
    struct key_set *published; /* the issuer's newest that were picked up, or NULL */
    int64_t hurried_at;        /* last time that an unknown kid asked for them; 0 = never */
    struct token_cache *cache;
};

extern const char *const algorithm_names[];
/* ALGORITHM_COUNT when there is no such. */
enum key_algorithm algorithm_code(const char *name);
/* NULL, or why the key is not for the algorithm. */
const char *key_unfit(enum key_algorithm algorithm, const EVP_PKEY *pkey);
/* Look-up only: nothing else is ever taken from a token's `kid`. The file's own keys go first, so that no published key
 * stands in for one of them. NULL kid finds the only key there is. */
const struct token_key *key_find(const struct token_keys *keys, const char *kid);
/* The name of the key's type that token_mint writes. */
const char *key_type_name(const struct token_key *key);
/* The one algorithm of a key that signs. */
enum key_algorithm key_signs_with(const struct token_key *key);
/* Picks up the issuer's newest keys; what was verified by older ones is forgotten. */
void keys_pick_up(struct token_keys *keys);
/* A token of our issuer names a key that nobody knows: asks for the newest, at most once in five minutes. */
void keys_hurry(struct token_keys *keys, int64_t now_at);

/* sign.c: `input` is header.payload; `algorithm` is one of the key's. */
bool signature_is_valid(const struct token_key *key, enum key_algorithm algorithm, struct arena *arena,
                        const char *token, size_t input_length, const uint8_t *signature,
                        size_t signature_length);

/* token_claims.c: who the claims say the caller is. NULL, or what is wrong with them. */
const char *caller_of_claims(const struct token_keys *keys, struct arena *arena, const struct json *claims,
                             struct token *token);
/* "a.b" is member b of member a; a text with "://" is one name; a list of texts is those names. false: none of these. */
bool claim_path_read(struct arena *arena, const struct json *value, struct claim_path *path);

/* cache.c: verified tokens by the SHA-256 of their exact text. */
struct token_cache *token_cache_create(void);
void token_cache_destroy(struct token_cache *cache);
void token_cache_clear(struct token_cache *cache);
bool token_cache_find(struct token_cache *cache, struct arena *arena, const uint8_t digest[], int64_t now_at,
                      struct token *token);
void token_cache_add(struct token_cache *cache, const uint8_t digest[], int64_t until,
                     const struct token *token);

#endif
