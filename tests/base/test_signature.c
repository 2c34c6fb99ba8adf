#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/signature.h"
#include "tandem/base/time.h"

#include <string.h>

static void hubspot_decodes_its_own_list(void **state) {
    (void)state;
    static const struct {
        const char *sent, *decoded;
    } rows[] = {{"https://a.example/b", "https://a.example/b"},
                {"%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B", ":/?@!$'()*,;"},
                {"%3a%2f%2c", ":/,"},
                {"a%20b%23c%25d%26e%3De%2B", "a%20b%23c%25d%26e%3De%2B"},
                {"%", "%"},
                {"%3", "%3"},
                {"%3G%2", "%3G%2"},
                {"%253A", "%253A"},
                {"%%3A", "%:"}};
    struct arena *arena = arena_create();
    for (size_t i = 0; i < COUNT(rows); i++)
        check(strcmp(hubspot_uri(arena, rows[i].sent), rows[i].decoded) == 0, "%s", rows[i].sent);
    arena_destroy(arena);
}

static void the_window_is_five_minutes_either_way(void **state) {
    (void)state;
    const int64_t now_at = INT64_C(1700000000) * SECOND_US;
    static const struct {
        const char *timestamp;
        bool timely;
    } rows[] = {{"1700000000", true},   {"1700000300", true},       {"1700000301", false},
                {"1699999700", true},   {"1699999699", false},      {"", false},
                {NULL, false},          {"-1700000000", false},     {"1700000000.0", false},
                {"1700000000 ", false}, {"999999999999999", false}, {"9999999999999999999", false}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(signature_is_timely(rows[i].timestamp, SECOND_US, now_at) == rows[i].timely, "row %zu", i);
    check(signature_is_timely("1700000300000", 1000, now_at), "milliseconds");
    check(!signature_is_timely("1700000300001", 1000, now_at), "a millisecond too late");
}

static void a_secret_has_24_to_64_bytes(void **state) {
    (void)state;
    static const struct {
        const char *secret;
        size_t length; /* 0: none */
    } rows[] = {
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 24}, {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0},        {"whsec_", 0},
        {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!", 0},  {"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0}};
    struct arena *arena = arena_create();
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *key;
        size_t length = 0;
        bool good = webhook_secret_key(arena, rows[i].secret, &key, &length);
        check(good == (rows[i].length > 0) && (!good || length == rows[i].length), "%s", rows[i].secret);
    }
    arena_destroy(arena);
}

static void a_signature_covers_id_time_and_body(void **state) {
    (void)state;
    static const uint8_t key[24] = "twenty-four bytes of key";
    struct arena *arena = arena_create();
    struct webhook_message message = {"m1", "1700000000", NULL, "body", 4};
    const char *good = webhook_signature(arena, &message, key, sizeof key);
    const struct webhook_message rows[] = {
        {"m1", "1700000000", good, "body", 4}, {"m2", "1700000000", good, "body", 4},
        {"m1", "1700000001", good, "body", 4}, {"m1", "1700000000", good, "bodY", 4},
        {"m1", "1700000000", good, "bod", 3},  {"m1", "1700000000", good + 3, "body", 4},
        {"", "1700000000", good, "body", 4},   {NULL, "1700000000", good, "body", 4},
        {"m1", "1700000000", "", "body", 4}};
    for (size_t i = 0; i < COUNT(rows); i++)
        check(webhook_is_signed(arena, &rows[i], key, sizeof key) == (i == 0), "row %zu", i);
    message.signature = arena_format(arena, "v2,x  v1,%043d= %s", 0, good);
    check(webhook_is_signed(arena, &message, key, sizeof key), "one of several");
    check(!webhook_is_signed(arena, &message, key, sizeof key - 1), "another key");
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hubspot_decodes_its_own_list),
        cmocka_unit_test(the_window_is_five_minutes_either_way),
        cmocka_unit_test(a_secret_has_24_to_64_bytes),
        cmocka_unit_test(a_signature_covers_id_time_and_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
