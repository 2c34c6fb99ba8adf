/* Reads of different tenants side by side on one wire: each sees its own, and one that fails harms no other. */
#include <string.h>

#include "fixture.h"

static struct db_read read_of(const char *tenant, const char *subject, enum sql statement) {
    return (struct db_read){
        .arena = arena, .scope_request = {.tenant = tenant, .subject = subject}, .statement = statement};
}

static struct db_read echo_of(const char *tenant, const char *echo) {
    struct db_read read = read_of(tenant, "ada", TEST(test_tenant));
    read.params[0] = p_text(echo);
    read.param_count = 1;
    return read;
}

static struct db_read divide_of(int64_t divisor) {
    struct db_read read = read_of("acme", "ada", TEST(test_divide));
    read.params[0] = p_integer(12);
    read.params[1] = p_integer(divisor);
    read.param_count = 2;
    return read;
}

static void assert_tenant(const struct db_read *read, int32_t tenant_id, const char *echo) {
    assert_success(read->fault);
    assert_int_equal(read->scope.tenant_id, tenant_id);
    assert_int_equal(rows_integer(read->rows, 0, "tenant_id"), tenant_id);
    assert_string_equal(rows_text(read->rows, 0, "echo"), echo);
}

static void neighbours_each_see_their_own(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read reads[READ_BATCH_MAX];
    for (int i = 0; i < READ_BATCH_MAX; i++)
        reads[i] = echo_of(i % 2 ? "globex" : "acme", i % 2 ? "odd" : "even");
    db_read_batch(db, reads, READ_BATCH_MAX);
    for (int i = 0; i < READ_BATCH_MAX; i++)
        assert_tenant(&reads[i], i % 2 ? 2 : 1, i % 2 ? "odd" : "even");

    struct db_read people[] = {read_of("acme", "ada", TEST(test_people)),
                               read_of("globex", "ada", TEST(test_people))};
    db_read_batch(db, people, 2);
    assert_int_equal(rows_integer(people[0].rows, 0, "n"), 2);
    assert_int_equal(rows_integer(people[1].rows, 0, "n"), 1);
    assert_int_equal(rows_integer(people[1].rows, 0, "tenant_id"), 2);
    db_close(db);
}

static void a_failing_read_harms_no_other(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read reads[] = {echo_of("acme", "a"), divide_of(0),         echo_of("globex", "b"),
                              divide_of(0),         echo_of("acme", "c"), divide_of(4)};
    db_read_batch(db, reads, 6);
    assert_tenant(&reads[0], 1, "a");
    assert_problem(reads[1].fault, PROBLEM_INTERNAL);
    assert_non_null(strstr(reads[1].fault->cause, "22012"));
    assert_null(reads[1].rows);
    assert_tenant(&reads[2], 2, "b");
    assert_problem(reads[3].fault, PROBLEM_INTERNAL);
    assert_tenant(&reads[4], 1, "c");
    assert_success(reads[5].fault);
    assert_int_equal(rows_integer(reads[5].rows, 0, "n"), 3);

    struct db_read last[] = {divide_of(2), divide_of(0)}, alone[] = {divide_of(0)};
    db_read_batch(db, last, 2);
    assert_success(last[0].fault);
    assert_problem(last[1].fault, PROBLEM_INTERNAL);
    db_read_batch(db, alone, 1);
    assert_problem(alone[0].fault, PROBLEM_INTERNAL);
    db_close(db);
}

static void strangers_are_refused_one_by_one(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read reads[] = {read_of("acme", "mallory", TEST(test_people)), echo_of("acme", "a"),
                              read_of("nobody", "ada", TEST(test_people)), echo_of("globex", "b"),
                              read_of("acme", "rita", TEST(test_people))};
    db_read_batch(db, reads, 5);
    assert_problem(reads[0].fault, PROBLEM_UNKNOWN_PERSON);
    assert_null(reads[0].rows);
    assert_tenant(&reads[1], 1, "a");
    assert_problem(reads[2].fault, PROBLEM_UNAUTHENTICATED);
    assert_null(reads[2].rows);
    assert_tenant(&reads[3], 2, "b");
    assert_problem(reads[4].fault, PROBLEM_UNKNOWN_PERSON); /* a rep on the vendor's side */
    db_close(db);
}

static void an_operation_out_of_time_is_refused_alone(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read slow = read_of("acme", "ada", TEST(test_sleep));
    slow.params[0] = p_text("30");
    slow.param_count = 1;
    struct db_read reads[] = {echo_of("acme", "a"), slow, echo_of("globex", "b")};
    db_read_batch(db, reads, 3);
    assert_tenant(&reads[0], 1, "a");
    assert_problem(reads[1].fault, PROBLEM_DEADLINE_EXCEEDED);
    assert_tenant(&reads[2], 2, "b");
    db_close(db);
}

