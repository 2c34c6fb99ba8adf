#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/json.h"
#include "tandem/base/json_out.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"

static void commas_follow_the_nesting(void **state) {
    struct json_out out = {.arena = *state};
    json_object(&out, NULL);
    json_array(&out, "empty");
    json_array_end(&out);
    json_object(&out, "inner");
    json_object_end(&out);
    json_array(&out, "list");
    json_add_integer(&out, NULL, 1);
    json_object(&out, NULL);
    json_add_boolean(&out, "a", true);
    json_add_boolean(&out, "b", false);
    json_object_end(&out);
    json_array(&out, NULL);
    json_add_null(&out, NULL);
    json_array_end(&out);
    json_array_end(&out);
    json_add_raw(&out, "raw", "{\"x\": 1}");
    json_add_raw(&out, "none", NULL);
    json_object_end(&out);
    assert_string_equal(json_out_text(&out),
                        "{\"empty\":[],\"inner\":{},\"list\":[1,{\"a\":true,\"b\":false},[null]],"
                        "\"raw\":{\"x\": 1},\"none\":null}");
    assert_int_equal(out.length, strlen(out.bytes));
    assert_null(json_scan(*state, out.bytes, out.length));
}

static const char *one_text(struct arena *arena, const char *text) {
    struct json_out out = {.arena = arena};
    json_add_text(&out, NULL, text);
    return json_out_text(&out);
}

static void texts_are_escaped(void **state) {
    static const struct {
        const char *text, *json;
    } rows[] = {{"", "\"\""},
                {"plain", "\"plain\""},
                {"say \"hi\"", "\"say \\\"hi\\\"\""},
                {"a\\b", "\"a\\\\b\""},
                {"\n\r\t\b\f", "\"\\n\\r\\t\\b\\f\""},
                {"\x01\x1f\x0b", "\"\\u0001\\u001f\\u000b\""},
                {"\x7f/", "\"\x7f/\""},
                {"Z\xc3\xbcrich \xf0\x9f\x98\x80", "\"Z\xc3\xbcrich \xf0\x9f\x98\x80\""},
                {NULL, "null"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *json = one_text(*state, rows[i].text);
        check(!strcmp(json, rows[i].json), "%s", json);
        check(!json_scan(*state, json, strlen(json)), "%s", json);
    }
}

/* Every byte comes back through the reader as it went out. */
static void texts_come_back(void **state) {
    char text[128];
    for (int i = 0; i < 127; i++)
        text[i] = (char)(i + 1);
    text[127] = 0;
    const char *json = one_text(*state, text);
    const struct json *value;
    assert_null(json_parse(*state, json, strlen(json), &value));
    assert_string_equal(json_string(value), text);
}

static void integers_are_exact(void **state) {
    static const struct {
        int64_t value;
        const char *json;
    } rows[] = {{0, "0"},
                {-1, "-1"},
                {10, "10"},
                {AMOUNT_MAX, "9007199254740991"},
                {-AMOUNT_MAX, "-9007199254740991"},
                {INT64_C(1000000000000001), "1000000000000001"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_out out = {.arena = *state};
        json_add_integer(&out, NULL, rows[i].value);
        check(!strcmp(json_out_text(&out), rows[i].json), "%s", out.bytes);
    }
}

static void none_is_null(void **state) {
    static const struct choice choices[] = {{"open", 0}, {NULL, 0}};
    struct json_out out = {.arena = *state};
    json_object(&out, NULL);
    json_add_date(&out, "d0", DATE_NONE);
    json_add_date(&out, "d1", 0);
    json_add_instant(&out, "i0", INSTANT_NONE);
    json_add_instant(&out, "i1", 1500000);
    json_add_money(&out, "m0", &(struct money){0});
    json_add_money(&out, "m1", &(struct money){-5, "EUR"});
    json_add_money(&out, "m2", NULL);
    json_add_choice(&out, "c0", choices, -1);
    json_add_choice(&out, "c1", choices, 0);
    json_object_end(&out);
    assert_string_equal(
        json_out_text(&out),
        "{\"d0\":null,\"d1\":\"1970-01-01\",\"i0\":null,\"i1\":\"1970-01-01T00:00:01.500000Z\","
        "\"m0\":null,\"m1\":{\"amount_minor\":-5,\"currency\":\"EUR\"},\"m2\":null,"
        "\"c0\":null,\"c1\":\"open\"}");
}

static void large_answers_grow(void **state) {
    struct json_out out = {.arena = *state};
    char word[3001];
    memset(word, 'w', 3000);
    word[3000] = 0;
    json_array(&out, NULL);
    for (int i = 0; i < 1000; i++)
        json_add_text(&out, NULL, word);
    json_array_end(&out);
    const char *text = json_out_text(&out);
    assert_int_equal(strlen(text), 1000 * 3003 - 1 + 2);
    assert_int_equal(out.length, strlen(text));
    assert_null(json_scan(*state, text, out.length));
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(commas_follow_the_nesting),
                                       cmocka_unit_test(texts_are_escaped),
                                       cmocka_unit_test(texts_come_back),
                                       cmocka_unit_test(integers_are_exact),
                                       cmocka_unit_test(none_is_null),
                                       cmocka_unit_test(large_answers_grow)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
