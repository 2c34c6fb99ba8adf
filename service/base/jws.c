/* Keys are read once and live as long as the process; signing makes a context of its own each time, so threads share
 * nothing that changes. */
#include "tandem/base/jws.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"
#include "tandem/base/json_out.h"

enum { KEYS_MAX = 8, HALF = 32, POINT_SIZE = 1 + 2 * HALF, SIGNATURE_MAX = 128, KID_SIZE = 44 };

struct key {
    EVP_PKEY *pair; /* an earlier one: the public half */
    bool is_p256;   /* else Ed25519 */
    uint8_t x[HALF], y[HALF];
    char kid[KID_SIZE];
};

static struct key keys[KEYS_MAX];
static size_t key_count;
static bool first_signs;

/* -- keys -- */

static bool read_point(struct key *key) {
    uint8_t point[POINT_SIZE];
    size_t length = 0;
    char group[16] = "";
    if (EVP_PKEY_is_a(key->pair, "ED25519")) {
        length = HALF;
        return EVP_PKEY_get_raw_public_key(key->pair, key->x, &length) == 1 && length == HALF;
    }
    key->is_p256 = true;
    if (!EVP_PKEY_is_a(key->pair, "EC") ||
        EVP_PKEY_get_group_name(key->pair, group, sizeof group, NULL) != 1 ||
        strcmp(group, "prime256v1") != 0 ||
        EVP_PKEY_get_octet_string_param(key->pair, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &length) !=
            1 ||
        length != POINT_SIZE)
        return false;
    memcpy(key->x, point + 1, HALF);
    memcpy(key->y, point + 1 + HALF, HALF);
    return true;
}

/* The members in the order of their names, as the thumbprint wants them. */
static void write_point(struct json_out *out, const struct key *key) {
    json_add_text(out, "crv", key->is_p256 ? "P-256" : "Ed25519");
    json_add_text(out, "kty", key->is_p256 ? "EC" : "OKP");
    json_add_text(out, "x", base64url_encode(out->arena, key->x, HALF));
    if (key->is_p256)
        json_add_text(out, "y", base64url_encode(out->arena, key->y, HALF));
}

static void set_kid(struct arena *arena, struct key *key) {
    struct json_out out = {.arena = arena};
    uint8_t digest[SHA256_SIZE];
    json_object(&out, NULL);
    write_point(&out, key);
    json_object_end(&out);
    const char *text = json_out_text(&out);
    sha256(text, strlen(text), digest);
    snprintf(key->kid, sizeof key->kid, "%s", base64url_encode(arena, digest, sizeof digest));
}

static bool key_add(struct arena *arena, const char *path, bool is_private, const char **reason) {
    char no_passphrase[] = ""; /* never ask at the terminal */
    struct key *key = &keys[key_count];
    FILE *file = key_count < KEYS_MAX ? fopen(path, "re") : NULL;
    if (!file) {
        *reason =
            arena_format(arena, "'%s' cannot be read, or is one key too many (%d at most)", path, KEYS_MAX);
        return false;
    }
    key->pair = is_private ? PEM_read_PrivateKey(file, NULL, NULL, no_passphrase)
                           : PEM_read_PUBKEY(file, NULL, NULL, NULL);
    fclose(file);
    if (!key->pair || !read_point(key)) {
        *reason = arena_format(arena, "'%s' is no PEM file of %s key, Ed25519 or P-256", path,
                               is_private ? "a private" : "a public");
        return false;
    }
    set_kid(arena, key);
    key_count++;
    return true;
}

bool jws_load(struct arena *arena, const char *path, const char *earlier, const char **reason) {
    first_signs = path && *path;
    if (first_signs && !key_add(arena, path, true, reason))
        return false;
    char *rest = arena_text(arena, earlier ? earlier : "");
    for (char *each; (each = strsep(&rest, ", "));)
        if (*each && !key_add(arena, each, false, reason))
            return false;
    return true;
}

bool jws_make_key(const char *path) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return errno == EEXIST;
    FILE *file = fdopen(descriptor, "w");
    EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    bool made = file && pair && PEM_write_PKCS8PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL) == 1;
    EVP_PKEY_free(pair);
    if (!file)
        close(descriptor);
    return file && fclose(file) == 0 && made;
}

void jws_write_keys(struct json_out *out) {
    for (size_t i = 0; i < key_count; i++) {
        json_object(out, NULL);
        write_point(out, &keys[i]);
        json_add_text(out, "alg", keys[i].is_p256 ? "ES256" : "EdDSA");
        json_add_text(out, "use", "sig");
        json_add_text(out, "kid", keys[i].kid);
        json_object_end(out);
    }
}

/* -- signing -- */

/* DER to r || s, as JWS has it. */
static bool to_raw(const uint8_t *der, size_t length, uint8_t raw[2 * HALF]) {
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);
    bool fits = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, HALF) == HALF &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + HALF, HALF) == HALF;
    ECDSA_SIG_free(pair);
    return fits;
}

static const char *signature_of(struct arena *arena, const struct key *key, const char *input) {
    uint8_t signature[SIGNATURE_MAX], raw[2 * HALF];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool made = context &&
                EVP_DigestSignInit(context, NULL, key->is_p256 ? EVP_sha256() : NULL, NULL, key->pair) == 1 &&
                EVP_DigestSign(context, signature, &length, (const uint8_t *)input, strlen(input)) == 1;
    EVP_MD_CTX_free(context);
    if (!made || (key->is_p256 && !to_raw(signature, length, raw)))
        return NULL;
    return key->is_p256 ? base64url_encode(arena, raw, sizeof raw)
                        : base64url_encode(arena, signature, length);
}

const char *jws_sign(struct arena *arena, const char *type, const char *payload, size_t length) {
    if (!first_signs)
        return NULL;
    struct json_out header = {.arena = arena};
    json_object(&header, NULL);
    json_add_text(&header, "alg", keys[0].is_p256 ? "ES256" : "EdDSA");
    json_add_text(&header, "typ", type);
    json_add_text(&header, "kid", keys[0].kid);
    json_object_end(&header);
    const char *text = json_out_text(&header);
    const char *input = arena_format(arena, "%s.%s", base64url_encode(arena, text, strlen(text)),
                                     base64url_encode(arena, payload, length));
    const char *signature = signature_of(arena, &keys[0], input);
    return signature ? arena_format(arena, "%s.%s", input, signature) : NULL;
}
