/* Signatures. HS256 is libjwt's; RS256, PS256, ES256 and EdDSA are OpenSSL's with keys parsed once, because libjwt 1.10.2
 * parses the PEM on every call, takes an RSA signature with junk behind it, and takes an RSA public key as an HMAC secret.
 * Each key lists what it may verify, so no token chooses how it is verified. */
#include <assert.h>
#include <jwt.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/json_out.h"
#include "tandem/base/time.h"
#include "tandem/base/uuid.h"
#include "tandem/domain/role.h"
#include "tandem/http/token.h"

#include "keys.h"

enum { ES256_HALF = 32, SIGNATURE_MAX = 1024, CLAIMS_MAX = 3 };

static bool hs256_is_valid(const struct token_key *key, const char *token) {
    jwt_t *jwt = NULL;
    bool valid = jwt_decode(&jwt, token, key->secret, (int)key->secret_length) == 0 &&
                 jwt_get_alg(jwt) == JWT_ALG_HS256;
    jwt_free(jwt);
    return valid;
}

/* JWS carries an ECDSA signature as r || s, OpenSSL wants DER. */
static bool es256_to_der(struct arena *arena, const uint8_t **signature, size_t *length) {
    if (*length != 2 * ES256_HALF)
        return false;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(*signature, ES256_HALF, NULL);
    BIGNUM *s = BN_bin2bn(*signature + ES256_HALF, ES256_HALF, NULL);
    assert(pair && r && s);
    ECDSA_SIG_set0(pair, r, s);
    uint8_t *der = arena_alloc(arena, SIGNATURE_MAX), *end = der;
    int der_length = i2d_ECDSA_SIG(pair, &end);
    ECDSA_SIG_free(pair);
    *signature = der;
    *length = (size_t)der_length;
    return der_length > 0;
}

static const EVP_MD *digest_of(enum key_algorithm algorithm) {
    return algorithm == ALGORITHM_EDDSA ? NULL : EVP_sha256();
}

/* PS256 (RFC 7518, 3.5): MGF1 with SHA-256, a salt as long as the hash and of no other length. */
static bool set_padding(EVP_PKEY_CTX *context, enum key_algorithm algorithm) {
    return algorithm != ALGORITHM_PS256 ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

bool signature_is_valid(const struct token_key *key, enum key_algorithm algorithm, struct arena *arena,
                        const char *token, size_t input_length, const uint8_t *signature,
                        size_t signature_length) {
    if (algorithm == ALGORITHM_HS256)
        return signature_length == SHA256_SIZE && hs256_is_valid(key, token);
    if (algorithm == ALGORITHM_ES256 && !es256_to_der(arena, &signature, &signature_length))
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding;
    bool valid =
        context && EVP_DigestVerifyInit(context, &padding, digest_of(algorithm), NULL, key->verifies) == 1 &&
        set_padding(padding, algorithm) &&
        EVP_DigestVerify(context, signature, signature_length, (const uint8_t *)token, input_length) == 1;
    EVP_MD_CTX_free(context);
    return valid;
}

/* A claim at its path. */
struct placed {
    const char **names; /* from the outermost in */
    size_t depth;
    const char *text;
    unsigned roles; /* when text is NULL */
};

static void write_claim(struct json_out *out, const char *name, const struct placed *claim) {
    if (claim->text) {
        json_add_text(out, name, claim->text);
        return;
    }
    json_array(out, name);
    for (int role = 0; role < ROLE_COUNT; role++)
        if (claim->roles & ROLE_BIT(role))
            json_add_text(out, NULL, choice_name(role_names, role));
    json_array_end(out);
}

/* Claims whose paths begin alike share one object. */
static void write_claims(struct json_out *out, const struct placed *claims, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name = claims[i].names[0];
        if (claims[i].depth == 1) {
            write_claim(out, name, &claims[i]);
            continue;
        }
        struct placed inner[CLAIMS_MAX];
        size_t inner_count = 0;
        bool first = true;
        for (size_t j = 0; j < count; j++) {
            if (claims[j].depth == 1 || strcmp(claims[j].names[0], name) != 0)
                continue;
            first &= j >= i;
            inner[inner_count] = claims[j];
            inner[inner_count].depth--;
            inner[inner_count++].names++;
        }
        if (!first)
            continue;
        json_object(out, name);
        write_claims(out, inner, inner_count);
        json_object_end(out);
    }
}

static struct placed placed_at(const struct claim_path *path, const char *text, unsigned roles) {
    return (struct placed){.names = path->names, .depth = path->count, .text = text, .roles = roles};
}

