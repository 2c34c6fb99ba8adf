#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/bytes.h"

#include <stdio.h>

static void hex(const uint8_t *bytes, char out[SHA256_HEX_SIZE]) {
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* FIPS 180-4's own examples. */
static void sha256_meets_the_standard(void **state) {
    (void)state;
    static const struct {
        const char *text, *digest;
    } rows[] = {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
                {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t digest[SHA256_SIZE];
        char text[SHA256_HEX_SIZE], again[SHA256_HEX_SIZE];
        sha256(rows[i].text, strlen(rows[i].text), digest);
        hex(digest, text);
        sha256_hex(rows[i].text, strlen(rows[i].text), again);
        check(!strcmp(text, rows[i].digest) && !strcmp(again, text), "'%s'", rows[i].text);
    }
}

/* RFC 4231, cases 2 and 6 (a key longer than a block). */
static void hmac_meets_the_standard(void **state) {
    (void)state;
    uint8_t digest[SHA256_SIZE], key[131];
    char text[SHA256_HEX_SIZE];
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
    hex(digest, text);
    assert_string_equal(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_sha256(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54, digest);
    hex(digest, text);
    assert_string_equal(text, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void equality_looks_at_every_byte(void **state) {
    (void)state;
    uint8_t one[32] = {0}, other[32] = {0};
    assert_true(bytes_equal(one, other, 32));
    assert_true(bytes_equal(one, other, 0));
    for (size_t i = 0; i < 32; i++) {
        other[i] = 0x80;
        assert_false(bytes_equal(one, other, 32));
        other[i] = 0;
    }
}

static void base64url_goes_both_ways(void **state) {
    static const struct {
        const char *bytes;
        size_t length;
        const char *text;
    } rows[] = {{"", 0, ""},
                {"f", 1, "Zg"},
                {"fo", 2, "Zm8"},
                {"foo", 3, "Zm9v"},
                {"foob", 4, "Zm9vYg"},
                {"fooba", 5, "Zm9vYmE"},
                {"foobar", 6, "Zm9vYmFy"},
                {"\0\0", 2, "AAA"},
                {"\xfb\xff\xfe", 3, "-__-"},
                {"\xff\xff\xff\xff", 4, "_____w"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *bytes = NULL;
        size_t length = 99;
        check(!strcmp(base64url_encode(*state, rows[i].bytes, rows[i].length), rows[i].text), "%s",
              rows[i].text);
        check(base64url_decode(*state, rows[i].text, strlen(rows[i].text), &bytes, &length), "%s",
              rows[i].text);
        check(length == rows[i].length && !memcmp(bytes, rows[i].bytes, length), "%s", rows[i].text);
    }
    uint8_t noise[257], *back;
    size_t length;
    for (size_t size = 0; size <= sizeof noise; size++) {
        random_bytes(noise, size);
        const char *text = base64url_encode(*state, noise, size);
        check(base64url_decode(*state, text, strlen(text), &back, &length) && length == size &&
                  !memcmp(back, noise, size),
              "%zu bytes", size);
    }
}

static void base64url_has_one_spelling(void **state) {
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {{"Z", 1},    {"Zg=", 3},   {"Zg==", 4},    {"Zm9vY", 5}, {"Zh", 2},
                {"Zm9", 3},  {"Zm+v", 4},  {"Zm/v", 4},    {"Zm v", 4},  {"Zm9v\n", 5},
                {"Zm.v", 4}, {"Zm\0v", 4}, {"Zm\xc3v", 4}, {"Zg\0", 3}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *bytes = NULL;
        size_t length = 99;
        check(!base64url_decode(*state, rows[i].text, rows[i].length, &bytes, &length) && !bytes &&
                  length == 99,
              "row %zu: %s", i, rows[i].text);
    }
}

static void random_bytes_differ(void **state) {
    (void)state;
    uint8_t one[32] = {0}, other[32] = {0};
    random_bytes(one, sizeof one);
    random_bytes(other, sizeof other);
    assert_memory_not_equal(one, other, sizeof one);
    one[4] = 0x5a;
    random_bytes(one, 4);
    assert_int_equal(one[4], 0x5a);
    random_bytes(one, 0);
}

static int set_up(void **state) {
    *state = arena_create();
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_meets_the_standard),    cmocka_unit_test(hmac_meets_the_standard),
        cmocka_unit_test(equality_looks_at_every_byte), cmocka_unit_test(base64url_goes_both_ways),
        cmocka_unit_test(base64url_has_one_spelling),   cmocka_unit_test(random_bytes_differ)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
