/* Tokens: good ones of every algorithm, and forged ones, each wrong in one thing only. Keys are made for the run. */
#include "token_keyring.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "tandem/base/bytes.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/domain/role.h"

#define NOW_S INT64_C(1800000000)
#define NOW (NOW_S * 1000000)

static const char *cause_of(const char *token, int64_t now_at) {
    struct token verified;
    struct fault *fault = token_verify(keys, arena, token, strlen(token), now_at, &verified);
    if (!fault)
        return NULL;
    assert_int_equal(fault->problem, PROBLEM_UNAUTHENTICATED);
    assert_string_equal(fault->detail, "The token is not valid"); /* nothing more is told to the caller */
    assert_null(verified.subject);
    assert_int_equal(verified.roles, 0);
    return fault->cause;
}

/* -- the table ---------------------------------------------------------------------------------------------------- */
struct sample {
    const char *label, *header, *claims;
    enum signer signer;
    const char *cause; /* NULL: good */
};

static const char no_parts[] = "it is not three parts";
static const char no_key[] = "its kid names no key";
static const char no_alg[] = "its alg is not that of the key";
static const char no_type[] = "its typ is not allowed for the key";
static const char no_signature[] = "its signature is not the key's";
static const char no_audience[] = "it is for another audience";
static const char no_exp[] = "its exp is missing or no date";
static const char no_header[] = "the header is no base64url of a JSON object";
static const char no_claims[] = "the claims are no base64url of a JSON object";
static const char no_base64[] = "the signature is no base64url";