static const char *claims_text(const struct token_keys *keys, struct arena *arena,
                               const struct token_grant *grant) {
    struct placed claims[CLAIMS_MAX] = {
        placed_at(&keys->roles_path, NULL, grant->roles),
        placed_at(&keys->tenant_path, grant->tenant, 0),
        placed_at(&keys->partner_path, grant->partner, 0),
    };
    int64_t issued_s = grant->issued_at / SECOND_US;
    char id[UUID_TEXT_SIZE];
    uuid_make(id);
    struct json_out out = {.arena = arena};
    json_object(&out, NULL);
    json_add_text(&out, "iss", keys->issuer);
    json_add_text(&out, "aud", keys->audience);
    json_add_text(&out, "sub", grant->subject);
    json_add_integer(&out, "iat", issued_s);
    json_add_integer(&out, "exp", issued_s + grant->lifetime_s);
    json_add_text(&out, "jti", id);
    if (keys->scope)
        json_add_text(&out, "scope", keys->scope);
    write_claims(&out, claims, grant->partner ? CLAIMS_MAX : CLAIMS_MAX - 1);
    json_object_end(&out);
    return json_out_text(&out);
}

static const char *mint_hs256(const struct token_key *key, struct arena *arena, const char *claims) {
    jwt_t *jwt = NULL;
    char *made = NULL;
    if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, claims) == 0 &&
        jwt_add_header(jwt, "kid", key->kid) == 0 &&
        jwt_set_alg(jwt, JWT_ALG_HS256, key->secret, (int)key->secret_length) == 0)
        made = jwt_encode_str(jwt);
    jwt_free(jwt);
    const char *text = arena_text(arena, made);
    free(made);
    return text;
}

/* DER to r || s. */
static bool es256_to_raw(struct arena *arena, uint8_t **signature, size_t *length) {
    const uint8_t *der = *signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)*length);
    if (!pair)
        return false;
    uint8_t *raw = arena_alloc(arena, 2 * ES256_HALF);
    bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, ES256_HALF) == ES256_HALF &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + ES256_HALF, ES256_HALF) == ES256_HALF;
    ECDSA_SIG_free(pair);
    *signature = raw;
    *length = 2 * ES256_HALF;
    return fits;
}

static const char *mint_signed(const struct token_key *key, struct arena *arena, const char *claims) {
    struct json_out header = {.arena = arena};
    json_object(&header, NULL);
    enum key_algorithm algorithm = key_signs_with(key);
    json_add_text(&header, "alg", algorithm_names[algorithm]);
    json_add_text(&header, "typ", key_type_name(key));
    json_add_text(&header, "kid", key->kid);
    json_object_end(&header);
    const char *header_text = json_out_text(&header);
    const char *input = arena_format(arena, "%s.%s", base64url_encode(arena, header_text, header.length),
                                     base64url_encode(arena, claims, strlen(claims)));
    uint8_t *signature = arena_alloc(arena, SIGNATURE_MAX);
    size_t length = SIGNATURE_MAX;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding;
    bool made = context &&
                EVP_DigestSignInit(context, &padding, digest_of(algorithm), NULL, key->signs) == 1 &&
                set_padding(padding, algorithm) &&
                EVP_DigestSign(context, signature, &length, (const uint8_t *)input, strlen(input)) == 1;
    EVP_MD_CTX_free(context);
    if (!made || (algorithm == ALGORITHM_ES256 && !es256_to_raw(arena, &signature, &length)))
        return NULL;
    return arena_format(arena, "%s.%s", input, base64url_encode(arena, signature, length));
}

static bool key_can_sign(const struct token_key *key) {
    return key->signs || key->secret;
}

const char *token_mint(const struct token_keys *keys, struct arena *arena, const struct token_grant *grant,
                       const char **reason) {
    const struct token_key *key = NULL;
    for (size_t i = 0; i < keys->count && !key; i++)
        if (key_can_sign(&keys->keys[i]) && (!grant->kid || strcmp(keys->keys[i].kid, grant->kid) == 0))
            key = &keys->keys[i];
    *reason = !key                                  ? "no key of the file can sign"
              : !grant->subject || !*grant->subject ? "the subject is empty"
              : !grant->tenant || !*grant->tenant   ? "the tenant is empty"
              : grant->lifetime_s <= 0              ? "the lifetime is not positive"
              : roles_mixed(grant->roles)           ? "roles of the partner side stand beside others"
                                                    : NULL;
    if (*reason)
        return NULL;
    const char *claims = claims_text(keys, arena, grant);
    const char *token = key->secret ? mint_hs256(key, arena, claims) : mint_signed(key, arena, claims);
    if (!token)
        *reason = "the key could not sign";
    return token;
}
