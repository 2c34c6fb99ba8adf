/* Looking into parsed values; the traps of cJSON that the layer closes. */
#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static const struct json *parse(struct arena *arena, const char *text) {
    const struct json *value = NULL;
    struct fault *fault = json_parse(arena, text, strlen(text), &value);
    check(!fault, "%s: %s", text, fault->detail);
    return value;
}

static void members_are_found_by_exact_name(void **state) {
    const struct json *value = parse(*state, "{\"Name\":\"x\",\"other\":null,\"\\u0061\\\"\":true}");
    assert_string_equal(json_string(json_get(value, "Name")), "x");
    assert_null(json_get(value, "name"));
    assert_true(json_is_null(json_get(value, "other")));
    assert_false(json_is_null(json_get(value, "third")));
    bool yes = false;
    assert_true(json_boolean(json_get(value, "a\""), &yes) && yes);
    assert_null(json_get(json_get(value, "Name"), "Name"));
    assert_null(json_get(parse(*state, "[{\"a\":1}]"), "a"));
    assert_null(json_get(NULL, "a"));
}

static void strings_are_whole(void **state) {
    assert_string_equal(json_string(parse(*state, "\"\\u00e9\\ud83d\\ude00\\/\\t\"")),
                        "\xc3\xa9\xf0\x9f\x98\x80/\t");
    assert_null(json_string(parse(*state, "1")));
    assert_null(json_string(NULL));
}

static void integers_are_whole_and_exact(void **state) {
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } rows[] = {{"0", true, 0},
                {"-0", true, 0},
                {"1.0", true, 1},
                {"1e3", true, 1000},
                {"1.5e1", true, 15},
                {"-10E-1", true, -1},
                {"9007199254740991", true, INT64_C(9007199254740991)},
                {"-9007199254740991", true, INT64_C(-9007199254740991)},
                {"9007199254740990", true, INT64_C(9007199254740990)},
                {"9007199254740992", false, 0},
                {"9007199254740993", false, 0},
                {"-9007199254740992", false, 0},
                {"1e16", false, 0},
                {"1e300", false, 0},
                {"1.5", false, 0},
                {"1e-3", false, 0},
                {"\"1\"", false, 0},
                {"true", false, 0},
                {"null", false, 0},
                {"[1]", false, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = -77;
        bool good = json_integer(parse(*state, rows[i].text), &value);
        check(good == rows[i].good && value == (good ? rows[i].value : -77), "%s: %lld", rows[i].text,
              (long long)value);
    }
    int64_t value;
    assert_false(json_integer(NULL, &value));
}

static void long_numbers_keep_their_value(void **state) {
    const struct json *list =
        parse(*state, "[1.0000000000000000000000000000000000000000000000000000000000000000000000000000,\"a\","
                      "0.000000000000000000000000000000000000000000000000000000000000000000000000000025,"
                      "-1000000000000000000000000000000000000000000000000000000000000000000000000000000,2]");
    double number = 0;
    int64_t integer = 0;
    assert_int_equal(json_length(list), 5);
    assert_true(json_integer(json_item(list, 0), &integer) && integer == 1);
    assert_string_equal(json_string(json_item(list, 1)), "a");
    assert_true(json_number(json_item(list, 2), &number) && number == 2.5e-77);
    assert_true(json_number(json_item(list, 3), &number) && number == -1e78);
    assert_true(json_integer(json_item(list, 4), &integer) && integer == 2);
}

static void items_are_walked_in_order(void **state) {
    const struct json *list = parse(*state, "[10,11,12]");
    int64_t value;
    for (size_t i = 0; i < 3; i++)
        assert_true(json_integer(json_item(list, i), &value) && value == (int64_t)(10 + i));
    assert_null(json_item(list, 3));
    size_t count = 0;
    for (const struct json *item = json_first(list); item; item = json_next(item), count++)
        assert_null(json_name(item));
    assert_int_equal(count, 3);
    assert_int_equal(json_length(parse(*state, "{\"a\":1}")), 0);
    assert_int_equal(json_length(NULL), 0);
    assert_null(json_item(parse(*state, "{\"a\":1}"), 0));
    assert_null(json_first(parse(*state, "[]")));
    assert_null(json_first(NULL));
    const struct json *member = json_first(parse(*state, "{\"b\":1,\"a\":2}"));
    assert_string_equal(json_name(member), "b");
    assert_string_equal(json_name(json_next(member)), "a");
    assert_null(json_next(json_next(member)));
}

static void kinds_are_told_apart(void **state) {
    assert_true(json_is_object(parse(*state, "{}")));
    assert_false(json_is_object(parse(*state, "[]")));
    assert_true(json_is_array(parse(*state, "[]")));
    assert_false(json_is_array(parse(*state, "{}")));
    bool value;
    double number;
    assert_true(json_boolean(parse(*state, "false"), &value) && !value);
    assert_false(json_boolean(parse(*state, "0"), &value));
    assert_false(json_number(parse(*state, "\"0\""), &number));
    assert_false(json_is_object(NULL) || json_is_array(NULL) || json_is_null(NULL) ||
                 json_boolean(NULL, &value));
}

/* The text need not end in NUL, and the value outlives it. */
static void the_value_stands_alone(void **state) {
    char *text = malloc(9);
    assert_non_null(text);
    memcpy(text, "{\"a\":\"b\"}", 9);
    const struct json *value = NULL;
    assert_null(json_parse(*state, text, 9, &value));
    free(text);
    assert_string_equal(json_string(json_get(value, "a")), "b");
}

static void *parse_many(void *unused) {
    (void)unused;
    struct arena *arena = arena_create();
    for (int i = 0; i < 500; i++) {
        arena_reset(arena);
        const char *text = arena_format(arena, "{\"a\":[%d,{\"b\":\"%d\"}]}", i, i);
        const struct json *value = NULL, *bad = NULL;
        int64_t number = -1;
        if (json_parse(arena, text, strlen(text), &value) ||
            !json_parse(arena, text, strlen(text) - 1, &bad) ||
            !json_integer(json_item(json_get(value, "a"), 0), &number) || number != i)
            abort();
    }
    arena_destroy(arena);
    return NULL;
}

static void threads_do_not_meet(void **state) {
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parse_many, NULL), 0);
    for (size_t i = 0; i < COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
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
        cmocka_unit_test(members_are_found_by_exact_name), cmocka_unit_test(strings_are_whole),
        cmocka_unit_test(integers_are_whole_and_exact),    cmocka_unit_test(long_numbers_keep_their_value),
        cmocka_unit_test(items_are_walked_in_order),       cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(the_value_stands_alone),          cmocka_unit_test(threads_do_not_meet)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