static const struct sample samples[] = {
    {"HS256", HS, GOOD, BY_SECRET, NULL},
    {"RS256", RS, GOOD, BY_RSA, NULL},
    {"PS256", PS, GOOD, BY_PSS, NULL},
    {"ES256", ES, GOOD, BY_EC, NULL},
    {"EdDSA", ED, GOOD, BY_ED, NULL},
    {"HS256 without typ", "{\"alg\":\"HS256\",\"kid\":\"hs\"}", GOOD, BY_SECRET, NULL},
    {"long form of typ", "{\"alg\":\"RS256\",\"typ\":\"application/AT+JWT\",\"kid\":\"rs\"}", GOOD, BY_RSA,
     NULL},
    {"jwk, jku, x5u and x5c are ignored",
     "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\",\"jku\":\"https://x\",\"x5u\":\"https://"
     "x\",\"jwk\":{},"
     "\"x5c\":[]}",
     GOOD, BY_RSA, NULL},
    {"a key of the attacker's in jwk",
     "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\",\"jwk\":{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":"
     "\"AQAB\"}}",
     GOOD, BY_OTHER_RSA, no_signature},

    {"alg none", "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"hs\"}", GOOD, BY_NOTHING, no_base64},
    {"alg none with a signature", "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"hs\"}", GOOD, BY_SECRET,
     no_alg},
    {"alg NonE", "{\"alg\":\"NonE\",\"typ\":\"JWT\",\"kid\":\"hs\"}", GOOD, BY_SECRET, no_alg},
    {"alg absent", "{\"typ\":\"JWT\",\"kid\":\"hs\"}", GOOD, BY_SECRET, no_alg},
    {"alg a number", "{\"alg\":1,\"typ\":\"JWT\",\"kid\":\"hs\"}", GOOD, BY_SECRET, no_alg},
    {"HS256 by the RSA public key", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\"}", GOOD, BY_RSA_PEM,
     no_alg},
    {"HS256 by the RSA public key, the HMAC's kid", HS, GOOD, BY_RSA_PEM, no_signature},
    {"HS384 of the same key", "{\"alg\":\"HS384\",\"typ\":\"JWT\",\"kid\":\"hs\"}", GOOD, BY_SECRET, no_alg},
    {"another RSA key", RS, GOOD, BY_OTHER_RSA, no_signature},
    {"another key's signature", ES, GOOD, BY_RSA, no_signature},
    {"PS256 without salt", PS, GOOD, BY_PSS_WITHOUT_SALT, no_signature},
    {"PS256 with a longer salt", PS, GOOD, BY_PSS_WITH_ALL_SALT, no_signature},
    {"PS256 masked by SHA-1", PS, GOOD, BY_PSS_SHA1_MASK, no_signature},
    {"PS256 of another RSA key", PS, GOOD, BY_OTHER_PSS, no_signature},
    {"RS256's padding where PS256's is due", PS, GOOD, BY_RSA, no_signature},
    {"PS256's padding where RS256's is due", RS, GOOD, BY_PSS, no_signature},
    {"PS256 by a key for RS256", "{\"alg\":\"PS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\"}", GOOD, BY_PSS,
     no_alg},
    {"RS256 by a key for PS256", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"ps\"}", GOOD, BY_RSA,
     no_alg},
    {"unknown kid", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"no\"}", GOOD, BY_RSA, no_key},
    {"no kid among several keys", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}", GOOD, BY_RSA, no_key},
    {"kid a path", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"../../dev/null\"}", GOOD, BY_RSA, no_key},
    {"kid with a quote", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"' or 1\"}", GOOD, BY_RSA,
     "its kid is no key name"},
    {"kid a number", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":1}", GOOD, BY_RSA,
     "its kid is no key name"},
    {"kid empty", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"\"}", GOOD, BY_RSA,
     "its kid is no key name"},
    {"crit", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\",\"crit\":[\"exp\"]}", GOOD, BY_RSA,
     "it has a critical extension"},
    {"crit null", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rs\",\"crit\":null}", GOOD, BY_RSA,
     "it has a critical extension"},
    {"typ JWT where only at+jwt is allowed", "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs\"}", GOOD,
     BY_RSA, no_type},
    {"typ absent where only at+jwt is allowed", "{\"alg\":\"RS256\",\"kid\":\"rs\"}", GOOD, BY_RSA, no_type},
    {"typ of an id token", "{\"alg\":\"HS256\",\"typ\":\"id+jwt\",\"kid\":\"hs\"}", GOOD, BY_SECRET, no_type},
    {"member twice in the header", "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}",
     GOOD, BY_SECRET, no_header},
    {"header a list", "[]", GOOD, BY_SECRET, no_header},
    {"header empty", "", GOOD, BY_SECRET, no_header},
    {"claims a text", HS, "\"x\"", BY_SECRET, no_claims},
    {"sub twice", HS, CLAIMS(",\"sub\":\"bob\""), BY_SECRET, no_claims},
    {"claims cut off", HS, "{\"iss\":", BY_SECRET, no_claims},

    {"aud a list", HS, WITH(OURS, "[\"x\",\"tandem\"]", "\"ann\"", "1800000600"), BY_SECRET, NULL},
    {"aud a list without us", HS, WITH(OURS, "[\"tandem2\",1]", "\"ann\"", "1800000600"), BY_SECRET,
     no_audience},
    {"aud empty", HS, WITH(OURS, "[]", "\"ann\"", "1800000600"), BY_SECRET, no_audience},
    {"aud begins like us", HS, WITH(OURS, "\"tandem/\"", "\"ann\"", "1800000600"), BY_SECRET, no_audience},
    {"aud an object", HS, WITH(OURS, "{\"tandem\":1}", "\"ann\"", "1800000600"), BY_SECRET, no_audience},
    {"iss with a slash more", HS, WITH("\"https://id.test/\"", "\"tandem\"", "\"ann\"", "1800000600"),
     BY_SECRET, "its issuer is another"},
    {"iss null", HS, WITH("null", "\"tandem\"", "\"ann\"", "1800000600"), BY_SECRET, "its issuer is another"},
    {"sub empty", HS, WITH(OURS, "\"tandem\"", "\"\"", "1800000600"), BY_SECRET,
     "its sub is missing, empty or too long"},
    {"sub a number", HS, WITH(OURS, "\"tandem\"", "7", "1800000600"), BY_SECRET,
     "its sub is missing, empty or too long"},
    {"no tenant", HS, "{\"iss\":\"https://id.test\",\"aud\":\"tandem\",\"sub\":\"ann\",\"exp\":1800000600}",
     BY_SECRET, "its tenant is missing, empty or too long"},
    {"exp absent", HS, "{\"iss\":\"https://id.test\",\"aud\":\"tandem\",\"sub\":\"ann\",\"tenant\":\"acme\"}",
     BY_SECRET, no_exp},
    {"exp a text", HS, WITH(OURS, "\"tandem\"", "\"ann\"", "\"1800000600\""), BY_SECRET, no_exp},
    {"exp negative", HS, WITH(OURS, "\"tandem\"", "\"ann\"", "-1"), BY_SECRET, no_exp},
    {"exp beyond all dates", HS, WITH(OURS, "\"tandem\"", "\"ann\"", "1e300"), BY_SECRET, no_exp},
    {"iat in the future", HS, CLAIMS(",\"iat\":1800000061"), BY_SECRET, "it was issued in the future"},
    {"iat within the leeway", HS, CLAIMS(",\"iat\":1800000060"), BY_SECRET, NULL},
    {"nbf a text", HS, CLAIMS(",\"nbf\":\"0\""), BY_SECRET, "its nbf is no date"},
    {"partner a list of two", HS, CLAIMS(",\"partner\":[\"p\",\"q\"]"), BY_SECRET,
     "its partner is not one text, empty or too long"},
    {"partner a number", HS, CLAIMS(",\"partner\":7"), BY_SECRET,
     "its partner is not one text, empty or too long"},
};

