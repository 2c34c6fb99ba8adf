/* Published keys: which of a document's keys are taken, for which algorithms, and which are passed over. */
#include "token_keyring.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tandem/base/bytes.h"

#include "jwks.h"
#include "keys.h"

enum {
    RS_ONLY = ALGORITHM_BIT(ALGORITHM_RS256),
    RS_PS = ALGORITHM_BIT(ALGORITHM_RS256) | ALGORITHM_BIT(ALGORITHM_PS256),
    EVERY = RS_PS | ALGORITHM_BIT(ALGORITHM_ES256) | ALGORITHM_BIT(ALGORITHM_EDDSA),
};

#define POINT_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define POINT_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

/* The algorithms that the first key of the document may be used for; 0: none was taken. */
static unsigned taken(const char *document, unsigned allowed, const char **remarks) {
    const struct jwks_settings settings = {.algorithms = allowed, .types = TYPE_JWT};
    struct key_set *set = jwks_parse(arena, document, strlen(document), &settings, remarks);
    unsigned algorithms = set ? set->keys[0].algorithms : 0;
    if (set)
        assert_int_equal(set->keys[0].types, TYPE_JWT);
    key_set_destroy(set);
    return algorithms;
}

static unsigned taken_key(const char *jwk, unsigned allowed, const char **remarks) {
    return taken(arena_format(arena, "{\"keys\":[%s]}", jwk), allowed, remarks);
}

static void test_keys_that_are_taken(void **state) {
    (void)state;
    const struct {
        enum signer signer;
        const char *more;
        unsigned allowed, algorithms;
    } keys_taken[] = {
        {BY_RSA, ",\"kid\":\"k\",\"use\":\"sig\",\"alg\":\"RS256\"", EVERY, RS_ONLY},
        {BY_RSA, ",\"kid\":\"k\",\"alg\":\"PS256\"", EVERY, ALGORITHM_BIT(ALGORITHM_PS256)},
        {BY_RSA, ",\"kid\":\"k\"", EVERY, RS_PS}, /* Entra publishes no alg */
        {BY_RSA, ",\"kid\":\"k\"", RS_ONLY, RS_ONLY},
        {BY_RSA, ",\"kid\":\"k\",\"key_ops\":[\"verify\"],\"x5c\":[\"MII\"],\"x5t\":\"NGT\"", RS_ONLY,
         RS_ONLY},
        {BY_EC, ",\"kid\":\"k\",\"alg\":\"ES256\"", EVERY, ALGORITHM_BIT(ALGORITHM_ES256)},
        {BY_EC, ",\"kid\":\"k\"", EVERY, ALGORITHM_BIT(ALGORITHM_ES256)},
        {BY_ED, ",\"kid\":\"k\",\"alg\":\"EdDSA\"", EVERY, ALGORITHM_BIT(ALGORITHM_EDDSA)},
        {BY_ED, ",\"kid\":\"k\"", EVERY, ALGORITHM_BIT(ALGORITHM_EDDSA)},
    };
    for (size_t i = 0; i < sizeof keys_taken / sizeof keys_taken[0]; i++) {
        const char *remarks, *jwk = jwk_of(keys_taken[i].signer, keys_taken[i].more);
        unsigned algorithms = taken_key(jwk, keys_taken[i].allowed, &remarks);
        if (algorithms != keys_taken[i].algorithms || remarks)
            fail_msg("%s: %x, %s", jwk, algorithms, remarks ? remarks : "");
    }
}

