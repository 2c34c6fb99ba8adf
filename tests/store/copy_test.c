/* Rows by COPY, and statements that are prepared only when what they read is there. */
#include <string.h>

#include "tandem/base/time.h"
#include "tandem/store/db_copy.h"

#include "fixture.h"

static const char *const texts[] = {"plain", "tab\tline\nreturn\rback\\slash", "\\N", "\\.", "héllo ", "",
                                    NULL};
enum { TEXTS = sizeof texts / sizeof *texts };

struct load {
    size_t rows;
    int32_t day;  /* of each row */
    int64_t code; /* of the last row; the table takes up to 99 */
    int64_t seen; /* by a late statement of the same transaction */
    int runs, races;
};

static struct fault *load_body(struct db *db, struct arena *memory, void *arg) {
    struct load *load = arg;
    struct db_copy *copy = db_copy_create(memory);
    struct rows *rows;
    load->runs++;
    for (size_t i = 0; i < load->rows; i++) {
        db_copy_add(copy, p_integer((int64_t)i));
        db_copy_add(copy, p_text(texts[i % TEXTS]));
        db_copy_add(copy, p_date(load->day));
        db_copy_add(copy, p_integer(i + 1 < load->rows ? 1 : load->code));
        db_copy_end_row(copy);
    }
    TRY(db_query(db, memory, TEST(test_copy_table), NULL, 0, &rows));
    TRY(db_copy_send(db, memory, TEST(test_copy), copy));
    TRY(db_query(db, memory, TEST(test_copy_count), PARAMS(p_text(texts[1])), &rows));
    load->seen = rows_integer(rows, 0, "n");
    TRY(db_query(db, memory, TEST(test_copy_keep), NULL, 0, &rows));
    return load->runs <= load->races ? db_race(db, memory, "test_copy") : NULL;
}

static struct fault *load_run(struct db *db, struct load *load) {
    admin_run("truncate test_copied");
    return db_transaction(db, arena, false, load_body, load, NULL);
}

static void what_is_copied_arrives_as_it_was(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct rows *rows;
    struct load load = {.rows = TEXTS, .day = date_from_civil(2024, 2, 29), .code = 1};
    assert_success(load_run(db, &load));
    assert_success(db_run(db, arena, "select body from test_copied order by id", &rows));
    assert_int_equal(rows_count(rows), TEXTS);
    for (size_t i = 0; i + 1 < TEXTS; i++)
        assert_string_equal(rows_text(rows, i, "body"), texts[i]);
    assert_null(rows_text(rows, TEXTS - 1, "body"));
    assert_int_equal(admin_integer("select count(*) as n from test_copied where day = date '2024-02-29'"),
                     TEXTS);
    load.day = DATE_NONE;
    assert_success(load_run(db, &load)); /* the late statements a second time, on an empty table */
    assert_int_equal(admin_integer("select count(*) as n from test_copied where day is null"), TEXTS);
    load.rows = 0;
    assert_success(load_run(db, &load));
    assert_int_equal(load.seen, 0);
    db_close(db);
}

static void more_than_a_piece_is_copied(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct load load = {.rows = TEXTS * 20000, .day = DATE_NONE, .code = 1};
    assert_success(load_run(db, &load));
    assert_int_equal(load.seen, 20000);
    assert_int_equal(admin_integer("select count(*) as n from test_copied"), load.rows);
    db_close(db);
}

static void a_row_that_is_refused_takes_all_with_it(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct load bad = {.rows = 3, .day = DATE_NONE, .code = 100},
                good = {.rows = 3, .day = DATE_NONE, .code = 99};
    const struct fault *fault = load_run(db, &bad);
    assert_problem(fault, PROBLEM_INTERNAL);
    assert_non_null(strstr(fault->cause, "test_copy: SQLSTATE 23514"));
    assert_int_equal(admin_integer("select count(*) as n from test_copied"), 0);
    assert_success(load_run(db, &good)); /* the connection is as good as before */
    assert_int_equal(admin_integer("select count(*) as n from test_copied"), 3);
    db_close(db);
}

static void a_new_connection_prepares_late_ones_again(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct load load = {.rows = 3, .day = DATE_NONE, .code = 1};
    assert_success(load_run(db, &load));
    admin_run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename <> current_user");
    assert_success(load_run(db, &load));
    assert_int_equal(load.runs, 2);
    db_close(db);
}

static void a_race_is_run_again(void **state) {
    (void)state;
    struct db *db = db_of_service(false);
    struct load once = {.rows = 2, .day = DATE_NONE, .code = 1, .races = 1};
    struct load always = {.rows = 2, .day = DATE_NONE, .code = 1, .races = 100};
    assert_success(load_run(db, &once));
    assert_int_equal(once.runs, 2);
    assert_int_equal(admin_integer("select count(*) as n from test_copied"), 2);
    assert_problem(load_run(db, &always), PROBLEM_OVERLOADED);
    assert_int_equal(admin_integer("select count(*) as n from test_copied"), 0);
    db_close(db);
}

int copy_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_is_copied_arrives_as_it_was),
        STORE_TEST(more_than_a_piece_is_copied),
        STORE_TEST(a_row_that_is_refused_takes_all_with_it),
        STORE_TEST(a_new_connection_prepares_late_ones_again),
        STORE_TEST(a_race_is_run_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
