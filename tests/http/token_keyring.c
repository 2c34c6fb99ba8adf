/* Keys of every algorithm, made for the run, and tokens signed by them: right ones, and any wrong one that is asked for. */
#include "token_keyring.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tandem/base/bytes.h"

struct arena *arena;
struct token_keys *keys;

static char folder[] = "/tmp/tandem-token-XXXXXX";
static EVP_PKEY *rsa, *other_rsa, *ec, *ed;
static char *rsa_pem; /* public */
static const char secret[] = "an HMAC secret of more than 32 bytes";

const char *path_of(const char *name) {
    return arena_format(arena, "%s/%s", folder, name);
}

void write_file(const char *name, const char *text) {
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void write_key(const char *name, EVP_PKEY *key, bool private) {
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_int_equal(private ? PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL)
                             : PEM_write_PUBKEY(file, key),
                     1);
    fclose(file);
}

const char *encode(const char *text) {
    return base64url_encode(arena, text, strlen(text));
}

static const char *sign_hmac(const char *input, const void *key, size_t length) {
    uint8_t tag[SHA256_SIZE];
    hmac_sha256(key, length, input, strlen(input), tag);
    return base64url_encode(arena, tag, sizeof tag);
}

static void set_padding(EVP_PKEY_CTX *context, enum signer signer) {
    int salt = signer == BY_PSS_WITHOUT_SALT    ? 0
               : signer == BY_PSS_WITH_ALL_SALT ? RSA_PSS_SALTLEN_MAX
                                                : RSA_PSS_SALTLEN_DIGEST;
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt), 1);
    if (signer == BY_PSS_SHA1_MASK)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()), 1);
}

static EVP_PKEY *key_of(enum signer signer) {
    return signer == BY_EC                                    ? ec
           : signer == BY_ED                                  ? ed
           : signer == BY_OTHER_RSA || signer == BY_OTHER_PSS ? other_rsa
                                                              : rsa;
}

static const char *sign_key(const char *input, enum signer signer) {
    EVP_PKEY *key = key_of(signer);
    EVP_PKEY_CTX *padding;
    uint8_t *bytes = arena_alloc(arena, 1024);
    size_t length = 1024;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, &padding, key == ed ? NULL : EVP_sha256(), NULL, key), 1);
    if ((signer >= BY_PSS && signer <= BY_PSS_SHA1_MASK) || signer == BY_OTHER_PSS)
        set_padding(padding, signer);
    assert_int_equal(EVP_DigestSign(context, bytes, &length, (const uint8_t *)input, strlen(input)), 1);
    EVP_MD_CTX_free(context);
    if (key == ec) {
        const uint8_t *der = bytes;
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);
        uint8_t *raw = arena_alloc(arena, 64);
        BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32);
        ECDSA_SIG_free(pair);
        bytes = raw, length = 64;
    }
    return base64url_encode(arena, bytes, length);
}

const char *token_make(const char *header, const char *claims, enum signer signer) {
    const char *input = arena_format(arena, "%s.%s", encode(header), encode(claims));
    const char *signature = "";
    switch (signer) {
    case BY_SECRET: signature = sign_hmac(input, secret, strlen(secret)); break;
    case BY_RSA_PEM: signature = sign_hmac(input, rsa_pem, strlen(rsa_pem)); break;
    case BY_NOTHING: break;
    default: signature = sign_key(input, signer);
    }
    return arena_format(arena, "%s.%s", input, signature);
}

static const char *number_of(const EVP_PKEY *key, const char *name) {
    BIGNUM *number = NULL;
    uint8_t bytes[512];
    assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
    bool coordinate = EVP_PKEY_is_a(key, "EC"); /* of full length, unlike RSA's numbers */
    int length = coordinate ? BN_bn2binpad(number, bytes, 32) : BN_bn2bin(number, bytes);
    BN_free(number);
    return base64url_encode(arena, bytes, (size_t)length);
}

const char *jwk_of_key(const EVP_PKEY *key, const char *more) {
    if (EVP_PKEY_is_a(key, "RSA"))
        return arena_format(arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}",
                            number_of(key, OSSL_PKEY_PARAM_RSA_N), number_of(key, OSSL_PKEY_PARAM_RSA_E),
                            more);
    if (EVP_PKEY_is_a(key, "EC"))
        return arena_format(arena, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"%s}",
                            number_of(key, OSSL_PKEY_PARAM_EC_PUB_X),
                            number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y), more);
    uint8_t raw[32];
    size_t length = sizeof raw;
    assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &length), 1);
    return arena_format(arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"%s}",
                        base64url_encode(arena, raw, length), more);
}

const char *jwk_of(enum signer signer, const char *more) {
    return jwk_of_key(key_of(signer), more);
}

int make_keys(void **state) {
    (void)state;
    arena = arena_create();
    assert_non_null(mkdtemp(folder));
    rsa = EVP_RSA_gen(2048);
    other_rsa = EVP_RSA_gen(2048);
    ec = EVP_EC_gen("P-256");
    ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    write_key("rsa.pem", rsa, false);
    write_key("rsa.key", rsa, true);
    write_key("other.key", other_rsa, true);
    write_key("ec.pem", ec, false);
    write_key("ec.key", ec, true);
    write_key("ed.pem", ed, false);
    write_key("ed.key", ed, true);
    write_file("secret", arena_format(arena, "%s\n", secret));
    write_file(
        "keys.json",
        "{\"issuer\":\"https://id.test\",\"audience\":\"tandem\",\"leeway_s\":60,"
        "\"claims\":{\"roles\":\"realm_access.roles\",\"tenant\":\"tenant\"},\"keys\":["
        "{\"kid\":\"hs\",\"alg\":\"HS256\",\"secret_file\":\"secret\"},"
        "{\"kid\":\"rs\",\"alg\":\"RS256\",\"public_key_file\":\"rsa.pem\",\"private_key_file\":\"rsa.key\"},"
        "{\"kid\":\"ps\",\"alg\":\"PS256\",\"public_key_file\":\"rsa.pem\",\"private_key_file\":\"rsa.key\"},"
        "{\"kid\":\"es\",\"alg\":\"ES256\",\"public_key_file\":\"ec.pem\",\"private_key_file\":\"ec.key\"},"
        "{\"kid\":\"ed\",\"alg\":\"EdDSA\",\"public_key_file\":\"ed.pem\",\"private_key_file\":\"ed.key\"}]"
        "}");
    FILE *file = fopen(path_of("rsa.pem"), "r");
    rsa_pem = arena_alloc(arena, 4096);
    assert_true(fread(rsa_pem, 1, 4095, file) > 0);
    fclose(file);
    const char *errors = NULL;
    keys = token_keys_load(arena, path_of("keys.json"), &errors);
    if (!keys)
        fail_msg("%s", errors);
    return 0;
}

int drop_keys(void **state) {
    (void)state;
    static const char *const files[] = {"rsa.pem",     "rsa.key", "other.key", "ec.pem",     "ec.key",
                                        "ed.pem",      "ed.key",  "secret",    "keys.json",  "rfc.pem",
                                        "rfc.json",    "short",   "small.pem", "bad.json",   "none.json",
                                        "broken.json", "jwks",    "jwks.json", "claims.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(path_of(files[i]));
    rmdir(folder);
    token_keys_destroy(keys);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(other_rsa);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ed);
    arena_destroy(arena);
    return 0;
}