static void test_keys_that_are_passed_over(void **state) {
    (void)state;
    EVP_PKEY *small = EVP_RSA_gen(2040), *fine = EVP_RSA_gen(2048);
    const char *good = jwk_of_key(fine, ",\"kid\":\"k\"");
    const char *n = strstr(good, "\"n\":\"") + strlen("\"n\":\"");
    const char *n_text = arena_copy(arena, n, strcspn(n, "\""));
    uint8_t many[1025];
    memset(many, 0xff, sizeof many);
    const struct {
        const char *jwk;
        unsigned allowed;
        const char *remark;
    } others[] = {
        {"{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\",\"alg\":"
         "\"HS256\"}",
         ~0u, "it is a secret"},
        {"{\"kty\":\"oct\",\"kid\":\"k\"}", ~0u, "it is a symmetric key"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"alg\":\"HS256\""), ~0u, "its alg is not allowed"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"alg\":\"none\""), EVERY, "its alg is not allowed"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"alg\":\"RSA-OAEP\",\"use\":\"enc\""), EVERY, "not for signatures"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"alg\":\"PS256\""), RS_ONLY, "its alg is not allowed"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"alg\":256"), EVERY, "its alg is no text"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"alg\":\"ES256\""), EVERY, "ES256 needs a key on the curve P-256"},
        {jwk_of(BY_EC, ",\"kid\":\"k\",\"alg\":\"RS256\""), EVERY, "RS256 needs an RSA key"},
        {jwk_of(BY_ED, ",\"kid\":\"k\",\"alg\":\"ES256\""), EVERY, "ES256 needs a key on the curve P-256"},
        {jwk_of(BY_EC, ",\"kid\":\"k\""), RS_ONLY, "RS256 needs an RSA key"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"use\":\"enc\""), EVERY, "not for signatures"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"use\":1"), EVERY, "not for signatures"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"key_ops\":[\"sign\"]"), EVERY, "not for signatures"},
        {jwk_of(BY_RSA, ",\"kid\":\"k\",\"d\":\"AQAB\""), EVERY, "it is a secret"},
        {jwk_of(BY_RSA, ""), EVERY, "it has no kid"},
        {jwk_of(BY_RSA, ",\"kid\":\"\""), EVERY, "it has no kid"},
        {jwk_of(BY_RSA, ",\"kid\":7"), EVERY, "it has no kid"},
        {jwk_of_key(small, ",\"kid\":\"k\""), RS_ONLY, "RS256 needs an RSA key of 2048 bits or more"},
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s=\",\"e\":\"AQAB\"}", n_text), EVERY,
         "it is no sound key"},
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"+%s\",\"e\":\"AQAB\"}", n_text + 1),
         EVERY, "it is no sound key"},
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\",\"e\":\"AQ\"}", n_text), EVERY,
         "it is no sound key"}, /* e = 1: every text is its own signature */
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\",\"e\":\"Ag\"}", n_text), EVERY,
         "it is no sound key"},
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\",\"e\":\"\"}", n_text), EVERY,
         "it is no sound key"},
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\"}", n_text), EVERY,
         "it is no sound key"},
        {arena_format(arena, "{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\",\"e\":\"AQAB\"}",
                      base64url_encode(arena, many, sizeof many)),
         EVERY, "it is no sound key"},
        {"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\"," POINT_X ",\"y\":\"AAAA\"}", EVERY,
         "it is no sound key"},
        {"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\"," POINT_X "}", EVERY, "it is no sound key"},
        {"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-384\"," POINT_X "," POINT_Y "}", EVERY,
         "it is no sound key"},
        {"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"secp256k1\"," POINT_X "," POINT_Y "}", EVERY,
         "it is no sound key"},
        {"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\"," POINT_X
         ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a8\"}",
         EVERY, "it is no sound key"}, /* stray bits */
        {"{\"kty\":\"EC\",\"kid\":\"k\",\"crv\":\"P-256\"," POINT_X
         ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5aw\"}",
         EVERY, "it is no sound key"}, /* not on the curve */
        {"{\"kty\":\"OKP\",\"kid\":\"k\",\"crv\":\"X25519\"," POINT_X "}", EVERY, "it is no sound key"},
        {"{\"kty\":\"OKP\",\"kid\":\"k\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", EVERY, "it is no sound key"},
        {"{\"kty\":\"DSA\",\"kid\":\"k\"}", EVERY, "its kty is none that is taken"},
        {"{\"kid\":\"k\"}", EVERY, "its kty is none that is taken"},
        {"7", EVERY, "it has no kid"},
    };
    assert_int_equal(taken_key(good, EVERY, &(const char *){NULL}), RS_PS);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const char *remarks = "";
        if (taken_key(others[i].jwk, others[i].allowed, &remarks) || !strstr(remarks, others[i].remark))
            fail_msg("%s: %s", others[i].jwk, remarks ? remarks : "taken");
        /* and its neighbour is none the worse */
        const char *both = arena_format(arena, "%s,%s", others[i].jwk, jwk_of(BY_EC, ",\"kid\":\"e\""));
        if (others[i].allowed == EVERY)
            assert_int_equal(taken_key(both, EVERY, &remarks), ALGORITHM_BIT(ALGORITHM_ES256));
    }
    EVP_PKEY_free(small);
    EVP_PKEY_free(fine);
}

