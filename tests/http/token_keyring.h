/* What the token tests share: keys of the run, and tokens signed by them. */
#ifndef TOKEN_KEYRING_H
#define TOKEN_KEYRING_H

#include "check.h"

#include <openssl/types.h>
#include <stdbool.h>

#include "tandem/base/arena.h"
#include "tandem/http/token.h"

extern struct arena *arena;
extern struct token_keys *keys; /* hs, rs, ps, es, ed */

enum signer {
    BY_SECRET,
    BY_RSA,
    BY_PSS,
    BY_PSS_WITHOUT_SALT,
    BY_PSS_WITH_ALL_SALT, /* as much as fits */
    BY_PSS_SHA1_MASK,
    BY_OTHER_RSA,
    BY_OTHER_PSS,
    BY_EC,
    BY_ED,
    BY_RSA_PEM,
    BY_NOTHING
};

/* BY_RSA_PEM: an HMAC whose secret is the public PEM of the RSA key. */
const char *token_make(const char *header, const char *claims, enum signer signer);
const char *encode(const char *text); /* base64url */
/* The public half of the signer's key as a JWK; `more` goes before the brace. */
const char *jwk_of(enum signer signer, const char *more);
const char *jwk_of_key(const EVP_PKEY *key, const char *more);

/* Files of the run's own folder. */
const char *path_of(const char *name);
void write_file(const char *name, const char *text);
void write_key(const char *name, EVP_PKEY *key, bool private);

/* cmocka's set-up and tear-down of the group. */
int make_keys(void **state);
int drop_keys(void **state);

#define HS "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}"
#define RS "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\"}"
#define PS "{\"alg\":\"PS256\",\"typ\":\"at+jwt\",\"kid\":\"ps\"}"
#define ES "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"es\"}"
#define ED "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"ed\"}"
/* claims with `more` before the brace */
#define CLAIMS(more)                                                                                         \
    "{\"iss\":\"https://"                                                                                    \
    "id.test\",\"aud\":\"tandem\",\"sub\":\"ann\",\"tenant\":\"acme\",\"exp\":1800000600,"                   \
    "\"realm_access\":{\"roles\":[\"ae\",\"offline_access\"]}" more "}"
#define GOOD CLAIMS("")
#define WITH(iss, aud, sub, exp)                                                                             \
    "{\"iss\":" iss ",\"aud\":" aud ",\"sub\":" sub ",\"tenant\":\"acme\",\"exp\":" exp "}"
#define OURS "\"https://id.test\""

#endif
