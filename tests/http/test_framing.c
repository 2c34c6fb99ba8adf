/* The raw message, case by case: what passes, and each offence alone. */
#include "check.h"

#include <string.h>

#include "tandem/base/arena.h"

#include "framing.h"

struct line {
    const char *name, *value;
};

struct message {
    const char *label;
    struct line lines[4];
    const char *method, *target, *version; /* NULL: POST /v1/x HTTP/1.1 */
    bool passes, body_follows;
};

static const struct message messages[] = {
    {"plain", {{"Host", "t"}}, .passes = true},
    {"length 0 is no body", {{"Host", "t"}, {"Content-Length", "0"}}, .passes = true},
    {"length", {{"Host", "t"}, {"content-length", "12"}}, .passes = true, .body_follows = true},
    {"chunked", {{"Host", "t"}, {"Transfer-Encoding", "Chunked"}}, .passes = true, .body_follows = true},
    {"1.0 without a host", {{"A", "1"}}, .version = "HTTP/1.0", .passes = true},
    {"tab in a value", {{"Host", "t"}, {"A", "1\t2"}}, .passes = true},
    {"unknown headers may repeat", {{"Host", "t"}, {"A", "1"}, {"A", "2"}}, .passes = true},
    {"no host", {{"A", "1"}}},
    {"two hosts", {{"Host", "t"}, {"host", "t"}}},
    {"two lengths", {{"Host", "t"}, {"Content-Length", "1"}, {"Content-Length", "1"}}},
    {"length and encoding", {{"Host", "t"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}},
    {"other encoding", {{"Host", "t"}, {"Transfer-Encoding", "gzip"}}},
    {"encoding in 1.0", {{"Transfer-Encoding", "chunked"}}, .version = "HTTP/1.0"},
    {"length without digits", {{"Host", "t"}, {"Content-Length", ""}}},
    {"negative length", {{"Host", "t"}, {"Content-Length", "-1"}}},
    {"length with a space", {{"Host", "t"}, {"Content-Length", "1 2"}}},
    {"length over 18 digits", {{"Host", "t"}, {"Content-Length", "1000000000000000000"}}},
    {"two tokens", {{"Host", "t"}, {"Authorization", "a"}, {"AUTHORIZATION", "a"}}},
    {"two offsets", {{"Host", "t"}, {"Tandem-Clock-Offset", "1"}, {"Tandem-Clock-Offset", "1"}}},
    {"name with a colon", {{"Host", "t"}, {"A:", "1"}}},
    {"empty name", {{"Host", "t"}, {"", "1"}}},
    {"line feed in a value", {{"Host", "t"}, {"A", "1\nB: 2"}}},
    {"delete in a value", {{"Host", "t"}, {"A", "\x7f"}}},
    {"version 1.2", {{"Host", "t"}}, .version = "HTTP/1.2"},
    {"no version", {{"Host", "t"}}, .version = ""},
    {"method with a space", {{"Host", "t"}}, .method = "GE T"},
    {"target without a slash", {{"Host", "t"}}, .target = "v1/x"},
    {"absolute target", {{"Host", "t"}}, .target = "http://t/v1/x"},
    {"target with a space", {{"Host", "t"}}, .target = "/v1/ x"},
    {"target with a fragment", {{"Host", "t"}}, .target = "/v1/x#y"},
};

static void test_messages(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const struct message *message = &messages[i];
        struct framing framing = {.arena = arena};
        for (int line = 0; line < 4 && message->lines[line].name; line++) {
            const struct line *each = &message->lines[line];
            framing_header(&framing, each->name, strlen(each->name), each->value, strlen(each->value));
        }
        const char *wrong = framing_verdict(&framing, message->method ? message->method : "POST",
                                            message->target ? message->target : "/v1/x",
                                            message->version ? message->version : "HTTP/1.1");
        if ((wrong == NULL) != message->passes)
            fail_msg("%s: %s", message->label, wrong ? wrong : "passed");
        if (message->passes)
            assert_int_equal(framing.body_follows, message->body_follows);
    }
    arena_destroy(arena);
}

static void test_a_nul_is_no_end(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    struct framing name = {.arena = arena}, value = {.arena = arena};
    framing_header(&name, "A\0B", 3, "1", 1);
    framing_header(&value, "A", 1, "1\0", 2);
    assert_non_null(name.wrong);
    assert_non_null(value.wrong);
    arena_destroy(arena);
}

static void test_values_are_kept(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    struct framing framing = {.arena = arena};
    framing_header(&framing, "host", 4, "t", 1);
    framing_header(&framing, "IF-MATCH", 8, "\"7\"", 3);
    framing_header(&framing, "Content-Length", 14, "1048576", 7);
    assert_null(framing_verdict(&framing, "PATCH", "/", "HTTP/1.1"));
    assert_string_equal(framing.values[HEADER_IF_MATCH], "\"7\"");
    assert_null(framing.values[HEADER_ORIGIN]);
    assert_int_equal(framing.content_length, 1048576);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_a_nul_is_no_end),
        cmocka_unit_test(test_values_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