static void test_documents(void **state) {
    (void)state;
    const char *key = jwk_of(BY_EC, ",\"kid\":\"k\"");
    char *many = arena_alloc(arena, 65 * (strlen(key) + 32));
    char *end = stpcpy(many, "{\"keys\":[");
    for (int i = 0; i < 65; i++)
        end = stpcpy(end, arena_format(arena, "%s%s", i ? "," : "",
                                       jwk_of(BY_EC, arena_format(arena, ",\"kid\":\"%d\"", i))));
    strcpy(end, "]}");
    const struct {
        const char *document, *remark;
    } documents[] = {
        {"", ""},
        {"<html>", ""},
        {"[]", "there is no list of keys"},
        {"{}", "there is no list of keys"},
        {"{\"keys\":{}}", "there is no list of keys"},
        {"{\"keys\":[]}", "there is no list of keys"},
        {"{\"keys\":[null]}", "it has no kid"},
        {arena_format(arena, "{\"keys\":[%s]", key), ""},
        {arena_format(arena, "{\"keys\":[%s],\"keys\":[%s]}", key, key), ""},
        {arena_format(arena, "{\"keys\":[%s,%s]}", key, jwk_of(BY_ED, ",\"kid\":\"k\"")),
         "kid k is there twice"},
        {many, "more than 64 keys"},
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        const char *remarks = NULL;
        if (taken(documents[i].document, EVERY, &remarks) || !remarks ||
            !strstr(remarks, documents[i].remark))
            fail_msg("%.60s: %s", documents[i].document, remarks ? remarks : "taken");
    }
    const char *remarks;
    const char *third =
        arena_format(arena, "{\"keys\":[%s,%s,%s]}", key, key, jwk_of(BY_ED, ",\"kid\":\"l\""));
    assert_int_equal(taken(third, EVERY, &remarks), ALGORITHM_BIT(ALGORITHM_EDDSA));
    assert_string_equal(remarks, "kid k is there twice; kid k is there twice");
}

static void test_addresses(void **state) {
    (void)state;
    assert_null(jwks_url_unfit("https://id.example/.well-known/jwks.json"));
    assert_null(jwks_url_unfit("HTTPS://id.example:8443/keys?v=2"));
    static const char *const unfit[] = {"http://id.example/jwks",
                                        "file:///etc/keys",
                                        "ftp://id.example/x",
                                        "id.example/jwks",
                                        "/jwks",
                                        "https://",
                                        "https://a@id.example/x",
                                        "https://a:b@c/",
                                        ""};
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++)
        if (!jwks_url_unfit(unfit[i]))
            fail_msg("%s is taken", unfit[i]);
}

/* The key file around it: all that is wrong is said at once. */
static void test_key_files(void **state) {
    (void)state;
    static const struct {
        const char *settings, *said;
    } files[] = {
        {"\"jwks_file\":\"absent\",\"algorithms\":[\"RS256\"]", "the file could not be opened"},
        {"\"jwks_file\":\"secret\",\"algorithms\":[\"RS256\"]", "no key can be used"},
        {"\"jwks_file\":\"jwks\"", "algorithms must list"},
        {"\"jwks_file\":\"jwks\",\"algorithms\":[]", "algorithms must list"},
        {"\"jwks_file\":\"jwks\",\"algorithms\":[\"RS256\",\"HS256\"]", "algorithms takes RS256"},
        {"\"jwks_file\":\"jwks\",\"algorithms\":[\"RS256\",\"none\"]", "algorithms takes RS256"},
        {"\"jwks_file\":\"jwks\",\"algorithms\":[\"RS256\"],\"typ\":[\"x\"]", "typ takes at+jwt and JWT"},
        {"\"jwks_file\":\"jwks\",\"algorithms\":[\"RS256\"],\"keys\":[]", "keys must be a list"},
        {"\"jwks_file\":7,\"algorithms\":[\"RS256\"]", "jwks_file must be a text"},
        {"\"jwks_url\":\"http://id.example/\",\"algorithms\":[\"RS256\"]",
         "jwks_url must begin with https://"},
        {"\"jwks_url\":\"https://id.example/\",\"algorithms\":[\"RS256\"],\"refresh_s\":0",
         "refresh_s must be 1 to"},
        {"\"jwks_url\":\"https://id.example/\",\"algorithms\":[\"RS256\"],\"refresh_s\":86401",
         "refresh_s must be 1 to"},
        {"\"jwks_url\":\"https://id.example/\",\"jwks_file\":\"jwks\",\"algorithms\":[\"RS256\"]",
         "exclude each other"},
        {"\"jwks_url\":\"https://id.example/\",\"jwks_ca_file\":\"absent\",\"algorithms\":[\"RS256\"]",
         "absent could not be read"},
        {"\"x\":1", "keys must be a list"},
    };
    write_file("jwks", arena_format(arena, "{\"keys\":[%s]}", jwk_of(BY_RSA, ",\"kid\":\"k\"")));
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_file("jwks.json",
                   arena_format(arena, "{\"issuer\":\"i\",\"audience\":\"a\",%s}", files[i].settings));
        const char *errors = "";
        if (token_keys_load(arena, path_of("jwks.json"), &errors) || !strstr(errors, files[i].said))
            fail_msg("%s: %s", files[i].settings, errors);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_that_are_taken), cmocka_unit_test(test_keys_that_are_passed_over),
        cmocka_unit_test(test_documents),           cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_key_files),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
