/* Paths to routes: literals before values, UUIDs, escapes, methods; and what the start refuses. */
#include "check.h"

#include <string.h>

#include "tandem/base/arena.h"
#include "tandem/base/fault.h"
#include "tandem/base/json.h"

#include "router.h"
#include "target.h"

#define UUID "0192f0c1-7b5e-7cc3-9d2a-00000000000a"

static const struct operation one = {.name = "one"};

static const struct route routes[] = {
    {"GET", "/", &one},
    {"GET", "/v1/deals", &one},
    {"POST", "/v1/deals", &one},
    {"GET", "/v1/deals/{deal_id}", &one},
    {"POST", "/v1/deals/import", &one},
    {"GET", "/v1/deals/export", &one},
    {"PUT", "/v1/deals/{deal_id}/evidence/{criterion}", &one},
    {"GET", "/v1/crm/drift", &one},
    {"PUT", "/v1/crm/{source}/events", &one},
    {"GET", "/v1/rates/{currency}/{date}", &one},
};

struct sample {
    const char *method, *path;
    const char *template; /* NULL: none */
    const char *allow;    /* for a template of NULL: NULL is 404 */
    const char *values[2];
};

static const struct sample samples[] = {
    {"GET", "/", "/"},
    {"GET", "/v1/deals", "/v1/deals"},
    {"HEAD", "/v1/deals", "/v1/deals"},
    {"GET", "/v1/deals/" UUID, "/v1/deals/{deal_id}", .values = {UUID}},
    {"GET", "/v1/deals/0192F0C1-7B5E-7CC3-9D2A-00000000000A", "/v1/deals/{deal_id}", .values = {UUID}},
    {"GET", "/v1/deals/export", "/v1/deals/export"},
    {"GET", "/v1/deals/%65xport", "/v1/deals/export"},
    {"PUT", "/v1/deals/" UUID "/evidence/a%2Fb", "/v1/deals/{deal_id}/evidence/{criterion}",
     .values = {UUID, "a/b"}},
    {"PUT", "/v1/deals/" UUID "/evidence/%C3%A9", "/v1/deals/{deal_id}/evidence/{criterion}",
     .values = {UUID, "é"}},
    {"PUT", "/v1/deals/" UUID "/evidence/a+b", "/v1/deals/{deal_id}/evidence/{criterion}",
     .values = {UUID, "a+b"}},
    {"GET", "/v1/crm/drift", "/v1/crm/drift"},
    {"PUT", "/v1/crm/drift/events", "/v1/crm/{source}/events", .values = {"drift"}},
    {"GET", "/v1/rates/EUR/2026-11-21", "/v1/rates/{currency}/{date}", .values = {"EUR", "2026-11-21"}},
    {"GET", "/v1/deals/import", NULL, "POST, OPTIONS"},
    {"DELETE", "/v1/deals", NULL, "GET, HEAD, POST, OPTIONS"},
    {"HEAD", "/v1/deals/import", NULL, "POST, OPTIONS"},
    {"get", "/v1/deals", NULL, "GET, HEAD, POST, OPTIONS"},
    {"GET", "/v1", NULL},
    {"GET", "/v1/deals/", NULL},
    {"GET", "//v1/deals", NULL},
    {"GET", "/v1/deals/" UUID "/", NULL},
    {"GET", "/v1/deals/" UUID "0", NULL},
    {"GET", "/v1/deals/no-uuid", NULL},
    {"PUT", "/v1/deals/" UUID "/evidence/", NULL},
    {"GET", "/v1%2Fdeals", NULL},
    {"GET", "/v1/deals/..", NULL},
    {"GET", "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", NULL},
};

static void test_paths(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    const char *reason;
    struct router *router = router_create(arena, routes, sizeof routes / sizeof routes[0], &reason);
    assert_non_null(router);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *sample = &samples[i];
        struct match match;
        assert_null(router_match(router, arena, sample->method, sample->path, &match));
        const char *template = match.routed ? match.routed->route->path : NULL;
        if ((template == NULL) != (sample->template == NULL) ||
            (template && strcmp(template, sample->template) != 0))
            fail_msg("%s %s went to %s", sample->method, sample->path, template ? template : "nothing");
        if (!sample->template && sample->allow)
            assert_string_equal(match.allow, sample->allow);
        if (!sample->template && !sample->allow && match.allow)
            fail_msg("%s allows %s", sample->path, match.allow);
        for (int value = 0; value < 2 && sample->values[value]; value++)
            assert_string_equal(match.path_values[value], sample->values[value]);
    }
    arena_destroy(arena);
}

static void test_bad_escapes(void **state) {
    (void)state;
    static const char *const paths[] = {"/%",   "/%4",     "/%zz",       "/v1/%00", "/v1/a%0Ab",
                                        "/%c3", "/%c0%af", "/%ed%a0%80", "/v1/%7f", "/%4/v1"};
    struct arena *arena = arena_create();
    const char *reason;
    struct router *router = router_create(arena, routes, 1, &reason);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct match match;
        struct fault *fault = router_match(router, arena, "GET", paths[i], &match);
        assert_non_null(fault);
        assert_int_equal(fault->problem, PROBLEM_MALFORMED_REQUEST);
    }
    arena_destroy(arena);
}

static void test_what_the_start_refuses(void **state) {
    (void)state;
    static const struct route twice[] = {{"GET", "/a/{x}", &one}, {"GET", "/a/{y}", &one}};
    static const struct route relative[] = {{"GET", "a", &one}};
    static const struct route many[] = {{"GET", "/{a}/{b}/{c}/{d}/{e}", &one}};
    struct arena *arena = arena_create();
    const char *reason = NULL;
    assert_null(router_create(arena, twice, 2, &reason));
    assert_string_equal(reason, "route GET /a/{y} is there twice");
    assert_null(router_create(arena, relative, 1, &reason));
    assert_null(router_create(arena, many, 1, &reason));
    arena_destroy(arena);
}

static void test_queries(void **state) {
    (void)state;
    struct arena *arena = arena_create();
    struct query_pair *pairs;
    size_t count;
    assert_true(query_split(arena, NULL, &pairs, &count));
    assert_int_equal(count, 0);
    assert_true(query_split(arena, "", &pairs, &count));
    assert_int_equal(count, 0);
    assert_true(query_split(arena, "a=b+c&d=%2B&e&f==%26", &pairs, &count));
    assert_int_equal(count, 4);
    assert_string_equal(pairs[0].value, "b c");
    assert_string_equal(pairs[1].value, "+");
    assert_string_equal(pairs[2].value, "");
    assert_string_equal(pairs[3].value, "=&");
    static const char *const bad[] = {"=a", "a=%", "a=%f", "a&&b", "a=1&", "a=%00", "a=%ff", "%zz=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(query_split(arena, bad[i], &pairs, &count));
    char long_query[3 * (QUERY_PAIRS_MAX + 1) + 1] = "a=1";
    for (int i = 1; i < QUERY_PAIRS_MAX; i++)
        strcat(long_query, "&a");
    assert_true(query_split(arena, long_query, &pairs, &count));
    strcat(long_query, "&a");
    assert_false(query_split(arena, long_query, &pairs, &count));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_bad_escapes),
        cmocka_unit_test(test_what_the_start_refuses),
        cmocka_unit_test(test_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