static void reads_cannot_write(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read write = read_of("acme", "ada", TEST(test_rule_insert));
    write.params[0] = p_integer(1);
    write.param_count = 1;
    db_read_batch(db, &write, 1);
    assert_non_null(write.fault);
    assert_non_null(strstr(write.fault->cause, "25006"));
    assert_int_equal(admin_integer("select count(*) as n from test_rule"), 0);
    db_close(db);
}

static void a_scope_does_not_outlive_its_batch(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read read = echo_of("acme", "a");
    struct rows *rows;
    db_read_batch(db, &read, 1);
    assert_success(read.fault);
    struct fault *fault = db_query(db, arena, TEST(test_people), NULL, 0, &rows);
    assert_problem(fault, PROBLEM_INTERNAL); /* a forgotten setting is an error, never a neighbour */
    db_close(db);
}

static void a_dead_connection_is_renewed_under_a_batch(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read before = echo_of("acme", "before");
    db_read_batch(db, &before, 1);
    assert_int_equal(admin_integer("select count(pg_terminate_backend(pid, 2000)) as n from pg_stat_activity"
                                   " where application_name = 'service'"),
                     1);
    struct db_read reads[] = {echo_of("acme", "a"), echo_of("globex", "b")};
    db_read_batch(db, reads, 2);
    assert_tenant(&reads[0], 1, "a");
    assert_tenant(&reads[1], 2, "b");
    db_close(db);
}

/* Its reader is killed each time: the answers before it stay, everybody else hears of it, the next batch is served. */
static void a_read_that_kills_its_backend_is_unavailable(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read reads[] = {echo_of("acme", "a"), read_of("acme", "ada", TEST(test_suicide)),
                              echo_of("globex", "b")};
    db_read_batch(db, reads, 3);
    assert_tenant(&reads[0], 1, "a");
    assert_problem(reads[1].fault, PROBLEM_UNAVAILABLE);
    assert_problem(reads[2].fault, PROBLEM_UNAVAILABLE);
    assert_int_equal(reads[2].fault->retry_after_s, 1);
    struct db_read after = echo_of("globex", "after");
    db_read_batch(db, &after, 1);
    assert_tenant(&after, 2, "after");
    db_close(db);
}

static void a_stale_plan_in_a_batch_is_made_anew(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    struct db_read star = read_of("acme", "ada", TEST(test_all));
    star.params[0] = p_integer(1);
    star.param_count = 1;
    struct db_read first[] = {star};
    db_read_batch(db, first, 1);
    assert_success(first[0].fault);
    admin_run("alter table test_value add column newest text default 'new'");
    struct db_read reads[] = {echo_of("acme", "a"), star, echo_of("globex", "b")};
    db_read_batch(db, reads, 3);
    assert_tenant(&reads[0], 1, "a");
    assert_success(reads[1].fault);
    assert_string_equal(rows_text(reads[1].rows, 0, "newest"), "new");
    assert_tenant(&reads[2], 2, "b");
    db_close(db);
}

/* Larger than the buffers of both sides together: questions and answers must flow at the same time. */
static void a_batch_larger_than_the_buffers_flows(void **state) {
    (void)state;
    struct db *db = db_of_service(true);
    size_t length = 1 << 20;
    char *echo = arena_alloc(arena, length + 1);
    memset(echo, 'x', length);
    struct db_read reads[READ_BATCH_MAX];
    for (int i = 0; i < READ_BATCH_MAX; i++)
        reads[i] = echo_of(i % 2 ? "globex" : "acme", echo);
    db_read_batch(db, reads, READ_BATCH_MAX);
    for (int i = 0; i < READ_BATCH_MAX; i++)
        assert_tenant(&reads[i], i % 2 ? 2 : 1, echo);
    db_close(db);
}

int read_batch_tests(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(neighbours_each_see_their_own),
        STORE_TEST(a_failing_read_harms_no_other),
        STORE_TEST(strangers_are_refused_one_by_one),
        STORE_TEST(an_operation_out_of_time_is_refused_alone),
        STORE_TEST(reads_cannot_write),
        STORE_TEST(a_scope_does_not_outlive_its_batch),
        STORE_TEST(a_dead_connection_is_renewed_under_a_batch),
        STORE_TEST(a_read_that_kills_its_backend_is_unavailable),
        STORE_TEST(a_stale_plan_in_a_batch_is_made_anew),
        STORE_TEST(a_batch_larger_than_the_buffers_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