static void test_samples(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *sample = &samples[i];
        const char *cause = cause_of(token_make(sample->header, sample->claims, sample->signer), NOW);
        if ((cause == NULL) != (sample->cause == NULL) || (cause && strcmp(cause, sample->cause) != 0))
            fail_msg("%s: %s", sample->label, cause ? cause : "accepted");
    }
}

/* Every single character of a good token changed, and every prefix of it. */
static void test_tampering(void **state) {
    (void)state;
    static const enum signer signers[] = {BY_SECRET, BY_RSA, BY_PSS, BY_EC, BY_ED};
    static const char *const headers[] = {HS, RS, PS, ES, ED};
    for (int i = 0; i < 5; i++) {
        char *token = arena_text(arena, token_make(headers[i], GOOD, signers[i]));
        size_t length = strlen(token);
        assert_null(cause_of(token, NOW));
        for (size_t at = 0; at < length; at += 3) {
            char kept = token[at];
            token[at] = kept == 'A' ? 'B' : 'A';
            assert_non_null(cause_of(token, NOW));
            token[at] = kept;
            assert_non_null(cause_of(arena_copy(arena, token, at), NOW));
        }
        static const char *const junk[] = {"A", "AAAA", "=", ".", ".AAAA", " ", "\n", "!"};
        for (size_t j = 0; j < sizeof junk / sizeof junk[0]; j++) {
            assert_non_null(cause_of(arena_format(arena, "%s%s", token, junk[j]), NOW));
            assert_non_null(cause_of(arena_format(arena, "%s%s", junk[j], token), NOW));
        }
        assert_null(cause_of(token, NOW));
    }
    assert_string_equal(cause_of("", NOW), no_parts);
    assert_string_equal(cause_of("a.b", NOW), no_parts);
    assert_string_equal(cause_of("..", NOW), no_header);
    char *huge = arena_alloc(arena, TOKEN_SIZE_MAX + 2);
    memset(huge, 'a', TOKEN_SIZE_MAX + 1);
    assert_string_equal(cause_of(huge, NOW), "it is longer than 8,192 bytes");
}

