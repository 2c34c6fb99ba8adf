/* The issuer changes its keys while tokens are verified: what is picked up, what is kept, and who may ask for it. */
#include "token_keyring.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tandem/base/fault.h"
#include "tandem/base/metrics.h"
#include "tandem/http/request.h"

#define NOW (INT64_C(1800000000) * 1000000)
#define FIVE_MINUTES (300 * INT64_C(1000000))

enum { PATIENCE_TURNS = 1000, TURN_MS = 10 };

static const char unknown[] = "its kid names no key";

static struct token_keys *ring;

static const char *cause_at(const char *token, int64_t now_at) {
    struct token verified;
    const struct fault *fault = token_verify(ring, arena, token, strlen(token), now_at, &verified);
    return fault ? fault->cause : NULL;
}

static const char *made(const char *kid, enum signer signer) {
    const char *header = arena_format(arena, "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}", kid);
    return token_make(header, GOOD, signer);
}

static void publish(const char *kid, enum signer signer) {
    write_file("jwks", arena_format(arena, "{\"keys\":[%s]}",
                                    jwk_of(signer, arena_format(arena, ",\"kid\":\"%s\"", kid))));
}

static void open_ring(unsigned refresh_s, const char *more) {
    write_file("jwks.json",
               arena_format(arena,
                            "{\"issuer\":\"https://id.test\",\"audience\":\"tandem\",\"jwks_file\":\"jwks\","
                            "\"refresh_s\":%u,\"algorithms\":[\"RS256\"],\"typ\":[\"at+jwt\"]%s}",
                            refresh_s, more));
    const char *errors = NULL;
    ring = token_keys_load(arena, path_of("jwks.json"), &errors);
    if (!ring)
        fail_msg("%s", errors);
}

static long looks(const char *result) {
    const char *line = arena_format(arena, "tandem_jwks_refreshes_total{result=\"%s\"} ", result);
    const char *found = strstr(metrics_text(arena), line);
    return found ? strtol(found + strlen(line), NULL, 10) : 0;
}

static void turn(void) {
    nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000L}, NULL);
}

static bool comes_to(long (*count)(const char *result), const char *result, long value) {
    for (int i = 0; i < PATIENCE_TURNS && count(result) < value; i++)
        turn();
    return count(result) == value;
}

static bool becomes_good(const char *token) {
    for (int i = 0; i < PATIENCE_TURNS && cause_at(token, NOW); i++)
        turn();
    return !cause_at(token, NOW);
}

/* A token that was good a moment ago is not taken from memory once its key is gone. */
static void test_newer_keys_by_the_clock(void **state) {
    (void)state;
    publish("k1", BY_RSA);
    open_ring(1, "");
    assert_true(token_keys_ready(ring));
    const char *first = made("k1", BY_RSA), *second = made("k2", BY_OTHER_RSA);
    assert_null(cause_at(first, NOW));
    assert_null(cause_at(first, NOW));
    assert_string_equal(cause_at(made("k1", BY_OTHER_RSA), NOW), "its signature is not the key's");
    token_keys_follow(ring);
    publish("k2", BY_OTHER_RSA);
    assert_true(becomes_good(second));
    assert_string_equal(cause_at(first, NOW), unknown);
    token_keys_destroy(ring);
}

/* The same kid with another key: what the old one vouched for is forgotten too. */
static void test_a_kid_that_gets_another_key(void **state) {
    (void)state;
    publish("k1", BY_RSA);
    open_ring(1, "");
    const char *first = made("k1", BY_RSA), *second = made("k1", BY_OTHER_RSA);
    assert_null(cause_at(first, NOW));
    token_keys_follow(ring);
    publish("k1", BY_OTHER_RSA);
    assert_true(becomes_good(second));
    assert_string_equal(cause_at(first, NOW), "its signature is not the key's");
    token_keys_destroy(ring);
}

