/* Cells as RFC 4180 wants them, and no formula in them. */
#include <string.h>

#include "check.h"
#include "tandem/base/arena.h"
#include "tandem/base/csv.h"

static const char *line_of(struct arena *arena, const char *first, const char *second) {
    struct csv_out out = {.arena = arena};
    csv_add_text(&out, first);
    csv_add_text(&out, second);
    csv_line_end(&out);
    return arena_copy(arena, out.bytes, out.length);
}

static void a_cell_is_quoted_where_it_must_be(void **state) {
    static const char *const rows[][3] = {
        {"a", "b", "a,b\r\n"},
        {"a,b", "c", "\"a,b\",c\r\n"},
        {"say \"so\"", "\"", "\"say \"\"so\"\"\",\"\"\"\"\r\n"},
        {"two\nlines", "two\r\nlines", "\"two\nlines\",\"two\r\nlines\"\r\n"},
        {"a", NULL, "a,\r\n"},
        {NULL, "a", ",a\r\n"},
        {"", "", ",\r\n"},
        {"é", " a ", "é, a \r\n"},
    };
    struct arena *arena = arena_create();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(line_of(arena, rows[i][0], rows[i][1]), rows[i][2]);
    arena_destroy(arena);
}

static void a_text_is_no_formula(void **state) {
    static const char *const rows[][2] = {
        {"=1+1", "a,'=1+1\r\n"},         {"+1", "a,'+1\r\n"},     {"-1", "a,'-1\r\n"},
        {"@SUM(A1)", "a,'@SUM(A1)\r\n"}, {"\t=1", "a,'\t=1\r\n"}, {"\r=1", "a,\"'\r=1\"\r\n"},
        {"'t Hooft", "a,''t Hooft\r\n"}, {"1=1", "a,1=1\r\n"},    {"=a,\"b\"", "a,\"'=a,\"\"b\"\"\"\r\n"},
    };
    struct arena *arena = arena_create();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(line_of(arena, "a", rows[i][0]), rows[i][1]);
    arena_destroy(arena);
}

static void numbers_are_exact_and_may_be_negative(void **state) {
    struct arena *arena = arena_create();
    struct csv_out out = {.arena = arena};
    (void)state;
    csv_add_integer(&out, INT64_C(9007199254740991));
    csv_add_integer(&out, -1);
    csv_line_end(&out);
    csv_add_integer(&out, 0);
    csv_line_end(&out);
    assert_string_equal(arena_copy(arena, out.bytes, out.length), "9007199254740991,-1\r\n0\r\n");
    arena_destroy(arena);
}

static void a_long_document_keeps_its_beginning(void **state) {
    struct arena *arena = arena_create();
    struct csv_out out = {.arena = arena};
    (void)state;
    for (int i = 0; i < 5000; i++) {
        csv_add_integer(&out, i);
        csv_add_text(&out, "text");
        csv_line_end(&out);
    }
    assert_memory_equal(out.bytes, "0,text\r\n1,text\r\n", 16);
    assert_memory_equal(out.bytes + out.length - 11, "4999,text\r\n", 11);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_quoted_where_it_must_be),
        cmocka_unit_test(a_text_is_no_formula),
        cmocka_unit_test(numbers_are_exact_and_may_be_negative),
        cmocka_unit_test(a_long_document_keeps_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