/* An ECDSA signature of zeros, and one with r and s of zero length, verify nothing (CVE-2022-21449). */
static void test_empty_ecdsa(void **state) {
    (void)state;
    const char *input = arena_format(arena, "%s.%s", encode(ES), encode(GOOD));
    uint8_t zeros[64] = {0};
    assert_string_equal(
        cause_of(arena_format(arena, "%s.%s", input, base64url_encode(arena, zeros, sizeof zeros)), NOW),
        no_signature);
    uint8_t der[] = {0x30, 6, 2, 1, 0, 2, 1, 0};
    assert_string_equal(
        cause_of(arena_format(arena, "%s.%s", input, base64url_encode(arena, der, sizeof der)), NOW),
        no_signature);
}

static void test_dates_by_their_edge(void **state) {
    (void)state;
    const int64_t leeway = 60 * INT64_C(1000000), exp = (NOW_S + 600) * 1000000;
    const char *token = token_make(HS, GOOD, BY_SECRET);
    assert_null(cause_of(token, exp + leeway - 1));
    assert_string_equal(cause_of(token, exp + leeway), "it has expired");

    const char *fraction =
        token_make(HS,
                   "{\"iss\":\"https://"
                   "id.test\",\"aud\":\"tandem\",\"sub\":\"ann\",\"tenant\":\"acme\",\"exp\":1800000000.5}",
                   BY_SECRET);
    assert_null(cause_of(fraction, NOW + 500000 + leeway - 1));
    assert_non_null(cause_of(fraction, NOW + 500000 + leeway));

    const char *later = token_make(HS, CLAIMS(",\"nbf\":1800000100.25"), BY_SECRET);
    const int64_t nbf = (NOW_S + 100) * 1000000 + 250000;
    assert_string_equal(cause_of(later, nbf - leeway - 1), "it is not valid yet");
    assert_null(cause_of(later, nbf - leeway));
}

/* A remembered token ends with its exp, not a minute later; and is not taken for its neighbour. */
static void test_memory(void **state) {
    (void)state;
    const int64_t exp = (NOW_S + 600) * 1000000;
    const char *token = token_make(RS, GOOD, BY_RSA);
    struct token first, second;
    assert_null(token_verify(keys, arena, token, strlen(token), exp - 1, &first));
    assert_null(token_verify(keys, arena, token, strlen(token), exp - 1, &second));
    assert_string_equal(first.subject, second.subject);
    assert_int_equal(first.roles, second.roles);
    assert_ptr_not_equal(first.subject, second.subject);
    assert_string_equal(cause_of(token, exp + 60 * INT64_C(1000000)), "it has expired");
    for (int i = 0; i < 5000; i++) { /* more than are remembered */
        const char *claims = arena_format(arena, CLAIMS(",\"n\":%d"), i);
        assert_null(cause_of(token_make(HS, claims, BY_SECRET), NOW));
    }
    assert_null(cause_of(token, NOW));
    assert_non_null(cause_of(arena_format(arena, "%sA", token), NOW));
}

static unsigned roles_of(const char *more) {
    struct token token;
    const char *claims =
        arena_format(arena,
                     "{\"iss\":\"https://"
                     "id.test\",\"aud\":\"tandem\",\"sub\":\"s\",\"tenant\":\"t\",\"exp\":1800000600%s}",
                     more);
    const char *text = token_make(HS, claims, BY_SECRET);
    return token_verify(keys, arena, text, strlen(text), NOW, &token) ? ~0u : token.roles;
}

