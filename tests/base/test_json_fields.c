/* A table of fields over bodies: what is taken, what is refused, and where the pointer points. */
#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"

static const struct choice colours[] = {{"red", 0}, {"green", 1}, {"blue", 31}, {NULL, 0}};

struct inner {
    const char *name;
    int64_t count;
};
static const struct field inner_fields[] = {
    {"name", FIELD_TEXT, offsetof(struct inner, name), FIELD_REQUIRED, 2, 5},
    {"count", FIELD_INTEGER, offsetof(struct inner, count), 0, 1, 9},
};
static const struct shape inner_shape = {inner_fields, COUNT(inner_fields), sizeof(struct inner),
                                         SHAPE_NO_PRESENCE};

struct outer {
    const char *text, *lines, *id, *email, *country, *currency;
    int64_t integer, at;
    bool boolean;
    int colour;
    int32_t date;
    struct money money;
    struct inner inner;
    struct text_list texts;
    struct object_list objects;
    unsigned colours;
    struct presence presence;
    int unnamed;
};
static const struct field outer_fields[] = {
    {"text", FIELD_TEXT, offsetof(struct outer, text), FIELD_NULLABLE},
    {"lines", FIELD_TEXT, offsetof(struct outer, lines), FIELD_LINES},
    {"id", FIELD_UUID, offsetof(struct outer, id)},
    {"email", FIELD_EMAIL, offsetof(struct outer, email)},
    {"country", FIELD_COUNTRY, offsetof(struct outer, country)},
    {"currency", FIELD_CURRENCY, offsetof(struct outer, currency)},
    {"integer", FIELD_INTEGER, offsetof(struct outer, integer)},
    {"at", FIELD_INSTANT, offsetof(struct outer, at)},
    {"boolean", FIELD_BOOLEAN, offsetof(struct outer, boolean)},
    {"colour", FIELD_CHOICE, offsetof(struct outer, colour), .choices = colours},
    {"date", FIELD_DATE, offsetof(struct outer, date)},
    {"money", FIELD_MONEY, offsetof(struct outer, money), 0, 0, 1000},
    {"inner", FIELD_OBJECT, offsetof(struct outer, inner), .shape = &inner_shape},
    {"texts", FIELD_TEXTS, offsetof(struct outer, texts), 0, 1, 3},
    {"objects", FIELD_OBJECTS, offsetof(struct outer, objects), .shape = &inner_shape},
    {"colours", FIELD_CHOICES, offsetof(struct outer, colours), .choices = colours},
};
static const struct shape outer_shape = {outer_fields, COUNT(outer_fields), sizeof(struct outer),
                                         offsetof(struct outer, presence)};

static struct fault *decode(struct arena *arena, const char *text, const struct shape *shape, void *target) {
    const struct json *value = NULL;
    struct fault *fault = json_parse(arena, text, strlen(text), &value);
    check(!fault, "%s: %s", text, fault->detail);
    return json_decode(arena, value, shape, target);
}

static void every_kind_is_taken(void **state) {
    struct outer out;
    assert_null(decode(
        *state,
        "{\"text\":\"\\u00a0 Z\\u00fcrich \\n\",\"lines\":\"a\\n\\tb\\r\\n\","
        "\"id\":\"0190A0B1-C2D3-7E4F-89AB-CDEF01234567\",\"email\":\" a@b.example \",\"country\":\"CH\","
        "\"currency\":\"JPY\",\"integer\":-9007199254740991,\"at\":\"2026-11-21T00:00:00+01:00\","
        "\"boolean\":true,\"colour\":\"green\",\"date\":\"1970-01-02\","
        "\"money\":{\"amount_minor\":1000,\"currency\":\"EUR\"},\"inner\":{\"name\":\"abc\",\"count\":9},"
        "\"texts\":[\"x\",\" y \"],\"objects\":[{\"name\":\"one\"},{\"name\":\"two\",\"count\":2}],"
        "\"colours\":[\"blue\",\"red\"]}",
        &outer_shape, &out));
    assert_string_equal(out.text, "Z\xc3\xbcrich");
    assert_string_equal(out.lines, "a\n\tb");
    assert_string_equal(out.id, "0190a0b1-c2d3-7e4f-89ab-cdef01234567");
    assert_string_equal(out.email, "a@b.example");
    assert_string_equal(out.country, "CH");
    assert_string_equal(out.currency, "JPY");
    assert_true(out.integer == -AMOUNT_MAX && out.boolean && out.colour == 1 && out.date == 1);
    assert_int_equal(out.at, INT64_C(20777) * DAY_US + 23 * HOUR_US);
    assert_int_equal(out.money.amount_minor, 1000);
    assert_string_equal(out.money.currency, "EUR");
    assert_string_equal(out.inner.name, "abc");
    assert_int_equal(out.inner.count, 9);
    assert_int_equal(out.texts.count, 2);
    assert_string_equal(out.texts.items[0], "x");
    assert_string_equal(out.texts.items[1], "y");
    assert_int_equal(out.objects.count, 2);
    const struct inner *objects = out.objects.items;
    assert_string_equal(objects[0].name, "one");
    assert_int_equal(objects[0].count, 0);
    assert_string_equal(objects[1].name, "two");
    assert_int_equal(objects[1].count, 2);
    assert_true(out.colours == (1u << 31 | 1u));
    assert_true(out.presence.given == 0xffff && out.presence.null == 0);
}

