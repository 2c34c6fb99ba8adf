#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/choice.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"
#include "tandem/base/money.h"
#include "tandem/base/time.h"

static const struct choice orders[] = {{"asc", 0}, {"desc", 1}, {NULL, 0}};

struct filter {
    const char *search, *id, *email;
    int64_t limit, at;
    bool stale;
    int order;
    int32_t on;
    struct presence presence;
};
static const struct field fields[] = {
    {"search", FIELD_TEXT, offsetof(struct filter, search), 0, 1, 5},
    {"id", FIELD_UUID, offsetof(struct filter, id)},
    {"email", FIELD_EMAIL, offsetof(struct filter, email)},
    {"limit", FIELD_INTEGER, offsetof(struct filter, limit), 0, 1, 200},
    {"at", FIELD_INSTANT, offsetof(struct filter, at)},
    {"stale", FIELD_BOOLEAN, offsetof(struct filter, stale)},
    {"order", FIELD_CHOICE, offsetof(struct filter, order), .choices = orders},
    {"on", FIELD_DATE, offsetof(struct filter, on)},
};
static const struct shape shape = {fields, COUNT(fields), sizeof(struct filter),
                                   offsetof(struct filter, presence)};

static void every_kind_is_taken(void **state) {
    static const struct query_pair pairs[] = {{"search", " ab "},
                                              {"id", "0190A0B1-C2D3-7E4F-89AB-CDEF01234567"},
                                              {"email", "a@b.example"},
                                              {"limit", "200"},
                                              {"at", "1970-01-01T00:00:01Z"},
                                              {"stale", "true"},
                                              {"order", "desc"},
                                              {"on", "1970-01-02"}};
    struct filter out;
    assert_null(query_decode(*state, pairs, COUNT(pairs), &shape, &out));
    assert_string_equal(out.search, "ab");
    assert_string_equal(out.id, "0190a0b1-c2d3-7e4f-89ab-cdef01234567");
    assert_string_equal(out.email, "a@b.example");
    assert_true(out.limit == 200 && out.at == SECOND_US && out.stale && out.order == 1 && out.on == 1);
    assert_true(out.presence.given == 0xff && out.presence.null == 0);
}

static void no_parameter_reads_as_none(void **state) {
    struct filter out;
    memset(&out, 0xa5, sizeof out);
    assert_null(query_decode(*state, NULL, 0, &shape, &out));
    assert_true(!out.search && !out.limit && out.at == INSTANT_NONE && !out.stale && out.order == -1 &&
                out.on == DATE_NONE && !out.presence.given);
}

static void bad_parameters_are_named(void **state) {
    static const struct {
        const char *name, *value, *pointer, *code;
    } rows[] = {{"nope", "1", "?nope", "unknown_parameter"},
                {"Limit", "1", "?Limit", "unknown_parameter"},
                {"", "1", "?", "unknown_parameter"},
                {"\xff", "1", "?", "not_utf8"},
                {"search", "", "?search", "too_short"},
                {"search", "abcdef", "?search", "too_long"},
                {"search", "a\xff", "?search", "not_utf8"},
                {"search", "a\nb", "?search", "control_character"},
                {"id", "1", "?id", "invalid_uuid"},
                {"email", "@", "?email", "invalid_email"},
                {"limit", "0", "?limit", "too_small"},
                {"limit", "201", "?limit", "too_large"},
                {"limit", "", "?limit", "wrong_type"},
                {"limit", "-", "?limit", "wrong_type"},
                {"limit", "-0", "?limit", "wrong_type"},
                {"limit", "05", "?limit", "wrong_type"},
                {"limit", "+5", "?limit", "wrong_type"},
                {"limit", " 5", "?limit", "wrong_type"},
                {"limit", "5 ", "?limit", "wrong_type"},
                {"limit", "5.0", "?limit", "wrong_type"},
                {"limit", "1e1", "?limit", "wrong_type"},
                {"limit", "9007199254740992", "?limit", "wrong_type"},
                {"limit", "99999999999999999999999999", "?limit", "wrong_type"},
                {"at", "1970-01-01", "?at", "invalid_instant"},
                {"stale", "1", "?stale", "wrong_type"},
                {"stale", "True", "?stale", "wrong_type"},
                {"stale", "", "?stale", "wrong_type"},
                {"order", "up", "?order", "unknown_choice"},
                {"on", "1970-02-30", "?on", "invalid_date"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct filter out;
        const struct query_pair pair = {rows[i].name, rows[i].value};
        struct fault *fault = query_decode(*state, &pair, 1, &shape, &out);
        check(fault && fault->problem == PROBLEM_INVALID_PARAMETER, "%s=%s", rows[i].name, rows[i].value);
        check(!strcmp(fault->detail, "1 query parameter is bad"), "%s", fault->detail);
        check(!strcmp(fault->fields->pointer, rows[i].pointer), "%s=%s", rows[i].name, rows[i].value);
        check(!strcmp(fault->fields->code, rows[i].code), "%s=%s: %s", rows[i].name, rows[i].value,
              fault->fields->code);
        assert_null(fault->fields->next);
    }
}

static void a_repeated_parameter_is_refused(void **state) {
    static const struct query_pair pairs[] = {{"limit", "5"}, {"stale", "true"}, {"limit", "5"}, {"x", "y"}};
    struct filter out;
    struct fault *fault = query_decode(*state, pairs, COUNT(pairs), &shape, &out);
    assert_string_equal(fault->fields->pointer, "?limit");
    assert_string_equal(fault->fields->code, "repeated");
    assert_string_equal(fault->fields->next->pointer, "?x");
    assert_string_equal(fault->detail, "2 query parameters are bad");
}

static void a_required_parameter_is_asked_for(void **state) {
    static const struct field needed[] = {{"limit", FIELD_INTEGER, 0, FIELD_REQUIRED}};
    static const struct shape one = {needed, 1, sizeof(int64_t), SHAPE_NO_PRESENCE};
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {{"0", 0}, {"-5", -5}, {"9007199254740991", AMOUNT_MAX}, {"-9007199254740991", -AMOUNT_MAX}};
    int64_t out;
    assert_string_equal(query_decode(*state, NULL, 0, &one, &out)->fields->code, "required");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct query_pair pair = {"limit", rows[i].text};
        check(!query_decode(*state, &pair, 1, &one, &out) && out == rows[i].value, "%s", rows[i].text);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_taken), cmocka_unit_test(no_parameter_reads_as_none),
        cmocka_unit_test(bad_parameters_are_named), cmocka_unit_test(a_repeated_parameter_is_refused),
        cmocka_unit_test(a_required_parameter_is_asked_for)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