static void test_roles(void **state) {
    (void)state;
    assert_int_equal(roles_of(""), 0);
    assert_int_equal(roles_of(",\"roles\":[\"admin\"]"), 0); /* another path than ours */
    assert_int_equal(roles_of(",\"realm_access\":{}"), 0);
    assert_int_equal(roles_of(",\"realm_access\":[]"), 0);
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":null}"), 0);
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":\"*\"}"), 0);
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":[\"Admin\",\"admin \",1,null]}"), 0);
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":\"ae  cro\"}"),
                     ROLE_BIT(ROLE_AE) | ROLE_BIT(ROLE_CRO));
    assert_int_equal(roles_of(",\"realm_access.roles\":[\"cfo\"]"), ROLE_BIT(ROLE_CFO));
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":[\"partner_rep\"]}"), ROLE_BIT(ROLE_PARTNER_REP));
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":[\"partner_rep\",\"ae\"]}"), ~0u);
    assert_int_equal(roles_of(",\"realm_access\":{\"roles\":[\"prm_portal\",\"reader\"]}"), ~0u);
}

/* RFC 7515, A.3: a signature that none of our code has made. It is good; the claims are not ours. */
static void test_the_standard_s_own_token(void **state) {
    (void)state;
    static const char token[] =
        "eyJhbGciOiJFUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
    uint8_t der[sizeof head + 64], *half;
    size_t length;
    memcpy(der, head, sizeof head);
    assert_true(base64url_decode(arena, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", 43, &half, &length));
    memcpy(der + sizeof head, half, 32);
    assert_true(base64url_decode(arena, "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", 43, &half, &length));
    memcpy(der + sizeof head + 32, half, 32);
    const uint8_t *at = der;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, sizeof der);
    assert_non_null(key);
    write_key("rfc.pem", key, false);
    EVP_PKEY_free(key);
    write_file("rfc.json",
               "{\"issuer\":\"joe\",\"audience\":\"tandem\",\"keys\":[{\"kid\":\"a\",\"alg\":\"ES256\","
               "\"public_key_file\":\"rfc.pem\",\"typ\":[\"JWT\"]}]}");
    const char *errors;
    struct token_keys *theirs = token_keys_load(arena, path_of("rfc.json"), &errors);
    assert_non_null(theirs);
    struct token verified;
    struct fault *fault =
        token_verify(theirs, arena, token, strlen(token), INT64_C(1300819379) * 1000000, &verified);
    assert_string_equal(fault->cause, no_audience); /* past the signature and the issuer */
    token_keys_destroy(theirs);
}

static void test_minting(void **state) {
    (void)state;
    static const char *const kids[] = {"hs", "rs", "ps", "es", "ed"};
    for (int i = 0; i < 5; i++) {
        const struct token_grant grant = {kids[i], "ann \"é\"", "acme", "p-1", ROLE_BIT(ROLE_PARTNER_REP),
                                          NOW,     900};
        const char *reason;
        const char *text = token_mint(keys, arena, &grant, &reason);
        assert_non_null(text);
        struct token token;
        assert_null(token_verify(keys, arena, text, strlen(text), NOW, &token));
        assert_string_equal(token.subject, "ann \"é\"");
        assert_string_equal(token.tenant, "acme");
        assert_string_equal(token.partner, "p-1");
        assert_int_equal(token.roles, ROLE_BIT(ROLE_PARTNER_REP));
        assert_int_equal(token.expires_at, NOW + 900 * INT64_C(1000000));
        assert_string_equal(cause_of(text, token.expires_at + 60 * INT64_C(1000000)), "it has expired");
    }
    const char *reason;
    const struct token_grant mixed = {.subject = "a", .tenant = "t", .roles = ROLES_ALL, .lifetime_s = 1};
    assert_null(token_mint(keys, arena, &mixed, &reason));
    assert_non_null(reason);
    const struct token_grant unknown = {.kid = "no", .subject = "a", .tenant = "t", .lifetime_s = 1};
    assert_null(token_mint(keys, arena, &unknown, &reason));
    assert_string_equal(reason, "no key of the file can sign");
}

static void test_inspection(void **state) {
    (void)state;
    const char *good = token_inspect(keys, arena, token_make(RS, GOOD, BY_RSA), NOW);
    assert_non_null(strstr(good, "\"valid\":true"));
    assert_non_null(strstr(good, "\"roles\":[\"ae\"]"));
    const char *bad = token_inspect(keys, arena, token_make(RS, GOOD, BY_OTHER_RSA), NOW);
    assert_non_null(strstr(bad, "\"valid\":false"));
    assert_non_null(strstr(bad, no_signature));
    assert_non_null(strstr(bad, "\"kid\":\"rs\"")); /* shown whatever the signature says */
    assert_non_null(strstr(bad, "offline_access"));
    assert_null(json_scan(arena, bad, strlen(bad)));
    const char *junk = token_inspect(keys, arena, "junk", NOW);
    assert_non_null(strstr(junk, "\"header\":null"));
    assert_null(json_scan(arena, junk, strlen(junk)));
}

/* All that is wrong with a key file is said at once. */
static void test_a_bad_key_file(void **state) {
    (void)state;
    write_file("short", "too short");
    EVP_PKEY *small = EVP_RSA_gen(1024);
    write_key("small.pem", small, false);
    EVP_PKEY_free(small);
    write_file("bad.json",
               "{\"issuer\":\"\",\"leeway_s\":301,\"keys\":["
               "{\"kid\":\"a\",\"alg\":\"HS256\",\"secret_file\":\"short\"},"
               "{\"kid\":\"a\",\"alg\":\"RS256\",\"public_key_file\":\"small.pem\"},"
               "{\"kid\":\"b\",\"alg\":\"none\"},"
               "{\"kid\":\"c\",\"alg\":\"HS256\",\"secret_file\":\"rsa.pem\"},"
               "{\"kid\":\"d\",\"alg\":\"ES256\",\"public_key_file\":\"rsa.pem\"},"
               "{\"kid\":\"e\",\"alg\":\"HS256\",\"secret_file\":\"secret\",\"typ\":[\"at+jwt\"]},"
               "{\"kid\":\"f\",\"alg\":\"ES256\",\"public_key_file\":\"absent.pem\"},"
               "{\"kid\":\"g\",\"alg\":\"RS256\",\"public_key_file\":\"rsa.pem\",\"private_key_file\":"
               "\"other.key\"}]}");
    static const char *const said[] = {
        "issuer must be a text",          "audience must be a text",
        "leeway_s must be 0 to 300",      "short: the secret of an HS256 key has at least 32 bytes",
        "kid a is there twice",           "small.pem: RS256 needs an RSA key of 2048 bits or more",
        "key b: alg is one of",           "rsa.pem: a PEM key is no HS256 secret",
        "ES256 needs a key on the curve", "key e: tokens of an HS256 key carry typ JWT",
        "absent.pem could not be read",   "other.key is not the private key of rsa.pem",
    };
    const char *errors = NULL;
    assert_null(token_keys_load(arena, path_of("bad.json"), &errors));
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (!strstr(errors, said[i]))
            fail_msg("not said: %s\n%s", said[i], errors);
    assert_null(token_keys_load(arena, path_of("nowhere.json"), &errors));
    assert_non_null(strstr(errors, "could not be read"));
    write_file("broken.json", "{\"issuer\":");
    assert_null(token_keys_load(arena, path_of("broken.json"), &errors));
    write_file("none.json", "{\"issuer\":\"i\",\"audience\":\"a\",\"keys\":[]}");
    assert_null(token_keys_load(arena, path_of("none.json"), &errors));
    assert_non_null(strstr(errors, "keys must be a list"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_tampering),
        cmocka_unit_test(test_empty_ecdsa),
        cmocka_unit_test(test_dates_by_their_edge),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_the_standard_s_own_token),
        cmocka_unit_test(test_minting),
        cmocka_unit_test(test_inspection),
        cmocka_unit_test(test_a_bad_key_file),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
