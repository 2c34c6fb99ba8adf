/* Bearer tokens (RFC 7519, RFC 9068): a strict gate of our own over syntax and header, the signature by an
 * algorithm that its key is for, then the claims. The keys stand in a JSON file:
 *   {"issuer": "https://id.example", "audience": "tandem", "leeway_s": 60, "scope": "tandem",
 *    "claims": {"roles": "realm_access.roles", "tenant": "tenant", "partner": ["https://a.example/partner"]},
 *    "keys": [{"kid": "k1", "alg": "ES256", "public_key_file": "k1.pem", "typ": ["at+jwt"]}],
 *    "jwks_url": "https://id.example/jwks", "refresh_s": 300, "algorithms": ["RS256"], "typ": ["JWT"]}
 * alg is HS256 (secret_file, at least 32 bytes), RS256 or PS256 (RSA of 2048 bits and more), ES256 or EdDSA
 * (Ed25519); files are named relative to the JSON file. private_key_file beside public_key_file lets
 * token_mint sign with that key. A claim stands at "a.b" (b in a, or a claim of that whole name), under a name
 * with "://" as it is, or at a list of names. With "scope", a token that does not carry it in `scope` or `scp`
 * has no roles.
 * jwks_url (https; jwks_ca_file instead of the system's authorities) or jwks_file names the issuer's
 * published keys (RFC 7517), used for `algorithms` only; they may stand beside `keys` or instead of them. */
#ifndef TANDEM_HTTP_TOKEN_H
#define TANDEM_HTTP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tandem/http/request.h"

struct arena;
struct fault;
struct token_keys;

enum { TOKEN_SIZE_MAX = 8192, TOKEN_LEEWAY_MAX_S = 300 };

/* Reads the file and every key. On failure NULL and *errors has all that is wrong with it, one line each. */
struct token_keys *token_keys_load(struct arena *arena, const char *path, const char **errors);
void token_keys_destroy(struct token_keys *keys);

/* Reads the published keys now, before token_keys_follow: blocks, for 10 seconds at most. false with the
 * reason (in the arena). jwks_file has been read by token_keys_load already. */
bool token_keys_fetch(struct token_keys *keys, struct arena *arena, const char **reason);
/* Reads them in a thread of its own until token_keys_destroy: at once, every refresh_s, sooner after a
 * failure, and for a token that names an unknown key, at most once in 5 minutes. What cannot be fetched
 * changes nothing. */
void token_keys_follow(struct token_keys *keys);
/* Is there any key yet? In the thread of token_verify. */
bool token_keys_ready(struct token_keys *keys);

/* Verifies one token at the instant `now_at` (microseconds since 1970, the system's clock, never the moved
 * one) and fills *token with texts in the arena. PROBLEM_UNAUTHENTICATED on anything else; the reason is the
 * fault's `cause`. Verified tokens are remembered until min(exp, verified + 60 s). Not for two threads at
 * once. */
struct fault *token_verify(struct token_keys *keys, struct arena *arena, const char *text, size_t length,
                           int64_t now_at, struct token *token);

struct token_grant {
    const char *kid;     /* NULL: the first key that can sign */
    const char *subject; /* not empty */
    const char *tenant;
    const char *partner; /* NULL: none */
    unsigned roles;      /* bit set of enum role */
    int64_t issued_at;   /* microseconds since 1970, as above */
    int64_t lifetime_s;
};

/* A signed token in the arena, or NULL with the reason. */
const char *token_mint(const struct token_keys *keys, struct arena *arena, const struct token_grant *grant,
                       const char **reason);

/* For the command line: {"valid", "reason", "header", "claims", "subject", "tenant", "partner", "roles"} as
 * JSON text; header and claims are shown whatever the signature says. */
const char *token_inspect(struct token_keys *keys, struct arena *arena, const char *text, int64_t now_at);

#endif