/* An unknown kid asks at once, but not again before five minutes have passed; what could not be good asks for nothing. */
static void test_an_unknown_kid_asks_once(void **state) {
    (void)state;
    publish("k1", BY_RSA);
    open_ring(86400, "");
    token_keys_follow(ring);
    long before = looks("ok");
    const char *hopeless[] = {
        token_make("{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k2\"}", GOOD, BY_EC),
        token_make("{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"k2\"}", GOOD, BY_RSA),
        token_make("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"' or 1\"}", GOOD, BY_RSA),
        token_make("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"k2\"}",
                   WITH("\"https://other.test\"", "\"tandem\"", "\"ann\"", "1800000600"), BY_RSA),
    };
    for (size_t i = 0; i < sizeof hopeless / sizeof hopeless[0]; i++)
        assert_non_null(cause_at(hopeless[i], NOW));
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(looks("ok"), before);

    publish("k2", BY_OTHER_RSA);
    const char *second = made("k2", BY_OTHER_RSA), *third = made("k3", BY_RSA);
    assert_string_equal(cause_at(second, NOW), unknown); /* nobody waits for the answer */
    assert_true(becomes_good(second));
    assert_int_equal(looks("ok"), before + 1);

    publish("k3", BY_RSA);
    for (int i = 0; i < 10; i++) {
        assert_string_equal(cause_at(third, NOW + FIVE_MINUTES - 1), unknown);
        assert_string_equal(cause_at(made(arena_format(arena, "x%d", i), BY_RSA), NOW), unknown);
        turn();
    }
    assert_int_equal(looks("ok"), before + 1);
    assert_string_equal(cause_at(third, NOW + FIVE_MINUTES), unknown);
    assert_true(comes_to(looks, "ok", before + 2));
    assert_true(becomes_good(third));
    token_keys_destroy(ring);
}

/* Whatever is wrong with the new document, the old keys stay. */
static void test_old_keys_are_kept(void **state) {
    (void)state;
    publish("k1", BY_RSA);
    open_ring(86400, "");
    token_keys_follow(ring);
    static const char *const documents[] = {"", "{\"keys\":[]}",
                                            "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k1\"}]}"};
    const char *first = made("k1", BY_RSA);
    int64_t now_at = NOW;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        write_file("jwks", documents[i]);
        long failed = looks("failed");
        assert_string_equal(cause_at(made("k9", BY_RSA), now_at), unknown);
        now_at += FIVE_MINUTES;
        for (int turns = 0; turns < PATIENCE_TURNS && looks("failed") == failed; turns++)
            turn();
        assert_true(looks("failed") > failed);
        assert_null(cause_at(first, NOW));
    }
    publish("k2", BY_OTHER_RSA); /* after a failure the next look comes soon, and nobody need ask for it */
    assert_true(becomes_good(made("k2", BY_OTHER_RSA)));
    token_keys_destroy(ring);
}

/* Keys of the file itself are not replaced by published ones of their name, and count when a token names none. */
static void test_keys_of_both_kinds(void **state) {
    (void)state;
    publish("rs", BY_OTHER_RSA);
    open_ring(86400, ",\"keys\":[{\"kid\":\"rs\",\"alg\":\"RS256\",\"public_key_file\":\"rsa.pem\"}]");
    assert_null(cause_at(made("rs", BY_RSA), NOW));
    assert_string_equal(cause_at(made("rs", BY_OTHER_RSA), NOW), "its signature is not the key's");
    static const char nameless[] = "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}";
    assert_string_equal(cause_at(token_make(nameless, GOOD, BY_RSA), NOW), unknown);
    token_keys_destroy(ring);

    open_ring(86400, "");
    assert_null(cause_at(token_make(nameless, GOOD, BY_OTHER_RSA), NOW));
    token_keys_destroy(ring);
}

/* Nothing listens there: no key, not ready, and the end does not wait for the next attempt. */
static void test_an_issuer_that_is_away(void **state) {
    (void)state;
    write_file(
        "jwks.json",
        "{\"issuer\":\"https://id.test\",\"audience\":\"tandem\",\"jwks_url\":\"https://127.0.0.1:1/jwks\","
        "\"algorithms\":[\"RS256\"]}");
    const char *errors = NULL, *reason = NULL;
    ring = token_keys_load(arena, path_of("jwks.json"), &errors);
    assert_non_null(ring);
    assert_false(token_keys_fetch(ring, arena, &reason));
    assert_non_null(reason);
    assert_false(token_keys_ready(ring));
    long failed = looks("failed");
    token_keys_follow(ring);
    assert_true(comes_to(looks, "failed", failed + 1));
    assert_string_equal(cause_at(made("k1", BY_RSA), NOW), unknown);
    assert_false(token_keys_ready(ring));
    token_keys_destroy(ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newer_keys_by_the_clock),  cmocka_unit_test(test_a_kid_that_gets_another_key),
        cmocka_unit_test(test_an_unknown_kid_asks_once), cmocka_unit_test(test_old_keys_are_kept),
        cmocka_unit_test(test_keys_of_both_kinds),       cmocka_unit_test(test_an_issuer_that_is_away),
    };
    return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