static void absent_fields_read_as_none(void **state) {
    struct outer out;
    memset(&out, 0xa5, sizeof out);
    assert_null(decode(*state, "{}", &outer_shape, &out));
    assert_true(!out.text && !out.id && !out.email && !out.country && !out.currency && !out.lines);
    assert_true(out.integer == 0 && !out.boolean && out.colour == -1);
    assert_true(out.date == DATE_NONE && out.at == INSTANT_NONE);
    assert_true(!out.money.currency[0] && !out.inner.name && !out.texts.count && !out.objects.count);
    assert_true(!out.colours && !out.presence.given && !out.presence.null && !out.unnamed);
}

static void absent_null_and_value_are_told_apart(void **state) {
    struct outer out;
    assert_null(decode(*state, "{\"text\":null,\"integer\":0}", &outer_shape, &out));
    assert_null(out.text);
    assert_int_equal(out.presence.given, 1u | 1u << 6);
    assert_int_equal(out.presence.null, 1);
}

/* One bad member: its pointer and code. */
static void bad_members_are_named(void **state) {
    static const struct {
        const char *body, *pointer, *code;
    } rows[] = {
        {"[]", "", "wrong_type"},
        {"null", "", "wrong_type"},
        {"\"x\"", "", "wrong_type"},
        {"{\"nope\":1}", "/nope", "unknown_member"},
        {"{\"Text\":\"a\"}", "/Text", "unknown_member"},
        {"{\"a/b~c\":1}", "/a~1b~0c", "unknown_member"},
        {"{\"\":1}", "/", "unknown_member"},
        {"{\"nope\":null}", "/nope", "unknown_member"},
        {"{\"text\":1}", "/text", "wrong_type"},
        {"{\"text\":\"\"}", "/text", "too_short"},
        {"{\"text\":\" \\t\\u2003 \"}", "/text", "too_short"},
        {"{\"text\":\"a\\u0007b\"}", "/text", "control_character"},
        {"{\"text\":\"a\\nb\"}", "/text", "control_character"},
        {"{\"text\":\"a\\u007fb\"}", "/text", "control_character"},
        {"{\"text\":\"a\\u009fb\"}", "/text", "control_character"},
        {"{\"lines\":\"a\\u000bb\"}", "/lines", "control_character"},
        {"{\"lines\":\"a\\u0085b\"}", "/lines", "control_character"},
        {"{\"id\":\"0190a0b1\"}", "/id", "invalid_uuid"},
        {"{\"id\":7}", "/id", "wrong_type"},
        {"{\"email\":\"nobody\"}", "/email", "invalid_email"},
        {"{\"country\":\"ch\"}", "/country", "invalid_country"},
        {"{\"country\":\"CHE\"}", "/country", "invalid_country"},
        {"{\"country\":\"C\"}", "/country", "invalid_country"},
        {"{\"country\":\"\"}", "/country", "invalid_country"},
        {"{\"currency\":\"usd\"}", "/currency", "invalid_currency"},
        {"{\"integer\":\"1\"}", "/integer", "wrong_type"},
        {"{\"integer\":true}", "/integer", "wrong_type"},
        {"{\"integer\":1.5}", "/integer", "not_whole"},
        {"{\"integer\":9007199254740992}", "/integer", "not_whole"},
        {"{\"integer\":null}", "/integer", "not_nullable"},
        {"{\"at\":\"2026-11-21\"}", "/at", "invalid_instant"},
        {"{\"at\":0}", "/at", "wrong_type"},
        {"{\"boolean\":\"true\"}", "/boolean", "wrong_type"},
        {"{\"boolean\":1}", "/boolean", "wrong_type"},
        {"{\"colour\":\"Red\"}", "/colour", "unknown_choice"},
        {"{\"colour\":0}", "/colour", "wrong_type"},
        {"{\"date\":\"2026-02-29\"}", "/date", "invalid_date"},
        {"{\"money\":5}", "/money", "wrong_type"},
        {"{\"money\":{\"amount_minor\":5}}", "/money/currency", "required"},
        {"{\"money\":{\"currency\":\"USD\"}}", "/money/amount_minor", "required"},
        {"{\"money\":{\"amount_minor\":null,\"currency\":\"USD\"}}", "/money/amount_minor", "required"},
        {"{\"money\":{\"amount_minor\":0.5,\"currency\":\"USD\"}}", "/money/amount_minor", "not_whole"},
        {"{\"money\":{\"amount_minor\":-1,\"currency\":\"USD\"}}", "/money/amount_minor", "too_small"},
        {"{\"money\":{\"amount_minor\":1001,\"currency\":\"USD\"}}", "/money/amount_minor", "too_large"},
        {"{\"money\":{\"amount_minor\":1,\"currency\":\"XXX\"}}", "/money/currency", "invalid_currency"},
        {"{\"money\":{\"amount_minor\":1,\"currency\":\"USD\",\"x\":1}}", "/money/x", "unknown_member"},
        {"{\"inner\":{}}", "/inner/name", "required"},
        {"{\"inner\":{\"name\":null}}", "/inner/name", "required"},
        {"{\"inner\":{\"name\":\"a\"}}", "/inner/name", "too_short"},
        {"{\"inner\":{\"name\":\"abcdef\"}}", "/inner/name", "too_long"},
        {"{\"inner\":{\"name\":\"ab\",\"count\":0}}", "/inner/count", "too_small"},
        {"{\"inner\":{\"name\":\"ab\",\"count\":10}}", "/inner/count", "too_large"},
        {"{\"inner\":[]}", "/inner", "wrong_type"},
        {"{\"texts\":\"x\"}", "/texts", "wrong_type"},
        {"{\"texts\":[]}", "/texts", "too_few"},
        {"{\"texts\":[\"1\",\"2\",\"3\",\"4\"]}", "/texts", "too_many"},
        {"{\"texts\":[\"1\",2]}", "/texts/1", "wrong_type"},
        {"{\"texts\":[\"1\",\"2\",\"\"]}", "/texts/2", "too_short"},
        {"{\"texts\":[null]}", "/texts/0", "wrong_type"},
        {"{\"texts\":{\"0\":\"a\"}}", "/texts", "wrong_type"},
        {"{\"objects\":[{\"name\":\"ab\"},{\"name\":\"ab\",\"count\":11}]}", "/objects/1/count", "too_large"},
        {"{\"objects\":[{\"name\":\"ab\"},1]}", "/objects/1", "wrong_type"},
        {"{\"colours\":[\"red\",\"pink\"]}", "/colours/1", "unknown_choice"},
        {"{\"colours\":[\"red\",\"blue\",\"red\"]}", "/colours/2", "repeated"},
        {"{\"colours\":\"red\"}", "/colours", "wrong_type"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outer out;
        struct fault *fault = decode(*state, rows[i].body, &outer_shape, &out);
        check(fault && fault->problem == PROBLEM_INVALID_FIELDS, "%s", rows[i].body);
        check(fault->fields && !fault->fields->next, "%s", rows[i].body);
        check(!strcmp(fault->fields->pointer, rows[i].pointer), "%s: %s", rows[i].body,
              fault->fields->pointer);
        check(!strcmp(fault->fields->code, rows[i].code), "%s: %s", rows[i].body, fault->fields->code);
        check(strlen(fault->fields->detail) > 10, "%s: %s", rows[i].body, fault->fields->detail);
    }
}

static void every_bad_member_is_told(void **state) {
    static const char *const pointers[] = {"/x",          "/text",    "/inner/count",
                                           "/inner/name", "/texts/0", "/texts/2"};
    struct outer out;
    struct fault *fault = decode(*state,
                                 "{\"x\":1,\"text\":2,\"inner\":{\"count\":77},\"boolean\":true,"
                                 "\"texts\":[1,\"ok\",3]}",
                                 &outer_shape, &out);
    assert_non_null(fault);
    const struct fault_field *field = fault->fields;
    for (size_t i = 0; i < COUNT(pointers); i++, field = field->next) {
        check(field, "%s", pointers[i]);
        assert_string_equal(field->pointer, pointers[i]);
    }
    assert_null(field);
}

static void bounds_count_characters(void **state) {
    struct inner out;
    assert_null(decode(*state, "{\"name\":\"\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9\xc3\xa9\xc3\xa9\"}",
                       &inner_shape, &out));
    assert_non_null(decode(*state, "{\"name\":\"\xf0\x9f\x98\x80\"}", &inner_shape, &out));
    char body[1100] = "{\"text\":\"";
    struct outer outer;
    memset(body + 9, 'x', 1000);
    strcpy(body + 1009, "\"}");
    assert_null(decode(*state, body, &outer_shape, &outer));
    strcpy(body + 1009, "x\"}");
    assert_non_null(decode(*state, body, &outer_shape, &outer));
}

static void the_default_list_has_a_hundred_items(void **state) {
    char body[512] = "{\"colours\":[", *end = body + strlen(body);
    struct outer out;
    struct fault *fault;
    strcpy(end, "]}");
    assert_null(decode(*state, body, &outer_shape, &out));
    for (int i = 0; i < 101; i++)
        end = stpcpy(end, i ? ",1" : "1");
    strcpy(end, "]}");
    fault = decode(*state, body, &outer_shape, &out);
    assert_string_equal(fault->fields->code, "too_many");
}

/* Flags: required beats an empty text's lower bound of 0; required and nullable is "must be said". */
static void flags_work_together(void **state) {
    struct row {
        const char *needed, *said;
    };
    static const struct field fields[] = {
        {"needed", FIELD_TEXT, offsetof(struct row, needed), FIELD_REQUIRED, 0, 3},
        {"said", FIELD_TEXT, offsetof(struct row, said), FIELD_REQUIRED | FIELD_NULLABLE, 0, 3}};
    static const struct shape shape = {fields, 2, sizeof(struct row), SHAPE_NO_PRESENCE};
    struct row out;
    assert_null(decode(*state, "{\"needed\":\"a\",\"said\":null}", &shape, &out));
    assert_null(out.said);
    assert_string_equal(decode(*state, "{\"needed\":\"\",\"said\":null}", &shape, &out)->fields->code,
                        "too_short");
    assert_string_equal(decode(*state, "{\"needed\":\"a\"}", &shape, &out)->fields->pointer, "/said");
    assert_string_equal(decode(*state, "{\"needed\":null,\"said\":null}", &shape, &out)->fields->code,
                        "required");
}

static void both_are_missing(struct arena *arena, const void *value, struct field_faults *faults) {
    const struct inner *inner = value;
    (void)arena;
    if (inner->name && inner->count)
        return;
    field_fault(faults, "/name", "required", "Name or count must be given.");
    field_fault(faults, "/name", "again", "The same place twice.");
    field_fault(faults, "/names", "required", "Another place.");
}

/* The shape's own check speaks beside the table, but not twice about one place. */
static void the_whole_is_checked_too(void **state) {
    static const struct field fields[] = {{"name", FIELD_TEXT, offsetof(struct inner, name)},
                                          {"count", FIELD_INTEGER, offsetof(struct inner, count)}};
    static const struct shape shape = {fields, 2, sizeof(struct inner), SHAPE_NO_PRESENCE, both_are_missing};
    static const struct {
        const char *body, *codes[4];
    } rows[] = {{"{\"name\":\"a\",\"count\":1}", {NULL}},
                {"{\"name\":\"a\"}", {"required", "again", "required"}},
                {"{\"count\":\"x\"}", {"wrong_type", "required", "again", "required"}},
                {"{\"name\":1}", {"wrong_type", "required"}},
                {"[]", {"wrong_type"}}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct inner out;
        const struct fault *fault = decode(*state, rows[i].body, &shape, &out);
        const struct fault_field *field = fault ? fault->fields : NULL;
        for (size_t code = 0; code < 4 && rows[i].codes[code]; code++, field = field->next)
            check(field && !strcmp(field->code, rows[i].codes[code]), "%s: %s", rows[i].body,
                  rows[i].codes[code]);
        check(!field, "%s: %s", rows[i].body, field->code);
    }
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_is_taken),
                                       cmocka_unit_test(absent_fields_read_as_none),
                                       cmocka_unit_test(absent_null_and_value_are_told_apart),
                                       cmocka_unit_test(bad_members_are_named),
                                       cmocka_unit_test(every_bad_member_is_told),
                                       cmocka_unit_test(bounds_count_characters),
                                       cmocka_unit_test(the_default_list_has_a_hundred_items),
                                       cmocka_unit_test(flags_work_together),
                                       cmocka_unit_test(the_whole_is_checked_too)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
