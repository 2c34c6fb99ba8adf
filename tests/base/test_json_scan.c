/* Documents that a reader must take and that it must refuse, by the parts of RFC 8259. */
#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct document {
    const char *bytes;
    size_t length;
};

#define D(literal)                                                                                           \
    { literal, sizeof literal - 1 }

/* clang-format off */
static const struct document good[] = {
    /* structure */
    D("{}"), D("[]"), D("null"), D("true"), D("false"), D("0"), D("\"\""), D("\"a\""), D(" [] "), D("\n\r\t {} \n"),
    D("[null]"), D("[true,false]"), D("[1,2,3]"), D("[ 1 , 2 ]"), D("[[],[[]]]"), D("[{}]"), D("{\"a\":1}"),
    D("{\"a\":1,\"b\":2}"), D("{ \"a\" : { \"b\" : [ ] } }"), D("{\"\":0}"), D("{\"a\":[{\"a\":1},{\"a\":2}]}"),
    D("{\"a\":{\"a\":{\"a\":1}}}"), D("{\"a\":1,\"A\":2}"), D("{\"a\":1,\"a \":2}"), D("[\"a\",\"a\"]"),
    D("{\"a\":\"b\",\"b\":\"b\"}"), D("[1\n]"), D("[\"\",null,{}]"), D("{\"a\":{},\"b\":{},\"c\":[]}"),
    D("{\"x\":{\"a\":1},\"a\":2}"), D("{\"a\":1,\"x\":{\"a\":1}}"), D("{\"a\":1,\"\\u0062\":2}"),
    /* numbers */
    D("-0"), D("-1"), D("10"), D("1234567890"), D("0.5"), D("-0.5"), D("1.0"), D("1e3"), D("1E3"), D("1e+3"),
    D("1E-3"), D("0e0"), D("0e+1"), D("-0e-0"), D("1.5e10"), D("1e308"), D("-1.7976931348623157e308"), D("1e-400"),
    D("0e999"), D("9007199254740993"), D("123456789012345678901234567890"), D("[0,1.25,-3e2]"),
    D("0.00000000000000000000000000000000000000000000000000000000000000000000000000000001"),
    D("1000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
    D("0.1e-0000000000000000000000000000000000000000000000000000000000000000000000000001"),
    /* strings */
    D("\"\\\"\""), D("\"\\\\\""), D("\"\\/\""), D("\"\\b\\f\\n\\r\\t\""), D("\"\\u0001\""), D("\"\\u00e9\""),
    D("\"\\uABCD\\uabcd\""), D("\"\\uD83D\\uDE00\""), D("\"\\ud800\\udc00\""), D("\"\\udbff\\udfff\""),
    D("\"\\u0060\\u012a\\u12AB\""), D("\"\\\\u0000\""), D("\"/\""), D("\"\x7f\""), D("\" \""), D("\"[]{},:\""),
    D("\"\\u2028\""), D("\"\\uFFFE\""), D("\"\\u005C\""), D("\"\\u0022\""), D("\"'\""), D("[\"a\\\\\",\"b\"]"),
    D("{\"\\u0061b\":1}"), D("{\"\\\"\":1,\"\\\\\":2}"),
    /* UTF-8 */
    D("\"\xc2\x80\""), D("\"\xc3\xa9\""), D("\"\xe2\x82\xac\""), D("\"\xf0\x9f\x98\x80\""), D("\"\xef\xbf\xbf\""),
    D("\"\xf4\x8f\xbf\xbf\""), D("\"\xed\x9f\xbf\xee\x80\x80\""), D("\"\xe2\x80\xa8\""), D("\"\xdf\xbf\xe0\xa0\x80\""),
    D("\"\xef\xbb\xbf\""), D("{\"\xc3\xa9\":1,\"e\":2}"),
    /* depth: 32 */
    D("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    D("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{\"a\":1}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
};

static const struct document bad[] = {
    /* structure */
    D(""), D(" "), D("\n"), D("["), D("]"), D("{"), D("}"), D("[1"), D("[1,"), D("[1,]"), D("[,1]"), D("[,]"),
    D("[1,,2]"), D("[1 2]"), D("[1;2]"), D("[1:2]"), D("[]]"), D("[[]"), D("[}"), D("{]"), D("[1}"), D("{\"a\":1]"),
    D("{\"a\"}"), D("{\"a\":}"), D("{\"a\":1,}"), D("{,\"a\":1}"), D("{\"a\":1,,\"b\":2}"), D("{\"a\" 1}"),
    D("{\"a\":1 \"b\":2}"), D("{\"a\":1:2}"), D("{\"a\",1}"), D("{:1}"), D("{1:1}"), D("{a:1}"), D("{'a':1}"),
    D("{null:1}"), D("{[]:1}"), D("{\"a\":1"), D("{\"a\":"), D("{\"a\""), D("{\"a"), D("{\"a\":1}{}"), D("[] []"),
    D("[]a"), D("1 2"), D("\"a\"\"b\""), D("nul"), D("nulll"), D("Null"), D("NULL"), D("True"), D("tru"), D("TRUE"),
    D("fals"), D("false1"), D("truefalse"), D("[true false]"), D("undefined"), D("NaN"), D("Infinity"),
    D("-Infinity"), D("[nan]"), D("a"), D("'a'"), D("`a`"), D("<a/>"), D("*"), D("[*]"), D(","), D(":"), D("//c\n1"),
    D("/*c*/1"), D("1/*c*/"), D("[1]//"), D("#1"), D("{\"a\":b}"), D("[a"), D("[\"a\",\n1"), D("\v1"), D("1\f"),
    D("[1\v]"), D("\xc2\2401"), D("1\xe2\x80\x83"), D("[\xe2\x81\xa0]"), D("\xef\xbb\xbf{}"), D("\xef\xbb\xbf"),
    D("\0"), D("1\0"), D("[\0]"), D("\0{}"), D("{}\0"), D("[1,\0002]"), D("nu\0l"), D("(1)"), D("[1,...]"), D("..."),
    D("{}}"), D("{{}}"), D("[][]"), D("{\"a\":1},"), D("[1],"), D("{\"a\":{}"), D("[{]}"), D("{[}]"),
    /* repeated members */
    D("{\"a\":1,\"a\":1}"), D("{\"a\":1,\"b\":2,\"a\":3}"), D("{\"a\":1,\"\\u0061\":2}"), D("{\"\\u0061\":1,\"a\":2}"),
    D("{\"\":1,\"\":2}"), D("{\"/\":1,\"\\/\":2}"), D("{\"\\n\":1,\"\\u000a\":2}"), D("{\"\\u000A\":1,\"\\u000a\":2}"),
    D("{\"\xc3\xa9\":1,\"\\u00e9\":2}"), D("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"), D("{\"\\\"\":1,\"\\u0022\":2}"),
    D("{\"\\\\\":1,\"\\u005c\":2}"), D("[{\"a\":1,\"a\":1}]"), D("{\"x\":{\"a\":1,\"a\":1}}"),
    D("{\"a\":{\"b\":1,\"c\":2},\"b\":1,\"a\":1}"), D("{\"a\":1,\"x\":{\"y\":{\"a\":1}},\"a\":2}"),
    /* numbers */
    D("-"), D("+1"), D("--1"), D("-+1"), D("01"), D("-01"), D("00"), D("-00"), D("1."), D("-1."), D(".5"), D("-.5"),
    D("1.e1"), D("1.2."), D("1.2.3"), D("1..2"), D("1e"), D("1e+"), D("1e-"), D("1e1.5"), D("1ee1"), D("1e1e1"),
    D("1+2"), D("1-2"), D("0x1"), D("0x"), D("1_000"), D("1,000"), D("1 000"), D("0b1"), D("0o7"), D("1a"), D("-a"),
    D("1f"), D("1L"), D("$1"), D("1%"), D("- 1"), D("1. 5"), D("1 e3"), D("[-]"), D("[1.]"), D("[0.e1]"), D("[2.e+3]"),
    D("1e999"), D("-1e999"), D("1e309"), D("1.8e308"), D("[1e400]"), D("\xef\xbc\x91"), D("[-2.]"), D("9.e+"), D("0e"),
    D("0E+"), D("1eE2"), D("-Inf"), D("1e99999999999999999999999999999999999999999999999999999999999999999999"),
    D("{\"a\":012}"), D("[1e0,01]"), D("[0.3.1]"), D("[-0.]"), D("[++1]"),
    /* strings */
    D("\""), D("\"a"), D("a\""), D("\"\\\""), D("\"\\"), D("[\"a]"), D("\"\n\""), D("\"\t\""), D("\"\r\""),
    D("\"\x01\""), D("\"\x1f\""), D("\"\0\""), D("\"a\0b\""), D("\"\\a\""), D("\"\\x41\""), D("\"\\'\""), D("\"\\0\""),
    D("\"\\v\""), D("\"\\e\""), D("\"\\N\""), D("\"\\U0041\""), D("\"\\ \""), D("\"\\\n\""), D("\"\\\0\""),
    D("\"\\u\""), D("\"\\u1\""), D("\"\\u12\""), D("\"\\u123\""), D("\"\\u123g\""), D("\"\\u 123\""), D("\"\\u-123\""),
    D("\"\\u+123\""), D("\"\\u0x12\""), D("\"\\u00"), D("\"\\u0000\""), D("\"a\\u0000b\""), D("{\"a\\u0000\":1}"),
    D("\"\\ud800\""), D("\"\\udbff\""), D("\"\\udc00\""), D("\"\\udfff\""), D("\"\\ud800a\""), D("\"\\ud800\\n\""),
    D("\"\\ud800\\u0041\""), D("\"\\ud800\\ud800\""), D("\"\\udc00\\ud800\""), D("\"\\ud800\\u\""), D("\"\\ud800\\"),
    D("\"\\ud800\\udc0\""), D("\"\\ud83d\xf0\x9f\x98\x80\""), D("{\"\\ud800\":1}"), D("\"\\\xc3\xa9\""), D("['a']"),
    D("\"a\\\""), D("\"\\u\xc3\xa9\xc3\xa9\""), D("\xe2\x80\234a\xe2\x80\x9d"),
    /* UTF-8 */
    D("\"\x80\""), D("\"\xbf\""), D("\"\xc3\""), D("\"\xc3(\""), D("\"\xc0\x80\""), D("\"\xc1\xbf\""), D("\"\xe2\x82\""),
    D("\"\xe0\x80\x80\""), D("\"\xe0\x9f\xbf\""), D("\"\xed\xa0\x80\""), D("\"\xed\xbf\xbf\""),
    D("\"\xed\xa0\xbd\xed\xb8\x80\""), D("\"\xf0\x9f\x98\""), D("\"\xf0\x80\x80\x80\""), D("\"\xf0\x8f\xbf\xbf\""),
    D("\"\xf4\x90\x80\x80\""), D("\"\xf5\x80\x80\x80\""), D("\"\xf8\x88\x80\x80\x80\""), D("\"\xfe\""), D("\"\xff\""),
    D("\"\xe9\""), D("{\"\xe9\":1}"), D("\xff\xfe[\0]\0"), D("[\xff]"), D("\"\xc3"), D("\xe5"), D("\"\xc3\xa9\xa9\""),
    /* depth: 33 */
    D("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    D("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
    D("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
    D("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"),
};
/* clang-format on */

/* The bytes end where the heap block ends, so that AddressSanitizer sees the first one read too far. */
static const char *exact_copy(const struct document *document) {
    char *copy = malloc(document->length ? document->length : 1);
    assert_non_null(copy);
    memcpy(copy, document->bytes, document->length);
    return copy;
}

static void good_documents_are_taken(void **state) {
    for (size_t i = 0; i < COUNT(good); i++) {
        const char *bytes = exact_copy(&good[i]);
        const struct json *value = NULL;
        const char *reason = json_scan(*state, bytes, good[i].length);
        check(!reason, "%s: %s", good[i].bytes, reason);
        check(!json_parse(*state, bytes, good[i].length, &value) && value, "%s", good[i].bytes);
        free((void *)(uintptr_t)bytes);
    }
}

static void bad_documents_are_refused(void **state) {
    for (size_t i = 0; i < COUNT(bad); i++) {
        const char *bytes = exact_copy(&bad[i]);
        const struct json *value = NULL;
        check(json_scan(*state, bytes, bad[i].length), "%zu: %s", i, bad[i].bytes);
        struct fault *fault = json_parse(*state, bytes, bad[i].length, &value);
        check(fault && fault->problem == PROBLEM_MALFORMED_JSON && !value, "%zu: %s", i, bad[i].bytes);
        free((void *)(uintptr_t)bytes);
    }
}

/* Cut anywhere, an object or list is never whole. */
static void every_beginning_is_refused(void **state) {
    static const char whole[] =
        "{\"a\":[1,-2.5e+3,true,null,{\"b\\u00e9\":\"\\ud83d\\ude00\xc3\xa9\"}],\"c\":{}}";
    assert_null(json_scan(*state, whole, sizeof whole - 1));
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        const char *bytes = exact_copy(&(struct document){whole, length});
        check(json_scan(*state, bytes, length), "%.*s", (int)length, whole);
        free((void *)(uintptr_t)bytes);
    }
}

static void no_body_is_refused(void **state) {
    const struct json *value = NULL;
    assert_non_null(json_scan(*state, NULL, 0));
    assert_non_null(json_parse(*state, NULL, 0, &value));
}

static void the_reason_names_the_place(void **state) {
    static const struct {
        const char *text, *reason;
    } rows[] = {{"[1,]", "a value is expected at byte 3"},
                {"{\"a\":1,\"b\":2,\"a\":3}", "repeated member at byte 14"},
                {"[1", "the text ends early, at byte 2"},
                {"[] x", "text behind the value at byte 3"},
                {"[\"\xff\"]", "bytes that are not UTF-8 at byte 2"},
                {"\"\\ud800\"", "bad \\u escape at byte 1"},
                {"[1e999]", "number out of range at byte 1"},
                {"[01]", "a digit behind a leading zero at byte 2"},
                {"", "the text ends early, at byte 0"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *reason = json_scan(*state, rows[i].text, strlen(rows[i].text));
        check(reason && !strcmp(reason, rows[i].reason), "%s: %s", rows[i].text, reason ? reason : "none");
    }
}

/* [0,0,...] with `count` values, the list not counted. */
static char *list_of(struct arena *arena, size_t count) {
    char *text = arena_alloc(arena, 2 * count + 2);
    text[0] = '[';
    for (size_t i = 0; i < count; i++)
        memcpy(text + 1 + 2 * i, "0,", 2);
    text[2 * count] = ']';
    return text;
}

static void values_are_counted(void **state) {
    const char *most = list_of(*state, JSON_MEMBERS_MAX - 1), *more = list_of(*state, JSON_MEMBERS_MAX);
    assert_null(json_scan(*state, most, strlen(most)));
    assert_non_null(strstr(json_scan(*state, more, strlen(more)), "too many values"));
}

/* An object with the most members there can be, all names alike but for their end; and the same with one
 * repeated. */
static void many_members_cost_little(void **state) {
    enum { MEMBERS = JSON_MEMBERS_MAX - 1, NAME = 80 };
    char *text = arena_alloc(*state, (size_t)MEMBERS * (NAME + 8)), *end = text;
    *end++ = '{';
    for (int i = 0; i < MEMBERS; i++)
        end += sprintf(end, "%s\"%0*d\":0", i ? "," : "", NAME, i);
    *end++ = '}';
    clock_t start = clock();
    assert_null(json_scan(*state, text, (size_t)(end - text)));
    memcpy(text + 2, text + (end - text) - 4 - NAME, NAME); /* the first member is now named like the last */
    assert_non_null(strstr(json_scan(*state, text, (size_t)(end - text)), "repeated member"));
    assert_true((clock() - start) / CLOCKS_PER_SEC < 2);
}

static void large_texts_cost_little(void **state) {
    enum { SIZE = 1 << 20 };
    clock_t start = clock();
    char *text = arena_alloc(*state, SIZE + 2);
    text[0] = text[SIZE + 1] = '"';
    for (int i = 0; i < SIZE; i += 2)
        memcpy(text + 1 + i, "\\n", 2);
    assert_null(json_scan(*state, text, SIZE + 2));
    const struct json *value;
    memset(text, '1', SIZE + 2);
    assert_non_null(json_parse(*state, text, SIZE + 2, &value)); /* larger than any double */
    text[1] = '.';
    assert_null(json_parse(*state, text, SIZE + 2, &value));
    assert_true((clock() - start) / CLOCKS_PER_SEC < 2);
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
        cmocka_unit_test(good_documents_are_taken),   cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(every_beginning_is_refused), cmocka_unit_test(no_body_is_refused),
        cmocka_unit_test(the_reason_names_the_place), cmocka_unit_test(values_are_counted),
        cmocka_unit_test(many_members_cost_little),   cmocka_unit_test(large_texts_cost_little)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
