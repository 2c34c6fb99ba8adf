/* A JWKS document made into keys. What the issuer publishes for other purposes is passed over: encryption keys, other
 * curves, algorithms that the key file does not allow. Secrets have no place in it: symmetric and private keys are
 * refused, whatever they are good for. `x5c` and `x5u` are not looked at. */
#include "jwks.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"

#include "keys.h"

enum { RSA_BITS_MAX = 8192, EXPONENT_MAX = 8, COORDINATE = 32, POINT = 1 + 2 * COORDINATE, UNCOMPRESSED = 4 };

/* A base64url member as bytes of the size, or of any size from 1 to -size. */
static bool bytes_member(struct arena *arena, const struct json *jwk, const char *name, int size,
                         uint8_t **bytes, size_t *length) {
    const char *text = json_string(json_get(jwk, name));
    if (!text || !base64url_decode(arena, text, strlen(text), bytes, length))
        return false;
    return size < 0 ? *length > 0 && *length <= (size_t)-size : *length == (size_t)size;
}

static EVP_PKEY *from_data(const char *type, OSSL_PARAM_BLD *builder) {
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!params || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return pkey;
}

static EVP_PKEY *make_rsa(struct arena *arena, const struct json *jwk) {
    uint8_t *n_bytes, *e_bytes;
    size_t n_length, e_length;
    if (!bytes_member(arena, jwk, "n", -(RSA_BITS_MAX / 8), &n_bytes, &n_length) ||
        !bytes_member(arena, jwk, "e", -EXPONENT_MAX, &e_bytes, &e_length))
        return NULL;
    BIGNUM *n = BN_bin2bn(n_bytes, (int)n_length, NULL), *e = BN_bin2bn(e_bytes, (int)e_length, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *pkey = NULL;
    if (n && e && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        pkey = from_data("RSA", builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return pkey;
}

static EVP_PKEY *make_p256(struct arena *arena, const struct json *jwk) {
    uint8_t *x, *y, point[POINT] = {UNCOMPRESSED};
    size_t length;
    const char *curve = json_string(json_get(jwk, "crv"));
    if (!curve || strcmp(curve, "P-256") != 0 || !bytes_member(arena, jwk, "x", COORDINATE, &x, &length) ||
        !bytes_member(arena, jwk, "y", COORDINATE, &y, &length))
        return NULL;
    memcpy(point + 1, x, COORDINATE);
    memcpy(point + 1 + COORDINATE, y, COORDINATE);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *pkey = NULL;
    if (builder &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
        pkey = from_data("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return pkey;
}

static EVP_PKEY *make_ed25519(struct arena *arena, const struct json *jwk) {
    uint8_t *x;
    size_t length;
    const char *curve = json_string(json_get(jwk, "crv"));
    if (!curve || strcmp(curve, "Ed25519") != 0 || !bytes_member(arena, jwk, "x", COORDINATE, &x, &length))
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, length);
}

static const struct {
    const char *name;
    EVP_PKEY *(*make)(struct arena *arena, const struct json *jwk);
} key_kinds[] = {{"RSA", make_rsa}, {"EC", make_p256}, {"OKP", make_ed25519}};

enum { KEY_KINDS = sizeof key_kinds / sizeof key_kinds[0] };

/* Absent, or one of a list of texts, or the text itself. */
static bool says(const struct json *value, const char *word) {
    const char *text = json_string(value);
    bool found = !value || (text && strcmp(text, word) == 0);
    for (size_t i = 0; i < json_length(value) && !found; i++) {
        text = json_string(json_item(value, i));
        found = text && strcmp(text, word) == 0;
    }
    return found;
}

/* What may be done with the key, by what it says of itself. NULL, or why nothing. */
static const char *judge_purpose(const struct json *jwk, const struct jwks_settings *settings,
                                 unsigned *algorithms) {
    const char *name = json_string(json_get(jwk, "alg"));
    *algorithms = settings->algorithms & ~ALGORITHM_BIT(ALGORITHM_HS256);
    if (json_get(jwk, "d") || json_get(jwk, "k"))
        return "it is a secret, and secrets are not published";
    if (!says(json_get(jwk, "use"), "sig") || !says(json_get(jwk, "key_ops"), "verify"))
        return "it is not for signatures";
    if (json_get(jwk, "alg") && !name)
        return "its alg is no text";
    if (name)
        *algorithms &= ALGORITHM_BIT(algorithm_code(name));
    return *algorithms ? NULL : "its alg is not allowed";
}

static const char *judge_key(struct arena *arena, const struct json *jwk, struct token_key *key) {
    const char *type = json_string(json_get(jwk, "kty"));
    size_t kind = 0;
    while (type && kind < KEY_KINDS && strcmp(type, key_kinds[kind].name) != 0)
        kind++;
    if (type && strcmp(type, "oct") == 0)
        return "it is a symmetric key";
    if (!type || kind == KEY_KINDS)
        return "its kty is none that is taken";
    key->verifies = key_kinds[kind].make(arena, jwk);
    EVP_PKEY_CTX *context = key->verifies ? EVP_PKEY_CTX_new(key->verifies, NULL) : NULL;
    bool sound = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    if (!sound)
        return "it is no sound key";
    const char *unfit = NULL;
    for (int algorithm = 0; algorithm < ALGORITHM_COUNT; algorithm++) {
        const char *why = key->algorithms & ALGORITHM_BIT(algorithm)
                              ? key_unfit((enum key_algorithm)algorithm, key->verifies)
                              : NULL;
        if (why) {
            key->algorithms &= ~ALGORITHM_BIT(algorithm);
            unfit = why;
        }
    }
    return key->algorithms ? NULL : unfit;
}

static const char *take_key(struct arena *arena, const struct json *jwk, const struct jwks_settings *settings,
                            struct key_set *set) {
    struct token_key *key = &set->keys[set->count];
    const char *kid = json_string(json_get(jwk, "kid"));
    *key = (struct token_key){.types = settings->types};
    if (!kid || !*kid || strlen(kid) > KID_MAX)
        return "it has no kid, or one that is too long";
    const char *wrong = judge_purpose(jwk, settings, &key->algorithms);
    if (!wrong)
        wrong = judge_key(arena, jwk, key);
    if (wrong) {
        EVP_PKEY_free(key->verifies);
        return wrong;
    }
    key->kid = arena_text(set->arena, kid);
    set->count++;
    return NULL;
}

/* Which of two keys a token means would be anybody's guess: so neither. */
static const char *drop_namesakes(struct arena *arena, struct key_set *set, const char *remarks) {
    size_t kept = 0;
    bool twice[JWKS_KEYS_MAX] = {false};
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->count; j++)
            twice[i] |= i != j && strcmp(set->keys[i].kid, set->keys[j].kid) == 0;
    for (size_t i = 0; i < set->count; i++) {
        if (twice[i]) {
            remarks = arena_format(arena, "%skid %s is there twice; ", remarks, set->keys[i].kid);
            EVP_PKEY_free(set->keys[i].verifies);
        } else {
            set->keys[kept++] = set->keys[i];
        }
    }
    set->count = kept;
    return remarks;
}

struct key_set *jwks_parse(struct arena *arena, const char *bytes, size_t length,
                           const struct jwks_settings *settings, const char **remarks) {
    const struct json *root;
    const struct fault *fault = json_parse(arena, bytes, length, &root);
    const struct json *list = fault ? NULL : json_get(root, "keys");
    size_t count = json_length(list);
    *remarks = fault                   ? fault->detail
               : count == 0            ? "there is no list of keys"
               : count > JWKS_KEYS_MAX ? "there are more than 64 keys"
                                       : NULL;
    if (*remarks)
        return NULL;
    struct arena *own = arena_create();
    struct key_set *set = arena_alloc(own, sizeof *set);
    set->arena = own;
    set->keys = arena_alloc(own, count * sizeof *set->keys);
    const char *said = "";
    size_t number = 0;
    for (const struct json *jwk = json_first(list); jwk; jwk = json_next(jwk)) {
        const char *wrong = take_key(arena, jwk, settings, set);
        number++;
        if (wrong)
            said = arena_format(arena, "%skey %zu: %s; ", said, number, wrong);
    }
    said = drop_namesakes(arena, set, said);
    size_t said_length = strlen(said);
    if (said_length > 0)
        *remarks = arena_copy(arena, said, said_length - strlen("; "));
    if (set->count > 0)
        return set;
    key_set_destroy(set);
    return NULL;
}

void key_set_destroy(struct key_set *set) {
    for (size_t i = 0; set && i < set->count; i++)
        EVP_PKEY_free(set->keys[i].verifies);
    if (set)
        arena_destroy(set->arena);
}
